/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "master_common.h"

static void records_come_in_the_order_of_the_file(void **state)
{
	assert_records("$TTL 60\n"
	               "@ SOA ns.example.net. h.example.net. 1 2 3 4 5\n"
	               "b 5 IN A 192.0.2.1\n"
	               "a IN 1h MX 10 mx\n"
	               "\tTXT \"one\" two\n"
	               "b TXT \"\"\n",
	               "2 @ 60 SOA ns.example.net. h.example.net. 1 2 3 4 5\n"
	               "3 b 5 A 192.0.2.1\n"
	               "4 a 3600 MX 10 mx.example.com.\n"
	               "5 a 60 TXT \"one\" \"two\"\n"
	               "6 b 60 TXT \"\"\n");
	assert_int_equal(run.calls, 5);
}

static void an_owner_is_relative_and_in_lowercase(void **state)
{
	assert_records("@ 5 TXT a\n"
	               "MX.Mail 5 TXT b\n"
	               "*.x 5 TXT c\n"
	               "_A.\\065\\b 5 TXT d\n",
	               "1 @ 5 TXT \"a\"\n"
	               "2 mx.mail 5 TXT \"b\"\n"
	               "3 *.x 5 TXT \"c\"\n"
	               "4 _a.ab 5 TXT \"d\"\n");
}

static void without_a_ttl_it_is_that_of_the_server(void **state)
{
	assert_records("a TXT a\n$TTL 7\nb TXT b\n", "1 a 3600 TXT \"a\"\n3 b 7 TXT \"b\"\n");
}

static void the_origin_is_the_domain_unless_the_file_sets_one(void **state)
{
	assert_records("@ 5 MX 10 @\n"
	               "$ORIGIN example.net.\n"
	               "\t5 MX 20 mx\n",
	               "1 @ 5 MX 10 example.com.\n"
	               "3 @ 5 MX 20 mx.example.net.\n");
}

static void variables_are_found_wherever_text_can_be(void **state)
{
	assert_records("a 5 MX 10 {name}.{domain}.{domain:-}.x{domain:--}x.\n"
	               "a 5 TXT {domain} \"{domain:-};{name}\" {domain:--}{name}\n"
	               "a 5 SRV 1 2 3 {name}\n"
	               "a 5 HTTPS 1 {name}.{domain}. port=53\n"
	               "a 5 CAA 0 issue \"ca.example; account={name}\"\n"
	               "a 5 URI 1 2 \"https://{domain}/{name}\"\n"
	               "a 5 HINFO {name} x{domain:-}y\n"
	               "a 5 NAPTR 1 2 \"u\" {name} \"!^.*$!{domain}!\" {name}.{domain}.\n"
	               "a 5 TXT x{other}y\n",
	               "1 a 5 MX 10 value.example.com.example-com.xexample--comx.\n"
	               "2 a 5 TXT \"example.com\" \"example-com;value\" \"example--comvalue\"\n"
	               "3 a 5 SRV 1 2 3 value.example.com.\n"
	               "4 a 5 HTTPS 1 value.example.com. port=53\n"
	               "5 a 5 CAA 0 issue \"ca.example; account=value\"\n"
	               "6 a 5 URI 1 2 \"https://example.com/value\"\n"
	               "7 a 5 HINFO \"value\" \"xexample-comy\"\n"
	               "8 a 5 NAPTR 1 2 \"u\" \"value\" \"!^.*$!example.com!\" "
	               "value.example.com.\n"
	               "9 a 5 TXT not exists\n");
}

static void an_escaped_brace_is_a_brace(void **state)
{
	assert_records("a 5 TXT \\{name} \"\\{name\" \\123name\\125 }\n"
	               "b 5 TXT \\\\{name}\n"
	               "c 5 TXT \\\\\\{name}\n",
	               "1 a 5 TXT \"{name}\" \"{name\" \"{name}\" \"}\"\n"
	               "2 b 5 TXT \"\\\\value\"\n"
	               "3 c 5 TXT \"\\\\{name}\"\n");

	read_text("\\{domain\\} 5 TXT x\n");
	assert_findings("");
	assert_int_equal(run.calls, 1);
}

static void a_comment_may_contain_anything(void **state)
{
	assert_records("; {name {\n"
	               "a 5 TXT b ; {bad \" ( \\\n"
	               ";\" {\n"
	               "a 5 TXT ( c ; ) {bad}{\n"
	               " {name} ) ; {\n"
	               "a 5 TXT d;{\n",
	               "2 a 5 TXT \"b\"\n"
	               "5 a 5 TXT \"c\" \"value\"\n"
	               "6 a 5 TXT \"d\"\n");
}

