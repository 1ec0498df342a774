/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>

#include "hostedmail/view.h"

/*! \brief Types above are unknown to libknot, but for ALIAS. */
#define TYPE_KNOWN_MAX 270
#define TYPE_ALIAS     65401

static bool zone_has(const hm_view_t *view, const knot_dname_t *owner, uint16_t type)
{
	knot_rrset_t rrset;
	return view->zone(view->ctx, owner, type, &rrset) == KNOT_EOK && rrset.rrs.count > 0;
}

/*! \brief The first of a range of types that has a name and that a node of the zone has,
 *         0 if none. */
static uint16_t first_type(const hm_view_t *view, const knot_dname_t *owner, unsigned from,
                           unsigned end)
{
	for (unsigned type = from; type < end && type <= TYPE_KNOWN_MAX; type++) {
		if (knot_get_rdata_descriptor(type)->type_name != NULL &&
		    zone_has(view, owner, type)) {
			return type;
		}
	}
	return 0;
}

/*!
 * \brief Tell whether a node of the zone has any data.
 *
 * The server tells one type at a time, so all that libknot has a name for are asked for, the common
 * ones first. It comes to that only where the profile has a CNAME beside a node of the zone.
 */
static bool zone_has_data(const hm_view_t *view, const knot_dname_t *owner)
{
	static const uint16_t first[] = {
		KNOT_RRTYPE_A, KNOT_RRTYPE_AAAA, KNOT_RRTYPE_CNAME, KNOT_RRTYPE_TXT, KNOT_RRTYPE_MX,
		TYPE_ALIAS,
	};
	for (size_t i = 0; i < sizeof(first) / sizeof(*first); i++) {
		if (zone_has(view, owner, first[i])) {
			return true;
		}
	}
	return first_type(view, owner, 1, TYPE_KNOWN_MAX + 1) != 0;
}

/*!
 * \brief Follow a name into the zone, from the apex down.
 *
 * \param[in]  view    View.
 * \param[in]  labels  Where the names of each depth begin, the apex first.
 * \param[in]  depth   Labels of the name before the apex.
 * \param[out] cut     The name is at or below a delegation, or below a DNAME.
 *
 * \return Labels before the apex of the deepest of these names that the zone has.
 */
static unsigned walk_zone(const hm_view_t *view, const knot_dname_t *const *labels, unsigned depth,
                          bool *cut)
{
	*cut = false;
	for (unsigned i = 0; i < depth; i++) {
		*cut = *cut || zone_has(view, labels[i], KNOT_RRTYPE_DNAME);
		knot_rrset_t ns;
		if (view->zone(view->ctx, labels[i + 1], KNOT_RRTYPE_NS, &ns) != KNOT_EOK) {
			return i;
		}
		*cut = *cut || ns.rrs.count > 0;
	}
	return depth;
}

/*!
 * \brief The wildcard of the zone below a name, NULL if it has none.
 *
 * \param[out] cut  It is delegated; untouched if not.
 */
static const knot_dname_t *find_wildcard(const hm_view_t *view, const knot_dname_t *encloser,
                                         knot_dname_t *space, bool *cut)
{
	size_t size = knot_dname_size(encloser);
	if (size + 2 > KNOT_DNAME_MAXLEN) {
		return NULL;
	}
	space[0] = 1;
	space[1] = '*';
	memcpy(space + 2, encloser, size);
	knot_rrset_t ns;
	if (view->zone(view->ctx, space, KNOT_RRTYPE_NS, &ns) != KNOT_EOK) {
		return NULL;
	}
	*cut = *cut || ns.rrs.count > 0;
	return space;
}

/*! \brief Add what the zone has to a place that was found in the profile. */
static void merge_zone(const hm_view_t *view, const knot_dname_t *name, unsigned prefix,
                       const hm_node_t *encloser, hm_place_t *place)
{
	const knot_dname_t *labels[KNOT_DNAME_MAXLABELS + 1];
	labels[prefix] = name;
	for (unsigned i = prefix; i > 0; i--) {
		name = hm_dname_next(name);
		labels[i - 1] = name;
	}

	unsigned zone_depth = walk_zone(view, labels, prefix, &place->cut);
	unsigned node_depth = hm_node_depth(encloser);
	if (place->cut) {
		place->node = NULL;
		node_depth = 0;
	}
	unsigned depth = (zone_depth > node_depth) ? zone_depth : node_depth;

	// Each has the name itself, or has its wildcard if it has the closest encloser.
	if (zone_depth == prefix) {
		place->owner = labels[prefix];
	} else if (zone_depth == depth) {
		place->owner = find_wildcard(view, labels[zone_depth], place->wildcard,
		                             &place->cut);
	}
	if (place->node == NULL && depth < prefix && node_depth == depth && !place->cut) {
		place->node = hm_node_wildcard(encloser);
	}
	place->zone_only = (place->node == NULL && zone_depth == depth);
}

