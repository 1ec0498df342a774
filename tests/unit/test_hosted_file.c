/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>
#include <sys/stat.h>

#include "hostedmail/hosted_file.h"
#include "test.h"

#define MIB (1024 * 1024)

static const char *const profiles[] = { "first", "second", "third" };

/*! \brief What the callbacks see and do. */
typedef struct {
	report_t report;        /*!< The first, so that on_report() finds it. */
	const char *file;       /*!< Expected name of the file. */
	size_t checks;          /*!< Domains that were checked. */
	uint8_t size_max;       /*!< Longest name that is good, 0 for any. */
	uint8_t labels_max;     /*!< Most labels of a good name, 0 for any. */
	int profile_bad;        /*!< Profile that is good for no name. */
	const char *need;       /*!< Variable that a good domain defines. */
	hm_profile_t *profile;  /*!< Checks for real if there is one. */
} given_t;

static given_t given;

/*! \brief How reading goes wrong: the tested code's pread() is the one below. */
static struct {
	size_t calls;
	unsigned passes;       /*!< How often reading started over. */
	size_t chunk_max;      /*!< Most bytes of a read, 0 for as many as asked for. */
	size_t fail_at;        /*!< Call that fails, counted from 1. */
	int error;
	off_t end;             /*!< In the second pass the file ends here, 0 where it does. */
	bool joined;           /*!< In the first pass the file is one long line. */
	size_t touch_at;       /*!< Call in which somebody writes to the file, counted from 1. */
} io;

/*! \brief Seed of the next set's hash: sets are the same whenever the test runs. */
static uint64_t hash_seed = 1;
static bool hash_seed_fails;

static uint64_t random_state;

ssize_t pread(int fd, void *buf, size_t len, off_t offset)
{
	io.passes += (offset == 0);
	if (++io.calls == io.fail_at) {
		errno = io.error;
		return -1;
	}
	if (io.calls == io.touch_at) {
		static const struct timespec times[2] = { { .tv_sec = 1 }, { .tv_sec = 1 } };
		assert_int_equal(futimens(fd, times), 0);
	}
	if (io.chunk_max > 0 && len > io.chunk_max) {
		len = io.chunk_max;
	}
	if (io.end > 0 && io.passes > 1 && offset + (off_t)len > io.end) {
		len = (offset < io.end) ? io.end - offset : 0;
	}
	if (lseek(fd, offset, SEEK_SET) != offset) {
		return -1;
	}
	ssize_t got = read(fd, buf, len);
	for (ssize_t i = 0; io.joined && io.passes == 1 && i < got; i++) {
		char *c = (char *)buf + i;
		*c = (*c == '\n') ? ' ' : *c;
	}
	return got;
}

ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	(void)flags;
	if (hash_seed_fails) {
		errno = ENOSYS;
		return -1;
	}
	for (size_t i = 0; i < len; i++) {
		((uint8_t *)buf)[i] = hash_seed >> (i % 8 * 8);
	}
	hash_seed++;
	return len;
}

/*! \brief A number below \a below, from splitmix64. */
static unsigned rnd(unsigned below)
{
	uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % below;
}

static uint64_t seed_get(void)
{
	const char *text = getenv("HM_SEED");
	return (text != NULL) ? strtoull(text, NULL, 10) : 20261121;
}

/*! \brief Instead of assert_in_range(), which cmocka 2 deprecates. */
static bool between(size_t value, size_t low, size_t high)
{
	return value >= low && value <= high;
}

static int reset(void **state)
{
	memset(&given, 0, sizeof(given));
	given.profile_bad = -1;
	memset(&io, 0, sizeof(io));
	hash_seed_fails = false;
	alloc_countdown = -1;
	random_state = seed_get();
	return 0;
}

static bool check(void *ctx, const hm_domain_t *domain, char *reason, size_t reason_max)
{
	given_t *g = ctx;
	assert_ptr_equal(g, &given);
	g->checks++;
	assert_int_equal(domain->size, knot_dname_size(domain->name));
	assert_int_equal(domain->labels, knot_dname_labels(domain->name, NULL));
	assert_true(between(domain->profile, 0, 2));

	uint64_t line;
	size_t len;
	if ((g->size_max > 0 && domain->size > g->size_max) ||
	    (g->labels_max > 0 && domain->labels > g->labels_max)) {
		snprintf(reason, reason_max, "%u bytes are too many", domain->size);
	} else if (domain->profile == g->profile_bad) {
		snprintf(reason, reason_max, "not for profile %u", domain->profile);
	} else if (g->need != NULL && hm_vars_get(domain, g->need, strlen(g->need), &len) == NULL) {
		snprintf(reason, reason_max, "no variable %s", g->need);
	} else if (g->profile != NULL && hm_profile_check(g->profile, domain, &line) != KNOT_EOK) {
		snprintf(reason, reason_max, "line %" PRIu64 " of the profile", line);
	} else {
		return true;
	}
	return false;
}

static void check_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                         const char *reason)
{
	assert_ptr_equal(ctx, &given);
	assert_string_equal(file, given.file);
	on_report(&given.report, severity, file, line, reason);
}

static int profile_index(void *ctx, const char *name, size_t len)
{
	assert_ptr_equal(ctx, &given);
	for (int i = 0; i < 3; i++) {
		if (strlen(profiles[i]) == len && memcmp(profiles[i], name, len) == 0) {
			return i;
		}
	}
	return -1;
}

static int load(const char *file, hm_hosted_file_t **out)
{
	const hm_hosted_file_opts_t opts = {
		.profile = profile_index, .check = check, .report = check_report,
		.ctx = &given,
	};
	memset(&given.report, 0, sizeof(given.report));
	given.file = file;
	given.checks = 0;
	io.calls = 0;
	io.passes = 0;
	return hm_hosted_file_load(file, &opts, out);
}

static hm_hosted_file_t *load_bytes(const void *data, size_t len)
{
	hm_hosted_file_t *set = NULL;
	assert_int_equal(load(write_file("hosted", data, len), &set), KNOT_EOK);
	assert_non_null(set);
	return set;
}

static hm_hosted_file_t *load_text(const char *text)
{
	return load_bytes(text, strlen(text));
}

/*! \brief Expect findings in the order in which they were reported. */
static void assert_report(const char *text)
{
	assert_string_equal(given.report.text, text);
}

static void assert_reported(const char *text)
{
	if (strstr(given.report.text, text) == NULL) {
		fail_msg("'%s' is not in:\n%s", text, given.report.text);
	}
}

static void assert_domain(const hm_hosted_file_t *set, const knot_dname_t *query,
                          const knot_dname_t *want, unsigned profile)
{
	hm_domain_t found = { .name = NULL };
	assert_true(hm_hosted_file_find(set, query, &found));
	size_t size = knot_dname_size(want);
	assert_int_equal(found.size, size);
	assert_memory_equal(found.name, want, size);
	assert_int_equal(found.labels, knot_dname_labels(want, NULL));
	assert_int_equal(found.profile, profile);
	// The name is the query's own end.
	assert_ptr_equal(found.name, query + knot_dname_size(query) - size);
}

static void assert_found(const hm_hosted_file_t *set, const char *query, const char *want,
                         unsigned profile)
{
	assert_domain(set, dname(query), dname(want), profile);
}

static void assert_missing(const hm_hosted_file_t *set, const char *query)
{
	hm_domain_t found, before;
	memset(&found, 0xa5, sizeof(found));
	before = found;
	assert_false(hm_hosted_file_find(set, dname(query), &found));
	assert_memory_equal(&found, &before, sizeof(found));
}

static void assert_value(const hm_hosted_file_t *set, const char *query, const char *name,
                         const void *value, size_t value_len)
{
	hm_domain_t domain;
	size_t len = 0;
	assert_true(hm_hosted_file_find(set, dname(query), &domain));
	const uint8_t *found = hm_vars_get(&domain, name, strlen(name), &len);
	assert_non_null(found);
	assert_int_equal(len, value_len);
	assert_memory_equal(found, value, len);
}

