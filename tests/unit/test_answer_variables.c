/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "answer_common.h"

static void variables_are_filled_in(void **state)
{
	assert_positive("vtxt.d.test.", KNOT_RRTYPE_TXT, "vtxt.d.test. 300 TXT \"v=d.test f=b\"\n");
	// In canonical order, as the records of a zone are.
	assert_positive("vmx.d.test.", KNOT_RRTYPE_MX,
	                "vmx.d.test. 300 MX 10 a.example.net.\n"
	                "vmx.d.test. 300 MX 10 b.example.net.\n"
	                "vmx.d.test. 300 MX 20 c.d.test.\n");
}

static void a_long_value_goes_on_in_more_strings(void **state)
{
	for (size_t len = HM_VAR_VALUE_MAX - 255; len <= HM_VAR_VALUE_MAX; len++) {
		char var[HM_VAR_VALUE_MAX + 16] = "only=";
		memset(var + 5, 'v', len);
		hm_profile_t *p = profile_from("long.zone", APEX "a TXT \"{only}\"\n");
		ask_t ask;
		ask_init(&ask, p);
		ask_var(&ask, var);
		ask_for(&ask, "a.d.test.", KNOT_RRTYPE_TXT);
		assert_int_equal(ask.ret, KNOT_EOK);
		const knot_rrset_t *txt = knot_pkt_rr(knot_pkt_section(ask.parsed, KNOT_ANSWER), 0);
		assert_int_equal(txt->rrs.rdata->len, len + (len + 254) / 255);
		assert_int_equal(txt->rrs.rdata->data[0], 255);
		ask_clear(&ask);
		hm_profile_free(p);
	}
}

static void records_that_become_the_same_are_one(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_var(&ask, "first=same");
	ask_var(&ask, "second=SAME");
	ask_for(&ask, "vmx.d.test.", KNOT_RRTYPE_MX);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "vmx.d.test. 300 MX 10 same.example.net.\n"
	              "vmx.d.test. 300 MX 20 c.d.test.\n", "", "");
	ask_clear(&ask);
}

static void undefined_variables_leave_an_empty_non_terminal(void **state)
{
	assert_nodata("undef.d.test.", KNOT_RRTYPE_TXT);
	assert_nodata("undef.d.test.", KNOT_RRTYPE_A);
	assert_nodata("undef.d.test.", KNOT_RRTYPE_ANY);
	assert_nodata("undefcn.d.test.", KNOT_RRTYPE_A);
	assert_nodata("undefcn.d.test.", KNOT_RRTYPE_CNAME);
	assert_nodata("deep.undef.d.test.", KNOT_RRTYPE_A);
	assert_nxdomain("none.undef.d.test.", KNOT_RRTYPE_A);
}

static void undefined_variables_leave_the_other_records(void **state)
{
	assert_positive("some.d.test.", KNOT_RRTYPE_TXT, "some.d.test. 300 TXT \"always\"\n");
	assert_positive("some.d.test.", KNOT_RRTYPE_A, "some.d.test. 300 A 192.0.2.7\n");
	assert_positive("anyundef.d.test.", KNOT_RRTYPE_ANY,
	                "anyundef.d.test. 300 TXT \"second\"\n");
	assert_nodata("anyundef.d.test.", KNOT_RRTYPE_MX);
}

static void a_variable_can_make_a_cname_of_one_domain_only(void **state)
{
	ask_t ask;
	ask_init(&ask, profile);
	ask_var(&ask, "undefined=now");
	ask_for(&ask, "undefcn.d.test.", KNOT_RRTYPE_A);
	assert_answer(&ask, HM_ANSWER_POSITIVE,
	              "undefcn.d.test. 300 CNAME now.example.net.\n", "", "");
	ask_clear(&ask);
}

