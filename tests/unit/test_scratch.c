/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "hostedmail/scratch.h"
#include "test.h"

static void the_block_is_there_for_each_allocation(void **state)
{
	hm_scratch_t scratch;
	assert_int_equal(hm_scratch_init(&scratch, 100), KNOT_EOK);
	alloc_countdown = 0;
	void *block = scratch.mm.alloc(scratch.mm.ctx, 100);
	void *again = scratch.mm.alloc(scratch.mm.ctx, 1);
	alloc_countdown = -1;
	assert_non_null(block);
	assert_ptr_equal(again, block);
	memset(block, 'x', 100);
	scratch.mm.free(block);
	assert_ptr_equal(scratch.mm.alloc(scratch.mm.ctx, 7), block);
	hm_scratch_clear(&scratch);
}

static void an_allocation_larger_than_the_block_fails(void **state)
{
	hm_scratch_t scratch;
	assert_int_equal(hm_scratch_init(&scratch, 100), KNOT_EOK);
	assert_null(scratch.mm.alloc(scratch.mm.ctx, 101));
	hm_scratch_clear(&scratch);
}

static void without_memory_there_is_no_block(void **state)
{
	hm_scratch_t scratch;
	alloc_countdown = 0;
	int ret = hm_scratch_init(&scratch, 100);
	alloc_countdown = -1;
	assert_int_equal(ret, KNOT_ENOMEM);
	assert_null(scratch.mm.alloc(scratch.mm.ctx, 1));
	hm_scratch_clear(&scratch);
	hm_scratch_clear(&(hm_scratch_t){ 0 });
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_block_is_there_for_each_allocation),
		cmocka_unit_test(an_allocation_larger_than_the_block_fails),
		cmocka_unit_test(without_memory_there_is_no_block),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