static void assert_no_value(const hm_hosted_file_t *set, const char *query, const char *name)
{
	hm_domain_t domain;
	size_t len;
	assert_true(hm_hosted_file_find(set, dname(query), &domain));
	assert_null(hm_vars_get(&domain, name, strlen(name), &len));
}

/*! \brief Text that grows. */
typedef struct {
	char *data;
	size_t len;
	size_t max;
} text_t;

/*! \brief Room for so many bytes more and a terminator. */
static char *room(text_t *text, size_t more)
{
	if (text->len + more >= text->max) {
		text->max = 2 * text->max + more + 1;
		text->data = realloc(text->data, text->max);
		assert_non_null(text->data);
	}
	return text->data + text->len;
}

__attribute__((format(printf, 2, 3)))
static void add(text_t *text, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	char line[2048];
	size_t len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	assert_true(between(len, 0, sizeof(line) - 1));
	memcpy(room(text, len), line, len + 1);
	text->len += len;
}

static void add_many(text_t *text, char c, size_t count)
{
	memset(room(text, count), c, count);
	text->len += count;
	text->data[text->len] = '\0';
}

static hm_hosted_file_t *load_and_free(text_t *text)
{
	hm_hosted_file_t *set = load_bytes(text->data, text->len);
	free(text->data);
	memset(text, 0, sizeof(*text));
	return set;
}

/*! \brief So many labels of one letter, with a final dot. */
static const char *letters(char c, unsigned labels)
{
	static char names[4][2 * KNOT_DNAME_MAXLABELS + 2];
	static unsigned next;
	char *name = names[next++ % 4];
	for (unsigned i = 0; i < labels; i++) {
		name[2 * i] = c;
		name[2 * i + 1] = '.';
	}
	name[2 * labels] = '\0';
	return name;
}

// Lines of a hosted file

static void a_domain_alone_has_the_default_profile(void **state)
{
	hm_hosted_file_t *set = load_text("example.com\n");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(set), 1);
	assert_found(set, "example.com.", "example.com.", 0);
	assert_no_value(set, "example.com.", "a");
	hm_hosted_file_free(set);
}

static void a_profile_is_chosen_by_its_name(void **state)
{
	hm_hosted_file_t *set = load_text("a.test first\nb.test second\nc.test third\n");
	assert_report("");
	assert_found(set, "a.test.", "a.test.", 0);
	assert_found(set, "b.test.", "b.test.", 1);
	assert_found(set, "c.test.", "c.test.", 2);
	hm_hosted_file_free(set);
}

static void a_dash_is_the_default_profile(void **state)
{
	hm_hosted_file_t *set = load_text("a.test -\nb.test - x=1\n");
	assert_report("");
	assert_found(set, "a.test.", "a.test.", 0);
	assert_found(set, "b.test.", "b.test.", 0);
	assert_value(set, "b.test.", "x", "1", 1);
	hm_hosted_file_free(set);
}

static void comments_and_blank_lines_are_passed_over(void **state)
{
	hm_hosted_file_t *set = load_text("# no.test\n\n \t \n   # no.test second\n#\n##\n"
	                             "a.test # no.test\nb.test second # third x=1\n"
	                             "c.test third x=1 # y=2\n#d.test\n");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(set), 3);
	assert_found(set, "a.test.", "a.test.", 0);
	assert_found(set, "b.test.", "b.test.", 1);
	assert_no_value(set, "b.test.", "x");
	assert_value(set, "c.test.", "x", "1", 1);
	assert_no_value(set, "c.test.", "y");
	assert_missing(set, "no.test.");
	hm_hosted_file_free(set);
}

static void a_comment_may_hold_any_byte(void **state)
{
	static const char text[] = "a.test # \xff\xc3\xa9 \0 \x01 \x7f \r #\n#\0\xff\nb.test\n";
	hm_hosted_file_t *set = load_bytes(text, sizeof(text) - 1);
	assert_report("");
	assert_int_equal(hm_hosted_file_count(set), 2);
	hm_hosted_file_free(set);
}

static void a_hash_inside_of_a_word_is_no_comment(void **state)
{
	hm_hosted_file_t *set = load_text("a.test - x=1#2\nb.test#second\nc.test second# x\n");
	assert_value(set, "a.test.", "x", "1#2", 3);
	assert_int_equal(hm_hosted_file_count(set), 1);
	assert_reported("error 2 ");
	assert_reported("comment");
	assert_reported("error 3 unknown profile: 'second#'");
	hm_hosted_file_free(set);
}

static void spaces_and_tabs_separate_words(void **state)
{
	hm_hosted_file_t *set = load_text("  \ta.test \t second\t\tx=1  y=2\t \nb.test\tthird\n");
	assert_report("");
	assert_found(set, "a.test.", "a.test.", 1);
	assert_value(set, "a.test.", "x", "1", 1);
	assert_value(set, "a.test.", "y", "2", 1);
	assert_found(set, "b.test.", "b.test.", 2);
	hm_hosted_file_free(set);
}

static void case_and_a_final_dot_do_not_matter(void **state)
{
	hm_hosted_file_t *set = load_text("EXAMPLE.Com\nb.test.\nC.TEST. second\n\\065\\B.test.\n");
	assert_report("");
	assert_found(set, "example.com.", "example.com.", 0);
	assert_found(set, "b.test.", "b.test.", 0);
	assert_found(set, "c.test.", "c.test.", 1);
	assert_found(set, "ab.test.", "ab.test.", 0);
	hm_hosted_file_free(set);
}

static void profiles_and_variables_keep_their_case(void **state)
{
	hm_hosted_file_t *set = load_text("a.test - Brand=Ex brand=ex\nb.test Second\n");
	assert_value(set, "a.test.", "Brand", "Ex", 2);
	assert_value(set, "a.test.", "brand", "ex", 2);
	assert_report("error 2 unknown profile: 'Second'\n");
	hm_hosted_file_free(set);
}

static void escapes_work_in_names(void **state)
{
	hm_hosted_file_t *set = load_text("a\\046b.test\nc\\.d.test second\ne\\032f.test\n"
	                             "\\000\\255.test third\n\\#g.test\n\\104\\105.test\n");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(set), 6);
	assert_domain(set, (const uint8_t *)"\3a.b\4test", (const uint8_t *)"\3a.b\4test", 0);
	assert_domain(set, (const uint8_t *)"\3c.d\4test", (const uint8_t *)"\3c.d\4test", 1);
	assert_domain(set, (const uint8_t *)"\3e f\4test", (const uint8_t *)"\3e f\4test", 0);
	assert_domain(set, (const uint8_t *)"\2\0\xff\4test", (const uint8_t *)"\2\0\xff\4test", 2);
	assert_domain(set, (const uint8_t *)"\2#g\4test", (const uint8_t *)"\2#g\4test", 0);
	assert_found(set, "hi.test.", "hi.test.", 0);
	assert_missing(set, "a.b.test.");
	assert_missing(set, "b.test.");
	assert_missing(set, "d.test.");
	hm_hosted_file_free(set);
}

static void an_escaped_name_is_the_same_name(void **state)
{
	hm_hosted_file_t *set = load_text("a.test\n\\a.test second\n\\065.te\\115t third\n");
	assert_int_equal(hm_hosted_file_count(set), 1);
	assert_found(set, "a.test.", "a.test.", 2);
	assert_int_equal(given.report.warnings, 2);
	hm_hosted_file_free(set);
}

static void crlf_is_fine(void **state)
{
	hm_hosted_file_t *set = load_text("a.test\r\n\r\n# comment\r\nb.test second\r\nc.test - x=1\r\n"
	                             "d.test \r\n");
	assert_report("");
	assert_int_equal(hm_hosted_file_count(set), 4);
	assert_found(set, "b.test.", "b.test.", 1);
	assert_value(set, "c.test.", "x", "1", 1);
	hm_hosted_file_free(set);
}

