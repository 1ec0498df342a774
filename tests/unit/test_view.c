/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/descriptor.h>
#include <libknot/errcode.h>

#include "fake_zone.h"
#include "test.h"

/*! \brief A view and what it was last asked. */
typedef struct {
	hm_view_t view;
	hm_domain_t domain;
	knot_dname_storage_t apex;
	hm_profile_t *profile;
	fake_zone_t zone;
	pool_t pool;
	knot_dname_storage_t name;
	hm_place_t place;
	int ret;
} asked_t;

static asked_t asked;

// What a place is, beside its nodes.
#define ONLY 1 // The zone would lead there without the profile.
#define CUT  2

static const char profile_apex[] =
	"@ SOA ns.profile.test. h.profile.test. 1 2 3 4 5\n"
	"@ NS ns.profile.test.\n";

static const char common[] =
	"@      SOA   ns.profile.test. h.profile.test. 1 2 3 4 5\n"
	"@      NS    ns.profile.test.\n"
	"@      MX    10 mx\n"
	"@      TXT   \"profile\"\n"
	"www    A     192.0.2.1\n"
	"www    AAAA  2001:db8::1\n"
	"www    TXT   \"profile\"\n"
	"alias  CNAME target.test.\n"
	"e.ent  A     192.0.2.2\n"
	"*.w    A     192.0.2.3\n"
	"*.w    TXT   \"profile\"\n"
	"x.w    TXT   \"here\"\n"
	"*.wc   CNAME target.test.\n"
	"some   A     192.0.2.4\n"
	"some   TXT   \"{undefined}\"\n"
	"none   TXT   \"{undefined}\"\n"
	"name   TXT   \"{domain}\"\n";

/*! \brief Begin with a profile and a zone; without the latter if it is NULL. */
static void begin_at(const char *apex, const char *profile, const char *zone)
{
	memset(&asked, 0, sizeof(asked));
	assert_non_null(knot_dname_from_str(asked.apex, apex, sizeof(asked.apex)));
	hm_domain_init(asked.apex, &asked.domain);
	asked.profile = profile_from("view.zone", profile);
	pool_init(&asked.pool);
	asked.view.profile = asked.profile;
	asked.view.domain = &asked.domain;
	if (zone != NULL) {
		fake_zone_init(&asked.zone, apex, zone);
		asked.view.zone = fake_zone_get;
		asked.view.ctx = &asked.zone;
	}
}

static void begin(const char *profile, const char *zone)
{
	begin_at("d.test.", profile, zone);
}

static void end(void)
{
	hm_profile_free(asked.profile);
	fake_zone_clear(&asked.zone);
	pool_clear(&asked.pool);
}

/*! \brief Find a name; everything of its place must get a value. */
static void find_wire(const knot_dname_t *name)
{
	memcpy(asked.name, name, knot_dname_size(name));
	memset(&asked.place, 0xff, sizeof(asked.place));
	asked.ret = hm_view_find(&asked.view, asked.name, &asked.place);
}

static void find(const char *name)
{
	find_wire(dname(name));
}

static void assert_name(const knot_dname_t *name, const char *want)
{
	if (want == NULL || name == NULL) {
		assert_true(want == NULL && name == NULL);
		return;
	}
	char text[KNOT_DNAME_TXT_MAXLEN + 1];
	assert_non_null(knot_dname_to_str(text, name, sizeof(text)));
	assert_string_equal(text, want);
}

/*! \brief Expect the owners of both nodes, NULL for none. */
static void assert_place(const char *name, const char *node, const char *owner, int flags)
{
	find(name);
	knot_dname_storage_t of_node;
	if (asked.place.node != NULL) {
		assert_int_equal(hm_node_owner(asked.place.node, &asked.domain, of_node), KNOT_EOK);
	}
	assert_name((asked.place.node != NULL) ? of_node : NULL, node);
	assert_name(asked.place.owner, owner);
	assert_int_equal(asked.place.zone_only, (flags & ONLY) != 0);
	assert_int_equal(asked.place.cut, (flags & CUT) != 0);
	assert_int_equal(asked.ret, (node != NULL || owner != NULL) ? KNOT_EOK : KNOT_ENOENT);
}

