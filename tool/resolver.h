/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief What the world says: names resolved from the root on, and validated (libunbound).
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libknot/dname.h>
#include <libknot/rdataset.h>

#include "error.h"

/*! \brief Where to start, and how. */
typedef struct {
	const char *root;         /*!< Address of a root server in place of the real ones, perhaps
	                               with a port, or the name of a file with root hints; NULL for
	                               those of the world. */
	const char *trust_anchor; /*!< File with trust anchors; NULL for the one that is installed, or
	                               none if there is a root. */
	bool no_ipv4;             /*!< Send nothing over IPv4. */
	bool no_ipv6;
	int timeout_ms;           /*!< Longest wait for all lookups of one call. */
} hm_resolver_opts_t;

/*! \brief What was found. */
typedef enum {
	HM_FOUND_RECORDS,
	HM_FOUND_NODATA,    /*!< The name exists, but no such record. */
	HM_FOUND_NXDOMAIN,  /*!< It does not exist. */
	HM_FOUND_FAILURE,   /*!< It cannot be resolved: servers that fail, or do not answer. */
} hm_found_t;

/*! \brief A name to look up, and what was found; starts with name and type, and zeros. */
typedef struct {
	const knot_dname_t *name;  /*!< Borrowed. */
	uint16_t type;
	hm_found_t found;
	knot_rdataset_t rrs;       /*!< Records at the end of all aliases. */
	knot_dname_t *canonical;   /*!< Name at that end; NULL if the name is no alias. */
	bool secure;               /*!< Validated. */
	bool done;
	char *bogus;               /*!< Why it is a forgery as far as DNSSEC can tell, or NULL. */
} hm_lookup_t;

/*! \brief A resolver with a cache of its own; for one thread at a time. */
typedef struct hm_resolver hm_resolver_t;

/*!
 * \brief Make a resolver.
 *
 * \param[in]  opts   Where to start; what it borrows is used during the call only.
 * \param[out] out    New resolver, to be freed with hm_resolver_free(); untouched unless KNOT_EOK.
 * \param[out] error  Set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EFILE   A file cannot be read, or makes no sense.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_resolver_new(const hm_resolver_opts_t *opts, hm_resolver_t **out, hm_error_t *error);

/*! \brief Free a resolver; NULL is fine. */
void hm_resolver_free(hm_resolver_t *resolver);

/*! \brief Tell whether it has trust anchors, so that it validates. */
bool hm_resolver_validates(const hm_resolver_t *resolver);

/*!
 * \brief Look names up, all at once.
 *
 * \param[in]     resolver  Resolver.
 * \param[in,out] lookups   Names, those that are done left as they are; to be cleared with
 *                          hm_lookup_clear() whatever the result.
 * \param[in]     count     How many.
 *
 * \retval KNOT_EOK     Success; each says what was found.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_resolver_run(hm_resolver_t *resolver, hm_lookup_t *lookups, size_t count);

/*! \brief Free what was found. */
void hm_lookup_clear(hm_lookup_t *lookup);
