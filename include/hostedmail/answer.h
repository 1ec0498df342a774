/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The answer of a hosted domain to a query (RFC 1034, section 4.3.2).
 *
 * It is, byte for byte, what Knot DNS puts into a packet for an ordinary unsigned zone with the
 * same records. In an overlay the server takes part: it answers from the zone and puts the
 * authority section.
 */

#pragma once

#include <libknot/packet/pkt.h>

#include "hostedmail/view.h"

/*! \brief What to answer, and how. */
typedef struct {
	hm_view_t view;            /*!< Its domain must be at or above the QNAME. */
	bool udp;                  /*!< An RRset that does not fit truncates the answer. */
	bool delegated;            /*!< QNAME is the apex of a nested domain: NODATA for DS. */
	uint8_t gap;               /*!< What view.nested would say of QNAME. */
	bool one_name;             /*!< The zone can be asked about QNAME only: follow no CNAME. */
	uint16_t rotate;           /*!< Turn the records of each RRset by this many. */
} hm_question_t;

/*! \brief Kinds of an answer. */
typedef enum {
	HM_ANSWER_POSITIVE,
	HM_ANSWER_NODATA,
	HM_ANSWER_NXDOMAIN,
} hm_answer_kind_t;

/*!
 * \brief Answer a query of class IN, from a view without a zone.
 *
 * \param[in]     question  What to answer.
 * \param[in,out] pkt       Response with the question section, at the start of the answer section.
 *                          Allocates from its memory context and borrows from the profile and the
 *                          domain, so that both must outlive it.
 * \param[out]    answer    Kind of the answer; untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK  The packet is filled in, perhaps truncated; its RCODE is the caller's to set.
 * \retval KNOT_E*   It is not usable: answer with SERVFAIL.
 */
int hm_answer(const hm_question_t *question, knot_pkt_t *pkt, hm_answer_kind_t *answer);

/*! \brief How far the answer of an overlay got. */
typedef enum {
	HM_OVERLAY_ZONE,      /*!< From the last name on, the zone alone answers. */
	HM_OVERLAY_POSITIVE,
	HM_OVERLAY_NODATA,
	HM_OVERLAY_NXDOMAIN,
	HM_OVERLAY_TRUNCATED, /*!< The packet is full: what is in it is the answer. */
} hm_overlay_result_t;

/*!
 * \brief Answer a query from a view with a zone, as far as the profile is concerned.
 *
 * A CNAME of the zone is followed as well. All else that is the zone's is left to the server.
 *
 * \param[in]     question  What to answer.
 * \param[in,out] name      Name to start from, then the last one that was reached; it lives as long
 *                          as the packet, the profile and the zone.
 * \param[in]     dry       Put nothing into the packet.
 * \param[in,out] pkt       Response, in its answer section.
 * \param[out]    overlay   How far it got; untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK  The answer section is filled in as far as that.
 * \retval KNOT_E*   It is not usable: answer with SERVFAIL.
 */
int hm_overlay_answer(const hm_question_t *question, const knot_dname_t **name, bool dry,
                      knot_pkt_t *pkt, hm_overlay_result_t *overlay);

/*!
 * \brief Tell whether an RRset of a packet has a target at or below the domain, so that there may
 *        be additional records.
 */
bool hm_overlay_has_targets(const hm_domain_t *domain, const knot_pkt_t *pkt);

/*!
 * \brief Keep the server from putting additional records if it would not put the right ones.
 *
 * \param[in]     question  What is being answered, from a view with a zone.
 * \param[in,out] pkt       Response, after its authority section.
 */
void hm_overlay_take_additional(const hm_question_t *question, knot_pkt_t *pkt);

/*!
 * \brief Put the additional records that the server was kept from.
 *
 * \param[in]     question  What is being answered, from a view with a zone.
 * \param[in,out] pkt       Response, in its additional section.
 *
 * \retval KNOT_EOK  All that fit are there.
 * \retval KNOT_E*   The answer is not usable.
 */
int hm_overlay_additional(const hm_question_t *question, knot_pkt_t *pkt);
