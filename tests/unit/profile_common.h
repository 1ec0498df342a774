/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the tests of profiles share.
 */

#pragma once

#include "hostedmail/profile.h"
#include "test.h"

// What every profile has; the line after it is the fourth.
#define HEAD "$TTL 3600\n" \
             "@ SOA ns1.example.net. hostmaster.example.net. 1 14400 3600 1209600 3600\n" \
             "@ NS ns1.example.net.\n"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/*! \brief Findings with their files: "error main.zone:3 reason". */
typedef struct {
	char text[16384];
	size_t errors;
	size_t warnings;
} findings_t;

/*! \brief Those of the last load. */
extern findings_t findings;

/*! \brief Load a profile, note its findings. */
int load_profile(const char *path, hm_profile_t **out);

/*! \brief Load a profile that must not even have warnings. */
hm_profile_t *loaded(const char *text);

/*! \brief Find a name below "example.com."; the encloser is checked by its owner. */
const hm_node_t *profile_node(const hm_profile_t *profile, const char *name, const char *encloser);

/*! \brief "TTL data | data" of an RRset, or the error; static. */
const char *node_text(const hm_node_t *node, uint16_t type, const hm_domain_t *domain,
                      knot_mm_t *mm);

/*! \brief An RRset of a name below "example.com." with variables is this text. */
void assert_rrset(const hm_profile_t *profile, const char *name, uint16_t type,
                  const char *vars, const char *expected);
