/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Files of the operator that are read as a whole: templates, logos.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include "error.h"

/*!
 * \brief Read a regular file.
 *
 * \param[in]  path   Name of the file.
 * \param[in]  max    Most bytes that it may have.
 * \param[out] data   Its content and a zero byte, to be freed with free(); untouched unless
 *                    KNOT_EOK.
 * \param[out] len    Bytes of it, without the zero byte.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EFILE   It cannot be read, or is no regular file.
 * \retval KNOT_ESPACE  It is too large.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_small_file_read(const char *path, size_t max, uint8_t **data, size_t *len,
                       hm_error_t *error);
