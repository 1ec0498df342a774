/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "flag_plan.h"
#include "fold_internal.h"
#include "memory.h"
#include "progress.h"
#include "zone_change.h"

/*! \brief What the second zone says of a domain, before and after. */
typedef struct {
	const hm_flags_node_t *before; /*!< NULL: nothing. */
	knot_rdataset_t after;         /*!< Borrowed; empty: nothing. */
} move_t;

/*! \brief A fold into a zone. */
typedef struct {
	hm_fold_t *fold;
	hm_hosted_set_t *set;    /*!< What decides. */
	hm_flags_t *later;       /*!< Zones after the second one. */
	size_t later_count;
	bool unknown_file;       /*!< There is a hosted file, but not here, or an older one. */
	hm_flags_t second;       /*!< The second zone before. */
	move_t *moves;           /*!< For each step of the plan. */
	knot_rdata_t *none;      /*!< `none` as a flag. */
} run_t;

static const uint8_t none_txt[] = "\x04none";

static int out_of_memory(hm_error_t *error)
{
	hm_error_set(error, "out of memory");
	return KNOT_ENOMEM;
}

/*! \brief Load the profiles, and the hosted file if it is the one that the servers have. */
static int load_set(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	const char *file = fold->source.section->hosted_file;
	int ret = hm_fold_load(fold, -1, &run->set, error);
	if (ret != KNOT_EOK || file == NULL) {
		return ret;
	}
	hm_hosted_set_opts_t opts = hm_source_set_opts(&fold->source);
	hm_hosted_set_t *set = NULL;
	hm_served_list_t served = { 0 };
	hm_error_t reason;
	run->unknown_file = true;
	opts.report = hm_fold_ignore;
	hm_progress_begin(file);
	if (hm_hosted_set_load(&opts, &set) == KNOT_EOK &&
	    hm_hosted_set_file_result(set) == KNOT_EOK &&
	    hm_served_ask(&fold->servers, NULL, &served, &reason) == KNOT_EOK) {
		run->unknown_file = (served.count == 0);
		for (size_t i = 0; i < served.count; i++) {
			run->unknown_file |= (served.servers[i].file.digest !=
			                      hm_hosted_set_digest(set));
		}
	}
	hm_progress_end();
	hm_served_clear(&served);
	if (run->unknown_file) {
		hm_hosted_set_free(set);
	} else {
		hm_hosted_set_free(run->set);
		run->set = set;
	}
	return KNOT_EOK;
}

/*! \brief Read the zones after the second one. */
static int read_later(run_t *run, hm_error_t *error)
{
	const hm_conf_section_t *section = run->fold->source.section;
	run->later = calloc(section->zones_count, sizeof(*run->later));
	if (run->later == NULL) {
		return out_of_memory(error);
	}
	int ret = KNOT_EOK;
	size_t i = run->fold->into_index + 1;
	for (; i < section->zones_count && ret == KNOT_EOK; i++) {
		ret = hm_flags_read(&run->fold->source.server, section->zones[i],
		                    &run->later[run->later_count++], error);
	}
	return ret;
}

/*! \brief Tell whether a domain would be hosted if neither zone said anything of it. */
static bool is_below(const run_t *run, const hm_fold_step_t *step)
{
	if (step->in_file || run->unknown_file) {
		return true;
	}
	for (size_t i = 0; i < run->later_count; i++) {
		if (hm_flags_find(&run->later[i], step->node->name) != NULL) {
			return true;
		}
	}
	return false;
}

/*! \brief What the second zone is to say of a domain. */
static knot_rdataset_t wanted(const run_t *run, const hm_fold_step_t *step)
{
	if (step->action == HM_FOLD_LINE) {
		return step->node->txt;
	}
	if (step->action == HM_FOLD_REMOVE && is_below(run, step)) {
		return (knot_rdataset_t) {
			.count = 1, .size = knot_rdata_size(run->none->len), .rdata = run->none,
		};
	}
	return (knot_rdataset_t){ 0 };
}

