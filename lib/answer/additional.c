/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/descriptor.h>
#include <libknot/errcode.h>
#include <libknot/rrtype/rdname.h>

#include "query_internal.h"

/*! \brief Put the addresses of one target, and for a service its own records. */
static int put_target(hm_query_t *query, const hm_place_t *place, uint16_t type, uint16_t hint,
                      uint16_t flags)
{
	const hm_view_t *view = &query->question->view;
	uint16_t types[] = { KNOT_RRTYPE_A, KNOT_RRTYPE_AAAA, type };
	bool service = (type == KNOT_RRTYPE_SVCB || type == KNOT_RRTYPE_HTTPS);

	knot_dname_t *owner = NULL;
	for (int i = 0; i < (service ? 3 : 2); i++) {
		knot_rrset_t rrset;
		int ret = hm_view_rrset(view, place, types[i], &query->pkt->mm, &rrset);
		if (ret == KNOT_ENOENT) {
			continue;
		}
		if (ret == KNOT_EOK && rrset.owner == NULL) {
			knot_dname_storage_t name;
			if (owner == NULL) {
				ret = hm_node_owner(place->node, view->domain, name);
			}
			if (ret == KNOT_EOK && owner == NULL) {
				owner = knot_dname_copy(name, &query->pkt->mm);
				ret = (owner != NULL) ? KNOT_EOK : KNOT_ENOMEM;
			}
			rrset.owner = owner;
		}
		if (ret == KNOT_EOK) {
			ret = hm_query_put(query, &rrset, hint, flags);
		}
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return KNOT_EOK;
}

/*! \brief Tell whether a target of an NS is such glue as the server puts first. */
static bool is_glue(const knot_rrset_t *ns, const knot_dname_t *target, const hm_place_t *place)
{
	return place->cut && knot_dname_in_bailiwick(target, ns->owner) >= 0;
}

/*!
 * \brief Put the additional records of one RRset of the packet.
 *
 * The result is that of the last target: a record that does not fit does not keep a smaller one
 * of the next target away.
 */
static int put_additional(hm_query_t *query, uint16_t index)
{
	const hm_view_t *view = &query->question->view;
	const knot_rrset_t rrset = query->pkt->rr[index];
	// The array moves when it grows, so the hints of this RRset are kept.
	const knot_rrinfo_t info = query->pkt->rr_info[index];
	bool glue_first = (rrset.type == KNOT_RRTYPE_NS && view->zone != NULL);
	// A referral is of no use without its glue (RFC 9471, section 3).
	bool referral = glue_first && index >= query->pkt->sections[KNOT_AUTHORITY].pos;

	int ret = KNOT_EOK;
	for (int glue = glue_first ? 1 : 0; glue >= 0; glue--) {
		knot_rdata_t *rdata = rrset.rrs.rdata;
		for (uint16_t i = 0; i < rrset.rrs.count; i++, rdata = knot_rdataset_next(rdata)) {
			const knot_dname_t *target = knot_rdata_name(rdata, rrset.type);
			hm_place_t place;
			if (hm_view_find(view, target, NULL, &place) != KNOT_EOK ||
			    (glue_first && is_glue(&rrset, target, &place) != (glue == 1))) {
				continue;
			}
			uint16_t hint = knot_compr_hint(&info, KNOT_COMPR_HINT_RDATA + i);
			uint16_t flags = (referral && glue == 1) ? KNOT_PF_NULL : KNOT_PF_NOTRUNC;
			ret = put_target(query, &place, rrset.type, hint, flags);
			if (ret != KNOT_EOK && ret != KNOT_ESPACE) {
				return ret;
			}
		}
	}
	return ret;
}

int hm_query_additional(hm_query_t *query)
{
	uint16_t count = query->pkt->rrset_count;
	for (uint16_t i = 0; i < count; i++) {
		if (!knot_rrtype_additional_needed(query->pkt->rr[i].type)) {
			continue;
		}
		int ret = put_additional(query, i);
		if (ret != KNOT_EOK) {
			return (ret == KNOT_ESPACE) ? KNOT_EOK : ret;
		}
	}
	return KNOT_EOK;
}

/*! \brief Judges a target of an RRset of a packet. */
typedef bool (*target_f)(const hm_view_t *view, const knot_rrset_t *rrset,
                         const knot_dname_t *target);

/*! \brief Tell whether there is a target in a packet of which \a judge says so. */
static bool any_target(const hm_view_t *view, const knot_pkt_t *pkt, target_f judge)
{
	for (uint16_t i = 0; i < pkt->rrset_count; i++) {
		const knot_rrset_t *rrset = &pkt->rr[i];
		if (!knot_rrtype_additional_needed(rrset->type)) {
			continue;
		}
		knot_rdata_t *rdata = rrset->rrs.rdata;
		for (uint16_t k = 0; k < rrset->rrs.count; k++, rdata = knot_rdataset_next(rdata)) {
			if (judge(view, rrset, knot_rdata_name(rdata, rrset->type))) {
				return true;
			}
		}
	}
	return false;
}

static bool is_inside(const hm_view_t *view, const knot_rrset_t *rrset, const knot_dname_t *target)
{
	(void)rrset;
	return hm_domain_prefix(target, view->domain) >= 0;
}

bool hm_overlay_has_targets(const hm_domain_t *domain, const knot_pkt_t *pkt)
{
	const hm_view_t view = { .domain = domain };
	return any_target(&view, pkt, is_inside);
}

/*!
 * \brief Tell whether the server, which knows its zone only, would leave an additional record of
 *        the target out or put one in that the profile hides.
 */
static bool is_incomplete(const hm_view_t *view, const knot_rrset_t *rrset,
                          const knot_dname_t *target)
{
	hm_place_t place;
	int ret = hm_view_find(view, target, NULL, &place);
	return ret != KNOT_EOUTOFZONE &&
	       (!place.zone_only || (ret == KNOT_EOK && rrset->additional == NULL));
}

void hm_overlay_take_additional(const hm_question_t *question, knot_pkt_t *pkt)
{
	if (any_target(&question->view, pkt, is_incomplete)) {
		// These are the packet's own copies of the RRsets.
		for (uint16_t i = 0; i < pkt->rrset_count; i++) {
			pkt->rr[i].additional = NULL;
		}
	}
}

int hm_overlay_additional(const hm_question_t *question, knot_pkt_t *pkt)
{
	if (!any_target(&question->view, pkt, is_incomplete)) {
		return KNOT_EOK;
	}
	hm_query_t query = { .question = question, .pkt = pkt };
	return hm_query_additional(&query);
}
