/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <fcntl.h>
#include <inttypes.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include <knot/module.h>

#include "hostedmail/answer.h"
#include "hostedmail/set.h"
#include "strerror.h"

#define MOD_PROFILE     "\x07""profile"
#define MOD_HOSTED_FILE "\x0B""hosted-file"
#define MOD_HOSTED_ZONE "\x0B""hosted-zone"

// The server's own option that turns the records of an RRset around.
#define C_SRV        "\x06""server"
#define C_ANS_ROTATE "\x0F""answer-rotation"

static const yp_item_t hostedmail_conf[] = {
	{ MOD_PROFILE,     YP_TSTR,   YP_VNONE, YP_FMULTI },
	{ MOD_HOSTED_FILE, YP_TSTR,   YP_VNONE },
	{ MOD_HOSTED_ZONE, YP_TDNAME, YP_VNONE },
	{ 0 }
};

/*! \brief Findings of an input file that are logged one by one. */
#define LOGGED_MAX 20

/*! \brief Seconds between two log lines about the hosted zone. */
#define LOG_INTERVAL 60

/*! \brief Extended DNS Error "Invalid Data" (RFC 8914, section 4.25). */
#define EDE_INVALID_DATA 24

/*! \brief Counter of answers; its kinds start with those of hm_answer_t. */
#define CTR_ANSWER       0
#define CTR_ANSWER_ERROR (HM_ANSWER_NXDOMAIN + 1)
#define CTR_ANSWER_COUNT (CTR_ANSWER_ERROR + 1)

/*! \brief Counter of what is wrong with the hosted zone. */
#define CTR_ZONE 1

enum {
	CTR_ZONE_UNAVAILABLE, /*!< Missing, not yet transferred, expired. */
	CTR_ZONE_INVALID,     /*!< A flag that is wrong. */
	CTR_ZONE_COUNT,
};

/*! \brief Configuration: built in load, immutable, freed in unload. */
typedef struct {
	hm_set_t *set;
	bool rotate;
} hostedmail_t;

/*! \brief Second from which on a hook may log again; of the whole process, so that a reload does
 *         not start it anew. */
static _Atomic int64_t next_log;

/*! \brief Where the findings of an input file go. */
typedef struct {
	knotd_mod_t *mod;      /*!< Log of a module, NULL in a configuration check. */
	char file[256];        /*!< File of the last finding, perhaps cut. */
	size_t errors;         /*!< Of this file. */
	size_t warnings;
	char text[320];        /*!< First errors as one line of text. */
	size_t text_len;
	bool more;             /*!< There are others that did not fit. */
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

static char *zone_fault(uint32_t idx, uint32_t count)
{
	static const char *const names[CTR_ZONE_COUNT] = {
		[CTR_ZONE_UNAVAILABLE] = "unavailable",
		[CTR_ZONE_INVALID]     = "invalid",
	};
	return (idx < count) ? strdup(names[idx]) : NULL;
}

/*! \brief Tell how many findings of a file were not logged one by one. */
static void log_rest(findings_t *findings)
{
	if (findings->mod != NULL && findings->errors > LOGGED_MAX) {
		knotd_mod_log(findings->mod, LOG_ERR, "%s: %zu errors in all", findings->file,
		              findings->errors);
	}
	if (findings->mod != NULL && findings->warnings > LOGGED_MAX) {
		knotd_mod_log(findings->mod, LOG_WARNING, "%s: %zu warnings in all",
		              findings->file, findings->warnings);
	}
}

/*! \brief Add an error to the one line of text of a configuration check, if it fits whole. */
static void add_text(findings_t *findings, const char *file, const char *where, const char *reason)
{
	size_t room = sizeof(findings->text) - findings->text_len;
	int len = snprintf(findings->text + findings->text_len, room, "%s%s%s: %s",
	                   (findings->text_len > 0) ? "; " : "", file, where, reason);
	if ((size_t)len < room || findings->text_len == 0) {
		findings->text_len += ((size_t)len < room) ? (size_t)len : room - 1;
	} else {
		findings->text[findings->text_len] = '\0';
		findings->more = true;
	}
}

static void on_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                      const char *reason)
{
	findings_t *findings = ctx;
	if (strncmp(findings->file, file, sizeof(findings->file) - 1) != 0) {
		log_rest(findings);
		findings->errors = 0;
		findings->warnings = 0;
		snprintf(findings->file, sizeof(findings->file), "%s", file);
	}
	size_t *count = (severity == HM_ERROR) ? &findings->errors : &findings->warnings;
	(*count)++;

	char where[32] = "";
	if (line > 0) {
		snprintf(where, sizeof(where), ":%" PRIu64, line);
	}
	if (findings->mod == NULL) {
		if (severity == HM_ERROR) {
			add_text(findings, file, where, reason);
		}
	} else if (*count <= LOGGED_MAX) {
		knotd_mod_log(findings->mod, (severity == HM_ERROR) ? LOG_ERR : LOG_WARNING,
		              "%s%s: %s", file, where, reason);
	}
}