/*! \brief Decide what becomes of the flags; those that the second zone has no room for stay. */
static int plan(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	hm_fold_plan_clear(&fold->plan);
	if (hm_fold_decide(run->set, &fold->flags, &fold->plan) != KNOT_EOK) {
		return out_of_memory(error);
	}
	free(run->moves);
	run->moves = calloc(fold->plan.count + 1, sizeof(*run->moves));
	if (run->moves == NULL) {
		return out_of_memory(error);
	}
	for (size_t i = 0; i < fold->plan.count; i++) {
		hm_fold_step_t *step = &fold->plan.steps[i];
		size_t size = knot_dname_size(step->node->name) - 1 + knot_dname_size(fold->into);
		if (step->action != HM_FOLD_STAYS && size > KNOT_DNAME_MAXLEN) {
			if (!hm_fold_keep(&fold->plan, step, "its name is too long for the other "
			                  "zone")) {
				return out_of_memory(error);
			}
		}
	}
	return KNOT_EOK;
}

/*! \brief Change one flag of a zone. */
static int put(hm_zone_change_t *change, const knot_dname_t *name, const hm_flags_node_t *now,
               const knot_rdataset_t *txt, hm_error_t *error)
{
	int ret = KNOT_EOK;
	if (now != NULL) {
		ret = hm_zone_change_unset(change, name, KNOT_RRTYPE_TXT, error);
	}
	const knot_rdata_t *rdata = txt->rdata;
	for (uint16_t i = 0; i < txt->count && ret == KNOT_EOK; i++) {
		ret = hm_zone_change_set(change, name, HM_FLAG_TTL, KNOT_RRTYPE_TXT, rdata, error);
		rdata = knot_rdataset_next((knot_rdata_t *)rdata);
	}
	return ret;
}

/*! \brief Tell whether a flag says this; both may be nothing. */
static bool says(const hm_flags_node_t *node, const knot_rdataset_t *txt)
{
	return (node != NULL) ? knot_rdataset_eq(&node->txt, txt) : txt->count == 0;
}

/*! \brief Write all flags to the second zone, in one transaction. */
static int write_second(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	hm_zone_change_t *change = NULL;
	hm_flags_clear(&run->second);
	int ret = hm_fold_begin(fold, fold->into, &change, error);
	if (ret == KNOT_EOK) {
		ret = hm_zone_change_read(change, &run->second, error);
	}
	bool changes = false;
	for (size_t i = 0; i < fold->plan.count && ret == KNOT_EOK; i++) {
		const hm_fold_step_t *step = &fold->plan.steps[i];
		move_t *move = &run->moves[i];
		move->before = hm_flags_find(&run->second, step->node->name);
		move->after = wanted(run, step);
		if (step->action != HM_FOLD_STAYS && !says(move->before, &move->after)) {
			changes = true;
			ret = put(change, step->node->name, move->before, &move->after, error);
		}
	}
	if (ret == KNOT_EOK && changes) {
		ret = hm_zone_change_commit(change, error);
	}
	hm_fold_end(fold, change);
	return ret;
}

/*! \brief Wait until all servers have the second zone as it is now. */
static int wait_second(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	const hm_option_words_t primary = { .words = { fold->source.server.socket }, .count = 1 };
	const hm_servers_t who = { .sockets = &primary, .timeout_ms = fold->opts->timeout_ms };
	hm_served_list_t served;
	hm_served_goal_t goal = { .zone = fold->into };
	hm_progress_begin("waiting for the servers");
	int ret = hm_served_ask(&who, fold->into, &served, error);
	if (ret == KNOT_EOK) {
		goal.serial = served.servers[0].serial;
		ret = hm_served_wait(&fold->servers, &goal, error);
	}
	hm_progress_end();
	hm_served_clear(&served);
	if (ret != KNOT_EOK) {
		const hm_error_t reason = *error;
		hm_error_set(error, "%.800s; no flag has left the zone '%s'", reason.text,
		             hm_fold_zone_text(fold->zone));
	}
	return ret;
}

