/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>
#include <libknot/error.h>

#include "hostedmail/profile.h"
#include "profile_internal.h"

const char *hm_profile_name(const hm_profile_t *profile)
{
	return profile->name;
}

const char *hm_profile_file(const hm_profile_t *profile)
{
	return profile->file;
}

bool hm_profile_has_additional(const hm_profile_t *profile)
{
	return profile->has_additional;
}

const hm_node_t *hm_profile_apex(const hm_profile_t *profile)
{
	return profile->apex;
}

const hm_node_t *hm_node_wildcard(const hm_node_t *node)
{
	return node->wildcard;
}

bool hm_node_is_wildcard(const hm_node_t *node)
{
	return node->label[0] == 1 && node->label[1] == '*';
}

/*! \brief Room that the largest RDATA with variables takes, 0 if there is none. */
static size_t rdata_max(const hm_profile_t *profile, const hm_domain_t *domain)
{
	size_t max = 0;
	for (size_t i = 0; i < profile->records_count; i++) {
		const hm_rdata_t *rdata = profile->records[i].rdata;
		if (!hm_rdata_is_fixed(rdata)) {
			size_t bound = hm_rdata_bound(rdata, domain);
			max = (bound > max) ? bound : max;
		}
	}
	return max;
}

int hm_profile_check(const hm_profile_t *profile, const hm_domain_t *domain, knot_mm_t *mm,
                     uint64_t *line)
{
	if (profile->fits_ordinary && domain->size <= HM_ORDINARY_SIZE &&
	    domain->labels <= HM_ORDINARY_LABELS &&
	    hm_domain_is_ordinary(domain, HM_ORDINARY_VALUE)) {
		return KNOT_EOK;
	}
	if (profile->owner_max + domain->size > KNOT_DNAME_MAXLEN) {
		*line = profile->owner_max_line;
		return KNOT_ESPACE;
	}
	size_t max = rdata_max(profile, domain), len;
	if (max == 0) {
		return KNOT_EOK;
	}
	uint8_t *buf = mm->alloc(mm->ctx, max);
	if (buf == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < profile->records_count; i++) {
		const hm_record_t *record = &profile->records[i];
		if (hm_rdata_is_fixed(record->rdata)) {
			continue;
		}
		int ret = hm_rdata_expand(record->rdata, domain, buf, max, &len);
		if (ret != KNOT_EOK && ret != KNOT_ENOENT) {
			*line = record->line;
			return ret;
		}
	}
	return KNOT_EOK;
}

bool hm_profile_fits_ordinary(const hm_profile_t *profile)
{
	return profile->fits_ordinary;
}

const char *hm_profile_reason(int ret)
{
	switch (ret) {
	case KNOT_ESPACE:
		return "a name or a string becomes too long";
	case KNOT_EMALF:
		return "a variable results in an empty label or an IP address";
	default:
		return knot_strerror(ret);
	}
}

static const hm_node_t *find_child(const hm_node_t *node, const uint8_t *label)
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

const hm_node_t *hm_profile_find(const hm_profile_t *profile, const knot_dname_t *name,
                                 unsigned prefix, const hm_node_t **encloser)
{
	const uint8_t *labels[KNOT_DNAME_MAXLABELS];
	for (unsigned i = 0; i < prefix; i++) {
		labels[i] = name;
		name = hm_dname_next(name);
	}

	const hm_node_t *node = profile->apex;
	while (prefix > 0) {
		const hm_node_t *child = find_child(node, labels[--prefix]);
		if (child == NULL) {
			*encloser = node;
			return NULL;
		}
		node = child;
	}
	*encloser = node;
	return node;
}

unsigned hm_node_depth(const hm_node_t *node)
{
	unsigned depth = 0;
	for (; node->parent != NULL; node = node->parent) {
		depth++;
	}
	return depth;
}

uint16_t hm_node_next_type(const hm_node_t *node, uint16_t last)
{
	for (size_t i = 0; i < node->rrsets_count; i++) {
		if (node->rrsets[i].type > last) {
			return node->rrsets[i].type;
		}
	}
	return 0;
}

int hm_node_owner(const hm_node_t *node, const hm_domain_t *domain, knot_dname_storage_t out)
{
	size_t size = domain->size;
	for (const hm_node_t *n = node; n->parent != NULL; n = n->parent) {
		size += 1 + n->label[0];
	}
	if (size > KNOT_DNAME_MAXLEN) {
		return KNOT_ESPACE;
	}
	for (; node->parent != NULL; node = node->parent) {
		memcpy(out, node->label, 1 + node->label[0]);
		out += 1 + node->label[0];
	}
	memcpy(out, domain->name, domain->size);
	return KNOT_EOK;
}

