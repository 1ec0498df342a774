/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "profile_common.h"
#include "verify_internal.h"

/*! \brief Facts of example.com, all of them right, and room to change them. */
typedef struct {
	hm_profile_t *profile;
	hm_expect_t expect;
	hm_parent_facts_t parent;
	hm_memory_t memory;
	hm_match_t udp[3][16];
	hm_serial_fact_t serials[3][2];
	const knot_dname_t *zones[2];
	hm_server_facts_t servers[3];
	hm_name_facts_t names[2];
	hm_target_facts_t targets[4];
	hm_world_facts_t world[16];
	hm_facts_t facts;
} case_t;

#define PROFILE \
	"$TTL 60\n@ SOA ns1.test. h.test. 7 1 1 1 1\n@ NS ns1.test.\n@ NS ns2.test.\n" \
	"@ MX 10 mx.test.\n@ TXT \"v=spf1 -all\"\nk._domainkey CNAME k.test.\nsmtp CNAME smtp.test.\n"

// Where its RRsets are.
enum { SOA, NS, MX, TXT, DKIM, SMTP };

static knot_rdataset_t name_list(case_t *c, const char *const *names)
{
	knot_rdataset_t list = { 0 };
	for (; *names != NULL; names++) {
		uint8_t buf[sizeof(knot_rdata_t) + 256];
		const knot_dname_t *name = dname(*names);
		knot_rdata_init((knot_rdata_t *)buf, knot_dname_size(name), name);
		assert_int_equal(knot_rdataset_add(&list, (knot_rdata_t *)buf, &c->memory.mm),
		                 KNOT_EOK);
	}
	return list;
}

#define NAMES(...) (const char *const[]){ __VA_ARGS__, NULL }

/*! \brief A domain on which all is right. */
static void begin(case_t *c)
{
	memset(c, 0, sizeof(*c));
	hm_memory_init(&c->memory);
	c->profile = profile_from("p.zone", PROFILE);
	assert_int_equal(hm_expect_build(c->profile, domain_with("example.com", NULL), NULL, NULL,
	                                 &c->expect), KNOT_EOK);
	assert_int_equal(c->expect.rrsets[SMTP].type, KNOT_RRTYPE_CNAME);
	c->parent = (hm_parent_facts_t) {
		.result = HM_PARENT_DELEGATED, .is_registry = true,
		.zone = knot_dname_copy(dname("com."), &c->memory.mm),
		.ns = name_list(c, NAMES("ns1.test.", "ns2.test.")),
	};
	for (size_t i = 0; i < 3; i++) {
		hm_error_t error;
		c->servers[i].name = (const uint8_t *)((i == 0) ? "\3ns1\4test" : "\3ns2\4test");
		c->servers[i].udp = c->udp[i];
		c->servers[i].serials = c->serials[i];
		c->servers[i].has_soa = true;
		c->servers[i].soa = 7;
		assert_int_equal(hm_address_read((i == 0) ? "192.0.2.1" : (i == 1) ? "192.0.2.2" :
		                                 "2001:db8::2", 53, &c->servers[i].address, &error),
		                 KNOT_EOK);
	}
	for (size_t i = 0; i < 2; i++) {
		c->names[i].name = c->servers[i].name;
	}
	static const struct {
		int rrset;
		const char *name;
	} targets[] = { { MX, "\2mx\4test" }, { DKIM, "\1k\4test" }, { SMTP, "\4smtp\4test" } };
	for (size_t i = 0; i < 3; i++) {
		c->targets[i].rrset = &c->expect.rrsets[targets[i].rrset];
		c->targets[i].name = (const uint8_t *)targets[i].name;
		c->targets[i].is_text = (targets[i].rrset == DKIM);
	}
	c->zones[0] = (const uint8_t *)"\6hosted";
	c->zones[1] = (const uint8_t *)"\4bulk";
	c->facts = (hm_facts_t) {
		.domain = c->expect.rrsets[0].owner, .profile = "p", .expect = &c->expect,
		.parent = &c->parent, .names = c->names, .names_count = 2, .servers = c->servers,
		.servers_count = 3, .targets = c->targets, .targets_count = 3, .validates = true,
		.spf = { .records = 1 }, .zones = c->zones, .zones_count = 2,
	};
}

