/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "master_common.h"

static void a_syntax_error_has_its_line(void **state)
{
	static const case_t cases[] = {
		{ "a 5 A 192.0.2",                      "1 " },
		{ "\n\na 5 A 192.0.2.1 x",              "3 " },
		{ "a 5 MX 10",                          "1 " },
		{ "a 5 MX 10 2001:db8::1",              "1 " },
		{ "a 5 NOSUCHTYPE x",                   "1 " },
		{ "a 5 TXT \"x",                        "1 " },
		{ "a 5 TXT x\\",                        "1 " },
		{ "a 5 SOA a. b. (\n 1 x 3\n 4 5 )",    "2 " },
		{ "a 99999999999 TXT x",                "1 " },
		{ "a..b 5 TXT x",                       "1 " },
		{ "a 5 TXT x\nb 5 A\nc 5 TXT y\nd 5 B", "2 \n4 " },
	};
	ASSERT_REFUSED(cases);
}

static void a_malformed_variable_has_its_line(void **state)
{
	static const case_t cases[] = {
		{ "a TXT {",                   "1 malformed variable '{'" },
		{ "a TXT {}",                  "1 malformed variable '{}'" },
		{ "a TXT {name",               "1 malformed variable '{name'" },
		{ "a TXT \"{name\"",           "1 malformed variable '{name'" },
		{ "a TXT {na me}",             "1 malformed variable '{na'" },
		{ "a TXT { name}",             "1 malformed variable '{'" },
		{ "a TXT \"{na.me}\"",         "1 malformed variable '{na'" },
		{ "a TXT {{name}}",            "1 malformed variable '{'" },
		{ "a TXT {domain:}",           "1 malformed variable '{domain:}'" },
		{ "a TXT {domain:.}",          "1 malformed variable '{domain:'" },
		{ "a TXT {domain:---}",        "1 malformed variable '{domain:---}'" },
		{ "a TXT {domain:x}",          "1 malformed variable '{domain:x}'" },
		{ "a TXT {name:-}",            "1 malformed variable '{name:-}'" },
		{ "a TXT {:-}",                "1 malformed variable '{:-}'" },
		{ "a TXT {na\\me}",            "1 malformed variable '{na'" },
		{ "a TXT {na\nb TXT x",        "1 malformed variable '{na'" },
		{ "a TXT x\n\n\nb TXT x {",    "4 malformed variable '{'" },
		{ "a MX 10 {.x.",              "1 malformed variable '{'" },
		{ "{x TXT x",                  "1 malformed variable '{x'" },
		{ "a A {",                     "1 malformed variable '{'" },
		{ "a TXT { {name} {b",         "1 malformed variable '{'\n"
		                               "1 malformed variable '{b'" },
		{ "a TXT ( x ; {\n{\n x\n)",   "2 malformed variable '{'" },
		{ "a TXT ( x\n{name}\n x\n\n{ )\nb TXT {domain}\nc TXT {x",
		  "5 malformed variable '{'\n7 malformed variable '{x'" },
	};
	ASSERT_REFUSED(cases);
}

static void a_malformed_variable_in_a_string_of_two_lines_has_its_line(void **state)
{
	static const case_t cases[] = {
		{ "a TXT ( \"x\n{bad y\" )\nb TXT x", "2 malformed variable '{bad'" },
	};
	ASSERT_REFUSED(cases);
	assert_non_null(strstr(run.records, "3 b 3600 TXT \"x\"\n"));
	assert_null(strstr(run.records, " a "));
}

static void the_end_of_the_file_ends_a_variable(void **state)
{
	read_text("a TXT {name");
	assert_findings("1 malformed variable '{name'");
	read_text("a TXT {");
	assert_findings("1 malformed variable '{'");
	read_text("{");
	assert_findings("1 malformed variable '{'");
}

