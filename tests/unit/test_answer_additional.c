/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "answer_common.h"

static void additional_addresses_of_targets_inside_are_added(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "d.test. 300 MX 10 mx.example.net.\n"
	              "d.test. 300 MX 20 mx.d.test.\n", "",
	              "mx.d.test. 300 A 192.0.2.2\n"
	              "mx.d.test. 300 AAAA 2001:db8::2\n");
	ask_clear(&ask);

	ask_init(&ask, profile);
	ask_for(&ask, "srv.d.test.", KNOT_RRTYPE_SRV);
	assert_answer(&ask, HM_ANSWER_POSITIVE, "srv.d.test. 300 SRV 1 2 3 www.d.test.\n", "",
	              "www.d.test. 600 A 192.0.2.1\n"
	              "www.d.test. 300 AAAA 2001:db8::1\n");
	ask_clear(&ask);

	ask_init(&ask, profile);
	ask_for(&ask, "https.d.test.", KNOT_RRTYPE_HTTPS);
	assert_int_equal(knot_pkt_section(ask.parsed, KNOT_ANSWER)->count, 1);
	assert_int_equal(knot_pkt_section(ask.parsed, KNOT_ADDITIONAL)->count, 2);
	ask_clear(&ask);
}

static void every_target_is_looked_up_but_aliases_are_not_followed(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_for(&ask, "mxs.d.test.", KNOT_RRTYPE_MX);
	assert_int_equal(knot_pkt_section(ask.parsed, KNOT_ANSWER)->count, 6);
	assert_section(&ask, KNOT_ADDITIONAL,
	               "mx.d.test. 300 A 192.0.2.2\n"
	               "mx.d.test. 300 AAAA 2001:db8::2\n"
	               "www.d.test. 600 A 192.0.2.1\n"
	               "www.d.test. 300 AAAA 2001:db8::1\n"
	               "any.w.d.test. 300 A 192.0.2.4\n");
	ask_clear(&ask);
}

static void more_targets_than_the_packet_has_room_for_at_first(void **state)
{
	// More than 16 RRsets: the arrays of the packet move; more than 15 hints of an RRset too.
	char text[8192] = APEX;
	for (unsigned i = 0; i < 40; i++) {
		char line[64];
		snprintf(line, sizeof(line), "@ MX %u m%u\nm%u A 192.0.2.%u\n", i, i, i, i);
		strcat(text, line);
	}
	hm_profile_t *p = profile_from("many.zone", text);
	ask_t ask;
	ask_init(&ask, p);
	ask_for(&ask, "d.test.", KNOT_RRTYPE_MX);
	assert_int_equal(ask.answer, HM_ANSWER_POSITIVE);
	char want[4096] = "";
	for (unsigned i = 0; i < 40; i++) {
		char line[64];
		snprintf(line, sizeof(line), "m%u.d.test. 300 A 192.0.2.%u\n", i, i);
		strcat(want, line);
	}
	assert_section(&ask, KNOT_ADDITIONAL, want);
	ask_clear(&ask);
	hm_profile_free(p);
}

static void negative_answers_have_no_additional_records(void **state)
{
	hm_profile_t *p = profile_from("ns.zone", "@ SOA ns h 1 2 3 4 5\n@ NS ns\n"
	                               "ns A 192.0.2.1\n");
	ask_t ask;
	ask_init(&ask, p);
	ask_for(&ask, "none.d.test.", KNOT_RRTYPE_A);
	assert_int_equal(ask.answer, HM_ANSWER_NXDOMAIN);
	assert_section(&ask, KNOT_ADDITIONAL, "");
	ask_clear(&ask);

	ask_init(&ask, p);
	ask_for(&ask, "d.test.", KNOT_RRTYPE_NS);
	assert_answer(&ask, HM_ANSWER_POSITIVE, "d.test. 3600 NS ns.d.test.\n", "",
	              "ns.d.test. 3600 A 192.0.2.1\n");
	ask_clear(&ask);
	hm_profile_free(p);
}

// Rotation

static void records_are_turned(void **state)
{
	static const char *const want[] = {
		"txt.d.test. 300 TXT \"one\"\ntxt.d.test. 300 TXT \"two\"\n"
		"txt.d.test. 300 TXT \"three\"\n",
		"txt.d.test. 300 TXT \"two\"\ntxt.d.test. 300 TXT \"three\"\n"
		"txt.d.test. 300 TXT \"one\"\n",
		"txt.d.test. 300 TXT \"three\"\ntxt.d.test. 300 TXT \"one\"\n"
		"txt.d.test. 300 TXT \"two\"\n",
	};
	static const uint16_t turns[] = { 0, 1, 2, 3, 4, 5, 0xffff };
	for (size_t i = 0; i < sizeof(turns) / sizeof(turns[0]); i++) {
		ask_t ask;
		ask_init(&ask, profile);
		ask.question.rotate = turns[i];
		ask_for(&ask, "txt.d.test.", KNOT_RRTYPE_TXT);
		assert_answer(&ask, HM_ANSWER_POSITIVE, want[turns[i] % 3], "", "");
		ask_clear(&ask);
	}
}

static void turned_records_keep_their_additional_addresses(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask.question.rotate = 1;
	ask_for(&ask, "mxs.d.test.", KNOT_RRTYPE_MX);
	const knot_rrset_t *first = knot_pkt_rr(knot_pkt_section(ask.parsed, KNOT_ANSWER), 0);
	assert_int_equal(knot_wire_read_u16(first->rrs.rdata->data), 20);
	assert_section(&ask, KNOT_ADDITIONAL,
	               "mx.d.test. 300 A 192.0.2.2\n"
	               "mx.d.test. 300 AAAA 2001:db8::2\n"
	               "www.d.test. 600 A 192.0.2.1\n"
	               "www.d.test. 300 AAAA 2001:db8::1\n"
	               "any.w.d.test. 300 A 192.0.2.4\n");
	ask_clear(&ask);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(additional_addresses_of_targets_inside_are_added),
		cmocka_unit_test(every_target_is_looked_up_but_aliases_are_not_followed),
		cmocka_unit_test(more_targets_than_the_packet_has_room_for_at_first),
		cmocka_unit_test(negative_answers_have_no_additional_records),
		cmocka_unit_test(records_are_turned),
		cmocka_unit_test(turned_records_keep_their_additional_addresses),
	};
	return cmocka_run_group_tests(tests, answer_setup, answer_teardown);
}
