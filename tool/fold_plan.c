/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "fold_plan.h"
#include "idn.h"
#include "memory.h"

/*! \brief Text of a name as a hosted file takes it: nothing but plain characters and escapes. */
static void write_name(FILE *out, const knot_dname_t *name)
{
	for (const uint8_t *label = name; *label != '\0'; label = hm_dname_next(label)) {
		if (label != name) {
			fputc('.', out);
		}
		for (int i = 1; i <= *label; i++) {
			fprintf(out, hm_var_name_char(label[i]) ? "%c" : "\\%03u", label[i]);
		}
	}
}

/*! \brief Tell whether a profile's name can be a word of a line. */
static bool is_word(const char *name)
{
	for (const char *c = name; *c != '\0'; c++) {
		if (*c <= ' ' || *c > '~') {
			return false;
		}
	}
	return *name != '\0' && *name != '#' && strcmp(name, "-") != 0;
}

/*! \brief Tell whether a flag leaves the profile to the default. */
static bool is_default(const knot_rdataset_t *txt)
{
	const knot_rdata_t *rdata = txt->rdata;
	return rdata->len == 0 || rdata->data[0] == 0 ||
	       (rdata->data[0] == 1 && rdata->data[1] == '-');
}

/*! \brief Write the line that says what a flag says; NULL if memory is out. */
static char *write_line(const hm_flags_node_t *node, const hm_domain_t *domain,
                        const hm_profile_t *profile)
{
	char *line = NULL, *vars = hm_vars_text(domain);
	size_t len;
	FILE *out = (vars != NULL) ? open_memstream(&line, &len) : NULL;
	if (out == NULL) {
		free(vars);
		return NULL;
	}
	write_name(out, node->name);
	if (!is_default(&node->txt)) {
		fprintf(out, " %s", hm_profile_name(profile));
	} else if (*vars != '\0') {
		fputs(" -", out);
	}
	if (*vars != '\0') {
		fprintf(out, " %s", vars);
	}
	free(vars);
	bool failed = (ferror(out) != 0);
	if (fclose(out) != 0 || failed) {
		free(line);
		return NULL;
	}
	return line;
}

/*! \brief Why no line can say what a good flag says, NULL if one can. */
static const char *no_line(const hm_domain_t *domain, const hm_profile_t *profile)
{
	if (hm_dname_is_ipv4(domain->name, domain->name + domain->size - 1)) {
		return "an IP address cannot be a line of a hosted file";
	}
	return is_word(hm_profile_name(profile)) ? NULL :
	       "the name of its profile cannot be written in a line of a hosted file";
}

/*! \brief Tell whether the hosted file has this very domain. */
static bool is_in_file(const hm_hosted_set_t *set, const knot_dname_t *name, hm_domain_t *domain)
{
	const hm_hosted_file_t *file = hm_hosted_set_file(set);
	return file != NULL && hm_hosted_file_find(file, name, domain) && domain->name == name;
}

bool hm_fold_keep(hm_fold_plan_t *plan, hm_fold_step_t *step, const char *reason)
{
	free(step->line);
	step->line = NULL;
	step->action = HM_FOLD_STAYS;
	step->reason = strdup(reason);
	plan->stays++;
	return step->reason != NULL;
}

static int decide_one(const hm_hosted_set_t *set, knot_mm_t *mm, hm_fold_plan_t *plan,
                      hm_fold_step_t *step)
{
	hm_domain_t domain, known;
	const hm_profile_t *profile;
	const char *reason = NULL;
	step->in_file = is_in_file(set, step->node->name, &known);
	hm_flag_sense_t sense = hm_flag_judge(set, step->node, mm, &domain, &profile, &reason);
	if (sense == HM_FLAG_NONE) {
		step->action = HM_FOLD_REMOVE;
		plan->removed += step->in_file;
		return KNOT_EOK;
	}
	if (sense == HM_FLAG_GOOD) {
		reason = no_line(&domain, profile);
	}
	if (reason == NULL) {
		step->line = write_line(step->node, &domain, profile);
		if (step->line == NULL) {
			return KNOT_ENOMEM;
		}
		if (strlen(step->line) > HM_HOSTED_FILE_LINE_MAX) {
			reason = "a line of a hosted file that says so is too long";
		}
	}
	if (reason != NULL) {
		return hm_fold_keep(plan, step, reason) ? KNOT_EOK : KNOT_ENOMEM;
	}
	step->action = HM_FOLD_LINE;
	plan->added += !step->in_file;
	return KNOT_EOK;
}

