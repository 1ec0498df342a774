/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <string.h>

#include <libknot/libknot.h>

#include "glue.h"

// Options of the server.
#define C_MODULE         "\x06""module"
#define C_DNSSEC_SIGNING "\x0E""dnssec-signing"

/*! \brief What an overlay is to do with a query. */
typedef enum {
	FILL_NOT,   /*!< The zone is not hosted. */
	FILL,
	FILL_WRONG, /*!< Its flag in the hosted zone is wrong. */
} fill_t;

/*! \brief A query that is filled. */
typedef struct {
	hm_owner_t owner;
	hm_question_t question;
	const char *reason;      /*!< What is wrong with the flag. */
	knotd_qdata_t *qdata;
	const knot_dname_t *name; /*!< What the server has looked up. */
	bool found;              /*!< And found. */
} overlay_query_t;

#if HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
static int get_zone(void *arg, const knot_dname_t *owner, uint16_t type, knot_rrset_t *out)
{
	const overlay_query_t *query = arg;
	if (knot_dname_with_null(owner)) {
		return KNOT_ENONODE; // The server's look-up takes the zero byte for a dot.
	}
	return knotd_qdata_zone_rrset(query->qdata, NULL, owner, type, out);
}
#else
/*!
 * \brief All that can be known of the zone: what the server has said of one name.
 *
 * If it said NODATA, that name and those above it exist, the name has neither the type asked for
 * nor a CNAME, and may have any other. If it said NXDOMAIN, the name does not exist, and nothing
 * else of the zone is supposed to be near it.
 */
static int get_zone(void *arg, const knot_dname_t *owner, uint16_t type, knot_rrset_t *out)
{
	const overlay_query_t *query = arg;
	const knot_dname_t *apex = query->question.view.domain->name;
	if (!knot_dname_is_equal(owner, apex) &&
	    (!query->found || knot_dname_in_bailiwick(query->name, owner) < 0)) {
		return KNOT_ENONODE;
	}
	knot_rrset_init_empty(out);
	bool absent = (type == knot_pkt_qtype(query->qdata->query) || type == KNOT_RRTYPE_CNAME ||
	               type == KNOT_RRTYPE_NS || type == KNOT_RRTYPE_DNAME);
	if (query->found && !absent && knot_dname_is_equal(owner, query->name)) {
		out->owner = (knot_dname_t *)owner;
		out->rrs.count = 1;
	}
	return KNOT_EOK;
}
#endif

