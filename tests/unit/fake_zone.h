/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A zone behind the look-up of a view, as the server has it.
 */

#pragma once

#include "hostedmail/view.h"
#include "test.h"

/*! \brief What every zone has at its apex. */
#define ZONE_APEX \
	"@ SOA ns.zone.test. h.zone.test. 1 2 3 4 5\n" \
	"@ NS ns.zone.test.\n"

/*! \brief RRsets of a zone, and what it was asked. */
typedef struct {
	knot_dname_storage_t apex;
	knot_rrset_t rrsets[400];
	size_t count;
	unsigned looks; /*!< Look-ups so far. */
	int ret;        /*!< What every look-up gives, if not KNOT_EOK. */
} fake_zone_t;

/*! \brief Make a zone from a master file with the apex as its origin and a TTL of 600. */
void fake_zone_init(fake_zone_t *zone, const char *apex, const char *text);

/*! \brief Add one record. */
void fake_zone_add(fake_zone_t *zone, const knot_dname_t *owner, uint16_t type,
                   const uint8_t *rdata, size_t len);

void fake_zone_clear(fake_zone_t *zone);

/*! \brief An RRset that is in the zone. */
knot_rrset_t *fake_zone_rrset(fake_zone_t *zone, const knot_dname_t *owner, uint16_t type);

/*! \brief The look-up of a view; checks what it is asked. */
int fake_zone_get(void *ctx, const knot_dname_t *owner, uint16_t type, knot_rrset_t *out);
