/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the configuration of the server says of the module: its sections
 *        `mod-hostedmail`, and the little else that matters to hosted domains.
 *
 * It comes item by item, from a file (as knotd reads it, with include) or from a running server.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libknot/dname.h>

#include "error.h"

/*! \brief A section `mod-hostedmail`. */
typedef struct {
	char *id;
	char **profiles;
	size_t profiles_count;
	char *hosted_file;          /*!< NULL if there is none. */
	knot_dname_t **zones;       /*!< Hosted zones. */
	size_t zones_count;
	knot_dname_t **excludes;    /*!< Names that nobody can take over. */
	size_t excludes_count;
} hm_conf_section_t;

/*! \brief A configuration; starts as all zeros. */
typedef struct {
	hm_conf_section_t *sections;
	size_t sections_count;
	knot_dname_t **zones;       /*!< Ordinary zones of the server, in lowercase. */
	size_t zones_count;
	char **globals;             /*!< Global modules. */
	size_t globals_count;
	char *rundir;               /*!< NULL for the default. */
	char *control;              /*!< Control socket, NULL for the default. */
} hm_conf_t;

/*!
 * \brief Take one item of a configuration in.
 *
 * \param[in,out] conf     Configuration.
 * \param[in]     section  Name of the section.
 * \param[in]     id       Identifier of the section, NULL if it has none.
 * \param[in]     item     Name of the item; that of the identifier begins a section.
 * \param[in]     value    Value.
 * \param[out]    error    What is wrong; set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success, whether the item matters or not.
 * \retval KNOT_EINVAL  The server would not accept it.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_conf_put(hm_conf_t *conf, const char *section, const char *id, const char *item,
                const char *value, hm_error_t *error);

/*!
 * \brief Read a configuration file and those that it includes.
 *
 * \param[in]  file   Name of the file.
 * \param[out] conf   Configuration, to be cleared with hm_conf_clear() whatever the result.
 * \param[out] error  What is wrong, with file and line; set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EFILE   A file cannot be read.
 * \retval KNOT_EINVAL  A file has an error.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_conf_read(const char *file, hm_conf_t *conf, hm_error_t *error);

/*! \brief Free what a configuration has. */
void hm_conf_clear(hm_conf_t *conf);

/*!
 * \brief Choose a section.
 *
 * \param[in]  conf   Configuration.
 * \param[in]  id     Its identifier, NULL if there is no other one.
 * \param[out] error  Why there is none; set if it is NULL.
 *
 * \return The section, borrowed; NULL if there is none, or several and no identifier.
 */
const hm_conf_section_t *hm_conf_section(const hm_conf_t *conf, const char *id, hm_error_t *error);

/*! \brief Tell whether the default template loads a section as a global module. */
bool hm_conf_is_global(const hm_conf_t *conf, const hm_conf_section_t *section);

/*! \brief Path of the control socket, to be freed with free(); NULL if memory is out. */
char *hm_conf_socket(const hm_conf_t *conf);
