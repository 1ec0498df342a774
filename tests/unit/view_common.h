/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the tests of views share.
 */

#pragma once

#include "fake_zone.h"
#include "test.h"

/*! \brief A view and what it was last asked. */
typedef struct {
	hm_view_t view;
	hm_domain_t domain;
	knot_dname_storage_t apex;
	hm_profile_t *profile;
	fake_zone_t zone;
	pool_t pool;
	knot_dname_storage_t name;
	hm_place_t place;
	int ret;
} asked_t;

// What a place is, beside its nodes.
#define ONLY 1 // The zone would lead there without the profile.
#define CUT  2

extern asked_t asked;

/*! \brief Profiles: with nothing but its apex, and with some of everything. */
extern const char profile_apex[];
extern const char view_profile[];

/*! \brief Begin with a profile and a zone; without the latter if it is NULL. */
void view_begin_at(const char *apex, const char *profile, const char *zone);
void view_begin(const char *profile, const char *zone);
void view_end(void);

/*! \brief Find a name; everything of its place must get a value. */
void view_find_wire(const knot_dname_t *name);
void view_find(const char *name);

/*! \brief Expect the owners of both nodes, NULL for none. */
void assert_place(const char *name, const char *node, const char *owner, int flags);

/*! \brief An RRset of the last place as text: whose it is, its type, its RDATA; "" if none. */
const char *view_text(uint16_t type);

/*! \brief Expect an RRset of a name as such a text. */
void assert_view(const char *name, uint16_t type, const char *want);
