/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hostedmail/domain.h"
#include "test.h"

#define WIRE(text) ((const knot_dname_t *)(text))

static void a_domain_is_filled_in_from_its_name(void **state)
{
	const knot_dname_t *name = dname("mail.example.com.");

	hm_domain_t domain;
	memset(&domain, 0xff, sizeof(domain));
	hm_domain_init(name, &domain);

	assert_ptr_equal(domain.name, name);
	assert_int_equal(domain.size, sizeof("\004mail\007example\003com"));
	assert_int_equal(domain.labels, 3);
	assert_int_equal(domain.vars_len, 0);
	assert_int_equal(domain.profile, 0);
}

static void the_root_has_no_labels(void **state)
{
	hm_domain_t domain;
	hm_domain_init(WIRE(""), &domain);
	assert_int_equal(domain.size, 1);
	assert_int_equal(domain.labels, 0);
}

static void the_longest_name_fits(void **state)
{
	knot_dname_storage_t name;
	for (int i = 0; i < 127; i++) {
		memcpy(name + 2 * i, "\001a", 2);
	}
	name[254] = '\0';

	hm_domain_t domain;
	hm_domain_init(name, &domain);
	assert_int_equal(domain.size, 255);
	assert_int_equal(domain.labels, 127);
}

static void the_next_label_follows_this_one(void **state)
{
	const knot_dname_t *name = WIRE("\002mx\007example");
	assert_ptr_equal(hm_dname_next(name), name + 3);
	assert_ptr_equal(hm_dname_next(name + 3), name + 11);
}

static void a_name_at_or_below_the_domain_has_a_prefix(void **state)
{
	static const struct {
		const char *name;
		const char *domain;
		int prefix;
	} cases[] = {
		{ "example.com.",             "example.com.", 0 },
		{ "a.example.com.",           "example.com.", 1 },
		{ "c.b.a.example.com.",       "example.com.", 3 },
		{ "*.example.com.",           "example.com.", 1 },
		{ "example.com.example.com.", "example.com.", 2 },
		{ "a.b.",                     ".",            2 },
		{ ".",                        ".",            0 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hm_domain_t domain = domain_of(cases[i].domain);
		assert_int_equal(hm_domain_prefix(dname(cases[i].name), &domain),
		                 cases[i].prefix);
	}
}

static void a_name_beside_or_above_the_domain_has_none(void **state)
{
	static const char *const names[] = {
		"com.", ".", "org.", "example.org.", "xexample.com.", "a.xexample.com.",
		"xample.com.", "example.com.org.", "a.com.", "example.co.", "example.coma.",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		// On its own, so that a sanitizer sees what is read in front of it.
		size_t size = knot_dname_size(dname(names[i]));
		knot_dname_t *name = malloc(size);
		assert_non_null(name);
		memcpy(name, dname(names[i]), size);
		hm_domain_t domain = domain_of("example.com.");
		assert_int_equal(hm_domain_prefix(name, &domain), -1);
		free(name);
	}
}

static void bytes_inside_a_label_are_not_the_domain(void **state)
{
	// One label that ends in the very bytes of the domain.
	hm_domain_t com;
	hm_domain_init(WIRE("\003com"), &com);
	assert_int_equal(hm_domain_prefix(WIRE("\004\003com"), &com), -1);
	assert_int_equal(hm_domain_prefix(WIRE("\001a\004\003com"), &com), -1);
	assert_int_equal(hm_domain_prefix(WIRE("\004\003com\003com"), &com), 1);

	hm_domain_t a_b;
	hm_domain_init(WIRE("\001a\001b"), &a_b);
	assert_int_equal(hm_domain_prefix(WIRE("\005x\001a\001b"), &a_b), -1);
}

static void names_are_compared_as_bytes(void **state)
{
	hm_domain_t domain = domain_of("example.com.");
	assert_int_equal(hm_domain_prefix(WIRE("\007EXAMPLE\003com"), &domain), -1);
}

static void the_deepest_name_has_a_prefix_of_126_labels(void **state)
{
	knot_dname_storage_t name;
	for (int i = 0; i < 127; i++) {
		memcpy(name + 2 * i, "\001a", 2);
	}
	name[254] = '\0';

	hm_domain_t domain = domain_of("a.");
	assert_int_equal(hm_domain_prefix(name, &domain), 126);
	hm_domain_init(name, &domain);
	assert_int_equal(hm_domain_prefix(name, &domain), 0);
	assert_int_equal(hm_domain_prefix(name + 2, &domain), -1);
}

static void a_plain_domain_has_nothing_that_needs_a_closer_look(void **state)
{
	static const struct {
		const char *name;
		const char *var;
		bool expected;
	} cases[] = {
		{ "example.com.",      "",              true },
		{ "a1-b_2.example.",   "v=a1-B_2",      true },
		{ "1.2.3.a.",          "v=a",           true },
		{ "example.com.",      "v=aaaaaaaa",    true },
		{ "example.com.",      "v=aaaaaaaaa",   false }, // Too long.
		{ "example.com.",      "v=",            false },
		{ "example.com.",      "v=1",           false },
		{ "example.com.",      "v=-_",          false },
		{ "example.com.",      "v=A",           false },
		{ "example.com.",      "v=a.b",         false },
		{ "example.com.",      "v=a@",          false },
		{ "example.com.",      "v=\\255a",      false },
		{ "1.2.3.4.",          "",              false },
		{ "1.2.3.4.",          "v=a",           false },
		{ ".",                 "",              false },
		{ "*.example.com.",    "",              false },
		{ "a\\.b.example.com.", "",             false },
		{ "a\\255.example.com.", "",            false },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		// The first variable is plain, the second one may not be.
		char vars[64];
		snprintf(vars, sizeof(vars), "first=a %s", cases[i].var);
		const hm_domain_t *domain = domain_with(cases[i].name, vars);
		assert_int_equal(hm_domain_is_ordinary(domain, 8), cases[i].expected);
	}
	const hm_domain_t domain = domain_of("example.com.");
	assert_true(hm_domain_is_ordinary(&domain, 0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_is_filled_in_from_its_name),
		cmocka_unit_test(the_root_has_no_labels),
		cmocka_unit_test(the_longest_name_fits),
		cmocka_unit_test(the_next_label_follows_this_one),
		cmocka_unit_test(a_name_at_or_below_the_domain_has_a_prefix),
		cmocka_unit_test(a_name_beside_or_above_the_domain_has_none),
		cmocka_unit_test(bytes_inside_a_label_are_not_the_domain),
		cmocka_unit_test(names_are_compared_as_bytes),
		cmocka_unit_test(the_deepest_name_has_a_prefix_of_126_labels),
		cmocka_unit_test(a_plain_domain_has_nothing_that_needs_a_closer_look),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
