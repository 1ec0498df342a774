/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>

#include "context.h"
#include "counters.h"
#include "findings.h"
#include "host.h"
#include "hostedmail/set_pool.h"
#include "options.h"
#include "section.h"

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
	// A zone that is restored loads its modules again at once; the server's own overlap.
	hm_set_pool_release(ctx->set, knotd_mod_zone(mod) != NULL);
	free(ctx);
}

/*! \brief Get the hosted set that the options name, or the one in use that must stay. */
static int get_set(knotd_mod_t *mod, hm_options_t *options, hm_pooled_set_t *set)
{
	bool global = (knotd_mod_zone(mod) == NULL);
	char section[HM_SECTION_MAX];
	const hm_set_user_t user = {
		.section = hm_section_find(mod, section),
		// Each configuration has a string of its own, while that before it still exists.
		.reload = knotd_conf_env(mod, KNOTD_CONF_ENV_HOSTNAME).single.string,
		.max_shrink = options->max_shrink,
		// The configuration check cannot tell a global module from an overlay.
		.needs_domains = global,
	};
	hm_findings_t findings = { .mod = mod };
	options->set.report = hm_findings_report;
	options->set.ctx = &findings;
	int ret = hm_set_pool_get(&options->set, &user, set);
	hm_findings_end(&findings);
	if (global && user.section != NULL) {
		hm_section_check_order(mod, user.section);
	}
	if (ret == KNOT_EINVAL && global && options->file.count == 0 && options->zones.count == 0) {
		knotd_mod_log(mod, LOG_ERR, "no hosted-file or hosted-zone specified");
	}
	return ret;
}

/*! \brief Load the hosted set. */
static int load_set(knotd_mod_t *mod, hm_module_t *ctx)
{
	hm_options_t options;
	hm_pooled_set_t set;
	int ret = hm_options_get(mod, &options);
	if (ret == KNOT_EOK) {
		ret = get_set(mod, &options, &set);
	}
	hm_options_clear(&options);
	if (ret != KNOT_EOK) {
		return ret;
	}

	ctx->set = set.set;
	ctx->refused = set.refused;
	const hm_hosted_file_t *file = hm_hosted_set_file(ctx->set);
	if (file != NULL && (set.loaded || knotd_mod_zone(mod) == NULL)) {
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
		ret = hm_counters_add(mod, ctx);
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

// As KNOTD_MOD_API() makes it, but not constant.
__attribute__((visibility("default")))
knotd_mod_api_t KNOTD_MOD_API_NAME(hostedmail) = {
	.version = KNOTD_MOD_ABI_VERSION,
	.name = KNOTD_MOD_NAME_PREFIX "hostedmail",
	.flags = KNOTD_MOD_FLAG_SCOPE_ANY,
	.load = hostedmail_load,
	.unload = hostedmail_unload,
	.config = hm_options_conf,
	.config_check = hm_options_check,
};

/*!
 * \brief Let no server take the module that it was not built for, at the time it is opened.
 *
 * Before it calls anything the server reads the options of the configuration, whose form is another
 * one in Knot DNS 3.5, though both have the same number for the form of modules as 3.4.
 */
__attribute__((constructor))
static void refuse_other_hosts(void)
{
	if (!hm_host_fits()) {
		// The server says "incompatible version", and looks no further.
		KNOTD_MOD_API_NAME(hostedmail).version = 0;
	}
}
