/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "rdata_common.h"

static void a_relative_name_ends_in_the_domain(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", NULL);
	hm_rdata_t *rdata = compile(KNOT_RRTYPE_MX, WIRE(PREF "\002mx" ORIGIN), 0);
	assert_false(hm_rdata_is_fixed(rdata));
	assert_false(hm_rdata_is_conditional(rdata));
	assert_expanded(rdata, domain, WIRE(PREF "\002mx" COM));
	hm_rdata_free(rdata);

	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF ORIGIN), 0, domain, WIRE(PREF COM));
	assert_expands(KNOT_RRTYPE_SOA, WIRE("\003ns1" ORIGIN "\001h" ORIGIN TIMES), 0, domain,
	               WIRE("\003ns1" COM "\001h" COM TIMES));
}

static void a_name_without_labels_is_the_root(void **state)
{
	assert_expands(KNOT_RRTYPE_SRV, WIRE("\0\0\0\0\0\0" "\000"), 0,
	               domain_with("example.com.", NULL), WIRE("\0\0\0\0\0\0" "\000"));
}

static void the_domain_is_spliced_into_a_name_as_labels(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", NULL);
	static const struct {
		const char *wire;
		size_t wire_len;
		size_t marks;
		const char *expected;
		size_t expected_len;
	} cases[] = {
		{ WIRE("\003" DOMAIN "\000"), 1, WIRE(COM) },
		{ WIRE("\004key1\003" DOMAIN "\004dkim" NET), 1,
		  WIRE("\004key1\007example\003com\004dkim" NET) },
		{ WIRE("\003" DOMAIN ORIGIN), 1, WIRE("\007example\003com" COM) },
		{ WIRE("\003" DOMAIN "\003" DOMAIN "\001x\000"), 2,
		  WIRE("\007example\003com\007example\003com\001x\000") },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hm_rdata_t *rdata = compile(KNOT_RRTYPE_CNAME, cases[i].wire, cases[i].wire_len,
		                            cases[i].marks);
		assert_false(hm_rdata_is_fixed(rdata));
		assert_false(hm_rdata_is_conditional(rdata));
		assert_expanded(rdata, domain, cases[i].expected, cases[i].expected_len);
		hm_rdata_free(rdata);
	}
}

static void the_domain_with_dashes_is_one_label_or_part_of_one(void **state)
{
	const hm_domain_t *domain = domain_with("mail.my-shop.com.", NULL);
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DASH NET), 1, domain,
	               WIRE("\020mail-my-shop-com" NET));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DASHES NET), 1, domain,
	               WIRE("\022mail--my-shop--com" NET));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\015selector1-" DASH ORIGIN), 1, domain,
	               WIRE("\032selector1-mail-my-shop-com" "\004mail\007my-shop\003com\000"));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\010" DASH "--" DASHES NET), 2, domain,
	               WIRE("\044mail-my-shop-com--mail--my-shop--com" NET));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DASH "\000"), 1, domain_with("com.", NULL),
	               WIRE("\003com\000"));
}

static void a_value_is_a_label_or_part_of_one(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=mx1 other=z");
	hm_rdata_t *rdata = compile(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME NET), 1);
	assert_false(hm_rdata_is_fixed(rdata));
	assert_true(hm_rdata_is_conditional(rdata));
	assert_expanded(rdata, domain, WIRE(PREF "\003mx1" NET));
	hm_rdata_free(rdata);

	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME ORIGIN), 1, domain,
	               WIRE(PREF "\003mx1" COM));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\012a" NAME "-" OTHER "bc" NET), 2, domain,
	               WIRE(PREF "\010amx1-zbc" NET));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" OTHER "\003" DOMAIN "\003" NAME "\000"), 3,
	               domain, WIRE(PREF "\001z\007example\003com\003mx1\000"));
}

static void a_value_with_dots_makes_labels(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=a.bc.d other=.");
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME NET), 1, domain,
	               WIRE(PREF "\001a\002bc\001d" NET));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\005x" NAME "y" ORIGIN), 1, domain,
	               WIRE(PREF "\002xa\002bc\002dy" COM));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\005x" OTHER "y" NET), 1, domain,
	               WIRE(PREF "\001x\001y" NET));
}

static void an_empty_value_beside_other_text_is_fine(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=");
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\005m" NAME "x" NET), 1, domain,
	               WIRE(PREF "\002mx" NET));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\003" NAME), 1, domain, WIRE("\000"));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\007a=" NAME "b."), 1, domain, WIRE("\004a=b."));
}

static void a_value_with_an_empty_label_is_refused(void **state)
{
	static const char *const alone[] = { "name=", "name=.", "name=a.", "name=.a", "name=a..b" };
	for (size_t i = 0; i < sizeof(alone) / sizeof(alone[0]); i++) {
		const hm_domain_t *domain = domain_with("example.com.", alone[i]);
		assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME NET), 1, domain,
		                    KNOT_EMALF);
		assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" NAME ORIGIN), 1, domain,
		                    KNOT_EMALF);
		assert_not_expanded(KNOT_RRTYPE_HTTPS, WIRE("\000\001\003" NAME "\000"), 1, domain,
		                    KNOT_EMALF);
	}

	const hm_domain_t *domain = domain_with("example.com.", "name=a..b");
	assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\005x" NAME "y" NET), 1, domain, KNOT_EMALF);
}

