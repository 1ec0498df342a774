/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/libknot.h>

#include "glue.h"

#if HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
/*! \brief Tell whether the server has an ordinary zone of that name. */
static bool zone_exists(knotd_qdata_t *qdata, const knot_dname_t *name)
{
	knot_rrset_t rrset;
	return knotd_qdata_zone_rrset(qdata, name, NULL, KNOT_RRTYPE_SOA, &rrset) != KNOT_ENOZONE;
}
#else
/*! \brief As far as can be known: the zone that the server has chosen is of that name. */
static bool zone_exists(knotd_qdata_t *qdata, const knot_dname_t *name)
{
	const knot_dname_t *zone = knotd_qdata_zone_name(qdata);
	return zone != NULL && knot_dname_is_equal(zone, name);
}
#endif

/*! \brief Tell whether an ordinary zone of the server owns the query rather than the domain. */
static bool zone_is_deeper(knotd_qdata_t *qdata, const hm_owner_t *owner)
{
	const knot_dname_t *zone = knotd_qdata_zone_name(qdata);
	return zone != NULL && knot_dname_labels(zone, NULL) >= owner->domain.labels;
}

/*!
 * \brief Find the hosted domain that owns a query.
 *
 * DS is a matter of the parent (RFC 4035, section 3.1.4.1), which a hosted domain or a zone of the
 * server can be; the server has looked for the zone in the same way.
 */
static bool find_owner(const hm_hosted_set_t *set, knotd_qdata_t *qdata, hm_owner_t *owner,
                       bool *delegated)
{
	const knot_dname_t *qname = knot_pkt_qname(qdata->query);
	const knot_dname_t *zone = knotd_qdata_zone_name(qdata);
	*delegated = false;

	if (knot_pkt_qtype(qdata->query) != KNOT_RRTYPE_DS || *qname == '\0') {
		return hm_hosted_set_find(set, qname, hm_glue_get_flag, qdata, owner) &&
		       !zone_is_deeper(qdata, owner);
	}
	if (!hm_hosted_set_find(set, hm_dname_next(qname), hm_glue_get_flag, qdata, owner)) {
		// Whoever has no parent here answers from its own apex.
		return zone == NULL &&
		       hm_hosted_set_find(set, qname, hm_glue_get_flag, qdata, owner);
	}

	// The server chooses a zone at the QNAME only if it knows none above it.
	bool zone_above = (zone != NULL && !knot_dname_is_equal(zone, qname));
	if (zone_above && zone_is_deeper(qdata, owner)) {
		return false;
	}
	hm_owner_t nested;
	*delegated = zone_exists(qdata, qname) ||
	             (hm_hosted_set_find(set, qname, hm_glue_get_flag, qdata, &nested) &&
	              nested.domain.name == qname);
	return true;
}

/*! \brief Add an EDNS option to the answer if it fits, as the server does for its zones. */
static int add_option(knot_pkt_t *pkt, knotd_qdata_t *qdata, uint16_t code, const uint8_t *data,
                      uint16_t len)
{
	if (knot_pkt_reserve(pkt, KNOT_EDNS_OPTION_HDRLEN + len) != KNOT_EOK) {
		return KNOT_EOK;
	}
	return knot_edns_add_option(&qdata->opt_rr, code, len, data, qdata->mm);
}

