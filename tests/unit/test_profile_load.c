/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <time.h>

#include "profile_common.h"

static void the_name_of_a_profile_is_that_of_its_file(void **state)
{
	static const char *const cases[][2] = {
		{ "mail.zone", "mail" },
		{ "mail", "mail" },
		{ "mail.example.zone", "mail.example" },
		{ "mail.zone.zone", "mail.zone" },
		{ "mail.zone.txt", "mail.zone.txt" },
		{ "mailzone", "mailzone" },
		{ "Mail.ZONE", "Mail.ZONE" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const char *path = write_text(cases[i][0], HEAD);
		hm_profile_t *profile = NULL;
		assert_int_equal(load_profile(path, &profile), KNOT_EOK);
		assert_string_equal(hm_profile_name(profile), cases[i][1]);
		assert_string_equal(hm_profile_file(profile), path);
		assert_ptr_not_equal(hm_profile_file(profile), path);
		hm_profile_free(profile);
	}
}

/*! \brief Load a profile of the head and that many lines, `format` with a number twice. */
static hm_profile_t *load_many(unsigned count, const char *format)
{
	size_t size = sizeof(HEAD) + (size_t)count * 64, len = 0;
	char *text = malloc(size);
	assert_non_null(text);
	len += snprintf(text, size, "%s", HEAD);
	for (unsigned i = 0; i < count; i++) {
		// In an order that is neither up nor down.
		unsigned number = (unsigned)((uint64_t)i * 7919 % count);
		len += snprintf(text + len, size - len, format, number, number);
		assert_true(len < size);
	}
	hm_profile_t *profile = loaded(text);
	free(text);
	return profile;
}

static void a_hundred_thousand_records_load_in_reasonable_time(void **state)
{
	const unsigned count = 100000;
	clock_t start = clock();
	hm_profile_t *profile = load_many(count, "h%06u.x CNAME t%06u.{domain}.y.\n");
	assert_rrset(profile, "h000000.x", KNOT_RRTYPE_CNAME, "", "3600 t000000.example.com.y.");
	assert_rrset(profile, "h054321.x", KNOT_RRTYPE_CNAME, "", "3600 t054321.example.com.y.");
	assert_rrset(profile, "h099999.x", KNOT_RRTYPE_CNAME, "", "3600 t099999.example.com.y.");
	assert_null(profile_node(profile, "h100000.x", "x"));
	for (unsigned i = 0; i < count; i++) {
		char name[16];
		snprintf(name, sizeof(name), "h%06u.x", i);
		assert_non_null(profile_node(profile, name, name));
	}
	const hm_domain_t domain = domain_of("example.com.");
	uint64_t line = 0;
	assert_int_equal(check_profile(profile, &domain, &line), KNOT_EOK);
	hm_profile_free(profile);

	// Seconds of this process, for valgrind as well: anything quadratic takes longer.
	assert_true((clock() - start) / CLOCKS_PER_SEC < 60);
}

static void an_rrset_may_have_thousands_of_records(void **state)
{
	const hm_domain_t domain = domain_of("example.com.");
	pool_t pool;
	pool_init(&pool);
	knot_rrset_t rrset;
	static const char *const formats[] = { "a TXT %06u%06u\n", "a TXT %06u%06u{domain}\n" };
	for (size_t i = 0; i < COUNT(formats); i++) {
		hm_profile_t *profile = load_many(5000, formats[i]);
		const hm_node_t *node = profile_node(profile, "a", "a");
		assert_int_equal(hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &rrset),
		                 KNOT_EOK);
		assert_int_equal(rrset.rrs.count, 5000);
		const knot_rdata_t *rdata = rrset.rrs.rdata;
		for (int j = 1; j < 5000; j++) {
			const knot_rdata_t *next = knot_rdataset_next((knot_rdata_t *)rdata);
			assert_true(knot_rdata_cmp(rdata, next) < 0);
			rdata = next;
		}
		hm_profile_free(profile);
	}
	pool_clear(&pool);
}

static void an_rrset_of_too_many_records_is_reported(void **state)
{
	// A knot_rdataset_t counts up to 65,535.
	static const char *const formats[] = { "a TXT %u\n", "a TXT %u{domain}\n" };
	const unsigned count = 65536;
	static char text[65536 * 32];
	for (size_t i = 0; i < COUNT(formats); i++) {
		size_t len = snprintf(text, sizeof(text), "%s", HEAD);
		for (unsigned j = 0; j < count; j++) {
			len += snprintf(text + len, sizeof(text) - len, formats[i], j);
		}
		int unused;
		hm_profile_t *profile = (hm_profile_t *)&unused;
		int ret = load_profile(write_text("main.zone", text), &profile);
		if (ret == KNOT_EOK) {
			hm_profile_free(profile);
		}
		assert_int_equal(ret, KNOT_EPARSEFAIL);
		assert_int_equal(findings.errors, 1);
	}
}

static void loading_without_memory_fails_and_leaves_nothing_behind(void **state)
{
	char path[1024];
	write_text("inner.zone", "b TXT {x}\n");
	snprintf(path, sizeof(path), "%s",
	         write_text("main.zone", HEAD "a MX 10 x{name}.{domain}.y\na A 192.0.2.1\n"
	                                      "a 5 A 192.0.2.2\n*.b.c HTTPS 1 {x} alpn=h2\n"
	                                      "$INCLUDE inner.zone\nc TXT x\nd TXT x\n"));
	int unused;
	hm_profile_t *const before = (hm_profile_t *)&unused;
	hm_profile_t *profile = before;
	int ret = KNOT_ENOMEM;
	long failures = 0;
	for (; ret != KNOT_EOK; failures++) {
		alloc_countdown = failures;
		ret = load_profile(path, &profile);
		alloc_countdown = -1;
		if (ret != KNOT_EOK) {
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_ptr_equal(profile, before);
			assert_int_equal(findings.errors, 0);
		}
	}
	assert_true(failures > 50);
	assert_rrset(profile, "b", KNOT_RRTYPE_TXT, "x=y", "3600 \"y\"");
	hm_profile_free(profile);
}

static void loading_many_records_without_memory_fails(void **state)
{
	// As many as make every array grow.
	char path[1024];
	static char text[8192] = HEAD;
	for (int i = 0; i < 70; i++) {
		size_t len = strlen(text);
		snprintf(text + len, sizeof(text) - len, "h%d A 192.0.2.%d\nh%d TXT {x%d}\n",
		         i % 60, i, i % 60, i);
	}
	snprintf(path, sizeof(path), "%s", write_text("main.zone", text));
	hm_profile_t *profile = NULL;
	int ret = KNOT_ENOMEM;
	for (long failures = 0; ret != KNOT_EOK; failures += 7) {
		alloc_countdown = failures;
		ret = load_profile(path, &profile);
		alloc_countdown = -1;
		if (ret != KNOT_EOK) {
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_null(profile);
		}
	}
	hm_profile_free(profile);
}

static void freeing_nothing_is_fine(void **state)
{
	hm_profile_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_name_of_a_profile_is_that_of_its_file),
		cmocka_unit_test(a_hundred_thousand_records_load_in_reasonable_time),
		cmocka_unit_test(an_rrset_may_have_thousands_of_records),
		cmocka_unit_test(an_rrset_of_too_many_records_is_reported),
		cmocka_unit_test(loading_without_memory_fails_and_leaves_nothing_behind),
		cmocka_unit_test(loading_many_records_without_memory_fails),
		cmocka_unit_test(freeing_nothing_is_fine),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
