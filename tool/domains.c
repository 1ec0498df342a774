/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "domains.h"
#include "memory.h"

/*! \brief A walk through all tiers. */
typedef struct {
	const hm_hosted_set_t *set;
	const hm_all_flags_t *flags;
	const hm_domains_visitor_t *visitor;
	bool go_on;
} walk_t;

static bool is_wanted(const walk_t *walk, const knot_dname_t *name)
{
	const hm_domain_t *above = walk->visitor->above;
	return above == NULL || hm_domain_prefix(name, above) > 0;
}

/*! \brief Tell whether one of the first zones says something of a domain. */
static bool is_flagged(const walk_t *walk, size_t zones_count, const knot_dname_t *name)
{
	size_t i = 0;
	while (i < zones_count && (walk->flags->zones[i].result != KNOT_EOK ||
	                           hm_flags_find(&walk->flags->zones[i], name) == NULL)) {
		i++;
	}
	return i < zones_count;
}

static bool on_file_domain(void *ctx, const hm_domain_t *domain)
{
	walk_t *walk = ctx;
	if (!is_wanted(walk, domain->name) ||
	    is_flagged(walk, walk->flags->zones_count, domain->name)) {
		return true; // Of the latter, what a zone says counts.
	}
	walk->go_on = walk->visitor->domain(walk->visitor->ctx, domain,
	                                    hm_hosted_set_profile(walk->set, domain->profile),
	                                    false);
	return walk->go_on;
}

/*! \brief Hands out the one flag that it has; a hm_hosted_zone_get_f. */
static int get_one(void *ctx, const knot_dname_t *zone, const knot_dname_t *node,
                   knot_rdataset_t *txt)
{
	const hm_flags_node_t *flag = ctx;
	size_t size = knot_dname_size(node) - knot_dname_size(zone);
	*txt = (knot_rdataset_t){ 0 };
	if (size == knot_dname_size(flag->name) - 1 && memcmp(node, flag->name, size) == 0) {
		*txt = flag->txt;
	}
	return KNOT_EOK;
}

/*! \brief What is wrong with a flag that does not count, static text. */
static const char *refusal(const knot_dname_t *name)
{
	return (knot_dname_labels(name, NULL) == 1) ? "a top-level name cannot be hosted" :
	       "excluded, or above an excluded name (hosted-exclude)";
}

hm_flag_sense_t hm_flag_judge(const hm_hosted_set_t *set, const hm_flags_node_t *node,
                              knot_mm_t *mm, hm_domain_t *domain, const hm_profile_t **profile,
                              const char **reason)
{
	hm_owner_t owner;
	bool found = hm_hosted_set_find(set, node->name, get_one, (void *)node, &owner);
	if (hm_flag_is_none(&owner.flag, knot_dname_labels(node->name, NULL))) {
		return HM_FLAG_NONE;
	}
	*reason = "no server can find it: its name has a zero byte";
	if (owner.flag.refused == node->name) {
		*reason = refusal(node->name);
	} else if (found && owner.flagged && owner.domain.name == node->name) {
		*profile = hm_hosted_set_complete(set, &owner, mm, reason);
		*domain = owner.domain;
		return (*profile != NULL) ? HM_FLAG_GOOD : HM_FLAG_WRONG;
	}
	return HM_FLAG_WRONG;
}

static void visit_flag(walk_t *walk, const hm_flags_node_t *node, knot_mm_t *mm)
{
	const hm_domains_visitor_t *visitor = walk->visitor;
	if (node->txt.count == 0 || !is_wanted(walk, node->name)) {
		return;
	}
	hm_domain_t domain;
	const hm_profile_t *profile;
	const char *reason;
	switch (hm_flag_judge(walk->set, node, mm, &domain, &profile, &reason)) {
	case HM_FLAG_GOOD:
		walk->go_on = visitor->domain(visitor->ctx, &domain, profile, true);
		break;
	case HM_FLAG_WRONG:
		visitor->wrong(visitor->ctx, node->name, reason);
		break;
	case HM_FLAG_NONE:
		break;
	}
}

/*! \brief Visit what a zone flags and no earlier one does. */
static void visit_flags(walk_t *walk, size_t zone)
{
	const hm_flags_t *flags = &walk->flags->zones[zone];
	hm_memory_t memory;
	hm_memory_init(&memory);
	for (size_t i = 0; i < flags->nodes_count && walk->go_on; i++) {
		if (!is_flagged(walk, zone, flags->nodes[i].name)) {
			visit_flag(walk, &flags->nodes[i], &memory.mm);
			hm_memory_clear(&memory);
		}
	}
}

void hm_domains_walk(const hm_hosted_set_t *set, const hm_all_flags_t *flags,
                     const hm_domains_visitor_t *visitor)
{
	walk_t walk = { .set = set, .flags = flags, .visitor = visitor, .go_on = true };
	const hm_hosted_file_t *file = hm_hosted_set_file(set);
	if (file != NULL) {
		hm_hosted_file_walk(file, on_file_domain, &walk);
	}
	for (size_t i = 0; i < flags->zones_count && walk.go_on; i++) {
		if (flags->zones[i].result == KNOT_EOK) {
			visit_flags(&walk, i);
		}
	}
}

/*! \brief Write a value with escapes, return the end. */
static char *write_value(char *pos, const uint8_t *value, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = value[i];
		if (c <= ' ' || c >= 0x7f) {
			pos += sprintf(pos, "\\%03u", c);
		} else {
			if (c == '\\') {
				*pos++ = '\\';
			}
			*pos++ = c;
		}
	}
	*pos = '\0';
	return pos;
}

char *hm_value_text(const uint8_t *value, size_t len)
{
	char *text = malloc(4 * len + 1);
	if (text != NULL) {
		write_value(text, value, len);
	}
	return text;
}

char *hm_vars_text(const hm_domain_t *domain)
{
	// A name with its length becomes one with the sign after it; a value grows fourfold.
	char *text = malloc(4 * domain->vars_len + 1), *pos = text;
	if (text == NULL) {
		return NULL;
	}
	*pos = '\0';
	hm_packed_var_t var;
	for (const uint8_t *p = NULL; (p = hm_vars_next(domain, p, &var)) != NULL; ) {
		pos += sprintf(pos, "%s%.*s=", (pos > text) ? " " : "", (int)var.name_len,
		               var.name);
		pos = write_value(pos, var.value, var.value_len);
	}
	return text;
}

json_t *hm_vars_json(const hm_domain_t *domain)
{
	json_t *vars = json_object();
	hm_packed_var_t var;
	for (const uint8_t *p = NULL; (p = hm_vars_next(domain, p, &var)) != NULL; ) {
		char name[HM_VAR_NAME_MAX + 1];
		memcpy(name, var.name, var.name_len);
		name[var.name_len] = '\0';
		char *value = hm_value_text(var.value, var.value_len);
		int ret = (value != NULL) ? json_object_set_new(vars, name, json_string(value)) :
		                            -1;
		free(value);
		if (ret != 0) {
			json_decref(vars);
			return NULL;
		}
	}
	return vars;
}