static void a_missing_last_newline_is_fine(void **state)
{
	static const char *const ends[] = {
		"", "\r", " ", "\t", " # comment", " second", " second\r", " - x=1", " - x=1\r",
	};
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		char text[64];
		snprintf(text, sizeof(text), "a.test\nb.test%s", ends[i]);
		hm_hosted_file_t *set = load_text(text);
		assert_report("");
		assert_int_equal(hm_hosted_file_count(set), 2);
		assert_found(set, "b.test.", "b.test.", strstr(ends[i], "second") != NULL);
		hm_hosted_file_free(set);
	}
}

static void values_are_printable_with_escapes_for_the_rest(void **state)
{
	hm_hosted_file_t *set = load_text("a.test - s=a\\032b z=\\000\\255 b=\\\\ q=\\\"\\; e= "
	                             "eq=a=b=c d=\\0651 all=!~{}'\n");
	assert_report("");
	assert_value(set, "a.test.", "s", "a b", 3);
	assert_value(set, "a.test.", "z", "\0\xff", 2);
	assert_value(set, "a.test.", "b", "\\", 1);
	assert_value(set, "a.test.", "q", "\";", 2);
	assert_value(set, "a.test.", "e", "", 0);
	assert_value(set, "a.test.", "eq", "a=b=c", 5);
	assert_value(set, "a.test.", "d", "A1", 2);
	assert_value(set, "a.test.", "all", "!~{}'", 5);
	assert_no_value(set, "a.test.", "al");
	assert_no_value(set, "a.test.", "alll");
	hm_hosted_file_free(set);
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
	{ "bad.test x=1",                 0, "unknown profile" },
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

		hm_hosted_file_t *set = load_bytes(text, pos + len + strlen(text + pos + len));

		// A newline in the table puts it a line further down.
		const char *number = (memchr(line, '\n', len) == NULL) ? "error 3 " : "error 4 ";
		assert_int_equal(given.report.errors, 1);
		assert_int_equal(given.report.warnings, 0);
		assert_memory_equal(given.report.text, number, strlen(number));
		assert_reported(bad_lines[i].reason);
		assert_int_equal(hm_hosted_file_count(set), 3);
		assert_found(set, "before.test.", "before.test.", 1);
		assert_found(set, "bad.example.", "bad.example.", 0);
		assert_found(set, "after.test.", "after.test.", 2);
		assert_missing(set, "bad.test.");
		hm_hosted_file_free(set);
	}
}

static void a_thousand_bad_lines_do_not_take_the_good_ones_down(void **state)
{
	text_t text = { 0 };
	for (unsigned i = 0; i < 1000; i++) {
		const char *line = bad_lines[i % BAD_LINES].line;
		add(&text, "good%u.test %s\n", i, profiles[i % 3]);
		// The table's lines with NUL bytes end before them here, which can make them good.
		add(&text, "%s none\n", (bad_lines[i % BAD_LINES].len > 0) ? "x.test" : line);
	}
	hm_hosted_file_t *set = load_and_free(&text);
	assert_int_equal(given.report.errors, 1000);
	assert_int_equal(hm_hosted_file_count(set), 1000);
	for (unsigned i = 0; i < 1000; i++) {
		char name[32];
		snprintf(name, sizeof(name), "good%u.test.", i);
		assert_found(set, name, name, i % 3);
	}
	hm_hosted_file_free(set);
}

static void lines_are_counted_whatever_is_in_them(void **state)
{
	hm_hosted_file_t *set = load_text("\n# comment\r\n\r\na.test\nb.test zero\nc..test\n\n"
	                             " \nd.test -x");
	assert_report("error 5 unknown profile: 'zero'\n"
	              "error 6 not a domain name: 'c..test'\n"
	              "error 9 unknown profile: '-x'\n");
	hm_hosted_file_free(set);
}

static void a_long_word_is_cut_in_the_report(void **state)
{
	text_t text = { 0 };
	add(&text, "a.test ");
	add_many(&text, 'p', 5000);
	hm_hosted_file_t *set = load_and_free(&text);
	assert_int_equal(given.report.errors, 1);
	assert_true(between(strlen(given.report.text), 64, 120));
	hm_hosted_file_free(set);
}

static void a_top_level_name_is_hosted_with_a_warning(void **state)
{
	hm_hosted_file_t *set = load_text("com\nTEST. second\n\\100e third\n");
	assert_int_equal(given.report.errors, 0);
	assert_int_equal(given.report.warnings, 3);
	assert_reported("warning 1 ");
	assert_reported("warning 2 ");
	assert_reported("warning 3 ");
	assert_found(set, "example.com.", "com.", 0);
	assert_found(set, "test.", "test.", 1);
	assert_found(set, "a.b.de.", "de.", 2);
	assert_missing(set, "org.");
	hm_hosted_file_free(set);
}

static void the_last_line_wins(void **state)
{
	hm_hosted_file_t *set = load_text("a.test second x=1 y=2\nb.test\nA.TEST. third x=3\n"
	                             "b.test -\n");
	assert_report("warning 3 given before, this line wins\n"
	              "warning 4 given before, this line wins\n");
	assert_int_equal(hm_hosted_file_count(set), 2);
	assert_found(set, "a.test.", "a.test.", 2);
	assert_value(set, "a.test.", "x", "3", 1);
	assert_no_value(set, "a.test.", "y");
	assert_found(set, "b.test.", "b.test.", 0);
	hm_hosted_file_free(set);
}

static void the_last_of_many_lines_wins(void **state)
{
	text_t text = { 0 };
	for (unsigned i = 0; i < 1000; i++) {
		add(&text, "x.test %s n=%u\nx.test.\nx.test second\n", profiles[i % 3], i);
	}
	add(&text, "x.test third last=yes\n");
	hm_hosted_file_t *set = load_and_free(&text);
	assert_int_equal(given.report.warnings, 3000);
	assert_int_equal(hm_hosted_file_count(set), 1);
	assert_found(set, "x.test.", "x.test.", 2);
	assert_value(set, "x.test.", "last", "yes", 3);
	assert_no_value(set, "x.test.", "n");
	hm_hosted_file_free(set);
}

static void a_bad_line_does_not_take_an_earlier_one_down(void **state)
{
	given.profile_bad = 1;
	hm_hosted_file_t *set = load_text("a.test third x=1\na.test unknown\na.test - x\n"
	                             "a.test second\n");
	assert_int_equal(given.report.errors, 3);
	assert_int_equal(given.report.warnings, 0);
	assert_int_equal(hm_hosted_file_count(set), 1);
	assert_found(set, "a.test.", "a.test.", 2);
	assert_value(set, "a.test.", "x", "1", 1);
	hm_hosted_file_free(set);
}

// Files

static void assert_unreadable(const char *file)
{
	hm_hosted_file_t *const untouched = (hm_hosted_file_t *)&given;
	hm_hosted_file_t *set = untouched;
	assert_int_equal(load(file, &set), KNOT_EFILE);
	assert_ptr_equal(set, untouched);
	assert_int_equal(given.report.errors, 1);
	assert_memory_equal(given.report.text, "error 0 ", 8);
}

static void a_missing_file_fails_the_load(void **state)
{
	char file[600];
	snprintf(file, sizeof(file), "%s.missing", write_text("x", ""));
	assert_unreadable(file);
	assert_reported(strerror(ENOENT));
	snprintf(file, sizeof(file), "%s/below", write_text("x", ""));
	assert_unreadable(file);
	assert_unreadable("");
}

static void a_folder_fails_the_load(void **state)
{
	assert_unreadable("/");
	assert_unreadable(".");
}

static void a_device_fails_the_load(void **state)
{
	assert_unreadable("/dev/null");
	assert_unreadable("/dev/zero");
}

static void a_fifo_fails_the_load_and_does_not_block(void **state)
{
	char file[600];
	snprintf(file, sizeof(file), "%s.fifo", write_text("x", ""));
	assert_int_equal(mkfifo(file, 0600), 0);
	alarm(30);
	assert_unreadable(file);
	alarm(0);
	unlink(file);
}

