/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include <libknot/libknot.h>

#include "ask.h"

uint16_t hm_message_id(void)
{
	uint16_t id;
	// So few bytes are always there; only a signal can come before them.
	while (getrandom(&id, sizeof(id), 0) != sizeof(id)) {
	}
	return id;
}

void hm_message_free(knot_pkt_t *pkt)
{
	if (pkt != NULL) {
		void *wire = pkt->wire;
		knot_pkt_free(pkt);
		free(wire);
	}
}

/*! \brief Tell whether a parsed message answers a question. */
static bool is_answer(const knot_pkt_t *pkt, uint16_t id, const knot_dname_t *name, uint16_t type)
{
	const uint8_t *wire = pkt->wire;
	if (knot_wire_get_id(wire) != id || !knot_wire_get_qr(wire) ||
	    knot_wire_get_opcode(wire) != KNOT_OPCODE_QUERY) {
		return false;
	}
	if (knot_wire_get_qdcount(wire) == 0) {
		// An error may come without the question.
		return knot_wire_get_rcode(wire) != KNOT_RCODE_NOERROR && pkt->rrset_count == 0;
	}
	return knot_pkt_qtype(pkt) == type && knot_pkt_qclass(pkt) == KNOT_CLASS_IN &&
	       knot_dname_is_case_equal(knot_pkt_qname(pkt), name);
}

knot_pkt_t *hm_message_read(const uint8_t *wire, size_t len, uint16_t id, const knot_dname_t *name,
                            uint16_t type)
{
	if (len < KNOT_WIRE_HEADER_SIZE || len > UINT16_MAX) {
		return NULL;
	}
	uint8_t *copy = malloc(len);
	if (copy == NULL) {
		return NULL;
	}
	memcpy(copy, wire, len);
	knot_pkt_t *pkt = knot_pkt_new(copy, len, NULL);
	if (pkt == NULL) {
		free(copy);
		return NULL;
	}
	if (knot_pkt_parse(pkt, 0) != KNOT_EOK || !is_answer(pkt, id, name, type)) {
		hm_message_free(pkt);
		return NULL;
	}
	return pkt;
}
