/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The names and RRsets that a hosted domain has.
 *
 * Without a zone, they are the profile's. With one (an overlay), they are the zone's, and for each
 * name and type that the zone lacks, the profile's:
 *
 * - An RRset of the zone hides the profile's of that name and type.
 * - A CNAME of the zone hides all of the profile at its name; any data of the zone hides a CNAME of
 *   the profile (RFC 1034, section 3.6.2).
 * - The zone alone has all that is at or below a delegation or below a DNAME.
 * - SOA and NS of the profile are never used.
 *
 * Wildcards and empty non-terminals follow from the names of both (RFC 4592).
 *
 * A domain without a zone can have others nested in it. The names between exist, as the closest
 * enclosers that they would be if the nested domain was delegated; what is at or below the nested
 * domain is outside.
 */

#pragma once

#include <stdbool.h>
#include <stdint.h>

#include <libknot/dname.h>
#include <libknot/rrset.h>

#include "hostedmail/domain.h"
#include "hostedmail/profile.h"

/*!
 * \brief Looks up an RRset of a zone.
 *
 * \param[in]  ctx    Context of the query.
 * \param[in]  owner  Name at or below the apex of the zone in lowercase wire format.
 * \param[in]  type   RR type.
 * \param[out] out    The RRset, empty if the node has none of that type; set if KNOT_EOK only,
 *                    borrowed for the time of the query.
 *
 * \retval KNOT_EOK      The node exists, be it an empty non-terminal.
 * \retval KNOT_ENONODE  It does not, nor does anything below it.
 */
typedef int (*hm_zone_get_f)(void *ctx, const knot_dname_t *owner, uint16_t type,
                             knot_rrset_t *out);

/*!
 * \brief Tells whether a name below the domain is at or below one that is nested in it.
 *
 * \param[in]  ctx   Context of the query.
 * \param[in]  name  Name below the apex in lowercase wire format.
 * \param[out] gap   If it is not: labels of the deepest name, the given one or above it, that
 *                   exists since a nested domain is below it; 0 if there is none.
 */
typedef bool (*hm_nested_f)(void *ctx, const knot_dname_t *name, uint8_t *gap);

/*! \brief The view of one domain. */
typedef struct {
	const hm_profile_t *profile;
	const hm_domain_t *domain; /*!< Its name is the apex of the zone, if there is one. */
	hm_zone_get_f zone;        /*!< NULL if there is none. */
	hm_nested_f nested;        /*!< NULL if nothing can be nested in the domain. */
	void *ctx;                 /*!< Context of \a zone and \a nested. */
} hm_view_t;

/*! \brief Where a name leads to. */
typedef struct {
	const hm_node_t *node;     /*!< Of the profile, NULL if it has none. */
	const knot_dname_t *owner; /*!< Node of the zone, NULL if it has none. */
	bool zone_only;            /*!< The zone would lead to the same place without
	                                the profile. */
	bool cut;                  /*!< At or below a delegation or below a DNAME of the zone. */
	knot_dname_storage_t wildcard; /*!< Space for \a owner. */
} hm_place_t;

/*!
 * \brief Find a name, or the wildcard that covers it.
 *
 * \param[in]  view     View.
 * \param[in]  name     Name in lowercase wire format, at least as long-lived as \a place.
 * \param[in]  own_gap  What view->nested would say of a name that is known to belong to the domain;
 *                      NULL if that is not known.
 * \param[out] place    Where it leads to; set but for KNOT_EOUTOFZONE.
 *
 * \retval KNOT_EOK         The name exists or is covered by a wildcard.
 * \retval KNOT_ENOENT      It does not exist.
 * \retval KNOT_EOUTOFZONE  It is not at or below the domain, or belongs to a nested one.
 */
int hm_view_find(const hm_view_t *view, const knot_dname_t *name, const uint8_t *own_gap,
                 hm_place_t *place);

/*!
 * \brief Get an RRset of a place.
 *
 * \param[in]  view   View.
 * \param[in]  place  Place that was found.
 * \param[in]  type   RR type, KNOT_RRTYPE_ANY for the first one that there is.
 * \param[in]  mm     Memory context of the query.
 * \param[out] out    The RRset. Without an owner it is the profile's, else the zone's; untouched
 *                    unless KNOT_EOK.
 *
 * \return What hm_node_rrset() returns. KNOT_ENOENT for KNOT_RRTYPE_ANY says no more than that the
 *         first RRset, if any, is the zone's.
 */
int hm_view_rrset(const hm_view_t *view, const hm_place_t *place, uint16_t type, knot_mm_t *mm,
                  knot_rrset_t *out);