static void an_unreadable_file_fails_the_load(void **state)
{
	const char *file = write_text("secret", "a.test\n");
	assert_int_equal(chmod(file, 0), 0);
	// Root would read it all the same.
	bool root = (geteuid() == 0);
	assert_true(!root || seteuid(65534) == 0);
	hm_hosted_file_t *set = NULL;
	int ret = load(file, &set);
	assert_true(!root || seteuid(0) == 0);
	assert_int_equal(ret, KNOT_EFILE);
	assert_null(set);
	assert_reported("error 0 ");
	assert_reported(strerror(EACCES));
}

static void a_loop_of_links_fails_the_load(void **state)
{
	char file[600];
	snprintf(file, sizeof(file), "%s.link", write_text("x", ""));
	assert_int_equal(symlink(file, file), 0);
	assert_unreadable(file);
	unlink(file);
}

static void a_file_without_domains_is_an_empty_set(void **state)
{
	static const char *const texts[] = { "", "\n", "\r\n", " ", "\n\n\n", "# only\n#comments" };
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		hm_hosted_file_t *set = load_text(texts[i]);
		assert_report("");
		assert_int_equal(hm_hosted_file_count(set), 0);
		assert_true(between(hm_hosted_file_memory(set), 1, 10000));
		assert_missing(set, ".");
		assert_missing(set, "a.test.");
		assert_missing(set, letters('a', KNOT_DNAME_MAXLABELS));
		hm_hosted_file_free(set);
	}
}

static void freeing_nothing_is_fine(void **state)
{
	hm_hosted_file_free(NULL);
}

/*! \brief Make sure that the tested code reads with the pread() above. */
static void need_io(void)
{
	hm_hosted_file_free(load_text("a.test\n"));
	assert_true(io.calls > 0);
}

static const char many_lines[] =
	"# comment\r\na.test\n\nb.test second x=1 y=\\032\r\nbad..test\nc.test third\n"
	"unknown.test x\na.test second\n\xff\nd.e.f.test\r\ng.test - x=1 # comment\n"
	"last.test third";

static void assert_many_lines(const hm_hosted_file_t *set)
{
	assert_int_equal(given.report.errors, 3);
	assert_reported("error 5 ");
	assert_reported("error 7 ");
	assert_reported("warning 8 ");
	assert_reported("error 9 ");
	assert_int_equal(hm_hosted_file_count(set), 6);
	assert_found(set, "a.test.", "a.test.", 1);
	assert_value(set, "b.test.", "y", " ", 1);
	assert_found(set, "d.e.f.test.", "d.e.f.test.", 0);
	assert_value(set, "g.test.", "x", "1", 1);
	assert_found(set, "last.test.", "last.test.", 2);
}

static void short_reads_change_nothing(void **state)
{
	need_io();
	for (size_t max = 0; max < sizeof(many_lines) + 1; max++) {
		io.chunk_max = max;
		hm_hosted_file_t *set = load_text(many_lines);
		assert_many_lines(set);
		hm_hosted_file_free(set);
	}
}

static void an_interrupted_read_is_tried_again(void **state)
{
	need_io();
	io.chunk_max = 16;
	io.error = EINTR;
	for (io.fail_at = 1; ; io.fail_at++) {
		hm_hosted_file_t *set = load_text(many_lines);
		assert_many_lines(set);
		hm_hosted_file_free(set);
		if (io.calls < io.fail_at) {
			break;
		}
	}
	assert_true(between(io.fail_at, 10, 1000));
}

static void a_read_error_fails_the_load(void **state)
{
	need_io();
	const char *file = write_text("hosted", many_lines);
	hm_hosted_file_t *const untouched = (hm_hosted_file_t *)&given;
	hm_hosted_file_t *set;
	int ret = KNOT_EFILE;
	io.chunk_max = 16;
	io.error = EIO;
	for (io.fail_at = 1; ; io.fail_at++) {
		set = untouched;
		ret = load(file, &set);
		if (io.calls < io.fail_at) {
			break;
		}
		assert_int_equal(ret, KNOT_EFILE);
		assert_ptr_equal(set, untouched);
		assert_reported("error 0 ");
		assert_reported(strerror(EIO));
	}
	assert_int_equal(ret, KNOT_EOK);
	assert_true(between(io.fail_at, 10, 1000));
	hm_hosted_file_free(set);
}

static void a_read_error_behind_a_line_that_is_too_long_fails_the_load(void **state)
{
	need_io();
	text_t text = { 0 };
	add_many(&text, 'x', HM_HOSTED_FILE_LINE_MAX + 40000);
	const char *file = write_file("hosted", text.data, text.len);
	free(text.data);
	hm_hosted_file_t *set = NULL;
	io.chunk_max = 20000;
	io.error = EIO;
	// Six reads to count the lines, one for their end, and the fourth after that is too much.
	for (io.fail_at = 8; io.fail_at < 14; io.fail_at++) {
		assert_int_equal(load(file, &set), KNOT_EFILE);
		assert_null(set);
		assert_reported(strerror(EIO));
	}
}

static void a_file_that_gets_shorter_fails_the_load(void **state)
{
	need_io();
	const char *file = write_text("hosted", many_lines);
	hm_hosted_file_t *set = NULL;
	for (io.end = 1; io.end < (off_t)strlen(many_lines); io.end++) {
		assert_int_equal(load(file, &set), KNOT_EFILE);
		assert_null(set);
		assert_reported("changed while it was read");
	}
	assert_int_equal(load(file, &set), KNOT_EOK);
	hm_hosted_file_free(set);
}

static void a_file_that_is_written_to_meanwhile_is_reported(void **state)
{
	need_io();
	const char *file = write_text("hosted", many_lines);
	hm_hosted_file_t *set;
	assert_int_equal(load(file, &set), KNOT_EOK);
	size_t count = hm_hosted_file_count(set), calls = io.calls, warnings = given.report.warnings;
	hm_hosted_file_free(set);
	for (io.touch_at = 1; io.touch_at <= calls; io.touch_at++) {
		file = write_text("hosted", many_lines);
		assert_int_equal(load(file, &set), KNOT_EOK);
		assert_int_equal(given.report.warnings, warnings + 1);
		assert_reported("warning 0 changed while it was read");
		assert_int_equal(hm_hosted_file_count(set), count);
		hm_hosted_file_free(set);
	}
}

static void a_file_that_gets_more_lines_fails_the_load(void **state)
{
	need_io();
	text_t text = { 0 };
	for (unsigned i = 0; i < 1000; i++) {
		add(&text, "d%u.test\n", i);
	}
	const char *file = write_file("hosted", text.data, text.len);
	free(text.data);
	hm_hosted_file_t *set = NULL;
	io.joined = true;
	alarm(30); // A full index would be searched for ever.
	assert_int_equal(load(file, &set), KNOT_EFILE);
	alarm(0);
	assert_null(set);
	assert_int_equal(given.report.errors, 1);
	assert_reported("changed");
}

static void without_random_numbers_the_load_fails(void **state)
{
	hash_seed_fails = true;
	hm_hosted_file_t *set = NULL;
	assert_int_not_equal(load(write_text("hosted", "a.test\n"), &set), KNOT_EOK);
	assert_null(set);
}

// Sizes

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
		add(&text, "before.test\n");
		add(&text, "long.test");
		add_many(&text, ' ', len - strlen("long.test") - strlen("second"));
		add(&text, "second");
		if (!last) {
			add(&text, "\nafter.test third\nbad.test x\n");
		}
		hm_hosted_file_t *set = load_and_free(&text);
		assert_found(set, "before.test.", "before.test.", 0);
		if (lines[i / 2].good) {
			assert_found(set, "long.test.", "long.test.", 1);
		} else {
			assert_missing(set, "long.test.");
			assert_reported("error 2 longer than 65535 bytes");
		}
		if (!last) {
			assert_found(set, "after.test.", "after.test.", 2);
			assert_reported("error 4 unknown profile");
		}
		assert_int_equal(given.report.errors, !lines[i / 2].good + !last);
		hm_hosted_file_free(set);
	}
}

