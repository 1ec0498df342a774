/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Many zones, each compared with the profiles.
 */

#pragma once

#include "compare.h"
#include "json.h"
#include "options.h"
#include "output.h"
#include "server.h"
#include "source.h"
#include "zone_list.h"

/*! \brief A zone that was compared. */
typedef struct {
	const char *path;         /*!< Its file, NULL if a server has it; borrowed from the list. */
	char *name;               /*!< Its name as text, NULL if not known. */
	char *error;              /*!< Why it could not be compared, NULL if it was. */
	hm_zone_result_t result;
} hm_compared_t;

/*! \brief All of them, with what they were compared with; starts as all zeros. */
typedef struct {
	hm_source_t source;
	hm_hosted_set_t *set;     /*!< The profiles, without domains. */
	hm_zone_list_t list;
	hm_compared_t *zones;     /*!< In the order of the list. */
	size_t count;
} hm_zones_t;

/*!
 * \brief Find the zones that the command line names and compare them.
 *
 * \param[in]  opts   Command line.
 * \param[out] zones  Zones, to be cleared with hm_zones_clear() whatever the result.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK  Success, though zones may have errors.
 * \retval KNOT_E*   As hm_source_open(), hm_zone_list_add(), hm_server_ask(); no such profile.
 */
int hm_zones_compare(const hm_tool_opts_t *opts, hm_zones_t *zones, hm_error_t *error);

/*!
 * \brief Have the lines read by the server's own code: those that it would leave out become errors
 *        of their zones.
 *
 * \retval KNOT_EOK  Success, whether there are any or not.
 * \retval KNOT_E*   The lines could not be read: out of memory, or there is no /proc.
 */
int hm_zones_check(hm_zones_t *zones);

/*! \brief Free what they have. */
void hm_zones_clear(hm_zones_t *zones);

/*! \brief How many zones there are of each kind. */
typedef struct {
	size_t relations[HM_ZONE_DIFFERENT + 1];
	size_t errors;
} hm_zone_counts_t;

/*! \brief Count zones. */
hm_zone_counts_t hm_zones_count(const hm_zones_t *zones);

/*! \brief A relation for programs: "same", "superset", "different". */
const char *hm_zone_relation_name(hm_zone_relation_t relation);

/*! \brief Print a zone as an element of a JSON array, see doc/khostedmail-json.rst. */
void hm_zones_json(const hm_zones_t *zones, hm_json_t *json);

/*!
 * \brief Print how many zones are alike, with the first names of each group.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_zones_print_groups(const hm_zones_t *zones, const hm_out_t *out);
