/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of the glue to Knot DNS: the module in a server (global) and in a zone (overlay).
 */

#pragma once

#include <stdatomic.h>
#include <stdbool.h>

#include <knot/module.h>

#include "hostedmail/answer.h"
#include "hostedmail/hosted_set.h"

/*! \brief Counter of answers; its kinds start with those of hm_answer_kind_t. */
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

/*! \brief Counter of queries that an overlay would have answered, had the zone no DNSSEC. */
#define CTR_SIGNED 2

/*! \brief Configuration of an overlay. */
typedef struct {
	knot_dname_t *apex;          /*!< Name of the zone; NULL if the module is a global one. */
	unsigned apex_labels;
	const hm_profile_t *profile; /*!< NULL if the hosted zone knows. */
	hm_domain_t domain;          /*!< With that profile. */
	bool is_signed;              /*!< The server signs the zone. */
	bool is_signed_online;       /*!< mod-onlinesign does. */
	atomic_bool checked_spf;     /*!< What is to be said of it was said. */
	atomic_bool said_signed;
} hm_overlay_t;

/*! \brief Configuration: built in load, immutable but for what was said, freed in unload. */
typedef struct {
	const hm_hosted_set_t *set;
	bool rotate;
	hm_overlay_t overlay;
} hm_module_t;

/*! \brief Looks a node of the hosted zone up; a hm_hosted_zone_get_f, its context
 *         is the query data. */
int hm_glue_get_flag(void *arg, const knot_dname_t *zone, const knot_dname_t *node,
                     knot_rdataset_t *txt);

/*! \brief Walks of a query through the hosted zone. */
typedef struct {
	const void *version; /*!< What the zone was before the last walk. */
	unsigned count;
} hm_glue_walk_t;

/*! \brief Start a walk through the hosted zone. */
hm_glue_walk_t hm_glue_walk_start(const hm_hosted_set_t *set, const knotd_qdata_t *qdata);

/*!
 * \brief Tell whether to walk again, since the hosted zone has changed meanwhile.
 *
 * Each step of a walk asks the newest version of the zone, so that what was found may be in none.
 */
bool hm_glue_walk_again(hm_glue_walk_t *walk, const hm_hosted_set_t *set,
                        const knotd_qdata_t *qdata);

/*! \brief Count and log that the hosted zone could not be asked. */
void hm_glue_report_unavailable(knotd_mod_t *mod, const knotd_qdata_t *qdata,
                                const hm_hosted_set_t *set);

/*! \brief Count and log a wrong flag of the hosted zone, and tell the client (RFC 8914). */
void hm_glue_report_flag(knotd_mod_t *mod, knotd_qdata_t *qdata, const hm_domain_t *domain,
                         const char *reason);

/*! \brief Hook the module into the server. */
int hm_global_hook(knotd_mod_t *mod);

/*!
 * \brief Prepare an overlay, and hook it into its zone unless the zone is not filled anyway.
 *
 * \param[in]     mod  Module.
 * \param[in,out] ctx  Its configuration with the set.
 */
int hm_overlay_hook(knotd_mod_t *mod, hm_module_t *ctx);
