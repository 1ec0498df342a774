/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Counters of a module, as `knotc stats mod-hostedmail` shows them.
 */

#pragma once

#include <knot/module.h>

#include "context.h"
#include "hostedmail/answer.h"

/*! \brief Counters, in the order in which they are added. */
enum {
	HM_CTR_ANSWER,                   /*!< Answers by kind. */
	HM_CTR_ZONE,                     /*!< What is wrong with the hosted zone. */
	HM_CTR_PROFILE,                  /*!< Answers by profile; a global module's. */
	HM_CTR_SIGNED = HM_CTR_PROFILE,  /*!< Queries that an overlay would have answered, had the
	                                      zone no DNSSEC; an overlay's. */
	HM_CTR_FILE,                     /*!< The hosted file, if there is to be one. */
};

/*! \brief Kinds of HM_CTR_ANSWER; they start with those of hm_answer_kind_t. */
enum {
	HM_CTR_ANSWER_ERROR = HM_ANSWER_NXDOMAIN + 1, /*!< SERVFAIL. */
	HM_CTR_ANSWER_COUNT,
};

/*! \brief Kinds of HM_CTR_ZONE. */
enum {
	HM_CTR_ZONE_UNAVAILABLE, /*!< Missing, not yet transferred, expired. */
	HM_CTR_ZONE_INVALID,     /*!< A flag that is wrong. */
	HM_CTR_ZONE_COUNT,
};

/*! \brief Kinds of HM_CTR_FILE: not counted, but set by each load. */
enum {
	HM_CTR_FILE_DOMAINS,
	HM_CTR_FILE_LEFT_OUT,    /*!< Lines that are wrong. */
	HM_CTR_FILE_REFUSED,     /*!< 1: an older set is in use than the options say. */
	HM_CTR_FILE_UNAVAILABLE, /*!< 1: the file could not be read, and there was none in use. */
	HM_CTR_FILE_DIGEST,      /*!< See hm_hosted_set_digest(). */
	HM_CTR_FILE_COUNT,
};

/*!
 * \brief Add the counters of a module.
 *
 * \param[in] mod  Module.
 * \param[in] ctx  Its configuration: the profiles of its set name a counter's kinds.
 *
 * \retval KNOT_EOK  Success.
 * \retval KNOT_E*   As knotd_mod_stats_add().
 */
int hm_counters_add(knotd_mod_t *mod, const hm_module_t *ctx);

/*! \brief Count a query. */
static inline void hm_count(knotd_mod_t *mod, const knotd_qdata_t *qdata, uint32_t counter,
                            uint32_t kind)
{
	knotd_mod_stats_incr(mod, qdata->params->thread_id, counter, kind, 1);
}
