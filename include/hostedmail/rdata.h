/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief RDATA of one record of a profile, with its variables.
 *
 * A profile's master file is scanned by libzscanner, which knows nothing of variables. So the
 * reader of the profile puts a mark in place of each, \ref HM_MARK_SIZE bytes that are plain text
 * to the scanner, and compiling looks for the marks in the RDATA that comes out.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hostedmail/domain.h"

/*! \brief What stands between the braces. */
typedef enum {
	HM_VAR_DOMAIN, /*!< {domain}: labels in a name, presentation format in a string. */
	HM_VAR_DASH,   /*!< {domain:-}: the same with one dash for a dot, (part of) one label. */
	HM_VAR_DASHES, /*!< {domain:--}: with two dashes for a dot. */
	HM_VAR_VALUE,  /*!< {NAME}: a variable of the domain. */
} hm_var_kind_t;

/*! \brief A variable of a profile. */
typedef struct {
	hm_var_kind_t kind;
	uint8_t name_len;           /*!< Bytes of the name, 0 unless HM_VAR_VALUE. */
	char name[HM_VAR_NAME_MAX]; /*!< Name, not terminated. */
} hm_var_t;

/*! \brief Bytes of a mark: one that the file does not use, then two with the variable's index. */
#define HM_MARK_SIZE 3

/*! \brief Most different variables of one profile. */
#define HM_VARS_COUNT_MAX (36 * 36)

/*! \brief All variables of a profile. */
typedef struct {
	hm_var_t *vars;  /*!< Variables by index; must outlive all RDATA compiled with them. */
	uint16_t count;  /*!< Number of variables. */
	uint8_t mark;    /*!< First byte of a mark. */
} hm_vartab_t;

/*!
 * \brief Write the two index bytes of a mark.
 *
 * \param[in]  index  Index of the variable, less than HM_VARS_COUNT_MAX.
 * \param[out] out    Two lowercase letters or digits.
 */
void hm_mark_index(uint16_t index, char out[2]);

/*!
 * \brief Wire format of the origin that stands for the hosted domain while a profile is scanned:
 *        the one label "<mark>", which no name of the file can contain.
 */
#define HM_ORIGIN_SIZE 3

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

/*!
 * \brief Tell whether a name looks like an IP address: four labels, each a number up to 255, or a
 *        label of hexadecimal digits and at least two colons.
 *
 * \param[in] name  Name in wire format.
 * \param[in] end   Where to stop at the latest: the origin or the root label of \a name.
 */
bool hm_dname_is_address(const knot_dname_t *name, const knot_dname_t *end);
