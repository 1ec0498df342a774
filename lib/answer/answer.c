/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <assert.h>

#include <libknot/errcode.h>
#include <libknot/rrtype/rdname.h>

#include "query_internal.h"

/*! \brief Steps of the resolution, named as in Knot DNS. */
typedef enum {
	STATE_HIT,    /*!< Positive answer. */
	STATE_NODATA,
	STATE_MISS,   /*!< The name does not exist. */
	STATE_FOLLOW, /*!< A CNAME whose target is next. */
	STATE_TRUNC,  /*!< The packet is full: what is in it is the answer. */
	STATE_ZONE,   /*!< What the name has is the zone's alone, which the server answers from. */
} state_t;

static bool was_visited(const hm_query_t *query, const void *visit)
{
	for (unsigned i = 0; i < query->chain; i++) {
		if (query->visited[i] == visit) {
			return true;
		}
	}
	return false;
}

/*! \brief Put an RRset under the name that is being resolved. */
static int put_rrset(hm_query_t *query, knot_rrset_t *rrset, uint16_t hint, uint16_t flags)
{
	rrset->owner = (knot_dname_t *)query->name;
	return hm_query_put(query, rrset, hint, flags);
}

static int follow_cname(hm_query_t *query, const hm_place_t *place, knot_rrset_t *cname,
                        state_t *state)
{
	// A chain that is too long, or that is back where it was, leads to nowhere.
	*state = STATE_HIT;
	if (query->chain == CNAME_CHAIN_MAX) {
		return KNOT_EOK;
	}
	bool of_zone = (cname->owner != NULL);
	const knot_dname_t *target = knot_cname_name(cname->rrs.rdata);
	if (of_zone && hm_domain_prefix(target, query->question->view.domain) < 0) {
		*state = STATE_ZONE;
		return KNOT_EOK;
	}
	const void *visit = of_zone ? (const void *)cname->rrs.rdata : place->node;
	bool wildcard = of_zone ? knot_dname_is_wildcard(cname->owner) :
	                          hm_node_is_wildcard(place->node);
	bool loop = was_visited(query, visit);
	if (loop && !wildcard) {
		return KNOT_EOK;
	}

	int ret = put_rrset(query, cname, KNOT_COMPR_HINT_NONE, KNOT_PF_NULL);
	if (ret == KNOT_ESPACE) {
		*state = STATE_TRUNC;
		return KNOT_EOK;
	} else if (ret != KNOT_EOK) {
		return ret;
	}

	// A wildcard gives another record for another name, so it is in the answer once more.
	query->visited[query->chain++] = visit;
	if (!loop && !query->question->one_name) {
		query->name = target;
		*state = STATE_FOLLOW;
	}
	return KNOT_EOK;
}

static int put_answer(hm_query_t *query, knot_rrset_t *rrset, state_t *state)
{
	uint16_t hint = (query->pkt->rrset_count == 0) ? KNOT_COMPR_HINT_QNAME :
	                                                 KNOT_COMPR_HINT_NONE;
	uint16_t flags = query->question->udp ? KNOT_PF_NULL : KNOT_PF_NOTRUNC;

	int ret = put_rrset(query, rrset, hint, flags);
	if (ret == KNOT_ESPACE && query->question->udp) {
		*state = STATE_TRUNC;
		return KNOT_EOK;
	}
	*state = STATE_HIT;
	return ret;
}

static int name_found(hm_query_t *query, const hm_place_t *place, state_t *state)
{
	const hm_view_t *view = &query->question->view;
	knot_mm_t *mm = &query->pkt->mm;
	knot_rrset_t rrset;
	int ret;

	switch (query->qtype) {
	case KNOT_RRTYPE_CNAME:
	case KNOT_RRTYPE_RRSIG:
	case KNOT_RRTYPE_NSEC:
	case KNOT_RRTYPE_ANY: // One RRset, not all (RFC 8482, section 4.1).
		break;
	default:
		ret = hm_view_rrset(view, place, KNOT_RRTYPE_CNAME, mm, &rrset);
		if (ret == KNOT_EOK && rrset.owner == NULL && place->owner != NULL &&
		    hm_view_rrset(view, place, query->qtype, mm, &rrset) == KNOT_EOK) {
			// Of a type that has no name, so that the view missed it.
			*state = STATE_ZONE;
			return KNOT_EOK;
		}
		if (ret == KNOT_EOK) {
			return follow_cname(query, place, &rrset, state);
		} else if (ret != KNOT_ENOENT) {
			return ret;
		}
	}

	ret = hm_view_rrset(view, place, query->qtype, mm, &rrset);
	if (ret == KNOT_ENOENT) {
		*state = (place->owner != NULL) ? STATE_ZONE : STATE_NODATA;
		return KNOT_EOK;
	} else if (ret != KNOT_EOK) {
		return ret;
	}
	if (rrset.owner != NULL) {
		*state = STATE_ZONE;
		return KNOT_EOK;
	}
	return put_answer(query, &rrset, state);
}

/*!
 * \brief Tell whether DS is asked for and the name, which is outside, is the apex of a nested
 *        domain: its DS belongs to the domain above (RFC 4035, section 3.1.4.1).
 */