/*! \brief Load a set from the configured files. */
static int load_set(const knotd_conf_t *profiles, const char *hosted_file,
                    const knot_dname_t *zone, findings_t *findings, hm_set_t **out)
{
	const char **files = calloc(profiles->count, sizeof(*files));
	if (files == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < profiles->count; i++) {
		files[i] = profiles->multi[i].string;
	}
	const hm_set_opts_t opts = {
		.profiles = files,
		.profiles_count = profiles->count,
		.hosted_file = hosted_file,
		.zone = zone,
		.report = on_report,
		.ctx = findings,
	};
	int ret = hm_set_load(&opts, out);
	free(files);
	return ret;
}

static void check_readable(const char *file, findings_t *findings)
{
	struct stat st;
	int fd = open(file, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0) {
		char reason[128];
		snprintf(reason, sizeof(reason), "cannot be read (%s)", errno_text());
		on_report(findings, HM_ERROR, file, 0, reason);
	} else if (!S_ISREG(st.st_mode)) {
		on_report(findings, HM_ERROR, file, 0, "not a regular file");
	}
	if (fd >= 0) {
		close(fd);
	}
}

/*! \brief What a load would refuse: a failed load costs older servers the module. */
static int hostedmail_conf_check(knotd_conf_check_args_t *args)
{
	static _Thread_local char error[400];

	findings_t findings = { 0 };
	hm_set_t *set = NULL;
	int ret = KNOT_EINVAL;

	knotd_conf_t files = knotd_conf_check_item(args, MOD_PROFILE);
	knotd_conf_t hosted = knotd_conf_check_item(args, MOD_HOSTED_FILE);
	knotd_conf_t zone = knotd_conf_check_item(args, MOD_HOSTED_ZONE);
	if (files.count == 0) {
		args->err_str = "no profile specified";
		goto done;
	}
	if (hosted.count == 0 && zone.count == 0) {
		args->err_str = "no hosted-file or hosted-zone specified";
		goto done;
	}
#if !HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
	if (zone.count > 0) {
		args->err_str = "hosted-zone needs Knot DNS 3.4 or newer";
		goto done;
	}
#endif

	// The hosted file is only looked at: what is wrong with a line takes no other down.
	ret = load_set(&files, NULL, NULL, &findings, &set);
	if (ret != KNOT_EOK && findings.text_len == 0) {
		args->err_str = knot_strerror(ret);
		goto done;
	}
	if (hosted.count > 0) {
		check_readable(hosted.single.string, &findings);
	}
	if (findings.text_len > 0) {
		snprintf(error, sizeof(error), "%s%s", findings.text,
		         findings.more ? "; and more" : "");
		args->err_str = error;
		ret = KNOT_EINVAL;
	}

done:
	hm_set_free(set);
	knotd_conf_free(&files);
	knotd_conf_free(&hosted);
	knotd_conf_free(&zone);
	return ret;
}

