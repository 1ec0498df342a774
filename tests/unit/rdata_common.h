/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the tests of RDATA of a profile share.
 */

#pragma once

#include "hostedmail/rdata.h"
#include "test.h"

// Not all of these are known to all versions of libknot.
#define RRTYPE_IPSECKEY 45
#define RRTYPE_HIP      55
#define RRTYPE_AMTRELAY 260

// What libzscanner makes of a profile's text: variables are marks, and the domain is the origin.
#define MARK   "\001"
#define DOMAIN MARK "aa"       /* {domain} */
#define DASH   MARK "ab"       /* {domain:-} */
#define DASHES MARK "ac"       /* {domain:--} */
#define NAME   MARK "ad"       /* {name} */
#define OTHER  MARK "ae"       /* {other} */
#define ORIGIN "\001" MARK "\000"

#define PREF   "\000\012"      /* Preference 10 */
#define TIMES  "\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\0\0\0\5" /* Numbers of an SOA */
#define NET    "\007example\003net\000"
#define COM    "\007example\003com\000"

/*! \brief Bytes of a string literal and how many, two arguments in one. */
#define WIRE(text) (text), (sizeof(text) - 1)

#define RDATA_MAX 65535

/*! \brief The variables of all of these. */
extern const hm_vartab_t vartab;

/*! \brief A buffer of that many bytes and not one more, so that a sanitizer sees any overrun. */
uint8_t *exact_copy(const void *data, size_t len);

/*! \brief Compile RDATA that has so many marks. */
hm_rdata_t *compile(uint16_t type, const void *wire, size_t len, size_t marks);

/*! \brief Expand into a buffer of exactly that size, with a canary where none is allocated. */
int expand_into(const hm_rdata_t *rdata, const hm_domain_t *domain, size_t out_max,
                uint8_t *copy, size_t *out_len);

/*! \brief Compiled RDATA expands to these bytes, in any buffer that is large enough only. */
void assert_expanded(const hm_rdata_t *rdata, const hm_domain_t *domain,
                     const void *expected, size_t expected_len);

/*! \brief The same of RDATA that is compiled for it. */
void assert_expands(uint16_t type, const void *wire, size_t wire_len, size_t marks,
                    const hm_domain_t *domain, const void *expected, size_t expected_len);

/*! \brief RDATA that cannot be expanded for this domain, whatever the size of the buffer. */
void assert_not_expanded(uint16_t type, const void *wire, size_t wire_len, size_t marks,
                         const hm_domain_t *domain, int expected);

/*! \brief Wire format of a TXT: strings of up to 255 bytes; returns its length. */
size_t split_strings(const uint8_t *text, size_t len, uint8_t *out);
