/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "descriptor_internal.h"

// A newer server is to say that the version is wrong, not that a symbol is missing. It does not come
// to a call: hm_host_fits().
#pragma weak knot_get_obsolete_rdata_descriptor

// Obsolete types have a table of their own.
const knot_rdata_descriptor_t *hm_rdata_descriptor(uint16_t type)
{
	const knot_rdata_descriptor_t *desc = knot_get_rdata_descriptor(type);
	return (desc->type_name != NULL) ? desc : knot_get_obsolete_rdata_descriptor(type);
}
