/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <knot/module.h>

#include "hostedmail/answer.h"
#include "hostedmail/hosted.h"
#include "hostedmail/profile.h"

#define MOD_PROFILE     "\x07""profile"
#define MOD_HOSTED_FILE "\x0B""hosted-file"

// The server's own option that turns the records of an RRset around.
#define C_SRV        "\x06""server"
#define C_ANS_ROTATE "\x0F""answer-rotation"

static const yp_item_t hostedmail_conf[] = {
	{ MOD_PROFILE,     YP_TSTR, YP_VNONE, YP_FMULTI },
	{ MOD_HOSTED_FILE, YP_TSTR, YP_VNONE },
	{ NULL }
};

/*! \brief Findings of an input file that are logged one by one. */
#define LOGGED_MAX 20

/*! \brief Counter of answers; its kinds start with those of hm_answer_t. */
#define CTR_ANSWER       0
#define CTR_ANSWER_ERROR (HM_ANSWER_NXDOMAIN + 1)
#define CTR_ANSWER_COUNT (CTR_ANSWER_ERROR + 1)

/*! \brief Configuration: built in load, immutable, freed in unload. */
typedef struct {
	hm_profile_t **profiles;
	size_t profiles_count;
	hm_hosted_t *hosted;
	bool rotate;
} hostedmail_t;

/*! \brief Where the findings of an input file go. */
typedef struct {
	knotd_mod_t *mod;      /*!< Log of a module, NULL in a configuration check. */
	hostedmail_t *ctx;
	size_t errors;
	size_t warnings;
	char text[320];        /*!< First errors as one line of text. */
	size_t text_len;
} findings_t;

static char *answer_kind(uint32_t idx, uint32_t count)
{
	static const char *const names[CTR_ANSWER_COUNT] = {
		[HM_ANSWER_POSITIVE] = "positive",
		[HM_ANSWER_NODATA]   = "nodata",
		[HM_ANSWER_NXDOMAIN] = "nxdomain",
		[CTR_ANSWER_ERROR]   = "error",
	};
	return (idx < count) ? strdup(names[idx]) : NULL;
}

static void on_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                      const char *reason)
{
	findings_t *findings = ctx;
	size_t *count = (severity == HM_ERROR) ? &findings->errors : &findings->warnings;
	if (++*count > LOGGED_MAX) {
		return;
	}

	char where[32] = "";
	if (line > 0) {
		snprintf(where, sizeof(where), ":%" PRIu64, line);
	}
	if (findings->mod != NULL) {
		knotd_mod_log(findings->mod, (severity == HM_ERROR) ? LOG_ERR : LOG_WARNING,
		              "%s%s: %s", file, where, reason);
	} else if (severity == HM_ERROR) {
		size_t room = sizeof(findings->text) - findings->text_len;
		int len = snprintf(findings->text + findings->text_len, room, "%s%s%s: %s",
		                   (findings->text_len > 0) ? "; " : "", file, where, reason);
		if (len >= 0 && (size_t)len < room) {
			findings->text_len += len;
		} else if (findings->text_len > 0) {
			findings->text[findings->text_len] = '\0'; // The next one does not fit whole.
			*count = LOGGED_MAX + 1;
		}
	}
}

/*! \brief Tell how many findings were not logged, and start to count anew. */
static void log_rest(findings_t *findings, const char *file)
{
	if (findings->errors > LOGGED_MAX) {
		knotd_mod_log(findings->mod, LOG_ERR, "%s: %zu errors in all", file,
		              findings->errors);
	}
	if (findings->warnings > LOGGED_MAX) {
		knotd_mod_log(findings->mod, LOG_WARNING, "%s: %zu warnings in all", file,
		              findings->warnings);
	}
	findings->errors = 0;
	findings->warnings = 0;
}

static void context_free(hostedmail_t *ctx)
{
	if (ctx == NULL) {
		return;
	}
	for (size_t i = 0; i < ctx->profiles_count; i++) {
		hm_profile_free(ctx->profiles[i]);
	}
	free(ctx->profiles);
	hm_hosted_free(ctx->hosted);
	free(ctx);
}

