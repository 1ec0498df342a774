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

/*!
 * \brief Open a folder in a folder; it is made if it does not exist.
 *
 * \param[in]  folder  Folder.
 * \param[in]  name    Name of the one in it, which is no link.
 * \param[out] fd      To be closed with close(2); untouched unless KNOT_EOK.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EFILE  It cannot be opened or made.
 */
int hm_dir_enter(int folder, const char *name, int *fd, hm_error_t *error);

/*!
 * \brief Read a regular file of a folder.
 *
 * \param[in]  folder  Folder.
 * \param[in]  name    Name of the file, which is no link.
 * \param[in]  max     Bytes to read at the most.
 * \param[out] text    Its content, with a zero byte after it, to be freed with free(); NULL if
 *                     there is no such file. Untouched unless KNOT_EOK.
 * \param[out] len     Bytes of it; untouched unless KNOT_EOK.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EFILE   It cannot be read, or is something else.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_dir_read(int folder, const char *name, size_t max, char **text, size_t *len,
                   hm_error_t *error);

/*!
 * \brief Write a file at once: whoever opens it finds the old content or the new one. One that has
 *        the content already is left alone.
 *
 * \param[in]  folder   Folder.
 * \param[in]  name     Name of the file.
 * \param[in]  text     Its content.
 * \param[in]  len      Bytes of it.
 * \param[in]  mark     How the content has to begin of a file that may be replaced.
 * \param[out] changed  The file was written; untouched unless KNOT_EOK.
 * \param[out] error    Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EEXIST  There is another kind of file, or a link.
 * \retval KNOT_EFILE   It cannot be written.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_dir_replace(int folder, const char *name, const char *text, size_t len, const char *mark,
                      bool *changed, hm_error_t *error);
