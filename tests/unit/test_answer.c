/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "answer_common.h"

// Positive answers

static void a_record_is_answered(void **state)
{
	assert_positive("www.d.test.", KNOT_RRTYPE_A, "www.d.test. 600 A 192.0.2.1\n");
	assert_positive("www.d.test.", KNOT_RRTYPE_AAAA, "www.d.test. 300 AAAA 2001:db8::1\n");
	assert_positive("a.b.c.d.test.", KNOT_RRTYPE_A, "a.b.c.d.test. 300 A 192.0.2.3\n");
}

static void the_apex_is_answered(void **state)
{
	assert_positive("d.test.", KNOT_RRTYPE_SOA,
	                "d.test. 300 SOA ns1.example.net. hostmaster.example.net. "
	                "7 14400 3600 1209600 60\n");
	assert_positive("d.test.", KNOT_RRTYPE_NS, "d.test. 300 NS ns1.example.net.\n");
}

static void all_records_of_an_rrset_are_answered(void **state)
{
	assert_positive("txt.d.test.", KNOT_RRTYPE_TXT,
	                "txt.d.test. 300 TXT \"one\"\n"
	                "txt.d.test. 300 TXT \"two\"\n"
	                "txt.d.test. 300 TXT \"three\"\n");
}

static void a_domain_of_many_labels_is_answered(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask.domain = domain_of("one.two.three.four.five.six.seven.eight.nine.ten.");
	ask_for(&ask, "www.one.two.three.four.five.six.seven.eight.nine.ten.", KNOT_RRTYPE_A);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "www.one.two.three.four.five.six.seven.eight.nine.ten. 600 A 192.0.2.1\n",
	              "", "");
	ask_clear(&ask);
}

static void the_case_of_the_question_is_kept_and_its_name_compressed(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_for(&ask, "wWw.D.tEsT.", KNOT_RRTYPE_A);
	assert_answer(&ask, HM_ANSWER_POSITIVE, "wWw.D.tEsT. 600 A 192.0.2.1\n", "", "");
	const uint8_t *owner = ask.parsed->wire + 12 + knot_pkt_question_size(ask.parsed);
	assert_int_equal(knot_wire_read_u16(owner), 0xc00c);
	ask_clear(&ask);

	ask_init(&ask, profile);
	ask_for(&ask, "NONE.d.TEST.", KNOT_RRTYPE_A);
	assert_int_equal(ask.answer, HM_ANSWER_NXDOMAIN);
	owner = ask.parsed->wire + 12 + knot_pkt_question_size(ask.parsed);
	assert_int_equal(knot_wire_read_u16(owner), 0xc000 | (12 + 5));
	ask_clear(&ask);
}

static void names_in_a_chain_are_compressed(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_for(&ask, "ONE.d.test.", KNOT_RRTYPE_A);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "ONE.d.test. 300 CNAME two.d.test.\n"
	              "two.d.test. 300 CNAME three.chain.d.test.\n"
	              "three.chain.d.test. 300 CNAME www.d.test.\n"
	              "www.d.test. 600 A 192.0.2.1\n", "", "");
	// Owners are pointers; a target adds only the labels in front of the domain.
	assert_int_equal(ask.parsed->size,
	                 12 + 16 + (12 + 4 + 2) + (12 + 12 + 2) + (12 + 4 + 2) + (12 + 4));
	ask_clear(&ask);
}

static void any_gives_one_rrset(void **state)
{
	// The first by type, as Knot DNS has it.
	assert_positive("www.d.test.", KNOT_RRTYPE_ANY, "www.d.test. 600 A 192.0.2.1\n");
	assert_positive("d.test.", KNOT_RRTYPE_ANY, "d.test. 300 NS ns1.example.net.\n");
	assert_positive("one.d.test.", KNOT_RRTYPE_ANY, "one.d.test. 300 CNAME two.d.test.\n");
	assert_positive("any.w.d.test.", KNOT_RRTYPE_ANY, "any.w.d.test. 300 A 192.0.2.4\n");
	assert_nodata("b.c.d.test.", KNOT_RRTYPE_ANY);
	assert_nxdomain("none.d.test.", KNOT_RRTYPE_ANY);
}

// CNAME

static void a_cname_to_outside_is_answered_alone(void **state)
{
	assert_positive("webmail.d.test.", KNOT_RRTYPE_A,
	                "webmail.d.test. 300 CNAME webmail.example.net.\n");
	assert_positive("webmail.d.test.", KNOT_RRTYPE_TXT,
	                "webmail.d.test. 300 CNAME webmail.example.net.\n");
}

