/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "hostedmail/hosted_set.h"
#include "profile_common.h"

/*! \brief What a domain with these variables needs to have an MX; "" if it has one. */
static const char *mx_reason(const hm_profile_t *profile, const char *vars)
{
	const char *reason = hm_profile_mx_reason(profile, domain_with("example.com.", vars));
	return (reason != NULL) ? reason : "";
}

static void a_domain_without_mx_is_told_the_variable(void **state)
{
	hm_profile_t *profile = loaded(HEAD "@ MX 10 mx.{cluster}.test.\n");
	assert_true(hm_profile_has_conditional_mx(profile));
	assert_string_equal(mx_reason(profile, NULL), "no MX left: profile main needs cluster=...");
	assert_string_equal(mx_reason(profile, "clustr=a"),
	                    "no MX left: profile main needs cluster=...");
	assert_string_equal(mx_reason(profile, "cluster=a"), "");
	hm_profile_free(profile);
}

static void one_mx_is_enough(void **state)
{
	hm_profile_t *profile = loaded(HEAD "@ MX 10 {a}.test.\n@ MX 20 {b}.{c}.test.\n");
	assert_string_equal(mx_reason(profile, NULL), "no MX left: profile main needs a=...");
	assert_string_equal(mx_reason(profile, "b=1"), "no MX left: profile main needs a=...");
	assert_string_equal(mx_reason(profile, "c=1"), "no MX left: profile main needs a=...");
	assert_string_equal(mx_reason(profile, "a=1"), "");
	assert_string_equal(mx_reason(profile, "b=1 c=1"), "");
	hm_profile_free(profile);
}

static void each_variable_of_the_first_mx_is_told_in_turn(void **state)
{
	hm_profile_t *profile = loaded(HEAD "@ MX 10 {a}.{domain:-}-{b}.{a}.test.\n");
	assert_string_equal(mx_reason(profile, NULL), "no MX left: profile main needs a=...");
	assert_string_equal(mx_reason(profile, "b=1"), "no MX left: profile main needs a=...");
	assert_string_equal(mx_reason(profile, "a=1"), "no MX left: profile main needs b=...");
	assert_string_equal(mx_reason(profile, "b=1 a=1"), "");
	hm_profile_free(profile);
}

static void profiles_whose_mx_are_always_there_or_never_need_nothing(void **state)
{
	static const char *const zones[] = {
		HEAD, HEAD "@ MX 10 mx.test.\n", HEAD "@ MX 10 {domain}.test.\n",
		HEAD "@ MX 10 {a}.test.\n@ MX 20 mx.test.\n", HEAD "sub MX 10 {a}.test.\n",
		HEAD "@ TXT {a}\n",
	};
	for (size_t i = 0; i < COUNT(zones); i++) {
		hm_profile_t *profile = loaded(zones[i]);
		assert_false(hm_profile_has_conditional_mx(profile));
		assert_string_equal(mx_reason(profile, NULL), "");
		hm_profile_free(profile);
	}
}

static void every_failing_allocation_fails_the_load(void **state)
{
	char path[512];
	snprintf(path, sizeof(path), "%s",
	         write_text("p.zone", HEAD "@ MX 10 {a}.{b}.test.\n@ MX 20 {c}.test.\n"));
	long failures = 0;
	for (;; failures++) {
		hm_profile_t *profile = NULL;
		alloc_countdown = failures;
		int ret = load_profile(path, &profile);
		alloc_countdown = -1;
		if (ret == KNOT_EOK) {
			hm_profile_free(profile);
			break;
		}
		assert_int_equal(ret, KNOT_ENOMEM);
		assert_null(profile);
	}
	assert_true(failures > 20);
}

/*! \brief The first variable of a domain that the profile does not use, "" if there is none. */
static const char *unused_var(const hm_profile_t *profile, const char *vars)
{
	static char text[HM_VAR_NAME_MAX + 1];
	size_t len = 0;
	const hm_domain_t *domain = domain_with("example.com.", vars);
	const char *name = hm_profile_unused_var(profile, domain, &len);
	snprintf(text, sizeof(text), "%.*s", (int)len, (name != NULL) ? name : "");
	return text;
}

static void a_variable_that_no_record_uses_is_found(void **state)
{
	hm_profile_t *profile = loaded(HEAD "@ TXT {token} {domain}\na.b CNAME {x}.test.\n"
	                                    "; {comment}\n");
	assert_string_equal(unused_var(profile, NULL), "");
	assert_string_equal(unused_var(profile, "token=1 x=2"), "");
	assert_string_equal(unused_var(profile, "x=2"), "");
	assert_string_equal(unused_var(profile, "tokne=1"), "tokne");
	assert_string_equal(unused_var(profile, "x=1 tokne=1 y=2 token=3"), "tokne");
	assert_string_equal(unused_var(profile, "Token=1"), "Token");
	assert_string_equal(unused_var(profile, "toke=1"), "toke");
	assert_string_equal(unused_var(profile, "tokenn=1"), "tokenn");
	assert_string_equal(unused_var(profile, "comment=1"), "comment");
	hm_profile_free(profile);
}

// Both tiers

static report_t report;

static hm_hosted_set_t *set_of(const char *zone, const char *lines)
{
	static char profile[512], second[512], file[512];
	snprintf(profile, sizeof(profile), "%s", write_text("live.zone", zone));
	snprintf(second, sizeof(second), "%s", write_text("plain.zone", HEAD "@ TXT {token}\n"));
	snprintf(file, sizeof(file), "%s", write_text("hosted", lines));
	const char *const profiles[] = { profile, second };
	const knot_dname_t *hosted_zone = dname("hosted.");
	const hm_hosted_set_opts_t opts = {
		.profiles = profiles, .profiles_count = 2, .hosted_file = file,
		.zones = &hosted_zone, .zones_count = 1, .report = on_report, .ctx = &report,
	};
	memset(&report, 0, sizeof(report));
	hm_hosted_set_t *set = NULL;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	return set;
}

