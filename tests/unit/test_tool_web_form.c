/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <sys/stat.h>

#include "logo.h"
#include "test.h"
#include "web_form.h"

static hm_rdata_reader_t *reader;

static int new_reader(void **state)
{
	reader = hm_rdata_reader_new();
	return (reader != NULL) ? 0 : -1;
}

static int free_reader(void **state)
{
	hm_rdata_reader_free(reader);
	return 0;
}

/*! \brief Expect "host priority value" of a record in example.com. */
static void assert_form(const char *owner, const char *type, const char *rdata, const char *want)
{
	const hm_text_record_t record = {
		.owner = (char *)owner, .type = (char *)type, .rdata = (char *)rdata, .ttl = 60,
	};
	json_t *form = hm_web_form(reader, &record, "example.com.");
	assert_non_null(form);
	char text[4096], priority[32] = "-";
	json_t *number = json_object_get(form, "priority");
	if (json_is_integer(number)) {
		snprintf(priority, sizeof(priority), "%d", (int)json_integer_value(number));
	}
	snprintf(text, sizeof(text), "%s %s %s", json_string_value(json_object_get(form, "host")),
	         priority, json_string_value(json_object_get(form, "value")));
	assert_string_equal(text, want);
	assert_string_equal(json_string_value(json_object_get(form, "owner")), owner);
	assert_string_equal(json_string_value(json_object_get(form, "type")), type);
	assert_string_equal(json_string_value(json_object_get(form, "rdata")), rdata);
	assert_int_equal(json_integer_value(json_object_get(form, "ttl")), 60);
	json_decref(form);
}

static void names_are_relative_to_the_zone(void **state)
{
	assert_form("example.com.", "A", "192.0.2.1", "@ - 192.0.2.1");
	assert_form("www.example.com.", "AAAA", "2001:db8::1", "www - 2001:db8::1");
	assert_form("*.a\\.b.example.com.", "A", "192.0.2.1", "*.a\\.b - 192.0.2.1");
}

static void host_names_have_no_final_dot(void **state)
{
	assert_form("a.example.com.", "CNAME", "b.example.net.", "a - b.example.net");
	assert_form("a.example.com.", "NS", "b.example.net.", "a - b.example.net");
	assert_form("a.example.com.", "CNAME", ".", "a - .");
}

static void a_priority_has_a_field_of_its_own(void **state)
{
	assert_form("example.com.", "MX", "10 mx.example.net.", "@ 10 mx.example.net");
	assert_form("example.com.", "MX", "0 .", "@ 0 .");
	assert_form("_a._tcp.example.com.", "SRV", "65535 1 465 a.example.net.",
	            "_a._tcp 65535 1 465 a.example.net");
	assert_form("_a._tcp.example.com.", "SRV", "0 0 0 .", "_a._tcp 0 0 0 .");
	assert_form("example.com.", "MX", "\\# 3 000000", "@ - \\# 3 000000");
	assert_form("example.com.", "CAA", "0 issue \"a.example\"", "@ - 0 issue \"a.example\"");
}

static void strings_are_joined_without_quotation_marks(void **state)
{
	assert_form("example.com.", "TXT", "\"v=DKIM1; \" \"p=abc\"", "@ - v=DKIM1; p=abc");
	assert_form("example.com.", "TXT", "\"a\\\"b\\\\c\"", "@ - a\"b\\c");
	assert_form("example.com.", "TXT", "\"\"", "@ - ");
	// What nobody can type stays as it is in a zone file.
	assert_form("example.com.", "TXT", "\"a\\000b\" \"c\"", "@ - \"a\\000b\" \"c\"");
	assert_form("example.com.", "TXT", "\"a\\255\"", "@ - \"a\\255\"");
}

/*! \brief Expect what a file is as a logo, or why it is none. */
static void assert_logo(const void *data, size_t len, const char *want)
{
	char *uri = NULL;
	hm_error_t error = { "" };
	const char *path = write_file("logo", data, len);
	int ret = hm_logo_read(path, &uri, &error);
	assert_true((ret == KNOT_EOK) == (uri != NULL));
	if (uri != NULL) {
		assert_string_equal(uri, want);
	} else {
		assert_memory_equal(error.text, path, strlen(path));
		assert_string_equal(error.text + strlen(path), want);
	}
	free(uri);
}

