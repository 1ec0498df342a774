/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/libknot.h>

#include "host.h"
#include "overlay.h"

const bool hm_overlay_one_name = false;

int hm_overlay_get_zone(void *ctx, const knot_dname_t *owner, uint16_t type, knot_rrset_t *out)
{
	const hm_overlay_query_t *query = ctx;
	if (knot_dname_with_null(owner)) {
		return KNOT_ENONODE; // The server's look-up takes the zero byte for a dot.
	}
	return hm_host_zone_rrset(query->qdata, NULL, owner, type, out);
}

/*! \brief Before the server: answer what the profile contributes to. */
static knotd_in_state_t overlay_preanswer(knotd_in_state_t state, knot_pkt_t *pkt,
                                          knotd_qdata_t *qdata, knotd_mod_t *mod)
{
	hm_overlay_query_begin();
	hm_overlay_check_spf(mod, qdata);
	if (state != KNOTD_IN_STATE_BEGIN && state != KNOTD_IN_STATE_FOLLOW) {
		return state;
	}
	const hm_overlay_query_t *query = hm_overlay_query_get(mod, qdata);
	if (query == NULL) {
		return hm_overlay_fail(mod, qdata);
	}
	if (query->fill != HM_FILL) {
		return state;
	}

	const hm_module_t *ctx = knotd_mod_ctx(mod);
	bool is_signed = hm_overlay_is_signed(&ctx->overlay, qdata);
	const knot_dname_t *name = qdata->name;
	hm_overlay_result_t overlay;
	if (hm_overlay_answer(&query->question, &name, is_signed, pkt, &overlay) != KNOT_EOK) {
		return hm_overlay_fail(mod, qdata);
	}
	if (overlay == HM_OVERLAY_ZONE && (is_signed || name == qdata->name)) {
		return state;
	}
	if (is_signed) {
		hm_overlay_report_signed(mod, qdata);
		return state;
	}

	knot_wire_set_aa(pkt->wire);
	qdata->name = name;
	switch (overlay) {
	case HM_OVERLAY_ZONE:
		return KNOTD_IN_STATE_FOLLOW;
	case HM_OVERLAY_TRUNCATED:
		return hm_overlay_finish(mod, qdata, overlay, KNOTD_IN_STATE_TRUNC);
	default:
		// A hit without an answer keeps the server from its own; see overlay_answer().
		return hm_overlay_finish(mod, qdata, overlay, KNOTD_IN_STATE_HIT);
	}
}

/*! \brief Tell whether a packet has no answer to the last name of its chain. */
static bool is_unanswered(const knot_pkt_t *pkt, const knotd_qdata_t *qdata)
{
	const knot_pktsection_t *answer = knot_pkt_section(pkt, KNOT_ANSWER);
	if (answer->count == 0) {
		return knot_dname_is_equal(qdata->name, knot_pkt_qname(qdata->query));
	}
	const knot_rrset_t *last = knot_pkt_rr(answer, answer->count - 1);
	return last->type == KNOT_RRTYPE_CNAME &&
	       knot_dname_is_equal(qdata->name, knot_cname_name(last->rrs.rdata));
}

/*!
 * \brief Tell whether a chain has led to the last name. If it was a DNAME or another module's,
 *        nobody has asked the profile for that name.
 */
static bool has_chain(const knot_pkt_t *pkt)
{
	return knot_pkt_section(pkt, KNOT_ANSWER)->count > 0;
}

/*! \brief What a hit without an answer stands for. */
static knotd_in_state_t negative_state(knotd_in_state_t state, knot_pkt_t *pkt,
                                       const hm_overlay_query_t *query, knotd_mod_t *mod)
{
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	knotd_qdata_t *qdata = query->qdata;
	if (query->fill != HM_FILL || hm_overlay_is_signed(&ctx->overlay, qdata)) {
		return state;
	}
	const knot_dname_t *name = qdata->name;
	hm_question_t question = query->question;
	question.one_name = true; // A chain that was cut has an end, its CNAME.
	hm_overlay_result_t overlay;
	if (hm_overlay_answer(&question, &name, true, pkt, &overlay) != KNOT_EOK) {
		return hm_overlay_fail(mod, qdata);
	}
	return (overlay == HM_OVERLAY_NODATA)   ? KNOTD_IN_STATE_NODATA :
	       (overlay == HM_OVERLAY_NXDOMAIN) ? KNOTD_IN_STATE_MISS : state;
}

