/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hosted_file_common.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define ADVICE "an internationalized name is written as its A-label"

/*! \brief Expect that a line among good ones is left out for a reason. */
static void assert_wrong(const char *line, const char *reason)
{
	char text[1024], want[1024];
	snprintf(text, sizeof(text), "before.test second\n%s\nafter.test third x=1\n", line);
	hm_hosted_file_t *hosted = load_text(text);
	snprintf(want, sizeof(want), "error 2 %s\n", reason);
	assert_report(want);
	assert_int_equal(hm_hosted_file_count(hosted), 2);
	assert_found(hosted, "before.test.", "before.test.", 1);
	assert_found(hosted, "after.test.", "after.test.", 2);
	hm_hosted_file_free(hosted);
}

// clang-format off
static const struct {
	const char *line;
	const char *reason;
} wrong_names[] = {
	// What people write who think of a table, a zone file, an address.
	{ "comma.example,", "fields are separated by spaces, not by commas: 'comma.example,'" },
	{ "d1.example,polarismail,2024-01-01",
	  "fields are separated by spaces, not by commas: 'd1.example,polarismail,2024-01-01'" },
	{ "d1.example, second", "fields are separated by spaces, not by commas: 'd1.example,'" },
	{ "\"d1.example\",\"second\"",
	  "fields are separated by spaces, not by commas: '\"d1.example\",\"second\"'" },
	{ "old.example;polarismail",
	  "fields are separated by spaces, not by semicolons: 'old.example;polarismail'" },
	{ "; a comment", "a comment starts with '#', not with ';': ';'" },
	{ ";old.example", "a comment starts with '#', not with ';': ';old.example'" },
	{ "old.example ; a comment", "a comment starts with '#', not with ';': ';'" },
	{ "old.example#comment", "a comment needs a space before its '#': 'old.example#comment'" },
	{ "http://url.example",
	  "a URL, not a domain name: 'http://url.example' (is the domain url.example?)" },
	{ "https://www.url.example/a,b;c@d second",
	  "a URL, not a domain name: 'https://www.url.example/a,b;c@d' "
	  "(is the domain www.url.example?)" },
	{ "http://url.example:80/",
	  "a URL, not a domain name: 'http://url.example:80/' (is the domain url.example?)" },
	{ "http://", "a URL, not a domain name: 'http://'" },
	{ "http://b\xc3\xbc" "cher.example", "a URL, not a domain name: 'http://b??cher.example'" },
	{ "postmaster@mail.example",
	  "an e-mail address, not a domain name: 'postmaster@mail.example' "
	  "(is the domain mail.example?)" },
	{ "a@b@mail.example", "an e-mail address, not a domain name: 'a@b@mail.example' "
	  "(is the domain mail.example?)" },
	{ "postmaster@", "an e-mail address, not a domain name: 'postmaster@'" },
	{ "@ second", "a host name has no '@'; write \\@ if it is meant: '@'" },
	{ "\"quoted.example\"", "a domain name needs no quotes: '\"quoted.example\"'" },
	{ "'quoted.example'", "a domain name needs no quotes: ''quoted.example''" },
	{ "*.wild.example", "a wildcard cannot be hosted; a hosted domain owns all names below it: "
	  "'*.wild.example' (is the domain wild.example?)" },
	{ "*", "a wildcard cannot be hosted; a hosted domain owns all names below it: '*'" },
	{ "w*.example", "a host name has no '*'; write \\* if it is meant: 'w*.example'" },
	{ "a.example:25", "a host name has no ':'; write \\: if it is meant: 'a.example:25'" },
	{ "a.example/mail",
	  "a host name has no '/'; write \\/ if it is meant: 'a.example/mail'" },
	{ "(a.example)", "a host name has no '('; write \\( if it is meant: '(a.example)'" },
	{ "$ORIGIN example.", "a host name has no '$'; write \\$ if it is meant: '$ORIGIN'" },
	{ "a+b.example", "a host name has no '+'; write \\+ if it is meant: 'a+b.example'" },
	{ "a=b", "a host name has no '='; write \\= if it is meant: 'a=b'" },
	// Addresses.
	{ "1.2.3.4", "an IP address, not a domain name: '1.2.3.4'" },
	{ "192.0.2.255. second", "an IP address, not a domain name: '192.0.2.255.'" },
	{ "\\049.2.3.4", "an IP address, not a domain name: '\\049.2.3.4'" },
	{ "192.0.2.0/24",
	  "a host name has no '/'; write \\/ if it is meant: '192.0.2.0/24'" },
	{ "2001:db8::1", "an IP address, not a domain name: '2001:db8::1'" },
	{ "::ffff:192.0.2.1", "an IP address, not a domain name: '::ffff:192.0.2.1'" },
	// Too few labels.
	{ "com", "a top-level name cannot be hosted: 'com'" },
	{ "com. second", "a top-level name cannot be hosted: 'com.'" },
	{ "7", "a top-level name cannot be hosted: '7'" },
	{ "\\099om", "a top-level name cannot be hosted: '\\099om'" },
	{ ".", "the root cannot be hosted: '.'" },
	// Other scripts and encodings.
	{ "b\xc3\xbc" "cher.Example second",
	  "not ASCII; " ADVICE ", for example xn--bcher-kva.example" },
	{ "B\xc3\x9c" "CHER.example", "not ASCII (U+00DC); " ADVICE ", xn--..." },
	{ "a.example\xc2\xa0second", "not ASCII (U+00A0); " ADVICE ", xn--..." },
	{ "\xc3\xbc..example", "not ASCII; " ADVICE ", xn--..." },
	{ "\\\xc3\xbc.example", "not ASCII; " ADVICE ", xn--..." },
	{ "b\\\xc3\xbc.example", "not ASCII; " ADVICE ", xn--..." },
	{ "a\\046\xc3\xbc.example", "not ASCII; " ADVICE ", xn--..." },
	{ "b\xfc" "cher.example", "neither ASCII nor UTF-8; " ADVICE ", xn--..." },
	{ "\xef\xbb\xbf" "a.example", "not ASCII (U+FEFF); " ADVICE ", xn--..." },
	{ "b\xc3\xbc" "cher.example,second",
	  "fields are separated by spaces, not by commas: 'b??cher.example,second'" },
	{ "a.example - x=\xc3\xbc", "not ASCII; in a value, write such a byte as \\DDD" },
	{ "a.example \xff", "not ASCII; in a value, write such a byte as \\DDD" },
	{ "b\xc3\xbc" "cher.example \x01", "not printable ASCII" },
};
// clang-format on