/*! \brief Add the names that exist since a nested domain is below them. */
static void merge_gap(const hm_view_t *view, unsigned prefix, const hm_node_t *encloser,
                      uint8_t gap, hm_place_t *place)
{
	unsigned labels = view->domain->labels;
	unsigned depth = (gap > labels) ? gap - labels : 0;
	if (depth == 0 || depth <= hm_node_depth(encloser)) {
		place->node = hm_node_wildcard(encloser);
	} else if (depth == prefix) {
		place->node = hm_node_empty();
	}
}

int hm_view_find(const hm_view_t *view, const knot_dname_t *name, const uint8_t *own_gap,
                 hm_place_t *place)
{
	int prefix = hm_domain_prefix(name, view->domain);
	if (prefix < 0) {
		return KNOT_EOUTOFZONE;
	}
	uint8_t gap = (own_gap != NULL) ? *own_gap : 0;
	if (own_gap == NULL && prefix > 0 && view->nested != NULL &&
	    view->nested(view->ctx, name, &gap)) {
		return KNOT_EOUTOFZONE;
	}
	const hm_node_t *encloser;
	place->node = hm_profile_find(view->profile, name, prefix, &encloser);
	place->owner = NULL;
	place->zone_only = false;
	place->cut = false;
	if (view->zone != NULL) {
		merge_zone(view, name, prefix, encloser, place);
	} else if (place->node == NULL) {
		merge_gap(view, prefix, encloser, gap, place);
	}
	return (place->node != NULL || place->owner != NULL) ? KNOT_EOK : KNOT_ENOENT;
}

/*! \brief Tell whether the zone, which has no such RRset, hides the profile's all the same. */
static bool is_hidden(const hm_view_t *view, const knot_dname_t *owner, uint16_t type)
{
	switch (type) {
	case KNOT_RRTYPE_SOA:
	case KNOT_RRTYPE_NS:
		return true;
	case KNOT_RRTYPE_CNAME:
		return owner != NULL && zone_has_data(view, owner);
	default:
		return owner != NULL && zone_has(view, owner, KNOT_RRTYPE_CNAME);
	}
}

static int get_rrset(const hm_view_t *view, const hm_place_t *place, uint16_t type, knot_mm_t *mm,
                     knot_rrset_t *out)
{
	knot_rrset_t rrset;
	if (place->owner != NULL &&
	    view->zone(view->ctx, place->owner, type, &rrset) == KNOT_EOK &&
	    rrset.rrs.count > 0) {
		*out = rrset;
		return KNOT_EOK;
	}
	if (place->node == NULL) {
		return KNOT_ENOENT;
	}
	int ret = hm_node_rrset(place->node, type, view->domain, mm, &rrset);
	if (ret == KNOT_EOK && is_hidden(view, place->owner, type)) {
		ret = KNOT_ENOENT;
	}
	if (ret == KNOT_EOK) {
		*out = rrset;
	}
	return ret;
}

/*! \brief The RRset of the lowest type, which comes first in a node of the server. */
static int get_any(const hm_view_t *view, const hm_place_t *place, knot_mm_t *mm, knot_rrset_t *out)
{
	uint16_t last = 0, type;
	while (place->node != NULL && (type = hm_node_next_type(place->node, last)) != 0) {
		uint16_t lower = (place->owner != NULL) ?
		                 first_type(view, place->owner, last + 1, type) : 0;
		if (lower != 0) {
			return get_rrset(view, place, lower, mm, out);
		}
		int ret = get_rrset(view, place, type, mm, out);
		if (ret != KNOT_ENOENT) {
			return ret;
		}
		last = type;
	}
	return KNOT_ENOENT;
}

int hm_view_rrset(const hm_view_t *view, const hm_place_t *place, uint16_t type, knot_mm_t *mm,
                  knot_rrset_t *out)
{
	if (view->zone == NULL) {
		return hm_node_rrset(place->node, type, view->domain, mm, out);
	}
	return (type == KNOT_RRTYPE_ANY) ? get_any(view, place, mm, out) :
	                                   get_rrset(view, place, type, mm, out);
}
