/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/libknot.h>

#include "host.h"

const uint16_t hm_host_zoneversion_code = KNOT_EDNS_OPTION_ZONEVERSION;

uint16_t hm_host_zoneversion(const knot_pkt_t *query, const knot_dname_t *apex, uint32_t serial,
                             uint8_t out[HM_HOST_ZONEVERSION_MAX])
{
	_Static_assert(KNOT_EDNS_ZONEVERSION_LENGTH <= HM_HOST_ZONEVERSION_MAX, "room for it");
	const uint8_t *asked = knot_pkt_edns_option(query, KNOT_EDNS_OPTION_ZONEVERSION);
	if (asked == NULL || knot_edns_opt_get_length(asked) != 0 ||
	    knot_edns_zoneversion_write(out, HM_HOST_ZONEVERSION_MAX,
	                                KNOT_EDNS_ZONEVERSION_TYPE_SOA, apex,
	                                serial) != KNOT_EOK) {
		return 0;
	}
	return KNOT_EDNS_ZONEVERSION_LENGTH;
}
