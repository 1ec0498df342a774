/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>

#include "context.h"
#include "counters.h"
#include "findings.h"
#include "hostedmail/set_pool.h"
#include "options.h"

// The server's own option that turns the records of an RRset around.
#define C_SRV        "\x06""server"
#define C_ANS_ROTATE "\x0F""answer-rotation"

static void hostedmail_unload(knotd_mod_t *mod)
{
	hm_module_t *ctx = knotd_mod_ctx(mod);
	if (ctx == NULL) {
		return; // The server may unload once more after a reload that failed.
	}
	knotd_mod_ctx_set(mod, NULL);
	knot_dname_free(ctx->overlay.apex, NULL);
	hm_set_pool_release(ctx->set);
	free(ctx);
}

/*! \brief Get the hosted set that the options name. */
static int get_set(knotd_mod_t *mod, hm_options_t *options, const hm_hosted_set_t **set,
                   bool *loaded)
{
	hm_findings_t findings = { .mod = mod };
	options->set.report = hm_findings_report;
	options->set.ctx = &findings;

	int ret;
	if (knotd_mod_zone(mod) == NULL && options->file.count == 0 && options->zone.count == 0) {
		// The configuration check cannot tell a global module from an overlay.
		bool kept = (hm_set_pool_get_similar(&options->set, set) == KNOT_EOK);
		knotd_mod_log(mod, LOG_ERR, "no hosted-file or hosted-zone specified%s",
		              kept ? ", the set in use stays" : "");
		ret = kept ? KNOT_EOK : KNOT_EINVAL;
	} else {
		ret = hm_set_pool_get(&options->set, loaded, set);
	}
	hm_findings_end(&findings);
	return ret;
}

/*! \brief Load the hosted set. */
static int load_set(knotd_mod_t *mod, hm_module_t *ctx)
{
	hm_options_t options;
	bool loaded = false;
	int ret = hm_options_get(mod, &options);
	if (ret == KNOT_EOK) {
		ret = get_set(mod, &options, &ctx->set, &loaded);
	}
	hm_options_clear(&options);
	if (ret != KNOT_EOK) {
		return ret;
	}

	const hm_hosted_file_t *file = hm_hosted_set_file(ctx->set);
	if (file != NULL && (loaded || knotd_mod_zone(mod) == NULL)) {
		knotd_mod_log(mod, LOG_INFO, "%zu hosted domains, %zu profiles, %zu KiB",
		              hm_hosted_file_count(file), hm_hosted_set_profiles(ctx->set),
		              hm_hosted_file_memory(file) / 1024);
	}
	return KNOT_EOK;
}

static int hostedmail_load(knotd_mod_t *mod)
{
	hm_module_t *ctx = calloc(1, sizeof(*ctx));
	if (ctx == NULL) {
		return KNOT_ENOMEM;
	}
	ctx->rotate = knotd_conf(mod, C_SRV, C_ANS_ROTATE, NULL).single.boolean;
	knotd_mod_ctx_set(mod, ctx);

	// All that can fail comes before the first hook, see hm_overlay_hook().
	bool global = (knotd_mod_zone(mod) == NULL), fill = false;
	int ret = load_set(mod, ctx);
	if (ret == KNOT_EOK) {
		ret = hm_counters_add(mod);
	}
	if (ret == KNOT_EOK && !global) {
		ret = hm_overlay_prepare(mod, ctx, &fill);
	}
	if (ret == KNOT_EOK && global) {
		ret = hm_global_hook(mod);
	} else if (ret == KNOT_EOK && fill) {
		ret = hm_overlay_hook(mod, ctx);
	}
	if (ret != KNOT_EOK) {
		hostedmail_unload(mod);
	}
	return ret;
}

KNOTD_MOD_API(hostedmail, KNOTD_MOD_FLAG_SCOPE_ANY,
              hostedmail_load, hostedmail_unload, hm_options_conf, hm_options_check);
