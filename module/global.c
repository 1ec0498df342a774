/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/libknot.h>

#include "context.h"
#include "counters.h"
#include "host.h"
#include "hostedmail/answer.h"
#include "owner.h"
#include "parent.h"

/*! \brief Tell whether a query is one that a hosted domain can own. */
static bool is_ours(knotd_state_t state, const knotd_qdata_t *qdata)
{
	switch (state) {
	case KNOTD_STATE_NOOP:
	case KNOTD_STATE_DONE:
	case KNOTD_STATE_FAIL:
	case KNOTD_STATE_FINAL:
		return false; // A module before this one has answered.
	default:
		return qdata->type == KNOTD_QUERY_TYPE_NORMAL &&
		       knot_pkt_qclass(qdata->query) == KNOT_CLASS_IN &&
		       !knot_pkt_has_tsig(qdata->query);
	}
}

/*!
 * \brief Add an EDNS option to the answer if it fits, as the server does for its zones.
 *
 * The query loses it: else the server would answer it again, for the zone that it has found above
 * the domain.
 */
static int add_option(knot_pkt_t *pkt, knotd_qdata_t *qdata, uint16_t code, const uint8_t *data,
                      uint16_t len)
{
	if (knotd_qdata_zone_name(qdata) != NULL) {
		qdata->query->edns_opts->ptr[code] = NULL;
	}
	if (knot_pkt_reserve(pkt, KNOT_EDNS_OPTION_HDRLEN + len) != KNOT_EOK) {
		return KNOT_EOK;
	}
	return knot_edns_add_option(&qdata->opt_rr, code, len, data, qdata->mm);
}

/*! \brief The options that depend on a zone: EXPIRE (RFC 7314), ZONEVERSION (RFC 9660). */
static int add_options(const hm_view_t *view, knot_pkt_t *pkt, knotd_qdata_t *qdata)
{
	if (!knot_pkt_has_edns(qdata->query)) {
		return KNOT_EOK;
	}
	bool expire = knot_pkt_edns_option(qdata->query, KNOT_EDNS_OPTION_EXPIRE) != NULL;
	bool version = knot_pkt_edns_option(qdata->query, hm_host_zoneversion_code) != NULL;
	if (!expire && !version) {
		return KNOT_EOK;
	}

	knot_rrset_t soa;
	int ret = hm_node_rrset(hm_profile_apex(view->profile), KNOT_RRTYPE_SOA, view->domain,
	                        qdata->mm, &soa);
	if (ret == KNOT_EOK && expire) {
		uint8_t data[sizeof(uint32_t)];
		knot_wire_write_u32(data, knot_soa_expire(soa.rrs.rdata));
		ret = add_option(pkt, qdata, KNOT_EDNS_OPTION_EXPIRE, data, sizeof(data));
	}
	if (ret == KNOT_EOK && version) {
		uint8_t data[HM_HOST_ZONEVERSION_MAX];
		uint16_t len = hm_host_zoneversion(qdata->query, view->domain->name,
		                                   knot_soa_serial(soa.rrs.rdata), data);
		if (len > 0) {
			ret = add_option(pkt, qdata, hm_host_zoneversion_code, data, len);
		}
	}
	return ret;
}

/*!
 * \brief Answer a query for its owner.
 *
 * \param[out] kind  Kind of the answer; untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK  The packet is filled in.
 * \retval KNOT_E*   It is not usable: answer with SERVFAIL.
 */
static int answer(knotd_mod_t *mod, knotd_qdata_t *qdata, hm_query_owner_t *owner,
                  knot_pkt_t *pkt, hm_answer_kind_t *kind)
{
	if (owner->profile == NULL) {
		hm_query_owner_report(mod, qdata, owner);
		return KNOT_EINVAL;
	}
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	const hm_question_t question = {
		.view = {
			.profile = owner->profile,
			.domain = &owner->found.domain,
			.nested = hm_query_owner_is_nested,
			.ctx = owner,
		},
		.udp = (qdata->params->proto == KNOTD_QUERY_PROTO_UDP),
		.delegated = owner->delegated,
		.gap = owner->found.gap,
		.rotate = ctx->rotate ? knot_wire_get_id(qdata->query->wire) : 0,
	};
	hm_answer_kind_t result;
	int ret = hm_answer(&question, pkt, &result);
	if (ret == KNOT_EOK) {
		ret = add_options(&question.view, pkt, qdata);
	}
	if (ret == KNOT_EOK) {
		*kind = result;
	}
	return ret;
}

static knotd_state_t global_begin(knotd_state_t state, knot_pkt_t *pkt, knotd_qdata_t *qdata,
                                  knotd_mod_t *mod)
{
	hm_query_owner_t owner;
	if (!is_ours(state, qdata) || !hm_query_owner_find(mod, qdata, &owner)) {
		return state;
	}

	hm_parent_check(mod, qdata, &owner.found.domain);
	hm_answer_kind_t kind;
	if (answer(mod, qdata, &owner, pkt, &kind) != KNOT_EOK) {
		hm_count(mod, qdata, HM_CTR_ANSWER, HM_CTR_ANSWER_ERROR);
		qdata->rcode = KNOT_RCODE_SERVFAIL;
		return KNOTD_STATE_FAIL;
	}

	hm_count(mod, qdata, HM_CTR_ANSWER, kind);
	hm_count(mod, qdata, HM_CTR_PROFILE, owner.found.domain.profile);
	// The server sets NOTAUTH if a catalog above the domain is not for the client's eyes.
	qdata->rcode = (kind == HM_ANSWER_NXDOMAIN) ? KNOT_RCODE_NXDOMAIN : KNOT_RCODE_NOERROR;
	return KNOTD_STATE_DONE;
}

int hm_global_hook(knotd_mod_t *mod)
{
	return knotd_mod_hook(mod, KNOTD_STAGE_BEGIN, global_begin);
}