#if HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
static int get_flag(void *arg, const knot_dname_t *zone, const knot_dname_t *node,
                    knot_rdataset_t *txt)
{
	knot_rrset_t rrset;
	int ret = knotd_qdata_zone_rrset(arg, zone, node, KNOT_RRTYPE_TXT, &rrset);
	if (ret == KNOT_EOK) {
		*txt = rrset.rrs;
	}
	return ret;
}

/*! \brief Tell whether the server has an ordinary zone of that name. */
static bool zone_exists(knotd_qdata_t *qdata, const knot_dname_t *name)
{
	knot_rrset_t rrset;
	return knotd_qdata_zone_rrset(qdata, name, NULL, KNOT_RRTYPE_SOA, &rrset) != KNOT_ENOZONE;
}
#else
static int get_flag(void *arg, const knot_dname_t *zone, const knot_dname_t *node,
                    knot_rdataset_t *txt)
{
	(void)arg, (void)zone, (void)node, (void)txt;
	return KNOT_ENOZONE;
}

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
static bool find_owner(const hm_set_t *set, knotd_qdata_t *qdata, hm_owner_t *owner,
                       bool *delegated)
{
	const knot_dname_t *qname = knot_pkt_qname(qdata->query);
	const knot_dname_t *zone = knotd_qdata_zone_name(qdata);
	*delegated = false;

	if (knot_pkt_qtype(qdata->query) != KNOT_RRTYPE_DS || *qname == '\0') {
		return hm_set_find(set, qname, get_flag, qdata, owner) &&
		       !zone_is_deeper(qdata, owner);
	}
	if (!hm_set_find(set, hm_dname_next(qname), get_flag, qdata, owner)) {
		// Whoever has no parent here answers from its own apex.
		return zone == NULL && hm_set_find(set, qname, get_flag, qdata, owner);
	}

	// The server chooses a zone at the QNAME only if it knows none above it.
	bool zone_above = (zone != NULL && !knot_dname_is_equal(zone, qname));
	if (zone_above && zone_is_deeper(qdata, owner)) {
		return false;
	}
	hm_owner_t nested;
	*delegated = zone_exists(qdata, qname) ||
	             (hm_set_find(set, qname, get_flag, qdata, &nested) &&
	              nested.domain.name == qname);
	return true;
}

/*! \brief Log what is wrong with a flag, once in a while: queries come fast. */
static void log_flag(knotd_mod_t *mod, const hm_domain_t *domain, const char *reason)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	int64_t next = atomic_load_explicit(&next_log, memory_order_relaxed);
	if (now.tv_sec < next ||
	    !atomic_compare_exchange_strong(&next_log, &next, now.tv_sec + LOG_INTERVAL)) {
		return;
	}
	knot_dname_txt_storage_t name;
	if (knot_dname_to_str(name, domain->name, sizeof(name)) == NULL) {
		name[0] = '\0';
	}
	knotd_mod_log(mod, LOG_ERR, "hosted zone, domain '%s' answered with SERVFAIL: %s", name,
	              reason);
}

/*! \brief Tell the client why (RFC 8914): in an error the server keeps the options of its OPT. */
static void add_error(knotd_qdata_t *qdata, const char *reason)
{
	if (!knot_pkt_has_edns(qdata->query)) {
		return;
	}
	uint8_t data[sizeof(uint16_t) + 128];
	knot_wire_write_u16(data, EDE_INVALID_DATA);
	int len = snprintf((char *)data + sizeof(uint16_t), sizeof(data) - sizeof(uint16_t),
	                   "hosted zone: %s", reason);
	// The answer is good without it.
	(void)knot_edns_add_option(&qdata->opt_rr, KNOT_EDNS_OPTION_EDE, sizeof(uint16_t) + len,
	                           data, qdata->mm);
}