#define LIVE HEAD "@ MX 10 mx.{cluster}.test.\n@ TXT {token}\n"

static void a_line_without_mx_is_wrong_an_unused_variable_a_warning(void **state)
{
	hm_hosted_set_t *set = set_of(LIVE,
		"a.test - cluster=a\nb.test\nc.test -\nd.test live token=x\n"
		"e.test - cluster=a tokne=x\nf.test plain\ng.test plain tokne=x\n"
		"h.test plain cluster=a token=b\n"
		"i.test live tokne=x\nj\\.k.test\n");
	assert_string_equal(report.text,
		"error 2 no MX left: profile live needs cluster=...\n"
		"error 3 no MX left: profile live needs cluster=...\n"
		"error 4 no MX left: profile live needs cluster=...\n"
		"warning 5 profile live does not use the variable 'tokne'\n"
		"warning 7 profile plain does not use the variable 'tokne'\n"
		"warning 8 profile plain does not use the variable 'cluster'\n"
		"error 9 no MX left: profile live needs cluster=...\n"
		"error 10 no MX left: profile live needs cluster=...\n");
	assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(set)), 5);
	hm_hosted_set_free(set);
}

/*! \brief A flag whose strings are set before. */
static const char *flag_strings[4];

static int get(void *ctx, const knot_dname_t *apex, const knot_dname_t *node, knot_rdataset_t *txt)
{
	static uint8_t buf[300];
	const knot_dname_t *flagged = dname("a.test.hosted.");
	assert_true(knot_dname_is_equal(apex, dname("hosted.")));
	if (knot_dname_in_bailiwick(flagged, node) < 0) {
		return KNOT_ENONODE;
	}
	if (knot_dname_is_equal(flagged, node)) {
		uint8_t wire[256];
		size_t len = 0;
		for (size_t i = 0; i < COUNT(flag_strings) && flag_strings[i] != NULL; i++) {
			size_t size = strlen(flag_strings[i]);
			wire[len++] = size;
			memcpy(wire + len, flag_strings[i], size);
			len += size;
		}
		knot_rdata_init((knot_rdata_t *)buf, len, wire);
		*txt = (knot_rdataset_t){ .count = 1, .size = knot_rdata_size(len),
		                          .rdata = (knot_rdata_t *)buf };
	}
	return KNOT_EOK;
}

static void a_flag_without_mx_is_wrong_an_unused_variable_is_fine(void **state)
{
	static const struct {
		const char *strings[4];
		const char *reason;
	} cases[] = {
		{ { "", "cluster=a" }, NULL },
		{ { "", "cluster=a", "tokne=x" }, NULL },
		{ { "plain", "tokne=x" }, NULL },
		{ { "" }, "no MX left: profile live needs cluster=..." },
		{ { "live", "clustr=a" }, "no MX left: profile live needs cluster=..." },
		{ { "live", "cluster=a..b" }, "a variable" },
	};
	hm_hosted_set_t *set = set_of(LIVE, "");
	for (size_t i = 0; i < COUNT(cases); i++) {
		memcpy(flag_strings, cases[i].strings, sizeof(flag_strings));
		knot_dname_storage_t name;
		assert_non_null(knot_dname_from_str(name, "www.a.test.", sizeof(name)));
		pool_t pool;
		pool_init(&pool);
		hm_owner_t owner;
		assert_true(hm_hosted_set_find(set, name, get, NULL, &owner));
		const char *reason = NULL;
		const hm_profile_t *profile = hm_hosted_set_complete(set, &owner, &pool.mm,
		                                                     &reason);
		if (cases[i].reason == NULL) {
			assert_non_null(profile);
			assert_null(reason);
		} else {
			assert_null(profile);
			assert_memory_equal(reason, cases[i].reason, strlen(cases[i].reason));
		}
		pool_clear(&pool);
	}
	hm_hosted_set_free(set);
}

static void lines_that_need_no_variable_are_not_looked_at_one_by_one(void **state)
{
	// The quick way must not let in what has no MX, nor be lost where all have one.
	hm_hosted_set_t *set = set_of(HEAD "@ MX 10 {a}.test.\n@ MX 20 mx.test.\n",
	                              "a.test\nb.test\n");
	assert_string_equal(report.text, "");
	assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(set)), 2);
	hm_hosted_set_free(set);
	set = set_of(HEAD "@ MX 10 {a}.test.\n", "a.test\nb.test\n");
	assert_int_equal(report.errors, 2);
	assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(set)), 0);
	hm_hosted_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_without_mx_is_told_the_variable),
		cmocka_unit_test(one_mx_is_enough),
		cmocka_unit_test(each_variable_of_the_first_mx_is_told_in_turn),
		cmocka_unit_test(profiles_whose_mx_are_always_there_or_never_need_nothing),
		cmocka_unit_test(every_failing_allocation_fails_the_load),
		cmocka_unit_test(a_variable_that_no_record_uses_is_found),
		cmocka_unit_test(a_line_without_mx_is_wrong_an_unused_variable_a_warning),
		cmocka_unit_test(a_flag_without_mx_is_wrong_an_unused_variable_is_fine),
		cmocka_unit_test(lines_that_need_no_variable_are_not_looked_at_one_by_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
