/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hostedmail/files.h"
#include "set_pool_common.h"

/*! \brief Files that consist of one, as its look-up said but for what the caller changes. */
static bool is_current(const char *path, const struct stat *st)
{
	hm_files_t files = { 0 };
	assert_int_equal(hm_files_add(&files, path, st), KNOT_EOK);
	assert_int_equal(files.count, 1);
	assert_string_equal(files.files[0].name, path);
	bool current = hm_files_are_current(&files);
	hm_files_clear(&files);
	assert_int_equal(files.count, 0);
	assert_true(hm_files_are_current(&files));
	return current;
}

static void everything_that_tells_files_apart_counts(void **state)
{
	make_inputs();
	struct stat st;
	assert_int_equal(stat(inputs[OTHER], &st), 0);
	assert_true(is_current(inputs[OTHER], &st));
	for (int what = 0; what < 7; what++) {
		struct stat changed = st;
		changed.st_dev += (what == 0);
		changed.st_ino += (what == 1);
		changed.st_size += (what == 2);
		changed.st_mtim.tv_sec -= (what == 3);
		changed.st_mtim.tv_nsec ^= (what == 4);
		changed.st_ctim.tv_sec -= (what == 5);
		changed.st_ctim.tv_nsec ^= (what == 6);
		assert_false(is_current(inputs[OTHER], &changed));
	}
	assert_false(is_current("", &st));
	assert_false(is_current("/nonexistent", &st));

	// A name that is gone is not the file before it.
	hm_files_t files = { 0 };
	assert_int_equal(hm_files_add(&files, inputs[OTHER], &st), KNOT_EOK);
	assert_int_equal(hm_files_add(&files, "/nonexistent", &st), KNOT_EOK);
	assert_false(hm_files_are_current(&files));
	hm_files_clear(&files);
}

static void one_changed_file_of_many_is_enough(void **state)
{
	make_inputs();
	for (int changed = 0; changed <= FILES; changed++) {
		hm_files_t files = { 0 };
		for (int i = 0; i < FILES; i++) {
			struct stat st;
			assert_int_equal(stat(inputs[i], &st), 0);
			st.st_size += (i == changed);
			assert_int_equal(hm_files_add(&files, inputs[i], &st), KNOT_EOK);
		}
		assert_int_equal(files.count, FILES);
		assert_int_equal(hm_files_are_current(&files), changed == FILES);
		hm_files_clear(&files);
		hm_files_clear(&files);
	}
}

static void a_file_is_settled_when_it_is_old_enough(void **state)
{
	// From the future, where a clock was put back, beyond the age at which it is shared.
	unsigned settled = 0, ahead = 0;
	for (int64_t age = -3000; age <= 3000; age += (age >= -100 && age < 100) ? 5 : 100) {
		hm_files_t files = { 0 };
		int64_t before = now(), changed = before - age * 1000000;
		struct stat st = {
			.st_ctim.tv_sec = changed / 1000000000,
			.st_ctim.tv_nsec = changed % 1000000000,
		};
		assert_int_equal(hm_files_add(&files, "any", &st), KNOT_EOK);
		int64_t after = now();
		// What the clock was in between is not known.
		if (before - changed > YOUNG || after - changed < -YOUNG) {
			assert_true(files.files[0].settled);
			settled++;
			ahead += (after < changed);
		}
		if (before - changed >= -YOUNG && after - changed <= YOUNG) {
			assert_false(files.files[0].settled);
		}
		hm_files_clear(&files);
	}
	assert_true(settled > 50 && ahead > 25);
}

static void nobody_needs_to_know(void **state)
{
	struct stat st = { 0 };
	alloc_countdown = 0;
	int ret = hm_files_add(NULL, "any", &st);
	alloc_countdown = -1;
	assert_int_equal(ret, KNOT_EOK);
}

static void every_failing_allocation_leaves_the_files(void **state)
{
	struct stat st = { 0 };
	hm_files_t files = { 0 };
	for (size_t have = 0; have < 3; have++) {
		for (long count = 0; count < 2; count++) {
			alloc_countdown = count;
			int ret = hm_files_add(&files, "any", &st);
			alloc_countdown = -1;
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_int_equal(files.count, have);
		}
		assert_int_equal(hm_files_add(&files, "any", &st), KNOT_EOK);
	}
	hm_files_clear(&files);
	assert_null(files.files);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(everything_that_tells_files_apart_counts),
		cmocka_unit_test(one_changed_file_of_many_is_enough),
		cmocka_unit_test(a_file_is_settled_when_it_is_old_enough),
		cmocka_unit_test(nobody_needs_to_know),
		cmocka_unit_test(every_failing_allocation_leaves_the_files),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
