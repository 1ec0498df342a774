/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "hosted_file_common.h"

/*! \brief Labels of the deepest gap at a name or above it, and below a domain of \a above. */
static unsigned gap_of(const hm_hosted_file_t *hosted, const char *name, unsigned above)
{
	return hm_hosted_file_gap(hosted, dname(name), above);
}

/*! \brief Expect a domain, and whether others are below it. */
static void assert_upper(const hm_hosted_file_t *hosted, const char *name, bool has_nested)
{
	hm_domain_t domain;
	assert_true(hm_hosted_file_find(hosted, dname(name), &domain));
	assert_true(knot_dname_is_equal(domain.name, dname(name)));
	assert_int_equal(domain.has_nested, has_nested);
}

static void names_between_two_domains_exist(void **state)
{
	hm_hosted_file_t *hosted = load_text("b.test\na.x.deep.b.test\n");
	assert_int_equal(gap_of(hosted, "deep.b.test.", 2), 3);
	assert_int_equal(gap_of(hosted, "x.deep.b.test.", 2), 4);
	assert_int_equal(gap_of(hosted, "y.x.deep.b.test.", 2), 4);
	assert_int_equal(gap_of(hosted, "1.2.y.deep.b.test.", 2), 3);
	assert_int_equal(gap_of(hosted, "other.b.test.", 2), 0);
	assert_int_equal(gap_of(hosted, "b.test.", 2), 0);
	assert_int_equal(gap_of(hosted, ".", 0), 0);
	assert_found(hosted, "x.deep.b.test.", "b.test.", 0);
	assert_upper(hosted, "b.test.", true);
	assert_upper(hosted, "a.x.deep.b.test.", false);
	hm_hosted_file_free(hosted);
}

static void only_names_below_the_domain_count(void **state)
{
	hm_hosted_file_t *hosted = load_text("b.test\na.x.deep.b.test\nd.c.a.x.deep.b.test\n");
	assert_int_equal(gap_of(hosted, "c.a.x.deep.b.test.", 5), 6);
	assert_int_equal(gap_of(hosted, "e.a.x.deep.b.test.", 5), 0);
	assert_int_equal(gap_of(hosted, "e.a.x.deep.b.test.", 2), 4);
	hm_hosted_file_free(hosted);
}

static void a_domain_without_another_one_has_no_gaps(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.x.deep.b.test\nc.test\nxb.test\ndeep.b.test2\n");
	assert_int_equal(gap_of(hosted, "x.deep.b.test.", 0), 0);
	assert_upper(hosted, "a.x.deep.b.test.", false);
	assert_upper(hosted, "c.test.", false);
	hm_hosted_file_free(hosted);
}

static void the_order_of_lines_does_not_matter(void **state)
{
	static const char *const lines[] = { "b.test\n", "a.x.y.b.test\n", "x.y.b.test\n", "b.test\n",
	                                     "c.z.b.test\n" };
	enum { COUNT = sizeof(lines) / sizeof(lines[0]) };
	for (int order = 0; order < 120; order++) {
		const char *left[COUNT];
		memcpy(left, lines, sizeof(left));
		text_t text = { 0 };
		int code = order;
		for (int n = COUNT; n > 0; code /= n, n--) {
			text_add(&text, "%s", left[code % n]);
			left[code % n] = left[n - 1];
		}
		hm_hosted_file_t *hosted = load_and_free(&text);
		assert_int_equal(hm_hosted_file_count(hosted), 4);
		assert_upper(hosted, "b.test.", true);
		assert_upper(hosted, "x.y.b.test.", true);
		assert_upper(hosted, "a.x.y.b.test.", false);
		assert_int_equal(gap_of(hosted, "y.b.test.", 2), 3);
		assert_int_equal(gap_of(hosted, "z.b.test.", 2), 3);
		// A domain is no gap.
		assert_int_equal(gap_of(hosted, "x.y.b.test.", 3), 0);
		hm_hosted_file_free(hosted);
	}
}

static void an_upper_domain_keeps_its_profile_and_variables(void **state)
{
	hm_hosted_file_t *hosted = load_text("b.test second x=1\nc.test second x=1\n"
	                                     "d.test second x=1\na.b.test third\na.d.test\n"
	                                     "b.test second x=2\n");
	assert_upper(hosted, "b.test.", true);
	assert_upper(hosted, "c.test.", false);
	assert_upper(hosted, "d.test.", true);
	assert_found(hosted, "b.test.", "b.test.", 1);
	assert_found(hosted, "d.test.", "d.test.", 1);
	assert_found(hosted, "a.b.test.", "a.b.test.", 2);
	assert_value(hosted, "b.test.", "x", "2", 1);
	assert_value(hosted, "c.test.", "x", "1", 1);
	assert_value(hosted, "d.test.", "x", "1", 1);
	hm_hosted_file_free(hosted);
}

