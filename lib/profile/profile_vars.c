/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "profile_internal.h"
#include "rdata_internal.h"

/*! \brief The MX of a profile, if each of them uses a variable that a domain may not define. */
static const hm_rrset_t *conditional_mx(const hm_profile_t *profile)
{
	const hm_rrset_t *mx = hm_node_find(profile->apex, KNOT_RRTYPE_MX);
	for (size_t i = 0; mx != NULL && i < mx->count; i++) {
		if (!hm_rdata_is_conditional(mx->records[i].rdata)) {
			return NULL;
		}
	}
	return mx;
}

static char *mx_reason_new(const hm_profile_t *profile, const hm_var_t *var)
{
	size_t max = strlen(profile->name) + var->name_len + 64;
	char *reason = malloc(max);
	if (reason != NULL) {
		snprintf(reason, max, "no MX left: profile %s needs %.*s=...", profile->name,
		         var->name_len, var->name);
	}
	return reason;
}

int hm_profile_set_mx_needs(hm_profile_t *profile)
{
	const hm_rrset_t *mx = conditional_mx(profile);
	size_t max = 0;
	for (size_t i = 0; mx != NULL && i < mx->count; i++) {
		max += mx->records[i].rdata->values;
	}
	if (max == 0) {
		return KNOT_EOK;
	}
	profile->mx_needs = calloc(max, sizeof(*profile->mx_needs));
	if (profile->mx_needs == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < mx->count; i++) {
		const hm_rdata_t *rdata = mx->records[i].rdata;
		hm_mx_need_t *need = NULL;
		for (uint32_t j = 0; j < rdata->parts_count; j++) {
			const hm_var_t *var = rdata->parts[j].var;
			if (var == NULL || var->kind != HM_VAR_VALUE) {
				continue;
			}
			need = &profile->mx_needs[profile->mx_needs_count++];
			need->var = var;
			need->reason = (i == 0) ? mx_reason_new(profile, var) : NULL;
			if (i == 0 && need->reason == NULL) {
				return KNOT_ENOMEM;
			}
		}
		if (need != NULL) { // Each of them has one.
			need->ends = true;
		}
	}
	return KNOT_EOK;
}

bool hm_profile_has_conditional_mx(const hm_profile_t *profile)
{
	return profile->mx_needs_count > 0;
}

const char *hm_profile_mx_reason(const hm_profile_t *profile, const hm_domain_t *domain)
{
	const char *reason = NULL;
	bool left_out = false;
	for (size_t i = 0; i < profile->mx_needs_count; i++) {
		const hm_mx_need_t *need = &profile->mx_needs[i];
		size_t unused;
		if (!left_out && hm_vars_get(domain, need->var->name, need->var->name_len,
		                             &unused) == NULL) {
			left_out = true;
			reason = (reason == NULL) ? need->reason : reason;
		}
		if (need->ends && !left_out) {
			return NULL;
		}
		left_out = left_out && !need->ends;
	}
	return reason;
}

static bool uses_var(const hm_profile_t *profile, const uint8_t *name, size_t name_len)
{
	for (unsigned i = 0; i < profile->vars.count; i++) {
		const hm_var_t *var = &profile->vars.vars[i];
		if (var->kind == HM_VAR_VALUE && var->name_len == name_len &&
		    memcmp(var->name, name, name_len) == 0) {
			return true;
		}
	}
	return false;
}

const char *hm_profile_unused_var(const hm_profile_t *profile, const hm_domain_t *domain,
                                  size_t *name_len)
{
	hm_packed_var_t var;
	for (const uint8_t *pos = NULL; (pos = hm_vars_next(domain, pos, &var)) != NULL; ) {
		if (!uses_var(profile, var.name, var.name_len)) {
			*name_len = var.name_len;
			return (const char *)var.name;
		}
	}
	return NULL;
}