/*!
 * \brief Put expanded RDATA in canonical order (RFC 4034, section 6.3) without duplicates.
 *
 * An insertion sort, since they are few and nearly in order; qsort() may take memory from the heap.
 */
static int sort_rdata(knot_rdata_t **items, size_t count, knot_mm_t *mm, size_t size,
                      knot_rdataset_t *rrs)
{
	uint8_t *sorted = mm->alloc(mm->ctx, size);
	if (sorted == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 1; i < count; i++) {
		knot_rdata_t *item = items[i];
		size_t j = i;
		for (; j > 0 && knot_rdata_cmp(items[j - 1], item) > 0; j--) {
			items[j] = items[j - 1];
		}
		items[j] = item;
	}

	rrs->rdata = (knot_rdata_t *)sorted;
	rrs->count = 0;
	rrs->size = 0;
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && knot_rdata_cmp(items[i - 1], items[i]) == 0) {
			continue;
		}
		size_t item_size = knot_rdata_size(items[i]->len);
		memcpy(sorted + rrs->size, items[i], item_size);
		rrs->size += item_size;
		rrs->count++;
	}
	return KNOT_EOK;
}

/*! \brief Expand the RDATA of an RRset that has variables. */
static int expand_rrset(const hm_rrset_t *rrset, const hm_domain_t *domain, knot_mm_t *mm,
                        knot_rrset_t *out)
{
	size_t size = 0;
	for (size_t i = 0; i < rrset->count; i++) {
		size += knot_rdata_size(hm_rdata_bound(rrset->records[i].rdata, domain));
	}
	uint8_t *pos = mm->alloc(mm->ctx, size);
	knot_rdata_t **items = (rrset->count > 1) ?
	                       mm->alloc(mm->ctx, rrset->count * sizeof(*items)) : NULL;
	if (pos == NULL || (items == NULL && rrset->count > 1)) {
		return KNOT_ENOMEM;
	}

	knot_rdataset_t rrs = { .rdata = (knot_rdata_t *)pos };
	knot_rdata_t *last = NULL;
	bool sorted = true;
	for (size_t i = 0; i < rrset->count; i++) {
		const hm_record_t *record = &rrset->records[i];
		knot_rdata_t *rdata = (knot_rdata_t *)pos;
		size_t len;
		int ret = hm_rdata_expand(record->rdata, domain, rdata->data,
		                          hm_rdata_bound(record->rdata, domain), &len);
		if (ret == KNOT_ENOENT) {
			continue;
		}
		if (ret != KNOT_EOK) {
			return ret;
		}
		rdata->len = len;
		if (len & 1) {
			rdata->data[len] = 0; // Padding.
		}
		if (last != NULL && knot_rdata_cmp(last, rdata) >= 0) {
			sorted = false;
		}
		if (items != NULL) {
			items[rrs.count] = rdata;
		}
		last = rdata;
		pos += knot_rdata_size(len);
		rrs.count++;
		rrs.size += knot_rdata_size(len);
		out->ttl = record->ttl; // The last one counts, as in a zone file of Knot DNS.
	}
	if (rrs.count == 0) {
		return KNOT_ENOENT;
	}
	if (!sorted) {
		int ret = sort_rdata(items, rrs.count, mm, rrs.size, &rrs);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}

	out->rrs = rrs;
	return KNOT_EOK;
}

static int get_rrset(const hm_rrset_t *rrset, const hm_domain_t *domain, knot_mm_t *mm,
                     knot_rrset_t *out)
{
	knot_rrset_t result;
	knot_rrset_init(&result, NULL, rrset->type, KNOT_CLASS_IN, rrset->ttl);
	if (rrset->fixed.count > 0) {
		result.rrs = rrset->fixed;
	} else {
		int ret = expand_rrset(rrset, domain, mm, &result);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	*out = result;
	return KNOT_EOK;
}

int hm_node_rrset(const hm_node_t *node, uint16_t type, const hm_domain_t *domain, knot_mm_t *mm,
                  knot_rrset_t *out)
{
	for (size_t i = 0; i < node->rrsets_count; i++) {
		const hm_rrset_t *rrset = &node->rrsets[i];
		if (rrset->type != type && type != KNOT_RRTYPE_ANY) {
			continue;
		}
		int ret = get_rrset(rrset, domain, mm, out);
		if (ret != KNOT_ENOENT || type != KNOT_RRTYPE_ANY) {
			return ret;
		}
	}
	return KNOT_ENOENT;
}
