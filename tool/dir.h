/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Files that are written without following a link that somebody else has put there.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

/*!
 * \brief Open a folder to write into; it is made if it does not exist.
 *
 * \param[in]  path   Path of the folder, which is no link itself.
 * \param[out] fd     To be closed with close(2); untouched unless KNOT_EOK.
 * \param[out] made   It did not exist; untouched unless KNOT_EOK.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EFILE  It cannot be opened or made.
 */
int hm_dir_open(const char *path, int *fd, bool *made, hm_error_t *error);

/*!
 * \brief Write a file that must not exist yet; what was written of one that fails is removed.
 *
 * \param[in]  folder  Folder, AT_FDCWD for a path that the operator has named.
 * \param[in]  name    Name of the file.
 * \param[in]  text    Its content.
 * \param[in]  len     Bytes of it.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EEXIST  There is such a file, or a link in its place.
 * \retval KNOT_EFILE   It cannot be written.
 */
int hm_dir_create(int folder, const char *name, const char *text, size_t len,
                     hm_error_t *error);
