/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Memory of a load for what a query takes from its own memory context.
 */

#pragma once

#include <stddef.h>

#include <libknot/mm_ctx.h>

/*! \brief A memory context of one block: each allocation has it all and ends the one before. */
typedef struct {
	knot_mm_t mm;
	void *block;
	size_t size;
} hm_scratch_t;

/*!
 * \brief Prepare a memory context.
 *
 * \param[out] scratch  The context; it must not move, and hm_scratch_clear() frees its block.
 * \param[in]  size     Largest allocation that can be had from it.
 *
 * \retval KNOT_EOK     Success: allocations up to that size do not fail.
 * \retval KNOT_ENOMEM  Out of memory; every allocation fails.
 */
int hm_scratch_init(hm_scratch_t *scratch, size_t size);

/*! \brief Free the block of a memory context; one of all zeros is fine. */
void hm_scratch_clear(hm_scratch_t *scratch);
