/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "findings.h"
#include "glue.h"
#include "hostedmail/set_pool.h"

#define MOD_PROFILE     "\x07""profile"
#define MOD_HOSTED_FILE "\x0B""hosted-file"
#define MOD_HOSTED_ZONE "\x0B""hosted-zone"
#define MOD_MAX_SHRINK  "\x16""hosted-file-max-shrink"

// The server's own option that turns the records of an RRset around.
#define C_SRV        "\x06""server"
#define C_ANS_ROTATE "\x0F""answer-rotation"

static const yp_item_t hostedmail_conf[] = {
	{ MOD_PROFILE,     YP_TSTR,   YP_VNONE, YP_FMULTI },
	{ MOD_HOSTED_FILE, YP_TSTR,   YP_VNONE },
	{ MOD_HOSTED_ZONE, YP_TDNAME, YP_VNONE },
	{ MOD_MAX_SHRINK,  YP_TINT,   YP_VINT = { 1, 100, 50, YP_SNONE } },
	{ 0 }
};

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

/*! \brief Take the names of the profiles out of the configuration; free() the array. */
static int get_profiles(const knotd_conf_t *profiles, hm_hosted_set_opts_t *opts)
{
	if (profiles->count == 0) {
		// A checked configuration has one; the server could not list it.
		return KNOT_ENOMEM;
	}
	const char **files = calloc(profiles->count, sizeof(*files));
	if (files == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < profiles->count; i++) {
		files[i] = profiles->multi[i].string;
	}
	opts->profiles = files;
	opts->profiles_count = profiles->count;
	return KNOT_EOK;
}

static void check_readable(const char *file, hm_findings_t *findings)
{
	struct stat st;
	char byte;
	int fd = -1;
	int ret = hm_file_open(file, &fd, &st);
	if (ret == KNOT_EOK && pread(fd, &byte, 1, 0) < 0) {
		ret = KNOT_EFILE;
	}
	if (ret != KNOT_EOK) {
		char reason[128];
		hm_file_reason(ret, reason, sizeof(reason));
		hm_findings_report(findings, HM_ERROR, file, 0, reason);
	}
	if (fd >= 0) {
		close(fd);
	}
}

/*! \brief What a load would refuse: a failed load costs older servers the module. */
static int hostedmail_conf_check(knotd_conf_check_args_t *args)
{
	static _Thread_local char error[400];

	hm_findings_t findings = { 0 };
	hm_hosted_set_opts_t opts = { .report = hm_findings_report, .ctx = &findings };
	hm_hosted_set_t *set = NULL;
	int ret = KNOT_EINVAL;

	knotd_conf_t files = knotd_conf_check_item(args, MOD_PROFILE);
	knotd_conf_t hosted = knotd_conf_check_item(args, MOD_HOSTED_FILE);
	knotd_conf_t zone = knotd_conf_check_item(args, MOD_HOSTED_ZONE);
	if (files.count == 0) {
		args->err_str = "no profile specified";
		goto done;
	}
#if !HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
	if (zone.count > 0) {
		args->err_str = "hosted-zone needs Knot DNS 3.4 or newer";
		goto done;
	}
#endif

	// The hosted file is only looked at: what is wrong with a line takes no other down.
	ret = get_profiles(&files, &opts);
	if (ret == KNOT_EOK) {
		ret = hm_hosted_set_load(&opts, &set);
	}
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
	hm_hosted_set_free(set);
	free((void *)opts.profiles);
	knotd_conf_free(&files);
	knotd_conf_free(&hosted);
	knotd_conf_free(&zone);
	return ret;
}

static void ctx_free(hm_module_t *ctx)
{
	if (ctx != NULL) {
		knot_dname_free(ctx->overlay.apex, NULL);
		hm_set_pool_release(ctx->set);
		free(ctx);
	}
}

