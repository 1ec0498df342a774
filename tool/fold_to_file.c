/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include <libknot/libknot.h>

#include "fold_file.h"
#include "fold_internal.h"
#include "progress.h"
#include "shell.h"
#include "zone_change.h"

/*! \brief A fold into a file. */
typedef struct {
	hm_fold_t *fold;
	hm_fold_file_t file;
	uint64_t digest;          /*!< Of the file as it is on the disk. */
	size_t count;             /*!< Domains of what is folded into. */
	bool resumed;             /*!< An interrupted run has left the base of that file. */
	hm_served_list_t before;  /*!< What the servers had at the start. */
} run_t;

static bool has_flags(const hm_flags_t *flags)
{
	for (size_t i = 0; i < flags->nodes_count; i++) {
		if (flags->nodes[i].txt.count > 0) {
			return true;
		}
	}
	return false;
}

/*! \brief Say that nothing has left the zone, after what is wrong. */
static void add_consolation(const run_t *run, hm_error_t *error)
{
	const hm_error_t reason = *error;
	hm_error_set(error, "%.800s; no flag has left the zone '%s'", reason.text,
	             hm_fold_zone_text(run->fold->zone));
}

/*! \brief A server that serves this, be it right or wrong; NULL if there is none. */
static const hm_served_t *find_served(const run_t *run, bool right)
{
	for (size_t i = 0; i < run->before.count; i++) {
		const hm_served_t *served = &run->before.servers[i];
		uint64_t digest = served->file.digest;
		bool good = (digest == run->digest ||
		             (run->resumed && hm_fold_file_knows(&run->file, digest)));
		if (good == right) {
			return served;
		}
	}
	return NULL;
}

/*! \brief Check that the file is what the servers serve: an older one would lose domains. */
static int check_served(run_t *run, hm_error_t *error)
{
	// If somebody has replaced the file after an interrupted run, the base is history.
	run->resumed = (run->file.base >= 0 && hm_fold_file_knows(&run->file, run->digest));
	const hm_served_t *wrong = find_served(run, false);
	if (wrong == NULL) {
		return run->resumed ? KNOT_EOK :
		       hm_fold_file_settle(&run->file, run->fold->opts->dry_run, error);
	}
	hm_error_set(error, "'%s' is not the hosted file that %s serves (digest %" PRIu64 ", there "
	             "%" PRIu64 " with %" PRIu64 " domains): if it is newer, publish it first; if "
	             "it is older, get the other one back; or are profiles or hosted-exclude not "
	             "the same there", run->file.path, wrong->name, run->digest,
	             wrong->file.digest, wrong->file.domains);
	return KNOT_EINVAL;
}