static void a_long_comment_is_no_worse_than_a_long_line(void **state)
{
	text_t text = { 0 };
	add(&text, "a.test # ");
	add_many(&text, '#', HM_HOSTED_FILE_LINE_MAX - text.len);
	add(&text, "\r\nb.test\n#");
	add_many(&text, '#', 2 * MIB);
	add(&text, "\nc.test\n");
	hm_hosted_file_t *set = load_and_free(&text);
	assert_found(set, "b.test.", "b.test.", 0);
	assert_found(set, "c.test.", "c.test.", 0);
	hm_hosted_file_free(set);
}

/*! \brief Fill up with comments to a length, a newline at its end. */
static void fill(text_t *text, size_t len)
{
	static const char line[] = "# ----------------------------------------------\n";
	while (len - text->len >= 2 * (sizeof(line) - 1)) {
		add(text, "%s", line);
	}
	add(text, "#%*s\n", (int)(len - text->len - 2), "");
	assert_int_equal(text->len, len);
}

static void lines_across_a_chunk_boundary_are_whole(void **state)
{
	// The file is read by the MiB: a line ends at, or lies across, the first and the second.
	static const char line[] = "boundary.test second name=value\r\n";
	for (size_t chunk = 1; chunk <= 2; chunk++) {
		text_t text = { 0 };
		add(&text, "before.test third\n");
		fill(&text, chunk * MIB - 100);
		size_t start = text.len;
		for (size_t before = 0; before <= sizeof(line) + 2; before++) {
			text.len = start;
			fill(&text, chunk * MIB - before);
			add(&text, "%sbad.test x\nafter.test\n", line);
			hm_hosted_file_t *set = load_bytes(text.data, text.len);
			assert_int_equal(given.report.errors, 1);
			assert_int_equal(hm_hosted_file_count(set), 3);
			assert_found(set, "before.test.", "before.test.", 2);
			assert_found(set, "boundary.test.", "boundary.test.", 1);
			assert_value(set, "boundary.test.", "name", "value", 5);
			assert_found(set, "after.test.", "after.test.", 0);
			hm_hosted_file_free(set);
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
			add(&text, "long.test");
			add_many(&text, ' ', lens[i] - strlen("long.test"));
			add(&text, "\nafter.test second\n");
			fill(&text, 2 * MIB + 500); // So that the next chunk is a full one.
			add(&text, "last.test third\n");
			hm_hosted_file_t *set = load_bytes(text.data, text.len);
			assert_int_equal(given.report.errors, i);
			assert_int_equal(hm_hosted_file_count(set), 3 - i);
			assert_found(set, "after.test.", "after.test.", 1);
			assert_found(set, "last.test.", "last.test.", 2);
			hm_hosted_file_free(set);
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
					add(&text, "%s", bytes[i]);
				}
				add(&text, "%s", (label < 3) ? "." : "");
			}
			for (int dot = 0; dot < 2; dot++) {
				add(&text, dot ? "." : "");
				char line[2048];
				snprintf(line, sizeof(line), "%s second\n", text.data);
				hm_hosted_file_t *set = load_text(line);
				if (last <= 61) {
					const knot_dname_t *name = dname(text.data);
					knot_dname_storage_t low;
					knot_dname_copy_lower(low, name);
					assert_report("");
					assert_domain(set, low, low, 1);
				} else {
					assert_int_equal(given.report.errors, 1);
					assert_int_equal(hm_hosted_file_count(set), 0);
				}
				hm_hosted_file_free(set);
			}
			free(text.data);
		}
	}
}

static void labels_as_long_as_dns_allows_are_hosted(void **state)
{
	for (unsigned len = 1; len <= 200; len++) {
		text_t text = { 0 };
		add_many(&text, 'l', len);
		add(&text, ".test\nx.");
		add_many(&text, 'l', len);
		add(&text, "\n");
		hm_hosted_file_t *set = load_and_free(&text);
		assert_int_equal(given.report.errors, (len <= 63) ? 0 : 2);
		assert_int_equal(hm_hosted_file_count(set), (len <= 63) ? 2 : 0);
		hm_hosted_file_free(set);
	}
}

static void domains_of_every_depth_are_found(void **state)
{
	text_t all = { 0 };
	for (unsigned labels = 1; labels <= KNOT_DNAME_MAXLABELS; labels++) {
		const char *name = letters('a', labels);
		add(&all, "%s\n", name);
		hm_hosted_file_t *set = load_text(name);
		assert_int_equal(given.report.errors, 0);
		assert_found(set, name, name, 0);
		assert_found(set, letters('a', KNOT_DNAME_MAXLABELS), name, 0);
		if (labels > 1) {
			assert_missing(set, letters('a', labels - 1));
		}
		assert_missing(set, letters('b', KNOT_DNAME_MAXLABELS));
		hm_hosted_file_free(set);
	}

	hm_hosted_file_t *set = load_and_free(&all);
	assert_int_equal(hm_hosted_file_count(set), KNOT_DNAME_MAXLABELS);
	for (unsigned labels = 1; labels <= KNOT_DNAME_MAXLABELS; labels++) {
		assert_found(set, letters('a', labels), letters('a', labels), 0);
	}
	hm_hosted_file_free(set);
}

static void more_labels_than_dns_allows_are_refused(void **state)
{
	text_t text = { 0 };
	for (unsigned i = 0; i <= KNOT_DNAME_MAXLABELS; i++) {
		add(&text, "a.");
	}
	add(&text, "\n%sa\n\\a.%s\n", letters('a', KNOT_DNAME_MAXLABELS),
	    letters('a', KNOT_DNAME_MAXLABELS));
	hm_hosted_file_t *set = load_and_free(&text);
	assert_int_equal(given.report.errors, 3);
	assert_int_equal(hm_hosted_file_count(set), 0);
	hm_hosted_file_free(set);
}

/*! \brief A domain with variables a, b, ... of these lengths. */
static hm_hosted_file_t *load_values(const unsigned *lens, size_t count)
{
	text_t text = { 0 };
	add(&text, "big.test second");
	for (size_t i = 0; i < count; i++) {
		add(&text, " %c=", (char)('a' + i));
		add_many(&text, '0' + i, lens[i]);
	}
	add(&text, "\nafter.test - z=1\n");
	return load_and_free(&text);
}

static void variables_as_large_as_allowed_are_kept(void **state)
{
	// A variable takes its name, its value and three bytes.
	const unsigned whole[] = { HM_VAR_VALUE_MAX, HM_VAR_VALUE_MAX, HM_VAR_VALUE_MAX,
	                           HM_VARS_MAX - 3 * HM_VAR_VALUE_MAX - 4 * 4 };
	hm_hosted_file_t *set = load_values(whole, 4);
	assert_report("");
	char value[HM_VAR_VALUE_MAX];
	for (unsigned i = 0; i < 4; i++) {
		memset(value, '0' + i, whole[i]);
		assert_value(set, "big.test.", (char[]){ 'a' + i, '\0' }, value, whole[i]);
	}
	assert_value(set, "after.test.", "z", "1", 1);
	hm_hosted_file_free(set);
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
		hm_hosted_file_t *set = load_values(cases[i].lens, cases[i].count);
		assert_int_equal(given.report.errors, 1);
		assert_reported("error 1 ");
		assert_reported(cases[i].reason);
		assert_int_equal(hm_hosted_file_count(set), 1);
		assert_value(set, "after.test.", "z", "1", 1);
		hm_hosted_file_free(set);
	}
}

static void variable_names_as_long_as_allowed_are_kept(void **state)
{
	text_t text = { 0 };
	add(&text, "a.test - ");
	add_many(&text, 'n', HM_VAR_NAME_MAX);
	add(&text, "=1\nb.test - ");
	add_many(&text, 'n', HM_VAR_NAME_MAX + 1);
	add(&text, "=1\n");
	hm_hosted_file_t *set = load_and_free(&text);
	char name[HM_VAR_NAME_MAX + 1] = { 0 };
	memset(name, 'n', HM_VAR_NAME_MAX);
	assert_value(set, "a.test.", name, "1", 1);
	assert_missing(set, "b.test.");
	assert_int_equal(given.report.errors, 1);
	hm_hosted_file_free(set);
}

