/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hosted_file_common.h"

static void a_domain_alone_has_the_default_profile(void **state)
{
	hm_hosted_file_t *hosted = load_text("example.com\n");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(hosted), 1);
	assert_found(hosted, "example.com.", "example.com.", 0);
	assert_no_value(hosted, "example.com.", "a");
	hm_hosted_file_free(hosted);
}

static void a_profile_is_chosen_by_its_name(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.test first\nb.test second\nc.test third\n");
	assert_report("");
	assert_found(hosted, "a.test.", "a.test.", 0);
	assert_found(hosted, "b.test.", "b.test.", 1);
	assert_found(hosted, "c.test.", "c.test.", 2);
	hm_hosted_file_free(hosted);
}

static void a_dash_is_the_default_profile(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.test -\nb.test - x=1\n");
	assert_report("");
	assert_found(hosted, "a.test.", "a.test.", 0);
	assert_found(hosted, "b.test.", "b.test.", 0);
	assert_value(hosted, "b.test.", "x", "1", 1);
	hm_hosted_file_free(hosted);
}

static void comments_and_blank_lines_are_passed_over(void **state)
{
	hm_hosted_file_t *hosted = load_text("# no.test\n\n \t \n   # no.test second\n#\n##\n"
	                                     "a.test # no.test\nb.test second # third x=1\n"
	                                     "c.test third x=1 # y=2\n#d.test\n");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(hosted), 3);
	assert_found(hosted, "a.test.", "a.test.", 0);
	assert_found(hosted, "b.test.", "b.test.", 1);
	assert_no_value(hosted, "b.test.", "x");
	assert_value(hosted, "c.test.", "x", "1", 1);
	assert_no_value(hosted, "c.test.", "y");
	assert_missing(hosted, "no.test.");
	hm_hosted_file_free(hosted);
}

static void a_comment_may_hold_any_byte(void **state)
{
	static const char text[] = "a.test # \xff\xc3\xa9 \0 \x01 \x7f \r #\n#\0\xff\nb.test\n";
	hm_hosted_file_t *hosted = load_bytes(text, sizeof(text) - 1);
	assert_report("");
	assert_int_equal(hm_hosted_file_count(hosted), 2);
	hm_hosted_file_free(hosted);
}

static void a_hash_inside_of_a_word_is_no_comment(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.test - x=1#2\nb.test#second\nc.test second# x\n");
	assert_value(hosted, "a.test.", "x", "1#2", 3);
	assert_int_equal(hm_hosted_file_count(hosted), 1);
	assert_reported("error 2 ");
	assert_reported("comment");
	assert_reported("error 3 unknown profile: 'second#'");
	hm_hosted_file_free(hosted);
}

static void spaces_and_tabs_separate_words(void **state)
{
	hm_hosted_file_t *hosted = load_text("  \ta.test \t second\t\tx=1  y=2\t \n"
	                                     "b.test\tthird\n");
	assert_report("");
	assert_found(hosted, "a.test.", "a.test.", 1);
	assert_value(hosted, "a.test.", "x", "1", 1);
	assert_value(hosted, "a.test.", "y", "2", 1);
	assert_found(hosted, "b.test.", "b.test.", 2);
	hm_hosted_file_free(hosted);
}

static void case_and_a_final_dot_do_not_matter(void **state)
{
	hm_hosted_file_t *hosted = load_text("EXAMPLE.Com\nb.test.\nC.TEST. second\n"
	                                     "\\065\\B.test.\n");
	assert_report("");
	assert_found(hosted, "example.com.", "example.com.", 0);
	assert_found(hosted, "b.test.", "b.test.", 0);
	assert_found(hosted, "c.test.", "c.test.", 1);
	assert_found(hosted, "ab.test.", "ab.test.", 0);
	hm_hosted_file_free(hosted);
}

static void profiles_and_variables_keep_their_case(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.test - Brand=Ex brand=ex\nb.test Second\n");
	assert_value(hosted, "a.test.", "Brand", "Ex", 2);
	assert_value(hosted, "a.test.", "brand", "ex", 2);
	assert_report("error 2 unknown profile: 'Second'\n");
	hm_hosted_file_free(hosted);
}