static void a_target_that_only_ends_in_the_same_bytes_is_outside(void **state)
{
	assert_positive("likeit.d.test.", KNOT_RRTYPE_A,
	                "likeit.d.test. 300 CNAME x\\001d\\004test.\n");
	assert_positive("likeit2.d.test.", KNOT_RRTYPE_A,
	                "likeit2.d.test. 300 CNAME mx.xd.test.\n");
}

static void a_cname_that_is_asked_for_is_not_followed(void **state)
{
	assert_positive("one.d.test.", KNOT_RRTYPE_CNAME, "one.d.test. 300 CNAME two.d.test.\n");
	assert_positive("missing.d.test.", KNOT_RRTYPE_CNAME,
	                "missing.d.test. 300 CNAME nowhere.d.test.\n");
	assert_nodata("one.d.test.", KNOT_RRTYPE_RRSIG);
	assert_nodata("one.d.test.", KNOT_RRTYPE_NSEC);
}

static void a_chain_inside_is_followed(void **state)
{
	assert_positive("one.d.test.", KNOT_RRTYPE_AAAA,
	                "one.d.test. 300 CNAME two.d.test.\n"
	                "two.d.test. 300 CNAME three.chain.d.test.\n"
	                "three.chain.d.test. 300 CNAME www.d.test.\n"
	                "www.d.test. 300 AAAA 2001:db8::1\n");
	assert_positive("toapex.d.test.", KNOT_RRTYPE_NS,
	                "toapex.d.test. 300 CNAME d.test.\n"
	                "d.test. 300 NS ns1.example.net.\n");
	assert_positive("towild.d.test.", KNOT_RRTYPE_A,
	                "towild.d.test. 300 CNAME any.w.d.test.\n"
	                "any.w.d.test. 300 A 192.0.2.4\n");
}

static void a_chain_that_ends_without_data_is_nodata(void **state)
{
	assert_asked("nodata.d.test.", KNOT_RRTYPE_A, HM_ANSWER_NODATA,
	             "nodata.d.test. 300 CNAME txt.d.test.\n", SOA);
	assert_asked("toent.d.test.", KNOT_RRTYPE_A, HM_ANSWER_NODATA,
	             "toent.d.test. 300 CNAME b.c.d.test.\n", SOA);
}

static void a_chain_that_ends_nowhere_is_nxdomain(void **state)
{
	assert_asked("missing.d.test.", KNOT_RRTYPE_A, HM_ANSWER_NXDOMAIN,
	             "missing.d.test. 300 CNAME nowhere.d.test.\n", SOA);
}

static void a_chain_has_at_most_five_links(void **state)
{
	assert_positive("c2.d.test.", KNOT_RRTYPE_A,
	                "c2.d.test. 300 CNAME c3.d.test.\n"
	                "c3.d.test. 300 CNAME c4.d.test.\n"
	                "c4.d.test. 300 CNAME c5.d.test.\n"
	                "c5.d.test. 300 CNAME c6.d.test.\n"
	                "c6.d.test. 300 CNAME www.d.test.\n"
	                "www.d.test. 600 A 192.0.2.1\n");
	assert_positive("c1.d.test.", KNOT_RRTYPE_A,
	                "c1.d.test. 300 CNAME c2.d.test.\n"
	                "c2.d.test. 300 CNAME c3.d.test.\n"
	                "c3.d.test. 300 CNAME c4.d.test.\n"
	                "c4.d.test. 300 CNAME c5.d.test.\n"
	                "c5.d.test. 300 CNAME c6.d.test.\n");
}

static void a_loop_ends_where_it_began(void **state)
{
	assert_positive("loop.d.test.", KNOT_RRTYPE_A, "loop.d.test. 300 CNAME loop.d.test.\n");
	assert_positive("ping.d.test.", KNOT_RRTYPE_A,
	                "ping.d.test. 300 CNAME pong.d.test.\n"
	                "pong.d.test. 300 CNAME ping.d.test.\n");
}

static void a_cname_may_use_the_domain_and_its_variables(void **state)
{
	assert_positive("vname.d.test.", KNOT_RRTYPE_A,
	                "vname.d.test. 300 CNAME x.d.test.\n"
	                "x.d.test. 300 A 192.0.2.6\n");
	assert_positive("vcn.d.test.", KNOT_RRTYPE_TXT,
	                "vcn.d.test. 300 CNAME b.cnend.d.test.\n"
	                "b.cnend.d.test. 300 TXT \"end\"\n");
}

