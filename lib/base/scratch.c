/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>

#include <libknot/errcode.h>

#include "hostedmail/scratch.h"

static void *scratch_alloc(void *ctx, size_t size)
{
	const hm_scratch_t *scratch = ctx;
	return (size <= scratch->size) ? scratch->block : NULL;
}

static void scratch_free(void *block)
{
	(void)block;
}

int hm_scratch_init(hm_scratch_t *scratch, size_t size)
{
	void *block = malloc(size);
	*scratch = (hm_scratch_t) {
		.mm = { .ctx = scratch, .alloc = scratch_alloc, .free = scratch_free },
		.block = block,
		.size = size,
	};
	return (block != NULL) ? KNOT_EOK : KNOT_ENOMEM;
}

void hm_scratch_clear(hm_scratch_t *scratch)
{
	free(scratch->block);
	scratch->block = NULL;
}
