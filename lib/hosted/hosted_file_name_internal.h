/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The name at the start of a line of a hosted file, and what is wrong with it.
 */

#pragma once

#include <stdint.h>

#include "hostedmail/domain.h"

/*!
 * \brief What a character that needs no escape is in lowercase: a letter, a digit, '-', '_';
 *        0 for all others.
 */
extern const uint8_t hm_ordinary_chars[256];

/*!
 * \brief Parse a name of any kind, escapes as well.
 *
 * \param[in]  word        Text without control characters.
 * \param[in]  len         Bytes of it.
 * \param[out] name        Name in lowercase wire format; undefined unless KNOT_EOK.
 * \param[out] reason      What is wrong, and what to write instead; set for KNOT_EMALF.
 * \param[in]  reason_max  Size of it.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EMALF  It is no domain name, or has a character that should be escaped.
 */
int hm_hosted_name_parse(const char *word, size_t len, knot_dname_storage_t name, char *reason,
                         size_t reason_max);
