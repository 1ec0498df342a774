/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The A-labels of a name in UTF-8 (RFC 5890, section 2.3.2.1), for a message that says what
 *        to write instead.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

/*!
 * \brief Write a name with an A-label in place of each label that is not in ASCII.
 *
 * ASCII letters become lowercase. Nothing else is mapped or normalized, so a name that looks as if
 * it would have to be gets no A-labels.
 *
 * \param[in]  text     Name in UTF-8 with dots between its labels, not terminated.
 * \param[in]  len      Bytes of the name.
 * \param[out] out      The name in ASCII, terminated; its content is undefined unless KNOT_EOK.
 * \param[in]  out_max  Size of it.
 * \param[out] odd      The character that is in the way; set for KNOT_ENOTSUP only.
 *
 * \retval KNOT_EOK      Success.
 * \retval KNOT_EMALF    The text is not UTF-8.
 * \retval KNOT_ENOTSUP  A character cannot be in an A-label, or has to be mapped first: an
 *                       uppercase letter, a combining mark, a full-width letter, punctuation.
 * \retval KNOT_ESPACE   A label exceeds 63 bytes or is empty, or the name does not fit.
 */
int hm_alabel_name(const char *text, size_t len, char *out, size_t out_max, uint32_t *odd);
