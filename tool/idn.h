/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Domain names as people write and read them: internationalized ones as well (RFC 5890).
 */

#pragma once

#include <stdbool.h>

#include <libknot/dname.h>

#include "error.h"

/*!
 * \brief Read a domain name, in UTF-8 or with A-labels, with or without a final dot.
 *
 * \param[in]  text   Text.
 * \param[out] out    Name in lowercase wire format; its content is undefined unless KNOT_EOK.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  It is not a domain name.
 */
int hm_idn_read(const char *text, knot_dname_storage_t out, hm_error_t *error);

/*! \brief A name as text without a final dot; the root is a dot. */
const char *hm_idn_text(const knot_dname_t *name, knot_dname_txt_storage_t out);

/*!
 * \brief A name with U-labels in UTF-8.
 *
 * \return Text without a final dot, to be freed with free(); NULL if it has no U-label.
 */
char *hm_idn_unicode(const knot_dname_t *name);

/*! \brief Tell whether the locale of the terminal can show UTF-8; needs setlocale(3). */
bool hm_idn_can_show(void);
