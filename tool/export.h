/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The hosted set for servers of another make.
 */

#pragma once

#include <stdint.h>

#include "load.h"
#include "options.h"

/*! \brief What every file of an export begins with. */
#define HM_EXPORT_MARK "; Written by khostedmail export"

/*! \brief Name of the catalog zone, unless the operator gives another one. */
#define HM_EXPORT_CATALOG "catalog.invalid."

/*! \brief A domain to export. */
typedef struct {
	hm_domain_t domain;
	const hm_profile_t *profile;
	uint8_t *vars;   /*!< Variables of a flag, owned. */
	bool hidden;     /*!< An ordinary zone of the server answers in its place. */
} hm_export_domain_t;

/*! \brief Something that the export cannot say. */
typedef struct {
	char *domain;
	char *reason;
} hm_export_problem_t;

/*! \brief All domains; starts as all zeros. */
typedef struct {
	hm_export_domain_t *domains;  /*!< In canonical order. */
	size_t count;
	hm_export_problem_t *problems;
	size_t problems_count;
	bool failed;                  /*!< Memory is out. */
} hm_export_set_t;

/*!
 * \brief Collect the domains of a hosted set.
 *
 * \param[in]  loaded  Hosted set; the domains borrow from it.
 * \param[out] set     Domains, to be cleared with hm_export_set_clear() whatever the result.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_export_set(const hm_loaded_t *loaded, hm_export_set_t *set);

/*! \brief Note what cannot be said of a domain. */
__attribute__((format(printf, 3, 4)))
void hm_export_problem(hm_export_set_t *set, const char *domain, const char *fmt, ...);

/*! \brief Free what a set has. */
void hm_export_set_clear(hm_export_set_t *set);

/*!
 * \brief The zone file of a domain, in which the domains nested in it are delegated.
 *
 * \param[in,out] set    Domains; what cannot be said is noted.
 * \param[in]     index  Which one.
 * \param[out]    len    Bytes of the text.
 *
 * \return Text, to be freed with free(); NULL if memory is out.
 */
char *hm_export_zone(hm_export_set_t *set, size_t index, size_t *len);

/*! \brief Folders of a zone file below that of all, and its name: `e/x/example.com.zone`. */
typedef struct {
	char folders[2][2];      /*!< The second one is empty for a name that begins `x.`. */
	char name[KNOT_DNAME_TXT_MAXLEN + sizeof(".zone")];
} hm_export_path_t;

/*!
 * \brief Say where the zone file of a domain is.
 *
 * The folders are what NSD writes as `%1/%2`: the first two characters of the name.
 */
void hm_export_path(const knot_dname_t *domain, hm_export_path_t *path);

/*!
 * \brief Remove the zone files of an earlier export that are not written any more.
 *
 * \param[in]  folder   That of all zone files.
 * \param[in]  set      Domains whose files stay.
 * \param[out] removed  How many were removed.
 * \param[out] error    Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK  Success.
 * \retval KNOT_E*   A folder cannot be read.
 */
int hm_export_clean(int folder, const hm_export_set_t *set, size_t *removed, hm_error_t *error);

/*! \brief Find a domain by its name in lowercase, NULL if it is not exported. */
const hm_export_domain_t *hm_export_find(const hm_export_set_t *set, const knot_dname_t *name);

/*!
 * \brief The catalog zone (RFC 9432).
 *
 * \param[in]  set     Domains.
 * \param[in]  name    Name of the catalog with its final dot.
 * \param[in]  old     Catalog of the last export, NULL if there is none. If it has the same
 *                     domains, it stays as it is; else the new serial is a higher one.
 * \param[out] len     Bytes of the text.
 * \param[out] serial  Its serial.
 *
 * \return Text, to be freed with free(); NULL if memory is out.
 */
char *hm_export_catalog(const hm_export_set_t *set, const char *name, const char *old, size_t *len,
                        uint32_t *serial);

/*! \brief Run `export --format zones`; as the run() of a command. */
int hm_export_zones(const hm_tool_opts_t *opts, hm_error_t *error);

/*! \brief Run `export --format domain-connect`; alike. */
int hm_export_template(const hm_tool_opts_t *opts, hm_error_t *error);
