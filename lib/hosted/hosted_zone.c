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

/*! \brief Labels that are looked at one by one: hardly any hosted domain has more. */
#define STEPS 4

/*! \brief A walk along a name and those above it. */
typedef struct {
	const hm_hosted_zone_t *zone;
	const uint8_t *labels[KNOT_DNAME_MAXLABELS + 1]; /*!< Of the name. */
	unsigned count;
	uint8_t node[2 * KNOT_DNAME_MAXLEN];             /*!< The name in front of the zone's. */
	unsigned depth_max;                              /*!< Names of more labels cannot exist. */
	hm_depths_t seen;
	hm_flag_t *flag;
} walk_t;

/*!
 * \brief Prepare a walk.
 *
 * A name that does not fit in front of the zone's is not there, and the server's zones take a zero
 * byte for the end of a label.
 */
static void walk_init(const hm_hosted_zone_t *zone, const knot_dname_t *name, hm_flag_t *flag,
                      walk_t *walk)
{
	walk->zone = zone;
	walk->count = hm_dname_labels(name, walk->labels);
	walk->seen = (hm_depths_t){ 0 };
	walk->flag = flag;
	size_t size = walk->labels[walk->count] - name, zone_size = zone->size;
	memcpy(walk->node, name, size);
	memcpy(walk->node + size, zone->zone, zone_size);

	const uint8_t *start = name;
	if (size + zone_size > KNOT_DNAME_MAXLEN) {
		start += size + zone_size - KNOT_DNAME_MAXLEN;
	}
	const uint8_t *zero = memrchr(start, '\0', name + size - start);
	start = (zero != NULL) ? zero + 1 : start;
	walk->depth_max = walk->count;
	while (walk->depth_max > 0 && walk->labels[walk->count - walk->depth_max] < start) {
		walk->depth_max--;
	}
}

/*! \brief Look at the node of the name with so many labels; returns what the callback does. */
static int walk_look(walk_t *walk, unsigned depth)
{
	const uint8_t *label = walk->labels[walk->count - depth];
	const knot_dname_t *node = walk->node + (label - walk->labels[0]);
	const hm_hosted_zone_t *zone = walk->zone;
	knot_rdataset_t txt = { 0 };
	int ret = zone->get(zone->ctx, zone->zone, node, &txt);
	if (ret != KNOT_EOK) {
		return ret;
	}

	hm_flag_t *flag = walk->flag;
	hm_depths_add(&walk->seen, depth);
	size_t size = walk->labels[walk->count] + 1 - label;
	if (txt.count > 0 && (hm_flag_is_none(flag, depth) || is_none(&txt))) {
		hm_depths_add(&flag->none, depth);
	} else if (txt.count > 0 &&
	           (depth == 1 || hm_exclude_find(zone->exclude, label, size) != NULL)) {
		bool deeper = (flag->refused == NULL || label < flag->refused);
		flag->refused = deeper ? label : flag->refused;
	} else if (txt.count > 0 && depth > flag->labels) {
		flag->zone = zone->zone;
		flag->name = label;
		flag->labels = depth;
		flag->size = size;
		flag->txt = txt;
	}
	return KNOT_EOK;
}

/*! \brief Find the labels of the deepest name that exists, \a above if there is none. */
static int walk_down(walk_t *walk, unsigned above, unsigned *deepest)
{
	unsigned low = above, high = walk->depth_max; // It has from low to high labels.
	while (low < high) {
		bool stepping = (low < above + STEPS || high - low == 1);
		unsigned depth = stepping ? low + 1 : low + (high - low) / 2;
		int ret = walk_look(walk, depth);
		if (ret == KNOT_EOK) {
			low = depth;
		} else if (ret == KNOT_ENONODE) {
			high = depth - 1;
		} else {
			return ret;
		}
	}
	*deepest = low;
	return KNOT_EOK;
}

/*! \brief Look at the names that were left out, from the deepest one up to a flag. */
static int walk_up(walk_t *walk, unsigned above, unsigned deepest)
{
	const hm_flag_t *flag = walk->flag;
	for (unsigned depth = deepest; depth > above && depth > flag->labels; depth--) {
		if (hm_depths_has(&walk->seen, depth)) {
			continue;
		}
		int ret = walk_look(walk, depth);
		if (ret != KNOT_EOK && ret != KNOT_ENONODE) {
			return ret;
		}
	}
	return KNOT_EOK;
}

int hm_hosted_zone_find(const hm_hosted_zone_t *zone, const knot_dname_t *name, unsigned above,
                        hm_flag_t *flag)
{
	unsigned deepest;
	walk_t walk;
	walk_init(zone, name, flag, &walk);
	int ret = walk_down(&walk, above, &deepest);
	if (ret == KNOT_EOK) {
		ret = walk_up(&walk, above, deepest);
	}
	if (ret == KNOT_EOK && deepest > above && deepest > flag->exists) {
		flag->exists = deepest;
	}
	return ret;
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
		*reason = "a string exceeds its TXT record";
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
