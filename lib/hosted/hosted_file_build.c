/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/random.h>

#include <libknot/errcode.h>

#include "hosted_file_build_internal.h"

// A comparison may read as far past the last entry as a name is long.
#define ARENA_PADDING KNOT_DNAME_MAXLEN

/*! \brief Most bytes of the attribute of an entry. */
#define VARINT_MAX 10

/*! \brief Most bytes of an entry. */
#define ENTRY_MAX (VARINT_MAX + KNOT_DNAME_MAXLEN)

/*! \brief Bytes of a huge page: a look-up in a large file is then not slowed down by the TLB too. */
#define HUGE_PAGE (2 * 1024 * 1024)

/*! \brief Get memory for a large array. */
static void *large_alloc(size_t size)
{
	if (size < 2 * HUGE_PAGE) {
		size_t lines = (size + sizeof(hm_bucket_t) - 1) / sizeof(hm_bucket_t);
		return aligned_alloc(sizeof(hm_bucket_t), lines * sizeof(hm_bucket_t));
	}
	void *memory = aligned_alloc(HUGE_PAGE, (size + HUGE_PAGE - 1) / HUGE_PAGE * HUGE_PAGE);
	if (memory != NULL) {
		(void)madvise(memory, size, MADV_HUGEPAGE);
	}
	return memory;
}

void *hm_build_reserve(void *array, size_t used, size_t more, size_t *max, size_t item)
{
	if (*max - used >= more) {
		return array;
	}
	size_t grown = *max + *max / 2;
	if (grown < used + more) {
		grown = used + more + 64;
	}
	void *moved = realloc(array, grown * item);
	if (moved != NULL) {
		*max = grown;
	}
	return moved;
}

/*! \brief Give back what an array has more than it uses. */
static void *shrink(void *array, size_t used, size_t *max, size_t item)
{
	void *moved = (used > 0) ? realloc(array, used * item) : NULL;
	if (moved == NULL) {
		return array;
	}
	*max = used;
	return moved;
}

static uint64_t attr_hash(const hm_hosted_file_t *hosted, uint16_t profile, const uint8_t *vars,
                          size_t vars_len)
{
	return XXH3_64bits_withSeed(vars, vars_len, hosted->seed + profile);
}

/*! \brief Double the index of the attributes. */
static int interned_grow(hm_build_t *build)
{
	const hm_hosted_file_t *hosted = build->hosted;
	size_t max = (build->interned_max == 0) ? 64 : 2 * build->interned_max;
	uint32_t *interned = calloc(max, sizeof(*interned));
	if (interned == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t id = 0; id < hosted->attrs_count; id++) {
		const hm_attr_t *attr = &hosted->attrs[id];
		size_t i = attr_hash(hosted, attr->profile, hosted->vars + attr->vars,
		                     attr->vars_len);
		while (interned[i & (max - 1)] != 0) {
			i++;
		}
		interned[i & (max - 1)] = id + 1;
	}
	free(build->interned);
	build->interned = interned;
	build->interned_max = max;
	return KNOT_EOK;
}

int hm_build_attr(hm_build_t *build, uint16_t profile, const uint8_t *vars, size_t vars_len,
                  size_t *id)
{
	hm_hosted_file_t *hosted = build->hosted;
	if (2 * (hosted->attrs_count + 1) > build->interned_max) {
		int ret = interned_grow(build);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}

	size_t mask = build->interned_max - 1;
	size_t i = attr_hash(hosted, profile, vars, vars_len);
	for (; build->interned[i & mask] != 0; i++) {
		const hm_attr_t *attr = &hosted->attrs[build->interned[i & mask] - 1];
		if (attr->profile == profile && attr->vars_len == vars_len &&
		    memcmp(hosted->vars + attr->vars, vars, vars_len) == 0) {
			*id = build->interned[i & mask] - 1;
			return KNOT_EOK;
		}
	}

	hm_attr_t *attrs = hm_build_reserve(hosted->attrs, hosted->attrs_count, 1,
	                                    &hosted->attrs_max, sizeof(*attrs));
	if (attrs == NULL) {
		return KNOT_ENOMEM;
	}
	hosted->attrs = attrs;
	uint8_t *room = hm_build_reserve(hosted->vars, hosted->vars_len, vars_len + 1,
	                                 &hosted->vars_max, 1);
	if (room == NULL) {
		return KNOT_ENOMEM;
	}
	hosted->vars = room;
	hosted->attrs[hosted->attrs_count] = (hm_attr_t) {
		.vars = hosted->vars_len, .vars_len = vars_len, .profile = profile,
	};
	memcpy(hosted->vars + hosted->vars_len, vars, vars_len);
	hosted->vars_len += vars_len;
	*id = hosted->attrs_count++;
	build->interned[i & mask] = *id + 1;
	return KNOT_EOK;
}