/*! \brief Profile of the owner of a query; NULL if its flag is wrong, which everybody is told. */
static const hm_profile_t *owner_profile(knotd_mod_t *mod, knotd_qdata_t *qdata, hm_owner_t *owner)
{
	const hostedmail_t *ctx = knotd_mod_ctx(mod);
	const char *reason;
	const hm_profile_t *profile = hm_set_complete(ctx->set, owner, qdata->mm, &reason);
	if (profile == NULL) {
		knotd_mod_stats_incr(mod, qdata->params->thread_id, CTR_ZONE, CTR_ZONE_INVALID, 1);
		log_flag(mod, &owner->domain, reason);
		add_error(qdata, reason);
	}
	return profile;
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
	unsigned thread = qdata->params->thread_id;
	hm_owner_t owner;
	hm_question_t question = { .domain = &owner.domain };
	bool owned = find_owner(ctx->set, qdata, &owner, &question.delegated);
	if (owner.unavailable) {
		knotd_mod_stats_incr(mod, thread, CTR_ZONE, CTR_ZONE_UNAVAILABLE, 1);
	}
	if (!owned) {
		return state;
	}

	hm_answer_t answer;
	int ret = KNOT_EINVAL;
	question.profile = owner_profile(mod, qdata, &owner);
	if (question.profile != NULL) {
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

static int hostedmail_load(knotd_mod_t *mod)
{
	hostedmail_t *ctx = calloc(1, sizeof(*ctx));
	if (ctx == NULL) {
		return KNOT_ENOMEM;
	}

	knotd_conf_t files = knotd_conf_mod(mod, MOD_PROFILE);
	knotd_conf_t hosted = knotd_conf_mod(mod, MOD_HOSTED_FILE);
	knotd_conf_t zone = knotd_conf_mod(mod, MOD_HOSTED_ZONE);
	knotd_conf_t rotate = knotd_conf(mod, C_SRV, C_ANS_ROTATE, NULL);
	ctx->rotate = rotate.single.boolean;

	findings_t findings = { .mod = mod };
	int ret = load_set(&files, (hosted.count > 0) ? hosted.single.string : NULL,
	                   (zone.count > 0) ? zone.single.dname : NULL, &findings, &ctx->set);
	log_rest(&findings);
	if (ret == KNOT_EOK && hm_set_hosted(ctx->set) != NULL) {
		const hm_hosted_t *file = hm_set_hosted(ctx->set);
		knotd_mod_log(mod, LOG_INFO, "%zu hosted domains, %zu profiles, %zu KiB",
		              hm_hosted_count(file), hm_set_profiles(ctx->set),
		              hm_hosted_memory(file) / 1024);
	}
	if (ret == KNOT_EOK) {
		ret = knotd_mod_stats_add(mod, "answer", CTR_ANSWER_COUNT, answer_kind);
	}
	if (ret == KNOT_EOK) {
		ret = knotd_mod_stats_add(mod, "hosted-zone", CTR_ZONE_COUNT, zone_fault);
	}
	if (ret == KNOT_EOK) {
		ret = knotd_mod_hook(mod, KNOTD_STAGE_BEGIN, hostedmail_begin);
	}
	knotd_conf_free(&files);
	knotd_conf_free(&hosted);
	knotd_conf_free(&zone);

	if (ret != KNOT_EOK) {
		hm_set_free(ctx->set);
		free(ctx);
		return ret;
	}
	knotd_mod_ctx_set(mod, ctx);
	return KNOT_EOK;
}

static void hostedmail_unload(knotd_mod_t *mod)
{
	hostedmail_t *ctx = knotd_mod_ctx(mod);
	if (ctx != NULL) {
		hm_set_free(ctx->set);
		free(ctx);
	}
	// The server may unload once more after a reload that failed.
	knotd_mod_ctx_set(mod, NULL);
}

KNOTD_MOD_API(hostedmail, KNOTD_MOD_FLAG_SCOPE_GLOBAL,
              hostedmail_load, hostedmail_unload, hostedmail_conf, hostedmail_conf_check);