/*! \brief An RRset of the last place as text: whose it is, its type, its RDATA; "" if none. */
static const char *rrset_text(uint16_t type)
{
	static char text[4096];
	knot_rrset_t rrset, untouched;
	memset(&rrset, 0x55, sizeof(rrset));
	memset(&untouched, 0x55, sizeof(untouched));
	int ret = hm_view_rrset(&asked.view, &asked.place, type, &asked.pool.mm, &rrset);
	if (ret != KNOT_EOK) {
		assert_int_equal(ret, KNOT_ENOENT);
		assert_memory_equal(&rrset, &untouched, sizeof(rrset));
		return "";
	}
	assert_true(rrset.rrs.count > 0);
	if (type != KNOT_RRTYPE_ANY) {
		assert_int_equal(rrset.type, type);
	}
	char name[16];
	assert_true(knot_rrtype_to_string(rrset.type, name, sizeof(name)) > 0);
	size_t len = snprintf(text, sizeof(text), "%s %s", rrset.owner ? "zone" : "profile", name);
	for (uint16_t i = 0; i < rrset.rrs.count; i++) {
		text[len++] = ' ';
		int got = knot_rrset_txt_dump_data(&rrset, i, text + len, sizeof(text) - len,
		                                   &KNOT_DUMP_STYLE_DEFAULT);
		assert_true(got > 0);
		len += got;
	}
	return text;
}

static void assert_rrset(const char *name, uint16_t type, const char *want)
{
	find(name);
	assert_int_equal(asked.ret, KNOT_EOK);
	assert_string_equal(rrset_text(type), want);
}

// Without a zone

static void without_a_zone_names_are_the_profiles(void **state)
{
	begin(common, NULL);
	assert_place("d.test.", "d.test.", NULL, 0);
	assert_place("www.d.test.", "www.d.test.", NULL, 0);
	assert_place("ent.d.test.", "ent.d.test.", NULL, 0);
	assert_place("y.w.d.test.", "*.w.d.test.", NULL, 0);
	assert_place("z.y.w.d.test.", "*.w.d.test.", NULL, 0);
	assert_place("x.w.d.test.", "x.w.d.test.", NULL, 0);
	assert_place("y.x.w.d.test.", NULL, NULL, 0);
	assert_place("y.www.d.test.", NULL, NULL, 0);
	assert_place("y.d.test.", NULL, NULL, 0);
	end();
}

static void without_a_zone_rrsets_are_the_profiles(void **state)
{
	begin(common, NULL);
	assert_rrset("d.test.", KNOT_RRTYPE_NS, "profile NS ns.profile.test.");
	assert_rrset("d.test.", KNOT_RRTYPE_SOA,
	             "profile SOA ns.profile.test. h.profile.test. 1 2 3 4 5");
	assert_rrset("d.test.", KNOT_RRTYPE_ANY, "profile NS ns.profile.test.");
	assert_rrset("y.w.d.test.", KNOT_RRTYPE_TXT, "profile TXT \"profile\"");
	assert_rrset("name.d.test.", KNOT_RRTYPE_TXT, "profile TXT \"d.test\"");
	assert_rrset("alias.d.test.", KNOT_RRTYPE_CNAME, "profile CNAME target.test.");
	assert_rrset("alias.d.test.", KNOT_RRTYPE_A, "");
	assert_rrset("ent.d.test.", KNOT_RRTYPE_ANY, "");
	assert_rrset("none.d.test.", KNOT_RRTYPE_ANY, "");
	end();
}

