/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "additional_common.h"

// Whose records are missing

static void what_the_server_knows_is_left_to_it(void **state)
{
	static const char *const names[] = {
		"tozone.d.test.", "toout.d.test.", "tonone.d.test.", "tosub.d.test.",
	};
	begin_response(common_profile, common_zone);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		serve(names[i], KNOT_RRTYPE_MX, true);
		assert_false(take_links());
		assert_int_equal(add_records(), KNOT_EOK);
		assert_sent(ask.resp, KNOT_ADDITIONAL, "");
	}
	refer("x.deep.d.test.", "deep.d.test.", true);
	assert_false(take_links());
	// A target that does not exist has no link, which leaves the others.
	prepare_response("tonone.d.test.", KNOT_RRTYPE_MX);
	put_of_zone("tonone.d.test.", KNOT_RRTYPE_MX, false);
	put_of_zone("tozone.d.test.", KNOT_RRTYPE_MX, true);
	assert_false(take_links());
	// There is nothing to be known.
	serve("toout.d.test.", KNOT_RRTYPE_MX, false);
	assert_int_equal(add_records(), KNOT_EOK);
	assert_sent(ask.resp, KNOT_ADDITIONAL, "");
	serve("tonone.d.test.", KNOT_RRTYPE_MX, false);
	assert_int_equal(add_records(), KNOT_EOK);
	assert_sent(ask.resp, KNOT_ADDITIONAL, "");
	end_response();
}

static void what_the_server_does_not_know_is_taken_from_it(void **state)
{
	static const char *const names[] = {
		"toprof.d.test.", "tomix.d.test.", "tohid.d.test.", "tobelow.d.test.",
		"totxt.d.test.", "towild.d.test.", "mxsub.d.test.",
	};
	begin_response(common_profile, common_zone);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		serve(names[i], KNOT_RRTYPE_MX, true);
		assert_true(take_links());
	}
	refer("x.sub.d.test.", "sub.d.test.", true);
	assert_true(take_links());
	end_response();
}

static void all_is_taken_if_one_rrset_is_incomplete(void **state)
{
	begin_response(common_profile, common_zone);
	for (int first = 0; first < 2; first++) {
		prepare_response("tozone.d.test.", KNOT_RRTYPE_MX);
		put_of_zone(first ? "toprof.d.test." : "tozone.d.test.", KNOT_RRTYPE_MX, true);
		put_of_zone(first ? "tozone.d.test." : "toprof.d.test.", KNOT_RRTYPE_MX, true);
		put_of_zone("d.test.", KNOT_RRTYPE_SOA, false);
		knot_pkt_begin(ask.resp, KNOT_AUTHORITY);
		hm_overlay_take_additional(&ask.question, ask.resp);
		assert_null(ask.resp->rr[0].additional);
		assert_null(ask.resp->rr[1].additional);
		// Those of the zone are as they were.
		assert_ptr_equal(ask.resp->rr[2].rrs.rdata,
		                 fake_zone_rrset(&ask.zone, dname("d.test."),
		                                 KNOT_RRTYPE_SOA)->rrs.rdata);
	}
	end_response();
}