/*! \brief After the server's own answer. */
static knotd_in_state_t overlay_answer(knotd_in_state_t state, knot_pkt_t *pkt,
                                       knotd_qdata_t *qdata, knotd_mod_t *mod)
{
	bool unanswered = (state == KNOTD_IN_STATE_HIT && is_unanswered(pkt, qdata));
	if (!unanswered && state != KNOTD_IN_STATE_MISS && state != KNOTD_IN_STATE_NODATA) {
		return state;
	}
	hm_overlay_query_t *query = hm_overlay_query_get(mod, qdata);
	if (query == NULL) {
		return hm_overlay_fail(mod, qdata);
	}
	if (unanswered) {
		return negative_state(state, pkt, query, mod);
	}
	if (query->fill == HM_FILL && !has_chain(pkt)) {
		return state; // The profile was asked before the server.
	}
	return hm_overlay_fill_negative(state, pkt, query, mod);
}

/*! \brief Get a query if the profile may have a say in its additional section, else NULL. */
static const hm_overlay_query_t *get_additional(knot_pkt_t *pkt, knotd_qdata_t *qdata,
                                                knotd_mod_t *mod)
{
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	// Nobody would sign what is added after the signer, which asks the server
	// whose record it is.
	bool is_signed = ctx->overlay.is_signed_online && knot_pkt_has_dnssec(qdata->query);
	if (is_signed || !hm_overlay_has_targets(&ctx->overlay.domain, pkt) ||
	    hm_overlay_is_signed(&ctx->overlay, qdata)) {
		return NULL;
	}
	const hm_overlay_query_t *query = hm_overlay_query_get(mod, qdata);
	return (query != NULL && query->fill == HM_FILL) ? query : NULL;
}

static knotd_in_state_t overlay_authority(knotd_in_state_t state, knot_pkt_t *pkt,
                                          knotd_qdata_t *qdata, knotd_mod_t *mod)
{
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	if (state == KNOTD_IN_STATE_HIT && is_unanswered(pkt, qdata) && !has_chain(pkt) &&
	    !knot_wire_get_tc(pkt->wire) && !hm_overlay_is_signed(&ctx->overlay, qdata)) {
		// Nobody said what it stands for: there is another overlay, and the flag has gone
		// since overlay_preanswer().
		return hm_overlay_fail(mod, qdata);
	}
	const hm_overlay_query_t *query = get_additional(pkt, qdata, mod);
	if (query != NULL) {
		hm_overlay_take_additional(&query->question, pkt);
	}
	return state;
}

static knotd_in_state_t overlay_additional(knotd_in_state_t state, knot_pkt_t *pkt,
                                           knotd_qdata_t *qdata, knotd_mod_t *mod)
{
	const hm_overlay_query_t *query = get_additional(pkt, qdata, mod);
	if (query != NULL && hm_overlay_additional(&query->question, pkt) != KNOT_EOK) {
		return hm_overlay_fail(mod, qdata);
	}
	return state;
}

int hm_overlay_add_hooks(knotd_mod_t *mod, unsigned *count)
{
	static const struct {
		knotd_stage_t stage;
		knotd_mod_in_hook_f hook;
	} hooks[] = {
		{ KNOTD_STAGE_PREANSWER,  overlay_preanswer },
		{ KNOTD_STAGE_ANSWER,     overlay_answer },
		{ KNOTD_STAGE_AUTHORITY,  overlay_authority },
		{ KNOTD_STAGE_ADDITIONAL, overlay_additional },
	};
	for (*count = 0; *count < sizeof(hooks) / sizeof(*hooks); (*count)++) {
		int ret = knotd_mod_in_hook(mod, hooks[*count].stage, hooks[*count].hook);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return KNOT_EOK;
}
