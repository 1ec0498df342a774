/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What differs between versions of Knot DNS: one body a version, in a file each, of which
 *        the build chooses one.
 */

#pragma once

#include <stdbool.h>

#include <knot/module.h>

/*! \brief Tell whether the server is of the version that the module was built for, as far as its
 *         libraries say: the same libknot, and all functions that the module calls. */
bool hm_host_fits(void);

/*! \brief Tell whether the server has what hm_host_zone_rrset() needs; a part of hm_host_fits(). */
bool hm_host_zone_fits(void);

/*! \brief The server can be asked for the RRsets of its zones (Knot DNS 3.3.5). */
extern const bool hm_host_has_zones;

/*!
 * \brief Get an RRset of a zone of the server.
 *
 * \param[in]  qdata  Query.
 * \param[in]  zone   Name of the zone; NULL for that of the query.
 * \param[in]  node   Name of the node; NULL for the apex.
 * \param[in]  type   RR type.
 * \param[out] out    The RRset, empty if the node has none of that type; borrowed for the time of
 *                    the query; set if KNOT_EOK only.
 *
 * \retval KNOT_EOK         The node exists.
 * \retval KNOT_ENONODE     Neither the node exists nor anything below it.
 * \retval KNOT_ENOZONE     There is no such zone, or the server cannot be asked.
 * \retval KNOT_EEMPTYZONE  The zone has no contents: not yet transferred, or expired.
 */
int hm_host_zone_rrset(const knotd_qdata_t *qdata, const knot_dname_t *zone,
                       const knot_dname_t *node, uint16_t type, knot_rrset_t *out);

/*! \brief Longest data of the EDNS option ZONEVERSION in bytes (RFC 9660). */
#define HM_HOST_ZONEVERSION_MAX 8

/*!
 * \brief Make the data of the EDNS option ZONEVERSION (RFC 9660), if the server does for its zones
 *        and the query asks for it (Knot DNS 3.4).
 *
 * \param[in]  query   Query.
 * \param[in]  apex    Name of the zone.
 * \param[in]  serial  Its SOA serial.
 * \param[out] out     Data.
 *
 * \return Bytes of data; 0 if there is to be no such option.
 */
uint16_t hm_host_zoneversion(const knot_pkt_t *query, const knot_dname_t *apex, uint32_t serial,
                             uint8_t out[HM_HOST_ZONEVERSION_MAX]);

/*! \brief Code of that option. */
extern const uint16_t hm_host_zoneversion_code;
