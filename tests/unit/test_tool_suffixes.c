/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libpsl.h>

#include "idn.h"
#include "suffixes.h"
#include "test.h"

static hm_suffixes_t *suffixes;

static int open_list(void **state)
{
	alloc_countdown = -1;
	assert_int_equal(hm_suffixes_new(&suffixes), KNOT_EOK);
	return 0;
}

static int close_list(void **state)
{
	hm_suffixes_free(suffixes);
	return 0;
}

static bool has(const char *text)
{
	const knot_dname_t *name = dname(text);
	return hm_suffixes_has(suffixes, name, knot_dname_size(name));
}

static void suffixes_of_registries_are_known(void **state)
{
	assert_true(has("co.uk."));
	assert_true(has("com.au."));
	assert_true(has("github.io."));
	assert_true(has("k12.ma.us."));
	assert_true(has("xn--55qx5d.cn."));
}

static void what_is_below_a_wildcard_is_one(void **state)
{
	assert_true(has("anything.ck."));
	assert_false(has("www.ck."));
	assert_false(has("a.anything.ck."));
}

static void domains_of_customers_are_none(void **state)
{
	assert_false(has("example.com."));
	assert_false(has("example.co.uk."));
	assert_false(has("a.b.c.d.e.f.g.example.com."));
	assert_false(has("com.example."));
	assert_false(has("co\\.uk.example."));
}

static void the_short_cut_says_what_libpsl_says(void **state)
{
	static const char *const tlds[] = {
		"com", "uk", "co.uk", "jp", "kobe.jp", "ck", "io", "er", "compute.amazonaws.com",
		"xn--p1ai", "no", "nothing",
	};
	static const char *const labels[] = {
		"co", "com", "www", "city", "a", "example", "github", "xn--55qx5d", "nom", "k12",
	};
	psl_ctx_t *psl = psl_latest(NULL);
	assert_non_null(psl);
	for (size_t t = 0; t < sizeof(tlds) / sizeof(tlds[0]); t++) {
		for (size_t l = 0; l < sizeof(labels) / sizeof(labels[0]); l++) {
			char name[64];
			snprintf(name, sizeof(name), "%s.%s", labels[l], tlds[t]);
			if (psl_is_public_suffix(psl, name) != has(name)) {
				fail_msg("%s", name);
			}
		}
	}
	psl_free(psl);
}

static void assert_registrable(const char *name, const char *want)
{
	knot_dname_txt_storage_t text;
	const knot_dname_t *part = hm_suffixes_registrable(suffixes, dname(name));
	assert_non_null(knot_dname_to_str(text, part, sizeof(text)));
	assert_string_equal(text, want);
}

static void what_was_registered_is_a_label_and_a_suffix(void **state)
{
	assert_registrable("example.com.", "example.com.");
	assert_registrable("mail.example.com.", "example.com.");
	assert_registrable("a.b.example.co.uk.", "example.co.uk.");
	assert_registrable("a.example.kobe.jp.", "a.example.kobe.jp.");
	assert_registrable("mail.www.ck.", "www.ck.");
	assert_registrable("a.customer.nosuchtld.", "customer.nosuchtld.");
	assert_registrable("a.xn--bcher-kva.xn--p1ai.", "xn--bcher-kva.xn--p1ai.");
	assert_registrable("co.uk.", "co.uk.");
}

static void memory_that_runs_out_is_an_error(void **state)
{
	hm_suffixes_t *list = NULL;
	int ret = KNOT_ENOMEM;
	for (unsigned count = 0; ret != KNOT_EOK && count < 10; count++) {
		alloc_countdown = count;
		ret = hm_suffixes_new(&list);
		alloc_countdown = -1;
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
	}
	hm_suffixes_free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(suffixes_of_registries_are_known),
		cmocka_unit_test(what_is_below_a_wildcard_is_one),
		cmocka_unit_test(domains_of_customers_are_none),
		cmocka_unit_test(the_short_cut_says_what_libpsl_says),
		cmocka_unit_test(what_was_registered_is_a_label_and_a_suffix),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, open_list, close_list);
}