static void every_domain_can_have_its_own_variables(void **state)
{
	// More than 128 and more than 16384 of them: their numbers take one, two and three bytes.
	enum { COUNT = 20000 };
	text_t text = { 0 };
	for (unsigned i = 0; i < COUNT; i++) {
		add(&text, "d%u.test %s n=%u\n", i, profiles[i % 3], i);
	}
	for (unsigned i = 0; i < COUNT; i++) {
		add(&text, "e%u.test %s n=%u\n", i, profiles[(i + 1) % 3], COUNT - i);
	}
	hm_hosted_file_t *set = load_and_free(&text);
	assert_report("");
	for (unsigned i = 0; i < COUNT; i++) {
		char name[32], value[32];
		snprintf(name, sizeof(name), "www.d%u.test.", i);
		snprintf(value, sizeof(value), "%u", i);
		assert_found(set, name, name + 4, i % 3);
		assert_value(set, name, "n", value, strlen(value));
		name[4] = 'e';
		snprintf(value, sizeof(value), "%u", COUNT - i);
		assert_found(set, name, name + 4, (i + 1) % 3);
		assert_value(set, name, "n", value, strlen(value));
	}
	hm_hosted_file_free(set);
}

static void the_same_variables_of_another_profile_are_kept_apart(void **state)
{
	hm_hosted_file_t *set = load_text("a.test - x=1\nb.test second x=1\nc.test third x=1\n"
	                             "d.test second\ne.test third\nf.test - x=12\ng.test - x=\n");
	assert_found(set, "a.test.", "a.test.", 0);
	assert_found(set, "b.test.", "b.test.", 1);
	assert_found(set, "c.test.", "c.test.", 2);
	assert_no_value(set, "d.test.", "x");
	assert_found(set, "e.test.", "e.test.", 2);
	assert_value(set, "f.test.", "x", "12", 2);
	assert_value(set, "g.test.", "x", "", 0);
	assert_value(set, "a.test.", "x", "1", 1);
	hm_hosted_file_free(set);
}

static void domains_with_the_same_variables_share_them(void **state)
{
	text_t text = { 0 };
	for (unsigned i = 0; i < 1000; i++) {
		add(&text, "d%u.test second v=", i);
		add_many(&text, 'v', 1000);
		add(&text, "\n");
	}
	hm_hosted_file_t *set = load_and_free(&text);
	assert_int_equal(hm_hosted_file_count(set), 1000);
	assert_true(between(hm_hosted_file_memory(set), 1000, 1000 * 30 + 3000));
	hm_hosted_file_free(set);
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
		add(&text, "%s\n", name);
	}
	hm_hosted_file_t *set = load_and_free(&text);
	assert_int_equal(hm_hosted_file_count(set), COUNT);
	assert_true(between(chars / COUNT, 18, 19));
	assert_true(between(hm_hosted_file_memory(set), chars, (size_t)30 * COUNT));
	hm_hosted_file_free(set);
}

// Longest match

static void the_name_itself_and_all_below_are_found(void **state)
{
	hm_hosted_file_t *set = load_text("example.com second x=1\n");
	assert_found(set, "example.com.", "example.com.", 1);
	assert_found(set, "www.example.com.", "example.com.", 1);
	assert_found(set, "a.b.c.d.e.f.example.com.", "example.com.", 1);
	assert_found(set, "*.example.com.", "example.com.", 1);
	assert_found(set, "com.example.com.", "example.com.", 1);
	assert_value(set, "www.example.com.", "x", "1", 1);
	hm_hosted_file_free(set);
}

static void names_above_and_beside_are_not_found(void **state)
{
	hm_hosted_file_t *set = load_text("example.com\n");
	static const char *const names[] = {
		".", "com.", "example.", "example.org.", "example.com.org.", "xample.com.",
		"aexample.com.", "examplea.com.", "example.comm.", "example.co.", "example-com.",
		"www.example.org.", "com.example.", "example\\.com.", "example\\000.com.",
		"\\000example.com.",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_missing(set, names[i]);
	}
	hm_hosted_file_free(set);
}

static void the_deepest_one_wins(void **state)
{
	hm_hosted_file_t *set = load_text("c.test second\nb.c.test third\nz.a.b.c.test\nd.test\n");
	assert_found(set, "c.test.", "c.test.", 1);
	assert_found(set, "x.c.test.", "c.test.", 1);
	assert_found(set, "b.c.test.", "b.c.test.", 2);
	assert_found(set, "a.b.c.test.", "b.c.test.", 2);
	assert_found(set, "y.a.b.c.test.", "b.c.test.", 2);
	assert_found(set, "z.a.b.c.test.", "z.a.b.c.test.", 0);
	assert_found(set, "1.2.3.z.a.b.c.test.", "z.a.b.c.test.", 0);
	assert_missing(set, "test.");
	assert_missing(set, "e.test.");
	hm_hosted_file_free(set);
}

static void the_order_of_lines_does_not_matter_for_the_match(void **state)
{
	hm_hosted_file_t *set = load_text("a.b.c.d.test third\nd.test\nb.c.d.test second\n");
	assert_found(set, "x.a.b.c.d.test.", "a.b.c.d.test.", 2);
	assert_found(set, "a.c.d.test.", "d.test.", 0);
	assert_found(set, "c.b.c.d.test.", "b.c.d.test.", 1);
	hm_hosted_file_free(set);
}

static void the_same_bytes_that_start_inside_of_a_label_are_not_found(void **state)
{
	// b.test is \1b\4test\0, and so ends a label of these queries.
	hm_hosted_file_t *set = load_text("b.test\n\\001c.test second\n");
	static const uint8_t inside[] = "\x07\x01" "b\4test";
	static const uint8_t below[] = "\1x\x09" "ab\x01" "b\4test";
	hm_domain_t domain;
	assert_false(hm_hosted_file_find(set, inside, &domain));
	assert_false(hm_hosted_file_find(set, below, &domain));
	assert_missing(set, "\\001b\\004test.");
	assert_missing(set, "c.test.");
	assert_found(set, "\\001c.test.", "\\001c.test.", 1);
	hm_hosted_file_free(set);
}

static void a_domain_of_ten_labels_is_found(void **state)
{
	hm_hosted_file_t *set = load_text("one.two.three.four.five.six.seven.eight.nine.ten third\n");
	assert_found(set, "one.two.three.four.five.six.seven.eight.nine.ten.",
	             "one.two.three.four.five.six.seven.eight.nine.ten.", 2);
	assert_found(set, "a.b.one.two.three.four.five.six.seven.eight.nine.ten.",
	             "one.two.three.four.five.six.seven.eight.nine.ten.", 2);
	assert_missing(set, "two.three.four.five.six.seven.eight.nine.ten.");
	assert_missing(set, "one.two.three.four.five.six.seven.eight.nine.eleven.");
	assert_missing(set, "one.two.three.four.five.sixx.seven.eight.nine.ten.");
	hm_hosted_file_free(set);
}

static void a_query_of_127_labels_finds_the_deepest(void **state)
{
	hm_hosted_file_t *set = load_text("a.a third\na.a.a.a.a second\nb.b\n");
	assert_found(set, letters('a', KNOT_DNAME_MAXLABELS), "a.a.a.a.a.", 1);
	assert_found(set, letters('b', KNOT_DNAME_MAXLABELS), "b.b.", 0);
	assert_missing(set, letters('c', KNOT_DNAME_MAXLABELS));
	hm_hosted_file_free(set);
}