static void a_name_that_is_something_else_is_told_as_what_it_is(void **state)
{
	for (size_t i = 0; i < COUNT(wrong_names); i++) {
		assert_wrong(wrong_names[i].line, wrong_names[i].reason);
	}
}

static void whatever_is_escaped_belongs_to_the_name(void **state)
{
	hm_hosted_file_t *hosted = load_text("a\\,b.example\n\\*.example second\n"
	                                     "\\\"q\\\".example\na\\@b.example\n"
	                                     "a\\;b.example\nhttp\\:\\/\\/u.example\n"
	                                     "\\(\\).example\n\\195\\188.example third\n"
	                                     "a\\#b.example\nA_b-9.example\n"
	                                     "0\\/25.2.0.192.in-addr.arpa\n");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(hosted), 11);
	assert_domain(hosted, (const uint8_t *)"\3a,b\7example",
	              (const uint8_t *)"\3a,b\7example", 0);
	assert_domain(hosted, (const uint8_t *)"\1*\7example", (const uint8_t *)"\1*\7example", 1);
	assert_domain(hosted, (const uint8_t *)"\2\xc3\xbc\7example",
	              (const uint8_t *)"\2\xc3\xbc\7example", 2);
	assert_domain(hosted, (const uint8_t *)"\x08http://u\7example",
	              (const uint8_t *)"\x08http://u\7example", 0);
	hm_hosted_file_free(hosted);
}

static void every_character_but_letters_digits_dash_and_underscore_is_wrong(void **state)
{
	for (int c = 1; c < 256; c++) {
		char text[64];
		size_t len = snprintf(text, sizeof(text), "x%cx.example\n", c);
		bool good = (c == '-' || c == '_' || c == '.' || (c >= '0' && c <= '9') ||
		             (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '\\');
		// These end a word or a line.
		bool separates = (c == ' ' || c == '\t' || c == '\n');
		hm_hosted_file_t *hosted = load_bytes(text, len);
		if (!separates) {
			assert_int_equal(given.report.errors, !good);
			assert_int_equal(hm_hosted_file_count(hosted), good);
		} else {
			assert_missing(hosted, "xx.example.");
		}
		hm_hosted_file_free(hosted);
	}
}

static void names_that_only_look_like_addresses_are_hosted(void **state)
{
	hm_hosted_file_t *hosted = load_text("1.2.3.256\n1.2.3\n1.2.3.4.5\n1.2.3.4a\n1234.1.1.1\n"
	                                     "4.3.2.1.in-addr.arpa\n");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(hosted), 6);
	hm_hosted_file_free(hosted);
}

