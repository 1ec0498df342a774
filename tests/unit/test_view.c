/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/descriptor.h>

#include "view_common.h"

// Without a zone

static void without_a_zone_names_are_the_profiles(void **state)
{
	view_begin(view_profile, NULL);
	assert_place("d.test.", "d.test.", NULL, 0);
	assert_place("www.d.test.", "www.d.test.", NULL, 0);
	assert_place("ent.d.test.", "ent.d.test.", NULL, 0);
	assert_place("y.w.d.test.", "*.w.d.test.", NULL, 0);
	assert_place("z.y.w.d.test.", "*.w.d.test.", NULL, 0);
	assert_place("x.w.d.test.", "x.w.d.test.", NULL, 0);
	assert_place("y.x.w.d.test.", NULL, NULL, 0);
	assert_place("y.www.d.test.", NULL, NULL, 0);
	assert_place("y.d.test.", NULL, NULL, 0);
	view_end();
}

static void without_a_zone_rrsets_are_the_profiles(void **state)
{
	view_begin(view_profile, NULL);
	assert_view("d.test.", KNOT_RRTYPE_NS, "profile NS ns.profile.test.");
	assert_view("d.test.", KNOT_RRTYPE_SOA,
	            "profile SOA ns.profile.test. h.profile.test. 1 2 3 4 5");
	assert_view("d.test.", KNOT_RRTYPE_ANY, "profile NS ns.profile.test.");
	assert_view("y.w.d.test.", KNOT_RRTYPE_TXT, "profile TXT \"profile\"");
	assert_view("name.d.test.", KNOT_RRTYPE_TXT, "profile TXT \"d.test\"");
	assert_view("alias.d.test.", KNOT_RRTYPE_CNAME, "profile CNAME target.test.");
	assert_view("alias.d.test.", KNOT_RRTYPE_A, "");
	assert_view("ent.d.test.", KNOT_RRTYPE_ANY, "");
	assert_view("none.d.test.", KNOT_RRTYPE_ANY, "");
	view_end();
}

static void a_name_outside_the_domain_is_told(void **state)
{
	static const char *const names[] = {
		".", "test.", "xd.test.", "d.test.x.", "www.e.test.", "www\\001d\\004test.",
		"\\001d\\004test.",
	};
	for (int with_zone = 0; with_zone < 2; with_zone++) {
		view_begin(view_profile, with_zone ? ZONE_APEX : NULL);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			view_find(names[i]);
			assert_int_equal(asked.ret, KNOT_EOUTOFZONE);
			assert_int_equal(asked.zone.looks, 0);
		}
		view_end();
	}
}

// RRsets of both at one name

static void an_rrset_of_the_zone_hides_the_profiles(void **state)
{
	view_begin(view_profile, ZONE_APEX "@ MX 5 a.test.\n@ MX 6 b.test.\nwww A 198.51.100.1\n"
	           "own TXT \"zone\"\n");
	assert_place("www.d.test.", "www.d.test.", "www.d.test.", 0);
	assert_view("www.d.test.", KNOT_RRTYPE_A, "zone A 198.51.100.1");
	assert_view("www.d.test.", KNOT_RRTYPE_AAAA, "profile AAAA 2001:db8::1");
	assert_view("www.d.test.", KNOT_RRTYPE_TXT, "profile TXT \"profile\"");
	assert_view("www.d.test.", KNOT_RRTYPE_MX, "");
	assert_view("d.test.", KNOT_RRTYPE_MX, "zone MX 5 a.test. 6 b.test.");
	assert_view("d.test.", KNOT_RRTYPE_TXT, "profile TXT \"profile\"");
	assert_place("own.d.test.", NULL, "own.d.test.", ONLY);
	assert_view("own.d.test.", KNOT_RRTYPE_TXT, "zone TXT \"zone\"");
	assert_view("own.d.test.", KNOT_RRTYPE_A, "");
	view_end();
}

