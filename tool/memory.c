/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdint.h>
#include <stdlib.h>

#include "memory.h"

/*! \brief A block with its link to the one before it. */
typedef struct block {
	struct block *next;
	uint64_t data[];
} block_t;

static void *block_alloc(void *ctx, size_t size)
{
	hm_memory_t *memory = ctx;
	block_t *block = malloc(sizeof(*block) + size);
	if (block == NULL) {
		return NULL;
	}
	block->next = memory->blocks;
	memory->blocks = block;
	return block->data;
}

void hm_memory_init(hm_memory_t *memory)
{
	*memory = (hm_memory_t){ .mm = { .ctx = memory, .alloc = block_alloc } };
}

void hm_memory_clear(hm_memory_t *memory)
{
	while (memory->blocks != NULL) {
		block_t *block = memory->blocks;
		memory->blocks = block->next;
		free(block);
	}
}

void *hm_memory_alloc(hm_memory_t *memory, size_t size)
{
	return block_alloc(memory, size);
}

bool hm_array_grow(void *array, size_t count, size_t size)
{
	// Capacity doubles at the powers of two.
	if ((count & (count - 1)) != 0) {
		return true;
	}
	void **items = array;
	void *moved = realloc(*items, ((count == 0) ? 1 : 2 * count) * size);
	if (moved == NULL) {
		return false;
	}
	*items = moved;
	return true;
}
