/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "flag_plan.h"
#include "hostedmail/hosted_zone.h"
#include "memory.h"

/*! \brief Longest string of a TXT record. */
#define STRING_MAX UINT8_MAX

/*! \brief Append a string to RDATA, in one or two parts with a sign between them. */
static uint8_t *put_string(uint8_t *pos, const void *name, size_t name_len, const void *value,
                           size_t value_len)
{
	bool has_value = (value != NULL);
	*pos++ = name_len + has_value + value_len;
	memcpy(pos, name, name_len);
	pos += name_len;
	if (has_value) {
		*pos++ = '=';
		memcpy(pos, value, value_len);
	}
	return pos + value_len;
}

int hm_flag_rdata(const char *profile, const hm_domain_t *domain, knot_rdata_t **out,
                  const char **reason)
{
	size_t len = 1 + strlen(profile);
	if (len > STRING_MAX) {
		*reason = "the name of the profile is too long for a flag";
		return KNOT_ESPACE;
	}
	hm_packed_var_t var;
	for (const uint8_t *p = NULL; (p = hm_vars_next(domain, p, &var)) != NULL; ) {
		if (var.name_len + 1 + var.value_len > STRING_MAX) {
			*reason = "a variable is too long for a flag, which has 255 bytes for its "
			          "name, the sign and the value; use the hosted file";
			return KNOT_ESPACE;
		}
		len += 1 + var.name_len + 1 + var.value_len;
	}
	uint8_t *data = malloc(len);
	knot_rdata_t *rdata = malloc(knot_rdata_size(len));
	if (data == NULL || rdata == NULL) {
		free(data);
		free(rdata);
		*reason = "out of memory";
		return KNOT_ENOMEM;
	}
	uint8_t *pos = put_string(data, profile, strlen(profile), NULL, 0);
	for (const uint8_t *p = NULL; (p = hm_vars_next(domain, p, &var)) != NULL; ) {
		pos = put_string(pos, var.name, var.name_len, var.value, var.value_len);
	}
	knot_rdata_init(rdata, len, data);
	free(data);
	*out = rdata;
	return KNOT_EOK;
}

const char *hm_flag_refusal(const knot_dname_t *domain, const knot_dname_t *zone)
{
	size_t size = knot_dname_size(domain);
	if (size - 1 + knot_dname_size(zone) > KNOT_DNAME_MAXLEN) {
		return "the name is too long for the hosted zone; use the hosted file";
	}
	if (memchr(domain, '\0', size - 1) != NULL) {
		return "a zero byte in a name cannot be in a hosted zone; use the hosted file";
	}
	return NULL;
}

bool hm_flag_plan_add(hm_flag_plan_t *plan, const knot_dname_t *name, knot_rdata_t *want)
{
	knot_dname_t *copy = NULL;
	if (hm_array_grow(&plan->changes, plan->count, sizeof(*plan->changes))) {
		copy = knot_dname_copy(name, NULL);
	}
	if (copy == NULL) {
		free(want);
		return false;
	}
	plan->changes[plan->count++] = (hm_flag_change_t){ .name = copy, .want = want };
	return true;
}

static int change_cmp(const void *a, const void *b)
{
	return knot_dname_cmp(((const hm_flag_change_t *)a)->name,
	                      ((const hm_flag_change_t *)b)->name);
}

void hm_flag_plan_sort(hm_flag_plan_t *plan)
{
	if (plan->count == 0) {
		return;
	}
	qsort(plan->changes, plan->count, sizeof(*plan->changes), change_cmp);
	size_t kept = 0;
	for (size_t i = 1; i < plan->count; i++) {
		hm_flag_change_t *change = &plan->changes[i];
		if (change_cmp(&plan->changes[kept], change) == 0) {
			knot_dname_free(change->name, NULL);
			free(change->want);
		} else {
			plan->changes[++kept] = *change;
		}
	}
	plan->count = kept + 1;
}

static int profile_index(void *ctx, const char *name, size_t len)
{
	const hm_hosted_set_t *set = ctx;
	size_t count = hm_hosted_set_profiles(set);
	if (len == 1 && *name == '-') {
		return 0;
	}
	for (size_t i = 0; i < count; i++) {
		const char *known = hm_profile_name(hm_hosted_set_profile(set, i));
		if (strlen(known) == len && memcmp(known, name, len) == 0) {
			return i;
		}
	}
	return -1;
}

