/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Putting a hosted file together in memory, domain by domain.
 */

#pragma once

#include "hosted_file_internal.h"

/*!
 * \brief Domains between their entry in the arena and their slot in the index.
 *
 * The index of a large file is in no cache. A domain waits until its bucket has been fetched, while
 * the next ones are parsed.
 */
#define BUILD_WAITING 32

/*! \brief A domain that waits for its slot. */
typedef struct {
	uint64_t hash;
	uint64_t line;
	uint32_t entry; /*!< Position of its entry in the arena. */
	uint16_t name;  /*!< From the entry to its name. */
	uint16_t size;  /*!< Of the name. */
} hm_waiting_t;

/*! \brief Names above the last domains that are known again; a power of two. */
#define BUILD_SEEN 512

/*! \brief The name right above a domain, at or above which another one can be hosted. */
typedef struct {
	uint64_t hash;
	uint32_t entry;  /*!< Position of the domain in the arena. */
	uint8_t labels;
} hm_parent_t;

/*! \brief A hosted file under construction. */
typedef struct {
	hm_hosted_file_t *hosted;
	uint32_t *interned;  /*!< Index of the attributes: their ids, each plus one. */
	size_t interned_max; /*!< A power of two. */
	hm_waiting_t waiting[BUILD_WAITING];
	size_t added;        /*!< All domains, those that wait as well. */
	size_t placed;       /*!< Those that have their slot. */
	hm_parent_t *parents; /*!< Of the domains added; one of many domains is here once or so. */
	size_t parents_count;
	size_t parents_max;
	uint64_t seen[BUILD_SEEN]; /*!< Hashes of parents. */
	bool has_zone;       /*!< As in hm_hosted_file_opts_t. */
	void (*again)(void *ctx, uint64_t line); /*!< Told of a domain that was given before. */
	void *ctx;
} hm_build_t;

/*!
 * \brief Start without domains.
 *
 * \param[in,out] build  With its callback and options; hm_build_clear() it whatever the result.
 * \param[in]     count  Most domains.
 * \param[in]     size   Bytes of the text they come from, for the first guess of their names.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ERROR   No random seed, see errno.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_build_start(hm_build_t *build, size_t count, size_t size);

/*!
 * \brief Get the id of a profile with variables, which is added if it is new.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_build_attr(hm_build_t *build, uint16_t profile, const uint8_t *vars, size_t vars_len,
                  size_t *id);

/*!
 * \brief Add a domain with its attribute; a later one takes the place of an earlier one.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ESPACE  Names take more than 4 GiB.
 * \retval KNOT_ERANGE  More domains than were announced.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_build_add(hm_build_t *build, const hm_domain_t *domain, size_t attr, uint64_t line);

/*!
 * \brief Make room for \a more items in a growing array.
 *
 * \return The array, perhaps moved; NULL if there is no memory, the old one is still good then.
 */
void *hm_build_reserve(void *array, size_t used, size_t more, size_t *max, size_t item);

/*!
 * \brief Add an entry to the arena, which may move; it has no slot yet.
 *
 * \param[in,out] hosted  Hosted file.
 * \param[in]     name    Name in wire format, not in the arena.
 * \param[in]     size    Its size.
 * \param[in]     attr    Attribute.
 * \param[out]    offset  Bytes from the entry to its name.
 * \param[out]    entry   Position of the entry.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ESPACE  Names take more than 4 GiB.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_build_entry(hm_hosted_file_t *hosted, const knot_dname_t *name, size_t size, size_t attr,
                   uint16_t *offset, uint32_t *entry);

/*!
 * \brief Find the domains that are nested in others, when all have their slots.
 *
 * Marks those that have others below them, and adds the names between.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ESPACE  Names take more than 4 GiB.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_build_nested(hm_build_t *build);

/*! \brief Finish it: it is the caller's from then on; errors as those of hm_build_add(). */
int hm_build_end(hm_build_t *build, hm_hosted_file_t **out);

/*! \brief Free what is left of it. */
void hm_build_clear(hm_build_t *build);
