/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief From records back to the variables that make them of a profile.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include <libknot/rdataset.h>

#include "hostedmail/profile.h"
#include "hostedmail/rdata.h"

/*!
 * \brief Find the values of variables with which compiled RDATA becomes certain RDATA.
 *
 * A value has at least one byte. Where several are possible, that of the first variable is as short
 * as it can be.
 *
 * \param[in]     rdata     Compiled RDATA of a profile.
 * \param[in]     domain    Hosted domain, with the variables whose values are known.
 * \param[in]     wire      RDATA in wire format, well-formed.
 * \param[in]     wire_len  Bytes of it.
 * \param[in,out] vars      Packed variables, of HM_VARS_MAX bytes; those that are found are added.
 * \param[in,out] vars_len  Bytes used in it; untouched unless there is a solution.
 *
 * \return Number of solutions: 0, 1, or 2 if there are more than one, of which the first counts.
 */
unsigned hm_rdata_match(const hm_rdata_t *rdata, const hm_domain_t *domain, const uint8_t *wire,
                        size_t wire_len, uint8_t *vars, size_t *vars_len);

/*!
 * \brief Gives the records that a zone has.
 *
 * \param[in] ctx    Caller's context.
 * \param[in] owner  Owner in lowercase wire format.
 * \param[in] type   RR type.
 *
 * \return RDATA in canonical form, borrowed; NULL if there are none.
 */
typedef const knot_rdataset_t *(*hm_match_get_f)(void *ctx, const knot_dname_t *owner,
                                                 uint16_t type);

/*!
 * \brief Find the variables of a domain with which a profile has the records of a zone.
 *
 * Values that only one record of the zone allows come first. What was found need not make all
 * records equal: that is for the caller to compare. A variable for which the zone has no record
 * stays undefined.
 *
 * \param[in]  profile   Profile.
 * \param[in]  name      Name of the zone in lowercase wire format.
 * \param[in]  get       Gives the records of the zone.
 * \param[in]  ctx       Context of \a get.
 * \param[out] vars      Packed variables, HM_VARS_MAX bytes.
 * \param[out] vars_len  Bytes used in it.
 *
 * \retval KNOT_EOK     Success, whether anything was found or not.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_profile_match(const hm_profile_t *profile, const knot_dname_t *name, hm_match_get_f get,
                     void *ctx, uint8_t *vars, size_t *vars_len);
