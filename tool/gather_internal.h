/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of what gathers facts: what it remembers, and look-ups that are collected, then done
 *        all at once.
 */

#pragma once

#include "verify_internal.h"

/*! \brief Most addresses of a parent that are asked, one after the other. */
#define HM_PARENT_ASKS_MAX 6

/*! \brief Most names of which something is remembered. */
#define HM_MEMO_MAX 4096

/*! \brief Name servers, with their addresses. */
typedef struct {
	knot_dname_t *name;        /*!< Of the server, or of the zone that they all serve. */
	hm_found_t found;
	struct sockaddr_storage *addresses;
	size_t count;
} hm_hosts_t;

/*! \brief What is known of the zone above some domains. */
typedef struct {
	knot_dname_t *below;       /*!< First name above those domains. */
	hm_hosts_t servers;        /*!< Its name is that of the zone. */
} hm_above_t;

/*! \brief Look-ups, each name and type once; starts as all zeros. */
typedef struct {
	hm_lookup_t *items;
	size_t count;
	bool no_memory;
} hm_lookups_t;

struct hm_gather {
	hm_gather_opts_t opts;
	hm_resolver_t *resolver;
	hm_memory_t memory;        /*!< Of the domain that is being looked at. */
	hm_above_t *above;
	size_t above_count;
	hm_hosts_t *hosts;         /*!< Name servers of profiles. */
	size_t hosts_count;
	hm_parent_facts_t parent;
	hm_lookups_t lookups;      /*!< Of the domain. */
};

/*! \brief Collect a look-up. */
void hm_lookups_add(hm_lookups_t *lookups, const knot_dname_t *name, uint16_t type);

/*! \brief The same for both kinds of addresses. */
void hm_lookups_add_addresses(hm_lookups_t *lookups, const knot_dname_t *name);

/*! \brief Do all that are not done; false if memory is out. */
bool hm_lookups_run(hm_lookups_t *lookups, hm_resolver_t *resolver);

/*! \brief One that was collected, NULL if it was not. */
const hm_lookup_t *hm_lookups_get(const hm_lookups_t *lookups, const knot_dname_t *name,
                                  uint16_t type);

/*! \brief What was found of the addresses of a name: records if there is one of either kind. */
hm_found_t hm_lookups_addresses(const hm_lookups_t *lookups, const knot_dname_t *name);

/*! \brief Free them. */
void hm_lookups_clear(hm_lookups_t *lookups);

/*!
 * \brief Find the addresses of name servers.
 *
 * \param[in]     gather  What gathers.
 * \param[in]     names   Names.
 * \param[in]     expect  RRsets that are known without asking; may be NULL.
 * \param[out]    hosts   One for each of the names, to be freed with hm_hosts_clear().
 *
 * \return False if memory is out.
 */
bool hm_hosts_find(hm_gather_t *gather, const knot_rdataset_t *names, const hm_expect_t *expect,
                   hm_hosts_t *hosts);

/*! \brief Free addresses and name. */
void hm_hosts_clear(hm_hosts_t *hosts);

/*! \brief What came of asking one server of the parent. */
typedef enum {
	HM_OUTCOME_OF_USE,    /*!< The parent's facts are set. */
	HM_OUTCOME_OF_NO_USE,
	HM_OUTCOME_REFERRAL,  /*!< To a zone between. */
	HM_OUTCOME_NO_MEMORY,
} hm_outcome_t;

/*!
 * \brief Read what a server of the parent says of the NS records of a domain.
 *
 * \param[in,out] gather     What gathers; its facts of the parent have the zone, and get the rest.
 * \param[in]     ask        Question, with what came of it.
 * \param[out]    next       Name servers of a zone between; for HM_OUTCOME_REFERRAL.
 * \param[out]    next_zone  Its name; the same.
 */
hm_outcome_t hm_parent_read(hm_gather_t *gather, const hm_ask_t *ask, knot_rdataset_t *next,
                            const knot_dname_t **next_zone);

/*! \brief Find out what the parent of a domain says; false if memory is out. */
bool hm_gather_parent(hm_gather_t *gather, const knot_dname_t *domain);

/*! \brief Find out what the records of a domain lead to; false if memory is out. */
bool hm_gather_records(hm_gather_t *gather, hm_facts_t *facts);
