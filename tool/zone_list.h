/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Which zone files there are: by name, in folders, in the configuration of a server.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libknot/dname.h>

#include "error.h"

/*! \brief A zone file, or a zone of a server. */
typedef struct {
	char *path;          /*!< For messages; NULL for a zone of a server. */
	int folder;          /*!< Folder in which it was found, AT_FDCWD if it was named. */
	const char *below;   /*!< Its path from there, the end of \a path. */
	knot_dname_t *name;  /*!< Name of the zone, NULL if not known. */
	bool is_certain;     /*!< The name is no guess. */
} hm_zone_item_t;

/*! \brief Zone files; starts as all zeros. */
typedef struct {
	hm_zone_item_t *items;
	size_t count;
	int *folders;        /*!< Open ones. */
	size_t folders_count;
	size_t links;        /*!< Links in folders, which were not followed. */
} hm_zone_list_t;

/*!
 * \brief Add a file, or all files in and below a folder but hidden ones and those that name servers
 *        keep beside zone files. Links in a folder are not followed.
 *
 * \param[in,out] list   List.
 * \param[in]     path   File or folder.
 * \param[out]    error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EFILE   It cannot be read.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_zone_list_add(hm_zone_list_t *list, const char *path, hm_error_t *error);

/*!
 * \brief Add the zones of a configuration of BIND or Knot DNS that have a file.
 *
 * \param[in,out] list   List.
 * \param[in]     conf   Name of the configuration file.
 * \param[out]    error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EFILE   It cannot be read.
 * \retval KNOT_EINVAL  It is neither, or has an error.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_zone_list_conf(hm_zone_list_t *list, const char *conf, hm_error_t *error);

/*!
 * \brief Add one zone.
 *
 * \param[in,out] list  List.
 * \param[in]     name  Name of the zone, of any case; copied.
 * \param[in]     path  Its file; copied. NULL if a server has it.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_zone_list_put(hm_zone_list_t *list, const knot_dname_t *name, const char *path);

/*! \brief Free what a list has. */
void hm_zone_list_clear(hm_zone_list_t *list);
