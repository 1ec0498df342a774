/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What a zone has in common with profiles, and what it has not.
 *
 * The SOA never counts, nor do the NS of the zone itself: a hosted domain has those of its profile.
 */

#pragma once

#include <jansson.h>

#include "hostedmail/hosted_set.h"
#include "zone.h"
#include "zone_text.h"

/*! \brief How a zone relates to a profile. */
typedef enum {
	HM_ZONE_SAME,      /*!< It has the records of the profile and no others. */
	HM_ZONE_SUPERSET,  /*!< It has them all, and others. */
	HM_ZONE_DIFFERENT, /*!< It lacks some, or has them otherwise. */
} hm_zone_relation_t;

/*! \brief Kinds of differences. */
typedef enum {
	HM_DIFF_MISSING,  /*!< The zone has no record of that owner and type. */
	HM_DIFF_RDATA,    /*!< It has others. */
	HM_DIFF_TTL,
	HM_DIFF_VARIABLE, /*!< A variable has no value, or one that cannot be. */
} hm_diff_kind_t;

/*! \brief A difference. */
typedef struct {
	hm_diff_kind_t kind;
	char *owner;      /*!< NULL for HM_DIFF_VARIABLE. */
	char *type;       /*!< The same. */
	char *profile;    /*!< What the profile has: RDATA, a TTL; or why it cannot be. */
	char *zone;       /*!< What the zone has; NULL if nothing. */
} hm_diff_t;

/*! \brief How a zone relates to the profile that is nearest to it; starts as all zeros. */
typedef struct {
	hm_zone_relation_t relation;
	size_t profile;      /*!< Index of the profile. */
	char *line;          /*!< Line of a hosted file that makes the profile of it. */
	json_t *vars;        /*!< The variables in it. */
	hm_diff_t *diffs;    /*!< Empty unless HM_ZONE_DIFFERENT. */
	size_t diffs_count;
	char **more;         /*!< Further records as lines of a zone file. */
	size_t more_count;
	char **notes;        /*!< What the operator should know besides, a sentence each. */
	size_t notes_count;
	char **apex;         /*!< SOA and NS of the zone as lines of a zone file. */
	size_t apex_count;
} hm_zone_result_t;

/*! \brief How to compare. */
typedef struct {
	const hm_hosted_set_t *set;  /*!< The profiles. */
	const char *profile;         /*!< The only one to look at; NULL for all. */
	bool ignore_ttl;
	bool verbose;                /*!< Note differences of the SOA as well. */
} hm_compare_opts_t;

/*!
 * \brief Compare a zone with the profiles and choose the nearest one: one that is the same, else
 *        that which leaves the least for the overlay, else the one with the least differences.
 *
 * Of several that are as near, the one that needs the least of variables, then the first one.
 *
 * \param[in]  opts    How.
 * \param[in]  zone    Zone.
 * \param[in,out] reader  Makes text of records.
 * \param[out] result  To be cleared with hm_zone_result_clear() whatever the result.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_zone_compare(const hm_compare_opts_t *opts, const hm_zone_t *zone,
                    hm_rdata_reader_t *reader, hm_zone_result_t *result);

/*! \brief Free what a result has. */
void hm_zone_result_clear(hm_zone_result_t *result);