/*! \brief Expect findings, each "code: what / action", one a line, parts of them. */
static void end(case_t *c, size_t count, const char *const *parts)
{
	hm_verdicts_t verdicts = { 0 };
	hm_verify_decide(&c->facts, &verdicts);
	assert_false(verdicts.no_memory);
	text_t all = { 0 };
	text_add(&all, "%s", "");
	for (size_t i = 0; i < verdicts.count; i++) {
		const hm_verdict_t *item = &verdicts.items[i];
		text_add(&all, "%s %s: %s / %s\n", (item->severity == HM_ERROR) ? "error" :
		         "warning", item->code, item->what, item->action);
	}
	if (verdicts.count != count) {
		fail_msg("%zu findings:\n%s", verdicts.count, all.data);
	}
	for (; parts != NULL && *parts != NULL; parts++) {
		if (strstr(all.data, *parts) == NULL) {
			fail_msg("not there: %s\nin:\n%s", *parts, all.data);
		}
	}
	free(all.data);
	hm_verdicts_clear(&verdicts);
	hm_expect_clear(&c->expect);
	hm_profile_free(c->profile);
	hm_memory_clear(&c->memory);
}

static void nothing_is_found_where_all_is_right(void **state)
{
	case_t c;
	begin(&c);
	assert_true(hm_verify_is_ours(&c.facts));
	assert_false(hm_verify_is_by_hand(&c.facts));
	end(&c, 0, NULL);

	// An address that cannot be reached from here says nothing of the domain.
	begin(&c);
	c.udp[2][SOA] = c.servers[2].tcp = HM_MATCH_UNREACHABLE;
	end(&c, 0, NULL);
}

static void the_parent_is_told_what_to_change(void **state)
{
	case_t c;
	begin(&c);
	c.parent.ns = name_list(&c, NAMES("ns1.old.", "ns2.old."));
	end(&c, 1, NAMES("error delegated-elsewhere: example.com is delegated to ns1.old and ns2.old. / "
	                 "At the registrar, set the name servers to ns1.test and ns2.test.\n"));
	begin(&c);
	c.parent.ns = name_list(&c, NAMES("ns1.old."));
	c.parent.has_ds = true;
	end(&c, 1, NAMES("set the name servers to ns1.test and ns2.test, and remove the DS record"));
	begin(&c);
	c.parent.ns = name_list(&c, NAMES("ns1.test.", "ns2.test.", "ns.old."));
	end(&c, 1, NAMES("error delegated-mixed: ", "/ At the registrar, remove ns.old.\n"));
	begin(&c);
	c.parent.ns = name_list(&c, NAMES("ns2.test."));
	end(&c, 1, NAMES("warning delegated-incomplete: ", "/ At the registrar, add ns1.test.\n"));
	begin(&c);
	c.parent.result = HM_PARENT_NXDOMAIN;
	c.parent.ns.count = 0;
	end(&c, 1, NAMES("error not-registered: example.com does not exist in com"));
	begin(&c);
	c.parent.result = HM_PARENT_NXDOMAIN;
	c.parent.is_registry = false;
	c.parent.ns.count = 0;
	end(&c, 1, NAMES("error not-delegated: example.com does not exist in the zone com. / In the zone com, "
	                 "let example.com have NS records for ns1.test and ns2.test and no others.\n"));
	begin(&c);
	c.parent.result = HM_PARENT_NODATA;
	c.parent.ns.count = 0;
	end(&c, 1, NAMES("error not-delegated: example.com is not delegated"));
	begin(&c);
	c.parent.has_ds = true;
	c.facts.bogus = "no keys";
	end(&c, 1, NAMES("error ds-without-dnskey: ", "remove the DS record (switch DNSSEC off)."));
	begin(&c);
	c.parent.has_ds = true;
	c.servers[1].has_dnskey = true;
	end(&c, 0, NULL);
	begin(&c);
	c.facts.bogus = "signature expired";
	end(&c, 1, NAMES("error bogus: ", "signature expired"));
}