static void what_the_zone_lacks_is_the_profiles(void **state)
{
	view_begin(view_profile, ZONE_APEX "a.long.way TXT \"zone\"\n");
	assert_place("www.d.test.", "www.d.test.", NULL, 0);
	assert_place("ent.d.test.", "ent.d.test.", NULL, 0);
	assert_place("alias.d.test.", "alias.d.test.", NULL, 0);
	assert_view("www.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.1");
	assert_view("www.d.test.", KNOT_RRTYPE_ANY, "profile A 192.0.2.1");
	assert_view("alias.d.test.", KNOT_RRTYPE_CNAME, "profile CNAME target.test.");
	assert_view("name.d.test.", KNOT_RRTYPE_TXT, "profile TXT \"d.test\"");
	assert_place("nowhere.d.test.", NULL, NULL, ONLY);
	assert_place("way.d.test.", NULL, "way.d.test.", ONLY);
	assert_place("long.way.d.test.", NULL, "long.way.d.test.", ONLY);
	assert_view("long.way.d.test.", KNOT_RRTYPE_TXT, "");
	view_end();
}

static void soa_and_ns_of_the_profile_are_never_used(void **state)
{
	view_begin(view_profile, ZONE_APEX);
	assert_view("d.test.", KNOT_RRTYPE_SOA, "zone SOA ns.zone.test. h.zone.test. 1 2 3 4 5");
	assert_view("d.test.", KNOT_RRTYPE_NS, "zone NS ns.zone.test.");
	assert_view("d.test.", KNOT_RRTYPE_ANY, "zone NS ns.zone.test.");
	view_end();
	// Nor would they be if a zone had none.
	view_begin(view_profile, "");
	assert_view("d.test.", KNOT_RRTYPE_SOA, "");
	assert_view("d.test.", KNOT_RRTYPE_NS, "");
	assert_view("d.test.", KNOT_RRTYPE_ANY, "profile MX 10 mx.d.test.");
	view_end();
	view_begin(profile_apex, "");
	assert_view("d.test.", KNOT_RRTYPE_ANY, "");
	view_end();
}

static void a_cname_of_the_zone_hides_all_of_the_profile(void **state)
{
	view_begin(view_profile, ZONE_APEX "www CNAME zone.test.\nalias CNAME zone.test.\n");
	assert_view("www.d.test.", KNOT_RRTYPE_CNAME, "zone CNAME zone.test.");
	assert_view("www.d.test.", KNOT_RRTYPE_A, "");
	assert_view("www.d.test.", KNOT_RRTYPE_AAAA, "");
	assert_view("www.d.test.", KNOT_RRTYPE_TXT, "");
	assert_view("www.d.test.", KNOT_RRTYPE_ANY, "zone CNAME zone.test.");
	assert_view("alias.d.test.", KNOT_RRTYPE_CNAME, "zone CNAME zone.test.");
	view_end();
}

/*! \brief Tell whether data of this type beside it hides the profile's CNAME. */
static bool hides_cname(uint16_t type)
{
	view_begin(view_profile, ZONE_APEX);
	fake_zone_add(&asked.zone, dname("alias.d.test."), type, (const uint8_t *)"\0", 1);
	view_find("alias.d.test.");
	assert_int_equal(asked.ret, KNOT_EOK);
	assert_ptr_equal(asked.place.owner, asked.name);
	bool hidden = (*view_text(KNOT_RRTYPE_CNAME) == '\0');
	view_end();
	return hidden;
}

static void any_data_of_the_zone_hides_a_cname_of_the_profile(void **state)
{
	unsigned known = 0;
	for (unsigned type = 1; type <= 300; type++) {
		// A CNAME is there itself, and a delegation has nothing of the profile.
		if (knot_get_rdata_descriptor(type)->type_name == NULL ||
		    type == KNOT_RRTYPE_CNAME || type == KNOT_RRTYPE_NS ||
		    knot_rrtype_is_metatype(type)) {
			continue;
		}
		known++;
		assert_true(hides_cname(type));
	}
	assert_true(known > 40);
	assert_true(hides_cname(65401)); // ALIAS.
}

