/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hosted_file_common.h"

/*! \brief Names, profiles and sizes of variables that a walk came to. */
typedef struct {
	text_t text;
	size_t count;
	size_t max; /*!< Stop after so many. */
} walked_t;

static bool on_domain(void *ctx, const hm_domain_t *domain)
{
	walked_t *walked = ctx;
	assert_int_equal(domain->size, knot_dname_size(domain->name));
	assert_int_equal(domain->labels, knot_dname_labels(domain->name, NULL));
	knot_dname_txt_storage_t name;
	assert_non_null(knot_dname_to_str(name, domain->name, sizeof(name)));
	size_t len;
	const uint8_t *value = hm_vars_get(domain, "v", 1, &len);
	text_add(&walked->text, "%s %u %.*s\n", name, domain->profile,
	         (value != NULL) ? (int)len : 1, (value != NULL) ? (const char *)value : "-");
	return ++walked->count != walked->max;
}

static void assert_walk(const char *file, size_t max, const char *want)
{
	hm_hosted_file_t *hosted = load_text(file);
	walked_t walked = { .max = max };
	hm_hosted_file_walk(hosted, on_domain, &walked);
	assert_string_equal((walked.text.data != NULL) ? walked.text.data : "", want);
	free(walked.text.data);
	hm_hosted_file_free(hosted);
}

static void domains_come_with_profile_and_variables(void **state)
{
	assert_walk("a.test\n# comment\nb.test third v=1\nwrong.test nothere\nC.Test. - v=two x=3\n", 0,
	            "a.test. 0 -\nb.test. 2 1\nc.test. 0 two\n");
}

static void a_domain_that_is_given_again_comes_once_as_it_was_given_last(void **state)
{
	assert_walk("a.test\nb.test second\nA.test third v=1\nb.test\nc.test\na.test - v=2\n", 0,
	            "b.test. 0 -\nc.test. 0 -\na.test. 0 2\n");
}

static void a_file_without_domains_is_no_walk(void **state)
{
	assert_walk("", 0, "");
	assert_walk("# nothing\nwrong.test nothere\n", 0, "");
	hm_hosted_file_t *empty = hm_hosted_file_new();
	walked_t walked = { 0 };
	hm_hosted_file_walk(empty, on_domain, &walked);
	assert_int_equal(walked.count, 0);
	hm_hosted_file_free(empty);
}

static void a_domain_with_others_below_it_comes_once_and_last(void **state)
{
	assert_walk("b.test - v=1\na.b.test\nx.y.c.test\nc.test second\nd.test\n", 0,
	            "a.b.test. 0 -\nx.y.c.test. 0 -\nd.test. 0 -\nb.test. 0 1\nc.test. 1 -\n");
}

static void a_walk_ends_when_it_is_told_to(void **state)
{
	assert_walk("a.test\nb.test\nc.test\n", 2, "a.test. 0 -\nb.test. 0 -\n");
}

static void names_of_all_sizes_come_in_the_order_of_the_file(void **state)
{
	text_t file = { 0 }, want = { 0 };
	for (unsigned i = 0; i < 20000; i++) {
		text_add(&file, "n%u", i);
		text_add(&want, "n%u", i);
		unsigned labels = random_below(4);
		while (labels-- > 0) {
			unsigned len = 1 + random_below((i % 100 == 0) ? 60 : 9);
			text_add(&file, ".%.*s", len, "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
			         "abcdefghij");
			text_add(&want, ".%.*s", len, "abcdefghijabcdefghijabcdefghijabcdefghijabcdefghij"
			         "abcdefghij");
		}
		text_add(&file, ".test - v=%u\n", i % 300);
		text_add(&want, ".test. 0 %u\n", i % 300);
	}
	assert_walk(file.data, 0, want.data);
	free(file.data);
	free(want.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(domains_come_with_profile_and_variables, hosted_file_reset),
		cmocka_unit_test_setup(a_domain_that_is_given_again_comes_once_as_it_was_given_last,
		                       hosted_file_reset),
		cmocka_unit_test_setup(a_file_without_domains_is_no_walk, hosted_file_reset),
		cmocka_unit_test_setup(a_domain_with_others_below_it_comes_once_and_last,
		                       hosted_file_reset),
		cmocka_unit_test_setup(a_walk_ends_when_it_is_told_to, hosted_file_reset),
		cmocka_unit_test_setup(names_of_all_sizes_come_in_the_order_of_the_file,
		                       hosted_file_reset),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
