/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "view_common.h"

// Cuts

static const char below[] =
	"@ SOA ns.profile.test. h.profile.test. 1 2 3 4 5\n@ NS ns.profile.test.\n"
	"sub       A   192.0.2.1\n"
	"*.sub     TXT \"profile\"\n"
	"x.sub     A   192.0.2.2\n"
	"y.x.sub   A   192.0.2.3\n"
	"side      A   192.0.2.4\n"
	"*.w       TXT \"profile\"\n";

static void the_zone_alone_has_all_at_or_below_a_delegation(void **state)
{
	view_begin(below, ZONE_APEX "sub NS ns.sub\nns.sub A 198.51.100.1\n* TXT \"zone\"\n"
	           "z.x.sub A 198.51.100.2\n");
	assert_place("sub.d.test.", NULL, "sub.d.test.", ONLY | CUT);
	assert_view("sub.d.test.", KNOT_RRTYPE_NS, "zone NS ns.sub.d.test.");
	assert_view("sub.d.test.", KNOT_RRTYPE_A, "");
	assert_place("x.sub.d.test.", NULL, "x.sub.d.test.", ONLY | CUT);
	assert_place("y.x.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("a.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("c.b.a.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("ns.sub.d.test.", NULL, "ns.sub.d.test.", ONLY | CUT);
	assert_view("ns.sub.d.test.", KNOT_RRTYPE_A, "zone A 198.51.100.1");
	assert_place("side.d.test.", "side.d.test.", NULL, 0);
	assert_place("d.test.", "d.test.", "d.test.", 0);
	view_end();
}

static void a_delegation_may_be_deep(void **state)
{
	view_begin(below, ZONE_APEX "x.sub NS ns.zone.test.\n");
	assert_place("sub.d.test.", "sub.d.test.", "sub.d.test.", 0);
	assert_place("a.sub.d.test.", "*.sub.d.test.", NULL, 0);
	assert_place("x.sub.d.test.", NULL, "x.sub.d.test.", ONLY | CUT);
	assert_place("y.x.sub.d.test.", NULL, NULL, ONLY | CUT);
	view_end();
}

static void a_wildcard_below_a_delegation_is_the_zones(void **state)
{
	view_begin(below, ZONE_APEX "sub NS ns.sub\n*.sub A 198.51.100.1\n");
	assert_place("ns.sub.d.test.", NULL, "*.sub.d.test.", ONLY | CUT);
	assert_view("ns.sub.d.test.", KNOT_RRTYPE_A, "zone A 198.51.100.1");
	assert_view("ns.sub.d.test.", KNOT_RRTYPE_TXT, "");
	view_end();
}

static void a_delegated_wildcard_is_one_under_its_own_name(void **state)
{
	view_begin(below, ZONE_APEX "*.w NS ns.zone.test.\n");
	assert_place("*.w.d.test.", NULL, "*.w.d.test.", ONLY | CUT);
	assert_place("a.*.w.d.test.", NULL, NULL, ONLY | CUT);
	assert_view("*.w.d.test.", KNOT_RRTYPE_TXT, "");
	view_end();
}

static void names_that_a_delegated_wildcard_covers_are_the_zones(void **state)
{
	view_begin(below, ZONE_APEX "*.w NS ns.zone.test.\n");
	assert_place("a.w.d.test.", NULL, "*.w.d.test.", ONLY | CUT);
	assert_view("a.w.d.test.", KNOT_RRTYPE_TXT, "");
	view_end();
}

static void the_zone_alone_has_all_below_a_dname(void **state)
{
	view_begin(below, ZONE_APEX "sub DNAME zone.test.\n");
	assert_place("sub.d.test.", "sub.d.test.", "sub.d.test.", 0);
	assert_view("sub.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.1");
	assert_view("sub.d.test.", KNOT_RRTYPE_DNAME, "zone DNAME zone.test.");
	assert_place("x.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("y.x.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("a.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("side.d.test.", "side.d.test.", NULL, 0);
	view_end();
}

static void a_dname_at_the_apex_leaves_the_apex_only(void **state)
{
	view_begin(view_profile, ZONE_APEX "@ DNAME zone.test.\n");
	assert_place("d.test.", "d.test.", "d.test.", 0);
	assert_view("d.test.", KNOT_RRTYPE_MX, "profile MX 10 mx.d.test.");
	assert_place("www.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("a.w.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("nowhere.d.test.", NULL, NULL, ONLY | CUT);
	view_end();
}

// Wildcards

static void the_wildcard_of_the_closest_encloser_covers(void **state)
{
	view_begin("@ SOA ns h 1 2 3 4 5\n@ NS ns\n* A 192.0.2.1\n*.p A 192.0.2.2\n"
	           "*.b.z A 192.0.2.3\n",
	           ZONE_APEX "*.z A 198.51.100.1\n*.b.p A 198.51.100.2\n");
	assert_place("a.d.test.", "*.d.test.", NULL, 0);
	assert_place("a.z.d.test.", NULL, "*.z.d.test.", ONLY);
	assert_place("a.a.z.d.test.", NULL, "*.z.d.test.", ONLY);
	assert_place("a.b.z.d.test.", "*.b.z.d.test.", NULL, 0);
	assert_place("a.p.d.test.", "*.p.d.test.", NULL, 0);
	assert_place("a.b.p.d.test.", NULL, "*.b.p.d.test.", ONLY);
	// A closest encloser without a wildcard keeps those above away.
	assert_place("b.p.d.test.", NULL, "b.p.d.test.", ONLY);
	assert_place("b.z.d.test.", "b.z.d.test.", NULL, 0);
	assert_place("a.ns.d.test.", "*.d.test.", NULL, 0);
	view_end();
}

static void names_of_each_keep_the_wildcards_of_the_other_away(void **state)
{
	view_begin("@ SOA ns h 1 2 3 4 5\n@ NS ns\n*.p A 192.0.2.1\nn.z A 192.0.2.2\n"
	           "x.e.z A 192.0.2.3\n",
	           ZONE_APEX "*.z A 198.51.100.1\nn.p A 198.51.100.2\nx.e.p A 198.51.100.3\n");
	// Names, and names below them.
	assert_place("n.z.d.test.", "n.z.d.test.", NULL, 0);
	assert_view("n.z.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.2");
	assert_place("a.n.z.d.test.", NULL, NULL, 0);
	assert_place("n.p.d.test.", NULL, "n.p.d.test.", ONLY);
	assert_place("a.n.p.d.test.", NULL, NULL, ONLY);
	// Empty non-terminals.
	assert_place("e.z.d.test.", "e.z.d.test.", NULL, 0);
	assert_place("a.e.z.d.test.", NULL, NULL, 0);
	assert_place("e.p.d.test.", NULL, "e.p.d.test.", ONLY);
	assert_place("a.e.p.d.test.", NULL, NULL, ONLY);
	// All other names are covered.
	assert_place("a.z.d.test.", NULL, "*.z.d.test.", ONLY);
	assert_place("a.p.d.test.", "*.p.d.test.", NULL, 0);
	view_end();
}

static void two_wildcards_of_one_encloser_are_merged_by_type(void **state)
{
	view_begin(view_profile, ZONE_APEX "*.w TXT \"zone\"\n*.w MX 1 a.test.\n"
	           "*.wc A 198.51.100.1\n");
	assert_place("a.w.d.test.", "*.w.d.test.", "*.w.d.test.", 0);
	assert_view("a.w.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.3");
	assert_view("a.w.d.test.", KNOT_RRTYPE_TXT, "zone TXT \"zone\"");
	assert_view("a.w.d.test.", KNOT_RRTYPE_MX, "zone MX 1 a.test.");
	assert_view("a.w.d.test.", KNOT_RRTYPE_ANY, "profile A 192.0.2.3");
	assert_view("a.wc.d.test.", KNOT_RRTYPE_CNAME, "");
	assert_view("a.wc.d.test.", KNOT_RRTYPE_A, "zone A 198.51.100.1");
	assert_place("x.w.d.test.", "x.w.d.test.", NULL, 0);
	assert_place("*.w.d.test.", "*.w.d.test.", "*.w.d.test.", 0);
	view_end();
	view_begin(view_profile, ZONE_APEX "*.w CNAME zone.test.\n");
	assert_view("a.w.d.test.", KNOT_RRTYPE_CNAME, "zone CNAME zone.test.");
	assert_view("a.w.d.test.", KNOT_RRTYPE_A, "");
	view_end();
	// An empty non-terminal hides nothing, be it a wildcard.
	view_begin(view_profile, ZONE_APEX "x.*.wc TXT \"zone\"\n");
	assert_place("a.wc.d.test.", "*.wc.d.test.", "*.wc.d.test.", 0);
	assert_view("a.wc.d.test.", KNOT_RRTYPE_CNAME, "profile CNAME target.test.");
	view_end();
}

static void what_only_the_zone_decides_is_told(void **state)
{
	view_begin(view_profile, ZONE_APEX "w TXT \"zone\"\nwc TXT \"zone\"\nent TXT \"zone\"\n"
	           "www TXT \"zone\"\nown.own TXT \"zone\"\n");
	// An encloser of both with a wildcard of the profile, without one, and of the zone alone.
	assert_place("a.w.d.test.", "*.w.d.test.", NULL, 0);
	assert_place("a.www.d.test.", NULL, NULL, ONLY);
	assert_place("a.ent.d.test.", NULL, NULL, ONLY);
	assert_place("a.own.d.test.", NULL, NULL, ONLY);
	// An encloser of the profile alone.
	assert_place("a.x.w.d.test.", NULL, NULL, 0);
	view_end();
}

// Limits

/*! \brief Put one-letter labels in front of a name until it has so many bytes. */
static void extend(knot_dname_t *name, size_t size)
{
	size_t have = knot_dname_size(name);
	while (have < size) {
		uint8_t label = (size - have == 3) ? 2 : 1;
		memmove(name + 1 + label, name, have);
		name[0] = label;
		memset(name + 1, 'a', label);
		have += 1 + label;
	}
	assert_int_equal(have, size);
}

static void the_wildcard_of_the_longest_names_has_just_enough_room(void **state)
{
	// The encloser is at least one label of two bytes above the name, as many as "*" needs.
	for (size_t size = 251; size <= KNOT_DNAME_MAXLEN; size++) {
		view_begin(profile_apex, ZONE_APEX);
		knot_dname_storage_t encloser;
		memcpy(encloser, asked.apex, asked.domain.size);
		extend(encloser, size - 2);
		fake_zone_add(&asked.zone, encloser, KNOT_RRTYPE_TXT, (const uint8_t *)"\0", 1);

		knot_dname_storage_t name;
		memcpy(name, encloser, size - 2);
		extend(name, size);
		view_find_wire(name);
		assert_int_equal(asked.ret, KNOT_ENOENT);
		assert_true(asked.place.zone_only);

		knot_dname_storage_t wildcard = "\x01*";
		memcpy(wildcard + 2, encloser, size - 2);
		fake_zone_add(&asked.zone, wildcard, KNOT_RRTYPE_TXT, (const uint8_t *)"\0", 1);
		view_find_wire(name);
		assert_int_equal(asked.ret, KNOT_EOK);
		assert_true(knot_dname_is_equal(asked.place.owner, wildcard));
		view_end();
	}
}

static void the_longest_names_are_found(void **state)
{
	for (size_t size = KNOT_DNAME_MAXLEN - 1; size <= KNOT_DNAME_MAXLEN; size++) {
		view_begin(profile_apex, ZONE_APEX);
		knot_dname_storage_t name;
		memcpy(name, asked.apex, asked.domain.size);
		extend(name, size);
		fake_zone_add(&asked.zone, name, KNOT_RRTYPE_TXT, (const uint8_t *)"\0", 1);
		view_find_wire(name);
		assert_int_equal(asked.ret, KNOT_EOK);
		assert_ptr_equal(asked.place.owner, asked.name);
		view_end();
	}
}

static void names_of_127_labels_are_found(void **state)
{
	knot_dname_storage_t name = "";
	extend(name, KNOT_DNAME_MAXLEN);
	assert_int_equal(knot_dname_labels(name, NULL), 127);
	view_begin_at("a.", profile_apex, ZONE_APEX);
	view_find_wire(name);
	assert_int_equal(asked.ret, KNOT_ENOENT);
	assert_true(asked.place.zone_only);
	fake_zone_add(&asked.zone, name, KNOT_RRTYPE_TXT, (const uint8_t *)"\0", 1);
	view_find_wire(name);
	assert_ptr_equal(asked.place.owner, asked.name);
	fake_zone_add(&asked.zone, name + 250, KNOT_RRTYPE_NS, name, sizeof(name));
	view_find_wire(name);
	assert_true(asked.place.cut);
	view_end();

	// As the apex it is all that there is.
	char text[256] = "";
	for (int i = 0; i < 127; i++) {
		strcat(text, "a.");
	}
	view_begin_at(text, profile_apex, ZONE_APEX);
	assert_place(text, text, text, 0);
	view_find("a.");
	assert_int_equal(asked.ret, KNOT_EOUTOFZONE);
	view_end();
}

static void labels_of_any_bytes_are_names_like_all_others(void **state)
{
	static const char *const labels[] = {
		"\\000", "\\255", "\\*x", "\\.", "\\032", "\\001d\\004test\\000", "xn--", "-",
	};
	view_begin(view_profile, ZONE_APEX "*.zw A 198.51.100.1\n");
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		char name[64];
		snprintf(name, sizeof(name), "%s.d.test.", labels[i]);
		assert_place(name, NULL, NULL, ONLY);
		snprintf(name, sizeof(name), "%s.w.d.test.", labels[i]);
		assert_place(name, "*.w.d.test.", NULL, 0);
		snprintf(name, sizeof(name), "%s.zw.d.test.", labels[i]);
		assert_place(name, NULL, "*.zw.d.test.", ONLY);
	}
	view_end();
}

static void the_walk_stops_at_the_first_name_that_does_not_exist(void **state)
{
	view_begin(view_profile, ZONE_APEX);
	knot_dname_storage_t name;
	memcpy(name, asked.apex, asked.domain.size);
	extend(name, KNOT_DNAME_MAXLEN);
	view_find_wire(name);
	assert_int_equal(asked.ret, KNOT_ENOENT);
	assert_true(asked.zone.looks <= 4);
	view_end();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_zone_alone_has_all_at_or_below_a_delegation),
		cmocka_unit_test(a_delegation_may_be_deep),
		cmocka_unit_test(a_wildcard_below_a_delegation_is_the_zones),
		cmocka_unit_test(a_delegated_wildcard_is_one_under_its_own_name),
		cmocka_unit_test(names_that_a_delegated_wildcard_covers_are_the_zones),
		cmocka_unit_test(the_zone_alone_has_all_below_a_dname),
		cmocka_unit_test(a_dname_at_the_apex_leaves_the_apex_only),
		cmocka_unit_test(the_wildcard_of_the_closest_encloser_covers),
		cmocka_unit_test(names_of_each_keep_the_wildcards_of_the_other_away),
		cmocka_unit_test(two_wildcards_of_one_encloser_are_merged_by_type),
		cmocka_unit_test(what_only_the_zone_decides_is_told),
		cmocka_unit_test(the_wildcard_of_the_longest_names_has_just_enough_room),
		cmocka_unit_test(the_longest_names_are_found),
		cmocka_unit_test(names_of_127_labels_are_found),
		cmocka_unit_test(labels_of_any_bytes_are_names_like_all_others),
		cmocka_unit_test(the_walk_stops_at_the_first_name_that_does_not_exist),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