static void a_quoted_string_may_contain_what_ends_other_text(void **state)
{
	assert_records("a 5 TXT \"; {name} ( \" x ; {\n"
	               "a 5 TXT \"\\\"; {name}\" \") {name}\"\n"
	               "a 5 TXT a\\;{name} ; {\n"
	               "a 5 TXT ( \"(;\" {name}\n"
	               ")\n",
	               "1 a 5 TXT \"; value ( \" \"x\"\n"
	               "2 a 5 TXT \"\\\"; value\" \") value\"\n"
	               "3 a 5 TXT \"a;value\"\n"
	               "5 a 5 TXT \"(;\" \"value\"\n");
}

static void a_record_over_several_lines_has_its_last_line(void **state)
{
	assert_records("@ 5 SOA ns.x. h.x. ( ; {\n"
	               "  1 2 ; serial, refresh\n"
	               "\n"
	               "  3 4 5 )\n"
	               "a 5 TXT ( {name}\n"
	               "{domain}\n"
	               ")\n"
	               "b 5 TXT x\n",
	               "4 @ 5 SOA ns.x. h.x. 1 2 3 4 5\n"
	               "7 a 5 TXT \"value\" \"example.com\"\n"
	               "8 b 5 TXT \"x\"\n");
}

static void a_string_over_several_lines_counts_them(void **state)
{
	assert_records("a 5 TXT ( \"x\n"
	               "{name};\n"
	               "y\" {name} )\n"
	               "b 5 TXT {name}\n"
	               "c 5 TXT z\n",
	               "3 a 5 TXT \"x\\010value;\\010y\" \"value\"\n"
	               "4 b 5 TXT \"value\"\n"
	               "5 c 5 TXT \"z\"\n");
}

static void a_missing_last_newline_is_fine(void **state)
{
	assert_records("a 5 TXT {name}", "1 a 5 TXT \"value\"\n");
	assert_records("a 5 TXT x\nb 5 TXT \"y\" ; {", "1 a 5 TXT \"x\"\n2 b 5 TXT \"y\"\n");
	assert_records("a 5 TXT ( x\n)", "2 a 5 TXT \"x\"\n");
	assert_records("a 5 TXT \\{", "1 a 5 TXT \"{\"\n");
}

static void an_empty_file_has_no_records(void **state)
{
	assert_records("", "");
	assert_records("\n", "");
	assert_records("\n\n; {comment\n\n;", "");
	assert_records("$TTL 5\n", "");
}

static void a_line_that_ends_in_cr_is_refused(void **state)
{
	// As the server does with a zone file; the scanner goes no further.
	read_text("a 5 TXT x\nb 5 TXT {name}\r\nc 5 TXT y\r\n");
	assert_findings("2 CR");
	assert_string_equal(run.records, "1 a 5 TXT \"x\"\n");
}

static void the_name_of_a_variable_has_up_to_63_bytes(void **state)
{
	char text[128] = "a 5 TXT {";
	memset(text + strlen(text), 'v', HM_VAR_NAME_MAX);
	strcat(text, "}\n");
	assert_records(text, "1 a 5 TXT not exists\n");

	memset(text, 0, sizeof(text));
	strcpy(text, "a 5 TXT {");
	memset(text + strlen(text), 'v', HM_VAR_NAME_MAX + 1);
	strcat(text, "}\n");
	read_text(text);
	assert_findings("1 malformed variable '{vvvv");
}

static void there_are_up_to_1296_different_variables(void **state)
{
	static char text[64 * (HM_VARS_COUNT_MAX + 2)];
	// The first one is used again and again.
	size_t len = 0;
	for (int i = 1; i < HM_VARS_COUNT_MAX; i++) {
		len += snprintf(text + len, sizeof(text) - len, "%s{name}{v%d}",
		                (i == 1) ? "a 5 TXT " : (i % 40 == 0) ? " " : "", i);
	}
	strcat(text, "\n");
	read_text(text);
	assert_findings("");
	assert_string_equal(run.records, "1 a 5 TXT not exists\n");

	strcat(text, "b TXT {name}\n\nc TXT {v1296}\nd TXT {v1297} {v1}\n");
	read_text(text);
	assert_findings("4 more than 1296 different variables\n"
	                "5 more than 1296 different variables");
}

static void a_file_may_use_any_byte_but_one(void **state)
{
	// In a comment or written as an escape: none of them can be taken for a variable.
	char text[4096] = ";";
	size_t len = 1;
	for (int c = 1; c < 256; c++) {
		if (c == '\n' || c == '\r' || c == 200 || (c >= '0' && c <= '9')) {
			continue;
		}
		if (c % 2 == 0) {
			text[len++] = c;
		}
	}
	len += snprintf(text + len, sizeof(text) - len, "\na 5 TXT ");
	for (int c = 1; c < 256; c += 2) {
		len += snprintf(text + len, sizeof(text) - len, "\\%03d", c);
	}
	len += snprintf(text + len, sizeof(text) - len, "\nb 5 TXT x{name}y\n");
	read_bytes(text, len);
	assert_findings("");
	assert_non_null(strstr(run.records, "\n3 b 5 TXT \"xvaluey\"\n"));
	assert_non_null(strstr(run.records, "2 a 5 TXT \"\\001\\003\\005"));

	len += snprintf(text + len, sizeof(text) - len, "; \\200\n");
	read_bytes(text, len);
	assert_findings("0 no byte value left");
}

