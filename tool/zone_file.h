/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Zone files, read by libzscanner as the server reads them.
 */

#pragma once

#include <stdbool.h>

#include "zone.h"

/*! \brief A zone file to read. */
typedef struct {
	const char *path;          /*!< For messages, and where its $INCLUDE start from. */
	int fd;                    /*!< Open for reading; closed by hm_zone_file_read(). */
	const knot_dname_t *name;  /*!< What the zone is called by others; NULL if not known. */
	bool is_certain;           /*!< A zone of another name is an error. */
} hm_zone_file_t;

/*!
 * \brief Open a regular file.
 *
 * \param[in]  folder  Folder; AT_FDCWD for a path that the operator has named, in which links are
 *                     followed.
 * \param[in]  path    Path from there; no part of it may be a link or `..` if there is a folder.
 * \param[out] fd      To be closed with close(2); untouched unless KNOT_EOK.
 * \param[out] error   Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EFILE  It cannot be read, or is no regular file.
 */
int hm_zone_file_open(int folder, const char *path, int *fd, hm_error_t *error);

/*!
 * \brief Read a zone file and what it includes.
 *
 * \param[in]  file   File.
 * \param[out] zone   Zone, to be cleared with hm_zone_clear() whatever the result.
 * \param[out] error  What is wrong, with file and line if it has one; set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  It is no zone file.
 * \retval KNOT_EFILE   It cannot be read.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_zone_file_read(const hm_zone_file_t *file, hm_zone_t *zone, hm_error_t *error);

/*!
 * \brief The name of a zone by that of its file: `example.com`, `example.com.zone`,
 *        `db.example.com` and the like.
 *
 * \param[in]  path  Path of the file.
 * \param[out] out   Name in lowercase.
 *
 * \return False if it does not look like one of two labels or more.
 */
bool hm_zone_file_name(const char *path, knot_dname_storage_t out);