static void a_name_outside_the_domain_is_told(void **state)
{
	static const char *const names[] = {
		".", "test.", "xd.test.", "d.test.x.", "www.e.test.", "www\\001d\\004test.",
		"\\001d\\004test.",
	};
	for (int with_zone = 0; with_zone < 2; with_zone++) {
		begin(common, with_zone ? ZONE_APEX : NULL);
		for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
			find(names[i]);
			assert_int_equal(asked.ret, KNOT_EOUTOFZONE);
			assert_int_equal(asked.zone.looks, 0);
		}
		end();
	}
}

// RRsets of both at one name

static void an_rrset_of_the_zone_hides_the_profiles(void **state)
{
	begin(common, ZONE_APEX "@ MX 5 a.test.\n@ MX 6 b.test.\nwww A 198.51.100.1\n"
	      "own TXT \"zone\"\n");
	assert_place("www.d.test.", "www.d.test.", "www.d.test.", 0);
	assert_rrset("www.d.test.", KNOT_RRTYPE_A, "zone A 198.51.100.1");
	assert_rrset("www.d.test.", KNOT_RRTYPE_AAAA, "profile AAAA 2001:db8::1");
	assert_rrset("www.d.test.", KNOT_RRTYPE_TXT, "profile TXT \"profile\"");
	assert_rrset("www.d.test.", KNOT_RRTYPE_MX, "");
	assert_rrset("d.test.", KNOT_RRTYPE_MX, "zone MX 5 a.test. 6 b.test.");
	assert_rrset("d.test.", KNOT_RRTYPE_TXT, "profile TXT \"profile\"");
	assert_place("own.d.test.", NULL, "own.d.test.", ONLY);
	assert_rrset("own.d.test.", KNOT_RRTYPE_TXT, "zone TXT \"zone\"");
	assert_rrset("own.d.test.", KNOT_RRTYPE_A, "");
	end();
}

static void what_the_zone_lacks_is_the_profiles(void **state)
{
	begin(common, ZONE_APEX "a.long.way TXT \"zone\"\n");
	assert_place("www.d.test.", "www.d.test.", NULL, 0);
	assert_place("ent.d.test.", "ent.d.test.", NULL, 0);
	assert_place("alias.d.test.", "alias.d.test.", NULL, 0);
	assert_rrset("www.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.1");
	assert_rrset("www.d.test.", KNOT_RRTYPE_ANY, "profile A 192.0.2.1");
	assert_rrset("alias.d.test.", KNOT_RRTYPE_CNAME, "profile CNAME target.test.");
	assert_rrset("name.d.test.", KNOT_RRTYPE_TXT, "profile TXT \"d.test\"");
	assert_place("nowhere.d.test.", NULL, NULL, ONLY);
	assert_place("way.d.test.", NULL, "way.d.test.", ONLY);
	assert_place("long.way.d.test.", NULL, "long.way.d.test.", ONLY);
	assert_rrset("long.way.d.test.", KNOT_RRTYPE_TXT, "");
	end();
}

static void soa_and_ns_of_the_profile_are_never_used(void **state)
{
	begin(common, ZONE_APEX);
	assert_rrset("d.test.", KNOT_RRTYPE_SOA, "zone SOA ns.zone.test. h.zone.test. 1 2 3 4 5");
	assert_rrset("d.test.", KNOT_RRTYPE_NS, "zone NS ns.zone.test.");
	assert_rrset("d.test.", KNOT_RRTYPE_ANY, "zone NS ns.zone.test.");
	end();
	// Nor would they be if a zone had none.
	begin(common, "");
	assert_rrset("d.test.", KNOT_RRTYPE_SOA, "");
	assert_rrset("d.test.", KNOT_RRTYPE_NS, "");
	assert_rrset("d.test.", KNOT_RRTYPE_ANY, "profile MX 10 mx.d.test.");
	end();
	begin(profile_apex, "");
	assert_rrset("d.test.", KNOT_RRTYPE_ANY, "");
	end();
}