/*! \brief Take in what there is: the file, what the servers serve. */
static int look_around(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	hm_hosted_set_t *set;
	int ret = hm_fold_load(fold, run->file.fd, &set, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	run->digest = hm_hosted_set_digest(set);
	hm_hosted_set_free(set);
	hm_progress_begin("asking the servers");
	ret = hm_served_ask(&fold->servers, NULL, &run->before, error);
	hm_progress_end();
	return (ret == KNOT_EOK) ? check_served(run, error) : ret;
}

/*! \brief Decide what becomes of the flags. */
static int plan(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	hm_fold_plan_clear(&fold->plan);
	hm_hosted_set_t *set;
	int ret = hm_fold_load(fold, hm_fold_file_source(&run->file), &set, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	run->count = hm_hosted_file_count(hm_hosted_set_file(set));
	ret = hm_fold_decide(set, &fold->flags, &fold->plan);
	if (ret != KNOT_EOK) {
		hm_error_set(error, "out of memory");
	}
	// Two sets of ten million domains need not be in memory at once.
	hm_hosted_set_free(set);
	return ret;
}

/*! \brief Write the new file, and put it in the place of the old one. */
static int write_file(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	hm_progress_begin("writing the hosted file");
	int ret = hm_fold_file_write(&run->file, &fold->plan, error);
	hm_progress_end();
	hm_hosted_set_t *set = NULL;
	if (ret == KNOT_EOK) {
		ret = hm_fold_load(fold, run->file.new, &set, error);
	}
	if (ret == KNOT_EOK) {
		ret = hm_fold_verify(&fold->plan, run->count, set, error);
	}
	if (ret == KNOT_EOK && hm_hosted_set_digest(set) != run->digest) {
		uint64_t digest = hm_hosted_set_digest(set);
		ret = hm_fold_file_replace(&run->file, run->digest, digest, error);
		run->digest = (ret == KNOT_EOK) ? digest : run->digest;
	}
	hm_hosted_set_free(set);
	return ret;
}

/*! \brief Bring the file to the servers, and wait until all of them serve it. */
static int publish(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	const hm_served_goal_t goal = { .digest = run->digest, .before = &run->before };
	hm_served_list_t now;
	int ret = hm_served_ask(&fold->servers, NULL, &now, error);
	bool all = (ret == KNOT_EOK && now.count >= run->before.count);
	for (size_t i = 0; i < now.count && all; i++) {
		all = (now.servers[i].file.digest == run->digest);
	}
	hm_served_clear(&now);
	if (all) {
		return KNOT_EOK;
	}
	ret = KNOT_EOK;
	if (fold->opts->publish != NULL) {
		hm_progress_begin("publishing");
		ret = hm_shell_run(fold->opts->publish, run->file.folder, 0, NULL, error);
		hm_progress_end();
	}
	if (ret == KNOT_EOK) {
		hm_progress_begin("waiting for the servers");
		ret = hm_served_wait(&fold->servers, &goal, error);
		hm_progress_end();
	}
	if (ret != KNOT_EOK) {
		add_consolation(run, error);
	}
	return ret;
}

/*! \brief Remove the folded flags of a zone that nobody else changes meanwhile. */
static int remove_flags(run_t *run, hm_zone_change_t *change, const hm_flags_t *now,
                        hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	size_t removed = 0;
	int ret = KNOT_EOK;
	for (size_t i = 0; i < fold->plan.count && ret == KNOT_EOK; i++) {
		const hm_fold_step_t *step = &fold->plan.steps[i];
		if (step->action != HM_FOLD_STAYS && hm_fold_same(step, now) != NULL) {
			ret = hm_zone_change_unset(change, step->node->name, KNOT_RRTYPE_TXT,
			                           error);
			removed++;
		}
	}
	if (ret == KNOT_EOK) {
		ret = hm_zone_change_send(change, error);
	}
	// From here on the flags may be gone, so the file is what counts.
	if (ret == KNOT_EOK) {
		ret = hm_fold_file_settle(&run->file, false, error);
	}
	if (ret == KNOT_EOK && removed > 0) {
		ret = hm_zone_change_commit(change, error);
	}
	fold->removed = (ret == KNOT_EOK) ? removed : 0;
	return ret;
}

/*! \brief Remove the folded flags; KNOT_EAGAIN if some were removed meanwhile by others. */
static int empty_zone(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	hm_zone_change_t *change = NULL;
	hm_flags_t now = { .zone = fold->zone };
	hm_progress_begin("removing flags");
	int ret = hm_fold_begin(fold, fold->zone, &change, error);
	if (ret == KNOT_EOK) {
		ret = hm_zone_change_read(change, &now, error);
	}
	if (ret == KNOT_EOK) {
		hm_fold_compare_t compare = hm_fold_compare(&fold->plan, &now);
		fold->changed = compare.changed;
		if (compare.gone > 0) {
			hm_error_set(error, "flags are removed from the zone '%s' faster than the "
			             "file can be published", hm_fold_zone_text(fold->zone));
			ret = KNOT_EAGAIN;
		} else {
			ret = remove_flags(run, change, &now, error);
		}
	}
	hm_fold_end(fold, change);
	hm_progress_end();
	if (ret == KNOT_EAGAIN) {
		// The plan borrows from what is replaced.
		hm_fold_plan_clear(&fold->plan);
		hm_flags_clear(&fold->flags);
		fold->flags = now;
	} else {
		hm_flags_clear(&now);
	}
	return ret;
}

static int run_once(run_t *run, hm_error_t *error)
{
	int ret = plan(run, error);
	if (ret != KNOT_EOK || run->fold->opts->dry_run) {
		return ret;
	}
	if (run->file.base < 0 && run->fold->plan.stays == run->fold->plan.count) {
		return KNOT_EOK;
	}
	ret = write_file(run, error);
	if (ret == KNOT_EOK) {
		ret = publish(run, error);
	}
	return (ret == KNOT_EOK) ? empty_zone(run, error) : ret;
}

int hm_fold_to_file(hm_fold_t *fold, hm_error_t *error)
{
	run_t run = { .fold = fold };
	int ret = hm_fold_file_open(fold->file, &run.file, error);
	if (ret == KNOT_EOK) {
		hm_progress_begin("reading the zone");
		ret = hm_flags_read(&fold->source.server, fold->zone, &fold->flags, error);
		hm_progress_end();
	}
	if (ret == KNOT_EOK && (has_flags(&fold->flags) || run.file.base >= 0)) {
		ret = look_around(&run, error);
		int rounds = HM_FOLD_ROUNDS;
		while (ret == KNOT_EOK && (ret = run_once(&run, error)) == KNOT_EAGAIN &&
		       --rounds > 0) {
			ret = KNOT_EOK;
		}
	}
	hm_served_clear(&run.before);
	hm_fold_file_close(&run.file);
	return ret;
}