/*! \brief Load all profiles, as far as they have no errors. */
static int load_profiles(hostedmail_t *ctx, const knotd_conf_t *files, findings_t *findings)
{
	if (files->count > HM_PROFILES_MAX) {
		on_report(findings, HM_ERROR, "profile", 0, "too many profiles");
		return KNOT_EINVAL;
	}
	ctx->profiles = calloc(files->count, sizeof(*ctx->profiles));
	if (ctx->profiles == NULL) {
		return KNOT_ENOMEM;
	}

	int result = KNOT_EOK;
	for (size_t i = 0; i < files->count; i++) {
		const char *file = files->multi[i].string;
		hm_profile_t *profile;
		int ret = hm_profile_load(file, on_report, findings, &profile);
		if (ret != KNOT_EOK) {
			result = ret;
			continue;
		}
		const char *name = hm_profile_name(profile), *error = NULL;
		if (strcmp(name, HM_PROFILE_NONE) == 0) {
			error = "a profile cannot have the name 'none'";
		}
		for (size_t j = 0; j < ctx->profiles_count; j++) {
			if (strcmp(name, hm_profile_name(ctx->profiles[j])) == 0) {
				error = "another profile has the same name";
			}
		}
		if (error != NULL) {
			on_report(findings, HM_ERROR, file, 0, error);
			hm_profile_free(profile);
			result = KNOT_EINVAL;
			continue;
		}
		ctx->profiles[ctx->profiles_count++] = profile;
	}
	return result;
}

static bool check_domain(void *arg, const hm_domain_t *domain, char *reason, size_t reason_max)
{
	const findings_t *findings = arg;
	const hm_profile_t *profile = findings->ctx->profiles[domain->profile];
	uint64_t line = 0;
	int ret = hm_profile_check(profile, domain, &line);
	if (ret == KNOT_EOK) {
		return true;
	}
	const char *what = (ret == KNOT_ESPACE) ? "a name or a string gets too long" :
	                   (ret == KNOT_EMALF)  ? "a variable makes an empty label or an IP address" :
	                                          knot_strerror(ret);
	snprintf(reason, reason_max, "%s in the record at %s:%" PRIu64, what,
	         hm_profile_file(profile), line);
	return false;
}

static int load_hosted_file(hostedmail_t *ctx, const char *file, findings_t *findings)
{
	const char **names = calloc(ctx->profiles_count, sizeof(*names));
	if (names == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < ctx->profiles_count; i++) {
		names[i] = hm_profile_name(ctx->profiles[i]);
	}
	const hm_hosted_opts_t opts = {
		.profiles = names,
		.profiles_count = ctx->profiles_count,
		.check = check_domain,
		.report = on_report,
		.ctx = findings,
	};
	int ret = hm_hosted_load(file, &opts, &ctx->hosted);
	free(names);
	return ret;
}

/*! \brief What a load would refuse: a failed load costs older servers the module. */
static int hostedmail_conf_check(knotd_conf_check_args_t *args)
{
	static _Thread_local char error[400];

	hostedmail_t ctx = { 0 };
	findings_t findings = { .ctx = &ctx };
	int ret = KNOT_EINVAL;

	knotd_conf_t files = knotd_conf_check_item(args, MOD_PROFILE);
	knotd_conf_t hosted = knotd_conf_check_item(args, MOD_HOSTED_FILE);
	if (files.count == 0) {
		args->err_str = "no profile specified";
		goto done;
	}
	if (hosted.count == 0) {
		args->err_str = "no hosted-file specified";
		goto done;
	}

	ret = load_profiles(&ctx, &files, &findings);
	if (ret != KNOT_EOK && findings.errors == 0) {
		args->err_str = knot_strerror(ret);
		goto done;
	}

	const char *file = hosted.single.string;
	struct stat st;
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		on_report(&findings, HM_ERROR, file, 0, strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		on_report(&findings, HM_ERROR, file, 0, "not a regular file");
	}
	if (fd >= 0) {
		close(fd);
	}

	if (findings.errors > 0) {
		bool all = (findings.errors <= LOGGED_MAX);
		snprintf(error, sizeof(error), "%s%s", findings.text, all ? "" : "; and more");
		args->err_str = error;
		ret = KNOT_EINVAL;
	}

done:
	for (size_t i = 0; i < ctx.profiles_count; i++) {
		hm_profile_free(ctx.profiles[i]);
	}
	free(ctx.profiles);
	knotd_conf_free(&files);
	knotd_conf_free(&hosted);
	return ret;
}

/*! \brief Tell whether an ordinary zone of the server owns the query rather than the domain. */
static bool zone_is_deeper(const knot_dname_t *zone, const hm_domain_t *domain)
{
	return zone != NULL && knot_dname_labels(zone, NULL) >= domain->labels;
}

/*!
 * \brief Find the hosted domain that owns a query.
 *
 * DS is a matter of the parent (RFC 4035, section 3.1.4.1), which a hosted domain or a zone of the
 * server can be; the server has looked for the zone in the same way.
 */
