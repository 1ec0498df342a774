/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <string.h>

#include <libknot/libknot.h>

#include "hostedmail/scratch.h"
#include "overlay.h"

// Options of the server.
#define C_MODULE         "\x06""module"
#define C_DNSSEC_SIGNING "\x0E""dnssec-signing"

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
		knotd_mod_log(mod, LOG_ERR, "the profile is not served: list mod-onlinesign after "
		              "mod-hostedmail, so that it signs the profile's records");
		overlay->is_signed = true;
		atomic_store(&overlay->signed_reported, true);
	} else if (overlay->is_signed) {
		knotd_mod_log(mod, LOG_ERR, "the profile is not served: the zone is signed "
		              "(dnssec-signing), and unsigned records would be bogus; "
		              "mod-onlinesign can sign them");
		atomic_store(&overlay->signed_reported, true);
	}
	knotd_conf_free(&modules);
}

/*!
 * \brief Find the domain of the zone in the set, as far as it is known before a query comes.
 *
 * \param[out] fill  The zone is to be filled; set if KNOT_EOK only.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
static int find_domain(knotd_mod_t *mod, hm_module_t *ctx, bool *fill)
{
	hm_overlay_t *overlay = &ctx->overlay;
	const hm_hosted_set_t *set = ctx->set;
	hm_domain_init(overlay->apex, &overlay->domain);
	*fill = true;
	if (hm_hosted_set_zones(set) > 0) {
		return KNOT_EOK;
	}
	const hm_hosted_file_t *hosted = hm_hosted_set_file(set);
	// Without a hosted file, the attachment is the flag.
	bool hosts = (hosted == NULL) ? !hm_hosted_set_excludes(set, overlay->apex) :
	             (hm_hosted_file_find(hosted, overlay->apex, &overlay->domain) &&
	              overlay->domain.labels == overlay->apex_labels);
	if (!hosts) {
		*fill = false;
		return KNOT_EOK;
	}

	hm_scratch_t scratch;
	int ret = hm_scratch_init(&scratch, UINT16_MAX);
	if (ret != KNOT_EOK) {
		return ret;
	}
	const hm_profile_t *profile = hm_hosted_set_profile(set, overlay->domain.profile);
	uint64_t line;
	ret = hm_profile_check(profile, &overlay->domain, &scratch.mm, &line);
	hm_scratch_clear(&scratch);
	if (ret == KNOT_EOK) {
		overlay->profile = profile;
		return KNOT_EOK;
	}
	knotd_mod_log(mod, LOG_ERR, "the profile is not served: %s in the record at %s:%" PRIu64,
	              hm_profile_reason(ret), hm_profile_file(profile), line);
	*fill = false;
	return KNOT_EOK;
}

int hm_overlay_prepare(knotd_mod_t *mod, hm_module_t *ctx, bool *fill)
{
	hm_overlay_t *overlay = &ctx->overlay;
	overlay->apex = knot_dname_copy(knotd_mod_zone(mod), NULL);
	if (overlay->apex == NULL) {
		return KNOT_ENOMEM;
	}
	overlay->apex_labels = knot_dname_labels(overlay->apex, NULL);
	int ret = find_domain(mod, ctx, fill);
	if (ret == KNOT_EOK && *fill) {
		check_signing(mod, overlay);
	}
	return ret;
}

int hm_overlay_hook(knotd_mod_t *mod, hm_module_t *ctx)
{
	// The hooks that there are run from now on.
	unsigned count;
	int ret = hm_overlay_add_hooks(mod, &count);
	if (ret == KNOT_EOK || count == 0) {
		return ret;
	}
	ctx->overlay.is_incomplete = true;
	knotd_mod_log(mod, LOG_ERR, "the profile is not served until the next reload: %s",
	              knot_strerror(ret));
	return KNOT_EOK;
}