static void a_cname_of_the_zone_hides_all_of_the_profile(void **state)
{
	begin(common, ZONE_APEX "www CNAME zone.test.\nalias CNAME zone.test.\n");
	assert_rrset("www.d.test.", KNOT_RRTYPE_CNAME, "zone CNAME zone.test.");
	assert_rrset("www.d.test.", KNOT_RRTYPE_A, "");
	assert_rrset("www.d.test.", KNOT_RRTYPE_AAAA, "");
	assert_rrset("www.d.test.", KNOT_RRTYPE_TXT, "");
	assert_rrset("www.d.test.", KNOT_RRTYPE_ANY, "zone CNAME zone.test.");
	assert_rrset("alias.d.test.", KNOT_RRTYPE_CNAME, "zone CNAME zone.test.");
	end();
}

/*! \brief Tell whether data of this type beside it hides the profile's CNAME. */
static bool hides_cname(uint16_t type)
{
	begin(common, ZONE_APEX);
	fake_zone_add(&asked.zone, dname("alias.d.test."), type, (const uint8_t *)"\0", 1);
	find("alias.d.test.");
	assert_int_equal(asked.ret, KNOT_EOK);
	assert_ptr_equal(asked.place.owner, asked.name);
	bool hidden = (*rrset_text(KNOT_RRTYPE_CNAME) == '\0');
	end();
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
	begin(common, ZONE_APEX "x.alias TXT \"zone\"\nx.www TXT \"zone\"\n"
	      "*.y.wc A 198.51.100.1\n");
	assert_place("alias.d.test.", "alias.d.test.", "alias.d.test.", 0);
	assert_rrset("alias.d.test.", KNOT_RRTYPE_CNAME, "profile CNAME target.test.");
	assert_rrset("www.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.1");
	// But it exists, so that the wildcard is not for it.
	assert_place("y.wc.d.test.", NULL, "y.wc.d.test.", ONLY);
	assert_rrset("y.wc.d.test.", KNOT_RRTYPE_CNAME, "");
	end();
}

static void undefined_variables_leave_the_name_without_the_rrset(void **state)
{
	begin(common, ZONE_APEX "some MX 1 a.test.\n* TXT \"wild\"\n");
	assert_rrset("some.d.test.", KNOT_RRTYPE_TXT, "");
	assert_rrset("some.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.4");
	// The wildcard of the zone is not for a name that exists.
	assert_place("none.d.test.", "none.d.test.", NULL, 0);
	assert_rrset("none.d.test.", KNOT_RRTYPE_TXT, "");
	assert_rrset("none.d.test.", KNOT_RRTYPE_ANY, "");
	end();
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
		begin(profile, zone);
		bool mail = (strncmp(cases[i].zone, "mail", 4) == 0);
		assert_rrset(mail ? "mail.d.test." : "www.d.test.", KNOT_RRTYPE_ANY, cases[i].want);
		end();
	}
}