static void domains_with_their_own_variables_can_all_be_upper_ones(void **state)
{
	text_t text = { 0 };
	for (int i = 0; i < 300; i++) {
		text_add(&text, "d%d.test - x=%d\nb.a.d%d.test - x=%d\n", i, i, i, i + 1000);
	}
	hm_hosted_file_t *hosted = load_and_free(&text);
	for (int i = 0; i < 300; i++) {
		char name[64], value[16];
		snprintf(name, sizeof(name), "d%d.test.", i);
		snprintf(value, sizeof(value), "%d", i);
		assert_upper(hosted, name, true);
		assert_value(hosted, name, "x", value, strlen(value));
		snprintf(name, sizeof(name), "a.d%d.test.", i);
		assert_int_equal(gap_of(hosted, name, 2), 3);
		snprintf(name, sizeof(name), "b.a.d%d.test.", i);
		snprintf(value, sizeof(value), "%d", i + 1000);
		assert_upper(hosted, name, false);
		assert_value(hosted, name, "x", value, strlen(value));
	}
	hm_hosted_file_free(hosted);
}

static void names_between_are_no_domains(void **state)
{
	hm_hosted_file_t *with = load_text("b.test\na.x.y.z.b.test\n");
	hm_hosted_file_t *without = load_text("b.test\na.x.y.z.c.test\n");
	assert_int_equal(hm_hosted_file_count(with), 2);
	assert_int_equal(hm_hosted_file_lost(with, without), 1);
	assert_int_equal(hm_hosted_file_lost(without, with), 1);
	assert_int_equal(hm_hosted_file_lost(with, with), 0);
	hm_hosted_file_free(with);
	hm_hosted_file_free(without);
}

static void domains_without_nested_ones_take_no_memory_for_them(void **state)
{
	text_t text = { 0 };
	for (int i = 0; i < 1000; i++) {
		text_add(&text, "d%04d.test\nmail.x.e%04d.test\n", i, i);
	}
	hm_hosted_file_t *without = load_bytes(text.data, text.len);
	text_add(&text, "z.test\nmail.x.z.test\n");
	hm_hosted_file_t *pair = load_and_free(&text);
	// The names of two more domains; an index of gaps; the upper domain once more.
	size_t more = hm_hosted_file_memory(pair) - hm_hosted_file_memory(without);
	assert_true(more < 64 + 64 * sizeof(uint32_t) + 3 * 64);
	hm_hosted_file_free(without);
	hm_hosted_file_free(pair);
}

static void names_as_deep_as_dns_allows_exist(void **state)
{
	text_t text = { 0 };
	text_add(&text, "c.test\n%sc.test\n", letters('d', 123));
	hm_hosted_file_t *hosted = load_and_free(&text);
	assert_int_equal(hm_hosted_file_count(hosted), 2);
	for (unsigned labels = 1; labels < 123; labels++) {
		knot_dname_txt_storage_t name;
		snprintf(name, sizeof(name), "%sc.test.", letters('d', labels));
		assert_int_equal(gap_of(hosted, name, 2), 2 + labels);
	}
	hm_hosted_file_free(hosted);
}

static void with_a_hosted_zone_names_of_three_labels_exist(void **state)
{
	given.has_zone = true;
	hm_hosted_file_t *hosted = load_text("a.x.deep.b.test\nc.b.test\ne.d.c.test\nf.e.d.c.test\n");
	assert_int_equal(gap_of(hosted, "y.x.deep.b.test.", 0), 4);
	assert_int_equal(gap_of(hosted, "deep.b.test.", 0), 3);
	assert_int_equal(gap_of(hosted, "b.test.", 0), 0);
	assert_int_equal(gap_of(hosted, "d.c.test.", 0), 3);
	assert_int_equal(gap_of(hosted, "e.d.c.test.", 3), 0);
	assert_upper(hosted, "e.d.c.test.", true);
	assert_upper(hosted, "a.x.deep.b.test.", false);
	hm_hosted_file_free(hosted);

	// No domain is as high as they are.
	hosted = load_text("1.2.3.4.5.6.7.test\n0.2.3.4.5.6.7.test\n1.3.4.5.6.7.test\n");
	assert_int_equal(gap_of(hosted, "x.7.test.", 0), 0);
	assert_int_equal(gap_of(hosted, "x.6.7.test.", 0), 3);
	assert_int_equal(gap_of(hosted, "2.3.4.5.6.7.test.", 0), 7);
	hm_hosted_file_free(hosted);
}

/*! \brief A random name of up to \a most of few labels, as text without the final dot. */
static void random_domain(unsigned most, char name[64])
{
	name[0] = '\0';
	for (unsigned i = 1 + random_below(most); i > 0; i--) {
		sprintf(name + strlen(name), "%c.", 'a' + random_below(3));
	}
	strcat(name, "t");
}

