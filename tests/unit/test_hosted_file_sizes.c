/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hosted_file_common.h"

#define MIB (1024 * 1024)

static void lines_as_long_as_allowed_are_read(void **state)
{
	static const struct {
		size_t len;
		bool good;
	} lines[] = {
		{ 65534, true }, { 65535, true }, { 65536, false }, { 65537, false },
		{ MIB - 1, false }, { MIB, false }, { MIB + 1, false },
		{ MIB + 65535, false }, { MIB + 65536, false }, { 3 * MIB + 17, false },
	};
	for (size_t i = 0; i < 2 * sizeof(lines) / sizeof(lines[0]); i++) {
		text_t text = { 0 };
		bool last = i % 2;
		size_t len = lines[i / 2].len;
		text_add(&text, "before.test\n");
		text_add(&text, "long.test");
		text_fill(&text, ' ', len - strlen("long.test") - strlen("second"));
		text_add(&text, "second");
		if (!last) {
			text_add(&text, "\nafter.test third\nbad.test x\n");
		}
		hm_hosted_file_t *hosted = load_and_free(&text);
		assert_found(hosted, "before.test.", "before.test.", 0);
		if (lines[i / 2].good) {
			assert_found(hosted, "long.test.", "long.test.", 1);
		} else {
			assert_missing(hosted, "long.test.");
			assert_reported("error 2 longer than 65535 bytes");
		}
		if (!last) {
			assert_found(hosted, "after.test.", "after.test.", 2);
			assert_reported("error 4 unknown profile");
		}
		assert_int_equal(given.report.errors, !lines[i / 2].good + !last);
		hm_hosted_file_free(hosted);
	}
}

static void a_long_comment_is_no_worse_than_a_long_line(void **state)
{
	text_t text = { 0 };
	text_add(&text, "a.test # ");
	text_fill(&text, '#', HM_HOSTED_FILE_LINE_MAX - text.len);
	text_add(&text, "\r\nb.test\n#");
	text_fill(&text, '#', 2 * MIB);
	text_add(&text, "\nc.test\n");
	hm_hosted_file_t *hosted = load_and_free(&text);
	assert_found(hosted, "b.test.", "b.test.", 0);
	assert_found(hosted, "c.test.", "c.test.", 0);
	hm_hosted_file_free(hosted);
}

/*! \brief Fill up with comments to a length, a newline at its end. */
static void fill(text_t *text, size_t len)
{
	static const char line[] = "# ----------------------------------------------\n";
	while (len - text->len >= 2 * (sizeof(line) - 1)) {
		text_add(text, "%s", line);
	}
	text_add(text, "#%*s\n", (int)(len - text->len - 2), "");
	assert_int_equal(text->len, len);
}

static void lines_across_a_chunk_boundary_are_whole(void **state)
{
	// The file is read by the MiB: a line ends at, or lies across, the first and the second.
	static const char line[] = "boundary.test second name=value\r\n";
	for (size_t chunk = 1; chunk <= 2; chunk++) {
		text_t text = { 0 };
		text_add(&text, "before.test third\n");
		fill(&text, chunk * MIB - 100);
		size_t start = text.len;
		for (size_t before = 0; before <= sizeof(line) + 2; before++) {
			text.len = start;
			fill(&text, chunk * MIB - before);
			text_add(&text, "%sbad.test x\nafter.test\n", line);
			hm_hosted_file_t *hosted = load_bytes(text.data, text.len);
			assert_int_equal(given.report.errors, 1);
			assert_int_equal(hm_hosted_file_count(hosted), 3);
			assert_found(hosted, "before.test.", "before.test.", 2);
			assert_found(hosted, "boundary.test.", "boundary.test.", 1);
			assert_value(hosted, "boundary.test.", "name", "value", 5);
			assert_found(hosted, "after.test.", "after.test.", 0);
			hm_hosted_file_free(hosted);
		}
		free(text.data);
	}
}