static void a_silent_parent_says_how(void **state)
{
	static const struct {
		hm_match_t silence;
		const char *word;
	} cases[] = {
		{ HM_MATCH_TIMEOUT, "192.0.2.9, does not answer." },
		{ HM_MATCH_CLOSED, "does not run." },
		{ HM_MATCH_REFUSED, "refuses to answer." },
		{ HM_MATCH_SERVFAIL, "answers with SERVFAIL." },
		{ HM_MATCH_LAME, "answers without authority." },
		{ HM_MATCH_GARBAGE, "answers with garbage." },
		{ HM_MATCH_UNREACHABLE, "cannot be reached from here." },
		{ HM_MATCH_ERROR, "answers with an error." },
	};
	case_t c;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(&c);
		c.parent.result = HM_PARENT_SILENT;
		c.parent.silence = cases[i].silence;
		strcpy(c.parent.server, "192.0.2.9");
		c.parent.ns.count = 0;
		end(&c, 1, NAMES("error parent-silent: ", cases[i].word));
	}
	begin(&c);
	c.parent.result = HM_PARENT_SILENT;
	c.parent.ns.count = 0;
	end(&c, 1, NAMES("have no address."));
	begin(&c);
	c.parent.result = HM_PARENT_SILENT;
	c.parent.zone = NULL;
	c.parent.ns.count = 0;
	end(&c, 1, NAMES("The zone above example.com was not found."));
}

static void servers_that_fail_are_told_together(void **state)
{
	static const struct {
		hm_match_t match;
		const char *code;
	} cases[] = {
		{ HM_MATCH_REFUSED, "error server-refused: " },
		{ HM_MATCH_LAME, "error server-lame: " },
		{ HM_MATCH_NODATA, "error server-lame: " },
		{ HM_MATCH_NXDOMAIN, "error server-lame: " },
		{ HM_MATCH_SERVFAIL, "error server-servfail: " },
		{ HM_MATCH_ERROR, "error server-error: " },
		{ HM_MATCH_GARBAGE, "error server-garbage: " },
		{ HM_MATCH_CLOSED, "error server-closed: " },
		{ HM_MATCH_TIMEOUT, "error server-silent: " },
	};
	case_t c;
	for (size_t i = 0; i < COUNT(cases); i++) {
		begin(&c);
		for (size_t s = 1; s < 3; s++) {
			c.udp[s][SOA] = c.servers[s].tcp = cases[i].match;
		}
		end(&c, 1, NAMES(cases[i].code, "Asked for example.com, ns2.test (192.0.2.2) and ns2.test "
		                 "(2001:db8::2) "));
	}
	begin(&c);
	for (size_t s = 0; s < 3; s++) {
		c.udp[s][SOA] = c.servers[s].tcp = HM_MATCH_UNREACHABLE;
	}
	end(&c, 1, NAMES("warning servers-unreachable: "));
	begin(&c);
	c.names[1].found = HM_FOUND_NXDOMAIN;
	c.facts.servers_count = 1;
	end(&c, 1, NAMES("error server-no-address: The name server ns2.test of the profile p does not exist."));
}

