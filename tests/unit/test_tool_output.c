/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "output.h"
#include "test.h"

/*! \brief What was printed since printing began. */
static char *printed;
static size_t printed_len;

static hm_out_t start(bool color)
{
	return (hm_out_t){ .file = open_memstream(&printed, &printed_len), .color = color };
}

static void assert_printed(const hm_out_t *out, const char *want)
{
	fclose(out->file);
	assert_string_equal(printed, want);
	free(printed);
}

/*! \brief Print a table of two columns, the second one of numbers. */
static void print_table(const hm_out_t *out, const char *const rows[][2], size_t count)
{
	hm_table_t table = {
		.columns = { { .title = "NAME" }, { .title = "COUNT", .right = true },
		             { .title = "WHAT" } },
		.count = 3,
	};
	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1) {
			hm_table_head(&table, out);
		}
		for (size_t i = 0; i < count; i++) {
			const char *const cells[] = { rows[i][0], rows[i][1], "x" };
			(pass == 0) ? hm_table_fit(&table, cells) :
			              hm_table_row(&table, out, cells);
		}
	}
}

static void columns_are_as_wide_as_their_widest_cell(void **state)
{
	hm_out_t out = start(false);
	static const char *const rows[][2] = { { "a", "1" }, { "longer", "1234567" } };
	print_table(&out, rows, 2);
	assert_printed(&out, "NAME      COUNT  WHAT\n"
	                     "a             1  x\n"
	                     "longer  1234567  x\n");
}

static void a_title_is_a_cell_too(void **state)
{
	hm_out_t out = start(false);
	static const char *const rows[][2] = { { "a", "1" } };
	print_table(&out, rows, 1);
	assert_printed(&out, "NAME  COUNT  WHAT\n"
	                     "a         1  x\n");
}

static void a_very_wide_cell_moves_its_own_row_only(void **state)
{
	hm_out_t out = start(false);
	char wide[61];
	memset(wide, 'w', 60);
	wide[60] = '\0';
	const char *const rows[][2] = { { wide, "1" }, { "a", "2" } };
	print_table(&out, rows, 2);
	char want[512];
	snprintf(want, sizeof(want), "NAME%46sCOUNT  WHAT\n%s      1  x\na%49s    2  x\n", "", wide,
	         "");
	assert_printed(&out, want);
}

static void there_is_no_space_at_the_end_of_a_line(void **state)
{
	hm_out_t out = start(false);
	hm_table_t table = {
		.columns = { { .title = "A" }, { .title = "B", .right = true }, { .title = "C" } },
		.count = 3,
	};
	static const char *const rows[][3] = {
		{ "1", "22", "333" }, { "", "2", "" }, { "1", "", "" }, { "", "", "3" },
		{ "", "", "" },
	};
	for (int i = 0; i < 5; i++) {
		hm_table_fit(&table, rows[i]);
	}
	for (int i = 0; i < 5; i++) {
		hm_table_row(&table, &out, rows[i]);
	}
	assert_printed(&out, "1  22  333\n    2\n1\n       3\n\n");
}

static void colour_is_around_the_words_only(void **state)
{
	hm_out_t out = start(true);
	hm_out_print(&out, HM_STYLE_GOOD, "%s", "good");
	hm_out_print(&out, HM_STYLE_PLAIN, " %d", 1);
	static const char *const rows[][2] = { { "a", "1" } };
	fputc('\n', out.file);
	print_table(&out, rows, 1);
	assert_printed(&out, "\033[32mgood\033[0m 1\n"
	                     "\033[1mNAME\033[0m  \033[1mCOUNT\033[0m  \033[1mWHAT\033[0m\n"
	                     "a         1  x\n");
}

static void findings_look_like_those_of_a_compiler(void **state)
{
	hm_out_t out = start(false);
	hm_out_finding(&out, HM_ERROR, "file", 12, "it is wrong");
	hm_out_finding(&out, HM_WARNING, "file", 0, "it is odd");
	assert_printed(&out, "file:12: error: it is wrong\nfile: warning: it is odd\n");
	out = start(true);
	hm_out_finding(&out, HM_ERROR, "file", 12, "it is wrong");
	assert_printed(&out, "\033[1mfile:12: \033[0m\033[31merror: \033[0mit is wrong\n");
}

static void a_file_is_no_terminal(void **state)
{
	FILE *file = fopen(write_text("out", ""), "w");
	unsetenv("NO_COLOR");
	assert_false(hm_out_to(file, HM_COLOR_AUTO).color);
	assert_true(hm_out_to(file, HM_COLOR_ALWAYS).color);
	assert_false(hm_out_to(file, HM_COLOR_NEVER).color);
	fclose(file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_their_widest_cell),
		cmocka_unit_test(a_title_is_a_cell_too),
		cmocka_unit_test(a_very_wide_cell_moves_its_own_row_only),
		cmocka_unit_test(there_is_no_space_at_the_end_of_a_line),
		cmocka_unit_test(colour_is_around_the_words_only),
		cmocka_unit_test(findings_look_like_those_of_a_compiler),
		cmocka_unit_test(a_file_is_no_terminal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