static void the_longest_lines_across_a_chunk_boundary_are_whole(void **state)
{
	static const size_t lens[] = { HM_HOSTED_FILE_LINE_MAX, HM_HOSTED_FILE_LINE_MAX + 1 };
	for (size_t i = 0; i < 2; i++) {
		text_t text = { 0 };
		fill(&text, MIB - HM_HOSTED_FILE_LINE_MAX - 100);
		size_t start = text.len;
		for (size_t before = lens[i] - 3; before <= lens[i] + 3; before++) {
			text.len = start;
			fill(&text, MIB - before);
			text_add(&text, "long.test");
			text_fill(&text, ' ', lens[i] - strlen("long.test"));
			text_add(&text, "\nafter.test second\n");
			fill(&text, 2 * MIB + 500); // So that the next chunk is a full one.
			text_add(&text, "last.test third\n");
			hm_hosted_file_t *hosted = load_bytes(text.data, text.len);
			assert_int_equal(given.report.errors, i);
			assert_int_equal(hm_hosted_file_count(hosted), 3 - i);
			assert_found(hosted, "after.test.", "after.test.", 1);
			assert_found(hosted, "last.test.", "last.test.", 2);
			hm_hosted_file_free(hosted);
		}
		free(text.data);
	}
}

static void names_as_long_as_dns_allows_are_hosted(void **state)
{
	// Three labels of 63 and one of 61 bytes: 255 in wire format; X is what stands for a byte.
	static const char *const bytes[] = { "x", "X", "\\120", "\\x", "\\000", "\\." };
	for (size_t i = 0; i < sizeof(bytes) / sizeof(bytes[0]); i++) {
		for (unsigned last = 60; last <= 64; last++) {
			text_t text = { 0 };
			for (unsigned label = 0; label < 4; label++) {
				for (unsigned n = 0; n < ((label < 3) ? 63 : last); n++) {
					text_add(&text, "%s", bytes[i]);
				}
				text_add(&text, "%s", (label < 3) ? "." : "");
			}
			for (int dot = 0; dot < 2; dot++) {
				text_add(&text, dot ? "." : "");
				char line[2048];
				snprintf(line, sizeof(line), "%s second\n", text.data);
				hm_hosted_file_t *hosted = load_text(line);
				if (last <= 61) {
					const knot_dname_t *name = dname(text.data);
					knot_dname_storage_t low;
					knot_dname_copy_lower(low, name);
					assert_report("");
					assert_domain(hosted, low, low, 1);
				} else {
					assert_int_equal(given.report.errors, 1);
					assert_int_equal(hm_hosted_file_count(hosted), 0);
				}
				hm_hosted_file_free(hosted);
			}
			free(text.data);
		}
	}
}

static void labels_as_long_as_dns_allows_are_hosted(void **state)
{
	for (unsigned len = 1; len <= 200; len++) {
		text_t text = { 0 };
		text_fill(&text, 'l', len);
		text_add(&text, ".test\nx.");
		text_fill(&text, 'l', len);
		text_add(&text, "\n");
		hm_hosted_file_t *hosted = load_and_free(&text);
		assert_int_equal(given.report.errors, (len <= 63) ? 0 : 2);
		assert_int_equal(hm_hosted_file_count(hosted), (len <= 63) ? 2 : 0);
		hm_hosted_file_free(hosted);
	}
}

static void domains_of_every_depth_are_found(void **state)
{
	text_t all = { 0 };
	for (unsigned labels = 2; labels <= KNOT_DNAME_MAXLABELS; labels++) {
		const char *name = letters('a', labels);
		text_add(&all, "%s\n", name);
		hm_hosted_file_t *hosted = load_text(name);
		assert_int_equal(given.report.errors, 0);
		assert_found(hosted, name, name, 0);
		assert_found(hosted, letters('a', KNOT_DNAME_MAXLABELS), name, 0);
		assert_missing(hosted, letters('a', labels - 1));
		assert_missing(hosted, letters('b', KNOT_DNAME_MAXLABELS));
		hm_hosted_file_free(hosted);
	}

	hm_hosted_file_t *hosted = load_and_free(&all);
	assert_int_equal(hm_hosted_file_count(hosted), KNOT_DNAME_MAXLABELS - 1);
	for (unsigned labels = 2; labels <= KNOT_DNAME_MAXLABELS; labels++) {
		assert_found(hosted, letters('a', labels), letters('a', labels), 0);
	}
	hm_hosted_file_free(hosted);
}

