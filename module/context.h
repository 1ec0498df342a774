/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What a loaded module has: its configuration, in a server (global) or in a zone (overlay).
 */

#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <knot/module.h>

#include "hostedmail/hosted_set.h"

/*! \brief Configuration of an overlay. */
typedef struct {
	knot_dname_t *apex;          /*!< Name of the zone; NULL if the module is a global one. */
	unsigned apex_labels;
	const hm_profile_t *profile; /*!< NULL if the hosted zones know. */
	hm_domain_t domain;          /*!< With that profile. */
	bool is_signed;              /*!< The server signs the zone. */
	bool is_signed_online;       /*!< mod-onlinesign does. */
	bool is_incomplete;          /*!< A hook is missing: leave all to the zone. */
	atomic_bool spf_checked;     /*!< Once after each load. */
	atomic_bool signed_reported; /*!< Once after each load. */
} hm_overlay_t;

/*! \brief Configuration: built in load, immutable but for what was reported, freed in unload. */
typedef struct {
	const hm_hosted_set_t *set;
	bool refused;                /*!< It is an older set than the options say. */
	bool rotate;                 /*!< Turn the records of each RRset (answer-rotation). */
	hm_overlay_t overlay;
} hm_module_t;

/*!
 * \brief Hook the module into the server.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory; there is no hook.
 */
int hm_global_hook(knotd_mod_t *mod);

/*!
 * \brief Prepare an overlay: all that can fail before its first hook.
 *
 * \param[in]     mod   Module.
 * \param[in,out] ctx   Its configuration with the set.
 * \param[out]    fill  The zone is to be filled; set if KNOT_EOK only.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_overlay_prepare(knotd_mod_t *mod, hm_module_t *ctx, bool *fill);

/*!
 * \brief Hook a prepared overlay into its zone; its context must be set.
 *
 * The server keeps the hooks that it has when a load fails, and frees the module: so the result is
 * an error only if there is no hook at all. If some are missing, those that are there do nothing.
 *
 * \retval KNOT_EOK     There is a hook.
 * \retval KNOT_ENOMEM  Out of memory; there is no hook.
 */
int hm_overlay_hook(knotd_mod_t *mod, hm_module_t *ctx);
