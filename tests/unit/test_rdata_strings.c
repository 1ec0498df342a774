/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "rdata_common.h"

static void the_domain_in_a_string_is_text(void **state)
{
	const hm_domain_t *domain = domain_with("mail.example.com.", "name=v");
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\003" DOMAIN), 1, domain,
	               WIRE("\020mail.example.com"));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\005d=" DOMAIN "\003" DASH "\004" DASHES "x\000"), 3,
	               domain,
	               WIRE("\022d=mail.example.com\020mail-example-com"
	                    "\023mail--example--comx\000"));
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\007" DOMAIN ":" DOMAIN), 2,
	               domain_with("com.", NULL), WIRE("\007com:com"));
	assert_expands(KNOT_RRTYPE_HINFO, WIRE("\003" DOMAIN "\005a" DASH "b"), 2,
	               domain_with("b.c.", NULL), WIRE("\003b.c\005ab-cb"));
}

static void special_bytes_of_the_domain_are_escaped_in_a_string(void **state)
{
	static const uint8_t name[] = "\006a.b\\\"\040\005\000\377;($\003com";
	hm_domain_t domain;
	hm_domain_init(name, &domain);

	// Presentation format, in whatever way libknot writes it.
	knot_dname_txt_storage_t txt;
	assert_non_null(knot_dname_to_str(txt, name, sizeof(txt)));
	uint8_t expected[1 + sizeof(txt)];
	size_t len = strlen(txt) - 1;
	assert_true(len > 3 + 3 + 4 + 5);
	expected[0] = len;
	memcpy(expected + 1, txt, len);
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\003" DOMAIN), 1, &domain, expected, 1 + len);

	// In a name they are what they are.
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\001x\003" DOMAIN NET), 1, &domain,
	               WIRE("\001x\006a.b\\\"\040\005\000\377;($\003com" NET));
	assert_expands(KNOT_RRTYPE_CNAME, WIRE("\003" DASH NET), 1, &domain,
	               WIRE("\020a.b\\\"\040-\000\377;($-com" NET));
}

static void a_value_in_a_string_is_any_bytes(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=\\000\\255\\032..\\001aa");
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\005<" NAME ">"), 1, domain,
	               WIRE("\012<\000\377\040..\001aa>"));
	assert_expands(KNOT_RRTYPE_URI, WIRE("\0\1\0\2" NAME "/"), 1, domain,
	               WIRE("\0\1\0\2\000\377\040..\001aa/"));
}

static void a_long_string_of_a_txt_is_split(void **state)
{
	static const size_t lengths[] = { 0, 1, 252, 253, 254, 255, 256, 507, 508, 509, 763, 4096 };
	static uint8_t text[HM_VAR_VALUE_MAX + 2], expected[HM_VAR_VALUE_MAX + 64];
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		size_t len = lengths[i];
		const hm_domain_t *domain = domain_with("example.com.", long_var("name", len));
		text[0] = '<';
		memset(text + 1, 'x', len);
		text[1 + len] = '>';
		size_t expected_len = split_strings(text, len + 2, expected);
		assert_expands(KNOT_RRTYPE_TXT, WIRE("\005<" NAME ">"), 1, domain, expected,
		               expected_len);
	}
}

static void the_strings_beside_a_split_one_stay(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", long_var("name", 256));
	uint8_t expected[512];
	uint8_t *pos = expected;
	memcpy(pos, "\001a\377", 3);
	memset(pos + 3, 'x', 255);
	pos += 3 + 255;
	memcpy(pos, "\001x\001b\000", 5);
	pos += 5;
	assert_expands(KNOT_RRTYPE_TXT, WIRE("\001a\003" NAME "\001b\000"), 1, domain, expected,
	               pos - expected);
}

static void a_full_string_before_an_empty_value_is_not_split(void **state)
{
	uint8_t wire[256] = { 255 };
	memset(wire + 1, 'x', 252);
	memcpy(wire + 253, NAME, 3);
	uint8_t expected[256] = { 252 };
	memset(expected + 1, 'x', 252);
	assert_expands(KNOT_RRTYPE_TXT, wire, sizeof(wire), 1,
	               domain_with("example.com.", "name="), expected, 253);

	expected[0] = 255;
	memcpy(expected + 253, "abc", 3);
	assert_expands(KNOT_RRTYPE_TXT, wire, sizeof(wire), 1,
	               domain_with("example.com.", "name=abc"), expected, 256);
}

static void a_long_string_of_another_type_is_refused(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", long_var("name", 256));
	assert_not_expanded(KNOT_RRTYPE_HINFO, WIRE("\003" NAME "\000"), 1, domain, KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_HINFO, WIRE("\000\003" NAME), 1, domain, KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_NAPTR, WIRE("\0\1\0\2\000\000\003" NAME "\000"), 1, domain,
	                    KNOT_ESPACE);
	assert_not_expanded(KNOT_RRTYPE_CAA, WIRE("\000\003" NAME "value"), 1, domain, KNOT_ESPACE);

	domain = domain_with("example.com.", long_var("name", 255));
	uint8_t expected[257] = { 255 };
	memset(expected + 1, 'x', 255);
	assert_expands(KNOT_RRTYPE_HINFO, WIRE("\003" NAME "\000"), 1, domain, expected,
	               sizeof(expected));
}

static void the_value_of_a_caa_and_the_target_of_a_uri_have_no_length(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", long_var("name", 1000));
	uint8_t expected[1100];

	memcpy(expected, "\000\005issueca;", 10);
	memset(expected + 10, 'x', 1000);
	memcpy(expected + 1010, "example.com", 11);
	assert_expands(KNOT_RRTYPE_CAA, WIRE("\000\005issueca;" NAME DOMAIN), 2, domain, expected,
	               1021);

	memcpy(expected, "\0\1\0\2https://", 12);
	memset(expected + 12, 'x', 1000);
	memcpy(expected + 1012, "/example-com", 12);
	assert_expands(KNOT_RRTYPE_URI, WIRE("\0\1\0\2https://" NAME "/" DASH), 2, domain, expected,
	               1024);

	assert_expands(KNOT_RRTYPE_CAA, WIRE("\200\005" "a" DASH "b"), 1, domain_with("c.d.", NULL),
	               WIRE("\200\005ac-db"));
}

static void a_naptr_has_variables_in_its_strings_and_its_name(void **state)
{
	const hm_domain_t *domain = domain_with("example.com.", "name=a.b");
	assert_expands(KNOT_RRTYPE_NAPTR,
	               WIRE("\0\1\0\2\001u\003" NAME "\013!^.*$!" DOMAIN "!i\003" NAME ORIGIN), 3,
	               domain,
	               WIRE("\0\1\0\2\001u\003a.b\023!^.*$!example.com!i\001a\001b" COM));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_domain_in_a_string_is_text),
		cmocka_unit_test(special_bytes_of_the_domain_are_escaped_in_a_string),
		cmocka_unit_test(a_value_in_a_string_is_any_bytes),
		cmocka_unit_test(a_long_string_of_a_txt_is_split),
		cmocka_unit_test(the_strings_beside_a_split_one_stay),
		cmocka_unit_test(a_full_string_before_an_empty_value_is_not_split),
		cmocka_unit_test(a_long_string_of_another_type_is_refused),
		cmocka_unit_test(the_value_of_a_caa_and_the_target_of_a_uri_have_no_length),
		cmocka_unit_test(a_naptr_has_variables_in_its_strings_and_its_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