int hm_build_start(hm_build_t *build, size_t count, size_t size)
{
	hm_hosted_file_t *hosted = calloc(1, sizeof(*hosted));
	build->hosted = hosted;
	if (hosted == NULL) {
		return KNOT_ENOMEM;
	}
	if (getrandom(&hosted->seed, sizeof(hosted->seed), 0) != sizeof(hosted->seed)) {
		return KNOT_ERROR;
	}

	hosted->buckets_count = count * 100 / (BUCKET_SLOTS * BUCKET_LOAD) + 1;
	size_t buckets_size = hosted->buckets_count * sizeof(*hosted->buckets);
	hosted->buckets = large_alloc(buckets_size);
	if (hosted->buckets == NULL) {
		return KNOT_ENOMEM;
	}
	memset(hosted->buckets, 0, buckets_size);

	// A name in wire format is a byte longer than its line, and has a byte
	// of attribute in front.
	size_t most = count * ENTRY_MAX;
	if (most > size + 2 * count) {
		most = size + 2 * count;
	}
	if (most > UINT32_MAX) {
		most = UINT32_MAX; // More cannot be used.
	}
	hosted->arena_max = most + ENTRY_MAX + ARENA_PADDING;
	hosted->arena = large_alloc(hosted->arena_max);
	if (hosted->arena == NULL) {
		return KNOT_ENOMEM;
	}

	size_t id;
	return hm_build_attr(build, 0, (const uint8_t *)"", 0, &id);
}

/*! \brief Give the domain that has waited longest its slot. */
static int fill_slot(hm_build_t *build)
{
	hm_hosted_file_t *hosted = build->hosted;
	const hm_waiting_t *next = &build->waiting[build->placed++ % BUILD_WAITING];
	const uint8_t *name = hosted->arena + next->entry + next->name;

	size_t other;
	uint8_t *print;
	uint32_t *slot = slot_seek(hosted, next->hash, name, next->size, &other, &print);
	if (*print != 0) {
		*slot = next->entry;
		build->again(build->ctx, next->line);
		return KNOT_EOK;
	}
	if ((hosted->count + 1) * 100 > hosted->buckets_count * BUCKET_SLOTS * (BUCKET_LOAD + 10)) {
		return KNOT_ERANGE;
	}
	*print = hash_print(next->hash);
	*slot = next->entry;
	hosted->count++;
	return KNOT_EOK;
}

int hm_build_entry(hm_hosted_file_t *hosted, const knot_dname_t *name, size_t size, size_t attr,
                   uint16_t *offset, uint32_t *entry)
{
	uint8_t *arena = hm_build_reserve(hosted->arena, hosted->arena_len,
	                                  ENTRY_MAX + ARENA_PADDING, &hosted->arena_max, 1);
	if (arena == NULL) {
		return KNOT_ENOMEM;
	}
	hosted->arena = arena;
	if (hosted->arena_len > UINT32_MAX) {
		return KNOT_ESPACE;
	}

	uint8_t *start = arena + hosted->arena_len, *pos = start;
	for (; attr >= 0x80; attr >>= 7) {
		*pos++ = 0x80 | attr;
	}
	*pos++ = attr;
	memcpy(pos, name, size);
	*offset = pos - start;
	*entry = hosted->arena_len;
	hosted->arena_len = pos + size - arena;
	return KNOT_EOK;
}

/*! \brief Note the name above a domain, unless the last domains had the same. */
static int add_parent(hm_build_t *build, uint64_t hash, uint32_t entry, uint8_t labels)
{
	uint64_t *seen = &build->seen[hash % BUILD_SEEN];
	if (labels == 0 || *seen == hash) {
		return KNOT_EOK;
	}
	hm_parent_t *parents = hm_build_reserve(build->parents, build->parents_count, 1,
	                                        &build->parents_max, sizeof(*parents));
	if (parents == NULL) {
		return KNOT_ENOMEM;
	}
	build->parents = parents;
	parents[build->parents_count++] = (hm_parent_t) {
		.hash = hash, .entry = entry, .labels = labels,
	};
	*seen = hash;
	return KNOT_EOK;
}

int hm_build_add(hm_build_t *build, const hm_domain_t *domain, size_t attr, uint64_t line)
{
	hm_hosted_file_t *hosted = build->hosted;
	if (build->added - build->placed == BUILD_WAITING) {
		int ret = fill_slot(build);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	uint64_t parent;
	hm_waiting_t next = {
		.hash = hash_both(hosted, domain->name, &parent), .line = line,
		.size = domain->size,
	};
	__builtin_prefetch(&hosted->buckets[hash_bucket(hosted, next.hash)], 1);
	int ret = hm_build_entry(hosted, domain->name, domain->size, attr, &next.name, &next.entry);
	if (ret != KNOT_EOK) {
		return ret;
	}
	build->waiting[build->added++ % BUILD_WAITING] = next;
	hm_depths_add(&hosted->depths, domain->labels);
	if (domain->labels > hosted->depth_max) {
		hosted->depth_max = domain->labels;
	}
	return add_parent(build, parent, next.entry, domain->labels - 1);
}

int hm_build_end(hm_build_t *build, hm_hosted_file_t **out)
{
	while (build->placed < build->added) {
		int ret = fill_slot(build);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}

	int ret = hm_build_nested(build);
	if (ret != KNOT_EOK) {
		return ret;
	}

	hm_hosted_file_t *hosted = build->hosted;
	size_t arena_used = (hosted->arena_len > 0) ? hosted->arena_len + ARENA_PADDING : 0;
	hosted->arena = shrink(hosted->arena, arena_used, &hosted->arena_max, 1);
	hosted->vars = shrink(hosted->vars, hosted->vars_len, &hosted->vars_max, 1);
	hosted->attrs = shrink(hosted->attrs, hosted->attrs_count, &hosted->attrs_max,
	                       sizeof(*hosted->attrs));
	build->hosted = NULL;
	*out = hosted;
	return KNOT_EOK;
}

void hm_build_clear(hm_build_t *build)
{
	hm_hosted_file_free(build->hosted);
	free(build->interned);
	free(build->parents);
}
