/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Files in folders that others may write to: nothing is done through a link of theirs.
 *
 * A folder is opened step by step. A symbolic link on the way is followed only if it belongs to
 * root or to who runs the program; any other user could lead a program of root's anywhere by it.
 * Files are then reached from the folder, and a link in the place of one is an error.
 */

#pragma once

#include <stdbool.h>
#include <sys/stat.h>

#include "error.h"

/*!
 * \brief Open the folder of a file.
 *
 * \param[in]  path   Path of the file.
 * \param[out] fd     The folder, to be closed with close(2); untouched unless KNOT_EOK.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EFILE   A step of the way cannot be taken.
 * \retval KNOT_EDENIED A step is a link of another user.
 */
int hm_folder_open(const char *path, int *fd, hm_error_t *error);

/*! \brief The last part of a path, after its folder. */
const char *hm_folder_name(const char *path);

/*!
 * \brief Open a regular file for reading.
 *
 * \param[in]  folder  Its folder.
 * \param[in]  name    Its name in the folder.
 * \param[in]  path    How to call it in an error.
 * \param[out] fd      To be closed with close(2); untouched unless KNOT_EOK.
 * \param[out] st      What fstat(2) says; the same.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOENT  There is no such file.
 * \retval KNOT_EFILE   It cannot be opened, or is not a regular file, for example a link.
 */
int hm_folder_file(int folder, const char *name, const char *path, int *fd, struct stat *st,
                   hm_error_t *error);

/*!
 * \brief Create a file, in the place of what is left of an earlier one.
 *
 * It has its owner and mode before it has any content, and is never more open than that.
 *
 * \param[in]  folder  Its folder.
 * \param[in]  name    Its name in the folder.
 * \param[in]  like    Owner, group and mode.
 * \param[in]  path    How to call it in an error.
 * \param[out] fd      To be closed with close(2); untouched unless KNOT_EOK.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EFILE  It cannot be created, or cannot be given that owner.
 */
int hm_folder_create(int folder, const char *name, const struct stat *like, const char *path,
                     int *fd, hm_error_t *error);

/*! \brief Tell whether nobody has written to a file, or put another one in its place. */
bool hm_folder_is_same(const struct stat *a, const struct stat *b);
