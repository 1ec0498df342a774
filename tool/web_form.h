/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A record as the web forms of DNS providers want it.
 */

#pragma once

#include <jansson.h>

#include "zone_text.h"

/*!
 * \brief What to put into the fields of a form.
 *
 * The name is relative to the zone, "@" for the zone itself. The priority of MX and SRV has a field
 * of its own. A host name has no final dot. The strings of a TXT are joined, without quotation
 * marks; if there are bytes in them that cannot be typed, it stays as in a zone file.
 *
 * \param[in,out] reader  Reader.
 * \param[in]     record  Record; it is in the zone.
 * \param[in]     zone    Zone as absolute text.
 *
 * \return Object with `owner`, `host`, `type`, `ttl`, `priority` (null if it has none), `value`
 *         and `rdata`, the value as in a zone file; NULL if memory is out.
 */
json_t *hm_web_form(hm_rdata_reader_t *reader, const hm_text_record_t *record, const char *zone);
