/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The answer of a hosted domain to a query (RFC 1034, section 4.3.2).
 *
 * What comes out is, byte for byte, what Knot DNS puts into a packet for an ordinary unsigned zone
 * with the same records.
 */

#pragma once

#include <libknot/packet/pkt.h>

#include "hostedmail/domain.h"
#include "hostedmail/profile.h"

/*! \brief What to answer, and how. */
typedef struct {
	const hm_profile_t *profile;
	const hm_domain_t *domain; /*!< Its name must be at or above the QNAME. */
	bool udp;                  /*!< An RRset that does not fit truncates the answer. */
	bool delegated;            /*!< QNAME is the apex of a nested zone: NODATA for DS. */
	uint16_t rotate;           /*!< Turn the records of each RRset by this many. */
} hm_question_t;

/*! \brief Kinds of an answer. */
typedef enum {
	HM_ANSWER_POSITIVE,
	HM_ANSWER_NODATA,
	HM_ANSWER_NXDOMAIN,
} hm_answer_t;

/*!
 * \brief Answer a query of class IN.
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
int hm_answer(const hm_question_t *question, knot_pkt_t *pkt, hm_answer_t *answer);
