/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "query_internal.h"

/*!
 * \brief Forget the labels of the last name that are not in the packet, since it did not fit.
 *
 * libknot compares the next name with it all the same. An equal one would become a pointer to
 * itself, which versions before 3.2.13 and 3.3.4 follow forever.
 */
static void trim_suffix(knot_pkt_t *pkt)
{
	const uint8_t *label = pkt->wire + pkt->compr.suffix.pos;
	uint8_t labels = pkt->compr.suffix.labels;
	while (label != NULL && label >= pkt->wire + pkt->size && labels > 0) {
		label = knot_wire_next_label(label, pkt->wire);
		labels--;
	}
	// Without a name libknot starts from the QNAME.
	pkt->compr.suffix.pos = (label != NULL && labels > 0) ? label - pkt->wire : 0;
	pkt->compr.suffix.labels = labels;
}

int hm_query_put(hm_query_t *query, const knot_rrset_t *rrset, uint16_t hint, uint16_t flags)
{
	if (query->dry) {
		return KNOT_EOK;
	}
	knot_pkt_t *pkt = query->pkt;
	int ret = knot_pkt_put_rotate(pkt, hint, rrset, query->question->rotate, flags);
	if (ret != KNOT_EOK) {
		trim_suffix(pkt);
	}
	return ret;
}
