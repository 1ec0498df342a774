/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "profile_common.h"
#include "words.h"

static void assert_list(size_t count, const char *want)
{
	hm_words_t words = { 0 };
	for (size_t i = 0; i < count; i++) {
		hm_words_add(&words, "w%zu", i);
	}
	assert_int_equal(words.count, count);
	char *text = hm_words_end(&words);
	assert_string_equal(text, want);
	assert_int_equal(words.count, 0);
	free(text);
}

static void a_list_reads_as_one_would_say_it(void **state)
{
	assert_list(0, "");
	assert_list(1, "w0");
	assert_list(2, "w0 and w1");
	assert_list(3, "w0, w1 and w2");
	assert_list(6, "w0, w1, w2, w3, w4 and w5");
	assert_list(7, "w0, w1, w2, w3, w4, w5 and 1 more");
	assert_list(1006, "w0, w1, w2, w3, w4, w5 and 1000 more");
}

static void a_name_has_no_final_dot(void **state)
{
	hm_words_t words = { 0 };
	hm_words_add_name(&words, dname("example.com."));
	hm_words_add_name(&words, dname("."));
	char *text = hm_words_end(&words);
	assert_string_equal(text, "example.com and .");
	free(text);
}

static void memory_that_runs_out_is_said(void **state)
{
	char *text = NULL;
	unsigned count = 0;
	for (; text == NULL; count++) {
		hm_words_t words = { 0 };
		alloc_countdown = count;
		hm_words_add(&words, "a");
		hm_words_add(&words, "b");
		hm_words_add(&words, "c");
		text = hm_words_end(&words);
		alloc_countdown = -1;
	}
	assert_string_equal(text, "a, b and c");
	assert_true(count > 2);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_reads_as_one_would_say_it),
		cmocka_unit_test(a_name_has_no_final_dot),
		cmocka_unit_test(memory_that_runs_out_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
