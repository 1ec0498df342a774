/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The hosted zone: the hosted set as TXT records of an ordinary zone.
 *
 * `<domain>.<hosted-zone> TXT "profile" "name=value" ...` flags a domain. A callback looks into the
 * zone. A name exists only if those above it do, so the deepest one that exists is searched for:
 * from the top label down, then, where hardly any domain is, in halves. From there up, nodes are
 * looked at until one has a flag. So the cost of a query depends on the depth of what is hosted, not
 * on that of the name that is asked for, and even the deepest domain costs little more.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libknot/mm_ctx.h>
#include <libknot/rdataset.h>

#include "hostedmail/domain.h"
#include "hostedmail/exclude.h"

/*!
 * \brief Looks up a node of the hosted zone.
 *
 * \param[in]  ctx   Context of the query.
 * \param[in]  zone  Name of the zone in wire format.
 * \param[in]  node  Name of the node in wire format.
 * \param[out] txt   Its TXT RRset, with count 0 if it has none; set if KNOT_EOK only, borrowed
 *                   for the time of the query.
 *
 * \retval KNOT_EOK         The node exists.
 * \retval KNOT_ENONODE     Neither the node exists nor anything below it.
 * \retval KNOT_ENOZONE     There is no such zone.
 * \retval KNOT_EEMPTYZONE  The zone has no contents: not yet transferred, or expired.
 */
typedef int (*hm_hosted_zone_get_f)(void *ctx, const knot_dname_t *zone, const knot_dname_t *node,
                                    knot_rdataset_t *txt);

/*! \brief A hosted zone. */
typedef struct {
	const knot_dname_t *zone; /*!< Its name in wire format. */
	size_t size;              /*!< Bytes of that. */
	hm_hosted_zone_get_f get;
	void *ctx;                /*!< Context of \a get. */
	const hm_exclude_t *exclude; /*!< What nobody can take over, NULL if there is nothing. */
} hm_hosted_zone_t;

/*! \brief What a zone, or several, say of a name and those above it. */
typedef struct {
	const knot_dname_t *zone; /*!< Zone that flags the domain, as it is in hm_hosted_zone_t. */
	const knot_dname_t *name; /*!< Deepest flagged domain, inside of the name asked for; NULL if
	                               there is none. */
	uint8_t labels;           /*!< Its labels. */
	uint8_t size;             /*!< Bytes of it, the root label included. */
	uint8_t exists;           /*!< Labels of the deepest name that has a node in the zone, 0 if
	                               there is none. It has a flag, or another below it, or was
	                               taken out. */
	knot_rdataset_t txt;      /*!< Its flag. */
	const knot_dname_t *refused; /*!< Deepest name with a flag that does not count, of those
	                                  below the flagged domain: a name of one label, or one
	                                  that would take over an excluded name; NULL if there is
	                                  none. */
	hm_depths_t none;         /*!< Names of so many labels, if these are more than those of the
	                               flagged domain, are taken out of the hosted set. */
} hm_flag_t;

/*!
 * \brief Find the deepest flagged domain that is a name or above it, deeper than what is known.
 *
 * The zone says nothing of a name that an earlier one has taken out of the hosted set. To ask several
 * zones, go on with the same flag, in the order of the zones: the deepest domain is found, and among
 * those of several zones that of the earliest.
 *
 * \param[in]     zone   Hosted zone.
 * \param[in]     name   Name in lowercase wire format.
 * \param[in]     above  Only names of more labels are looked at: at least those of the flag.
 * \param[in,out] flag   What earlier zones say, all zeros if this is the first one; what they and
 *                       this one say. Useless unless KNOT_EOK.
 *
 * \retval KNOT_EOK  The zone was asked, whether there is a flag or not.
 * \retval KNOT_E*   The zone is unavailable: what the callback returned.
 */
int hm_hosted_zone_find(const hm_hosted_zone_t *zone, const knot_dname_t *name, unsigned above,
                        hm_flag_t *flag);

/*! \brief Tell whether the name of so many labels is taken out of the hosted set. */
static inline bool hm_flag_is_none(const hm_flag_t *flag, unsigned labels)
{
	return hm_depths_has(&flag->none, labels);
}

/*! \brief The domain of a flag that was found, without variables and with profile 0. */
static inline hm_domain_t hm_flag_domain(const hm_flag_t *flag)
{
	return (hm_domain_t){ .name = flag->name, .size = flag->size, .labels = flag->labels };
}

/*!
 * \brief Looks up a profile by its name.
 *
 * \return Its index, negative if there is none of that name.
 */
typedef int (*hm_profile_index_f)(void *ctx, const char *name, size_t len);

/*!
 * \brief Parse a flag: the profile and the variables of its domain.
 *
 * \param[in]  flag    Flag that was found.
 * \param[in]  index   Knows the profiles.
 * \param[in]  ctx     Context of \a index.
 * \param[in]  mm      Memory context of the query, for the variables.
 * \param[out] domain  The domain; untouched unless KNOT_EOK.
 * \param[out] reason  What is wrong, static text; untouched if KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EMALF   Two records, or a string that is no variable.
 * \retval KNOT_ENOENT  The profile is unknown.
 * \retval KNOT_ESPACE  A value is too long, or there are too many variables.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_flag_parse(const hm_flag_t *flag, hm_profile_index_f index, void *ctx, knot_mm_t *mm,
                  hm_domain_t *domain, const char **reason);
