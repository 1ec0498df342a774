/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "descriptor_internal.h"

// Obsolete types have a table of their own.
const knot_rdata_descriptor_t *hm_rdata_descriptor(uint16_t type)
{
	const knot_rdata_descriptor_t *desc = knot_get_rdata_descriptor(type);
	return (desc->type_name != NULL) ? desc : knot_get_obsolete_rdata_descriptor(type);
}