static void the_root_as_one_label_is_refused(void **state)
{
	assert_not_expanded(KNOT_RRTYPE_CNAME, WIRE("\003" DASH NET), 1, domain_with(".", NULL),
	                    KNOT_EMALF);
}

static void names_of_old_types_are_put_in_lowercase(void **state)
{
	// RFC 4034, section 6.2.
	const hm_domain_t *domain = domain_with("example.com.", "name=Ab.CD");
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME NET), 1, domain,
	               WIRE(PREF "\002ab\002cd" NET));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\007Xy" NAME "-Z\007EXAMPLE\003net\000"), 1, domain,
	               WIRE("\004xyab\004cd-z" NET));
	assert_expands(KNOT_RRTYPE_NS, WIRE("\002NS\007Example\003NET\000"), 0, domain,
	               WIRE("\002ns" NET));
	assert_expands(KNOT_RRTYPE_SRV, WIRE("\0\1\0\2\0\31" "\003" NAME ORIGIN), 1, domain,
	               WIRE("\0\1\0\2\0\31" "\002ab\002cd" COM));
	assert_expands(KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\001U\005S" NAME "Z\000\003" NAME NET), 2,
	               domain, WIRE("\0\1\0\2\001U\007SAb.CDZ\000\002ab\002cd" NET));
}

static void other_names_and_strings_keep_their_case(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=Ab.CD");
	assert_expands(KNOT_RRTYPE_SVCB, WIRE("\000\001\004" NAME "E\007EXAMPLE\003net\000"), 1,
	               domain, WIRE("\000\001\002Ab\003CDE\007EXAMPLE\003net\000"));
	assert_expands(KNOT_RRTYPE_HTTPS, WIRE("\000\001\004X" NAME ORIGIN), 1, domain,
	               WIRE("\000\001\003XAb\002CD" COM));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\005V=" NAME), 1, domain, WIRE("\007V=Ab.CD"));
	assert_expands(KNOT_RRTYPE_CAA, WIRE("\000\005ISSUEX" NAME), 1, domain,
	               WIRE("\000\005ISSUEXAb.CD"));
}

static void the_target_of_a_svcb_is_a_name_like_others(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=a.b");
	// The parameters look like marks: they are no text.
	assert_expands(KNOT_RRTYPE_SVCB, WIRE("\000\001\001x" ORIGIN "\000\001\000\003\001ad"), 0,
	               domain, WIRE("\000\001\001x" COM "\000\001\000\003\001ad"));
	assert_expands(KNOT_RRTYPE_SVCB, WIRE("\000\001\003" DOMAIN NET "\000\002\000\000"), 1,
	               domain, WIRE("\000\001\007example\003com" NET "\000\002\000\000"));
	assert_expands(KNOT_RRTYPE_HTTPS, WIRE("\000\001\003" NAME "\000\000\003\000\002\001\001"),
	               1, domain, WIRE("\000\001\001a\001b\000\000\003\000\002\001\001"));
	assert_expands(KNOT_RRTYPE_HTTPS, WIRE("\000\001" "\000" "\000\003\000\002\001\001"), 0,
	               domain, WIRE("\000\001" "\000" "\000\003\000\002\001\001"));
	assert_expands(KNOT_RRTYPE_HTTPS, WIRE("\000\000" ORIGIN), 0, domain, WIRE("\000\000" COM));
}

static void a_name_may_follow_a_name(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=1.2.3.4x");
	assert_expands(KNOT_RRTYPE_RP, WIRE("\003" DASH ORIGIN "\003" NAME NET), 2, domain,
	               WIRE("\013example-com" COM "\0011\0012\0013\0024x" NET));
	assert_expands(KNOT_RRTYPE_RP, WIRE("\003" NAME NET "\002rp" ORIGIN), 1, domain,
	               WIRE("\0011\0012\0013\0024x" NET "\002rp" COM));
}

static void a_value_that_makes_an_address_is_refused(void **state)
{
	static const struct {
		uint16_t type;
		const char *wire;
		size_t len;
		size_t marks;
		const char *vars;
	} cases[] = {
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\003" NAME "\000"), 1, "name=192.0.2.1" },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\003" NAME ORIGIN), 1, "name=192.0.2.1" },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\003" NAME ORIGIN), 1, "name=0.0.0.0" },
		{ KNOT_RRTYPE_MX,    WIRE(PREF "\003" NAME ORIGIN), 1, "name=255.255.255.255" },
		{ KNOT_RRTYPE_CNAME, WIRE("\003" NAME "\0010\0012\0011\000"), 1, "name=192" },
		{ KNOT_RRTYPE_NS,    WIRE("\003" NAME "\003" OTHER "\000"), 2,
		                     "name=1.2 other=3.4" },
		{ KNOT_RRTYPE_NS,    WIRE("\0041" NAME "\0010\0012\0011\000"), 1, "name=92" },
		{ KNOT_RRTYPE_SRV,   WIRE("\0\1\0\2\0\31\003" NAME "\000"), 1, "name=10.0.0.1" },
		{ KNOT_RRTYPE_SVCB,  WIRE("\0\1\003" NAME "\000"), 1, "name=10.0.0.1" },
		{ KNOT_RRTYPE_HTTPS, WIRE("\0\1\003" NAME ORIGIN), 1, "name=10.0.0.1" },
		{ KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\0\0\0\003" NAME "\000"), 1, "name=10.0.0.1" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_not_expanded(cases[i].type, cases[i].wire, cases[i].len, cases[i].marks,
		                    domain_with("example.com.", cases[i].vars), KNOT_EMALF);
	}
}