static void escapes_work_in_names(void **state)
{
	hm_hosted_file_t *hosted = load_text("a\\046b.test\nc\\.d.test second\ne\\032f.test\n"
	                                     "\\000\\255.test third\n\\#g.test\n\\104\\105.test\n");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(hosted), 6);
	assert_domain(hosted, (const uint8_t *)"\3a.b\4test", (const uint8_t *)"\3a.b\4test", 0);
	assert_domain(hosted, (const uint8_t *)"\3c.d\4test", (const uint8_t *)"\3c.d\4test", 1);
	assert_domain(hosted, (const uint8_t *)"\3e f\4test", (const uint8_t *)"\3e f\4test", 0);
	assert_domain(hosted, (const uint8_t *)"\2\0\xff\4test",
	              (const uint8_t *)"\2\0\xff\4test", 2);
	assert_domain(hosted, (const uint8_t *)"\2#g\4test", (const uint8_t *)"\2#g\4test", 0);
	assert_found(hosted, "hi.test.", "hi.test.", 0);
	assert_missing(hosted, "a.b.test.");
	assert_missing(hosted, "b.test.");
	assert_missing(hosted, "d.test.");
	hm_hosted_file_free(hosted);
}

static void an_escaped_name_is_the_same_name(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.test\n\\a.test second\n\\065.te\\115t third\n");
	assert_int_equal(hm_hosted_file_count(hosted), 1);
	assert_found(hosted, "a.test.", "a.test.", 2);
	assert_int_equal(given.report.warnings, 2);
	hm_hosted_file_free(hosted);
}

static void crlf_is_fine(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.test\r\n\r\n# comment\r\nb.test second\r\n"
	                                     "c.test - x=1\r\nd.test \r\n");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(hosted), 4);
	assert_found(hosted, "b.test.", "b.test.", 1);
	assert_value(hosted, "c.test.", "x", "1", 1);
	hm_hosted_file_free(hosted);
}

static void a_missing_last_newline_is_fine(void **state)
{
	static const char *const ends[] = {
		"", "\r", " ", "\t", " # comment", " second", " second\r", " - x=1", " - x=1\r",
	};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char text[64];
		snprintf(text, sizeof(text), "a.test\nb.test%s", ends[i]);
		hm_hosted_file_t *hosted = load_text(text);
		assert_report("");
		assert_int_equal(hm_hosted_file_count(hosted), 2);
		assert_found(hosted, "b.test.", "b.test.", strstr(ends[i], "second") != NULL);
		hm_hosted_file_free(hosted);
	}
}

static void values_are_printable_with_escapes_for_the_rest(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.test - s=a\\032b z=\\000\\255 b=\\\\ q=\\\"\\; e= "
	                                     "eq=a=b=c d=\\0651 all=!~{}'\n");
	assert_report("");
	assert_value(hosted, "a.test.", "s", "a b", 3);
	assert_value(hosted, "a.test.", "z", "\0\xff", 2);
	assert_value(hosted, "a.test.", "b", "\\", 1);
	assert_value(hosted, "a.test.", "q", "\";", 2);
	assert_value(hosted, "a.test.", "e", "", 0);
	assert_value(hosted, "a.test.", "eq", "a=b=c", 5);
	assert_value(hosted, "a.test.", "d", "A1", 2);
	assert_value(hosted, "a.test.", "all", "!~{}'", 5);
	assert_no_value(hosted, "a.test.", "al");
	assert_no_value(hosted, "a.test.", "alll");
	hm_hosted_file_free(hosted);
}

