/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include <libknot/errcode.h>

#include "hostedmail/profile.h"
#include "profile_internal.h"

/*! \brief Merge two neighbouring runs, each in order; what is in order as a whole costs one look. */
static void merge_runs(knot_rdata_t **items, size_t middle, size_t count, knot_rdata_t **space)
{
	if (knot_rdata_cmp(items[middle - 1], items[middle]) <= 0) {
		return;
	}
	memcpy(space, items, middle * sizeof(*space));
	size_t left = 0, right = middle, out = 0;
	while (left < middle && right < count) {
		items[out++] = (knot_rdata_cmp(space[left], items[right]) <= 0) ? space[left++] :
		                                                                  items[right++];
	}
	memcpy(items + out, space + left, (middle - left) * sizeof(*items));
}

/*! \brief Sort by merging: qsort() may take memory from the heap. */
static void sort_items(knot_rdata_t **items, size_t count, knot_rdata_t **space)
{
	for (size_t width = 1; width < count; width *= 2) {
		for (size_t from = 0; from + width < count; from += 2 * width) {
			size_t rest = count - from;
			merge_runs(items + from, width, (rest < 2 * width) ? rest : 2 * width, space);
		}
	}
}

/*! \brief Put expanded RDATA in canonical order (RFC 4034, section 6.3) without duplicates. */
static int sort_rdata(knot_rdataset_t *rrs, knot_mm_t *mm)
{
	size_t count = rrs->count;
	knot_rdata_t **items = mm->alloc(mm->ctx, 2 * count * sizeof(*items));
	uint8_t *sorted = mm->alloc(mm->ctx, rrs->size);
	if (items == NULL || sorted == NULL) {
		return KNOT_ENOMEM;
	}
	knot_rdata_t *rdata = rrs->rdata;
	for (size_t i = 0; i < count; i++, rdata = knot_rdataset_next(rdata)) {
		items[i] = rdata;
	}
	sort_items(items, count, items + count);

	*rrs = (knot_rdataset_t){ .rdata = (knot_rdata_t *)sorted };
	for (size_t i = 0; i < count; i++) {
		if (i > 0 && knot_rdata_cmp(items[i - 1], items[i]) == 0) {
			continue;
		}
		size_t size = knot_rdata_size(items[i]->len);
		memcpy(sorted + rrs->size, items[i], size);
		rrs->size += size;
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
	if (pos == NULL) {
		return KNOT_ENOMEM;
	}
	const uint8_t *end = pos + size;

	knot_rdataset_t rrs = { .rdata = (knot_rdata_t *)pos };
	knot_rdata_t *last = NULL;
	uint32_t number = 0;
	bool sorted = true;
	for (size_t i = 0; i < rrset->count; i++) {
		const hm_record_t *record = &rrset->records[i];
		knot_rdata_t *rdata = (knot_rdata_t *)pos;
		size_t len;
		int ret = hm_rdata_expand(record->rdata, domain, rdata->data, end - rdata->data,
		                          &len);
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
		if (record->number >= number) {
			// The last one of the file counts, as in a zone file of Knot DNS.
			number = record->number;
			out->ttl = record->ttl;
		}
		last = rdata;
		pos += knot_rdata_size(len);
		rrs.count++;
		rrs.size += knot_rdata_size(len);
	}
	if (rrs.count == 0) {
		return KNOT_ENOENT;
	}
	if (!sorted) {
		int ret = sort_rdata(&rrs, mm);
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
