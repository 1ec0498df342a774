/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hosted_file_common.h"

static void a_domain_that_fails_the_check_is_left_out_with_its_reason(void **state)
{
	given.profile_bad = 1;
	hm_hosted_file_t *hosted = load_text("a.test\nb.test second\nc.test third\n"
	                                     "d\\.e.test second x=1\n");
	assert_report("error 2 not for profile 1\nerror 4 not for profile 1\n");
	assert_int_equal(hm_hosted_file_count(hosted), 2);
	assert_missing(hosted, "b.test.");
	assert_found(hosted, "c.test.", "c.test.", 2);
	hm_hosted_file_free(hosted);
}

static void the_check_sees_the_variables(void **state)
{
	given.need = "token";
	hm_hosted_file_t *hosted = load_text("a.test - token=1\nb.test\nc.test - other=1\n"
	                                     "d.test second x=1 token=2\ne.test second\n");
	assert_report("error 2 no variable token\nerror 3 no variable token\n"
	              "error 5 no variable token\n");
	assert_int_equal(hm_hosted_file_count(hosted), 2);
	hm_hosted_file_free(hosted);
}

static void names_are_checked_whatever_was_checked_before(void **state)
{
	// All sizes and numbers of labels, in an order that goes up, down and across.
	for (unsigned run = 0; run < 40; run++) {
		given.size_max = 10 + random_below(60);
		given.labels_max = (run % 2) ? 2 + random_below(10) : 0;
		text_t text = { 0 };
		unsigned good = 0;
		char names[300][256];
		for (unsigned i = 0; i < 300; i++) {
			snprintf(names[i], sizeof(names[i]), "n%u.", i);
			unsigned labels = 2 + random_below(11), size = strlen(names[i]);
			for (unsigned label = 1; label < labels; label++) {
				unsigned len = 1 + random_below(8);
				const char *c = (random_below(20) == 0) ? "\\+" : "x";
				for (; len > 0; len--) {
					size += sprintf(names[i] + size, "%s", c);
				}
				size += sprintf(names[i] + size, ".");
			}
			text_add(&text, "%s %s\n", names[i], profiles[random_below(3)]);
		}
		hm_hosted_file_t *hosted = load_and_free(&text);
		for (unsigned i = 0; i < 300; i++) {
			hm_domain_t domain = domain_of(names[i]), found;
			bool want = domain.size <= given.size_max &&
			            (given.labels_max == 0 || domain.labels <= given.labels_max);
			good += want;
			bool exact = hm_hosted_file_find(hosted, domain.name, &found) &&
			             found.size == domain.size;
			assert_int_equal(exact, want);
		}
		assert_int_equal(hm_hosted_file_count(hosted), good);
		assert_int_equal(given.report.errors, 300 - good);
		assert_reported("bytes are too many");
		hm_hosted_file_free(hosted);
	}
}

static void names_with_odd_bytes_are_checked_one_by_one(void **state)
{
	// As text such a name can be four times as long, so a larger plain one says nothing.
	hm_hosted_file_t *hosted = load_text("a.very.long.name.of.letters.test\n"
	                                     "a\\.b.test\nc\\.d.test\n");
	assert_int_equal(hm_hosted_file_count(hosted), 3);
	assert_true(between(given.checks, 3, 10));
	hm_hosted_file_free(hosted);
}

#define APEX "@ SOA ns.example. h.example. 1 2 3 4 5\n@ NS ns.example.\n"

/*! \brief Expect that what a profile's own check lets in can be expanded, and nothing else. */
static void assert_checked(const char *zone, const char *lines, size_t good)
{
	given.profile = profile_from("check.zone", zone);
	hm_hosted_file_t *hosted = load_text(lines);
	char wrong[256] = "";
	for (const char *pos = lines; *pos != '\0'; pos = strchr(pos, '\n') + 1) {
		char name[256];
		hm_domain_t domain;
		uint64_t line;
		sscanf(pos, "%254[^ \n]", name);
		if (hm_hosted_file_find(hosted, dname(name), &domain) &&
		    check_profile(given.profile, &domain, &line) != KNOT_EOK) {
			memcpy(wrong, name, sizeof(name));
		}
	}
	size_t count = hm_hosted_file_count(hosted);
	hm_hosted_file_free(hosted);
	hm_profile_free(given.profile);
	given.profile = NULL;
	// Hosted, but with a record that cannot be answered.
	assert_string_equal(wrong, "");
	assert_int_equal(count, good);
}

static void domains_that_a_profile_cannot_be_expanded_for_are_left_out(void **state)
{
	assert_checked(APEX "x CNAME {domain:-}.example.\n",
	               "a.test\nof.sixty-three.bytes.and.so.it.fits.one.label.just.so.name.test\n"
	               "of.sixty-four.bytes.and.so.it.does.not.fit.one.label.this.is.test\n"
	               "b.test\n", 3);
	assert_checked(APEX "x CNAME {v}.example.\n",
	               "a.test - v=a\nb.test - v=\nc.test - v=a..b\nd.test\n", 2);
}

static void domains_that_leave_no_room_for_an_owner_are_left_out(void **state)
{
	// The owner takes 192 of the 255 bytes, .test with its root 6, the length of a label one.
	text_t owner = { 0 }, lines = { 0 };
	text_add(&owner, APEX);
	for (unsigned i = 0; i < 3; i++) {
		text_fill(&owner, 'o', 63);
		text_add(&owner, "%s", (i < 2) ? "." : " A 192.0.2.1\n");
	}
	for (unsigned len = 50; len < 60; len++) {
		text_fill(&lines, 'd', len);
		text_add(&lines, ".test\n");
	}
	assert_checked(owner.data, lines.data, 255 - 192 - 6 - 1 - 50 + 1);
	free(owner.data);
	free(lines.data);
}

static void a_domain_that_completes_an_ip_address_is_left_out(void **state)
{
	// 192.0.2.test is a host name, and so are all plain names but those of numbers.
	assert_checked(APEX "x CNAME {v}.{domain}.\n",
	               "a.test - v=192.0\n2.1 - v=192.0\nb.test - v=192.0\n", 2);
}

#define TEST(name) cmocka_unit_test_setup(name, hosted_file_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_domain_that_fails_the_check_is_left_out_with_its_reason),
		TEST(the_check_sees_the_variables),
		TEST(names_are_checked_whatever_was_checked_before),
		TEST(names_with_odd_bytes_are_checked_one_by_one),
		TEST(domains_that_a_profile_cannot_be_expanded_for_are_left_out),
		TEST(domains_that_leave_no_room_for_an_owner_are_left_out),
		TEST(a_domain_that_completes_an_ip_address_is_left_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
