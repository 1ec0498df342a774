/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "hostedmail/hosted_set.h"
#include "test.h"

#define HEAD "@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n"

static report_t report;

static int load(const char *lines, const char *zone, hm_hosted_set_t **out)
{
	static char first[512], second[512], file[512];
	snprintf(first, sizeof(first), "%s", write_text("first.zone", HEAD
	                                                 "@ MX 1 {mx}.test.\n@ MX 2 a.test.\n"));
	snprintf(second, sizeof(second), "%s", write_text("second.zone", HEAD));
	if (lines != NULL) {
		snprintf(file, sizeof(file), "%s", write_text("hosted", lines));
	}
	const char *const profiles[] = { first, second };
	const knot_dname_t *hosted_zone = (zone != NULL) ? dname(zone) : NULL;
	const hm_hosted_set_opts_t opts = {
		.profiles = profiles, .profiles_count = 2,
		.hosted_file = (lines != NULL) ? file : NULL,
		.zones = &hosted_zone, .zones_count = (zone != NULL),
		.report = on_report, .ctx = &report,
	};
	memset(&report, 0, sizeof(report));
	return hm_hosted_set_load(&opts, out);
}

static hm_hosted_set_t *loaded(const char *lines, const char *zone)
{
	hm_hosted_set_t *set = NULL;
	assert_int_equal(load(lines, zone, &set), KNOT_EOK);
	assert_non_null(set);
	return set;
}

/*! \brief A hosted zone of one flag. */
typedef struct {
	const char *name;
	const char *txt;  /*!< One string. */
	int ret;          /*!< What every look gives, if not KNOT_EOK. */
	uint8_t buf[300];
} zone_t;

#define ZONE(flagged, flag) (&(zone_t){ .name = flagged, .txt = flag })

static int get(void *ctx, const knot_dname_t *apex, const knot_dname_t *name, knot_rdataset_t *txt)
{
	zone_t *zone = ctx;
	(void)apex;
	if (zone->ret != KNOT_EOK) {
		return zone->ret;
	}
	char full[300];
	snprintf(full, sizeof(full), "%s.hosted.", zone->name);
	const knot_dname_t *owner = dname(full);
	if (knot_dname_in_bailiwick(owner, name) < 0) {
		return KNOT_ENONODE;
	}
	*txt = (knot_rdataset_t){ 0 };
	if (knot_dname_is_equal(owner, name)) {
		uint8_t wire[256] = { strlen(zone->txt) };
		memcpy(wire + 1, zone->txt, wire[0]);
		knot_rdata_init((knot_rdata_t *)zone->buf, 1 + wire[0], wire);
		*txt = (knot_rdataset_t){ .count = 1, .size = knot_rdata_size(1 + wire[0]),
		                          .rdata = (knot_rdata_t *)zone->buf };
	}
	return KNOT_EOK;
}

/*! \brief Find a name; its owner as text, "" if there is none, with '*' if the zone flags it. */
static const char *owner_of(const hm_hosted_set_t *set, zone_t *zone, const char *name)
{
	static char text[KNOT_DNAME_TXT_MAXLEN + 2];
	hm_owner_t owner;
	memset(&owner, 0xff, sizeof(owner));
	if (!hm_hosted_set_find(set, dname(name), get, zone, &owner)) {
		assert_false(owner.flagged);
		return "";
	}
	assert_non_null(knot_dname_to_str(text, owner.domain.name, sizeof(text)));
	if (owner.flagged) {
		strcat(text, "*");
	}
	return text;
}

static void the_deepest_of_both_tiers_is_the_owner(void **state)
{
	hm_hosted_set_t *set = loaded("a.test second\nx.b.test second\nc.test second\n", "hosted.");
	assert_string_equal(owner_of(set, ZONE("x.a.test", ""), "y.x.a.test."), "x.a.test.*");
	assert_string_equal(owner_of(set, ZONE("x.a.test", ""), "y.a.test."), "a.test.");
	assert_string_equal(owner_of(set, ZONE("b.test", ""), "x.b.test."), "x.b.test.");
	assert_string_equal(owner_of(set, ZONE("b.test", ""), "y.b.test."), "b.test.*");
	assert_string_equal(owner_of(set, ZONE("c.test", ""), "c.test."), "c.test.*");
	assert_string_equal(owner_of(set, ZONE("d.test", ""), "e.test."), "");
	hm_hosted_set_free(set);
}

static void none_takes_a_domain_of_the_file_out(void **state)
{
	hm_hosted_set_t *set = loaded("a.test second\nx.a.test second\n", "hosted.");
	assert_string_equal(owner_of(set, ZONE("x.a.test", "none"), "y.x.a.test."), "a.test.");
	assert_string_equal(owner_of(set, ZONE("a.test", "none"), "a.test."), "");
	assert_string_equal(owner_of(set, ZONE("a.test", "none"), "x.a.test."), "x.a.test.");
	hm_hosted_set_free(set);
}

static void a_zone_that_cannot_be_asked_leaves_the_file(void **state)
{
	hm_hosted_set_t *set = loaded("a.test second\n", "hosted.");
	hm_owner_t owner;
	zone_t zone = { .name = "b.test", .txt = "", .ret = KNOT_EEMPTYZONE };
	assert_true(hm_hosted_set_find(set, dname("x.a.test."), get, &zone, &owner));
	assert_ptr_equal(owner.unavailable, hm_hosted_set_zone(set, 0));
	assert_false(hm_hosted_set_find(set, dname("b.test."), get, &zone, &owner));
	assert_ptr_equal(owner.unavailable, hm_hosted_set_zone(set, 0));
	zone.ret = KNOT_EOK;
	assert_true(hm_hosted_set_find(set, dname("b.test."), get, &zone, &owner));
	assert_null(owner.unavailable);
	hm_hosted_set_free(set);
}