static void a_csv_file_hosts_nothing(void **state)
{
	text_t text = { 0 };
	text_add(&text, "domain,profile,since\n");
	for (unsigned i = 0; i < 900; i++) {
		text_add(&text, "d%u.example,polarismail,2024-01-01\n", i);
	}
	hm_hosted_file_t *hosted = load_and_free(&text);
	assert_int_equal(given.report.errors, 901);
	assert_int_equal(hm_hosted_file_count(hosted), 0);
	hm_hosted_file_free(hosted);
}

// Byte order marks

static void a_byte_order_mark_is_skipped(void **state)
{
	static const char *const rest[] = {
		"a.test\nb.test second\n", "# comment\na.test\nb.test second",
		"\na.test\r\nb.test second", "\r\n  a.test\nb.test second",
		"b.test second\r\na.test - \n", " \t\na.test \nb.test second",
	};
	for (size_t i = 0; i < COUNT(rest); i++) {
		char text[128];
		snprintf(text, sizeof(text), "\xef\xbb\xbf%s", rest[i]);
		hm_hosted_file_t *hosted = load_text(text);
		assert_report("");
		assert_int_equal(hm_hosted_file_count(hosted), 2);
		assert_found(hosted, "a.test.", "a.test.", 0);
		assert_found(hosted, "b.test.", "b.test.", 1);
		hm_hosted_file_free(hosted);
	}
	hm_hosted_file_t *hosted = load_text("\xef\xbb\xbf");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(hosted), 0);
	hm_hosted_file_free(hosted);
}

static void half_a_byte_order_mark_or_a_second_one_is_none(void **state)
{
	static const char *const starts[] = {
		"\xef\xbb", "\xef", "\xbb\xbf", "\xef\xbb\xbf\xef\xbb\xbf", "\n\xef\xbb\xbf",
	};
	for (size_t i = 0; i < COUNT(starts); i++) {
		char text[64];
		snprintf(text, sizeof(text), "%sa.test\nb.test", starts[i]);
		hm_hosted_file_t *hosted = load_text(text);
		assert_int_equal(given.report.errors, 1);
		assert_reported("ASCII");
		assert_int_equal(hm_hosted_file_count(hosted), 1);
		hm_hosted_file_free(hosted);
	}
}

static void a_file_in_utf_16_is_refused_as_a_whole(void **state)
{
	static const char little[] = "\xff\xfe" "a\0.\0t\0\n\0b\0.\0t\0\n";
	static const char big[] = "\xfe\xff" "\0a\0.\0t\0\n";
	static const struct {
		const char *data;
		size_t len;
	} cases[] = {
		{ little, sizeof(little) }, { little, 2 }, { big, sizeof(big) - 1 }, { big, 2 },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		hm_hosted_file_t *untouched = (hm_hosted_file_t *)&given;
		const char *file = write_file("hosted", cases[i].data, cases[i].len);
		assert_int_equal(load_hosted(file, &untouched), KNOT_EFILE);
		assert_ptr_equal(untouched, &given);
		assert_report("error 0 starts with the byte order mark of UTF-16; save it in ASCII "
		              "or UTF-8\n");
	}
}

#define TEST(name) cmocka_unit_test_setup(name, hosted_file_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_name_that_is_something_else_is_told_as_what_it_is),
		TEST(whatever_is_escaped_belongs_to_the_name),
		TEST(every_character_but_letters_digits_dash_and_underscore_is_wrong),
		TEST(names_that_only_look_like_addresses_are_hosted),
		TEST(a_csv_file_hosts_nothing),
		TEST(a_byte_order_mark_is_skipped),
		TEST(half_a_byte_order_mark_or_a_second_one_is_none),
		TEST(a_file_in_utf_16_is_refused_as_a_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