static void servers_that_differ_are_told_once(void **state)
{
	case_t c;
	begin(&c);
	for (size_t s = 1; s < 3; s++) {
		c.udp[s][SOA] = c.udp[s][MX] = HM_MATCH_OTHER;
		c.udp[s][SMTP] = HM_MATCH_NODATA;
		c.udp[s][TXT] = HM_MATCH_SERVFAIL;
		c.servers[s].soa = 6;
	}
	end(&c, 1, NAMES("error server-differs: ns2.test (192.0.2.2) and ns2.test (2001:db8::2) differ from the "
	                 "profile p: serial 6 in its SOA where the profile has 7, other MX records at "
	                 "example.com, no answer for example.com TXT and no CNAME record at smtp.example.com."));
	begin(&c);
	c.udp[1][MX] = HM_MATCH_OTHER;
	c.udp[2][TXT] = HM_MATCH_OTHER;
	end(&c, 2, NAMES("ns2.test (192.0.2.2) differs", "ns2.test (2001:db8::2) differs"));
	begin(&c);
	c.servers[0].tcp = HM_MATCH_TIMEOUT;
	end(&c, 1, NAMES("error server-no-tcp: ns1.test (192.0.2.1) answers by UDP, but not by TCP"));
	begin(&c);
	c.servers[0].tcp = c.udp[0][SOA] = HM_MATCH_CLOSED;
	c.servers[0].truncated = true;
	end(&c, 1, NAMES("error server-no-tcp: "));
	begin(&c);
	for (size_t s = 0; s < 3; s++) {
		// Serial arithmetic: 1 is newer.
		c.serials[s][0] = (hm_serial_fact_t){ true, (s == 1) ? 0xffffffff : 1 };
		c.serials[s][1] = (hm_serial_fact_t){ s != 0, (s == 2) ? 3 : 4 };
	}
	end(&c, 2, NAMES("warning server-behind: ns2.test (192.0.2.2) has serial 4294967295 of the hosted zone "
	                 "'hosted', others have 1.",
	                 "ns2.test (2001:db8::2) has serial 3 of the hosted zone 'bulk', others have 4."));
}

static void targets_that_lead_nowhere_are_told(void **state)
{
	case_t c;
	begin(&c);
	c.targets[0].is_alias = true;
	end(&c, 1, NAMES("error mx-alias: mx.test, a mail server of example.com, is an alias"));
	begin(&c);
	c.targets[0].is_address = true;
	c.targets[0].name = (const uint8_t *)"\003192\0010\0012\0011";
	c.targets[0].found = HM_FOUND_FAILURE;
	end(&c, 1, NAMES("error mx-address: ", "the IP address 192.0.2.1"));
	begin(&c);
	c.targets[0].found = HM_FOUND_NODATA;
	end(&c, 1, NAMES("error mx-target: mx.test, a mail server of example.com, has no address."));
	begin(&c);
	c.targets[0].found = HM_FOUND_FAILURE;
	end(&c, 1, NAMES("error target-failure: mx.test"));
	begin(&c);
	c.targets[1].found = HM_FOUND_NODATA;
	end(&c, 1, NAMES("warning dkim-target: k.test, to which k._domainkey.example.com leads, has no TXT "
	                 "record."));
	begin(&c);
	c.targets[3] = c.targets[2];
	c.targets[2].found = c.targets[3].found = HM_FOUND_NXDOMAIN;
	c.facts.targets_count = 4;
	end(&c, 1, NAMES("warning cname-target: smtp.test, to which smtp.example.com and smtp.example.com lead"));
}

static void policies_that_do_not_hold_are_told(void **state)
{
	case_t c;
	begin(&c);
	c.facts.spf.records = 2;
	end(&c, 1, NAMES("warning spf-several: example.com has 2 SPF records"));
	begin(&c);
	c.facts.spf.lookups = 11;
	strcpy(c.facts.spf.error, "too many");
	end(&c, 1, NAMES("warning spf-lookups: ", "too many."));
	begin(&c);
	c.facts.spf.lookups = 10;
	strcpy(c.facts.spf.error, "odd");
	end(&c, 1, NAMES("warning spf-error: ", "odd."));
	begin(&c);
	c.facts.has_sts = true;
	c.facts.sts_host = HM_FOUND_NXDOMAIN;
	end(&c, 1, NAMES("warning mta-sts-host: "));
	begin(&c);
	c.facts.has_sts = true;
	end(&c, 0, NULL);
	begin(&c);
	c.facts.mx = HM_FOUND_FAILURE;
	end(&c, 1, NAMES("error not-resolved: "));
}