static void only_types_with_targets_are_looked_at(void **state)
{
	static const char of_zone[] = ZONE_APEX
		"mx MX 1 p\nsrv SRV 1 2 3 p\nns NS p\nsvcb SVCB 1 p\nhttps HTTPS 1 p\n"
		"cname CNAME p\nptr PTR p\ntxt TXT \"p\"\ndname DNAME p\na A 192.0.2.1\n"
		"out MX 1 p.test.\nup MX 1 test.\nroot MX 0 .\nat MX 1 @\n"
		"svcout SVCB 1 .\nmany MX 1 p.test.\nmany MX 2 p.e.test.\nmany MX 3 p\n";
	static const struct {
		const char *owner;
		uint16_t type;
		bool targets;
	} cases[] = {
		{ "mx", KNOT_RRTYPE_MX, true }, { "srv", KNOT_RRTYPE_SRV, true },
		{ "ns", KNOT_RRTYPE_NS, true }, { "svcb", KNOT_RRTYPE_SVCB, true },
		{ "https", KNOT_RRTYPE_HTTPS, true }, { "cname", KNOT_RRTYPE_CNAME, false },
		{ "ptr", KNOT_RRTYPE_PTR, false }, { "txt", KNOT_RRTYPE_TXT, false },
		{ "dname", KNOT_RRTYPE_DNAME, false }, { "a", KNOT_RRTYPE_A, false },
		{ "out", KNOT_RRTYPE_MX, false }, { "up", KNOT_RRTYPE_MX, false },
		{ "root", KNOT_RRTYPE_MX, false }, { "at", KNOT_RRTYPE_MX, true },
		{ "svcout", KNOT_RRTYPE_SVCB, false }, { "many", KNOT_RRTYPE_MX, true },
	};
	begin_response(common_profile, of_zone);
	prepare_response("x.d.test.", KNOT_RRTYPE_A);
	assert_false(hm_overlay_has_targets(&ask.domain, ask.resp));
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char owner[32];
		snprintf(owner, sizeof(owner), "%s.d.test.", cases[i].owner);
		serve(owner, cases[i].type, true);
		assert_int_equal(hm_overlay_has_targets(&ask.domain, ask.resp), cases[i].targets);
		assert_int_equal(take_links(), cases[i].targets);
		// The same behind another RRset.
		prepare_response("x.d.test.", KNOT_RRTYPE_A);
		put_of_zone("out.d.test.", KNOT_RRTYPE_MX, true);
		put_of_zone(owner, cases[i].type, true);
		assert_int_equal(hm_overlay_has_targets(&ask.domain, ask.resp), cases[i].targets);
		assert_int_equal(take_links(), cases[i].targets);
	}
	end_response();
}

// What is put

static void targets_in_the_profile_are_added(void **state)
{
	begin_response(common_profile, common_zone);
	serve("toprof.d.test.", KNOT_RRTYPE_MX, false);
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n");
	serve("srv.d.test.", KNOT_RRTYPE_SRV, false);
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n");
	serve("totxt.d.test.", KNOT_RRTYPE_MX, false);
	assert_added("");
	serve("tohid.d.test.", KNOT_RRTYPE_MX, true);
	assert_added("");
	end_response();
}

/*! \brief Answer from the profile up to the end of the authority section. */
static void answer(const char *qname, uint16_t qtype)
{
	prepare_response(qname, qtype);
	const knot_dname_t *name = knot_pkt_qname(ask.resp);
	hm_overlay_result_t overlay;
	assert_int_equal(hm_overlay_answer(&ask.question, &name, false, ask.resp, &overlay),
	                 KNOT_EOK);
	assert_int_equal(overlay, HM_OVERLAY_POSITIVE);
	knot_pkt_begin(ask.resp, KNOT_AUTHORITY);
}

static void targets_of_the_profile_are_added_from_both(void **state)
{
	begin_response(common_profile, common_zone);
	answer("d.test.", KNOT_RRTYPE_MX);
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n"
	             "z.d.test. 600 A 198.51.100.1\nz.d.test. 600 AAAA 2001:db8::ff\n"
	             "q.d.test. 300 A 192.0.2.2\n");
	// No link of the server can be there, so the zone's records are missing as well.
	answer("toz.d.test.", KNOT_RRTYPE_MX);
	assert_added("z.d.test. 600 A 198.51.100.1\nz.d.test. 600 AAAA 2001:db8::ff\n");
	end_response();
}

static void targets_of_the_zone_are_added_in_their_order(void **state)
{
	begin_response(common_profile, common_zone);
	serve("tomix.d.test.", KNOT_RRTYPE_MX, true);
	assert_added("q.d.test. 300 A 192.0.2.2\n"
	             "z.d.test. 600 A 198.51.100.1\nz.d.test. 600 AAAA 2001:db8::ff\n"
	             "both.d.test. 300 A 192.0.2.3\nboth.d.test. 600 AAAA 2001:db8::fe\n");
	end_response();
}

static void owners_and_targets_are_compressed(void **state)
{
	begin_response(common_profile, common_zone);
	serve("toprof.d.test.", KNOT_RRTYPE_MX, false);
	size_t size = ask.resp->size;
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n");
	assert_int_equal(ask.resp->size, size + 12 + 4 + 12 + 16);
	// Both point at the target, the last four bytes of the answer.
	assert_int_equal(knot_wire_read_u16(ask.resp->wire + size), 0xc000 | (size - 4));
	assert_int_equal(knot_wire_read_u16(ask.resp->wire + size + 16), 0xc000 | (size - 4));
	end_response();
}