static bool find_owner(const hostedmail_t *ctx, const knotd_qdata_t *qdata, hm_domain_t *domain,
                       bool *delegated)
{
	const knot_dname_t *qname = knot_pkt_qname(qdata->query);
	const knot_dname_t *zone = knotd_qdata_zone_name((knotd_qdata_t *)qdata);
	*delegated = false;

	if (knot_pkt_qtype(qdata->query) != KNOT_RRTYPE_DS || *qname == '\0') {
		return hm_hosted_find(ctx->hosted, qname, domain) && !zone_is_deeper(zone, domain);
	}
	if (!hm_hosted_find(ctx->hosted, hm_dname_next(qname), domain)) {
		// Whoever has no parent here answers from its own apex.
		return zone == NULL && hm_hosted_find(ctx->hosted, qname, domain);
	}

	// A zone at the QNAME means that the server knows none above it.
	bool zone_below = (zone != NULL && knot_dname_is_equal(zone, qname));
	if (!zone_below && zone_is_deeper(zone, domain)) {
		return false;
	}
	hm_domain_t nested;
	*delegated = zone_below || (hm_hosted_find(ctx->hosted, qname, &nested) &&
	                            nested.name == qname);
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
	int ret = hm_node_rrset(hm_profile_apex(question->profile), KNOT_RRTYPE_SOA,
	                        question->domain, qdata->mm, &soa);
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
		                                  question->domain->name,
		                                  knot_soa_serial(soa.rrs.rdata));
		if (ret == KNOT_EOK) {
			ret = add_option(pkt, qdata, KNOT_EDNS_OPTION_ZONEVERSION, data,
			                 sizeof(data));
		}
	}
#endif
	return ret;
}

static knotd_state_t hostedmail_begin(knotd_state_t state, knot_pkt_t *pkt, knotd_qdata_t *qdata,
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

	const hostedmail_t *ctx = knotd_mod_ctx(mod);
	hm_domain_t domain;
	hm_question_t question = { .domain = &domain };
	if (!find_owner(ctx, qdata, &domain, &question.delegated)) {
		return state;
	}
	question.profile = ctx->profiles[domain.profile];
	question.udp = (qdata->params->proto == KNOTD_QUERY_PROTO_UDP);
	question.rotate = ctx->rotate ? knot_wire_get_id(query->wire) : 0;

	hm_answer_t answer;
	int ret = hm_answer(&question, pkt, &answer);
	if (ret == KNOT_EOK) {
		ret = add_options(&question, pkt, qdata);
	}
	if (ret != KNOT_EOK) {
		knotd_mod_stats_incr(mod, qdata->params->thread_id, CTR_ANSWER, CTR_ANSWER_ERROR, 1);
		qdata->rcode = KNOT_RCODE_SERVFAIL;
		return KNOTD_STATE_FAIL;
	}

	if (answer == HM_ANSWER_NXDOMAIN) {
		qdata->rcode = KNOT_RCODE_NXDOMAIN;
	}
	knotd_mod_stats_incr(mod, qdata->params->thread_id, CTR_ANSWER, answer, 1);
	return KNOTD_STATE_DONE;
}

static int hostedmail_load(knotd_mod_t *mod)
{
	hostedmail_t *ctx = calloc(1, sizeof(*ctx));
	if (ctx == NULL) {
		return KNOT_ENOMEM;
	}
	findings_t findings = { .mod = mod, .ctx = ctx };

	knotd_conf_t files = knotd_conf_mod(mod, MOD_PROFILE);
	knotd_conf_t hosted = knotd_conf_mod(mod, MOD_HOSTED_FILE);
	int ret = load_profiles(ctx, &files, &findings);
	log_rest(&findings, "profiles");
	if (ret == KNOT_EOK) {
		ret = load_hosted_file(ctx, hosted.single.string, &findings);
		log_rest(&findings, hosted.single.string);
	}
	if (ret == KNOT_EOK) {
		knotd_mod_log(mod, LOG_INFO, "%zu hosted domains, %zu profiles, %zu KiB",
		              hm_hosted_count(ctx->hosted), ctx->profiles_count,
		              hm_hosted_memory(ctx->hosted) / 1024);
		ret = knotd_mod_stats_add(mod, "answer", CTR_ANSWER_COUNT, answer_kind);
	}
	knotd_conf_t rotate = knotd_conf(mod, C_SRV, C_ANS_ROTATE, NULL);
	ctx->rotate = rotate.single.boolean;
	if (ret == KNOT_EOK) {
		ret = knotd_mod_hook(mod, KNOTD_STAGE_BEGIN, hostedmail_begin);
	}
	knotd_conf_free(&files);
	knotd_conf_free(&hosted);

	if (ret != KNOT_EOK) {
		context_free(ctx);
		return ret;
	}
	knotd_mod_ctx_set(mod, ctx);
	return KNOT_EOK;
}

static void hostedmail_unload(knotd_mod_t *mod)
{
	context_free(knotd_mod_ctx(mod));
	// The server may unload once more after a reload that failed.
	knotd_mod_ctx_set(mod, NULL);
}

KNOTD_MOD_API(hostedmail, KNOTD_MOD_FLAG_SCOPE_GLOBAL,
              hostedmail_load, hostedmail_unload, hostedmail_conf, hostedmail_conf_check);
