/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of an overlay: what its hooks share, and those that each version of the server has.
 */

#pragma once

#include "context.h"
#include "hostedmail/answer.h"
#include "owner.h"

/*! \brief What an overlay is to do with a query. */
typedef enum {
	HM_FILL_NOT,   /*!< The zone is not hosted. */
	HM_FILL,
	HM_FILL_WRONG, /*!< Its flag in the hosted zone is wrong. */
} hm_fill_t;

/*! \brief A query to the zone of an overlay. */
typedef struct {
	hm_fill_t fill;
	hm_query_owner_t owner;    /*!< Only if the hosted zone was asked. */
	hm_question_t question;    /*!< If it is to be filled. */
	knotd_qdata_t *qdata;
	const knot_dname_t *name;  /*!< What the server has looked up. */
	bool found;                /*!< And found. */
} hm_overlay_query_t;

/*!
 * \brief Begin a query: called by the first hook of each.
 *
 * What the last query of the thread has found is forgotten.
 */
void hm_overlay_query_begin(void);

/*!
 * \brief Get what is known of a query; the hosted zone is asked once, not at each stage.
 *
 * \return The query, in its own memory; NULL if memory is out.
 */
hm_overlay_query_t *hm_overlay_query_get(knotd_mod_t *mod, knotd_qdata_t *qdata);

/*!
 * \brief Log once if the zone hides the profile's SPF.
 *
 * SPF is the record that people forget beside other TXT. The first query of a zone is the first
 * time that a module sees its records.
 */
void hm_overlay_check_spf(knotd_mod_t *mod, knotd_qdata_t *qdata);

/*!
 * \brief Tell whether unsigned records would be bogus in the zone, or the server takes it for
 *        signed.
 *
 * The server goes by the signature of the SOA alone. It would then prove a name denied that it has
 * not looked up itself, and crash.
 */
bool hm_overlay_is_signed(const hm_overlay_t *overlay, knotd_qdata_t *qdata);

/*! \brief Count, and log once, that the profile was not served since the zone is signed. */
void hm_overlay_report_signed(knotd_mod_t *mod, const knotd_qdata_t *qdata);

/*! \brief Count an answer; return \a state, which tells the server what it is. */
knotd_in_state_t hm_overlay_finish(knotd_mod_t *mod, const knotd_qdata_t *qdata,
                                   hm_overlay_result_t overlay, knotd_in_state_t state);

/*! \brief Count an error; return the state that makes it SERVFAIL. */
knotd_in_state_t hm_overlay_fail(knotd_mod_t *mod, knotd_qdata_t *qdata);

/*!
 * \brief Go on from a name that the server has not found, or not with that type, if the zone is
 *        to be filled. A wrong flag is reported.
 *
 * \param[in]     state  KNOTD_IN_STATE_MISS or KNOTD_IN_STATE_NODATA.
 * \param[in,out] pkt    Response, in its answer section.
 * \param[in,out] query  Query.
 * \param[in]     mod    Module.
 *
 * \return State for the server.
 */
knotd_in_state_t hm_overlay_fill_negative(knotd_in_state_t state, knot_pkt_t *pkt,
                                          hm_overlay_query_t *query, knotd_mod_t *mod);

// One body a version of the server.

/*! \brief The server can be asked about one name only: follow no CNAME. */
extern const bool hm_overlay_one_name;

/*! \brief Look an RRset of the zone up; a hm_zone_get_f, its context is the query. */
int hm_overlay_get_zone(void *ctx, const knot_dname_t *owner, uint16_t type, knot_rrset_t *out);

/*!
 * \brief Add the hooks of an overlay.
 *
 * \param[in]  mod    Module.
 * \param[out] count  Hooks that were added, whatever the result.
 *
 * \retval KNOT_EOK     All of them.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_overlay_add_hooks(knotd_mod_t *mod, unsigned *count);
