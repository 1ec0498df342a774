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
#include "hostedmail/scratch.h"
#include "rdata_internal.h"

/*! \brief An RRset of a node. */
typedef struct {
	uint16_t type;
	uint32_t ttl;               /*!< TTL of its last record. */
	knot_rdataset_t fixed;      /*!< Ready RDATA; empty if a record has variables. */
	const hm_record_t *records; /*!< Its records, see hm_profile_order(). */
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

/*! \brief A variable without which an MX is left out. */
typedef struct {
	const hm_var_t *var;
	char *reason;   /*!< What to say of it; of the first MX only, else NULL. */
	bool ends;      /*!< The last one of its MX. */
} hm_mx_need_t;

struct hm_profile {
	char *file;
	char *name;
	hm_vartab_t vars;
	hm_record_t *records;       /*!< By owner and type, then by hm_profile_order(); `owner`
	                                 is owned. */
	size_t records_count;
	hm_rdata_t largest;         /*!< Most of all that makes RDATA with variables long; without
	                                 parts if no record has them. */
	hm_node_t *apex;
	size_t owner_max;           /*!< Size of the longest owner without the domain. */
	uint64_t owner_max_line;
	hm_mx_need_t *mx_needs;     /*!< Those of one MX after the other; empty if an MX is there
	                                 for every domain, or for none. */
	size_t mx_needs_count;
	bool has_additional;
	bool fits_ordinary;           /*!< Every ordinary domain passes hm_profile_check(). */
};

/*! \brief Find an RRset of a node, NULL if it has none of that type. */
static inline const hm_rrset_t *hm_node_find(const hm_node_t *node, uint16_t type)
{
	for (size_t i = 0; i < node->rrsets_count; i++) {
		if (node->rrsets[i].type == type) {
			return &node->rrsets[i];
		}
	}
	return NULL;
}

/*! \brief Room of a load: for the RDATA of one record, with its length in front. */
#define HM_PROFILE_SCRATCH_SIZE knot_rdata_size(UINT16_MAX)

/*!
 * \brief Check the largest ordinary domain, so that no other one has to be.
 *
 * \retval KNOT_EOK     Success, whether it fits or not.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_profile_try_ordinary(hm_profile_t *profile, hm_scratch_t *scratch);

/*!
 * \brief Put the records of each RRset in the canonical order that their RDATA have for a typical
 *        domain.
 *
 * With variables in them, the order is another one for another domain, but most often it is this
 * one: then a query has nothing to sort.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_profile_order(hm_profile_t *profile, hm_scratch_t *scratch);

/*!
 * \brief Note what a domain needs to have an MX.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_profile_set_mx_needs(hm_profile_t *profile);

/*!
 * \brief Warn of targets that most likely lack their final dot: of two or more labels, relative,
 *        and no owner of the profile.
 *
 * \param[in] profile  Profile with its tree.
 * \param[in] report   Receives the warnings.
 * \param[in] ctx      Context of \a report.
 */
void hm_profile_check_targets(const hm_profile_t *profile, hm_report_f report, void *ctx);

/*! \brief Compare labels in canonical order (RFC 4034, section 6.1). */
static inline int hm_label_cmp(const uint8_t *a, const uint8_t *b)
{
	uint8_t common = (*a < *b) ? *a : *b;
	int cmp = memcmp(a + 1, b + 1, common);
	return (cmp != 0) ? cmp : (int)*a - (int)*b;
}

/*! \brief Find the child of a node with a label in lowercase, NULL if it has none. */
static inline const hm_node_t *hm_node_child(const hm_node_t *node, const uint8_t *label)
{
	uint32_t from = 0, to = node->children_count;
	while (from < to) {
		uint32_t middle = from + (to - from) / 2;
		hm_node_t *child = node->children[middle];
		int cmp = hm_label_cmp(label, child->label);
		if (cmp == 0) {
			return child;
		} else if (cmp < 0) {
			to = middle;
		} else {
			from = middle + 1;
		}
	}
	return NULL;
}