static void small_sets_are_searched_whatever_the_hash(void **state)
{
	// Few buckets overflow into each other, and from the last one into the first.
	hash_seed = 1000 * seed_get();
	for (unsigned count = 1; count <= 60; count++) {
		for (unsigned run = 0; run < 20; run++) {
			char line[32];
			text_t text = { 0 };
			for (unsigned i = 0; i < count; i++) {
				add(&text, "d%u.test %s\n", i, profiles[i % 3]);
			}
			hm_hosted_file_t *set = load_and_free(&text);
			assert_int_equal(hm_hosted_file_count(set), count);
			for (unsigned i = 0; i < 2 * count; i++) {
				snprintf(line, sizeof(line), "d%u.test.", i);
				if (i < count) {
					assert_found(set, line, line, i % 3);
				} else {
					assert_missing(set, line);
				}
			}
			hm_hosted_file_free(set);
		}
	}
}

static void a_name_with_a_byte_changed_is_another_name_whatever_the_hash(void **state)
{
	// A byte of the hash stands in the index: one in 256 wrong names gets as far as its bytes.
	hash_seed = 1000 * seed_get();
	for (unsigned run = 0; run < 100; run++) {
		hm_hosted_file_t *set = load_text("a.example.com second\n");
		for (size_t i = 0; i < strlen("a.example.com"); i++) {
			char name[] = "a.example.com.";
			for (char c = 'a'; name[i] != '.' && c <= 'z'; c++) {
				bool same = (c == "a.example.com"[i]);
				name[i] = c;
				hm_domain_t domain;
				assert_int_equal(hm_hosted_file_find(set, dname(name), &domain), same);
			}
		}
		hm_hosted_file_free(set);
	}
}

/*! \brief A line of the reference. */
typedef struct {
	char name[64];
	unsigned profile;
	unsigned line;
} entry_t;

static int entry_cmp(const void *a, const void *b)
{
	const entry_t *ea = a, *eb = b;
	int cmp = strcmp(ea->name, eb->name);
	return (cmp != 0) ? cmp : (int)ea->line - (int)eb->line;
}

static int name_cmp(const void *a, const void *b)
{
	return strcmp(((const entry_t *)a)->name, ((const entry_t *)b)->name);
}

/*! \brief A name of one to six labels over a small alphabet, so that many are related. */
static void random_name(char name[64])
{
	size_t len = 0;
	for (unsigned label = 1 + rnd(6); label > 0; label--) {
		for (unsigned chars = 1 + rnd(4); chars > 0; chars--) {
			name[len++] = "abcdefgh"[rnd((label < 3) ? 8 : 3)];
		}
		name[len++] = '.';
	}
	name[len] = '\0';
}

/*! \brief Something near a name of the set: itself, above, below, beside. */
static void random_query(const entry_t *entries, size_t count, char query[192])
{
	const char *name = entries[rnd(count)].name;
	char other[64];
	random_name(other);
	switch (rnd(5)) {
	case 0:
		strcpy(query, name);
		break;
	case 1:
		snprintf(query, 192, "%s%s", other, name);
		break;
	case 2:
		strcpy(query, strchr(name, '.') + 1);
		break;
	case 3:
		strcpy(query, name);
		query[rnd(strchr(name, '.') - name)] = "abcdefgh"[rnd(8)];
		break;
	default:
		strcpy(query, other);
	}
	if (*query == '\0') {
		strcpy(query, ".");
	}
}

static const entry_t *reference_find(const entry_t *entries, size_t count, const char *query)
{
	for (; *query != '\0' && *query != '.'; query = strchr(query, '.') + 1) {
		entry_t key;
		snprintf(key.name, sizeof(key.name), "%s", query);
		const entry_t *found = bsearch(&key, entries, count, sizeof(key), name_cmp);
		if (found != NULL && strcmp(found->name, query) == 0) {
			return found;
		}
	}
	return NULL;
}

static void random_domains_are_found_as_by_a_reference(void **state)
{
	enum { COUNT = 100000 };
	print_message("# HM_SEED=%" PRIu64 "\n", seed_get());
	hash_seed = seed_get();
	entry_t *entries = calloc(COUNT, sizeof(*entries));
	assert_non_null(entries);
	text_t text = { 0 };
	for (unsigned i = 0; i < COUNT; i++) {
		random_name(entries[i].name);
		entries[i].profile = rnd(3);
		entries[i].line = i;
		add(&text, "%s %s\n", entries[i].name, profiles[entries[i].profile]);
	}
	hm_hosted_file_t *set = load_and_free(&text);

	// The last line of a name is the one that counts.
	qsort(entries, COUNT, sizeof(*entries), entry_cmp);
	size_t count = 0;
	for (size_t i = 0; i < COUNT; i++) {
		if (i + 1 == COUNT || name_cmp(&entries[i], &entries[i + 1]) != 0) {
			entries[count++] = entries[i];
		}
	}
	assert_int_equal(hm_hosted_file_count(set), count);

	size_t hits = 0, misses = 0;
	for (size_t i = 0; i < count + COUNT; i++) {
		char query[192];
		if (i < count) {
			strcpy(query, entries[i].name);
		} else {
			random_query(entries, count, query);
		}
		const entry_t *want = reference_find(entries, count, query);
		if (want != NULL) {
			hits++;
			assert_found(set, query, want->name, want->profile);
		} else {
			misses++;
			assert_missing(set, query);
		}
	}
	assert_true(between(count, COUNT / 4, COUNT));
	assert_true(between(hits, count + COUNT / 10, count + COUNT));
	assert_true(between(misses, COUNT / 50, COUNT));
	free(entries);
	hm_hosted_file_free(set);
}

// The check of a domain against its profile

static void a_domain_that_fails_the_check_is_left_out_with_its_reason(void **state)
{
	given.profile_bad = 1;
	hm_hosted_file_t *set = load_text("a.test\nb.test second\nc.test third\n"
	                             "d\\.e.test second x=1\n");
	assert_report("error 2 not for profile 1\nerror 4 not for profile 1\n");
	assert_int_equal(hm_hosted_file_count(set), 2);
	assert_missing(set, "b.test.");
	assert_found(set, "c.test.", "c.test.", 2);
	hm_hosted_file_free(set);
}

static void the_check_sees_the_variables(void **state)
{
	given.need = "token";
	hm_hosted_file_t *set = load_text("a.test - token=1\nb.test\nc.test - other=1\n"
	                             "d.test second x=1 token=2\ne.test second\n");
	assert_report("error 2 no variable token\nerror 3 no variable token\n"
	              "error 5 no variable token\n");
	assert_int_equal(hm_hosted_file_count(set), 2);
	hm_hosted_file_free(set);
}

static void names_are_checked_whatever_was_checked_before(void **state)
{
	// All sizes and numbers of labels, in an order that goes up, down and across.
	for (unsigned run = 0; run < 40; run++) {
		given.size_max = 10 + rnd(60);
		given.labels_max = (run % 2) ? 2 + rnd(10) : 0;
		text_t text = { 0 };
		unsigned good = 0;
		char names[300][128];
		for (unsigned i = 0; i < 300; i++) {
			snprintf(names[i], sizeof(names[i]), "n%u.", i);
			unsigned labels = 1 + rnd(12), size = strlen(names[i]);
			for (unsigned label = 1; label < labels; label++) {
				unsigned len = 1 + rnd(8);
				memset(names[i] + size, (rnd(20) == 0) ? '+' : 'x', len);
				names[i][size + len] = '.';
				size += len + 1;
			}
			names[i][size] = '\0';
			add(&text, "%s %s\n", names[i], profiles[rnd(3)]);
		}
		hm_hosted_file_t *set = load_and_free(&text);
		for (unsigned i = 0; i < 300; i++) {
			hm_domain_t domain = domain_of(names[i]), found;
			bool want = domain.size <= given.size_max &&
			            (given.labels_max == 0 || domain.labels <= given.labels_max);
			good += want;
			bool exact = hm_hosted_file_find(set, domain.name, &found) &&
			             found.size == domain.size;
			assert_int_equal(exact, want);
		}
		assert_int_equal(hm_hosted_file_count(set), good);
		assert_int_equal(given.report.errors, 300 - good);
		assert_reported("bytes are too many");
		hm_hosted_file_free(set);
	}
}