static void rdata_in_hexadecimal_is_taken_as_it_is(void **state)
{
	assert_records("a 5 TXT \\# 3 020102\n"
	               "b 5 TXT {name}\n"
	               "c 5 MX \\# 6 000a02616200\n"
	               "d 5 A \\# 4 01616101\n",
	               "1 a 5 TXT \"\\001\\002\"\n"
	               "2 b 5 TXT \"value\"\n"
	               "3 c 5 MX 10 ab.\n"
	               "4 d 5 A 1.97.97.1\n");
	// No byte of it is taken for the domain.
	assert_records("a 5 MX \\# 5 000a010100\n", "1 a 5 MX 10 \\001.\n");
}

static void the_receiver_of_records_can_stop_the_reader(void **state)
{
	write_text("inner.zone", "x 5 TXT a\ny 5 TXT b\nz A 192.0.2\n");
	static const char text[] = "a 5 TXT a\n$INCLUDE inner.zone\nb 5 TXT b\nc A 192.0.2\n";
	for (size_t stop_at = 1; stop_at <= 2; stop_at++) {
		run.stop_at = stop_at;
		run.stop_ret = KNOT_ENOMEM;
		read_text(text);
		assert_int_equal(run.ret, KNOT_ENOMEM);
		assert_int_equal(run.calls, stop_at);
		assert_string_equal(run.findings, "");
	}

	// Its result comes before that of errors.
	run.stop_at = 4;
	run.stop_ret = KNOT_ESPACE;
	read_text(text);
	run.stop_at = 0;
	assert_int_equal(run.ret, KNOT_ESPACE);
	assert_int_equal(run.calls, 4);
	assert_true(findings_are("inner.zone:3 "));
}

static void the_receiver_of_records_can_stop_the_reader_with_any_code(void **state)
{
	write_text("inner.zone", "x 5 TXT a\ny 5 TXT b\n");
	run.stop_at = 2;
	run.stop_ret = KNOT_EPARSEFAIL;
	read_text("a 5 TXT a\n$INCLUDE inner.zone\nb 5 TXT b\n");
	run.stop_at = 0;
	assert_int_equal(run.ret, KNOT_EPARSEFAIL);
	assert_int_equal(run.calls, 2);
}

static void cleared_variables_may_be_cleared_again(void **state)
{
	hm_vartab_t tab = { 0 };
	hm_vartab_clear(&tab);
	read_vars(write_text("main.zone", "a TXT {name}\n"), &tab);
	assert_int_equal(run.ret, KNOT_EOK);
	assert_int_equal(tab.count, 1);
	hm_vartab_clear(&tab);
	assert_null(tab.vars);
	assert_int_equal(tab.count, 0);
	hm_vartab_clear(&tab);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_in_the_order_of_the_file),
		cmocka_unit_test(an_owner_is_relative_and_in_lowercase),
		cmocka_unit_test(without_a_ttl_it_is_that_of_the_server),
		cmocka_unit_test(the_origin_is_the_domain_unless_the_file_sets_one),
		cmocka_unit_test(variables_are_found_wherever_text_can_be),
		cmocka_unit_test(an_escaped_brace_is_a_brace),
		cmocka_unit_test(a_comment_may_contain_anything),
		cmocka_unit_test(a_quoted_string_may_contain_what_ends_other_text),
		cmocka_unit_test(a_record_over_several_lines_has_its_last_line),
		cmocka_unit_test(a_string_over_several_lines_counts_them),
		cmocka_unit_test(a_missing_last_newline_is_fine),
		cmocka_unit_test(an_empty_file_has_no_records),
		cmocka_unit_test(a_line_that_ends_in_cr_is_refused),
		cmocka_unit_test(the_name_of_a_variable_has_up_to_63_bytes),
		cmocka_unit_test(there_are_up_to_1296_different_variables),
		cmocka_unit_test(a_file_may_use_any_byte_but_one),
		cmocka_unit_test(rdata_in_hexadecimal_is_taken_as_it_is),
		cmocka_unit_test(the_receiver_of_records_can_stop_the_reader),
		cmocka_unit_test(the_receiver_of_records_can_stop_the_reader_with_any_code),
		cmocka_unit_test(cleared_variables_may_be_cleared_again),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