/*! \brief Tell whether a name is below another one, both as text. */
static bool is_below(const char *name, const char *above)
{
	size_t len = strlen(name), above_len = strlen(above);
	return len > above_len && name[len - above_len - 1] == '.' &&
	       strcmp(name + len - above_len, above) == 0;
}

typedef struct {
	char names[24][64];
	size_t count;
} domains_t;

static bool has_below(const domains_t *domains, const char *name)
{
	for (size_t i = 0; i < domains->count; i++) {
		if (is_below(domains->names[i], name)) {
			return true;
		}
	}
	return false;
}

static bool has(const domains_t *domains, const char *name)
{
	for (size_t i = 0; i < domains->count; i++) {
		if (strcmp(domains->names[i], name) == 0) {
			return true;
		}
	}
	return false;
}

/*! \brief Compare everything that the set says of a name with what the lines say. */
static void compare(const hm_hosted_file_t *hosted, const domains_t *domains, const char *name)
{
	// Up to the owner.
	const char *owner = name;
	while (owner != NULL && !has(domains, owner)) {
		owner = strchr(owner, '.');
		owner = (owner != NULL) ? owner + 1 : NULL;
	}
	hm_domain_t domain = { .labels = 0 };
	assert_int_equal(hm_hosted_file_find(hosted, dname(name), &domain), owner != NULL);
	if (owner != NULL) {
		assert_int_equal(domain.labels, knot_dname_labels(dname(owner), NULL));
		assert_int_equal(domain.has_nested, has_below(domains, owner));
	}

	const char *gap = name;
	while (gap != owner && gap != NULL) {
		bool counts = (owner != NULL || (given.has_zone &&
		                                 knot_dname_labels(dname(gap), NULL) >= 3));
		if (counts && has_below(domains, gap)) {
			break;
		}
		gap = strchr(gap, '.');
		gap = (gap != NULL) ? gap + 1 : NULL;
	}
	unsigned labels = (gap != owner && gap != NULL) ? knot_dname_labels(dname(gap), NULL) : 0;
	assert_int_equal(hm_hosted_file_gap(hosted, dname(name), domain.labels), labels);
}

static void random_domains_are_nested_as_by_a_reference(void **state)
{
	for (int run = 0; run < 1500; run++) {
		domains_t domains = { .count = random_below(24) };
		text_t text = { 0 };
		for (size_t i = 0; i < domains.count; i++) {
			random_domain(6, domains.names[i]);
			text_add(&text, "%s\n", domains.names[i]);
		}
		given.has_zone = run % 2;
		text_add(&text, "#\n");
		hm_hosted_file_t *hosted = load_and_free(&text);
		for (int i = 0; i < 60; i++) {
			char name[64];
			random_domain(8, name);
			compare(hosted, &domains, name);
		}
		for (size_t i = 0; i < domains.count; i++) {
			compare(hosted, &domains, domains.names[i]);
		}
		hm_hosted_file_free(hosted);
	}
}

static void every_failing_allocation_fails_the_load(void **state)
{
	text_t text = { 0 };
	for (int i = 0; i < 200; i++) {
		text_add(&text, "d%d.test - x=%d\nc.b.a.d%d.test\n", i, i % 9, i);
	}
	long failures = 0;
	for (;; failures++) {
		hm_hosted_file_t *hosted = (hm_hosted_file_t *)&text;
		const char *file = write_text("hosted", text.data);
		alloc_countdown = failures;
		int ret = load_hosted(file, &hosted);
		alloc_countdown = -1;
		if (ret == KNOT_EOK) {
			assert_int_equal(gap_of(hosted, "b.a.d199.test.", 2), 4);
			hm_hosted_file_free(hosted);
			break;
		}
		assert_int_equal(ret, KNOT_ENOMEM);
		assert_ptr_equal(hosted, &text);
	}
	assert_true(failures > 15);
	free(text.data);
}

#define TEST(name) cmocka_unit_test_setup(name, hosted_file_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_between_two_domains_exist),
		TEST(only_names_below_the_domain_count),
		TEST(a_domain_without_another_one_has_no_gaps),
		TEST(the_order_of_lines_does_not_matter),
		TEST(an_upper_domain_keeps_its_profile_and_variables),
		TEST(domains_with_their_own_variables_can_all_be_upper_ones),
		TEST(names_between_are_no_domains),
		TEST(domains_without_nested_ones_take_no_memory_for_them),
		TEST(names_as_deep_as_dns_allows_exist),
		TEST(with_a_hosted_zone_names_of_three_labels_exist),
		TEST(random_domains_are_nested_as_by_a_reference),
		TEST(every_failing_allocation_fails_the_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
