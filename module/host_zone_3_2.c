/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "host.h"

const bool hm_host_has_zones = false;

int hm_host_zone_rrset(const knotd_qdata_t *qdata, const knot_dname_t *zone,
                       const knot_dname_t *node, uint16_t type, knot_rrset_t *out)
{
	(void)qdata, (void)zone, (void)node, (void)type, (void)out;
	return KNOT_ENOZONE;
}

bool hm_host_zone_fits(void)
{
	return true;
}
