/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief How many look-ups an SPF record takes (RFC 7208, section 4.6.4), whoever sends.
 *
 * A receiver gives up after ten, and the record is worth nothing then. No mail is evaluated here:
 * only the terms that cost something are read, and the records that they lead to.
 */

#pragma once

#include "resolver.h"

/*! \brief Look-ups that a receiver does at most, and those of them that may find nothing. */
#define HM_SPF_LOOKUPS_MAX 10
#define HM_SPF_VOIDS_MAX 2

/*!
 * \brief Looks a name up.
 *
 * \param[in]  ctx   Caller's context.
 * \param[in]  name  Name in lowercase.
 * \param[in]  type  RR type.
 * \param[out] rrs   Records, borrowed until hm_spf_count() returns; set for HM_FOUND_RECORDS alone.
 */
typedef hm_found_t (*hm_spf_get_f)(void *ctx, const knot_dname_t *name, uint16_t type,
                                   const knot_rdataset_t **rrs);

/*! \brief What an SPF record takes. */
typedef struct {
	unsigned records;     /*!< SPF records of the domain: one, or it has none that counts. */
	unsigned lookups;
	unsigned voids;       /*!< Look-ups that find nothing. */
	bool is_unsure;       /*!< Something could not be looked up, so there may be more. */
	char error[512];      /*!< Why no receiver can use it, one sentence without its full stop;
	                           empty if one can. */
} hm_spf_t;

/*!
 * \brief Count.
 *
 * \param[in]  get     Looks names up.
 * \param[in]  ctx     Context of \a get.
 * \param[in]  domain  Domain that sends.
 * \param[out] spf     Counts.
 */
void hm_spf_count(hm_spf_get_f get, void *ctx, const knot_dname_t *domain, hm_spf_t *spf);

/*!
 * \brief Read a TXT record as SPF.
 *
 * \param[in]  rdata  RDATA of a TXT record.
 * \param[out] out    Its strings in one, with `?` for what is not printable: room for the length
 *                    of \a rdata and one more.
 *
 * \return False if it is no SPF record; \a out is set all the same.
 */
bool hm_spf_text(const knot_rdata_t *rdata, char *out);
