/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>

#include "hosted_file_internal.h"

/*! \brief Domains that are looked at to tell how many are lost, more or less. */
#define LOST_SAMPLE 50000

hm_hosted_file_t *hm_hosted_file_new(void)
{
	return calloc(1, sizeof(hm_hosted_file_t));
}

void hm_hosted_file_free(hm_hosted_file_t *hosted)
{
	if (hosted == NULL) {
		return;
	}
	free(hosted->arena);
	free(hosted->buckets);
	free(hosted->attrs);
	free(hosted->vars);
	free(hosted->gaps.slots);
	free(hosted);
}

size_t hm_hosted_file_count(const hm_hosted_file_t *hosted)
{
	return hosted->count;
}

size_t hm_hosted_file_left_out(const hm_hosted_file_t *hosted)
{
	return hosted->left_out;
}

uint64_t hm_hosted_file_digest(const hm_hosted_file_t *hosted)
{
	return hosted->digest;
}

static bool has_domain(const hm_hosted_file_t *hosted, const uint8_t *name)
{
	size_t attr;
	return hosted->count > 0 && slot_find(hosted, hash_name(hosted, name), name,
	                                      knot_dname_size(name), &attr) != NULL;
}

size_t hm_hosted_file_lost(const hm_hosted_file_t *hosted, const hm_hosted_file_t *other)
{
	// The hash is random, so any bucket is as good as any other.
	size_t step = 1 + hosted->count / LOST_SAMPLE;
	size_t seen = 0, lost = 0;
	for (size_t b = 0; b < hosted->buckets_count; b += step) {
		const hm_bucket_t *bucket = &hosted->buckets[b];
		for (int i = 0; i < BUCKET_SLOTS && bucket->print[i] != 0; i++) {
			size_t attr;
			const uint8_t *name = entry_read(hosted->arena + bucket->entry[i], &attr);
			lost += !has_domain(other, name);
			seen++;
		}
	}
	return (seen > 0) ? (size_t)((double)lost / seen * hosted->count + 0.5) : 0;
}

size_t hm_hosted_file_memory(const hm_hosted_file_t *hosted)
{
	return sizeof(*hosted) + hosted->arena_max + hosted->vars_max +
	       hosted->buckets_count * sizeof(*hosted->buckets) +
	       hosted->attrs_max * sizeof(*hosted->attrs) +
	       hosted->gaps.max * sizeof(*hosted->gaps.slots);
}

bool hm_hosted_file_find(const hm_hosted_file_t *hosted, const knot_dname_t *name,
                         hm_domain_t *domain)
{
	const uint8_t *labels[KNOT_DNAME_MAXLABELS + 1];
	unsigned count = hm_dname_labels(name, labels);
	const uint8_t *end = labels[count] + 1;

	// One pass from the top label down gives the hash of every suffix.
	uint64_t hashes[KNOT_DNAME_MAXLABELS + 1];
	unsigned depth = (count < hosted->depth_max) ? count : hosted->depth_max;
	uint64_t hash = hosted->seed;
	for (unsigned i = 1; i <= depth; i++) {
		hash = hash_label(hash, labels[count - i]);
		hashes[i] = hash;
		if (hm_depths_has(&hosted->depths, i)) {
			__builtin_prefetch(&hosted->buckets[hash_bucket(hosted, hash)]);
		}
	}

	for (; depth > 0; depth--) {
		if (!hm_depths_has(&hosted->depths, depth)) {
			continue;
		}
		const uint8_t *suffix = labels[count - depth];
		size_t suffix_size = end - suffix, id;
		if (slot_find(hosted, hashes[depth], suffix, suffix_size, &id) == NULL) {
			continue;
		}
		const hm_attr_t *attr = &hosted->attrs[id];
		*domain = (hm_domain_t) {
			.name = suffix,
			.vars = hosted->vars + attr->vars,
			.vars_len = attr->vars_len,
			.profile = attr->profile,
			.size = suffix_size,
			.labels = depth,
			.has_nested = attr->has_nested,
		};
		return true;
	}
	return false;
}

unsigned hm_hosted_file_gap(const hm_hosted_file_t *hosted, const knot_dname_t *name,
                            unsigned above)
{
	const hm_gaps_t *gaps = &hosted->gaps;
	if (gaps->depth_max <= above) {
		return 0;
	}
	const uint8_t *labels[KNOT_DNAME_MAXLABELS + 1];
	unsigned count = hm_dname_labels(name, labels);
	const uint8_t *end = labels[count] + 1;

	uint64_t hashes[KNOT_DNAME_MAXLABELS + 1];
	unsigned depth = (count < gaps->depth_max) ? count : gaps->depth_max;
	hashes[0] = hosted->seed;
	for (unsigned i = 1; i <= depth; i++) {
		hashes[i] = hash_label(hashes[i - 1], labels[count - i]);
	}
	for (; depth > above; depth--) {
		const uint8_t *suffix = labels[count - depth];
		if (hm_depths_has(&gaps->depths, depth) &&
		    *gap_slot(hosted, hashes[depth], suffix, end - suffix) != 0) {
			return depth;
		}
	}
	return 0;
}