static void a_record_that_cannot_be_expanded_is_an_error(void **state)
{
	char label[80] = "first=";
	memset(label + 6, 'l', 64);
	static const struct {
		const char *qname;
		uint16_t qtype;
	} questions[] = {
		{ "badname.d.test.", KNOT_RRTYPE_CNAME },
		{ "badname.d.test.", KNOT_RRTYPE_A },
		{ "badname.d.test.", KNOT_RRTYPE_ANY },
		{ "vcn.d.test.", KNOT_RRTYPE_TXT },
		{ "vmx.d.test.", KNOT_RRTYPE_MX },
	};
	const char *const values[] = { label, "first=", "first=a..b", "first=.", "first=a." };
	for (size_t v = 0; v < sizeof(values) / sizeof(values[0]); v++) {
		for (size_t q = 0; q < sizeof(questions) / sizeof(questions[0]); q++) {
			ask_t ask;
			ask_init(&ask, profile);
			ask_var(&ask, values[v]);
			ask_for(&ask, questions[q].qname, questions[q].qtype);
			assert_int_equal(ask.ret, (v == 0) ? KNOT_ESPACE : KNOT_EMALF);
			ask_clear(&ask);

			// The other names of the domain are not concerned.
			ask_init(&ask, profile);
			ask_var(&ask, values[v]);
			ask_for(&ask, "www.d.test.", KNOT_RRTYPE_A);
			assert_answer(&ask, HM_ANSWER_POSITIVE, "www.d.test. 600 A 192.0.2.1\n",
			              "", "");
			ask_clear(&ask);
		}
	}
}

static void a_string_that_gets_too_long_is_an_error(void **state)
{
	for (unsigned len = 254; len <= 257; len++) {
		char var[300] = "first=";
		memset(var + 6, 's', len);
		ask_t ask;
		ask_init(&ask, profile);
		ask_var(&ask, var);
		ask_for(&ask, "badstring.d.test.", KNOT_RRTYPE_HINFO);
		assert_int_equal(ask.ret, (len <= 255) ? KNOT_EOK : KNOT_ESPACE);
		ask_clear(&ask);
	}
}

static void a_name_that_gets_too_long_is_an_error(void **state)
{
	char text[256] = "";
	for (unsigned i = 0; i < 126; i++) {
		strcat(text, "d.");
	}
	ask_t ask;
	ask_init(&ask, profile);
	ask.domain = domain_of(text);
	ask_for(&ask, text, KNOT_RRTYPE_SOA);
	assert_int_equal(ask.ret, KNOT_EOK);
	assert_int_equal(ask.answer, HM_ANSWER_POSITIVE);
	ask_clear(&ask);

	// The domain has 253 bytes, mx and a length byte are one too many.
	ask_init(&ask, profile);
	ask.domain = domain_of(text);
	ask_for(&ask, text, KNOT_RRTYPE_MX);
	assert_int_equal(ask.ret, KNOT_ESPACE);
	ask_clear(&ask);

	hm_profile_t *p = profile_from("long.zone", "@ SOA ns.{domain}. h. 1 2 3 4 5\n@ NS n.\n");
	ask_init(&ask, p);
	ask.domain = domain_of(text);
	ask_for(&ask, text, KNOT_RRTYPE_A);
	assert_int_equal(ask.ret, KNOT_ESPACE);
	ask_clear(&ask);
	hm_profile_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(variables_are_filled_in),
		cmocka_unit_test(a_long_value_goes_on_in_more_strings),
		cmocka_unit_test(records_that_become_the_same_are_one),
		cmocka_unit_test(undefined_variables_leave_an_empty_non_terminal),
		cmocka_unit_test(undefined_variables_leave_the_other_records),
		cmocka_unit_test(a_variable_can_make_a_cname_of_one_domain_only),
		cmocka_unit_test(a_record_that_cannot_be_expanded_is_an_error),
		cmocka_unit_test(a_string_that_gets_too_long_is_an_error),
		cmocka_unit_test(a_name_that_gets_too_long_is_an_error),
	};
	return cmocka_run_group_tests(tests, answer_setup, answer_teardown);
}
