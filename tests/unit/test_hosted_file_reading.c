/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <sys/stat.h>

#include "hosted_file_common.h"

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

static int reset(void **state)
{
	memset(&io, 0, sizeof(io));
	return hosted_file_reset(state);
}

/*! \brief Load with reads counted from the first. */
static int load(const char *file, hm_hosted_file_t **out)
{
	io.calls = 0;
	io.passes = 0;
	return load_hosted(file, out);
}

static void assert_unreadable(const char *file)
{
	hm_hosted_file_t *const untouched = (hm_hosted_file_t *)&given;
	hm_hosted_file_t *hosted = untouched;
	assert_int_equal(load(file, &hosted), KNOT_EFILE);
	assert_ptr_equal(hosted, untouched);
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
	hm_hosted_file_t *hosted = NULL;
	int ret = load(file, &hosted);
	assert_true(!root || seteuid(0) == 0);
	assert_int_equal(ret, KNOT_EFILE);
	assert_null(hosted);
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
		hm_hosted_file_t *hosted = load_text(texts[i]);
		assert_report("");
		assert_int_equal(hm_hosted_file_count(hosted), 0);
		assert_true(between(hm_hosted_file_memory(hosted), 1, 10000));
		assert_missing(hosted, ".");
		assert_missing(hosted, "a.test.");
		assert_missing(hosted, letters('a', KNOT_DNAME_MAXLABELS));
		hm_hosted_file_free(hosted);
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

static void assert_many_lines(const hm_hosted_file_t *hosted)
{
	assert_int_equal(given.report.errors, 3);
	assert_reported("error 5 ");
	assert_reported("error 7 ");
	assert_reported("warning 8 ");
	assert_reported("error 9 ");
	assert_int_equal(hm_hosted_file_count(hosted), 6);
	assert_found(hosted, "a.test.", "a.test.", 1);
	assert_value(hosted, "b.test.", "y", " ", 1);
	assert_found(hosted, "d.e.f.test.", "d.e.f.test.", 0);
	assert_value(hosted, "g.test.", "x", "1", 1);
	assert_found(hosted, "last.test.", "last.test.", 2);
}

static hm_hosted_file_t *load_many_lines(void)
{
	hm_hosted_file_t *hosted = NULL;
	assert_int_equal(load(write_text("hosted", many_lines), &hosted), KNOT_EOK);
	return hosted;
}

static void short_reads_change_nothing(void **state)
{
	need_io();
	for (size_t max = 0; max < sizeof(many_lines) + 1; max++) {
		io.chunk_max = max;
		hm_hosted_file_t *hosted = load_many_lines();
		assert_many_lines(hosted);
		hm_hosted_file_free(hosted);
	}
}

static void an_interrupted_read_is_tried_again(void **state)
{
	need_io();
	io.chunk_max = 16;
	io.error = EINTR;
	for (io.fail_at = 1; ; io.fail_at++) {
		hm_hosted_file_t *hosted = load_many_lines();
		assert_many_lines(hosted);
		hm_hosted_file_free(hosted);
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
	hm_hosted_file_t *hosted;
	int ret = KNOT_EFILE;
	io.chunk_max = 16;
	io.error = EIO;
	for (io.fail_at = 1; ; io.fail_at++) {
		hosted = untouched;
		ret = load(file, &hosted);
		if (io.calls < io.fail_at) {
			break;
		}
		assert_int_equal(ret, KNOT_EFILE);
		assert_ptr_equal(hosted, untouched);
		assert_reported("error 0 ");
		assert_reported(strerror(EIO));
	}
	assert_int_equal(ret, KNOT_EOK);
	assert_true(between(io.fail_at, 10, 1000));
	hm_hosted_file_free(hosted);
}

static void a_read_error_behind_a_line_that_is_too_long_fails_the_load(void **state)
{
	need_io();
	text_t text = { 0 };
	text_fill(&text, 'x', HM_HOSTED_FILE_LINE_MAX + 40000);
	const char *file = write_file("hosted", text.data, text.len);
	free(text.data);
	hm_hosted_file_t *hosted = NULL;
	io.chunk_max = 20000;
	io.error = EIO;
	// Six reads to count the lines, one for their end, and the fourth after that is too much.
	for (io.fail_at = 8; io.fail_at < 14; io.fail_at++) {
		assert_int_equal(load(file, &hosted), KNOT_EFILE);
		assert_null(hosted);
		assert_reported(strerror(EIO));
	}
}

static void a_file_that_gets_shorter_fails_the_load(void **state)
{
	need_io();
	const char *file = write_text("hosted", many_lines);
	hm_hosted_file_t *hosted = NULL;
	for (io.end = 1; io.end < (off_t)strlen(many_lines); io.end++) {
		assert_int_equal(load(file, &hosted), KNOT_EFILE);
		assert_null(hosted);
		assert_reported("changed while it was read");
	}
	assert_int_equal(load(file, &hosted), KNOT_EOK);
	hm_hosted_file_free(hosted);
}

static void a_file_that_is_written_to_meanwhile_is_reported(void **state)
{
	need_io();
	const char *file = write_text("hosted", many_lines);
	hm_hosted_file_t *hosted;
	assert_int_equal(load(file, &hosted), KNOT_EOK);
	size_t count = hm_hosted_file_count(hosted);
	size_t calls = io.calls, warnings = given.report.warnings;
	hm_hosted_file_free(hosted);
	for (io.touch_at = 1; io.touch_at <= calls; io.touch_at++) {
		file = write_text("hosted", many_lines);
		assert_int_equal(load(file, &hosted), KNOT_EOK);
		assert_int_equal(given.report.warnings, warnings + 1);
		assert_reported("warning 0 changed while it was read");
		assert_int_equal(hm_hosted_file_count(hosted), count);
		hm_hosted_file_free(hosted);
	}
}

static void a_file_that_gets_more_lines_fails_the_load(void **state)
{
	need_io();
	text_t text = { 0 };
	for (unsigned i = 0; i < 1000; i++) {
		text_add(&text, "d%u.test\n", i);
	}
	const char *file = write_file("hosted", text.data, text.len);
	free(text.data);
	hm_hosted_file_t *hosted = NULL;
	io.joined = true;
	alarm(30); // A full index would be searched for ever.
	assert_int_equal(load(file, &hosted), KNOT_EFILE);
	alarm(0);
	assert_null(hosted);
	assert_int_equal(given.report.errors, 1);
	assert_reported("changed");
}

static void without_random_numbers_the_load_fails(void **state)
{
	hash_seed_fails = true;
	hm_hosted_file_t *hosted = NULL;
	assert_int_not_equal(load(write_text("hosted", "a.test\n"), &hosted), KNOT_EOK);
	assert_null(hosted);
}

static void every_failing_allocation_fails_the_load_and_leaks_nothing(void **state)
{
	// Enough to grow everything: names, variables, and the index of both.
	text_t text = { 0 };
	for (unsigned i = 0; i < 400; i++) {
		text_add(&text, "a-rather-long-name-%u.test %s n=%u\n", i, profiles[i % 3], i);
	}
	text_add(&text, "bad..test\n");
	const char *file = write_file("hosted", text.data, text.len);
	free(text.data);

	hm_hosted_file_t *const untouched = (hm_hosted_file_t *)&given;
	hm_hosted_file_t *hosted = untouched;
	long count = 0, failures = 0;
	int ret;
	do {
		hosted = untouched;
		alloc_countdown = count;
		ret = load(file, &hosted);
		bool failed = (alloc_countdown == 0);
		alloc_countdown = -1;
		if (ret != KNOT_EOK) {
			assert_true(failed);
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_ptr_equal(hosted, untouched);
			failures++;
		}
		count++;
	} while (ret != KNOT_EOK);
	assert_int_equal(hm_hosted_file_count(hosted), 400);
	assert_true(between(failures, 15, 1000));
	hm_hosted_file_free(hosted);

	// What is given back at the end is only an offer.
	for (unsigned more = 0; more < 5; more++) {
		alloc_countdown = count + more;
		ret = load(file, &hosted);
		alloc_countdown = -1;
		assert_int_equal(ret, KNOT_EOK);
		assert_found(hosted, "x.a-rather-long-name-7.test.", "a-rather-long-name-7.test.",
		             1);
		assert_value(hosted, "a-rather-long-name-399.test.", "n", "399", 3);
		hm_hosted_file_free(hosted);
	}
}

#define TEST(name) cmocka_unit_test_setup(name, reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
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
		TEST(every_failing_allocation_fails_the_load_and_leaks_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