static void a_very_long_malformed_variable_is_cut_in_the_reason(void **state)
{
	static char text[100000] = "a TXT {";
	memset(text + strlen(text), 'x', sizeof(text) - strlen(text) - 1);
	read_text(text);
	assert_findings("1 malformed variable '{xxxx");
	assert_true(strlen(run.findings) < 200);
}

static void a_variable_in_an_owner_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "{name} TXT x",             "1 variable not allowed in an owner" },
		{ "{domain} TXT x",           "1 variable not allowed in an owner" },
		{ "{domain}. TXT x",          "1 variable not allowed in an owner" },
		{ "a.{name}.b TXT x",         "1 variable not allowed in an owner" },
		{ "\na{domain:-}b TXT x",     "2 variable not allowed in an owner" },
		{ "*.{domain:--} TXT {name}", "1 variable not allowed in an owner" },
		{ "a.{name}. TXT x",          "1 variable not allowed in an owner" },
	};
	ASSERT_REFUSED(cases);
}

static void a_variable_cannot_be_a_number_or_an_address(void **state)
{
	// The scanner finds most of them; what gets past it is found behind it.
	static const case_t cases[] = {
		{ "a A {name}",                     "1 " },
		{ "a A 192.0.2.{name}",             "1 " },
		{ "a AAAA {name}",                  "1 " },
		{ "a MX {name} x",                  "1 " },
		{ "a SRV 1 {name} 3 x",             "1 " },
		{ "a SOA a. b. {name} 2 3 4 5",     "1 " },
		{ "a CAA {name} issue x",           "1 " },
		{ "a URI {name} 1 x",               "1 " },
		{ "a NAPTR {name} 1 a a a .",       "1 " },
		{ "a TLSA 3 1 1 {name}",            "1 " },
		{ "a SSHFP 1 1 {name}",             "1 " },
		{ "a OPENPGPKEY {name}",            "1 " },
		{ "a DHCID {name}",                 "1 " },
		{ "a LOC {name}",                   "1 " },
		{ "a TYPE65280 \\# 1 {name}",       "1 " },
		{ "a TYPE65280 \\# {name} 00",      "1 " },
		{ "a TXT \\# 3 02{name}",           "1 " },
		{ "a {name} TXT x",                 "1 " },
		{ "a {name} x",                     "1 " },
		{ "a IN {name} x",                  "1 " },
		{ "a HTTPS {name} .",               "1 " },
		{ "a HTTPS 1 . port={name}",        "1 " },
		{ "a HTTPS 1 . ipv4hint={name}",    "1 " },
		{ "a HTTPS 1 . alpn={name}",        "1 variable not allowed here" },
		{ "a HTTPS 1 . key65000={name}",    "1 variable not allowed here" },
		{ "a HTTPS 1 {name} key65000={name}",   "1 variable not allowed here" },
		{ "a IPSECKEY 10 3 2 {domain}. AQ==",   "1 variable not allowed here" },
		{ "a TXT (\nx )\na A (\n{name}\n )\nb TXT {name}", "4 " },
	};
	ASSERT_REFUSED(cases);
}

static void a_variable_cannot_be_in_a_directive(void **state)
{
	read_text("a TXT x\n$TTL {name}\n");
	assert_findings("2 ");
	read_text("a TXT x\n$ORIGIN {name}\n");
	assert_findings("2 ");
	read_text("$ORIGIN {domain}.\na TXT x\n");
	assert_findings("2 variable not allowed in an owner");
}

static void a_variable_in_an_include_is_an_error_of_its_line(void **state)
{
	read_text("a TXT x\n$INCLUDE {name}.zone\nb TXT x\n");
	assert_findings("2 variable");
	read_text("a TXT x\n$INCLUDE x{name.zone\nb TXT x\n");
	assert_findings("2 malformed variable '{name'");
}

