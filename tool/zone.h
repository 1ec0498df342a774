/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief An ordinary zone in memory, for commands that compare it with profiles.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include <libknot/dname.h>
#include <libknot/rdataset.h>

#include "error.h"

/*! \brief An RRset of a zone. */
typedef struct {
	knot_dname_t *owner;  /*!< In lowercase. */
	uint16_t type;
	uint32_t ttl;         /*!< That of its last record, as in Knot DNS. */
	knot_rdataset_t rrs;  /*!< In canonical form. */
} hm_zone_rrset_t;

/*! \brief A record on its way into a zone. */
typedef struct {
	knot_dname_t *owner;
	knot_rdata_t *rdata;
	uint32_t ttl;
	uint32_t number;      /*!< Order of the file. */
	uint16_t type;
} hm_zone_record_t;

/*! \brief A zone; starts as all zeros. */
typedef struct {
	knot_dname_t *name;        /*!< Owner of the SOA, in lowercase; set by hm_zone_build(). */
	hm_zone_rrset_t *rrsets;   /*!< In canonical order, then by type; set by the same. */
	size_t rrsets_count;
	hm_zone_record_t *records; /*!< All that was added. */
	size_t records_count;
	size_t dnssec;             /*!< Records that a signer makes, which are left out. */
	size_t outside;            /*!< Records outside of the zone, which a server ignores. */
} hm_zone_t;

/*!
 * \brief Add a record.
 *
 * \param[in,out] zone   Zone.
 * \param[in]     owner  Owner, of any case.
 * \param[in]     ttl    TTL.
 * \param[in]     type   RR type.
 * \param[in]     rdata  RDATA in wire format, names uncompressed.
 * \param[in]     len    Bytes of it.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_zone_add(hm_zone_t *zone, const knot_dname_t *owner, uint32_t ttl, uint16_t type,
                const uint8_t *rdata, uint16_t len);

/*!
 * \brief Make RRsets of the records.
 *
 * \param[in,out] zone   Zone.
 * \param[out]    error  Why the records are no zone; set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  No SOA or several, or a CNAME beside other records.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_zone_build(hm_zone_t *zone, hm_error_t *error);

/*! \brief Find an RRset by its owner in lowercase; NULL if there is none. */
const hm_zone_rrset_t *hm_zone_find(const hm_zone_t *zone, const knot_dname_t *owner,
                                    uint16_t type);

/*! \brief Free what a zone has. */
void hm_zone_clear(hm_zone_t *zone);
