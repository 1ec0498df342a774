/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief RDATA of one record of a profile: compiled once, expanded for each domain.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostedmail/domain.h"
#include "hostedmail/mark.h"

/*! \brief Compiled RDATA. */
typedef struct hm_rdata hm_rdata_t;

/*!
 * \brief Compile the RDATA of one record.
 *
 * \param[in]  type      RR type.
 * \param[in]  wire      RDATA in wire format, names uncompressed, with marks.
 * \param[in]  wire_len  Bytes of RDATA.
 * \param[in]  tab       Variables of the profile; borrowed by the result.
 * \param[out] marks     Number of variables found; untouched unless KNOT_EOK.
 * \param[out] out       New RDATA, to be freed with hm_rdata_free(); untouched unless KNOT_EOK.
 * \param[out] reason    What is wrong, static text; set if KNOT_EMALF.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EMALF   The RDATA is malformed or a variable does not fit where it stands.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_rdata_compile(uint16_t type, const uint8_t *wire, size_t wire_len, const hm_vartab_t *tab,
                     size_t *marks, hm_rdata_t **out, const char **reason);

/*! \brief Free compiled RDATA; NULL is fine. */
void hm_rdata_free(hm_rdata_t *rdata);

/*! \brief Tell whether the RDATA is the same for every domain. */
bool hm_rdata_is_fixed(const hm_rdata_t *rdata);

/*! \brief Tell whether the RDATA uses a variable that a domain may not define. */
bool hm_rdata_is_conditional(const hm_rdata_t *rdata);

/*!
 * \brief Upper bound for the expanded RDATA of a domain.
 *
 * \param[in] rdata   Compiled RDATA.
 * \param[in] domain  Hosted domain and its variables.
 *
 * \return Bytes, at most 65535.
 */
size_t hm_rdata_bound(const hm_rdata_t *rdata, const hm_domain_t *domain);

/*!
 * \brief Expand the RDATA of one record for one hosted domain.
 *
 * \param[in]  rdata    Compiled RDATA of a profile.
 * \param[in]  domain   Hosted domain and its variables.
 * \param[out] out      Caller's buffer; its content is undefined unless KNOT_EOK.
 * \param[in]  out_max  Size of the buffer in bytes.
 * \param[out] out_len  Bytes written; untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOENT  The record uses a variable that the domain does not define: leave it out.
 * \retval KNOT_ESPACE  A name exceeds 255 bytes, a label 63 (RFC 1035, section 2.3.4), a character
 *                      string 255 or the RDATA the buffer.
 * \retval KNOT_EMALF   The value of a variable makes an empty label or an IP address where a host
 *                      name belongs.
 */
int hm_rdata_expand(const hm_rdata_t *rdata, const hm_domain_t *domain,
                    uint8_t *out, size_t out_max, size_t *out_len);