static void names_with_odd_bytes_are_checked_one_by_one(void **state)
{
	// As text such a name can be four times as long, so a larger plain one says nothing.
	hm_hosted_file_t *set = load_text("a.very.long.name.of.letters.test\na\\.b.test\nc\\.d.test\n");
	assert_int_equal(hm_hosted_file_count(set), 3);
	assert_true(between(given.checks, 3, 10));
	hm_hosted_file_free(set);
}

#define APEX "@ SOA ns.example. h.example. 1 2 3 4 5\n@ NS ns.example.\n"

/*! \brief Expect that what a profile's own check lets in can be expanded, and nothing else. */
static void assert_checked(const char *zone, const char *hosted, size_t good)
{
	given.profile = profile_from("check.zone", zone);
	hm_hosted_file_t *set = load_text(hosted);
	char wrong[256] = "";
	for (const char *pos = hosted; *pos != '\0'; pos = strchr(pos, '\n') + 1) {
		char name[256];
		hm_domain_t domain;
		uint64_t line;
		sscanf(pos, "%254[^ \n]", name);
		if (hm_hosted_file_find(set, dname(name), &domain) &&
		    hm_profile_check(given.profile, &domain, &line) != KNOT_EOK) {
			memcpy(wrong, name, sizeof(name));
		}
	}
	size_t count = hm_hosted_file_count(set);
	hm_hosted_file_free(set);
	hm_profile_free(given.profile);
	given.profile = NULL;
	// Hosted, but with a record that cannot be answered.
	assert_string_equal(wrong, "");
	assert_int_equal(count, good);
}

static void domains_that_a_profile_cannot_be_expanded_for_are_left_out(void **state)
{
	assert_checked(APEX "x CNAME {domain:-}.example.\n",
	               "a.test\nof.sixty-three.bytes.and.so.it.fits.one.label.just.so.name.test\n"
	               "of.sixty-four.bytes.and.so.it.does.not.fit.one.label.this.is.test\n"
	               "b.test\n", 3);
	assert_checked(APEX "x CNAME {v}.example.\n",
	               "a.test - v=a\nb.test - v=\nc.test - v=a..b\nd.test\n", 2);
}

static void domains_that_leave_no_room_for_an_owner_are_left_out(void **state)
{
	// The owner takes 192 of the 255 bytes, .test with its root 6, the length of a label one.
	text_t owner = { 0 }, hosted = { 0 };
	add(&owner, APEX);
	for (unsigned i = 0; i < 3; i++) {
		add_many(&owner, 'o', 63);
		add(&owner, "%s", (i < 2) ? "." : " A 192.0.2.1\n");
	}
	for (unsigned len = 50; len < 60; len++) {
		add_many(&hosted, 'd', len);
		add(&hosted, ".test\n");
	}
	assert_checked(owner.data, hosted.data, 255 - 192 - 6 - 1 - 50 + 1);
	free(owner.data);
	free(hosted.data);
}

static void a_domain_that_completes_an_ip_address_is_left_out(void **state)
{
	// 192.0.2.test is a host name, and so are all plain names but those of numbers.
	assert_checked(APEX "x CNAME {v}.{domain}.\n",
	               "a.test - v=192.0\n2.1 - v=192.0\nb.test - v=192.0\n", 2);
}

// Failing allocations

static void every_failing_allocation_fails_the_load_and_leaks_nothing(void **state)
{
	// Enough to grow everything: names, variables, and the index of both.
	text_t text = { 0 };
	for (unsigned i = 0; i < 400; i++) {
		add(&text, "a-rather-long-name-%u.test %s n=%u\n", i, profiles[i % 3], i);
	}
	add(&text, "bad..test\n");
	const char *file = write_file("hosted", text.data, text.len);
	free(text.data);

	hm_hosted_file_t *const untouched = (hm_hosted_file_t *)&given;
	hm_hosted_file_t *set = untouched;
	long count = 0, failures = 0;
	int ret;
	do {
		set = untouched;
		alloc_countdown = count;
		ret = load(file, &set);
		bool failed = (alloc_countdown == 0);
		alloc_countdown = -1;
		if (ret != KNOT_EOK) {
			assert_true(failed);
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_ptr_equal(set, untouched);
			failures++;
		}
		count++;
	} while (ret != KNOT_EOK);
	assert_int_equal(hm_hosted_file_count(set), 400);
	assert_true(between(failures, 15, 1000));
	hm_hosted_file_free(set);

	// What is given back at the end is only an offer.
	for (unsigned more = 0; more < 5; more++) {
		alloc_countdown = count + more;
		ret = load(file, &set);
		alloc_countdown = -1;
		assert_int_equal(ret, KNOT_EOK);
		assert_found(set, "x.a-rather-long-name-7.test.", "a-rather-long-name-7.test.", 1);
		assert_value(set, "a-rather-long-name-399.test.", "n", "399", 3);
		hm_hosted_file_free(set);
	}
}

static void looking_up_takes_no_memory(void **state)
{
	hm_hosted_file_t *set = load_text("a.test second x=1\n");
	alloc_countdown = 0;
	hm_domain_t domain;
	bool found = hm_hosted_file_find(set, (const uint8_t *)"\1b\1a\4test", &domain);
	bool missing = !hm_hosted_file_find(set, (const uint8_t *)"\1b\1b\4test", &domain);
	alloc_countdown = -1;
	assert_true(found);
	assert_true(missing);
	hm_hosted_file_free(set);
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

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
		TEST(a_top_level_name_is_hosted_with_a_warning),
		TEST(the_last_line_wins),
		TEST(the_last_of_many_lines_wins),
		TEST(a_bad_line_does_not_take_an_earlier_one_down),
		TEST(a_missing_file_fails_the_load),
		TEST(a_folder_fails_the_load),
		TEST(a_device_fails_the_load),
		TEST(a_fifo_fails_the_load_and_does_not_block),
		TEST(an_unreadable_file_fails_the_load),
		TEST(a_loop_of_links_fails_the_load),
		TEST(a_file_without_domains_is_an_empty_set),
		TEST(freeing_nothing_is_fine),
		TEST(short_reads_change_nothing),
		TEST(an_interrupted_read_is_tried_again),
		TEST(a_read_error_fails_the_load),
		TEST(a_read_error_behind_a_line_that_is_too_long_fails_the_load),
		TEST(a_file_that_gets_shorter_fails_the_load),
		TEST(a_file_that_is_written_to_meanwhile_is_reported),
		TEST(a_file_that_gets_more_lines_fails_the_load),
		TEST(without_random_numbers_the_load_fails),
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
		TEST(the_name_itself_and_all_below_are_found),
		TEST(names_above_and_beside_are_not_found),
		TEST(the_deepest_one_wins),
		TEST(the_order_of_lines_does_not_matter_for_the_match),
		TEST(the_same_bytes_that_start_inside_of_a_label_are_not_found),
		TEST(a_domain_of_ten_labels_is_found),
		TEST(a_query_of_127_labels_finds_the_deepest),
		TEST(small_sets_are_searched_whatever_the_hash),
		TEST(a_name_with_a_byte_changed_is_another_name_whatever_the_hash),
		TEST(random_domains_are_found_as_by_a_reference),
		TEST(a_domain_that_fails_the_check_is_left_out_with_its_reason),
		TEST(the_check_sees_the_variables),
		TEST(names_are_checked_whatever_was_checked_before),
		TEST(names_with_odd_bytes_are_checked_one_by_one),
		TEST(domains_that_a_profile_cannot_be_expanded_for_are_left_out),
		TEST(domains_that_leave_no_room_for_an_owner_are_left_out),
		TEST(a_domain_that_completes_an_ip_address_is_left_out),
		TEST(every_failing_allocation_fails_the_load_and_leaks_nothing),
		TEST(looking_up_takes_no_memory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