static void each_tier_is_enough(void **state)
{
	hm_hosted_set_t *set = loaded("a.test second\n", NULL);
	assert_string_equal(owner_of(set, NULL, "a.test."), "a.test.");
	assert_non_null(hm_hosted_set_file(set));
	assert_int_equal(hm_hosted_set_profiles(set), 2);
	hm_hosted_set_free(set);

	set = loaded(NULL, "hosted.");
	assert_string_equal(owner_of(set, ZONE("a.test", ""), "a.test."), "a.test.*");
	assert_null(hm_hosted_set_file(set));
	hm_hosted_set_free(set);
}

static void an_owner_is_completed_with_its_profile(void **state)
{
	static const struct {
		const char *txt, *profile, *reason;
	} cases[] = {
		{ "", "first", NULL }, { "-", "first", NULL }, { "second", "second", NULL },
		{ "third", NULL, "unknown profile" },
	};
	hm_hosted_set_t *set = loaded("f.test second\n", "hosted.");
	pool_t pool;
	pool_init(&pool);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hm_owner_t owner;
		zone_t zone = { .name = "a.test", .txt = cases[i].txt };
		assert_true(hm_hosted_set_find(set, dname("a.test."), get, &zone, &owner));
		const char *reason = NULL;
		const hm_profile_t *profile = hm_hosted_set_complete(set, &owner, &pool.mm,
		                                                     &reason);
		if (cases[i].profile == NULL) {
			assert_null(profile);
			assert_string_equal(reason, cases[i].reason);
		} else {
			assert_string_equal(hm_profile_name(profile), cases[i].profile);
			assert_null(reason);
		}
	}
	hm_owner_t owner;
	const char *reason;
	zone_t zone = { .name = "a.test", .txt = "" };
	assert_true(hm_hosted_set_find(set, dname("f.test."), get, &zone, &owner));
	assert_string_equal(hm_profile_name(hm_hosted_set_complete(set, &owner, &pool.mm, &reason)),
	                    "second");
	pool_clear(&pool);
	hm_hosted_set_free(set);
}

static void all_errors_of_all_profiles_are_reported(void **state)
{
	char one[512], two[512];
	snprintf(one, sizeof(one), "%s", write_text("one.zone", HEAD "a NS b.\n"));
	snprintf(two, sizeof(two), "%s", write_text("two.zone", "@ NS b.\n"));
	const char *const profiles[] = { one, two };
	const hm_hosted_set_opts_t opts = { .profiles = profiles, .profiles_count = 2,
	                             .report = on_report, .ctx = &report };
	memset(&report, 0, sizeof(report));
	hm_hosted_set_t *set = (hm_hosted_set_t *)&report;
	assert_int_not_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	assert_ptr_equal(set, &report);
	assert_int_equal(report.errors, 2);
}

static void a_profile_has_a_name_of_its_own(void **state)
{
	static const char *const names[] = { "same.zone", "same", "none.zone" };
	char paths[3][512];
	for (int i = 0; i < 3; i++) {
		snprintf(paths[i], sizeof(paths[i]), "%s", write_text(names[i], HEAD));
	}
	const char *const same[] = { paths[0], paths[1] }, *const none[] = { paths[2] };
	hm_hosted_set_t *set;
	memset(&report, 0, sizeof(report));
	hm_hosted_set_opts_t opts = { .profiles = same, .profiles_count = 2,
	                       .report = on_report, .ctx = &report };
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EINVAL);
	assert_non_null(strstr(report.text, "another profile has the same name"));
	opts.profiles = none;
	opts.profiles_count = 1;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EINVAL);
	assert_non_null(strstr(report.text, "the profile name 'none' is reserved"));
}

static void a_line_that_does_not_fit_its_profile_is_reported(void **state)
{
	hm_hosted_set_t *set = loaded("good.test - mx=a\nbad.test - mx=a..b\n", NULL);
	assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(set)), 1);
	assert_non_null(strstr(report.text, "error 2 a variable results in an empty label"));
	assert_non_null(strstr(report.text, "first.zone:3"));
	hm_hosted_set_free(set);
}

static void every_failing_allocation_fails_the_load(void **state)
{
	long failures = 0;
	for (;; failures++) {
		hm_hosted_set_t *set = (hm_hosted_set_t *)&report;
		write_text("first.zone", "");
		alloc_countdown = failures;
		int ret = load("a.test - mx=a\nb.test second\n", "hosted.", &set);
		alloc_countdown = -1;
		if (ret == KNOT_EOK) {
			hm_hosted_set_free(set);
			break;
		}
		assert_int_equal(ret, KNOT_ENOMEM);
		assert_ptr_equal(set, &report);
	}
	assert_true(failures > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_deepest_of_both_tiers_is_the_owner),
		cmocka_unit_test(none_takes_a_domain_of_the_file_out),
		cmocka_unit_test(a_zone_that_cannot_be_asked_leaves_the_file),
		cmocka_unit_test(each_tier_is_enough),
		cmocka_unit_test(an_owner_is_completed_with_its_profile),
		cmocka_unit_test(all_errors_of_all_profiles_are_reported),
		cmocka_unit_test(a_profile_has_a_name_of_its_own),
		cmocka_unit_test(a_line_that_does_not_fit_its_profile_is_reported),
		cmocka_unit_test(every_failing_allocation_fails_the_load),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
