/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>

#include <libknot/libknot.h>

#include "flag_internal.h"
#include "idn.h"

static const char *const kinds[HM_FLAG_KINDS] = {
	[HM_FLAG_KEPT] = "unchanged",
	[HM_FLAG_ADDED] = "added",
	[HM_FLAG_CHANGED] = "changed",
	[HM_FLAG_REMOVED] = "removed",
};

/*! \brief A report under way. */
typedef struct {
	hm_flag_work_t *work;
	hm_rdata_reader_t *reader;
	hm_table_t table;
	bool fit;   /*!< The first of two walks: for the width of the columns. */
} report_t;

/*! \brief All records of a flag as text; empty if there are none; NULL if memory is out. */
static char *flag_text(report_t *report, const knot_rdataset_t *txt)
{
	char *all = NULL;
	size_t size = 0;
	FILE *text = open_memstream(&all, &size);
	bool ok = (text != NULL);
	for (uint16_t i = 0; i < txt->count && ok; i++) {
		char *one = hm_rdata_to_text(report->reader, KNOT_RRTYPE_TXT, txt, i);
		ok = (one != NULL && fprintf(text, "%s%s", (i > 0) ? " and " : "", one) >= 0);
		free(one);
	}
	if (text != NULL && fclose(text) != 0) {
		ok = false;
	}
	if (!ok) {
		free(all);
		all = NULL;
	}
	return all;
}

static char *want_text(report_t *report, const hm_flag_change_t *change)
{
	const knot_rdata_t *want = change->want;
	const knot_rdataset_t txt = {
		.count = (want != NULL), .size = (want != NULL) ? knot_rdata_size(want->len) : 0,
		.rdata = (knot_rdata_t *)want,
	};
	return flag_text(report, &txt);
}

static json_t *text_or_null(const char *text)
{
	return (text == NULL || *text == '\0') ? json_null() : hm_json_text(text);
}

/*! \brief Report one change. */
static int report_change(report_t *report, const hm_flag_change_t *change)
{
	knot_dname_txt_storage_t name;
	hm_flag_work_t *work = report->work;
	hm_idn_text(change->name, name);
	char *want = want_text(report, change), *was = flag_text(report, &change->was);
	int ret = (want != NULL && was != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	if (ret == KNOT_EOK && work->opts->json) {
		hm_json_element(&work->json, json_pack(
			"{s:s, s:s, s:o, s:o}", "domain", name, "change", kinds[change->kind],
			"flag", text_or_null(want), "was", text_or_null(was)));
	} else if (ret == KNOT_EOK) {
		const char *const cells[] = { kinds[change->kind], name, want, was };
		if (report->fit) {
			hm_table_fit(&report->table, cells);
		} else {
			hm_table_row(&report->table, &work->out, cells);
		}
	}
	free(want);
	free(was);
	return ret;
}

/*! \brief Tell whether a change was made, or would be in a dry run. */
static bool is_reported(const hm_flag_work_t *work, const hm_flag_change_t *change)
{
	return change->kind != HM_FLAG_KEPT && (change->is_done || work->opts->dry_run);
}

static int report_changes(report_t *report)
{
	const hm_flag_plan_t *plan = &report->work->plan;
	int ret = KNOT_EOK;
	for (size_t i = 0; i < plan->count && ret == KNOT_EOK; i++) {
		if (is_reported(report->work, &plan->changes[i])) {
			ret = report_change(report, &plan->changes[i]);
		}
	}
	return ret;
}

/*! \brief Report a domain that is hosted all the same after its flag is gone. */
static void report_other(report_t *report, const hm_flag_change_t *change)
{
	hm_flag_work_t *work = report->work;
	size_t index = 0;
	hm_other_t other = hm_flag_other(work, change->name, false, &index);
	// A flag "none" hides what comes after its zone.
	if (other == HM_OTHER_NOBODY ||
	    (change->want != NULL && (other == HM_OTHER_FILE || index > work->zone))) {
		return;
	}
	knot_dname_txt_storage_t name, zone = "";
	hm_idn_text(change->name, name);
	if (other == HM_OTHER_ZONE) {
		(void)hm_idn_text(work->source.section->zones[index], zone);
	}
	if (work->opts->json) {
		hm_json_element(&work->json, json_pack(
			"{s:s, s:s, s:o}", "domain", name, "tier",
			(other == HM_OTHER_ZONE) ? "zone" : "file", "zone", text_or_null(zone)));
	} else if (other == HM_OTHER_ZONE) {
		fprintf(work->out.file, "%s stays hosted: the hosted zone '%s' has it%s\n", name,
		        zone, (index > work->zone) ? "; --none takes it out" : "");
	} else {
		fprintf(work->out.file, "%s stays hosted: the hosted file has it; --none takes it "
		        "out\n", name);
	}
}

static void report_others(report_t *report)
{
	hm_flag_work_t *work = report->work;
	if (work->opts->json) {
		hm_json_array(&work->json, "still_hosted");
	}
	for (size_t i = 0; work->others != NULL && i < work->plan.count; i++) {
		report_other(report, &work->plan.changes[i]);
	}
	if (work->opts->json) {
		hm_json_array_end(&work->json);
	}
}

static int report_json(report_t *report)
{
	hm_flag_work_t *work = report->work;
	hm_json_t *json = &work->json;
	knot_dname_txt_storage_t zone;
	(void)hm_idn_text(work->source.section->zones[work->zone], zone);
	hm_json_member(json, "zone", hm_json_text(zone));
	hm_json_member(json, "dry_run", json_boolean(work->opts->dry_run));
	hm_json_array(json, "changes");
	int ret = report_changes(report);
	hm_json_array_end(json);
	for (size_t i = 0; i < HM_FLAG_KINDS; i++) {
		hm_json_member(json, kinds[i], json_integer(work->plan.counts[i]));
	}
	report_others(report);
	return ret;
}

static int report_text(report_t *report)
{
	hm_flag_work_t *work = report->work;
	report->table = (hm_table_t) {
		.columns = { { .title = "CHANGE" }, { .title = "DOMAIN" }, { .title = "FLAG" },
		             { .title = "WAS" } },
		.count = 4,
	};
	report->fit = true;
	int ret = report_changes(report);
	report->fit = false;
	if (ret == KNOT_EOK && hm_flag_plan_todo(&work->plan) > 0) {
		hm_table_head(&report->table, &work->out);
		ret = report_changes(report);
		fputc('\n', work->out.file);
	}
	const size_t *counts = work->plan.counts;
	if (hm_flag_plan_todo(&work->plan) == 0) {
		fprintf(work->out.file, "nothing to do: %zu unchanged\n", counts[HM_FLAG_KEPT]);
	} else {
		fprintf(work->out.file, "%zu added, %zu changed, %zu removed, %zu unchanged%s\n",
		        counts[HM_FLAG_ADDED], counts[HM_FLAG_CHANGED], counts[HM_FLAG_REMOVED],
		        counts[HM_FLAG_KEPT],
		        work->opts->dry_run ? " (a dry run: nothing was done)" : "");
	}
	report_others(report);
	return ret;
}

int hm_flag_report(hm_flag_work_t *work, hm_error_t *error)
{
	report_t report = { .work = work, .reader = hm_rdata_reader_new() };
	int ret = KNOT_ENOMEM;
	if (report.reader != NULL) {
		ret = work->opts->json ? report_json(&report) : report_text(&report);
	}
	hm_rdata_reader_free(report.reader);
	if (ret != KNOT_EOK) {
		hm_error_set(error, "out of memory");
	}
	return ret;
}