static bool is_nested_ds(const hm_query_t *query)
{
	const hm_view_t *view = &query->question->view;
	if (query->qtype != KNOT_RRTYPE_DS || hm_domain_prefix(query->name, view->domain) <= 0) {
		return false;
	}
	const knot_dname_t *parent = hm_dname_next(query->name);
	uint8_t gap;
	return hm_domain_prefix(parent, view->domain) == 0 ||
	       !view->nested(view->ctx, parent, &gap);
}

static int solve_name(hm_query_t *query, state_t *state)
{
	const hm_view_t *view = &query->question->view;
	hm_place_t place;
	const uint8_t *own_gap = (query->chain == 0) ? &query->question->gap : NULL;
	int ret = hm_view_find(view, query->name, own_gap, &place);
	if (ret == KNOT_EOUTOFZONE) {
		// The chain leaves the domain.
		*state = is_nested_ds(query) ? STATE_NODATA : STATE_HIT;
		return KNOT_EOK;
	}
	if (place.cut || (ret == KNOT_ENOENT && place.zone_only)) {
		*state = STATE_ZONE;
		return KNOT_EOK;
	}
	if (ret == KNOT_ENOENT) {
		*state = STATE_MISS;
		return KNOT_EOK;
	}
	return name_found(query, &place, state);
}

static int solve_chain(hm_query_t *query, state_t *state)
{
	int ret;
	do {
		ret = solve_name(query, state);
	} while (ret == KNOT_EOK && *state == STATE_FOLLOW);
	return ret;
}

static int solve_answer(hm_query_t *query, state_t *state)
{
	knot_pkt_begin(query->pkt, KNOT_ANSWER);
	if (query->question->delegated && query->qtype == KNOT_RRTYPE_DS) {
		*state = STATE_NODATA;
		return KNOT_EOK;
	}

	return solve_chain(query, state);
}

/*! \brief The SOA of a negative answer with its negative TTL (RFC 2308, section 3). */
static int solve_authority(hm_query_t *query, state_t *state)
{
	knot_pkt_begin(query->pkt, KNOT_AUTHORITY);
	if (*state == STATE_HIT) {
		return KNOT_EOK;
	}

	const hm_view_t *view = &query->question->view;
	knot_rrset_t soa;
	int ret = hm_node_rrset(hm_profile_apex(view->profile), KNOT_RRTYPE_SOA, view->domain,
	                        &query->pkt->mm, &soa);
	if (ret != KNOT_EOK) {
		return ret;
	}
	soa.owner = (knot_dname_t *)view->domain->name;
	ret = hm_query_put(query, &soa, KNOT_COMPR_HINT_NONE, KNOT_PF_NOTRUNC | KNOT_PF_SOAMINTTL);
	if (ret == KNOT_ESPACE) {
		*state = STATE_TRUNC;
		return KNOT_EOK;
	}
	return ret;
}

static int solve_additional(hm_query_t *query)
{
	knot_pkt_begin(query->pkt, KNOT_ADDITIONAL);
	if (!hm_profile_has_additional(query->question->view.profile)) {
		return KNOT_EOK;
	}
	return hm_query_additional(query);
}

int hm_answer(const hm_question_t *question, knot_pkt_t *pkt, hm_answer_kind_t *answer)
{
	hm_query_t query = {
	    .question = question,
	    .pkt = pkt,
	    .name = knot_pkt_qname(pkt),
	    .qtype = knot_pkt_qtype(pkt),
	};

	state_t state = STATE_HIT;
	int ret = solve_answer(&query, &state);
	if (ret != KNOT_EOK) {
		return ret;
	}
	knot_wire_set_aa(pkt->wire);

	hm_answer_kind_t kind = (state == STATE_MISS)   ? HM_ANSWER_NXDOMAIN :
	                   (state == STATE_NODATA) ? HM_ANSWER_NODATA : HM_ANSWER_POSITIVE;
	if (state != STATE_TRUNC) {
		ret = solve_authority(&query, &state);
	}
	if (ret == KNOT_EOK && state != STATE_TRUNC) {
		ret = solve_additional(&query);
	}
	if (ret != KNOT_EOK) {
		return ret;
	}

	*answer = kind;
	return KNOT_EOK;
}

int hm_overlay_answer(const hm_question_t *question, const knot_dname_t **name, bool dry,
                      knot_pkt_t *pkt, hm_overlay_result_t *overlay)
{
	hm_query_t query = {
	    .question = question,
	    .pkt = pkt,
	    .name = *name,
	    .qtype = knot_pkt_qtype(pkt),
	    .dry = dry,
	};

	state_t state;
	int ret = solve_chain(&query, &state);
	if (ret != KNOT_EOK) {
		return ret;
	}

	static const hm_overlay_result_t results[] = {
		[STATE_HIT]    = HM_OVERLAY_POSITIVE,
		[STATE_NODATA] = HM_OVERLAY_NODATA,
		[STATE_MISS]   = HM_OVERLAY_NXDOMAIN,
		[STATE_TRUNC]  = HM_OVERLAY_TRUNCATED,
		[STATE_ZONE]   = HM_OVERLAY_ZONE,
	};
	*overlay = results[state];
	*name = query.name;
	return KNOT_EOK;
}