// clang-format off
static const struct {
	const char *line;
	size_t len;          /*!< Of a line with NUL bytes. */
	const char *reason;
} bad_lines[] = {
	{ "bad..test",                    0, "not a domain name" },
	{ ".bad.test",                    0, "not a domain name" },
	{ "bad.test..",                   0, "not a domain name" },
	{ "..",                           0, "not a domain name" },
	{ "bad\\256.test",                0, "not a domain name" },
	{ "bad\\25",                      0, "not a domain name" },
	{ "bad\\0x1.test",                0, "not a domain name" },
	{ "bad.test\\",                   0, "not a domain name" },
	{ "a234567890123456789012345678901234567890123456789012345678901234.test",
	                                  0, "not a domain name" },
	{ ".",                            0, "root" },
	{ ". second",                     0, "root" },
	{ "bad.test fourth",              0, "unknown profile" },
	{ "bad.test SECOND",              0, "unknown profile" },
	{ "bad.test secon",               0, "unknown profile" },
	{ "bad.test secondd",             0, "unknown profile" },
	{ "bad.test x=1",                 0, "no profile before the variables" },
	{ "bad.test --",                  0, "unknown profile" },
	{ "bad.test none",                0, "hosted zone" },
	{ "bad.test - x",                 0, "name=value" },
	{ "bad.test - =1",                0, "name=value" },
	{ "bad.test - a.b=1",             0, "name=value" },
	{ "bad.test - x=1 second",        0, "name=value" },
	{ "bad.test - domain=1",          0, "reserved" },
	{ "bad.test - x=1 x=2",           0, "twice" },
	{ "bad.test - x=1 x=1",           0, "twice" },
	{ "bad.test - x=\\",              0, "escape" },
	{ "bad.test - x=\\25",            0, "three digits" },
	{ "bad.test - x=\\256",           0, "255" },
	{ "bad.test - x=1 y",             0, "name=value" },
	{ "b\xc3\xa4" "d.test",           0, "not ASCII" },
	{ "bad.test - x=\xff",            0, "not ASCII" },
	{ "bad.test \x80",                0, "not ASCII" },
	{ "\xef\xbb\xbf" "bad.test",      0, "not ASCII" },
	{ "bad\x7f.test",                 0, "not printable" },
	{ "bad.test - x=\x01",            0, "not printable" },
	{ "bad.test\vsecond",             0, "not printable" },
	{ "bad.test\fsecond",             0, "not printable" },
	{ "bad\rtest",                    0, "not printable" },
	{ "bad.test\r\r",                 0, "not printable" },
	{ "\0",                           1, "not printable" },
	{ "\0bad.test",                   9, "not printable" },
	{ "bad.test\0",                   9, "not printable" },
	{ "bad\0.test",                   9, "not printable" },
	{ "bad.test - x=\0",             14, "not printable" },
	{ "bad.test\0# comment",         18, "not printable" },
	{ "# x\n\0",                      5, "not printable" },
};
// clang-format on

#define BAD_LINES (sizeof(bad_lines) / sizeof(bad_lines[0]))

static void bad_lines_are_left_out_with_line_and_reason(void **state)
{
	for (size_t i = 0; i < BAD_LINES; i++) {
		const char *line = bad_lines[i].line;
		size_t len = (bad_lines[i].len > 0) ? bad_lines[i].len : strlen(line);
		char text[512] = "before.test second\nbad.example\n";
		size_t pos = strlen(text);
		memcpy(text + pos, line, len);
		strcpy(text + pos + len, "\nafter.test third x=1\n");

		hm_hosted_file_t *hosted = load_bytes(text, pos + len + strlen(text + pos + len));

		// A newline in the table puts it a line further down.
		const char *number = (memchr(line, '\n', len) == NULL) ? "error 3 " : "error 4 ";
		assert_int_equal(given.report.errors, 1);
		assert_int_equal(given.report.warnings, 0);
		assert_memory_equal(given.report.text, number, strlen(number));
		assert_reported(bad_lines[i].reason);
		assert_int_equal(hm_hosted_file_count(hosted), 3);
		assert_found(hosted, "before.test.", "before.test.", 1);
		assert_found(hosted, "bad.example.", "bad.example.", 0);
		assert_found(hosted, "after.test.", "after.test.", 2);
		assert_missing(hosted, "bad.test.");
		hm_hosted_file_free(hosted);
	}
}

static void a_thousand_bad_lines_do_not_take_the_good_ones_down(void **state)
{
	text_t text = { 0 };
	for (unsigned i = 0; i < 1000; i++) {
		const char *line = bad_lines[i % BAD_LINES].line;
		text_add(&text, "good%u.test %s\n", i, profiles[i % 3]);
		// The table's lines with NUL bytes end before them here, which can make them good.
		text_add(&text, "%s none\n", (bad_lines[i % BAD_LINES].len > 0) ? "x.test" : line);
	}
	hm_hosted_file_t *hosted = load_and_free(&text);
	assert_int_equal(given.report.errors, 1000);
	assert_int_equal(hm_hosted_file_count(hosted), 1000);
	for (unsigned i = 0; i < 1000; i++) {
		char name[32];
		snprintf(name, sizeof(name), "good%u.test.", i);
		assert_found(hosted, name, name, i % 3);
	}
	hm_hosted_file_free(hosted);
}

static void lines_are_counted_whatever_is_in_them(void **state)
{
	hm_hosted_file_t *hosted = load_text("\n# comment\r\n\r\na.test\nb.test zero\nc..test\n\n"
	                                     " \nd.test -x");
	assert_report("error 5 unknown profile: 'zero'\n"
	              "error 6 not a domain name: 'c..test'\n"
	              "error 9 unknown profile: '-x'\n");
	hm_hosted_file_free(hosted);
}

