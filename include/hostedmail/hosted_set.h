/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The whole hosted set: profiles, and the domains of all tiers,
 *        hosted zones and hosted file.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "hostedmail/hosted_file.h"
#include "hostedmail/profile.h"
#include "hostedmail/hosted_zone.h"

/*! \brief Most hosted zones of a set: each costs a walk for every query that it may own. */
#define HM_HOSTED_ZONES_MAX 8

/*! \brief A hosted set. */
typedef struct hm_hosted_set hm_hosted_set_t;

/*! \brief What a set is made of. */
typedef struct {
	const char *const *profiles; /*!< Files of the profiles; the first one is the default. */
	size_t profiles_count;
	const char *hosted_file;     /*!< NULL if there is none. */
	const knot_dname_t *const *zones; /*!< Names of the hosted zones, the one that wins first. */
	size_t zones_count;
	const knot_dname_t *const *exclude; /*!< Names that nobody can take over, of any case. */
	size_t exclude_count;
	hm_files_t *files;           /*!< Receives what was read, whatever the result; may be
	                                  NULL. */
	hm_report_f report;          /*!< Receives what is wrong in the files. */
	void *ctx;                   /*!< Context of \a report. */
} hm_hosted_set_opts_t;

/*!
 * \brief Load a hosted set.
 *
 * A hosted file that cannot be read is reported and taken for an empty one.
 *
 * \param[in]  opts  What it is made of; used during the call only.
 * \param[out] out   New set, to be freed with hm_hosted_set_free(); untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK  Success, perhaps with warnings and with lines left out.
 * \retval KNOT_E*   A profile has errors or cannot be read, reported; there are too many zones; or
 *                   out of memory.
 */
int hm_hosted_set_load(const hm_hosted_set_opts_t *opts, hm_hosted_set_t **out);

/*! \brief Free a set; NULL is fine. */
void hm_hosted_set_free(hm_hosted_set_t *set);

/*! \brief Number of profiles. */
size_t hm_hosted_set_profiles(const hm_hosted_set_t *set);

/*! \brief A profile by its index in the order of the configuration. */
const hm_profile_t *hm_hosted_set_profile(const hm_hosted_set_t *set, size_t index);

/*! \brief Number of hosted zones. */
size_t hm_hosted_set_zones(const hm_hosted_set_t *set);

/*! \brief Name of a hosted zone by its index in the order of the configuration. */
const knot_dname_t *hm_hosted_set_zone(const hm_hosted_set_t *set, size_t index);

/*! \brief Tell whether a name, in lowercase, is an excluded one or above one. */
bool hm_hosted_set_excludes(const hm_hosted_set_t *set, const knot_dname_t *name);

/*! \brief The hosted file as a set, NULL if there is none. */
const hm_hosted_file_t *hm_hosted_set_file(const hm_hosted_set_t *set);

/*!
 * \brief A number that is equal for two sets exactly if their hosted files have the same content,
 *        with the same result: the same lines left out, the same default profile by name. But for
 *        chance, one in 2^53.
 *
 * \return At most 2^53 - 1, so that a program may keep it as a double; 0 without a hosted file.
 */
uint64_t hm_hosted_set_digest(const hm_hosted_set_t *set);

/*!
 * \brief Why the hosted file is taken for an empty one.
 *
 * \retval KNOT_EOK  It is not: it was read, or there is none.
 * \retval KNOT_E*   As hm_hosted_file_load().
 */
int hm_hosted_set_file_result(const hm_hosted_set_t *set);

/*! \brief The owner of a name, as far as it is known. */
typedef struct {
	hm_domain_t domain; /*!< Deepest hosted domain; if it is flagged, its name alone. */
	hm_flag_t flag;     /*!< What the hosted zones say. */
	bool flagged;       /*!< The domain comes from a hosted zone, flag.zone. */
	const knot_dname_t *unavailable; /*!< The first hosted zone that was asked and unavailable,
	                                      NULL if none was. */
	uint8_t gap;        /*!< Labels of the deepest name that exists since a nested domain is
	                         below it, as far as it is the name asked for or above it, and below
	                         the domain; 0 if there is none. */
	const knot_dname_t *refused; /*!< Deepest name with a flag that does not count, see
	                                  hm_flag_t; NULL if there is none, or an owner. */
} hm_owner_t;

/*!
 * \brief Find the deepest hosted domain of all tiers; where several have it, that of the earliest
 *        hosted zone, or else of the hosted file.
 *
 * \param[in]  set    Hosted set.
 * \param[in]  name   Name in lowercase wire format.
 * \param[in]  get    Looks up a node of a hosted zone; unused if there is none.
 * \param[in]  ctx    Context of \a get.
 * \param[out] owner  What was found; its flags are always set.
 *
 * \return True if there is one.
 */
bool hm_hosted_set_find(const hm_hosted_set_t *set, const knot_dname_t *name,
                        hm_hosted_zone_get_f get, void *ctx, hm_owner_t *owner);

/*!
 * \brief Tell whether a name belongs to a domain that is nested in another one.
 *
 * \param[in]  set    Hosted set.
 * \param[in]  owner  Owner that was found, the upper domain.
 * \param[in]  name   Name at or below the domain in lowercase wire format.
 * \param[in]  get    Looks a node of a hosted zone up; unused if there is none.
 * \param[in]  ctx    Context of \a get.
 * \param[out] gap    What owner->gap would be for that name; 0 if it belongs to a nested domain.
 */
bool hm_hosted_set_is_nested(const hm_hosted_set_t *set, const hm_owner_t *owner,
                             const knot_dname_t *name, hm_hosted_zone_get_f get, void *ctx,
                             uint8_t *gap);

/*!
 * \brief Complete the domain of an owner: if it is flagged, parse its profile and variables.
 *
 * \param[in]     set     Hosted set.
 * \param[in,out] owner   What was found.
 * \param[in]     mm      Memory context of the query.
 * \param[out]    reason  What is wrong, lives as long as the set; untouched if nothing is.
 *
 * \return The profile; NULL if the flag is wrong or memory is out.
 */
const hm_profile_t *hm_hosted_set_complete(const hm_hosted_set_t *set, hm_owner_t *owner,
                                           knot_mm_t *mm, const char **reason);