static void the_name_of_an_empty_non_terminal_hides_nothing(void **state)
{
	view_begin(view_profile, ZONE_APEX "x.alias TXT \"zone\"\nx.www TXT \"zone\"\n"
	           "*.y.wc A 198.51.100.1\n");
	assert_place("alias.d.test.", "alias.d.test.", "alias.d.test.", 0);
	assert_view("alias.d.test.", KNOT_RRTYPE_CNAME, "profile CNAME target.test.");
	assert_view("www.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.1");
	// But it exists, so that the wildcard is not for it.
	assert_place("y.wc.d.test.", NULL, "y.wc.d.test.", ONLY);
	assert_view("y.wc.d.test.", KNOT_RRTYPE_CNAME, "");
	view_end();
}

static void undefined_variables_leave_the_name_without_the_rrset(void **state)
{
	view_begin(view_profile, ZONE_APEX "some MX 1 a.test.\n* TXT \"wild\"\n");
	assert_view("some.d.test.", KNOT_RRTYPE_TXT, "");
	assert_view("some.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.4");
	// The wildcard of the zone is not for a name that exists.
	assert_place("none.d.test.", "none.d.test.", NULL, 0);
	assert_view("none.d.test.", KNOT_RRTYPE_TXT, "");
	assert_view("none.d.test.", KNOT_RRTYPE_ANY, "");
	view_end();
}

// ANY

static void any_gives_the_lowest_type_of_both(void **state)
{
	static const struct {
		const char *zone, *want;
	} cases[] = {
		{ "www TXT \"zone\"\n", "profile A 192.0.2.1" },
		{ "www A 198.51.100.1\nwww TXT \"zone\"\n", "zone A 198.51.100.1" },
		{ "www CNAME zone.test.\n", "" },
		{ "x.www TXT \"zone\"\n", "profile A 192.0.2.1" },
		{ "mail A 198.51.100.1\n", "zone A 198.51.100.1" },
		{ "mail TXT \"zone\"\n", "profile MX 1 mx.test." },
		{ "mail MX 2 zone.test.\n", "zone MX 2 zone.test." },
		{ "mail PTR zone.test.\n", "zone PTR zone.test." },
		{ "mail AAAA ::1\nmail PTR zone.test.\n", "zone PTR zone.test." },
		{ "mail CNAME zone.test.\n", "zone CNAME zone.test." },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char zone[512], profile[512];
		snprintf(zone, sizeof(zone), "%s%s", ZONE_APEX, cases[i].zone);
		snprintf(profile, sizeof(profile), "%swww A 192.0.2.1\nmail MX 1 mx.test.\n"
		         "mail TXT \"profile\"\n", profile_apex);
		view_begin(profile, zone);
		bool mail = (strncmp(cases[i].zone, "mail", 4) == 0);
		assert_view(mail ? "mail.d.test." : "www.d.test.", KNOT_RRTYPE_ANY, cases[i].want);
		view_end();
	}
}

static void any_goes_on_behind_rrsets_that_are_hidden_or_undefined(void **state)
{
	static const char profile[] =
		"@ SOA ns.profile.test. h.profile.test. 1 2 3 4 5\n@ NS ns.profile.test.\n"
		"a MX 1 {undefined}\na TXT \"profile\"\nb CNAME {undefined}.test.\n"
		"c A 192.0.2.1\nd CNAME target.test.\n";
	view_begin(profile, ZONE_APEX "a AAAA ::1\nb AAAA ::1\nc TXT \"zone\"\nd AAAA ::1\n");
	assert_view("a.d.test.", KNOT_RRTYPE_ANY, "profile TXT \"profile\"");
	// Behind the last type of the profile, the first one is the zone's.
	assert_view("b.d.test.", KNOT_RRTYPE_ANY, "");
	assert_view("c.d.test.", KNOT_RRTYPE_ANY, "profile A 192.0.2.1");
	assert_view("d.d.test.", KNOT_RRTYPE_ANY, "");
	view_end();
	view_begin(profile, ZONE_APEX "a SRV 1 2 3 a.test.\na PTR a.test.\n");
	assert_view("a.d.test.", KNOT_RRTYPE_ANY, "zone PTR a.test.");
	view_end();
}