/*! \brief Remove what was moved from the first zone, in one transaction. */
static int empty_first(run_t *run, hm_flags_t *now, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	hm_zone_change_t *change = NULL;
	size_t removed = 0;
	int ret = hm_fold_begin(fold, fold->zone, &change, error);
	if (ret == KNOT_EOK) {
		ret = hm_zone_change_read(change, now, error);
	}
	for (size_t i = 0; i < fold->plan.count && ret == KNOT_EOK; i++) {
		const hm_fold_step_t *step = &fold->plan.steps[i];
		if (step->action != HM_FOLD_STAYS && hm_fold_same(step, now) != NULL) {
			ret = hm_zone_change_unset(change, step->node->name, KNOT_RRTYPE_TXT,
			                           error);
			removed++;
		}
	}
	if (ret == KNOT_EOK && removed > 0) {
		ret = hm_zone_change_commit(change, error);
	}
	hm_fold_end(fold, change);
	fold->removed = (ret == KNOT_EOK) ? removed : 0;
	return ret;
}

/*! \brief Undo in the second zone what was moved of flags that were removed meanwhile. */
static int undo_gone(run_t *run, const hm_flags_t *now, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	hm_zone_change_t *change = NULL;
	hm_flags_t second = { .zone = fold->into };
	const knot_rdataset_t nothing = { 0 };
	bool changes = false;
	int ret = hm_fold_begin(fold, fold->into, &change, error);
	if (ret == KNOT_EOK) {
		ret = hm_zone_change_read(change, &second, error);
	}
	for (size_t i = 0; i < fold->plan.count && ret == KNOT_EOK; i++) {
		const hm_fold_step_t *step = &fold->plan.steps[i];
		const move_t *move = &run->moves[i];
		if (step->action == HM_FOLD_STAYS || says(move->before, &move->after) ||
		    hm_flags_find(now, step->node->name) != NULL) {
			continue;
		}
		// Unless the second zone was changed as well meanwhile.
		const hm_flags_node_t *is = hm_flags_find(&second, step->node->name);
		if (says(is, &move->after)) {
			changes = true;
			ret = put(change, step->node->name, is, (move->before != NULL) ?
			          &move->before->txt : &nothing, error);
		}
	}
	if (ret == KNOT_EOK && changes) {
		ret = hm_zone_change_commit(change, error);
	}
	hm_fold_end(fold, change);
	hm_flags_clear(&second);
	return ret;
}

static int finish(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	hm_flags_t now = { .zone = fold->zone };
	int ret = empty_first(run, &now, error);
	if (ret == KNOT_EOK) {
		hm_fold_compare_t compare = hm_fold_compare(&fold->plan, &now);
		fold->changed = compare.changed;
		if (compare.same + compare.changed + fold->plan.stays < fold->plan.count) {
			ret = undo_gone(run, &now, error);
		}
	}
	hm_flags_clear(&now);
	return ret;
}

static int fold_zone(run_t *run, hm_error_t *error)
{
	hm_fold_t *fold = run->fold;
	int ret = load_set(run, error);
	if (ret == KNOT_EOK) {
		ret = read_later(run, error);
	}
	if (ret == KNOT_EOK) {
		ret = hm_flags_read(&fold->source.server, fold->zone, &fold->flags, error);
	}
	if (ret == KNOT_EOK) {
		ret = plan(run, error);
	}
	if (ret != KNOT_EOK || fold->opts->dry_run || fold->plan.stays == fold->plan.count) {
		return ret;
	}
	hm_progress_begin("writing the zone");
	ret = write_second(run, error);
	hm_progress_end();
	if (ret == KNOT_EOK) {
		ret = wait_second(run, error);
	}
	hm_progress_begin("removing flags");
	if (ret == KNOT_EOK) {
		ret = finish(run, error);
	}
	hm_progress_end();
	return ret;
}

int hm_fold_to_zone(hm_fold_t *fold, hm_error_t *error)
{
	uint64_t none[4];
	run_t run = {
		.fold = fold, .second = { .zone = fold->into }, .none = (knot_rdata_t *)none,
	};
	knot_rdata_init(run.none, sizeof(none_txt) - 1, none_txt);
	int ret = fold_zone(&run, error);
	for (size_t i = 0; i < run.later_count; i++) {
		hm_flags_clear(&run.later[i]);
	}
	free(run.later);
	hm_hosted_set_free(run.set);
	free(run.moves);
	hm_flags_clear(&run.second);
	return ret;
}