static void wildcards_are_added_under_their_own_name(void **state)
{
	begin_response(common_profile, common_zone);
	serve("towild.d.test.", KNOT_RRTYPE_MX, true);
	assert_true(take_links());
	assert_int_equal(add_records(), KNOT_EOK);
	// As the server does it: additional records are those of a node.
	const knot_pktsection_t *records = knot_pkt_section(ask.resp, KNOT_ADDITIONAL);
	assert_int_equal(records->count, 3);
	assert_true(knot_dname_is_equal(knot_pkt_rr(records, 0)->owner, dname("*.w.d.test.")));
	assert_true(knot_dname_is_equal(knot_pkt_rr(records, 1)->owner, dname("*.zw.d.test.")));
	assert_true(knot_dname_is_equal(knot_pkt_rr(records, 2)->owner, dname("*.w.d.test.")));
	// But the hint makes it the target, which is what a client sees.
	assert_sent(ask.resp, KNOT_ADDITIONAL, "a.w.d.test. 300 A 192.0.2.5\n"
	            "a.zw.d.test. 600 A 198.51.100.2\na.both.w.d.test. 300 A 192.0.2.5\n");
	end_response();
}

static void glue_of_a_delegation_comes_first(void **state)
{
	begin_response(common_profile, common_zone);
	refer("x.sub.d.test.", "sub.d.test.", true);
	assert_sent(ask.resp, KNOT_AUTHORITY,
	            "sub.d.test. 600 NS a.sub.d.test.\nsub.d.test. 600 NS p.d.test.\n"
	            "sub.d.test. 600 NS z.d.test.\nsub.d.test. 600 NS ns.other.d.test.\n"
	            "sub.d.test. 600 NS sub.d.test.\n");
	assert_added("a.sub.d.test. 600 A 198.51.100.5\nsub.d.test. 600 A 198.51.100.4\n"
	             "p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n"
	             "z.d.test. 600 A 198.51.100.1\nz.d.test. 600 AAAA 2001:db8::ff\n"
	             "ns.other.d.test. 600 A 198.51.100.3\n");
	end_response();
}

static void glue_may_be_a_wildcard_below_the_delegation(void **state)
{
	begin_response(common_profile, common_zone);
	refer("x.deep.d.test.", "deep.d.test.", false);
	assert_added("b.a.deep.d.test. 600 A 198.51.100.6\n");
	end_response();
}

static void only_name_servers_have_glue(void **state)
{
	begin_response(common_profile, common_zone);
	serve("mxsub.d.test.", KNOT_RRTYPE_MX, true);
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n"
	             "a.sub.d.test. 600 A 198.51.100.5\n");
	end_response();
	// Be it below the owner.
	begin_response(common_profile, ZONE_APEX "@ MX 1 p\n@ MX 2 a.sub\nsub NS a.sub\n"
	               "a.sub A 198.51.100.1\n");
	serve("d.test.", KNOT_RRTYPE_MX, true);
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n"
	             "a.sub.d.test. 600 A 198.51.100.1\n");
	end_response();
}

static void name_servers_of_the_zone_may_be_below_a_delegation(void **state)
{
	begin_response(common_profile, ZONE_APEX "@ NS p\n@ NS z.sub\nsub NS z.sub\n"
	               "z.sub A 198.51.100.1\n");
	serve("d.test.", KNOT_RRTYPE_NS, true);
	assert_added("z.sub.d.test. 600 A 198.51.100.1\n"
	             "p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n");
	end_response();
}

static void a_service_has_its_own_records_too(void **state)
{
	begin_response(common_profile, common_zone);
	answer("https.d.test.", KNOT_RRTYPE_HTTPS);
	// Its own target is not looked at in turn.
	assert_added("svc.d.test. 300 A 192.0.2.7\nsvc.d.test. 300 HTTPS 1 p.d.test. port=3\n");
	serve("svcb.d.test.", KNOT_RRTYPE_SVCB, false);
	assert_added("svc.d.test. 300 A 192.0.2.7\nsvc.d.test. 300 SVCB 1 . port=2\n");
	end_response();
}