static void an_owner_outside_the_domain_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "example.com. TXT x", "1 owner 'example.com.' is outside the domain" },
		{ ". TXT x", "1 owner '.' is outside the domain" },
		{ "a TXT x\nb. TXT {name}\nc TXT x", "2 owner 'b.' is outside the domain" },
	};
	ASSERT_REFUSED(cases);
	read_text("$ORIGIN example.net.\na TXT x\n@ TXT x\n");
	assert_findings("2 owner 'a.example.net.' is outside the domain\n"
	                "3 owner 'example.net.' is outside the domain\n");
}

static void a_class_other_than_in_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "a CH TXT x",        "1 " },
		{ "a 5 HS TXT {name}", "1 " },
		{ "a CLASS3 TXT x",    "1 " },
		{ "a ANY TXT x",       "1 " },
	};
	ASSERT_REFUSED(cases);
}

static void the_domain_as_part_of_a_label_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "a MX 10 x{domain}.",             "1 {domain} cannot be part of a label" },
		{ "a CNAME {domain}x",              "1 {domain} cannot be part of a label" },
		{ "a CNAME {name}{domain}.x.",      "1 {domain} cannot be part of a label" },
		{ "a CNAME {domain}{domain}.",      "1 {domain} cannot be part of a label" },
		{ "a HTTPS 1 x-{domain}.x.",        "1 {domain} cannot be part of a label" },
		{ "a SRV 1 1 1 (\nx-{domain} )",    "2 {domain} cannot be part of a label" },
	};
	ASSERT_REFUSED(cases);
}

static void an_address_where_a_host_name_belongs_is_an_error(void **state)
{
	static const case_t cases[] = {
		{ "a MX 10 192.0.2.1",                  "1 IP address" },
		{ "a MX 10 192.0.2.1.",                 "1 IP address" },
		{ "a CNAME 192.0.2.1",                  "1 IP address" },
		{ "a CNAME 192.0.2.1.",                 "1 IP address" },
		{ "@ NS 192.0.2.1",                     "1 IP address" },
		{ "@ NS 192.0.2.1.",                    "1 IP address" },
		{ "a SRV 1 1 1 192.0.2.1",              "1 IP address" },
		{ "a SRV 1 1 1 192.0.2.1.",             "1 IP address" },
		{ "a HTTPS 1 192.0.2.1",                "1 IP address" },
		{ "@ SOA 192.0.2.1 h. 1 2 3 4 5",       "1 IP address" },
		{ "@ SOA a. 192.0.2.1. 1 2 3 (\n4 5 )", "2 IP address" },
		{ "a NAPTR 1 1 a a a 192.0.2.1.",       "1 IP address" },
	};
	ASSERT_REFUSED(cases);
}

static void an_opaque_name_cannot_be_relative(void **state)
{
	static const case_t cases[] = {
		{ "a IPSECKEY 10 3 2 x AQ==", "1 relative name not allowed" },
	};
	ASSERT_REFUSED(cases);
	assert_records("a 5 IPSECKEY 10 3 2 x. AQ==\n", "1 a 5 IPSECKEY 10 3 2 x. AQ==\n");
}

static void an_unclosed_parenthesis_is_an_error(void **state)
{
	static const char *const texts[] = {
		"a TXT (", "a TXT ( x", "a TXT ( x\n", "a TXT ( x\ny\nz\n",
		"b TXT x\na TXT ( {name}\n", "a TXT ( ; )\n", "a TXT ( \")\"\n",
		"a TXT ( \\)\n", "(", "a TXT ( \"x", "a TXT ( \"x\ny",
	};
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		read_text(texts[i]);
		assert_int_equal(run.ret, KNOT_EPARSEFAIL);
		assert_int_equal(run.errors, 1);
		assert_true(run.calls <= 1);
	}
}