static void a_value_that_only_resembles_an_address_is_fine(void **state)
{
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\000"), 1,
	               domain_with("example.com.", "name=192.0.2"),
	               WIRE(PREF "\003192\0010\0012\000"));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\000"), 1,
	               domain_with("example.com.", "name=192.0.2.256"),
	               WIRE(PREF "\003192\0010\0012\003256\000"));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\000"), 1,
	               domain_with("example.com.", "name=1.2.3.4.5"),
	               WIRE(PREF "\0011\0012\0013\0014\0015\000"));
	assert_expands(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\000"), 1,
	               domain_with("example.com.", "name=1.2.3.4a"),
	               WIRE(PREF "\0011\0012\0013\0024a\000"));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" NAME "\007in-addr\004arpa\000"), 1,
	               domain_with("example.com.", "name=1.2.0.192"),
	               WIRE("\0011\0012\0010\003192\007in-addr\004arpa\000"));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\003" NAME), 1,
	               domain_with("example.com.", "name=192.0.2.1"), WIRE("\011192.0.2.1"));
}

static void a_variable_that_the_domain_does_not_define_leaves_the_record_out(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=defined");
	assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\003" OTHER NET), 1, domain, KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_TXT, WIRE("\003" OTHER), 1, domain, KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_TXT, WIRE("\003" NAME "\000\003" OTHER), 2, domain,
	                    KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_CAA, WIRE("\000\005issue" NAME OTHER), 2, domain,
	                    KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_TXT, WIRE("\003" NAME), 1,
	                    domain_with("example.com.", NULL), KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_TXT, WIRE("\003" NAME), 1,
	                    domain_with("example.com.", "nam=1 names=2 Name=3"), KNOT_ENOENT);
}

static void a_record_that_is_left_out_has_no_other_error(void **state)
{
	// What the domain lacks stands behind what would be wrong.
	assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\003" OTHER "\000"), 2,
	                    domain_with("example.com.", "name=a..b"), KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_MX, WIRE(PREF "\003" NAME "\003" OTHER "\000"), 2,
	                    domain_with("example.com.", long_var("name", 64)), KNOT_ENOENT);
	assert_not_expanded(KNOT_RRTYPE_HINFO, WIRE("\003" NAME "\003" OTHER), 2,
	                    domain_with("example.com.", long_var("name", 256)), KNOT_ENOENT);
}

static void only_the_variables_of_a_domain_make_rdata_conditional(void **state)
{
	hm_rdata_t *rdata = compile(KNOT_RRTYPE_TXT, WIRE("\011" DOMAIN DASH DASHES), 3);
	assert_false(hm_rdata_is_fixed(rdata));
	assert_false(hm_rdata_is_conditional(rdata));
	hm_rdata_free(rdata);

	rdata = compile(KNOT_RRTYPE_TXT, WIRE("\006" DOMAIN OTHER), 2);
	assert_false(hm_rdata_is_fixed(rdata));
	assert_true(hm_rdata_is_conditional(rdata));
	hm_rdata_free(rdata);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_relative_name_ends_in_the_domain),
		cmocka_unit_test(a_name_without_labels_is_the_root),
		cmocka_unit_test(the_domain_is_spliced_into_a_name_as_labels),
		cmocka_unit_test(the_domain_with_dashes_is_one_label_or_part_of_one),
		cmocka_unit_test(a_value_is_a_label_or_part_of_one),
		cmocka_unit_test(a_value_with_dots_makes_labels),
		cmocka_unit_test(an_empty_value_beside_other_text_is_fine),
		cmocka_unit_test(a_value_with_an_empty_label_is_refused),
		cmocka_unit_test(the_root_as_one_label_is_refused),
		cmocka_unit_test(names_of_old_types_are_put_in_lowercase),
		cmocka_unit_test(other_names_and_strings_keep_their_case),
		cmocka_unit_test(the_target_of_a_svcb_is_a_name_like_others),
		cmocka_unit_test(a_name_may_follow_a_name),
		cmocka_unit_test(a_value_that_makes_an_address_is_refused),
		cmocka_unit_test(a_value_that_only_resembles_an_address_is_fine),
		cmocka_unit_test(a_variable_that_the_domain_does_not_define_leaves_the_record_out),
		cmocka_unit_test(a_record_that_is_left_out_has_no_other_error),
		cmocka_unit_test(only_the_variables_of_a_domain_make_rdata_conditional),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