#define LOGO(data, want) assert_logo(data, sizeof(data) - 1, want)

static void a_logo_is_told_by_its_first_bytes(void **state)
{
	LOGO("\x89PNG\r\n\x1a\n", "data:image/png;base64,iVBORw0KGgo=");
	LOGO("\x89PNG\r\n\x1a\n\xff", "data:image/png;base64,iVBORw0KGgr/");
	LOGO("\xff\xd8\xff\xe0", "data:image/jpeg;base64,/9j/4A==");
	LOGO("<svg/>", ": is no PNG, JPEG or SVG");
	LOGO("<svg>", "data:image/svg+xml;base64,PHN2Zz4=");
	LOGO("\xef\xbb\xbf<?xml?>\n<!-- <a> -->\n<svg >",
	     "data:image/svg+xml;base64,77u/PD94bWw/Pgo8IS0tIDxhPiAtLT4KPHN2ZyA+");
	LOGO("<html><svg>", ": is no PNG, JPEG or SVG");
	LOGO("<!-- <svg>", ": is no PNG, JPEG or SVG");
	LOGO("GIF89a", ": is no PNG, JPEG or SVG");
	LOGO("", ": is no PNG, JPEG or SVG");
}

static void a_logo_has_a_largest_size(void **state)
{
	text_t text = { 0 };
	text_add(&text, "<svg>");
	text_fill(&text, ' ', HM_LOGO_MAX - text.len);
	char *uri = NULL;
	hm_error_t error;
	const char *path = write_file("logo", text.data, text.len);
	assert_int_equal(hm_logo_read(path, &uri, &error), KNOT_EOK);
	assert_int_equal(strlen(uri), strlen("data:image/svg+xml;base64,") +
	                 (HM_LOGO_MAX + 2) / 3 * 4);
	free(uri);
	text_fill(&text, ' ', 1);
	assert_logo(text.data, text.len, ": has more than 256 KiB");
	free(text.data);
}

static void a_logo_that_is_no_file_is_an_error(void **state)
{
	char *uri = NULL;
	hm_error_t error;
	assert_int_equal(hm_logo_read("/nothere", &uri, &error), KNOT_EFILE);
	assert_string_equal(error.text, "/nothere: cannot be read (No such file or directory)");
	assert_int_equal(hm_logo_read("/dev/null", &uri, &error), KNOT_EFILE);
	assert_string_equal(error.text, "/dev/null: not a regular file");
	assert_int_equal(hm_logo_read("/", &uri, &error), KNOT_EFILE);
	// One that nobody writes to is not waited for.
	const char *fifo = path_of("fifo");
	(void)unlink(fifo);
	assert_int_equal(mkfifo(fifo, 0600), 0);
	assert_int_equal(hm_logo_read(fifo, &uri, &error), KNOT_EFILE);
	unlink(fifo);
	assert_null(uri);
}

static void memory_that_runs_out_is_an_error(void **state)
{
	const char *path = write_text("logo", "<svg>");
	char *uri = NULL;
	hm_error_t error;
	int ret = KNOT_ENOMEM;
	unsigned count = 0;
	for (; ret != KNOT_EOK; count++) {
		alloc_countdown = count;
		ret = hm_logo_read(path, &uri, &error);
		alloc_countdown = -1;
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
	}
	assert_int_equal(count, 3);
	free(uri);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_relative_to_the_zone),
		cmocka_unit_test(host_names_have_no_final_dot),
		cmocka_unit_test(a_priority_has_a_field_of_its_own),
		cmocka_unit_test(strings_are_joined_without_quotation_marks),
		cmocka_unit_test(a_logo_is_told_by_its_first_bytes),
		cmocka_unit_test(a_logo_has_a_largest_size),
		cmocka_unit_test(a_logo_that_is_no_file_is_an_error),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, new_reader, free_reader);
}