static fill_t query_init(knotd_mod_t *mod, knotd_qdata_t *qdata, overlay_query_t *query)
{
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	const hm_overlay_t *overlay = &ctx->overlay;
	query->qdata = qdata;
	query->question = (hm_question_t) {
		.view = {
			.profile = overlay->profile,
			.domain = &overlay->domain,
			.zone = get_zone,
			.ctx = query,
		},
		.udp = (qdata->params->proto == KNOTD_QUERY_PROTO_UDP),
		.rotate = ctx->rotate ? knot_wire_get_id(qdata->query->wire) : 0,
#if !HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
		.one_name = true,
#endif
	};
	if (overlay->profile != NULL) {
		return FILL;
	}

	hm_owner_t *owner = &query->owner;
	bool found;
	hm_glue_walk_t walk = hm_glue_walk_start(ctx->set, qdata);
	do {
		found = hm_hosted_set_find(ctx->set, overlay->apex, hm_glue_get_flag, qdata, owner);
	} while (hm_glue_walk_again(&walk, ctx->set, qdata));
	if (owner->unavailable) {
		hm_glue_report_unavailable(mod, qdata, ctx->set);
	}
	if (!found || owner->domain.labels != overlay->apex_labels) {
		return FILL_NOT;
	}
	query->question.view.domain = &owner->domain;
	query->question.view.profile =
	    hm_hosted_set_complete(ctx->set, owner, qdata->mm, &query->reason);
	return (query->question.view.profile != NULL) ? FILL : FILL_WRONG;
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

/*!
 * \brief SPF is the record that people forget beside other TXT, which hides the profile's.
 *
 * The first query of a zone is the first time that a module sees its records.
 */
static void check_spf(knotd_mod_t *mod, knotd_qdata_t *qdata)
{
	hm_module_t *ctx = knotd_mod_ctx(mod);
	if (atomic_load_explicit(&ctx->overlay.checked_spf, memory_order_relaxed)) {
		return;
	}
	overlay_query_t query;
	if (query_init(mod, qdata, &query) != FILL ||
	    atomic_exchange(&ctx->overlay.checked_spf, true)) {
		return;
	}
	const hm_view_t *view = &query.question.view;
	knot_rrset_t zone = knotd_qdata_zone_apex_rrset(qdata, KNOT_RRTYPE_TXT), profile;
	if (zone.rrs.count > 0 && !has_spf(&zone.rrs) &&
	    hm_node_rrset(hm_profile_apex(view->profile), KNOT_RRTYPE_TXT, view->domain,
	                  qdata->mm, &profile) == KNOT_EOK && has_spf(&profile.rrs)) {
		knotd_mod_log(mod, LOG_WARNING, "the zone has TXT at its apex but no SPF, "
		              "and so hides that of the profile: add it to the zone");
	}
}

/*!
 * \brief Tell whether unsigned records would be bogus in the zone, or the server
 *        takes it for signed.
 *
 * The server goes by the signature of the SOA alone. It would then prove a name denied that it has
 * not looked up itself, and crash.
 */
static bool zone_is_signed(const hm_overlay_t *overlay, knotd_qdata_t *qdata)
{
	return overlay->is_signed ||
	       knotd_qdata_zone_apex_rrset(qdata, KNOT_RRTYPE_DNSKEY).rrs.count > 0 ||
	       knotd_qdata_zone_apex_rrset(qdata, KNOT_RRTYPE_RRSIG).rrs.count > 0;
}

static void report_signed(knotd_mod_t *mod, const knotd_qdata_t *qdata)
{
	hm_module_t *ctx = knotd_mod_ctx(mod);
	knotd_mod_stats_incr(mod, qdata->params->thread_id, CTR_SIGNED, 0, 1);
	if (!atomic_exchange(&ctx->overlay.said_signed, true)) {
		knotd_mod_log(mod, LOG_ERR, "the zone is signed, so the profile is not served: its "
		              "records would be bogus (mod-onlinesign can sign them)");
	}
}

/*! \brief Count an answer, and tell the server what it is. */
static knotd_in_state_t finish(knotd_mod_t *mod, const knotd_qdata_t *qdata,
                               hm_overlay_result_t overlay, knotd_in_state_t state)
{
	static const hm_answer_kind_t kinds[] = {
		[HM_OVERLAY_POSITIVE]  = HM_ANSWER_POSITIVE,
		[HM_OVERLAY_TRUNCATED] = HM_ANSWER_POSITIVE,
		[HM_OVERLAY_NODATA]    = HM_ANSWER_NODATA,
		[HM_OVERLAY_NXDOMAIN]  = HM_ANSWER_NXDOMAIN,
	};
	knotd_mod_stats_incr(mod, qdata->params->thread_id, CTR_ANSWER, kinds[overlay], 1);
	return state;
}

static knotd_in_state_t fail(knotd_mod_t *mod, knotd_qdata_t *qdata)
{
	knotd_mod_stats_incr(mod, qdata->params->thread_id, CTR_ANSWER, CTR_ANSWER_ERROR, 1);
	qdata->rcode = KNOT_RCODE_SERVFAIL;
	return KNOTD_IN_STATE_ERROR;
}

/*!
 * \brief Go on from a name that the server has not found, or not with that type.
 *
 * \param[in] state  KNOTD_IN_STATE_MISS or KNOTD_IN_STATE_NODATA.
 */
static knotd_in_state_t fill_negative(knotd_in_state_t state, knot_pkt_t *pkt,
                                      overlay_query_t *query, knotd_mod_t *mod)
{
	knotd_qdata_t *qdata = query->qdata;
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	bool is_signed = zone_is_signed(&ctx->overlay, qdata);
	query->name = qdata->name;
	query->found = (state == KNOTD_IN_STATE_NODATA);

	const knot_dname_t *name = qdata->name;
	hm_overlay_result_t overlay;
	if (hm_overlay_answer(&query->question, &name, is_signed, pkt, &overlay) != KNOT_EOK) {
		return fail(mod, qdata);
	}
	if (overlay == HM_OVERLAY_ZONE && name == qdata->name) {
		return state;
	}
	if (is_signed) {
		report_signed(mod, qdata);
		return state;
	}

	qdata->name = name;
	switch (overlay) {
	case HM_OVERLAY_NODATA:
		return finish(mod, qdata, overlay, KNOTD_IN_STATE_NODATA);
	case HM_OVERLAY_NXDOMAIN:
		return finish(mod, qdata, overlay, KNOTD_IN_STATE_MISS);
	case HM_OVERLAY_TRUNCATED:
		return finish(mod, qdata, overlay, KNOTD_IN_STATE_TRUNC);
	default:
		// A chain that is back in the zone ends here: the server does not go on.
		return finish(mod, qdata, HM_OVERLAY_POSITIVE, KNOTD_IN_STATE_HIT);
	}
}

#if HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
/*! \brief In front of the server: answer what the profile has a say in. */
static knotd_in_state_t overlay_preanswer(knotd_in_state_t state, knot_pkt_t *pkt,
                                          knotd_qdata_t *qdata, knotd_mod_t *mod)
{
	overlay_query_t query;
	check_spf(mod, qdata);
	if ((state != KNOTD_IN_STATE_BEGIN && state != KNOTD_IN_STATE_FOLLOW) ||
	    query_init(mod, qdata, &query) != FILL) {
		return state;
	}

	const hm_module_t *ctx = knotd_mod_ctx(mod);
	bool is_signed = zone_is_signed(&ctx->overlay, qdata);
	const knot_dname_t *name = qdata->name;
	hm_overlay_result_t overlay;
	if (hm_overlay_answer(&query.question, &name, is_signed, pkt, &overlay) != KNOT_EOK) {
		return fail(mod, qdata);
	}
	if (overlay == HM_OVERLAY_ZONE && (is_signed || name == qdata->name)) {
		return state;
	}
	if (is_signed) {
		report_signed(mod, qdata);
		return state;
	}

	knot_wire_set_aa(pkt->wire);
	qdata->name = name;
	switch (overlay) {
	case HM_OVERLAY_ZONE:
		return KNOTD_IN_STATE_FOLLOW;
	case HM_OVERLAY_TRUNCATED:
		return finish(mod, qdata, overlay, KNOTD_IN_STATE_TRUNC);
	default:
		// A hit without an answer keeps the server from its own; see overlay_answer().
		return finish(mod, qdata, overlay, KNOTD_IN_STATE_HIT);
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
                                       knotd_qdata_t *qdata, knotd_mod_t *mod)
{
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	overlay_query_t query;
	const knot_dname_t *name = qdata->name;
	hm_overlay_result_t overlay;
	if (query_init(mod, qdata, &query) != FILL || zone_is_signed(&ctx->overlay, qdata)) {
		return state;
	}
	query.question.one_name = true; // A chain that was cut has an end, its CNAME.
	if (hm_overlay_answer(&query.question, &name, true, pkt, &overlay) != KNOT_EOK) {
		return fail(mod, qdata);
	}
	return (overlay == HM_OVERLAY_NODATA)   ? KNOTD_IN_STATE_NODATA :
	       (overlay == HM_OVERLAY_NXDOMAIN) ? KNOTD_IN_STATE_MISS : state;
}
#endif

/*! \brief Behind the server's own answer. */
static knotd_in_state_t overlay_answer(knotd_in_state_t state, knot_pkt_t *pkt,
                                       knotd_qdata_t *qdata, knotd_mod_t *mod)
{
#if HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
	if (state == KNOTD_IN_STATE_HIT && is_unanswered(pkt, qdata)) {
		return negative_state(state, pkt, qdata, mod);
	}
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	if (ctx->overlay.profile != NULL && !has_chain(pkt)) {
		return state; // All was said before.
	}
#else
	check_spf(mod, qdata);
#endif
	if (state != KNOTD_IN_STATE_MISS && state != KNOTD_IN_STATE_NODATA) {
		return state;
	}

	overlay_query_t query;
	switch (query_init(mod, qdata, &query)) {
	case FILL_WRONG:
		// Nobody knows whether the profile has an answer. That of the zone stands.
		hm_glue_report_flag(mod, qdata, &query.owner.domain, query.reason);
		return fail(mod, qdata);
	case FILL:
#if HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
		if (!has_chain(pkt)) {
			return state;
		}
#endif
		return fill_negative(state, pkt, &query, mod);
	default:
		return state;
	}
}

#if HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
/*! \brief Prepare a query whose additional section the profile may have a say in. */
static bool additional_init(knot_pkt_t *pkt, knotd_qdata_t *qdata, knotd_mod_t *mod,
                            overlay_query_t *query)
{
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	// Nobody would sign what is added behind the signer, which asks the server
	// whose record it is.
	bool is_signed = ctx->overlay.is_signed_online && knot_pkt_has_dnssec(qdata->query);
	return !is_signed && hm_overlay_has_targets(&ctx->overlay.domain, pkt) &&
	       !zone_is_signed(&ctx->overlay, qdata) && query_init(mod, qdata, query) == FILL;
}

static knotd_in_state_t overlay_authority(knotd_in_state_t state, knot_pkt_t *pkt,
                                          knotd_qdata_t *qdata, knotd_mod_t *mod)
{
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	if (state == KNOTD_IN_STATE_HIT && is_unanswered(pkt, qdata) && !has_chain(pkt) &&
	    !knot_wire_get_tc(pkt->wire) && !zone_is_signed(&ctx->overlay, qdata)) {
		// Nobody said what it stands for: the flag has gone since overlay_preanswer().
		return fail(mod, qdata);
	}
	overlay_query_t query;
	if (additional_init(pkt, qdata, mod, &query)) {
		hm_overlay_take_additional(&query.question, pkt);
	}
	return state;
}

static knotd_in_state_t overlay_additional(knotd_in_state_t state, knot_pkt_t *pkt,
                                           knotd_qdata_t *qdata, knotd_mod_t *mod)
{
	overlay_query_t query;
	if (additional_init(pkt, qdata, mod, &query) &&
	    hm_overlay_additional(&query.question, pkt) != KNOT_EOK) {
		return fail(mod, qdata);
	}
	return state;
}
#endif

static int add_hooks(knotd_mod_t *mod)
{
	int ret = knotd_mod_in_hook(mod, KNOTD_STAGE_ANSWER, overlay_answer);
#if HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
	if (ret == KNOT_EOK) {
		ret = knotd_mod_in_hook(mod, KNOTD_STAGE_PREANSWER, overlay_preanswer);
	}
	if (ret == KNOT_EOK) {
		ret = knotd_mod_in_hook(mod, KNOTD_STAGE_AUTHORITY, overlay_authority);
	}
	if (ret == KNOT_EOK) {
		ret = knotd_mod_in_hook(mod, KNOTD_STAGE_ADDITIONAL, overlay_additional);
	}
#endif
	return ret;
}

/*! \brief Position of a module in the list of its zone, -1 if it is not there. */
static int module_position(const knotd_conf_t *modules, const char *name)
{
	// A name with its length in front, then the identifier.
	size_t len = 1 + (uint8_t)name[0];
	for (size_t i = 0; i < modules->count; i++) {
		const knotd_conf_val_t *module = &modules->multi[i];
		if (module->data_len >= len && memcmp(module->data, name, len) == 0) {
			return i;
		}
	}
	return -1;
}

/*! \brief Find out who signs the zone. */
static void check_signing(knotd_mod_t *mod, hm_overlay_t *overlay)
{
	knotd_conf_t signing = knotd_conf_zone(mod, C_DNSSEC_SIGNING, overlay->apex);
	overlay->is_signed = signing.single.boolean;

	knotd_conf_t modules = knotd_conf_zone(mod, C_MODULE, overlay->apex);
	int signer = module_position(&modules, "\x0E""mod-onlinesign");
	overlay->is_signed_online = (signer >= 0);
	if (signer >= 0 && signer < module_position(&modules, "\x0E""mod-hostedmail")) {
		knotd_mod_log(mod, LOG_ERR, "mod-onlinesign must come after this module, "
		              "so the profile is not served");
		overlay->is_signed = true;
		atomic_store(&overlay->said_signed, true);
	} else if (overlay->is_signed) {
		knotd_mod_log(mod, LOG_ERR, "the zone is signed (dnssec-signing), so the profile "
		              "is not served: its records would be bogus "
		              "(mod-onlinesign can sign them)");
		atomic_store(&overlay->said_signed, true);
	}
	knotd_conf_free(&modules);
}

/*! \brief Find the domain of the zone in the set, as far as it is known before a query comes. */
static bool find_domain(knotd_mod_t *mod, hm_module_t *ctx)
{
	hm_overlay_t *overlay = &ctx->overlay;
	const hm_hosted_set_t *set = ctx->set;
	hm_domain_init(overlay->apex, &overlay->domain);
	if (hm_hosted_set_zone(set) != NULL) {
		return true;
	}
	const hm_hosted_file_t *hosted = hm_hosted_set_file(set);
	if (hosted != NULL &&
	    (!hm_hosted_file_find(hosted, overlay->apex, &overlay->domain) ||
	     overlay->domain.labels != overlay->apex_labels)) {
		return false;
	}

	const hm_profile_t *profile = hm_hosted_set_profile(set, overlay->domain.profile);
	uint64_t line;
	int ret = hm_profile_check(profile, &overlay->domain, &line);
	if (ret != KNOT_EOK) {
		knotd_mod_log(mod, LOG_ERR, "the profile is not served: %s in the record at "
		              "%s:%" PRIu64, hm_profile_reason(ret), hm_profile_file(profile),
		              line);
		return false;
	}
	overlay->profile = profile;
	return true;
}

int hm_overlay_hook(knotd_mod_t *mod, hm_module_t *ctx)
{
	hm_overlay_t *overlay = &ctx->overlay;
	overlay->apex = knot_dname_copy(knotd_mod_zone(mod), NULL);
	if (overlay->apex == NULL) {
		return KNOT_ENOMEM;
	}
	overlay->apex_labels = knot_dname_labels(overlay->apex, NULL);
	if (!find_domain(mod, ctx)) {
		return KNOT_EOK;
	}
	check_signing(mod, overlay);
	return add_hooks(mod);
}
