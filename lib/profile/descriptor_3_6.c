/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "descriptor_internal.h"

// All types are in one table.
const knot_rdata_descriptor_t *hm_rdata_descriptor(uint16_t type)
{
	return knot_get_rdata_descriptor(type);
}
