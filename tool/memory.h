/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Memory: a context whose blocks are freed together, arrays that grow.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include <libknot/mm_ctx.h>

/*! \brief A memory context, as the server has one for each query. */
typedef struct {
	knot_mm_t mm;
	void *blocks;
} hm_memory_t;

/*! \brief Prepare a memory context; it must not move. */
void hm_memory_init(hm_memory_t *memory);

/*! \brief Free all that was allocated from it, which can be used further. */
void hm_memory_clear(hm_memory_t *memory);

/*! \brief Allocate from it; NULL if memory is out. */
void *hm_memory_alloc(hm_memory_t *memory, size_t size);

/*!
 * \brief Make room for one more item at the end of an array.
 *
 * \param[in,out] array  Address of the pointer to the array, which may move.
 * \param[in]     count  Items in it; it must have grown by this function alone.
 * \param[in]     size   Size of an item.
 *
 * \return False if memory is out; the array is as it was then.
 */
bool hm_array_grow(void *array, size_t count, size_t size);
