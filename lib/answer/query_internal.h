/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A query on its way to an answer, shared by the sections of the packet.
 */

#pragma once

#include <libknot/errcode.h>

#include "hostedmail/answer.h"

// As in Knot DNS.
#define CNAME_CHAIN_MAX 5

/*! \brief A query on its way to an answer. */
typedef struct {
	const hm_question_t *question;
	knot_pkt_t *pkt;
	const knot_dname_t *name;             /*!< QNAME or the target of the last CNAME. */
	uint16_t qtype;
	bool dry;                             /*!< Nothing is put into the packet. */
	unsigned chain;                       /*!< CNAME records so far. */
	const void *visited[CNAME_CHAIN_MAX]; /*!< What identifies them: profile node or RDATA. */
} hm_query_t;

/*! \brief Forget the labels of the last name that are not in the packet, since it did not fit. */
void hm_query_trim_suffix(knot_pkt_t *pkt);

/*! \brief Put an RRset into the packet; returns what knot_pkt_put_rotate() does. */
static inline int hm_query_put(hm_query_t *query, const knot_rrset_t *rrset, uint16_t hint,
                               uint16_t flags)
{
	if (query->dry) {
		return KNOT_EOK;
	}
	int ret = knot_pkt_put_rotate(query->pkt, hint, rrset, query->question->rotate, flags);
	if (ret != KNOT_EOK) {
		hm_query_trim_suffix(query->pkt);
	}
	return ret;
}

/*!
 * \brief Put the additional records of the RRsets of the packet.
 *
 * They are optional in an answer: what does not fit is left out without truncation.
 *
 * \retval KNOT_EOK  All that fit are there.
 * \retval KNOT_E*   The answer is not usable.
 */
int hm_query_additional(hm_query_t *query);
