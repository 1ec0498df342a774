/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "host.h"

// An older server is to say that the version is wrong, not that a symbol is missing.
#pragma weak knotd_qdata_zone_rrset

const bool hm_host_has_zones = true;

int hm_host_zone_rrset(const knotd_qdata_t *qdata, const knot_dname_t *zone,
                       const knot_dname_t *node, uint16_t type, knot_rrset_t *out)
{
	return knotd_qdata_zone_rrset(qdata, zone, node, type, out);
}

bool hm_host_zone_fits(void)
{
	return knotd_qdata_zone_rrset != NULL;
}
