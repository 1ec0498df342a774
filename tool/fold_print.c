/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>

#include <libknot/libknot.h>

#include "fold_internal.h"
#include "idn.h"
#include "json.h"

/*! \brief What becomes of a flag, in a word. */
static const char *word(const hm_fold_t *fold, const hm_fold_step_t *step)
{
	switch (step->action) {
	case HM_FOLD_LINE:
		return (fold->into != NULL) ? "move" : step->in_file ? "change" : "add";
	case HM_FOLD_REMOVE:
		return "remove";
	case HM_FOLD_STAYS:
		break;
	}
	return "stay";
}

static void print_steps(const hm_fold_t *fold, const hm_out_t *out)
{
	for (size_t i = 0; i < fold->plan.count; i++) {
		const hm_fold_step_t *step = &fold->plan.steps[i];
		knot_dname_txt_storage_t name;
		if (step->action != HM_FOLD_STAYS) {
			fprintf(out->file, "%-6s %s\n", word(fold, step), (step->line != NULL) ?
			        step->line : hm_idn_text(step->node->name, name));
		}
	}
}

static void warn(const hm_fold_t *fold)
{
	const hm_out_t err = hm_out_to(stderr, fold->opts->color);
	for (size_t i = 0; i < fold->plan.count; i++) {
		const hm_fold_step_t *step = &fold->plan.steps[i];
		knot_dname_txt_storage_t name;
		if (step->action == HM_FOLD_STAYS) {
			hm_out_print(&err, HM_STYLE_WARNING, "warning: ");
			fprintf(err.file, "the flag of '%s' stays: %s\n",
			        hm_idn_text(step->node->name, name), step->reason);
		}
	}
}

/*! \brief How many flags become lines, and how many take domains out. */
static void count(const hm_fold_plan_t *plan, size_t *folded, size_t *out)
{
	*folded = 0;
	*out = 0;
	for (size_t i = 0; i < plan->count; i++) {
		*folded += (plan->steps[i].action == HM_FOLD_LINE);
		*out += (plan->steps[i].action == HM_FOLD_REMOVE);
	}
}

void hm_fold_print(const hm_fold_t *fold)
{
	const hm_out_t out = hm_out_to(stdout, fold->opts->color);
	const hm_fold_plan_t *plan = &fold->plan;
	size_t folded, taken_out;
	count(plan, &folded, &taken_out);
	warn(fold);
	if (fold->opts->dry_run || fold->opts->verbose) {
		print_steps(fold, &out);
	}
	if (folded + taken_out == 0) {
		fprintf(out.file, "nothing to fold");
	} else if (fold->opts->dry_run) {
		fprintf(out.file, "would fold %zu domain%s, and take %zu out", folded,
		        (folded == 1) ? "" : "s", taken_out);
	} else {
		knot_dname_txt_storage_t zone;
		fprintf(out.file, "folded %zu domain%s, took %zu out, removed %zu flag%s from %s",
		        folded, (folded == 1) ? "" : "s", taken_out, fold->removed,
		        (fold->removed == 1) ? "" : "s", hm_idn_text(fold->zone, zone));
	}
	if (plan->stays > 0) {
		fprintf(out.file, "; %zu wrong flag%s", plan->stays, (plan->stays == 1) ? " stays" :
		                                                                          "s stay");
	}
	if (fold->changed > 0) {
		fprintf(out.file, "; %zu changed meanwhile, for the next run", fold->changed);
	}
	fputc('\n', out.file);
}

int hm_fold_print_json(const hm_fold_t *fold, const hm_error_t *failed)
{
	hm_json_t json;
	knot_dname_txt_storage_t zone;
	hm_json_begin(&json, stdout);
	hm_json_member(&json, "zone", hm_json_text(hm_idn_text(fold->zone, zone)));
	hm_json_member(&json, "into", hm_json_text((fold->into != NULL) ?
	                                           hm_idn_text(fold->into, zone) : NULL));
	hm_json_member(&json, "file", hm_json_text(fold->file));
	hm_json_member(&json, "dry_run", json_boolean(fold->opts->dry_run));
	hm_json_array(&json, "flags");
	for (size_t i = 0; i < fold->plan.count; i++) {
		const hm_fold_step_t *step = &fold->plan.steps[i];
		knot_dname_txt_storage_t name;
		hm_json_element(&json, json_pack(
			"{s:s, s:s, s:o, s:o}", "domain", hm_idn_text(step->node->name, name),
			"action", word(fold, step), "line", hm_json_text(step->line),
			"reason", hm_json_text(step->reason)));
	}
	hm_json_array_end(&json);
	hm_json_member(&json, "removed", json_integer(fold->removed));
	hm_json_member(&json, "changed", json_integer(fold->changed));
	hm_json_member(&json, "stays", json_integer(fold->plan.stays));
	if (failed != NULL) {
		hm_json_member(&json, "failed", hm_json_text(failed->text));
	}
	return hm_json_end(&json);
}
