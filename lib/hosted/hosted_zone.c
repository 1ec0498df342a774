/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include <libknot/errcode.h>

#include "hostedmail/hosted_zone.h"

/*! \brief Tell whether a flag names the profile that takes a domain out of the set. */
static bool is_none(const knot_rdataset_t *txt)
{
	static const char none[] = HM_PROFILE_NONE;
	const knot_rdata_t *rdata = txt->rdata;
	return txt->count == 1 && rdata->len == sizeof(none) &&
	       rdata->data[0] == sizeof(none) - 1 &&
	       memcmp(rdata->data + 1, none, sizeof(none) - 1) == 0;
}

int hm_hosted_zone_find(const hm_hosted_zone_t *zone, const knot_dname_t *name, hm_flag_t *flag)
{
	memset(flag, 0, sizeof(*flag));

	const uint8_t *labels[KNOT_DNAME_MAXLABELS + 1];
	unsigned count = hm_dname_labels(name, labels);

	// The name of the node grows to the front of a buffer that ends in the zone's name.
	knot_dname_storage_t node;
	size_t zone_size = knot_dname_size(zone->zone);
	uint8_t *pos = node + sizeof(node) - zone_size;
	memcpy(pos, zone->zone, zone_size);

	for (unsigned depth = 1; depth <= count; depth++) {
		const uint8_t *label = labels[count - depth];
		// A name that does not fit is not there, and the server's zones take a zero byte
		// for the end of a label.
		if (1 + *label > pos - node || memchr(label + 1, '\0', *label) != NULL) {
			break;
		}
		pos -= 1 + *label;
		memcpy(pos, label, 1 + *label);

		knot_rdataset_t txt = { 0 };
		int ret = zone->get(zone->ctx, zone->zone, pos, &txt);
		if (ret == KNOT_ENONODE) {
			break;
		} else if (ret != KNOT_EOK) {
			return ret;
		}
		if (txt.count == 0) {
			continue;
		}
		if (is_none(&txt)) {
			hm_depths_add(&flag->none, depth);
		} else {
			flag->name = label;
			flag->labels = depth;
			flag->size = labels[count] + 1 - label;
			flag->txt = txt;
		}
	}
	return KNOT_EOK;
}

/*! \brief Tell whether strings fill the RDATA: a transfer or an update does not check it. */
static bool strings_fit(const knot_rdata_t *rdata)
{
	const uint8_t *pos = rdata->data, *end = pos + rdata->len;
	while (pos < end && *pos < end - pos) {
		pos += 1 + *pos;
	}
	return pos == end;
}

int hm_flag_parse(const hm_flag_t *flag, hm_profile_index_f index, void *ctx, knot_mm_t *mm,
                  hm_domain_t *domain, const char **reason)
{
	if (flag->txt.count > 1) {
		*reason = "more than one TXT record";
		return KNOT_EMALF;
	}
	if (!strings_fit(flag->txt.rdata)) {
		*reason = "a string ends behind its TXT record";
		return KNOT_EMALF;
	}

	hm_domain_t result = hm_flag_domain(flag);
	const uint8_t *pos = flag->txt.rdata->data;
	const uint8_t *end = pos + flag->txt.rdata->len;

	// No string or an empty one is the default profile.
	if (pos < end && *pos > 0) {
		int profile = index(ctx, (const char *)pos + 1, *pos);
		if (profile < 0) {
			*reason = "unknown profile";
			return KNOT_ENOENT;
		}
		result.profile = profile;
	}
	pos += (pos < end) ? 1 + *pos : 0;

	// Packed, a variable takes a byte more than as a string.
	size_t max = 2 * (end - pos);
	if (max > HM_VARS_MAX) {
		max = HM_VARS_MAX;
	}
	uint8_t *vars = NULL;
	if (max > 0) {
		vars = mm->alloc(mm->ctx, max);
		if (vars == NULL) {
			return KNOT_ENOMEM;
		}
	}
	size_t len = 0;
	for (; pos < end; pos += 1 + *pos) {
		int ret = hm_vars_add_raw((const char *)pos + 1, *pos, vars, max, &len, reason);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	result.vars = vars;
	result.vars_len = len;
	*domain = result;
	return KNOT_EOK;
}
