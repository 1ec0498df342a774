/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include <libknot/libknot.h>

#include "counters.h"
#include "overlay.h"

/*!
 * \brief What was found out about the query that a thread is at.
 *
 * Nothing of a query is the module's own. One query of a thread ends before the next one begins,
 * with the same hook, so that an old one is never taken for it. The model of the storage keeps the
 * C library from taking heap for it; it has room for a few pointers only.
 */
static _Thread_local struct {
	const knotd_mod_t *mod;
	const knotd_qdata_t *qdata;
	hm_overlay_query_t *query;
} current __attribute__((tls_model("initial-exec")));

void hm_overlay_query_begin(void)
{
	current.query = NULL;
}

/*! \brief Find out whether the zone is hosted. */
static void query_init(knotd_mod_t *mod, knotd_qdata_t *qdata, hm_overlay_query_t *query)
{
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	const hm_overlay_t *overlay = &ctx->overlay;
	query->fill = HM_FILL_NOT;
	query->qdata = qdata;
	query->question = (hm_question_t) {
		.view = {
			.profile = overlay->profile,
			.domain = &overlay->domain,
			.zone = hm_overlay_get_zone,
			.ctx = query,
		},
		.udp = (qdata->params->proto == KNOTD_QUERY_PROTO_UDP),
		.one_name = hm_overlay_one_name,
		.rotate = ctx->rotate ? knot_wire_get_id(qdata->query->wire) : 0,
	};
	if (overlay->is_incomplete) {
		return;
	}
	if (overlay->profile != NULL) {
		query->fill = HM_FILL;
	} else if (hm_query_owner_find_zone(mod, qdata, overlay->apex, &query->owner)) {
		query->question.view.domain = &query->owner.found.domain;
		query->question.view.profile = query->owner.profile;
		query->fill = (query->owner.profile != NULL) ? HM_FILL : HM_FILL_WRONG;
	}
}

hm_overlay_query_t *hm_overlay_query_get(knotd_mod_t *mod, knotd_qdata_t *qdata)
{
	if (current.query != NULL && current.mod == mod && current.qdata == qdata) {
		return current.query;
	}
	hm_overlay_query_t *query = qdata->mm->alloc(qdata->mm->ctx, sizeof(*query));
	if (query != NULL) {
		query_init(mod, qdata, query);
		current.mod = mod;
		current.qdata = qdata;
		current.query = query;
	}
	return query;
}

static bool is_spf(const knot_rdata_t *txt)
{
	static const char version[] = "v=spf1";
	size_t len = sizeof(version) - 1;
	return txt->len > len && txt->data[0] >= len && strncasecmp((char *)txt->data + 1, version,
	                                                            len) == 0 &&
	       (txt->data[0] == len || txt->data[1 + len] == ' ');
}

static bool has_spf(const knot_rdataset_t *txt)
{
	knot_rdata_t *rdata = txt->rdata;
	for (uint16_t i = 0; i < txt->count; i++, rdata = knot_rdataset_next(rdata)) {
		if (is_spf(rdata)) {
			return true;
		}
	}
	return false;
}

void hm_overlay_check_spf(knotd_mod_t *mod, knotd_qdata_t *qdata)
{
	hm_module_t *ctx = knotd_mod_ctx(mod);
	if (atomic_load_explicit(&ctx->overlay.spf_checked, memory_order_relaxed)) {
		return;
	}
	const hm_overlay_query_t *query = hm_overlay_query_get(mod, qdata);
	if (query == NULL || query->fill != HM_FILL ||
	    atomic_exchange(&ctx->overlay.spf_checked, true)) {
		return;
	}
	const hm_view_t *view = &query->question.view;
	knot_rrset_t zone = knotd_qdata_zone_apex_rrset(qdata, KNOT_RRTYPE_TXT), profile;
	if (zone.rrs.count > 0 && !has_spf(&zone.rrs) &&
	    hm_node_rrset(hm_profile_apex(view->profile), KNOT_RRTYPE_TXT, view->domain,
	                  qdata->mm, &profile) == KNOT_EOK && has_spf(&profile.rrs)) {
		knotd_mod_log(mod, LOG_WARNING, "the zone has TXT at its apex but no SPF, "
		              "which hides the profile's SPF: add it to the zone");
	}
}