static void binary_junk_is_refused(void **state)
{
	static uint8_t junk[65536];
	for (int fill = 0; fill < 256; fill++) {
		if (fill == '\n' || fill == '\t' || fill == ' ' || fill == ';') {
			continue; // Nothing but white space or a comment.
		}
		memset(junk, fill, sizeof(junk));
		read_bytes(junk, sizeof(junk));
		assert_int_equal(run.ret, KNOT_EPARSEFAIL);
		assert_true(run.errors > 0 && run.calls == 0);
	}
	for (size_t i = 0; i < sizeof(junk); i++) {
		junk[i] = i + i / 256;
	}
	read_bytes(junk, sizeof(junk));
	assert_int_equal(run.ret, KNOT_EPARSEFAIL);
	assert_true(run.errors > 0);
}

/*! \brief Whatever the text is, the result tells whether there was an error. */
static bool is_consistent(void)
{
	return (run.ret == KNOT_EOK && run.errors == 0) ||
	       (run.ret == KNOT_EPARSEFAIL && run.errors > 0);
}

static void a_text_may_end_anywhere(void **state)
{
	static const char text[] =
		"$TTL 5\n@ SOA n{domain}.x. h (\n1 2 ; {\n3 4 5 )\n"
		"\\{ TXT ( \"{name};\\\"(\n\" \\\\{b} )\n"
		"a MX 10 {name}.{domain}.{domain:-}. ; x\n\n{x} A {y}\n"
		"b NAPTR 1 1 \"{a}\" \"\" \"\" {b}\nc HTTPS 1 . alpn={x}\n$ORIGIN x.\nd TXT {\n";
	for (size_t len = 0; len < sizeof(text); len++) {
		read_bytes(text, len);
		if (!is_consistent()) {
			print_error("%d, %zu errors after %zu bytes\n", run.ret, run.errors, len);
		}
		assert_true(is_consistent());
	}
}

static void no_mixture_of_special_characters_confuses_the_reader(void **state)
{
	static const char *const words[] = {
		"a ", "@ ", "TXT ", "MX 1 ", "A ", "x", "{", "}", "{name}", "{domain}",
		"{domain:-}", "(", ")", "\"", ";", "\\", "\\{", "\\1", "\n", "\n", "\n",
		" ", "\t", ".", "$TTL ", "$ORIGIN ", "\r", "\001", "\\001aa", "192.0.2.1", "\377",
	};
	const unsigned seed = 20261121;
	uint32_t random = seed;
	for (int round = 0; round < 2000; round++) {
		char text[1024] = "";
		for (int i = 0; i < 40; i++) {
			random = random * 1664525 + 1013904223;
			size_t word = (random >> 16) % (sizeof(words) / sizeof(words[0]));
			strcat(text, words[word]);
		}
		read_text(text);
		if (!is_consistent()) {
			print_error("seed %u, round %d:\n%s\n", seed, round, text);
		}
		assert_true(is_consistent());
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_syntax_error_has_its_line),
		cmocka_unit_test(a_malformed_variable_has_its_line),
		cmocka_unit_test(a_malformed_variable_in_a_string_of_two_lines_has_its_line),
		cmocka_unit_test(the_end_of_the_file_ends_a_variable),
		cmocka_unit_test(a_very_long_malformed_variable_is_cut_in_the_reason),
		cmocka_unit_test(a_variable_in_an_owner_is_an_error),
		cmocka_unit_test(a_variable_cannot_be_a_number_or_an_address),
		cmocka_unit_test(a_variable_cannot_be_in_a_directive),
		cmocka_unit_test(a_variable_in_an_include_is_an_error_of_its_line),
		cmocka_unit_test(an_owner_outside_the_domain_is_an_error),
		cmocka_unit_test(a_class_other_than_in_is_an_error),
		cmocka_unit_test(the_domain_as_part_of_a_label_is_an_error),
		cmocka_unit_test(an_address_where_a_host_name_belongs_is_an_error),
		cmocka_unit_test(an_opaque_name_cannot_be_relative),
		cmocka_unit_test(an_unclosed_parenthesis_is_an_error),
		cmocka_unit_test(binary_junk_is_refused),
		cmocka_unit_test(a_text_may_end_anywhere),
		cmocka_unit_test(no_mixture_of_special_characters_confuses_the_reader),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