/*! \brief A domain of somebody else's name servers, with some records set by hand. */
static void begin_by_hand(case_t *c)
{
	begin(c);
	c->parent.ns = name_list(c, NAMES("ns.old."));
	c->facts.world = c->world;
	for (size_t i = 0; i < c->expect.count; i++) {
		c->world[i].is_right = true;
	}
}

static void records_set_by_hand_are_compared(void **state)
{
	case_t c;
	begin_by_hand(&c);
	assert_true(hm_verify_is_by_hand(&c.facts));
	end(&c, 0, NULL);

	begin_by_hand(&c);
	c.world[MX] = (hm_world_facts_t){ .found = HM_FOUND_RECORDS, .text = "10 mx.old." };
	end(&c, 1, NAMES("error record-wrong: example.com has another MX record than the profile p: 10 mx.old. / "
	                 "Where its zone is kept (name servers ns.old), replace it by: example.com. MX 10 "
	                 "mx.test.\n"));
	begin_by_hand(&c);
	c.world[MX].has_others = true;
	c.world[MX].text = "20 mx.old.";
	end(&c, 1, NAMES("error record-wrong: example.com has one more MX record than the profile p: 20 mx.old. / ",
	                 ", remove it.\n"));
	begin_by_hand(&c);
	c.world[SMTP] = (hm_world_facts_t){ .found = HM_FOUND_NXDOMAIN };
	c.parent.ns.count = 0;
	c.parent.result = HM_PARENT_NODATA;
	end(&c, 1, NAMES("error record-missing: smtp.example.com has no CNAME record. / In the zone com, add: "
	                 "smtp.example.com. CNAME smtp.test.\n"));
	begin_by_hand(&c);
	c.world[DKIM] = (hm_world_facts_t){ .found = HM_FOUND_FAILURE };
	end(&c, 1, NAMES("error not-resolved: The CNAME record of k._domainkey.example.com cannot be resolved"));

	// None that matters: the delegation is what is to be changed, not each record.
	begin_by_hand(&c);
	c.world[MX].is_right = c.world[DKIM].is_right = c.world[SMTP].is_right = false;
	end(&c, 1, NAMES("error delegated-elsewhere: "));
}

static void every_code_has_a_meaning(void **state)
{
	for (size_t i = 0; hm_verify_codes[i].code != NULL; i++) {
		assert_non_null(hm_verify_codes[i].meaning);
		for (size_t before = 0; before < i; before++) {
			assert_string_not_equal(hm_verify_codes[i].code, hm_verify_codes[before].code);
		}
	}
}

static void memory_that_runs_out_is_said(void **state)
{
	bool no_memory = true;
	unsigned count = 0;
	for (; no_memory; count++) {
		case_t c;
		begin_by_hand(&c);
		c.world[MX] = (hm_world_facts_t){ .found = HM_FOUND_RECORDS, .text = "10 mx.old." };
		c.targets[1].found = HM_FOUND_NODATA;
		c.udp[1][SOA] = HM_MATCH_REFUSED;
		hm_verdicts_t verdicts = { 0 };
		alloc_countdown = count;
		hm_verify_decide(&c.facts, &verdicts);
		alloc_countdown = -1;
		no_memory = verdicts.no_memory;
		hm_verdicts_clear(&verdicts);
		hm_expect_clear(&c.expect);
		hm_profile_free(c.profile);
		hm_memory_clear(&c.memory);
	}
	assert_true(count > 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_found_where_all_is_right),
		cmocka_unit_test(the_parent_is_told_what_to_change),
		cmocka_unit_test(a_silent_parent_says_how),
		cmocka_unit_test(servers_that_fail_are_told_together),
		cmocka_unit_test(servers_that_differ_are_told_once),
		cmocka_unit_test(targets_that_lead_nowhere_are_told),
		cmocka_unit_test(policies_that_do_not_hold_are_told),
		cmocka_unit_test(records_set_by_hand_are_compared),
		cmocka_unit_test(every_code_has_a_meaning),
		cmocka_unit_test(memory_that_runs_out_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