static void more_labels_than_dns_allows_are_refused(void **state)
{
	text_t text = { 0 };
	for (unsigned i = 0; i <= KNOT_DNAME_MAXLABELS; i++) {
		text_add(&text, "a.");
	}
	text_add(&text, "\n%sa\n\\a.%s\n", letters('a', KNOT_DNAME_MAXLABELS),
	         letters('a', KNOT_DNAME_MAXLABELS));
	hm_hosted_file_t *hosted = load_and_free(&text);
	assert_int_equal(given.report.errors, 3);
	assert_int_equal(hm_hosted_file_count(hosted), 0);
	hm_hosted_file_free(hosted);
}

/*! \brief A domain with variables a, b, ... of these lengths. */
static hm_hosted_file_t *load_values(const unsigned *lens, size_t count)
{
	text_t text = { 0 };
	text_add(&text, "big.test second");
	for (size_t i = 0; i < count; i++) {
		text_add(&text, " %c=", (char)('a' + i));
		text_fill(&text, '0' + i, lens[i]);
	}
	text_add(&text, "\nafter.test - z=1\n");
	return load_and_free(&text);
}

static void variables_as_large_as_allowed_are_kept(void **state)
{
	// A variable takes its name, its value and three bytes.
	const unsigned whole[] = { HM_VAR_VALUE_MAX, HM_VAR_VALUE_MAX, HM_VAR_VALUE_MAX,
	                           HM_VARS_MAX - 3 * HM_VAR_VALUE_MAX - 4 * 4 };
	hm_hosted_file_t *hosted = load_values(whole, 4);
	assert_report("");
	char value[HM_VAR_VALUE_MAX];
	for (unsigned i = 0; i < 4; i++) {
		memset(value, '0' + i, whole[i]);
		assert_value(hosted, "big.test.", (char[]){ 'a' + i, '\0' }, value, whole[i]);
	}
	assert_value(hosted, "after.test.", "z", "1", 1);
	hm_hosted_file_free(hosted);
}

static void variables_larger_than_allowed_are_refused(void **state)
{
	const unsigned long_value[] = { HM_VAR_VALUE_MAX + 1 };
	const unsigned one_more[] = { HM_VAR_VALUE_MAX, HM_VAR_VALUE_MAX, HM_VAR_VALUE_MAX,
	                              HM_VARS_MAX - 3 * HM_VAR_VALUE_MAX - 4 * 4 + 1 };
	const unsigned no_room[] = { HM_VAR_VALUE_MAX, HM_VAR_VALUE_MAX, HM_VAR_VALUE_MAX,
	                             HM_VARS_MAX - 3 * HM_VAR_VALUE_MAX - 4 * 4, 0 };
	const unsigned huge[] = { 60000 };
	const struct {
		const unsigned *lens;
		size_t count;
		const char *reason;
	} cases[] = {
		{ long_value, 1, "4096" }, { one_more, 4, "16384" }, { no_room, 5, "16384" },
		{ huge, 1, "4096" },
	};
	for (size_t i = 0; i < 4; i++) {
		hm_hosted_file_t *hosted = load_values(cases[i].lens, cases[i].count);
		assert_int_equal(given.report.errors, 1);
		assert_reported("error 1 ");
		assert_reported(cases[i].reason);
		assert_int_equal(hm_hosted_file_count(hosted), 1);
		assert_value(hosted, "after.test.", "z", "1", 1);
		hm_hosted_file_free(hosted);
	}
}

static void variable_names_as_long_as_allowed_are_kept(void **state)
{
	text_t text = { 0 };
	text_add(&text, "a.test - ");
	text_fill(&text, 'n', HM_VAR_NAME_MAX);
	text_add(&text, "=1\nb.test - ");
	text_fill(&text, 'n', HM_VAR_NAME_MAX + 1);
	text_add(&text, "=1\n");
	hm_hosted_file_t *hosted = load_and_free(&text);
	char name[HM_VAR_NAME_MAX + 1] = { 0 };
	memset(name, 'n', HM_VAR_NAME_MAX);
	assert_value(hosted, "a.test.", name, "1", 1);
	assert_missing(hosted, "b.test.");
	assert_int_equal(given.report.errors, 1);
	hm_hosted_file_free(hosted);
}

