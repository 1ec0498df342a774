/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <assert.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>
#include <libknot/rrtype/rdname.h>

#include "hostedmail/answer.h"

// As Knot DNS has it.
#define CNAME_CHAIN_MAX 5

/*! \brief Steps of the resolution, named as in Knot DNS. */
typedef enum {
	STATE_HIT,    /*!< Positive answer. */
	STATE_NODATA,
	STATE_MISS,   /*!< The name does not exist. */
	STATE_FOLLOW, /*!< A CNAME whose target is next. */
	STATE_TRUNC,  /*!< The packet is full: what is in it is the answer. */
} state_t;

typedef struct {
	const hm_question_t *question;
	knot_pkt_t *pkt;
	const knot_dname_t *name;                  /*!< QNAME or the target of the last CNAME. */
	uint16_t qtype;
	unsigned chain;                            /*!< CNAME records so far. */
	const hm_node_t *visited[CNAME_CHAIN_MAX]; /*!< Their nodes. */
} query_t;

static int put(query_t *query, const knot_rrset_t *rrset, uint16_t hint, uint16_t flags)
{
	return knot_pkt_put_rotate(query->pkt, hint, rrset, query->question->rotate, flags);
}

static bool was_visited(const query_t *query, const hm_node_t *node)
{
	for (unsigned i = 0; i < query->chain; i++) {
		if (query->visited[i] == node) {
			return true;
		}
	}
	return false;
}

/*! \brief The RRset of a node under the name that is being resolved. */
static int get_rrset(query_t *query, const hm_node_t *node, uint16_t type, knot_rrset_t *rrset)
{
	int ret = hm_node_rrset(node, type, query->question->domain, &query->pkt->mm, rrset);
	if (ret == KNOT_EOK) {
		rrset->owner = (knot_dname_t *)query->name;
	}
	return ret;
}

static int follow_cname(query_t *query, const hm_node_t *node, const knot_rrset_t *cname,
                        state_t *state)
{
	// A chain that is too long, or that is back where it was, leads to nowhere.
	*state = STATE_HIT;
	if (query->chain == CNAME_CHAIN_MAX) {
		return KNOT_EOK;
	}
	bool loop = was_visited(query, node);
	if (loop && !hm_node_is_wildcard(node)) {
		return KNOT_EOK;
	}

	int ret = put(query, cname, KNOT_COMPR_HINT_NONE, KNOT_PF_NULL);
	if (ret == KNOT_ESPACE) {
		*state = STATE_TRUNC;
		return KNOT_EOK;
	} else if (ret != KNOT_EOK) {
		return ret;
	}

	// A wildcard gives another record for another name, so it is in the answer once more.
	query->visited[query->chain++] = node;
	if (!loop) {
		query->name = knot_cname_name(cname->rrs.rdata);
		*state = STATE_FOLLOW;
	}
	return KNOT_EOK;
}

static int put_answer(query_t *query, const knot_rrset_t *rrset, state_t *state)
{
	uint16_t hint = (query->pkt->rrset_count == 0) ? KNOT_COMPR_HINT_QNAME :
	                                                 KNOT_COMPR_HINT_NONE;
	uint16_t flags = query->question->udp ? KNOT_PF_NULL : KNOT_PF_NOTRUNC;

	int ret = put(query, rrset, hint, flags);
	if (ret == KNOT_ESPACE && query->question->udp) {
		*state = STATE_TRUNC;
		return KNOT_EOK;
	}
	*state = STATE_HIT;
	return ret;
}

static int name_found(query_t *query, const hm_node_t *node, state_t *state)
{
	knot_rrset_t rrset;
	int ret;

	switch (query->qtype) {
	case KNOT_RRTYPE_CNAME:
	case KNOT_RRTYPE_RRSIG:
	case KNOT_RRTYPE_NSEC:
	case KNOT_RRTYPE_ANY: // One RRset, not all (RFC 8482, section 4.1).
		break;
	default:
		ret = get_rrset(query, node, KNOT_RRTYPE_CNAME, &rrset);
		if (ret == KNOT_EOK) {
			return follow_cname(query, node, &rrset, state);
		} else if (ret != KNOT_ENOENT) {
			return ret;
		}
	}

	ret = get_rrset(query, node, query->qtype, &rrset);
	if (ret == KNOT_ENOENT) {
		*state = STATE_NODATA;
		return KNOT_EOK;
	}
	return (ret == KNOT_EOK) ? put_answer(query, &rrset, state) : ret;
}

static int solve_name(query_t *query, state_t *state)
{
	const hm_question_t *question = query->question;

	int prefix = hm_domain_prefix(query->name, question->domain);
	if (prefix < 0) {
		*state = STATE_HIT; // The chain leaves the domain.
		return KNOT_EOK;
	}

	const hm_node_t *encloser;
	const hm_node_t *node = hm_profile_find(question->profile, query->name, prefix, &encloser);
	if (node == NULL) {
		node = hm_node_wildcard(encloser);
	}
	if (node == NULL) {
		*state = STATE_MISS;
		return KNOT_EOK;
	}
	return name_found(query, node, state);
}

