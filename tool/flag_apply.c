/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <string.h>

#include <libknot/libknot.h>

#include "flag_internal.h"
#include "progress.h"
#include "update.h"
#include "zone_change.h"

/*! \brief How often the zone is read anew if others change it at the same time. */
#define TRIES 8

/*! \brief Make one kind of step for all changes: a server takes many of one kind at a time. */
static int send_steps(hm_zone_change_t *change, const hm_flag_plan_t *plan, bool adding,
                      hm_error_t *error)
{
	int ret = KNOT_EOK;
	for (size_t i = 0; i < plan->count && ret == KNOT_EOK; i++) {
		const hm_flag_change_t *item = &plan->changes[i];
		if (item->kind == HM_FLAG_KEPT) {
			continue;
		}
		if (adding && item->want != NULL) {
			ret = hm_zone_change_set(change, item->name, HM_FLAG_TTL, KNOT_RRTYPE_TXT,
			                         item->want, error);
		} else if (!adding && item->was.count > 0) {
			ret = hm_zone_change_unset(change, item->name, KNOT_RRTYPE_TXT, error);
		}
	}
	return ret;
}

/*! \brief Make all changes by one transaction of the control socket. */
static int change_zone(hm_flag_work_t *work, hm_error_t *error)
{
	hm_zone_change_t *change = NULL;
	hm_progress_begin(work->source.server.socket);
	int left_ms = work->opts->timeout_ms, ret;
	do {
		ret = hm_zone_change_begin(&work->source.server, work->flags.zone,
		                           &work->flags.serial, &change, error);
	} while (ret == KNOT_TXN_EEXISTS && hm_zone_change_pause(&left_ms));
	if (ret == KNOT_EOK) {
		ret = send_steps(change, &work->plan, false, error);
	}
	if (ret == KNOT_EOK) {
		ret = send_steps(change, &work->plan, true, error);
	}
	if (ret == KNOT_EOK) {
		ret = hm_zone_change_commit(change, error);
	}
	hm_zone_change_free(change);
	hm_progress_end();
	for (size_t i = 0; i < work->plan.count && ret == KNOT_EOK; i++) {
		work->plan.changes[i].is_done = true;
	}
	return ret;
}

/*! \brief Read the zone, decide and change; once more if it was changed meanwhile. */
static int apply_by_control(hm_flag_work_t *work, hm_error_t *error)
{
	const knot_dname_t *zone = work->source.section->zones[work->zone];
	int ret = KNOT_EAGAIN;
	for (unsigned tries = TRIES; tries > 0 && ret == KNOT_EAGAIN; tries--) {
		hm_flags_clear(&work->flags);
		hm_progress_begin(work->source.server.socket);
		ret = hm_flags_read(&work->source.server, zone, &work->flags, error);
		hm_progress_end();
		if (ret != KNOT_EOK) {
			break;
		}
		hm_flag_plan_decide(&work->plan, work->set, &work->flags);
		if (hm_flag_plan_todo(&work->plan) > 0 && !work->opts->dry_run) {
			ret = change_zone(work, error);
		}
	}
	return ret;
}

/*! \brief Ask the server of the updates for the flags, and decide. */
static int read_by_update(hm_flag_work_t *work, hm_update_t *update, hm_error_t *error)
{
	int ret = hm_update_read(update, &work->plan, &work->flags, error);
	if (ret == KNOT_EOK) {
		hm_flag_plan_decide(&work->plan, work->set, &work->flags);
	} else if (ret == KNOT_EDENIED) {
		hm_flag_plan_decide_blindly(&work->plan);
	}
	return ret;
}

/*! \brief Read, decide and change by DNS updates. */
static int apply_by_update(hm_flag_work_t *work, hm_error_t *error)
{
	const hm_tool_opts_t *opts = work->opts;
	hm_update_t *update = NULL;
	int ret = hm_update_new(opts->update, opts->key, opts->key_file, opts->timeout_ms,
	                        work->source.section->zones[work->zone], &update, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	hm_progress_begin(opts->update);
	hm_error_t unread;
	ret = read_by_update(work, update, &unread);
	bool is_read = (ret == KNOT_EOK);
	if (ret != KNOT_EOK && ret != KNOT_EDENIED) {
		*error = unread;
	} else {
		ret = opts->dry_run ? KNOT_EOK :
		      hm_update_send(update, &work->plan, is_read, error);
	}
	hm_progress_end();
	hm_update_free(update);
	if (ret == KNOT_EOK && !is_read) {
		fprintf(stderr, "warning: %s; so all flags are set anew, whatever they were\n",
		        unread.text);
	}
	return ret;
}

int hm_flag_apply(hm_flag_work_t *work, hm_error_t *error)
{
	int ret = (work->opts->update != NULL) ? apply_by_update(work, error) :
	                                         apply_by_control(work, error);
	if (ret == KNOT_EOK) {
		return ret;
	}
	hm_flag_plan_undo(&work->plan);
	size_t done = hm_flag_plan_todo(&work->plan);
	if (done > 0) {
		char text[sizeof(error->text)];
		memcpy(text, error->text, sizeof(text));
		hm_error_set(error, "%.900s; %zu %s made before", text, done,
		             (done == 1) ? "change was" : "changes were");
	}
	return ret;
}
