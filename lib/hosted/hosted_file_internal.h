/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Inside of a loaded hosted file, shared by its loading and its look-up.
 */

#pragma once

#include <endian.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "hostedmail/hosted_file.h"

/*! \brief Slots of a bucket; with their fingerprints they fill a cache line. */
#define BUCKET_SLOTS 12

/*! \brief Slots in use of a hundred: above this, probes of missing names get long. */
#define BUCKET_LOAD 85

/*!
 * \brief A bucket of the index: open addressing, the next bucket takes what this one cannot.
 */
typedef struct {
	uint8_t print[BUCKET_SLOTS];   /*!< A byte of the hash, 0 if the slot is free. */
	uint32_t entry[BUCKET_SLOTS];  /*!< Position of the entry in the arena. */
} __attribute__((aligned(64))) hm_bucket_t;

/*! \brief A profile together with variables, shared by all domains that have the same. */
typedef struct {
	uint64_t vars;       /*!< Position of the packed variables. */
	uint16_t vars_len;
	uint16_t profile;
	bool has_nested;     /*!< Its domains have others below them. */
} hm_attr_t;

/*! \brief Attribute that needs no lookup: the default profile without variables. */
#define ATTR_DEFAULT 0

/*!
 * \brief Names that exist since a nested domain is below them: open addressing, at most half full.
 *
 * Each is a suffix of such a domain, so that no name is stored twice. They have an index of their
 * own, for nearly all domains have nothing nested and are not to pay for those that have.
 */
typedef struct {
	uint32_t *slots;     /*!< Positions of the names in the arena, each plus one; 0 is free. */
	size_t max;          /*!< A power of two, 0 if there are no such names. */
	size_t count;
	hm_depths_t depths;  /*!< How many labels they have. */
	uint8_t depth_max;
} hm_gaps_t;

struct hm_hosted_file {
	uint8_t *arena;          /*!< Entries: the attribute as a varint, the name
	                              in wire format. */
	size_t arena_len;
	size_t arena_max;
	hm_bucket_t *buckets;
	size_t buckets_count;
	hm_attr_t *attrs;
	size_t attrs_count;
	size_t attrs_max;
	uint8_t *vars;
	size_t vars_len;
	size_t vars_max;
	size_t count;            /*!< Domains. */
	size_t left_out;         /*!< Lines that are wrong. */
	uint64_t digest;         /*!< Of the file and of the lines left out. */
	uint64_t seed;           /*!< Of the hash, so that nobody can choose names that collide. */
	hm_depths_t depths;      /*!< How many labels domains have. */
	uint8_t depth_max;
	hm_gaps_t gaps;
};

/*! \brief Extend the hash of a name by the label before it. */
static inline uint64_t hash_label(uint64_t hash, const uint8_t *label)
{
	return XXH3_64bits_withSeed(label, 1 + *label, hash);
}

/*!
 * \brief Hash of a name, from its top label down.
 *
 * \param[out] parent  Hash of the name without its first label.
 */
static inline uint64_t hash_both(const hm_hosted_file_t *hosted, const knot_dname_t *name,
                                 uint64_t *parent)
{
	const uint8_t *labels[KNOT_DNAME_MAXLABELS + 1];
	unsigned count = hm_dname_labels(name, labels);
	uint64_t hash = hosted->seed;
	*parent = hash;
	while (count > 0) {
		*parent = hash;
		hash = hash_label(hash, labels[--count]);
	}
	return hash;
}

/*! \brief Hash of a name. */
static inline uint64_t hash_name(const hm_hosted_file_t *hosted, const knot_dname_t *name)
{
	uint64_t parent;
	return hash_both(hosted, name, &parent);
}

static inline uint8_t hash_print(uint64_t hash)
{
	uint8_t print = hash;
	return (print != 0) ? print : 1;
}