static void every_rrset_of_the_response_is_looked_at(void **state)
{
	begin_response(common_profile, common_zone);
	prepare_response("toprof.d.test.", KNOT_RRTYPE_MX);
	put_of_zone("toprof.d.test.", KNOT_RRTYPE_MX, false);
	put_of_zone("d.test.", KNOT_RRTYPE_SOA, false);
	knot_pkt_begin(ask.resp, KNOT_AUTHORITY);
	put_of_zone("other.d.test.", KNOT_RRTYPE_NS, true);
	assert_true(take_links());
	assert_added("p.d.test. 300 A 192.0.2.1\np.d.test. 300 AAAA 2001:db8::1\n"
	             "ns.other.d.test. 600 A 198.51.100.3\n");
	end_response();
}

static void targets_of_other_types_are_left_out(void **state)
{
	begin_response(common_profile, ZONE_APEX "alias CNAME p\nmail MX 1 q\ntxt TXT \"a\"\n");
	prepare_response("alias.d.test.", KNOT_RRTYPE_MX);
	put_of_zone("alias.d.test.", KNOT_RRTYPE_CNAME, false);
	put_of_zone("txt.d.test.", KNOT_RRTYPE_TXT, false);
	put_of_zone("mail.d.test.", KNOT_RRTYPE_MX, false);
	assert_added("q.d.test. 300 A 192.0.2.2\n");
	end_response();
}

static void more_targets_than_the_packet_has_room_for_at_first(void **state)
{
	// More than 16 RRsets: the arrays of the packet move; more than 15 hints of an RRset too.
	char of_profile[4096] = APEX, of_zone[4096] = ZONE_APEX, want[4096] = "";
	for (unsigned i = 0; i < 30; i++) {
		char *text = (i % 2 == 0) ? of_profile : of_zone;
		sprintf(text + strlen(text), "m%u A 192.0.2.%u\n", i, i);
		sprintf(of_zone + strlen(of_zone), "@ MX %u m%u\n", i, i);
		sprintf(want + strlen(want), "m%u.d.test. %u A 192.0.2.%u\n", i,
		        i % 2 ? 600 : 300, i);
	}
	begin_response(of_profile, of_zone);
	serve("d.test.", KNOT_RRTYPE_MX, true);
	assert_added(want);
	end_response();
}

static void records_are_turned(void **state)
{
	begin_response(APEX "p A 192.0.2.1\np A 192.0.2.2\n", ZONE_APEX "toprof MX 1 p\n");
	ask.question.rotate = 1;
	serve("toprof.d.test.", KNOT_RRTYPE_MX, false);
	assert_added("p.d.test. 300 A 192.0.2.2\np.d.test. 300 A 192.0.2.1\n");
	end_response();
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_the_server_knows_is_left_to_it),
		cmocka_unit_test(what_the_server_does_not_know_is_taken_from_it),
		cmocka_unit_test(all_is_taken_if_one_rrset_is_incomplete),
		cmocka_unit_test(only_types_with_targets_are_looked_at),
		cmocka_unit_test(targets_in_the_profile_are_added),
		cmocka_unit_test(targets_of_the_profile_are_added_from_both),
		cmocka_unit_test(targets_of_the_zone_are_added_in_their_order),
		cmocka_unit_test(owners_and_targets_are_compressed),
		cmocka_unit_test(wildcards_are_added_under_their_own_name),
		cmocka_unit_test(glue_of_a_delegation_comes_first),
		cmocka_unit_test(glue_may_be_a_wildcard_below_the_delegation),
		cmocka_unit_test(only_name_servers_have_glue),
		cmocka_unit_test(name_servers_of_the_zone_may_be_below_a_delegation),
		cmocka_unit_test(a_service_has_its_own_records_too),
		cmocka_unit_test(every_rrset_of_the_response_is_looked_at),
		cmocka_unit_test(targets_of_other_types_are_left_out),
		cmocka_unit_test(more_targets_than_the_packet_has_room_for_at_first),
		cmocka_unit_test(records_are_turned),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
