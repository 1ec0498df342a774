/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "query_internal.h"

// libknot compares the next name with it all the same. An equal one would become a pointer to
// itself, which versions before 3.2.13 and 3.3.4 follow forever.
void hm_query_trim_suffix(knot_pkt_t *pkt)
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
