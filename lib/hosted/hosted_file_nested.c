/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>

#include <libknot/errcode.h>

#include "hosted_file_build_internal.h"

/*! \brief How many parents ahead memory is fetched. */
#define AHEAD 16

/*! \brief Fewest labels of a gap below a domain that only the hosted zone has. */
#define ZONE_GAP_MIN 3

/*! \brief The search for nested domains. */
typedef struct {
	hm_hosted_file_t *hosted;
	uint32_t *twins;     /*!< Of each attribute, the same for domains that have others below
	                          them; 0 if there is none yet. */
	unsigned depth_min;  /*!< Fewest labels of a domain. */
	bool has_zone;
} nested_t;

/*! \brief Get the attribute of a domain that has others below it. */
static int twin_of(nested_t *nested, size_t attr, size_t *twin)
{
	hm_hosted_file_t *hosted = nested->hosted;
	if (nested->twins[attr] == 0) {
		hm_attr_t *attrs = hm_build_reserve(hosted->attrs, hosted->attrs_count, 1,
		                                    &hosted->attrs_max, sizeof(*attrs));
		if (attrs == NULL) {
			return KNOT_ENOMEM;
		}
		hosted->attrs = attrs;
		attrs[hosted->attrs_count] = attrs[attr];
		attrs[hosted->attrs_count].has_nested = true;
		nested->twins[attr] = hosted->attrs_count++;
	}
	*twin = nested->twins[attr];
	return KNOT_EOK;
}

/*! \brief Note that a domain has others below it: its entry is made again. */
static int mark_upper(nested_t *nested, uint32_t *slot, size_t attr)
{
	hm_hosted_file_t *hosted = nested->hosted;
	if (hosted->attrs[attr].has_nested) {
		return KNOT_EOK;
	}
	size_t twin;
	int ret = twin_of(nested, attr, &twin);
	if (ret != KNOT_EOK) {
		return ret;
	}
	knot_dname_storage_t name;
	const uint8_t *old = entry_read(hosted->arena + *slot, &attr);
	size_t size = knot_dname_size(old);
	memcpy(name, old, size);
	uint16_t offset;
	return hm_build_entry(hosted, name, size, twin, &offset, slot);
}

/*! \brief Double the index of the gaps. */
static int gaps_grow(hm_hosted_file_t *hosted)
{
	hm_gaps_t old = hosted->gaps, *gaps = &hosted->gaps;
	gaps->max = (old.max == 0) ? 64 : 2 * old.max;
	gaps->slots = calloc(gaps->max, sizeof(*gaps->slots));
	if (gaps->slots == NULL) {
		*gaps = old;
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < old.max; i++) {
		if (old.slots[i] != 0) {
			const uint8_t *name = hosted->arena + old.slots[i] - 1;
			*gap_slot(hosted, hash_name(hosted, name), name,
			          knot_dname_size(name)) = old.slots[i];
		}
	}
	free(old.slots);
	return KNOT_EOK;
}

static bool is_gap(const hm_hosted_file_t *hosted, uint64_t hash, const uint8_t *name,
                   size_t size)
{
	return hosted->gaps.count > 0 && *gap_slot(hosted, hash, name, size) != 0;
}

/*! \brief Add a name that is in the arena, unless it was added before. */
static int add_gap(hm_hosted_file_t *hosted, uint64_t hash, const uint8_t *name, size_t size,
                   unsigned labels)
{
	hm_gaps_t *gaps = &hosted->gaps;
	if (2 * (gaps->count + 1) > gaps->max) {
		int ret = gaps_grow(hosted);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	size_t pos = name - hosted->arena;
	if (pos >= UINT32_MAX) {
		return KNOT_ESPACE;
	}
	uint32_t *slot = gap_slot(hosted, hash, name, size);
	gaps->count += (*slot == 0);
	*slot = pos + 1;
	hm_depths_add(&gaps->depths, labels);
	if (labels > gaps->depth_max) {
		gaps->depth_max = labels;
	}
	return KNOT_EOK;
}

/*! \brief Go up from a parent to a hosted domain, and make the names on the way exist. */
static int go_up(nested_t *nested, const hm_parent_t *parent)
{
	hm_hosted_file_t *hosted = nested->hosted;
	const uint8_t *labels[KNOT_DNAME_MAXLABELS + 1];
	size_t attr = 0;
	const uint8_t *name = hm_dname_next(entry_read(hosted->arena + parent->entry, &attr));
	unsigned count = hm_dname_labels(name, labels);
	const uint8_t *end = labels[count] + 1;
	uint64_t hashes[KNOT_DNAME_MAXLABELS + 1];
	hashes[0] = hosted->seed;
	for (unsigned depth = 1; depth <= count; depth++) {
		hashes[depth] = hash_label(hashes[depth - 1], labels[count - depth]);
	}

	uint32_t *upper = NULL;
	unsigned depth = count;
	for (; depth >= nested->depth_min; depth--) {
		name = labels[count - depth];
		if (hm_depths_has(&hosted->depths, depth)) {
			upper = slot_find(hosted, hashes[depth], name, end - name, &attr);
		}
		if (upper != NULL || is_gap(hosted, hashes[depth], name, end - name)) {
			break; // What is above a gap was found when it was made.
		}
	}
	if (depth < nested->depth_min) {
		depth = nested->has_zone ? ZONE_GAP_MIN - 1 : count;
	}
	for (unsigned gap = depth + 1; gap <= count; gap++) {
		name = labels[count - gap];
		int ret = add_gap(hosted, hashes[gap], name, end - name, gap);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return (upper != NULL) ? mark_upper(nested, upper, attr) : KNOT_EOK;
}

/*! \brief Look at the domains around one parent. */
static int look_up(nested_t *nested, const hm_parent_t *parent)
{
	hm_hosted_file_t *hosted = nested->hosted;
	if (hm_depths_has(&hosted->depths, parent->labels)) {
		size_t attr = 0, unused;
		const uint8_t *name =
		    hm_dname_next(entry_read(hosted->arena + parent->entry, &unused));
		uint32_t *slot = slot_find(hosted, parent->hash, name, knot_dname_size(name),
		                           &attr);
		if (slot != NULL) {
			return mark_upper(nested, slot, attr);
		}
	}
	bool may_gap = parent->labels > nested->depth_min ||
	               (nested->has_zone && parent->labels >= ZONE_GAP_MIN);
	return may_gap ? go_up(nested, parent) : KNOT_EOK;
}

static int look_all_up(nested_t *nested, const hm_build_t *build)
{
	const hm_hosted_file_t *hosted = nested->hosted;
	for (size_t i = 0; i < build->parents_count; i++) {
		if (i + AHEAD < build->parents_count) {
			const hm_parent_t *next = &build->parents[i + AHEAD];
			__builtin_prefetch(&hosted->buckets[hash_bucket(hosted, next->hash)]);
			__builtin_prefetch(hosted->arena + next->entry);
		}
		int ret = look_up(nested, &build->parents[i]);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return KNOT_EOK;
}

int hm_build_nested(hm_build_t *build)
{
	nested_t nested = { .hosted = build->hosted, .depth_min = 1, .has_zone = build->has_zone };
	while (nested.depth_min < build->hosted->depth_max &&
	       !hm_depths_has(&build->hosted->depths, nested.depth_min)) {
		nested.depth_min++;
	}
	nested.twins = calloc(build->hosted->attrs_count, sizeof(*nested.twins));
	if (nested.twins == NULL) {
		return KNOT_ENOMEM;
	}
	int ret = look_all_up(&nested, build);
	free(nested.twins);
	return ret;
}