bool hm_overlay_is_signed(const hm_overlay_t *overlay, knotd_qdata_t *qdata)
{
	return overlay->is_signed ||
	       knotd_qdata_zone_apex_rrset(qdata, KNOT_RRTYPE_DNSKEY).rrs.count > 0 ||
	       knotd_qdata_zone_apex_rrset(qdata, KNOT_RRTYPE_RRSIG).rrs.count > 0;
}

void hm_overlay_report_signed(knotd_mod_t *mod, const knotd_qdata_t *qdata)
{
	hm_module_t *ctx = knotd_mod_ctx(mod);
	hm_count(mod, qdata, HM_CTR_SIGNED, 0);
	if (!atomic_exchange(&ctx->overlay.signed_reported, true)) {
		knotd_mod_log(mod, LOG_ERR, "the profile is not served: the zone is signed, and "
		              "unsigned records would be bogus; mod-onlinesign can sign them");
	}
}

knotd_in_state_t hm_overlay_finish(knotd_mod_t *mod, const knotd_qdata_t *qdata,
                                   hm_overlay_result_t overlay, knotd_in_state_t state)
{
	static const hm_answer_kind_t kinds[] = {
		[HM_OVERLAY_POSITIVE]  = HM_ANSWER_POSITIVE,
		[HM_OVERLAY_TRUNCATED] = HM_ANSWER_POSITIVE,
		[HM_OVERLAY_NODATA]    = HM_ANSWER_NODATA,
		[HM_OVERLAY_NXDOMAIN]  = HM_ANSWER_NXDOMAIN,
	};
	hm_count(mod, qdata, HM_CTR_ANSWER, kinds[overlay]);
	return state;
}

knotd_in_state_t hm_overlay_fail(knotd_mod_t *mod, knotd_qdata_t *qdata)
{
	hm_count(mod, qdata, HM_CTR_ANSWER, HM_CTR_ANSWER_ERROR);
	qdata->rcode = KNOT_RCODE_SERVFAIL;
	return KNOTD_IN_STATE_ERROR;
}

knotd_in_state_t hm_overlay_fill_negative(knotd_in_state_t state, knot_pkt_t *pkt,
                                          hm_overlay_query_t *query, knotd_mod_t *mod)
{
	knotd_qdata_t *qdata = query->qdata;
	if (query->fill == HM_FILL_WRONG) {
		// Nobody knows whether the profile has an answer. That of the zone stands.
		hm_query_owner_report(mod, qdata, &query->owner);
		return hm_overlay_fail(mod, qdata);
	} else if (query->fill == HM_FILL_NOT) {
		return state;
	}

	const hm_module_t *ctx = knotd_mod_ctx(mod);
	bool is_signed = hm_overlay_is_signed(&ctx->overlay, qdata);
	query->name = qdata->name;
	query->found = (state == KNOTD_IN_STATE_NODATA);

	const knot_dname_t *name = qdata->name;
	hm_overlay_result_t overlay;
	if (hm_overlay_answer(&query->question, &name, is_signed, pkt, &overlay) != KNOT_EOK) {
		return hm_overlay_fail(mod, qdata);
	}
	if (overlay == HM_OVERLAY_ZONE && name == qdata->name) {
		return state;
	}
	if (is_signed) {
		hm_overlay_report_signed(mod, qdata);
		return state;
	}

	qdata->name = name;
	switch (overlay) {
	case HM_OVERLAY_NODATA:
		return hm_overlay_finish(mod, qdata, overlay, KNOTD_IN_STATE_NODATA);
	case HM_OVERLAY_NXDOMAIN:
		return hm_overlay_finish(mod, qdata, overlay, KNOTD_IN_STATE_MISS);
	case HM_OVERLAY_TRUNCATED:
		return hm_overlay_finish(mod, qdata, overlay, KNOTD_IN_STATE_TRUNC);
	default:
		// A chain that is back in the zone ends here: the server does not go on.
		return hm_overlay_finish(mod, qdata, HM_OVERLAY_POSITIVE, KNOTD_IN_STATE_HIT);
	}
}
