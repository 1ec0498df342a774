/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hosted_file_internal.h"

/*!
 * \brief Entries that are looked up ahead.
 *
 * An entry counts if the index leads to it: a domain that is given again, or in which others are
 * nested, has one more that does not.
 * The index of a large file is in no cache, so its buckets are fetched while others are walked.
 */
#define AHEAD 32

/*! \brief An entry of the arena. */
typedef struct {
	uint64_t hash;
	const uint8_t *name;
	size_t attr;
	uint32_t entry; /*!< Position in the arena. */
	uint8_t size;
	uint8_t labels;
} entry_t;

/*! \brief Read the entry at a position. */
static void read_entry(const hm_hosted_file_t *hosted, size_t pos, entry_t *entry)
{
	entry->entry = pos;
	entry->name = entry_read(hosted->arena + pos, &entry->attr);
	entry->labels = 0;
	const uint8_t *label = entry->name;
	for (; *label != '\0'; label = hm_dname_next(label)) {
		entry->labels++;
	}
	entry->size = label + 1 - entry->name;
	entry->hash = hash_name(hosted, entry->name);
	__builtin_prefetch(&hosted->buckets[hash_bucket(hosted, entry->hash)]);
}

/*! \brief Hand an entry out if it counts; false if the walk is to end. */
static bool visit(const hm_hosted_file_t *hosted, const entry_t *entry,
                  hm_hosted_file_walk_f on_domain, void *ctx)
{
	size_t attr_id;
	const uint32_t *slot = slot_find(hosted, entry->hash, entry->name, entry->size, &attr_id);
	if (slot == NULL || *slot != entry->entry) {
		return true;
	}
	const hm_attr_t *attr = &hosted->attrs[entry->attr];
	const hm_domain_t domain = {
		.name = entry->name, .size = entry->size, .labels = entry->labels,
		.vars = hosted->vars + attr->vars, .vars_len = attr->vars_len,
		.profile = attr->profile, .has_nested = attr->has_nested,
	};
	return on_domain(ctx, &domain);
}

void hm_hosted_file_walk(const hm_hosted_file_t *hosted, hm_hosted_file_walk_f on_domain,
                         void *ctx)
{
	entry_t ahead[AHEAD];
	size_t read = 0, visited = 0, pos = 0;
	bool go_on = (hosted->count > 0);
	while (go_on && (pos < hosted->arena_len || visited < read)) {
		if (pos < hosted->arena_len && read - visited < AHEAD) {
			entry_t *entry = &ahead[read++ % AHEAD];
			read_entry(hosted, pos, entry);
			pos = entry->name + entry->size - hosted->arena;
		} else {
			go_on = visit(hosted, &ahead[visited++ % AHEAD], on_domain, ctx);
		}
	}
}
