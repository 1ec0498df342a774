/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the tests of additional sections share.
 */

#pragma once

#include "fake_zone.h"
#include "hostedmail/answer.h"
#include "test.h"

/*! \brief A response that was filled by the server, and by the profile. */
typedef struct {
	hm_question_t question;
	hm_domain_t domain;
	knot_dname_storage_t apex;
	uint8_t vars[HM_VARS_MAX];
	size_t vars_len;
	size_t max_size;   /*!< Of the response. */
	hm_profile_t *profile;
	fake_zone_t zone;
	pool_t pool;
	uint8_t *wire;     /*!< Buffer of the response, on the heap for its bounds. */
	knot_pkt_t *resp;
} ask_t;

// Records of the profile have a TTL of 300, those of the zone one of 600.
#define APEX \
	"$TTL 300\n" \
	"@ SOA ns.profile.test. h.profile.test. 1 2 3 4 5\n" \
	"@ NS ns.profile.test.\n"

extern ask_t ask;

/*! \brief A profile and a zone with targets in each other. */
extern const char common_profile[];
extern const char common_zone[];

/*! \brief Begin with a profile and a zone. */
void begin_response(const char *of_profile, const char *of_zone);
void end_response(void);

/*! \brief An empty response at its answer section. */
void prepare_response(const char *qname, uint16_t qtype);

/*! \brief Put an RRset of the zone, with its link if the server has records for it. */
void put_of_zone(const char *owner, uint16_t type, bool link);

/*! \brief Let the profile look at an authority section, tell whether it took the links. */
bool take_links(void);

/*! \brief An answer of the zone up to the end of its authority section. */
void serve(const char *qname, uint16_t qtype, bool link);

/*! \brief A referral. */
void refer(const char *qname, const char *cut, bool link);

/*! \brief Let the profile fill the additional section. */
int add_records(void);

/*! \brief Expect the additional section, and that the server's own is not used if there is one. */
void assert_added(const char *want);