static int solve_answer(query_t *query, state_t *state)
{
	knot_pkt_begin(query->pkt, KNOT_ANSWER);
	if (query->question->delegated && query->qtype == KNOT_RRTYPE_DS) {
		*state = STATE_NODATA;
		return KNOT_EOK;
	}

	int ret;
	do {
		ret = solve_name(query, state);
	} while (ret == KNOT_EOK && *state == STATE_FOLLOW);
	return ret;
}

/*! \brief The SOA of a negative answer with its negative TTL (RFC 2308, section 3). */
static int solve_authority(query_t *query, state_t *state)
{
	knot_pkt_begin(query->pkt, KNOT_AUTHORITY);
	if (*state == STATE_HIT) {
		return KNOT_EOK;
	}

	const hm_question_t *question = query->question;
	knot_rrset_t soa;
	int ret = hm_node_rrset(hm_profile_apex(question->profile), KNOT_RRTYPE_SOA,
	                        question->domain, &query->pkt->mm, &soa);
	if (ret != KNOT_EOK) {
		return ret;
	}
	soa.owner = (knot_dname_t *)question->domain->name;
	ret = put(query, &soa, KNOT_COMPR_HINT_NONE, KNOT_PF_NOTRUNC | KNOT_PF_SOAMINTTL);
	if (ret == KNOT_ESPACE) {
		*state = STATE_TRUNC;
		return KNOT_EOK;
	}
	return ret;
}

/*! \brief The node of a target inside of the domain, NULL if there is none. */
static const hm_node_t *find_target(const hm_question_t *question, const knot_dname_t *target)
{
	int prefix = hm_domain_prefix(target, question->domain);
	if (prefix < 0) {
		return NULL;
	}
	const hm_node_t *encloser;
	const hm_node_t *node = hm_profile_find(question->profile, target, prefix, &encloser);
	return (node != NULL) ? node : hm_node_wildcard(encloser);
}

/*!
 * \brief Put the addresses of one target.
 *
 * They are optional in an answer: what does not fit is left out without truncation.
 */
static int put_target(query_t *query, const hm_node_t *node, uint16_t type, uint16_t hint)
{
	const hm_question_t *question = query->question;
	uint16_t types[] = { KNOT_RRTYPE_A, KNOT_RRTYPE_AAAA, type };
	bool service = (type == KNOT_RRTYPE_SVCB || type == KNOT_RRTYPE_HTTPS);

	knot_dname_storage_t owner;
	int ret = hm_node_owner(node, question->domain, owner);
	if (ret != KNOT_EOK) {
		return ret;
	}
	knot_dname_t *copy = NULL;
	for (int i = 0; i < (service ? 3 : 2); i++) {
		knot_rrset_t rrset;
		ret = hm_node_rrset(node, types[i], question->domain, &query->pkt->mm, &rrset);
		if (ret == KNOT_ENOENT) {
			ret = KNOT_EOK;
			continue;
		}
		if (ret == KNOT_EOK && copy == NULL) {
			copy = knot_dname_copy(owner, &query->pkt->mm);
			ret = (copy != NULL) ? KNOT_EOK : KNOT_ENOMEM;
		}
		if (ret == KNOT_EOK) {
			rrset.owner = copy;
			ret = put(query, &rrset, hint, KNOT_PF_NOTRUNC);
		}
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return KNOT_EOK;
}

/*!
 * \brief Put the additional records of one RRset of the packet.
 *
 * The result is that of the last target: a record that does not fit does not keep a smaller one
 * of the next target away.
 */
static int put_additional(query_t *query, uint16_t index)
{
	const knot_rrset_t rrset = query->pkt->rr[index];
	// The array moves when it grows, so the hints of this RRset are kept.
	const knot_rrinfo_t info = query->pkt->rr_info[index];

	int ret = KNOT_EOK;
	knot_rdata_t *rdata = rrset.rrs.rdata;
	for (uint16_t i = 0; i < rrset.rrs.count; i++, rdata = knot_rdataset_next(rdata)) {
		const knot_dname_t *target = knot_rdata_name(rdata, rrset.type);
		const hm_node_t *node = find_target(query->question, target);
		if (node == NULL) {
			continue;
		}
		uint16_t hint = knot_compr_hint(&info, KNOT_COMPR_HINT_RDATA + i);
		ret = put_target(query, node, rrset.type, hint);
		if (ret != KNOT_EOK && ret != KNOT_ESPACE) {
			return ret;
		}
	}
	return ret;
}

static int solve_additional(query_t *query)
{
	knot_pkt_begin(query->pkt, KNOT_ADDITIONAL);
	if (!hm_profile_has_additional(query->question->profile)) {
		return KNOT_EOK;
	}

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

int hm_answer(const hm_question_t *question, knot_pkt_t *pkt, hm_answer_t *answer)
{
	query_t query = {
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

	hm_answer_t kind = (state == STATE_MISS)   ? HM_ANSWER_NXDOMAIN :
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
