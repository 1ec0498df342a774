/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "hostedmail/profile.h"
#include "profile_internal.h"

/*!
 * \brief Make up a domain that defines all variables of a profile.
 *
 * \param[in]  profile  Profile.
 * \param[in]  name     Name of the domain.
 * \param[out] vars     Room of HM_VARS_MAX bytes for the variables.
 * \param[out] domain   The domain; without variables unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ESPACE  They are more than a domain can have.
 */
static int make_up(const hm_profile_t *profile, const char *name, uint8_t *vars,
                   hm_domain_t *domain)
{
	hm_domain_init((const knot_dname_t *)name, domain);
	size_t vars_len = 0;
	for (unsigned i = 0; i < profile->vars.count; i++) {
		const hm_var_t *var = &profile->vars.vars[i];
		if (var->kind != HM_VAR_VALUE) {
			continue;
		}
		char text[HM_VAR_NAME_MAX + 1 + HM_ORDINARY_VALUE + 1];
		int len = snprintf(text, sizeof(text), "%.*s=%.*s", var->name_len, var->name,
		                   HM_ORDINARY_VALUE, "aaaaaaaaaaaaaaaa");
		const char *reason;
		int ret = hm_vars_add_raw(text, len, vars, HM_VARS_MAX, &vars_len, &reason);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	domain->vars = vars;
	domain->vars_len = vars_len;
	return KNOT_EOK;
}

int hm_profile_try_ordinary(hm_profile_t *profile, hm_scratch_t *scratch)
{
	static const char name[HM_ORDINARY_SIZE] =
		"\x07""aaaaaaa\x07""aaaaaaa\x07""aaaaaaa\x07""aaaaaaa\x07""aaaaaaa\x07""aaaaaaa";
	hm_domain_t domain;
	uint8_t vars[HM_VARS_MAX];
	if (make_up(profile, name, vars, &domain) != KNOT_EOK) {
		return KNOT_EOK; // Too many variables to tell.
	}

	uint64_t line;
	int ret = hm_profile_check(profile, &domain, &scratch->mm, &line);
	profile->fits_ordinary = (ret == KNOT_EOK);
	return (ret == KNOT_ENOMEM) ? ret : KNOT_EOK;
}

/*! \brief A record and its RDATA for the domain; NULL if it has none. */
typedef struct {
	hm_record_t record;
	knot_rdata_t *rdata;
} item_t;

static int item_cmp(const void *a, const void *b)
{
	const item_t *ia = a, *ib = b;
	if (ia->rdata != NULL && ib->rdata != NULL) {
		int cmp = knot_rdata_cmp(ia->rdata, ib->rdata);
		if (cmp != 0) {
			return cmp;
		}
	} else if (ia->rdata != ib->rdata) {
		return (ia->rdata != NULL) ? -1 : 1;
	}
	return (ia->record.number < ib->record.number) ? -1 : 1;
}

static int expand_item(item_t *item, const hm_domain_t *domain, hm_scratch_t *scratch)
{
	knot_rdata_t *rdata = scratch->block;
	size_t len;
	int ret = hm_rdata_expand(item->record.rdata, domain, rdata->data, UINT16_MAX, &len);
	if (ret != KNOT_EOK) {
		return KNOT_EOK; // A domain for which it can be expanded will show its place.
	}
	item->rdata = malloc(knot_rdata_size(len));
	if (item->rdata == NULL) {
		return KNOT_ENOMEM;
	}
	knot_rdata_init(item->rdata, len, rdata->data);
	return KNOT_EOK;
}

static int order_records(hm_record_t *records, size_t count, const hm_domain_t *domain,
                         hm_scratch_t *scratch)
{
	item_t *items = calloc(count, sizeof(*items));
	if (items == NULL) {
		return KNOT_ENOMEM;
	}
	int ret = KNOT_EOK;
	for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
		items[i].record = records[i];
		ret = expand_item(&items[i], domain, scratch);
	}
	if (ret == KNOT_EOK) {
		qsort(items, count, sizeof(*items), item_cmp);
		for (size_t i = 0; i < count; i++) {
			records[i] = items[i].record;
		}
	}
	for (size_t i = 0; i < count; i++) {
		free(items[i].rdata);
	}
	free(items);
	return ret;
}

static int order_node(hm_profile_t *profile, const hm_node_t *node, const hm_domain_t *domain,
                      hm_scratch_t *scratch)
{
	int ret = KNOT_EOK;
	for (size_t i = 0; i < node->rrsets_count && ret == KNOT_EOK; i++) {
		const hm_rrset_t *rrset = &node->rrsets[i];
		if (rrset->count > 1 && rrset->fixed.count == 0) {
			hm_record_t *records = profile->records + (rrset->records - profile->records);
			ret = order_records(records, rrset->count, domain, scratch);
		}
	}
	for (uint32_t i = 0; i < node->children_count && ret == KNOT_EOK; i++) {
		ret = order_node(profile, node->children[i], domain, scratch);
	}
	return ret;
}

int hm_profile_order(hm_profile_t *profile, hm_scratch_t *scratch)
{
	hm_domain_t domain;
	uint8_t vars[HM_VARS_MAX];
	(void)make_up(profile, "\x07""example\x03""com", vars, &domain);
	return order_node(profile, profile->apex, &domain, scratch);
}
