/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What libknot knows of the RDATA of a type: one body a version, in a file each, of which
 *        the build chooses one.
 */

#pragma once

#include <libknot/descriptor.h>

/*!
 * \brief Get the fields of the RDATA of a type, obsolete types included.
 *
 * \return Never NULL; its name is NULL if libknot does not know the type.
 */
const knot_rdata_descriptor_t *hm_rdata_descriptor(uint16_t type);
