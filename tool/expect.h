/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What servers should say of a hosted domain, and how what they say compares with it.
 */

#pragma once

#include "ask.h"
#include "hostedmail/profile.h"
#include "memory.h"
#include "zone_text.h"

/*! \brief The RRsets of a hosted domain; must not move. */
typedef struct {
	knot_rrset_t *rrsets; /*!< In canonical order and form; the SOA and NS of the apex first. */
	size_t count;
	hm_memory_t memory;   /*!< All that they are made of. */
} hm_expect_t;

/*! \brief How an answer compares with what it should be. */
typedef enum {
	HM_MATCH_RIGHT,
	HM_MATCH_OTHER,       /*!< An RRset, but another one, or a CNAME in its place. */
	HM_MATCH_NODATA,      /*!< The name exists, but has no such RRset. */
	HM_MATCH_NXDOMAIN,    /*!< The name does not exist. */
	HM_MATCH_LAME,        /*!< Not from authority: a referral, or nothing at all. */
	HM_MATCH_REFUSED,     /*!< RCODE REFUSED: the server does not serve the domain. */
	HM_MATCH_SERVFAIL,
	HM_MATCH_ERROR,       /*!< Another RCODE. */
	HM_MATCH_GARBAGE,     /*!< From here on, no answer at all; as in hm_reply_t. */
	HM_MATCH_CLOSED,
	HM_MATCH_TIMEOUT,
	HM_MATCH_UNREACHABLE,
} hm_match_t;

/*!
 * \brief Find out what the records of a hosted domain should be.
 *
 * \param[in]  profile  Its profile.
 * \param[in]  domain   The domain, which passes hm_profile_check().
 * \param[in]  hidden   Knows the nested domains; NULL if there are none.
 * \param[in]  ctx      Context of \a hidden.
 * \param[out] expect   RRsets, to be cleared with hm_expect_clear() whatever the result.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 * \retval KNOT_E*      As hm_node_rrset().
 */
int hm_expect_build(const hm_profile_t *profile, const hm_domain_t *domain, hm_zone_hidden_f hidden,
                    void *ctx, hm_expect_t *expect);

/*! \brief Free the RRsets. */
void hm_expect_clear(hm_expect_t *expect);

/*! \brief Find an RRset, NULL if there is none. */
const knot_rrset_t *hm_expect_find(const hm_expect_t *expect, const knot_dname_t *name,
                                   uint16_t type);

/*!
 * \brief Compare the answer of an authoritative server, by all but the TTL.
 *
 * \param[in] want  RRset in canonical form; one without records means NODATA.
 * \param[in] ask   Question for its owner and type, with what came of it.
 */
hm_match_t hm_expect_match(const knot_rrset_t *want, const hm_ask_t *ask);

/*!
 * \brief Take the RRset that a message has in one of its sections.
 *
 * \param[in]     pkt      Message.
 * \param[in]     section  Section.
 * \param[in]     owner    Owner in lowercase.
 * \param[in]     type     RR type.
 * \param[in,out] mm       Memory context for the records.
 * \param[out]    out      Records in canonical form, none if there is no such RRset.
 *
 * \return False if memory is out.
 */
bool hm_message_rrset(const knot_pkt_t *pkt, knot_section_t section, const knot_dname_t *owner,
                      uint16_t type, knot_mm_t *mm, knot_rdataset_t *out);

/*!
 * \brief Add the records of an RRset in canonical form (RFC 4034, section 6.2).
 *
 * \param[in,out] to    Receives them, from \a mm.
 * \param[in]     from  RRset.
 * \param[in,out] mm    Memory context.
 *
 * \retval KNOT_EOK  Success.
 * \retval KNOT_E*   A record makes no sense, or memory is out.
 */
int hm_rdataset_add_canonical(knot_rdataset_t *to, const knot_rrset_t *from, knot_mm_t *mm);