/*! \brief Get the hosted set that the configuration names. */
static int load_set(knotd_mod_t *mod, hm_module_t *ctx)
{
	knotd_conf_t files = knotd_conf_mod(mod, MOD_PROFILE);
	knotd_conf_t hosted = knotd_conf_mod(mod, MOD_HOSTED_FILE);
	knotd_conf_t zone = knotd_conf_mod(mod, MOD_HOSTED_ZONE);
	bool global = (knotd_mod_zone(mod) == NULL), loaded = false;

	hm_findings_t findings = { .mod = mod };
	hm_hosted_set_opts_t opts = {
	    .hosted_file = (hosted.count > 0) ? hosted.single.string : NULL,
	    .max_shrink = knotd_conf_mod(mod, MOD_MAX_SHRINK).single.integer,
	    .zone = (zone.count > 0) ? zone.single.dname : NULL,
	    .report = hm_findings_report,
	    .ctx = &findings,
	};
	int ret = get_profiles(&files, &opts);
	if (global && hosted.count == 0 && zone.count == 0) {
		// The configuration check cannot tell a global module from an overlay.
		bool kept =
		    (ret == KNOT_EOK && hm_set_pool_get_similar(&opts, &ctx->set) == KNOT_EOK);
		knotd_mod_log(mod, LOG_ERR, "no hosted-file or hosted-zone specified%s",
		              kept ? ", the set in use stays" : "");
		ret = kept ? KNOT_EOK : KNOT_EINVAL;
	} else if (ret == KNOT_EOK) {
		ret = hm_set_pool_get(&opts, &loaded, &ctx->set);
	}
	hm_findings_end(&findings);
	if (ret == KNOT_EOK && hm_hosted_set_file(ctx->set) != NULL && (global || loaded)) {
		const hm_hosted_file_t *file = hm_hosted_set_file(ctx->set);
		knotd_mod_log(mod, LOG_INFO, "%zu hosted domains, %zu profiles, %zu KiB",
		              hm_hosted_file_count(file), hm_hosted_set_profiles(ctx->set),
		              hm_hosted_file_memory(file) / 1024);
	}

	free((void *)opts.profiles);
	knotd_conf_free(&files);
	knotd_conf_free(&hosted);
	knotd_conf_free(&zone);
	return ret;
}

static int add_counters(knotd_mod_t *mod)
{
	int ret = knotd_mod_stats_add(mod, "answer", CTR_ANSWER_COUNT, answer_kind);
	if (ret == KNOT_EOK) {
		ret = knotd_mod_stats_add(mod, "hosted-zone", CTR_ZONE_COUNT, zone_fault);
	}
	if (ret == KNOT_EOK && knotd_mod_zone(mod) != NULL) {
		ret = knotd_mod_stats_add(mod, "signed", 1, NULL);
	}
	return ret;
}

static int hostedmail_load(knotd_mod_t *mod)
{
	hm_module_t *ctx = calloc(1, sizeof(*ctx));
	if (ctx == NULL) {
		return KNOT_ENOMEM;
	}
	ctx->rotate = knotd_conf(mod, C_SRV, C_ANS_ROTATE, NULL).single.boolean;

	int ret = load_set(mod, ctx);
	if (ret == KNOT_EOK) {
		ret = add_counters(mod);
	}
	if (ret == KNOT_EOK) {
		ret =
		    (knotd_mod_zone(mod) == NULL) ? hm_global_hook(mod) : hm_overlay_hook(mod, ctx);
	}
	if (ret != KNOT_EOK) {
		ctx_free(ctx);
		return ret;
	}
	knotd_mod_ctx_set(mod, ctx);
	return KNOT_EOK;
}

static void hostedmail_unload(knotd_mod_t *mod)
{
	ctx_free(knotd_mod_ctx(mod));
	// The server may unload once more after a reload that failed.
	knotd_mod_ctx_set(mod, NULL);
}

KNOTD_MOD_API(hostedmail, KNOTD_MOD_FLAG_SCOPE_ANY,
              hostedmail_load, hostedmail_unload, hostedmail_conf, hostedmail_conf_check);
