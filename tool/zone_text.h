/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Records as text that a name server reads, and back.
 */

#pragma once

#include <stddef.h>
#include <stdint.h>

#include <libknot/rdataset.h>

#include "hostedmail/profile.h"

/*! \brief Reads records; made once for many, since libzscanner needs much memory. */
typedef struct hm_rdata_reader hm_rdata_reader_t;

/*! \brief Make a reader, to be freed with hm_rdata_reader_free(); NULL if memory is out. */
hm_rdata_reader_t *hm_rdata_reader_new(void);

/*! \brief Free a reader; NULL is fine. */
void hm_rdata_reader_free(hm_rdata_reader_t *reader);

/*!
 * \brief Text of a master file as RDATA.
 *
 * \param[in,out] reader  Reader.
 * \param[in]     type    RR type.
 * \param[in]     text    Text; names in it are absolute.
 * \param[out]    out     RDATA, borrowed until the next call; untouched unless KNOT_EOK.
 * \param[out]    len     Bytes of it.
 *
 * \retval KNOT_EOK         Success.
 * \retval KNOT_EPARSEFAIL  It is none.
 * \retval KNOT_ENOMEM      Out of memory.
 */
int hm_rdata_from_text(hm_rdata_reader_t *reader, uint16_t type, const char *text,
                       const uint8_t **out, uint16_t *len);

/*!
 * \brief RDATA as text of a master file (RFC 1035, section 5).
 *
 * What libzscanner would not read as the same RDATA is written in the form of RFC 3597.
 *
 * \param[in,out] reader  Reader.
 * \param[in]     type    RR type.
 * \param[in]     rrs     RDATA.
 * \param[in]     pos     Which of them.
 *
 * \return Text, to be freed with free(); NULL if memory is out.
 */
char *hm_rdata_to_text(hm_rdata_reader_t *reader, uint16_t type, const knot_rdataset_t *rrs,
                       uint16_t pos);

/*! \brief A record of a hosted domain. */
typedef struct {
	char *owner;    /*!< Absolute, as all names in \a rdata. */
	char *type;
	char *rdata;
	uint32_t ttl;
} hm_text_record_t;

/*! \brief A record that the domain lacks. */
typedef struct {
	char *owner;
	char *type;
	char *variable; /*!< What it needs and the domain does not define. */
	char *file;     /*!< Where the profile has it. */
	uint64_t line;
} hm_text_lack_t;

/*! \brief The zone of a hosted domain; starts as all zeros. */
typedef struct {
	hm_text_record_t *records; /*!< The SOA, then all in canonical order. */
	size_t records_count;
	hm_text_lack_t *lacks;
	size_t lacks_count;
	char **ghosts;             /*!< Names that exist without a record at or below them, since
	                                all are left out: a master file cannot say so. */
	size_t ghosts_count;
	char **hidden;             /*!< Names whose records belong to a nested domain. */
	size_t hidden_count;
} hm_zone_text_t;

/*! \brief Tells whether a name below the domain belongs to another one, which is nested in it. */
typedef bool (*hm_zone_hidden_f)(void *ctx, const knot_dname_t *name);

/*!
 * \brief Write the zone of a hosted domain.
 *
 * \param[in]  profile  Its profile.
 * \param[in]  domain   The domain, which passes hm_profile_check().
 * \param[in]  hidden   Knows the nested domains; NULL if there are none.
 * \param[in]  ctx      Context of \a hidden.
 * \param[out] zone     Zone, to be cleared with hm_zone_text_clear() whatever the result.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 * \retval KNOT_E*      As hm_node_rrset().
 */
int hm_zone_text(const hm_profile_t *profile, const hm_domain_t *domain, hm_zone_hidden_f hidden,
                 void *ctx, hm_zone_text_t *zone);

/*! \brief Free a zone. */
void hm_zone_text_clear(hm_zone_text_t *zone);
