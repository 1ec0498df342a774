/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A logo, as a part of a page.
 */

#pragma once

#include "error.h"

/*! \brief Most bytes of a logo: more makes a page that mail servers refuse. */
#define HM_LOGO_MAX (256 * 1024)

/*!
 * \brief Read a logo: PNG, JPEG or SVG, as its first bytes say.
 *
 * \param[in]  path   Name of the file.
 * \param[out] uri    It as a data: URI (RFC 2397), to be freed with free(); untouched unless
 *                    KNOT_EOK.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK      Success.
 * \retval KNOT_ENOTSUP  It is something else.
 * \retval KNOT_E*       As hm_small_file_read().
 */
int hm_logo_read(const char *path, char **uri, hm_error_t *error);