// What fails

static void a_zone_that_cannot_be_asked_has_nothing(void **state)
{
	static const int codes[] = { KNOT_ENONODE, KNOT_EINVAL, KNOT_EEMPTYZONE, KNOT_ENOMEM };
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		view_begin(view_profile, ZONE_APEX "www A 198.51.100.1\nwww CNAME zone.test.\n");
		asked.zone.ret = codes[i];
		assert_place("www.d.test.", "www.d.test.", NULL, 0);
		assert_view("www.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.1");
		assert_view("d.test.", KNOT_RRTYPE_TXT, "profile TXT \"profile\"");
		assert_view("d.test.", KNOT_RRTYPE_NS, "");
		assert_view("alias.d.test.", KNOT_RRTYPE_CNAME, "profile CNAME target.test.");
		view_end();
	}
}

static void a_zone_that_fails_later_has_nothing_more(void **state)
{
	view_begin(view_profile, ZONE_APEX "www A 198.51.100.1\nalias A 198.51.100.1\n");
	view_find("www.d.test.");
	asked.zone.ret = KNOT_EEMPTYZONE;
	assert_string_equal(view_text(KNOT_RRTYPE_A), "profile A 192.0.2.1");
	asked.zone.ret = KNOT_EOK;
	view_find("alias.d.test.");
	asked.zone.ret = KNOT_EEMPTYZONE;
	assert_string_equal(view_text(KNOT_RRTYPE_CNAME), "profile CNAME target.test.");
	view_end();
}

static void a_failing_allocation_is_an_error(void **state)
{
	for (int with_zone = 0; with_zone < 2; with_zone++) {
		for (int any = 0; any < 2; any++) {
			view_begin(view_profile,
			           with_zone ? ZONE_APEX "x.name TXT \"zone\"\n" : NULL);
			view_find("name.d.test.");
			knot_rrset_t rrset, untouched;
			memset(&rrset, 0x55, sizeof(rrset));
			memset(&untouched, 0x55, sizeof(untouched));
			asked.pool.countdown = 0;
			alloc_countdown = 0; // There is no other memory than that of the query.
			int ret = hm_view_rrset(&asked.view, &asked.place,
			                        any ? KNOT_RRTYPE_ANY : KNOT_RRTYPE_TXT,
			                        &asked.pool.mm, &rrset);
			alloc_countdown = -1;
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_memory_equal(&rrset, &untouched, sizeof(rrset));
			view_end();
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_zone_names_are_the_profiles),
		cmocka_unit_test(without_a_zone_rrsets_are_the_profiles),
		cmocka_unit_test(a_name_outside_the_domain_is_told),
		cmocka_unit_test(an_rrset_of_the_zone_hides_the_profiles),
		cmocka_unit_test(what_the_zone_lacks_is_the_profiles),
		cmocka_unit_test(soa_and_ns_of_the_profile_are_never_used),
		cmocka_unit_test(a_cname_of_the_zone_hides_all_of_the_profile),
		cmocka_unit_test(any_data_of_the_zone_hides_a_cname_of_the_profile),
		cmocka_unit_test(the_name_of_an_empty_non_terminal_hides_nothing),
		cmocka_unit_test(undefined_variables_leave_the_name_without_the_rrset),
		cmocka_unit_test(any_gives_the_lowest_type_of_both),
		cmocka_unit_test(any_goes_on_behind_rrsets_that_are_hidden_or_undefined),
		cmocka_unit_test(a_zone_that_cannot_be_asked_has_nothing),
		cmocka_unit_test(a_zone_that_fails_later_has_nothing_more),
		cmocka_unit_test(a_failing_allocation_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
