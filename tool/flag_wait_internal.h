/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Whom `flag --wait` waits for.
 */

#pragma once

#include "expect.h"
#include "flag_internal.h"

/*! \brief A name server. */
typedef struct {
	struct sockaddr_storage address;
	char *text;                 /*!< For people. */
	const char *unknown;        /*!< Why it has no address; NULL if it has one. */
	bool silent;                /*!< It has not answered in this round. */
	bool unasked;               /*!< There is no IPv6 here to ask it by. */
	size_t total;               /*!< Domains that it should answer right for. */
	size_t wrong;               /*!< Those for which it does not. */
	const knot_dname_t *example; /*!< One of these. */
	const char *answer;         /*!< What it says of that one. */
} hm_wait_server_t;

/*! \brief The addresses of a name, each a server. */
typedef struct {
	knot_dname_t *name;
	size_t server;
} hm_wait_known_t;

/*! \brief A domain that a server does not answer right for, as far as is known. */
typedef struct {
	uint32_t change;
	uint32_t server;
} hm_wait_pair_t;

/*! \brief A wait. */
typedef struct {
	hm_flag_work_t *work;
	hm_wait_server_t *servers;
	size_t servers_count;
	hm_wait_known_t *known;
	size_t known_count;
	hm_wait_pair_t *pairs;
	size_t pairs_count;
} hm_wait_t;

/*! \brief Tell whether a domain is hosted by what the zone says of it after the change. */
bool hm_wait_is_hosted(const hm_flag_change_t *change);

/*!
 * \brief What the records of a domain should be, or were.
 *
 * A domain whose flag is not known, and that is not hosted any more, is taken for one of the
 * default profile: its servers are most likely those.
 *
 * \return As hm_expect_build().
 */
int hm_wait_expect(const hm_flag_work_t *work, const hm_flag_change_t *change,
                   hm_expect_t *expect);

/*!
 * \brief Find out which servers have to answer for which domains.
 *
 * \param[in,out] wait   Wait with its work; to be cleared with hm_wait_clear() whatever the result.
 * \param[out]    error  Set if KNOT_EINVAL.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  --server has no address.
 * \retval KNOT_ENOMEM  Out of memory.
 * \retval KNOT_E*      As hm_expect_build().
 */
int hm_wait_collect(hm_wait_t *wait, hm_error_t *error);

/*! \brief Free the servers. */
void hm_wait_clear(hm_wait_t *wait);