// Wildcards

static void a_wildcard_answers_under_the_name_that_was_asked_for(void **state)
{
	assert_positive("any.w.d.test.", KNOT_RRTYPE_A, "any.w.d.test. 300 A 192.0.2.4\n");
	assert_positive("1.2.3.4.w.d.test.", KNOT_RRTYPE_A, "1.2.3.4.w.d.test. 300 A 192.0.2.4\n");
	assert_positive("*.w.d.test.", KNOT_RRTYPE_A, "*.w.d.test. 300 A 192.0.2.4\n");
	// Its own children are below a name that exists.
	assert_nxdomain("y.*.w.d.test.", KNOT_RRTYPE_A);
}

static void names_that_exist_are_not_the_wildcards(void **state)
{
	assert_nodata("x.w.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("y.x.w.d.test.", KNOT_RRTYPE_A);
	assert_nodata("ent.w.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("y.ent.w.d.test.", KNOT_RRTYPE_A);
	assert_nodata("w.d.test.", KNOT_RRTYPE_A);
}

static void a_wildcard_without_the_type_is_nodata(void **state)
{
	assert_nodata("any.w.d.test.", KNOT_RRTYPE_AAAA);
}

static void a_wildcard_cname_is_followed(void **state)
{
	assert_positive("a.b.wc.d.test.", KNOT_RRTYPE_A,
	                "a.b.wc.d.test. 300 CNAME www.d.test.\n"
	                "www.d.test. 600 A 192.0.2.1\n");
	assert_positive("any.out.d.test.", KNOT_RRTYPE_A,
	                "any.out.d.test. 300 CNAME out.example.net.\n");
	assert_positive("any.wc.d.test.", KNOT_RRTYPE_CNAME,
	                "any.wc.d.test. 300 CNAME www.d.test.\n");
}

static void a_wildcard_cname_to_itself_is_answered_twice(void **state)
{
	assert_positive("b.selfwild.d.test.", KNOT_RRTYPE_A,
	                "b.selfwild.d.test. 300 CNAME a.selfwild.d.test.\n"
	                "a.selfwild.d.test. 300 CNAME a.selfwild.d.test.\n");
}

static void a_wildcard_below_a_wildcard_needs_the_asterisk(void **state)
{
	assert_positive("x.*.star.d.test.", KNOT_RRTYPE_TXT,
	                "x.*.star.d.test. 300 TXT \"stars\"\n");
	assert_nodata("*.star.d.test.", KNOT_RRTYPE_TXT);
	assert_nodata("x.star.d.test.", KNOT_RRTYPE_TXT);
}

// Negative answers

static void an_empty_non_terminal_is_nodata(void **state)
{
	assert_nodata("b.c.d.test.", KNOT_RRTYPE_A);
	assert_nodata("c.d.test.", KNOT_RRTYPE_TXT);
	assert_nodata("chain.d.test.", KNOT_RRTYPE_CNAME);
}

static void a_name_without_the_type_is_nodata(void **state)
{
	assert_nodata("www.d.test.", KNOT_RRTYPE_TXT);
	assert_nodata("d.test.", KNOT_RRTYPE_A);
	assert_nodata("d.test.", KNOT_RRTYPE_DS);
	assert_nodata("d.test.", KNOT_RRTYPE_DNSKEY);
}

static void a_name_that_does_not_exist_is_nxdomain(void **state)
{
	assert_nxdomain("none.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("www.www.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("ww.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("wwww.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("\\000www.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("*.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("d.test.d.test.", KNOT_RRTYPE_SOA);
}

static void nxdomain_carries_the_soa_with_its_negative_ttl(void **state)
{
	static const struct {
		const char *text;
		const char *soa;
	} zones[] = {
		{ "@ 300 SOA n. h. 1 2 3 4 60\n@ NS n.\n",  "d.test. 60 SOA n. h. 1 2 3 4 60\n" },
		{ "@ 60 SOA n. h. 1 2 3 4 300\n@ NS n.\n",  "d.test. 60 SOA n. h. 1 2 3 4 300\n" },
		{ "@ 60 SOA n. h. 1 2 3 4 60\n@ NS n.\n",   "d.test. 60 SOA n. h. 1 2 3 4 60\n" },
		{ "@ 0 SOA n. h. 1 2 3 4 300\n@ NS n.\n",   "d.test. 0 SOA n. h. 1 2 3 4 300\n" },
		{ "@ 300 SOA n. h. 1 2 3 4 0\n@ NS n.\n",   "d.test. 0 SOA n. h. 1 2 3 4 0\n" },
		{ "@ 300 SOA ns.{domain}. {domain:-}. 1 2 3 4 60\n@ NS n.\n",
		  "d.test. 60 SOA ns.d.test. d-test. 1 2 3 4 60\n" },
	};
	for (size_t i = 0; i < sizeof(zones) / sizeof(zones[0]); i++) {
		hm_profile_t *p = profile_from("soa.zone", zones[i].text);
		ask_t ask;
		ask_init(&ask, p);
		ask_for(&ask, "none.d.test.", KNOT_RRTYPE_A);
		assert_answer(&ask, HM_ANSWER_NXDOMAIN, "", zones[i].soa, "");
		ask_clear(&ask);

		ask_init(&ask, p);
		ask_for(&ask, "d.test.", KNOT_RRTYPE_A);
		assert_answer(&ask, HM_ANSWER_NODATA, "", zones[i].soa, "");
		ask_clear(&ask);
		hm_profile_free(p);
	}
}

static void ds_of_a_nested_domain_is_nodata(void **state)
{
	static const char *const names[] = {
		"none.d.test.", "nested.x.w.d.test.", "www.d.test.", "any.w.d.test.", "b.c.d.test.",
		"one.d.test.", "webmail.d.test.",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.question.delegated = true;
		ask_for(&ask, names[i], KNOT_RRTYPE_DS);
		assert_answer(&ask, HM_ANSWER_NODATA, "", SOA, "");
		ask_clear(&ask);
	}
}

static void only_ds_is_different_at_a_nested_domain(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask.question.delegated = true;
	ask_for(&ask, "none.d.test.", KNOT_RRTYPE_A);
	assert_answer(&ask, HM_ANSWER_NXDOMAIN, "", SOA, "");
	ask_clear(&ask);

	assert_nxdomain("none.d.test.", KNOT_RRTYPE_DS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_record_is_answered),
		cmocka_unit_test(the_apex_is_answered),
		cmocka_unit_test(all_records_of_an_rrset_are_answered),
		cmocka_unit_test(a_domain_of_many_labels_is_answered),
		cmocka_unit_test(the_case_of_the_question_is_kept_and_its_name_compressed),
		cmocka_unit_test(names_in_a_chain_are_compressed),
		cmocka_unit_test(any_gives_one_rrset),
		cmocka_unit_test(a_cname_to_outside_is_answered_alone),
		cmocka_unit_test(a_target_that_only_ends_in_the_same_bytes_is_outside),
		cmocka_unit_test(a_cname_that_is_asked_for_is_not_followed),
		cmocka_unit_test(a_chain_inside_is_followed),
		cmocka_unit_test(a_chain_that_ends_without_data_is_nodata),
		cmocka_unit_test(a_chain_that_ends_nowhere_is_nxdomain),
		cmocka_unit_test(a_chain_has_at_most_five_links),
		cmocka_unit_test(a_loop_ends_where_it_began),
		cmocka_unit_test(a_cname_may_use_the_domain_and_its_variables),
		cmocka_unit_test(a_wildcard_answers_under_the_name_that_was_asked_for),
		cmocka_unit_test(names_that_exist_are_not_the_wildcards),
		cmocka_unit_test(a_wildcard_without_the_type_is_nodata),
		cmocka_unit_test(a_wildcard_cname_is_followed),
		cmocka_unit_test(a_wildcard_cname_to_itself_is_answered_twice),
		cmocka_unit_test(a_wildcard_below_a_wildcard_needs_the_asterisk),
		cmocka_unit_test(an_empty_non_terminal_is_nodata),
		cmocka_unit_test(a_name_without_the_type_is_nodata),
		cmocka_unit_test(a_name_that_does_not_exist_is_nxdomain),
		cmocka_unit_test(nxdomain_carries_the_soa_with_its_negative_ttl),
		cmocka_unit_test(ds_of_a_nested_domain_is_nodata),
		cmocka_unit_test(only_ds_is_different_at_a_nested_domain),
	};
	return cmocka_run_group_tests(tests, answer_setup, answer_teardown);
}