static void any_goes_on_behind_rrsets_that_are_hidden_or_undefined(void **state)
{
	static const char profile[] =
		"@ SOA ns.profile.test. h.profile.test. 1 2 3 4 5\n@ NS ns.profile.test.\n"
		"a MX 1 {undefined}\na TXT \"profile\"\nb CNAME {undefined}.test.\n"
		"c A 192.0.2.1\nd CNAME target.test.\n";
	begin(profile, ZONE_APEX "a AAAA ::1\nb AAAA ::1\nc TXT \"zone\"\nd AAAA ::1\n");
	assert_rrset("a.d.test.", KNOT_RRTYPE_ANY, "profile TXT \"profile\"");
	// Behind the last type of the profile, the first one is the zone's.
	assert_rrset("b.d.test.", KNOT_RRTYPE_ANY, "");
	assert_rrset("c.d.test.", KNOT_RRTYPE_ANY, "profile A 192.0.2.1");
	assert_rrset("d.d.test.", KNOT_RRTYPE_ANY, "");
	end();
	begin(profile, ZONE_APEX "a SRV 1 2 3 a.test.\na PTR a.test.\n");
	assert_rrset("a.d.test.", KNOT_RRTYPE_ANY, "zone PTR a.test.");
	end();
}

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
	begin(below, ZONE_APEX "sub NS ns.sub\nns.sub A 198.51.100.1\n* TXT \"zone\"\n"
	      "z.x.sub A 198.51.100.2\n");
	assert_place("sub.d.test.", NULL, "sub.d.test.", ONLY | CUT);
	assert_rrset("sub.d.test.", KNOT_RRTYPE_NS, "zone NS ns.sub.d.test.");
	assert_rrset("sub.d.test.", KNOT_RRTYPE_A, "");
	assert_place("x.sub.d.test.", NULL, "x.sub.d.test.", ONLY | CUT);
	assert_place("y.x.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("a.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("c.b.a.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("ns.sub.d.test.", NULL, "ns.sub.d.test.", ONLY | CUT);
	assert_rrset("ns.sub.d.test.", KNOT_RRTYPE_A, "zone A 198.51.100.1");
	assert_place("side.d.test.", "side.d.test.", NULL, 0);
	assert_place("d.test.", "d.test.", "d.test.", 0);
	end();
}

static void a_delegation_may_be_deep(void **state)
{
	begin(below, ZONE_APEX "x.sub NS ns.zone.test.\n");
	assert_place("sub.d.test.", "sub.d.test.", "sub.d.test.", 0);
	assert_place("a.sub.d.test.", "*.sub.d.test.", NULL, 0);
	assert_place("x.sub.d.test.", NULL, "x.sub.d.test.", ONLY | CUT);
	assert_place("y.x.sub.d.test.", NULL, NULL, ONLY | CUT);
	end();
}

static void a_wildcard_below_a_delegation_is_the_zones(void **state)
{
	begin(below, ZONE_APEX "sub NS ns.sub\n*.sub A 198.51.100.1\n");
	assert_place("ns.sub.d.test.", NULL, "*.sub.d.test.", ONLY | CUT);
	assert_rrset("ns.sub.d.test.", KNOT_RRTYPE_A, "zone A 198.51.100.1");
	assert_rrset("ns.sub.d.test.", KNOT_RRTYPE_TXT, "");
	end();
}

static void a_delegated_wildcard_is_one_under_its_own_name(void **state)
{
	begin(below, ZONE_APEX "*.w NS ns.zone.test.\n");
	assert_place("*.w.d.test.", NULL, "*.w.d.test.", ONLY | CUT);
	assert_place("a.*.w.d.test.", NULL, NULL, ONLY | CUT);
	assert_rrset("*.w.d.test.", KNOT_RRTYPE_TXT, "");
	end();
}

static void names_that_a_delegated_wildcard_covers_are_the_zones(void **state)
{
	begin(below, ZONE_APEX "*.w NS ns.zone.test.\n");
	assert_place("a.w.d.test.", NULL, "*.w.d.test.", ONLY | CUT);
	assert_rrset("a.w.d.test.", KNOT_RRTYPE_TXT, "");
	end();
}

static void the_zone_alone_has_all_below_a_dname(void **state)
{
	begin(below, ZONE_APEX "sub DNAME zone.test.\n");
	assert_place("sub.d.test.", "sub.d.test.", "sub.d.test.", 0);
	assert_rrset("sub.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.1");
	assert_rrset("sub.d.test.", KNOT_RRTYPE_DNAME, "zone DNAME zone.test.");
	assert_place("x.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("y.x.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("a.sub.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("side.d.test.", "side.d.test.", NULL, 0);
	end();
}

static void a_dname_at_the_apex_leaves_the_apex_only(void **state)
{
	begin(common, ZONE_APEX "@ DNAME zone.test.\n");
	assert_place("d.test.", "d.test.", "d.test.", 0);
	assert_rrset("d.test.", KNOT_RRTYPE_MX, "profile MX 10 mx.d.test.");
	assert_place("www.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("a.w.d.test.", NULL, NULL, ONLY | CUT);
	assert_place("nowhere.d.test.", NULL, NULL, ONLY | CUT);
	end();
}

// Wildcards

static void the_wildcard_of_the_closest_encloser_covers(void **state)
{
	begin("@ SOA ns h 1 2 3 4 5\n@ NS ns\n* A 192.0.2.1\n*.p A 192.0.2.2\n"
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
	end();
}

static void names_of_each_keep_the_wildcards_of_the_other_away(void **state)
{
	begin("@ SOA ns h 1 2 3 4 5\n@ NS ns\n*.p A 192.0.2.1\nn.z A 192.0.2.2\n"
	      "x.e.z A 192.0.2.3\n",
	      ZONE_APEX "*.z A 198.51.100.1\nn.p A 198.51.100.2\nx.e.p A 198.51.100.3\n");
	// Names, and names below them.
	assert_place("n.z.d.test.", "n.z.d.test.", NULL, 0);
	assert_rrset("n.z.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.2");
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
	end();
}

static void two_wildcards_of_one_encloser_are_merged_by_type(void **state)
{
	begin(common, ZONE_APEX "*.w TXT \"zone\"\n*.w MX 1 a.test.\n*.wc A 198.51.100.1\n");
	assert_place("a.w.d.test.", "*.w.d.test.", "*.w.d.test.", 0);
	assert_rrset("a.w.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.3");
	assert_rrset("a.w.d.test.", KNOT_RRTYPE_TXT, "zone TXT \"zone\"");
	assert_rrset("a.w.d.test.", KNOT_RRTYPE_MX, "zone MX 1 a.test.");
	assert_rrset("a.w.d.test.", KNOT_RRTYPE_ANY, "profile A 192.0.2.3");
	assert_rrset("a.wc.d.test.", KNOT_RRTYPE_CNAME, "");
	assert_rrset("a.wc.d.test.", KNOT_RRTYPE_A, "zone A 198.51.100.1");
	assert_place("x.w.d.test.", "x.w.d.test.", NULL, 0);
	assert_place("*.w.d.test.", "*.w.d.test.", "*.w.d.test.", 0);
	end();
	begin(common, ZONE_APEX "*.w CNAME zone.test.\n");
	assert_rrset("a.w.d.test.", KNOT_RRTYPE_CNAME, "zone CNAME zone.test.");
	assert_rrset("a.w.d.test.", KNOT_RRTYPE_A, "");
	end();
	// An empty non-terminal hides nothing, be it a wildcard.
	begin(common, ZONE_APEX "x.*.wc TXT \"zone\"\n");
	assert_place("a.wc.d.test.", "*.wc.d.test.", "*.wc.d.test.", 0);
	assert_rrset("a.wc.d.test.", KNOT_RRTYPE_CNAME, "profile CNAME target.test.");
	end();
}

static void what_only_the_zone_decides_is_told(void **state)
{
	begin(common, ZONE_APEX "w TXT \"zone\"\nwc TXT \"zone\"\nent TXT \"zone\"\n"
	      "www TXT \"zone\"\nown.own TXT \"zone\"\n");
	// An encloser of both with a wildcard of the profile, without one, and of the zone alone.
	assert_place("a.w.d.test.", "*.w.d.test.", NULL, 0);
	assert_place("a.www.d.test.", NULL, NULL, ONLY);
	assert_place("a.ent.d.test.", NULL, NULL, ONLY);
	assert_place("a.own.d.test.", NULL, NULL, ONLY);
	// An encloser of the profile alone.
	assert_place("a.x.w.d.test.", NULL, NULL, 0);
	end();
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
		begin(profile_apex, ZONE_APEX);
		knot_dname_storage_t encloser;
		memcpy(encloser, asked.apex, asked.domain.size);
		extend(encloser, size - 2);
		fake_zone_add(&asked.zone, encloser, KNOT_RRTYPE_TXT, (const uint8_t *)"\0", 1);

		knot_dname_storage_t name;
		memcpy(name, encloser, size - 2);
		extend(name, size);
		find_wire(name);
		assert_int_equal(asked.ret, KNOT_ENOENT);
		assert_true(asked.place.zone_only);

		knot_dname_storage_t wildcard = "\x01*";
		memcpy(wildcard + 2, encloser, size - 2);
		fake_zone_add(&asked.zone, wildcard, KNOT_RRTYPE_TXT, (const uint8_t *)"\0", 1);
		find_wire(name);
		assert_int_equal(asked.ret, KNOT_EOK);
		assert_true(knot_dname_is_equal(asked.place.owner, wildcard));
		end();
	}
}

static void the_longest_names_are_found(void **state)
{
	for (size_t size = KNOT_DNAME_MAXLEN - 1; size <= KNOT_DNAME_MAXLEN; size++) {
		begin(profile_apex, ZONE_APEX);
		knot_dname_storage_t name;
		memcpy(name, asked.apex, asked.domain.size);
		extend(name, size);
		fake_zone_add(&asked.zone, name, KNOT_RRTYPE_TXT, (const uint8_t *)"\0", 1);
		find_wire(name);
		assert_int_equal(asked.ret, KNOT_EOK);
		assert_ptr_equal(asked.place.owner, asked.name);
		end();
	}
}

static void names_of_127_labels_are_found(void **state)
{
	knot_dname_storage_t name = "";
	extend(name, KNOT_DNAME_MAXLEN);
	assert_int_equal(knot_dname_labels(name, NULL), 127);
	begin_at("a.", profile_apex, ZONE_APEX);
	find_wire(name);
	assert_int_equal(asked.ret, KNOT_ENOENT);
	assert_true(asked.place.zone_only);
	fake_zone_add(&asked.zone, name, KNOT_RRTYPE_TXT, (const uint8_t *)"\0", 1);
	find_wire(name);
	assert_ptr_equal(asked.place.owner, asked.name);
	fake_zone_add(&asked.zone, name + 250, KNOT_RRTYPE_NS, name, sizeof(name));
	find_wire(name);
	assert_true(asked.place.cut);
	end();

	// As the apex it is all that there is.
	char text[256] = "";
	for (int i = 0; i < 127; i++) {
		strcat(text, "a.");
	}
	begin_at(text, profile_apex, ZONE_APEX);
	assert_place(text, text, text, 0);
	find("a.");
	assert_int_equal(asked.ret, KNOT_EOUTOFZONE);
	end();
}

static void labels_of_any_bytes_are_names_like_all_others(void **state)
{
	static const char *const labels[] = {
		"\\000", "\\255", "\\*x", "\\.", "\\032", "\\001d\\004test\\000", "xn--", "-",
	};
	begin(common, ZONE_APEX "*.zw A 198.51.100.1\n");
	for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
		char name[64];
		snprintf(name, sizeof(name), "%s.d.test.", labels[i]);
		assert_place(name, NULL, NULL, ONLY);
		snprintf(name, sizeof(name), "%s.w.d.test.", labels[i]);
		assert_place(name, "*.w.d.test.", NULL, 0);
		snprintf(name, sizeof(name), "%s.zw.d.test.", labels[i]);
		assert_place(name, NULL, "*.zw.d.test.", ONLY);
	}
	end();
}

static void the_walk_stops_at_the_first_name_that_does_not_exist(void **state)
{
	begin(common, ZONE_APEX);
	knot_dname_storage_t name;
	memcpy(name, asked.apex, asked.domain.size);
	extend(name, KNOT_DNAME_MAXLEN);
	find_wire(name);
	assert_int_equal(asked.ret, KNOT_ENOENT);
	assert_true(asked.zone.looks <= 4);
	end();
}

// What fails

static void a_zone_that_cannot_be_asked_has_nothing(void **state)
{
	static const int codes[] = { KNOT_ENONODE, KNOT_EINVAL, KNOT_EEMPTYZONE, KNOT_ENOMEM };
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		begin(common, ZONE_APEX "www A 198.51.100.1\nwww CNAME zone.test.\n");
		asked.zone.ret = codes[i];
		assert_place("www.d.test.", "www.d.test.", NULL, 0);
		assert_rrset("www.d.test.", KNOT_RRTYPE_A, "profile A 192.0.2.1");
		assert_rrset("d.test.", KNOT_RRTYPE_TXT, "profile TXT \"profile\"");
		assert_rrset("d.test.", KNOT_RRTYPE_NS, "");
		assert_rrset("alias.d.test.", KNOT_RRTYPE_CNAME, "profile CNAME target.test.");
		end();
	}
}

static void a_zone_that_fails_later_has_nothing_more(void **state)
{
	begin(common, ZONE_APEX "www A 198.51.100.1\nalias A 198.51.100.1\n");
	find("www.d.test.");
	asked.zone.ret = KNOT_EEMPTYZONE;
	assert_string_equal(rrset_text(KNOT_RRTYPE_A), "profile A 192.0.2.1");
	asked.zone.ret = KNOT_EOK;
	find("alias.d.test.");
	asked.zone.ret = KNOT_EEMPTYZONE;
	assert_string_equal(rrset_text(KNOT_RRTYPE_CNAME), "profile CNAME target.test.");
	end();
}

static void a_failing_allocation_is_an_error(void **state)
{
	for (int with_zone = 0; with_zone < 2; with_zone++) {
		for (int any = 0; any < 2; any++) {
			begin(common, with_zone ? ZONE_APEX "x.name TXT \"zone\"\n" : NULL);
			find("name.d.test.");
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
			end();
		}
	}
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_zone_names_are_the_profiles),
		TEST(without_a_zone_rrsets_are_the_profiles),
		TEST(a_name_outside_the_domain_is_told),
		TEST(an_rrset_of_the_zone_hides_the_profiles),
		TEST(what_the_zone_lacks_is_the_profiles),
		TEST(soa_and_ns_of_the_profile_are_never_used),
		TEST(a_cname_of_the_zone_hides_all_of_the_profile),
		TEST(any_data_of_the_zone_hides_a_cname_of_the_profile),
		TEST(the_name_of_an_empty_non_terminal_hides_nothing),
		TEST(undefined_variables_leave_the_name_without_the_rrset),
		TEST(any_gives_the_lowest_type_of_both),
		TEST(any_goes_on_behind_rrsets_that_are_hidden_or_undefined),
		TEST(the_zone_alone_has_all_at_or_below_a_delegation),
		TEST(a_delegation_may_be_deep),
		TEST(a_wildcard_below_a_delegation_is_the_zones),
		TEST(a_delegated_wildcard_is_one_under_its_own_name),
		TEST(names_that_a_delegated_wildcard_covers_are_the_zones),
		TEST(the_zone_alone_has_all_below_a_dname),
		TEST(a_dname_at_the_apex_leaves_the_apex_only),
		TEST(the_wildcard_of_the_closest_encloser_covers),
		TEST(names_of_each_keep_the_wildcards_of_the_other_away),
		TEST(two_wildcards_of_one_encloser_are_merged_by_type),
		TEST(what_only_the_zone_decides_is_told),
		TEST(the_wildcard_of_the_longest_names_has_just_enough_room),
		TEST(the_longest_names_are_found),
		TEST(names_of_127_labels_are_found),
		TEST(labels_of_any_bytes_are_names_like_all_others),
		TEST(the_walk_stops_at_the_first_name_that_does_not_exist),
		TEST(a_zone_that_cannot_be_asked_has_nothing),
		TEST(a_zone_that_fails_later_has_nothing_more),
		TEST(a_failing_allocation_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