bool hm_flag_parse_txt(const hm_hosted_set_t *set, const knot_dname_t *name,
                       const knot_rdataset_t *txt, knot_mm_t *mm, hm_domain_t *domain)
{
	hm_domain_t bare;
	hm_domain_init(name, &bare);
	const hm_flag_t flag = {
		.name = name, .size = bare.size, .labels = bare.labels, .txt = *txt,
	};
	const char *reason;
	return hm_flag_parse(&flag, profile_index, (void *)set, mm, domain, &reason) == KNOT_EOK;
}

/*! \brief Tell whether two domains have the same variables, in whatever order. */
static bool have_same_vars(const hm_domain_t *a, const hm_domain_t *b)
{
	hm_packed_var_t var;
	if (a->vars_len != b->vars_len) {
		return false;
	}
	for (const uint8_t *p = NULL; (p = hm_vars_next(a, p, &var)) != NULL; ) {
		size_t len;
		const uint8_t *value = hm_vars_get(b, (const char *)var.name, var.name_len, &len);
		if (value == NULL || len != var.value_len || memcmp(value, var.value, len) != 0) {
			return false;
		}
	}
	return true;
}

/*! \brief Tell whether a flag says what is wanted. */
static bool is_same(const hm_hosted_set_t *set, const hm_flag_change_t *change)
{
	const knot_rdataset_t *was = &change->was;
	if (was->count != 1) {
		return false;
	}
	if (knot_rdata_cmp(was->rdata, change->want) == 0) {
		return true;
	}
	hm_memory_t memory;
	hm_memory_init(&memory);
	hm_domain_t a, b;
	const knot_rdataset_t want = {
		.count = 1, .size = knot_rdata_size(change->want->len), .rdata = change->want,
	};
	bool same = hm_flag_parse_txt(set, change->name, was, &memory.mm, &a) &&
	            hm_flag_parse_txt(set, change->name, &want, &memory.mm, &b) &&
	            a.profile == b.profile &&
	            have_same_vars(&a, &b);
	hm_memory_clear(&memory);
	return same;
}

static hm_flag_kind_t decide(const hm_hosted_set_t *set, const hm_flag_change_t *change)
{
	if (change->want == NULL) {
		return (change->was.count > 0) ? HM_FLAG_REMOVED : HM_FLAG_KEPT;
	}
	if (change->was.count == 0) {
		return HM_FLAG_ADDED;
	}
	return is_same(set, change) ? HM_FLAG_KEPT : HM_FLAG_CHANGED;
}

void hm_flag_plan_decide(hm_flag_plan_t *plan, const hm_hosted_set_t *set,
                         const hm_flags_t *flags)
{
	memset(plan->counts, 0, sizeof(plan->counts));
	for (size_t i = 0; i < plan->count; i++) {
		hm_flag_change_t *change = &plan->changes[i];
		const hm_flags_node_t *node = hm_flags_find(flags, change->name);
		change->was = (node != NULL) ? node->txt : (knot_rdataset_t){ 0 };
		change->kind = decide(set, change);
		plan->counts[change->kind]++;
	}
}

void hm_flag_plan_decide_blindly(hm_flag_plan_t *plan)
{
	memset(plan->counts, 0, sizeof(plan->counts));
	for (size_t i = 0; i < plan->count; i++) {
		hm_flag_change_t *change = &plan->changes[i];
		change->was = (knot_rdataset_t){ 0 };
		change->kind = (change->want != NULL) ? HM_FLAG_ADDED : HM_FLAG_REMOVED;
		plan->counts[change->kind]++;
	}
}

void hm_flag_plan_undo(hm_flag_plan_t *plan)
{
	memset(plan->counts, 0, sizeof(plan->counts));
	for (size_t i = 0; i < plan->count; i++) {
		hm_flag_change_t *change = &plan->changes[i];
		change->kind = change->is_done ? change->kind : HM_FLAG_KEPT;
		plan->counts[change->kind]++;
	}
}

size_t hm_flag_plan_todo(const hm_flag_plan_t *plan)
{
	return plan->count - plan->counts[HM_FLAG_KEPT];
}

void hm_flag_plan_clear(hm_flag_plan_t *plan)
{
	for (size_t i = 0; i < plan->count; i++) {
		knot_dname_free(plan->changes[i].name, NULL);
		free(plan->changes[i].want);
	}
	free(plan->changes);
	*plan = (hm_flag_plan_t){ 0 };
}