int hm_fold_decide(const hm_hosted_set_t *set, const hm_flags_t *flags, hm_fold_plan_t *plan)
{
	*plan = (hm_fold_plan_t){ 0 };
	hm_memory_t memory;
	hm_memory_init(&memory);
	int ret = KNOT_EOK;
	for (size_t i = 0; i < flags->nodes_count && ret == KNOT_EOK; i++) {
		if (flags->nodes[i].txt.count == 0) {
			continue;
		}
		if (!hm_array_grow(&plan->steps, plan->count, sizeof(*plan->steps))) {
			ret = KNOT_ENOMEM;
			break;
		}
		hm_fold_step_t *step = &plan->steps[plan->count++];
		*step = (hm_fold_step_t){ .node = &flags->nodes[i] };
		ret = decide_one(set, &memory.mm, plan, step);
		hm_memory_clear(&memory);
	}
	hm_memory_clear(&memory);
	return ret;
}

void hm_fold_plan_clear(hm_fold_plan_t *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		free(plan->steps[i].line);
		free(plan->steps[i].reason);
	}
	free(plan->steps);
	*plan = (hm_fold_plan_t){ 0 };
}

/*! \brief Tell whether the new file says of a domain what its flag says. */
static bool is_folded(const hm_hosted_set_t *set, knot_mm_t *mm, const hm_fold_step_t *step)
{
	hm_domain_t got, want;
	const hm_profile_t *profile;
	const char *reason;
	bool in_file = is_in_file(set, step->node->name, &got);
	if (step->action == HM_FOLD_STAYS) {
		return in_file == step->in_file;
	}
	if (step->action == HM_FOLD_REMOVE) {
		return !in_file;
	}
	return in_file &&
	       hm_flag_judge(set, step->node, mm, &want, &profile, &reason) == HM_FLAG_GOOD &&
	       got.profile == want.profile && got.vars_len == want.vars_len &&
	       (got.vars_len == 0 || memcmp(got.vars, want.vars, got.vars_len) == 0);
}

int hm_fold_verify(const hm_fold_plan_t *plan, size_t before, const hm_hosted_set_t *set,
                   hm_error_t *error)
{
	hm_memory_t memory;
	hm_memory_init(&memory);
	bool good = true;
	for (size_t i = 0; i < plan->count && good; i++) {
		good = is_folded(set, &memory.mm, &plan->steps[i]);
		if (!good) {
			knot_dname_txt_storage_t name;
			hm_error_set(error, "the new hosted file does not say of '%s' what its "
			             "flag says; nothing was changed",
			             hm_idn_text(plan->steps[i].node->name, name));
		}
		hm_memory_clear(&memory);
	}
	size_t want = before + plan->added - plan->removed;
	size_t got = hm_hosted_file_count(hm_hosted_set_file(set));
	if (good && got != want) {
		hm_error_set(error, "the new hosted file has %zu domains instead of %zu; nothing "
		             "was changed", got, want);
		good = false;
	}
	return good ? KNOT_EOK : KNOT_EMALF;
}

const hm_flags_node_t *hm_fold_same(const hm_fold_step_t *step, const hm_flags_t *now)
{
	const hm_flags_node_t *node = hm_flags_find(now, step->node->name);
	return (node != NULL && knot_rdataset_eq(&node->txt, &step->node->txt)) ? node : NULL;
}

hm_fold_compare_t hm_fold_compare(const hm_fold_plan_t *plan, const hm_flags_t *now)
{
	hm_fold_compare_t compare = { 0 };
	for (size_t i = 0; i < plan->count; i++) {
		const hm_fold_step_t *step = &plan->steps[i];
		if (step->action == HM_FOLD_STAYS) {
			continue;
		}
		if (hm_fold_same(step, now) != NULL) {
			compare.same++;
		} else if (hm_flags_find(now, step->node->name) != NULL) {
			compare.changed++;
		} else if (step->action == HM_FOLD_LINE || step->in_file) {
			compare.gone++;
		}
	}
	return compare;
}
