/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Counters of a module, as `knotc stats mod-hostedmail` shows them.
 */

#pragma once

#include <knot/module.h>

#include "hostedmail/answer.h"
#include "hostedmail/hosted_set.h"

/*! \brief Counters, in the order in which they are added. */
enum {
	HM_CTR_ANSWER,                   /*!< Answers by kind. */
	HM_CTR_ZONE,                     /*!< What is wrong with the hosted zone. */
	HM_CTR_PROFILE,                  /*!< Answers by profile; a global module's. */
	HM_CTR_SIGNED = HM_CTR_PROFILE,  /*!< Queries that an overlay would have answered, had the
	                                      zone no DNSSEC; an overlay's. */
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

/*!
 * \brief Add the counters of a module.
 *
 * \param[in] mod  Module.
 * \param[in] set  Its hosted set, whose profiles name a counter's kinds.
 *
 * \retval KNOT_EOK  Success.
 * \retval KNOT_E*   As knotd_mod_stats_add().
 */
int hm_counters_add(knotd_mod_t *mod, const hm_hosted_set_t *set);

/*! \brief Count a query. */
static inline void hm_count(knotd_mod_t *mod, const knotd_qdata_t *qdata, uint32_t counter,
                            uint32_t kind)
{
	knotd_mod_stats_incr(mod, qdata->params->thread_id, counter, kind, 1);
}