static void every_domain_can_have_its_own_variables(void **state)
{
	// More than 128 and more than 16384 of them: their numbers take one, two and three bytes.
	enum { COUNT = 20000 };
	text_t text = { 0 };
	for (unsigned i = 0; i < COUNT; i++) {
		text_add(&text, "d%u.test %s n=%u\n", i, profiles[i % 3], i);
	}
	for (unsigned i = 0; i < COUNT; i++) {
		text_add(&text, "e%u.test %s n=%u\n", i, profiles[(i + 1) % 3], COUNT - i);
	}
	hm_hosted_file_t *hosted = load_and_free(&text);
	assert_report("");
	for (unsigned i = 0; i < COUNT; i++) {
		char name[32], value[32];
		snprintf(name, sizeof(name), "www.d%u.test.", i);
		snprintf(value, sizeof(value), "%u", i);
		assert_found(hosted, name, name + 4, i % 3);
		assert_value(hosted, name, "n", value, strlen(value));
		name[4] = 'e';
		snprintf(value, sizeof(value), "%u", COUNT - i);
		assert_found(hosted, name, name + 4, (i + 1) % 3);
		assert_value(hosted, name, "n", value, strlen(value));
	}
	hm_hosted_file_free(hosted);
}

static void the_same_variables_of_another_profile_are_kept_apart(void **state)
{
	hm_hosted_file_t *hosted = load_text("a.test - x=1\nb.test second x=1\nc.test third x=1\n"
	                                     "d.test second\ne.test third\n"
	                                     "f.test - x=12\ng.test - x=\n");
	assert_found(hosted, "a.test.", "a.test.", 0);
	assert_found(hosted, "b.test.", "b.test.", 1);
	assert_found(hosted, "c.test.", "c.test.", 2);
	assert_no_value(hosted, "d.test.", "x");
	assert_found(hosted, "e.test.", "e.test.", 2);
	assert_value(hosted, "f.test.", "x", "12", 2);
	assert_value(hosted, "g.test.", "x", "", 0);
	assert_value(hosted, "a.test.", "x", "1", 1);
	hm_hosted_file_free(hosted);
}

static void domains_with_the_same_variables_share_them(void **state)
{
	text_t text = { 0 };
	for (unsigned i = 0; i < 1000; i++) {
		text_add(&text, "d%u.test second v=", i);
		text_fill(&text, 'v', 1000);
		text_add(&text, "\n");
	}
	hm_hosted_file_t *hosted = load_and_free(&text);
	assert_int_equal(hm_hosted_file_count(hosted), 1000);
	assert_true(between(hm_hosted_file_memory(hosted), 1000, 1000 * 30 + 3000));
	hm_hosted_file_free(hosted);
}

static void a_domain_takes_at_most_30_bytes(void **state)
{
	enum { COUNT = 200000 };
	text_t text = { 0 };
	size_t chars = 0;
	for (unsigned i = 0; i < COUNT; i++) {
		// 12 to 26 characters, 19 on average.
		int width = 12 + i % 15 - 5;
		char name[64];
		size_t len = snprintf(name, sizeof(name), "%0*u.test", width, i);
		chars += len;
		text_add(&text, "%s\n", name);
	}
	hm_hosted_file_t *hosted = load_and_free(&text);
	assert_int_equal(hm_hosted_file_count(hosted), COUNT);
	assert_true(between(chars / COUNT, 18, 19));
	assert_true(between(hm_hosted_file_memory(hosted), chars, (size_t)30 * COUNT));
	hm_hosted_file_free(hosted);
}

#define TEST(name) cmocka_unit_test_setup(name, hosted_file_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_as_long_as_allowed_are_read),
		TEST(a_long_comment_is_no_worse_than_a_long_line),
		TEST(lines_across_a_chunk_boundary_are_whole),
		TEST(the_longest_lines_across_a_chunk_boundary_are_whole),
		TEST(names_as_long_as_dns_allows_are_hosted),
		TEST(labels_as_long_as_dns_allows_are_hosted),
		TEST(domains_of_every_depth_are_found),
		TEST(more_labels_than_dns_allows_are_refused),
		TEST(variables_as_large_as_allowed_are_kept),
		TEST(variables_larger_than_allowed_are_refused),
		TEST(variable_names_as_long_as_allowed_are_kept),
		TEST(every_domain_can_have_its_own_variables),
		TEST(the_same_variables_of_another_profile_are_kept_apart),
		TEST(domains_with_the_same_variables_share_them),
		TEST(a_domain_takes_at_most_30_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