static inline size_t hash_bucket(const hm_hosted_file_t *hosted, uint64_t hash)
{
	return ((unsigned __int128)hash * hosted->buckets_count) >> 64;
}

/*! \brief Read the attribute of an entry, return its name. */
static inline const uint8_t *entry_read(const uint8_t *entry, size_t *attr)
{
	size_t value = 0;
	unsigned shift = 0;
	while (*entry & 0x80) {
		value |= (size_t)(*entry++ & 0x7f) << shift;
		shift += 7;
	}
	*attr = value | (size_t)*entry++ << shift;
	return entry;
}

/*! \brief Tell which bytes of a word are zero: a bit for each, the lowest for the lowest byte. */
static inline unsigned zero_bytes(uint64_t word)
{
	const uint64_t low = UINT64_C(0x7f7f7f7f7f7f7f7f);
	uint64_t highest = ~(((word & low) + low) | word | low);
	return (highest >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

/*! \brief Tell which slots of a bucket have a fingerprint or are free: a bit for each. */
static inline unsigned bucket_match(const hm_bucket_t *bucket, uint8_t print)
{
	const uint64_t all = UINT64_C(0x0101010101010101) * print;
	uint64_t first;
	uint32_t rest;
	memcpy(&first, bucket->print, sizeof(first));
	memcpy(&rest, bucket->print + sizeof(first), sizeof(rest));
	first = le64toh(first);
	uint64_t last = le32toh(rest);
	return zero_bytes(first) | zero_bytes(first ^ all) |
	       ((zero_bytes(last) | zero_bytes(last ^ all)) & 0xf) << sizeof(first);
}

/*!
 * \brief Find the slot of a name.
 *
 * \param[in]  hosted  Hosted file.
 * \param[in]  hash    Hash of the name.
 * \param[in]  name    Name in wire format.
 * \param[in]  size    Its size.
 * \param[out] attr    Its attribute, if found.
 * \param[out] print   Fingerprint of the slot, 0 if it is free: the name is not there.
 *
 * \return The slot, or the one that the name would get.
 */
static inline uint32_t *slot_seek(const hm_hosted_file_t *hosted, uint64_t hash,
                                  const uint8_t *name, size_t size, size_t *attr, uint8_t **print)
{
	uint8_t wanted = hash_print(hash);
	for (size_t b = hash_bucket(hosted, hash); ;
	     b = (b + 1 < hosted->buckets_count) ? b + 1 : 0) {
		hm_bucket_t *bucket = &hosted->buckets[b];
		unsigned match = bucket_match(bucket, wanted);
		for (; match != 0; match &= match - 1) {
			int i = __builtin_ctz(match);
			*print = &bucket->print[i];
			if (**print == 0) {
				return &bucket->entry[i];
			}
			size_t found;
			const uint8_t *other = entry_read(hosted->arena + bucket->entry[i], &found);
			if (memcmp(other, name, size) == 0) {
				*attr = found;
				return &bucket->entry[i];
			}
		}
	}
}

/*! \brief The same for a name that must be there; NULL if it is not. */
static inline uint32_t *slot_find(const hm_hosted_file_t *hosted, uint64_t hash,
                                  const uint8_t *name, size_t size, size_t *attr)
{
	uint8_t *print;
	uint32_t *slot = slot_seek(hosted, hash, name, size, attr, &print);
	return (*print != 0) ? slot : NULL;
}

/*! \brief Find the slot of a name among the gaps: where it is, or where it would be. */
static inline uint32_t *gap_slot(const hm_hosted_file_t *hosted, uint64_t hash,
                                 const uint8_t *name, size_t size)
{
	const hm_gaps_t *gaps = &hosted->gaps;
	for (size_t i = hash; ; i++) {
		uint32_t *slot = &gaps->slots[i & (gaps->max - 1)];
		if (*slot == 0 || memcmp(hosted->arena + *slot - 1, name, size) == 0) {
			return slot;
		}
	}
}