static void a_long_word_is_cut_in_the_report(void **state)
{
	text_t text = { 0 };
	text_add(&text, "a.test ");
	text_fill(&text, 'p', 5000);
	hm_hosted_file_t *hosted = load_and_free(&text);
	assert_int_equal(given.report.errors, 1);
	assert_true(between(strlen(given.report.text), 64, 120));
	hm_hosted_file_free(hosted);
}

static void a_top_level_name_is_refused(void **state)
{
	hm_hosted_file_t *hosted = load_text("com\nTEST. second\n\\100e third\n");
	assert_report("error 1 a top-level name cannot be hosted: 'com'\n"
	              "error 2 a top-level name cannot be hosted: 'TEST.'\n"
	              "error 3 a top-level name cannot be hosted: '\\100e'\n");
	assert_missing(hosted, "example.com.");
	assert_missing(hosted, "test.");
	hm_hosted_file_free(hosted);
}

static void the_last_line_wins(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.test second x=1 y=2\nb.test\nA.TEST. third x=3\n"
	                                     "b.test -\n");
	assert_report("warning 3 duplicate; the last line is used\n"
	              "warning 4 duplicate; the last line is used\n");
	assert_int_equal(hm_hosted_file_count(hosted), 2);
	assert_found(hosted, "a.test.", "a.test.", 2);
	assert_value(hosted, "a.test.", "x", "3", 1);
	assert_no_value(hosted, "a.test.", "y");
	assert_found(hosted, "b.test.", "b.test.", 0);
	hm_hosted_file_free(hosted);
}

static void the_last_of_many_lines_wins(void **state)
{
	text_t text = { 0 };
	for (unsigned i = 0; i < 1000; i++) {
		text_add(&text, "x.test %s n=%u\nx.test.\nx.test second\n", profiles[i % 3], i);
	}
	text_add(&text, "x.test third last=yes\n");
	hm_hosted_file_t *hosted = load_and_free(&text);
	assert_int_equal(given.report.warnings, 3000);
	assert_int_equal(hm_hosted_file_count(hosted), 1);
	assert_found(hosted, "x.test.", "x.test.", 2);
	assert_value(hosted, "x.test.", "last", "yes", 3);
	assert_no_value(hosted, "x.test.", "n");
	hm_hosted_file_free(hosted);
}

static void a_bad_line_does_not_take_an_earlier_one_down(void **state)
{
	given.profile_bad = 1;
	hm_hosted_file_t *hosted = load_text("a.test third x=1\na.test unknown\na.test - x\n"
	                                     "a.test second\n");
	assert_int_equal(given.report.errors, 3);
	assert_int_equal(given.report.warnings, 0);
	assert_int_equal(hm_hosted_file_count(hosted), 1);
	assert_found(hosted, "a.test.", "a.test.", 2);
	assert_value(hosted, "a.test.", "x", "1", 1);
	hm_hosted_file_free(hosted);
}

#define TEST(name) cmocka_unit_test_setup(name, hosted_file_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_domain_alone_has_the_default_profile),
		TEST(a_profile_is_chosen_by_its_name),
		TEST(a_dash_is_the_default_profile),
		TEST(comments_and_blank_lines_are_passed_over),
		TEST(a_comment_may_hold_any_byte),
		TEST(a_hash_inside_of_a_word_is_no_comment),
		TEST(spaces_and_tabs_separate_words),
		TEST(case_and_a_final_dot_do_not_matter),
		TEST(profiles_and_variables_keep_their_case),
		TEST(escapes_work_in_names),
		TEST(an_escaped_name_is_the_same_name),
		TEST(crlf_is_fine),
		TEST(a_missing_last_newline_is_fine),
		TEST(values_are_printable_with_escapes_for_the_rest),
		TEST(bad_lines_are_left_out_with_line_and_reason),
		TEST(a_thousand_bad_lines_do_not_take_the_good_ones_down),
		TEST(lines_are_counted_whatever_is_in_them),
		TEST(a_long_word_is_cut_in_the_report),
		TEST(a_top_level_name_is_refused),
		TEST(the_last_line_wins),
		TEST(the_last_of_many_lines_wins),
		TEST(a_bad_line_does_not_take_an_earlier_one_down),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