/*! \brief The options that a zone has a say in: EXPIRE (RFC 7314), ZONEVERSION (RFC 9660). */
static int add_options(const hm_question_t *question, knot_pkt_t *pkt, knotd_qdata_t *qdata)
{
	bool expire = knot_pkt_edns_option(qdata->query, KNOT_EDNS_OPTION_EXPIRE) != NULL;
	bool version = false;
#if HAVE_DECL_KNOT_EDNS_ZONEVERSION_WRITE
	const uint8_t *asked = knot_pkt_edns_option(qdata->query, KNOT_EDNS_OPTION_ZONEVERSION);
	version = (asked != NULL && knot_edns_opt_get_length(asked) == 0);
#endif
	if (!expire && !version) {
		return KNOT_EOK;
	}

	knot_rrset_t soa;
	int ret = hm_node_rrset(hm_profile_apex(question->view.profile), KNOT_RRTYPE_SOA,
	                        question->view.domain, qdata->mm, &soa);
	if (ret == KNOT_EOK && expire) {
		uint8_t data[sizeof(uint32_t)];
		knot_wire_write_u32(data, knot_soa_expire(soa.rrs.rdata));
		ret = add_option(pkt, qdata, KNOT_EDNS_OPTION_EXPIRE, data, sizeof(data));
	}
#if HAVE_DECL_KNOT_EDNS_ZONEVERSION_WRITE
	if (ret == KNOT_EOK && version) {
		uint8_t data[KNOT_EDNS_ZONEVERSION_LENGTH];
		ret = knot_edns_zoneversion_write(data, sizeof(data),
		                                  KNOT_EDNS_ZONEVERSION_TYPE_SOA,
		                                  question->view.domain->name,
		                                  knot_soa_serial(soa.rrs.rdata));
		if (ret == KNOT_EOK) {
			ret = add_option(pkt, qdata, KNOT_EDNS_OPTION_ZONEVERSION, data,
			                 sizeof(data));
		}
	}
#endif
	return ret;
}

static knotd_state_t global_begin(knotd_state_t state, knot_pkt_t *pkt, knotd_qdata_t *qdata,
                                  knotd_mod_t *mod)
{
	switch (state) {
	case KNOTD_STATE_NOOP:
	case KNOTD_STATE_DONE:
	case KNOTD_STATE_FAIL:
	case KNOTD_STATE_FINAL:
		return state; // A module in front of this one has answered.
	default:
		break;
	}

	const knot_pkt_t *query = qdata->query;
	if (qdata->type != KNOTD_QUERY_TYPE_NORMAL || knot_pkt_qclass(query) != KNOT_CLASS_IN ||
	    knot_pkt_has_tsig(query)) {
		return state;
	}

	const hm_module_t *ctx = knotd_mod_ctx(mod);
	unsigned thread = qdata->params->thread_id;
	hm_owner_t owner;
	hm_question_t question = { .view.domain = &owner.domain };
	bool owned;
	hm_glue_walk_t walk = hm_glue_walk_start(ctx->set, qdata);
	do {
		owned = find_owner(ctx->set, qdata, &owner, &question.delegated);
	} while (hm_glue_walk_again(&walk, ctx->set, qdata));
	if (owner.unavailable) {
		hm_glue_report_unavailable(mod, qdata, ctx->set);
	}
	if (!owned) {
		return state;
	}

	hm_answer_kind_t answer;
	int ret = KNOT_EINVAL;
	const char *reason;
	question.view.profile = hm_hosted_set_complete(ctx->set, &owner, qdata->mm, &reason);
	if (question.view.profile == NULL) {
		hm_glue_report_flag(mod, qdata, &owner.domain, reason);
	} else {
		question.udp = (qdata->params->proto == KNOTD_QUERY_PROTO_UDP);
		question.rotate = ctx->rotate ? knot_wire_get_id(query->wire) : 0;
		ret = hm_answer(&question, pkt, &answer);
	}
	if (ret == KNOT_EOK) {
		ret = add_options(&question, pkt, qdata);
	}
	if (ret != KNOT_EOK) {
		knotd_mod_stats_incr(mod, thread, CTR_ANSWER, CTR_ANSWER_ERROR, 1);
		qdata->rcode = KNOT_RCODE_SERVFAIL;
		return KNOTD_STATE_FAIL;
	}

	if (answer == HM_ANSWER_NXDOMAIN) {
		qdata->rcode = KNOT_RCODE_NXDOMAIN;
	}
	knotd_mod_stats_incr(mod, thread, CTR_ANSWER, answer, 1);
	return KNOTD_STATE_DONE;
}

int hm_global_hook(knotd_mod_t *mod)
{
	return knotd_mod_hook(mod, KNOTD_STAGE_BEGIN, global_begin);
}
