/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of a profile, shared by its loading and its lookup.
 */

#pragma once

#include <string.h>

#include <libknot/rrset.h>

#include "hostedmail/master.h"
#include "hostedmail/profile.h"

/*! \brief An RRset of a node. */
typedef struct {
	uint16_t type;
	uint32_t ttl;               /*!< TTL of its last record. */
	knot_rdataset_t fixed;      /*!< Ready RDATA; empty if a record has variables. */
	const hm_record_t *records; /*!< Its records in the order of the file. */
	size_t count;               /*!< Number of records. */
} hm_rrset_t;

struct hm_node {
	const uint8_t *label;       /*!< Own label in wire format, the root label for the apex. */
	hm_node_t *parent;          /*!< NULL for the apex. */
	hm_node_t **children;       /*!< In the order of hm_label_cmp(). */
	hm_node_t *wildcard;        /*!< The child "*". */
	hm_rrset_t *rrsets;         /*!< In the order of their types, as a node of Knot DNS. */
	uint32_t children_count;
	uint16_t rrsets_count;
};

struct hm_profile {
	char *file;
	char *name;
	hm_vartab_t vars;
	hm_record_t *records;       /*!< In the order of owner, type, file; `owner` is owned. */
	size_t records_count;
	hm_node_t *apex;
	size_t owner_max;           /*!< Size of the longest owner without the domain. */
	uint64_t owner_max_line;
	bool has_additional;
	bool fits_ordinary;           /*!< Every ordinary domain passes hm_profile_check(). */
};


/*! \brief Compare labels in canonical order (RFC 4034, section 6.1). */
static inline int hm_label_cmp(const uint8_t *a, const uint8_t *b)
{
	uint8_t common = (*a < *b) ? *a : *b;
	int cmp = memcmp(a + 1, b + 1, common);
	return (cmp != 0) ? cmp : (int)*a - (int)*b;
}
