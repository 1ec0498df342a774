/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>

#include "locate.h"
#include "test.h"

static hm_error_t error;

/*! \brief Lines of one domain in a text: "1 3 ". */
static void assert_lines(const char *data, size_t len, const char *name, const char *want)
{
	hm_located_t located = { .name = dname(name) };
	assert_int_equal(hm_locate(write_file("hosted", data, len), &located, 1, &error), KNOT_EOK);
	char got[256] = "";
	for (size_t i = 0; i < located.lines_count; i++) {
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%" PRIu64 " ",
		         located.lines[i]);
	}
	assert_string_equal(got, want);
	hm_locate_clear(&located, 1);
}

static void lines_are_found_however_they_write_the_name(void **state)
{
#define LINES "example.com\nEXAMPLE.com. first\n# example.com\n \texample.com - a=b\r\n" \
              "\nexample.com#\nxexample.com\nx.example.com\ncom\n\\097xample.com\n" \
              "e\\xample.com\t#x\nexample.com"
	assert_lines(LINES, strlen(LINES), "example.com.", "1 2 4 11 12 ");
	assert_lines(LINES, strlen(LINES), "axample.com.", "10 ");
	assert_lines(LINES, strlen(LINES), "x.example.com.", "8 ");
	assert_lines(LINES, strlen(LINES), "com.", "9 ");
	assert_lines(LINES, strlen(LINES), "example.net.", "");
	assert_lines("", 0, "example.net.", "");
}

static void a_byte_order_mark_is_no_part_of_a_name(void **state)
{
	static const char text[] = "\xef\xbb\xbf" "a.test\n\xef\xbb\xbf" "a.test\n";
	assert_lines(text, strlen(text), "a.test.", "1 ");
}

static void odd_bytes_do_no_harm(void **state)
{
	static const char text[] = "a.test\0\na.\0test\n\0\na..test\n.\n\\\n\\9\na.test\\\n"
	                           "a.test\n";
	assert_lines(text, sizeof(text) - 1, "a.test.", "9 ");
}

static void names_at_their_limits_are_found(void **state)
{
	char text[1024], label[64];
	memset(label, 'a', 63);
	label[63] = '\0';
	snprintf(text, sizeof(text), "%s.%s.%s.%.61s\nx%s.test\n%s.%s.%s.%s\n%s.test\n", label,
	         label, label, label, label, label, label, label, label, label);
	char name[300];
	snprintf(name, sizeof(name), "%s.%s.%s.%.61s.", label, label, label, label);
	assert_lines(text, strlen(text), name, "1 ");
	snprintf(name, sizeof(name), "%s.test.", label);
	assert_lines(text, strlen(text), name, "4 ");
}

static void several_names_are_found_in_one_go(void **state)
{
	text_t text = { 0 };
	hm_located_t located[3000] = { { .name = NULL } };
	knot_dname_t *names[3000];
	for (unsigned i = 0; i < 9000; i++) {
		text_add(&text, "n%u.test\n", i);
		if (i % 3 == 0) {
			char name[32];
			snprintf(name, sizeof(name), "n%u.test.", i);
			names[i / 3] = knot_dname_from_str_alloc(name);
			located[i / 3].name = names[i / 3];
		}
	}
	const char *file = write_file("hosted", text.data, text.len);
	assert_int_equal(hm_locate(file, located, 3000, &error), KNOT_EOK);
	for (unsigned i = 0; i < 3000; i++) {
		assert_int_equal(located[i].lines_count, 1);
		assert_int_equal(located[i].lines[0], 3 * i + 1);
		knot_dname_free(names[i], NULL);
	}
	hm_locate_clear(located, 3000);
	free(text.data);
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	hm_located_t located = { .name = dname("a.") };
	assert_int_equal(hm_locate(path_of("nothere"), &located, 1, &error), KNOT_EFILE);
	assert_non_null(strstr(error.text, "nothere: cannot be read (No such file or directory)"));
	assert_int_equal(hm_locate(path_of("."), &located, 1, &error), KNOT_EFILE);
	assert_non_null(strstr(error.text, "not a regular file"));
}

static void memory_that_runs_out_is_an_error(void **state)
{
	const char *file = write_text("hosted", "a.test\nb.test\na.test\n");
	int ret = KNOT_ENOMEM;
	for (unsigned count = 0; ret != KNOT_EOK; count++) {
		hm_located_t located = { .name = dname("a.test.") };
		alloc_countdown = count;
		ret = hm_locate(file, &located, 1, &error);
		alloc_countdown = -1;
		hm_locate_clear(&located, 1);
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_found_however_they_write_the_name),
		cmocka_unit_test(a_byte_order_mark_is_no_part_of_a_name),
		cmocka_unit_test(odd_bytes_do_no_harm),
		cmocka_unit_test(names_at_their_limits_are_found),
		cmocka_unit_test(several_names_are_found_in_one_go),
		cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
