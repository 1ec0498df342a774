/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "master_common.h"

/*! \brief How reading goes wrong: the tested code's read() is the one below. */
static struct {
	size_t chunk_max; /*!< Most bytes of a read, 0 for as many as asked for. */
	size_t left;      /*!< Bytes until the file ends, SIZE_MAX for its real end. */
	size_t calls;
	size_t fail_at;   /*!< Call that fails, counted from 1. */
} io = { .left = SIZE_MAX };

ssize_t read(int fd, void *buf, size_t len)
{
	if (++io.calls == io.fail_at) {
		errno = EIO;
		return -1;
	}
	len = (io.chunk_max > 0 && len > io.chunk_max) ? io.chunk_max : len;
	len = (len > io.left) ? io.left : len;
	ssize_t got = syscall(SYS_read, fd, buf, len);
	if (got > 0 && io.left != SIZE_MAX) {
		io.left -= got;
	}
	return got;
}

static void io_reset(void)
{
	memset(&io, 0, sizeof(io));
	io.left = SIZE_MAX;
}

static void an_included_file_is_found_beside_the_one_that_includes_it(void **state)
{
	assert_true(mkdir(path_of("sub"), 0755) == 0 || errno == EEXIST);
	write_text("sub/one.zone", "one 5 TXT {name}\n$INCLUDE two.zone\n@ 5 TXT {domain}\n");
	write_text("sub/two.zone", "\ntwo 5 MX 10 {name}\n");
	assert_records("a 5 TXT {name}\n"
	               "$INCLUDE sub/one.zone ; {comment\n"
	               "\n"
	               "b 5 TXT {other}\n",
	               "1 a 5 TXT \"value\"\n"
	               "one.zone:1 one 5 TXT \"value\"\n"
	               "two.zone:2 two 5 MX 10 value.example.com.\n"
	               "one.zone:3 @ 5 TXT \"example.com\"\n"
	               "4 b 5 TXT not exists\n");
}

static void an_included_file_may_have_an_absolute_name(void **state)
{
	char text[1024];
	snprintf(text, sizeof(text), "$INCLUDE \"%s\"\n",
	         write_text("inner.zone", "x 5 TXT {name}"));
	assert_records(text, "inner.zone:1 x 5 TXT \"value\"\n");
}

static void the_ttl_goes_into_an_included_file_but_not_out_of_it(void **state)
{
	write_text("inner.zone", "x TXT a\n$TTL 8\ny TXT b\n");
	assert_records("$TTL 7\n$INCLUDE inner.zone\nz TXT c\n",
	               "inner.zone:1 x 7 TXT \"a\"\n"
	               "inner.zone:3 y 8 TXT \"b\"\n"
	               "3 z 7 TXT \"c\"\n");
}

static void an_origin_goes_into_an_included_file(void **state)
{
	write_text("inner.zone", "x TXT a\n");
	read_text("$INCLUDE inner.zone example.net.\n$ORIGIN example.org.\n$INCLUDE inner.zone\n");
	assert_findings("inner.zone:1 owner 'x.example.net.' is outside the domain\n"
	                "inner.zone:1 owner 'x.example.org.' is outside the domain");
}

static void an_error_in_an_included_file_names_it(void **state)
{
	write_text("inner.zone", "x TXT a\n\n{name} TXT a\ny TXT ( a\n{bad )\nz A 192.0.2\n"
	                         "q. TXT a\nv A {name}\nw MX 10 192.0.2.1\n");
	static const case_t cases[] = {
		{ "a TXT {name}\n\n\n\n\n\n\n\n\n\n\n$INCLUDE inner.zone\n"
		  "b MX 1 192.0.2.1\nc TXT {x",
		  "14 malformed variable '{x'\n"
		  "inner.zone:5 malformed variable '{bad'\n"
		  "inner.zone:3 variable not allowed in an owner\n"
		  "inner.zone:6 \n"
		  "inner.zone:7 outside\n"
		  "inner.zone:8 \n"
		  "inner.zone:9 IP address\n"
		  "13 IP address\n" },
	};
	ASSERT_REFUSED(cases);
}

static void reading_goes_on_behind_an_error_behind_an_include(void **state)
{
	write_text("inner.zone", "x 5 TXT y\n");
	static const case_t cases[] = {
		{ "$INCLUDE inner.zone\na A 192.0.2\nb MX x\nc TXT {x}", "2 \n3 " },
	};
	ASSERT_REFUSED(cases);
}

static void a_file_may_include_many_others(void **state)
{
	// libzscanner's stack holds 16; in a process of its own, for smashing it ends the process.
	write_text("inner.zone", "x 5 TXT y\n");
	static char text[500 * sizeof("$INCLUDE inner.zone\n")] = "";
	for (int i = 0; i < 500; i++) {
		strcpy(text + i * strlen("$INCLUDE inner.zone\n"), "$INCLUDE inner.zone\n");
	}
	const char *path = write_text("main.zone", text);

	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		read_path(path);
		_exit((run.ret == KNOT_EOK && run.calls == 500) ? 0 : 1);
	}
	int status = -1;
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_int_equal(status, 0);
}

static void an_included_file_that_cannot_be_read_is_an_error(void **state)
{
	char text[2048];
	snprintf(text, sizeof(text), "$INCLUDE missing.zone\n$INCLUDE %s\n", path_of(""));
	const case_t cases[] = {
		{ "$INCLUDE missing.zone", "missing.zone:0 cannot be read" },
		{ text, "missing.zone:0 cannot be read\n:0 not a regular file" },
	};
	ASSERT_REFUSED(cases);
}

static void an_include_without_a_file_is_an_error(void **state)
{
	read_text("a TXT x\n$INCLUDE\n");
	assert_findings("2 ");
}

static void an_included_file_cannot_use_the_mark(void **state)
{
	write_text("inner.zone", "x 5 TXT \\001\n");
	write_text("other.zone", "; \001\nx 5 TXT y\n");
	static const case_t cases[] = {
		{ "$INCLUDE inner.zone",
		  "inner.zone:0 byte \\001 not allowed in an included file" },
		{ "$INCLUDE other.zone",
		  "other.zone:0 byte \\001 not allowed in an included file" },
	};
	ASSERT_REFUSED(cases);

	// It only depends on the first file what the mark is.
	assert_records("; \\001\n$INCLUDE inner.zone\na 5 TXT {name}\n",
	               "inner.zone:1 x 5 TXT \"\\001\"\n3 a 5 TXT \"value\"\n");
}

static void an_included_file_cannot_use_the_mark_in_hexadecimal(void **state)
{
	write_text("inner.zone", "x 5 TXT \\# 3 020102\n");
	write_text("other.zone", "x 5 MX \\# 5 000a010100\n");
	static const case_t cases[] = {
		{ "$INCLUDE inner.zone",
		  "inner.zone:0 byte \\001 not allowed in an included file" },
		{ "$INCLUDE other.zone",
		  "other.zone:0 byte \\001 not allowed in an included file" },
	};
	ASSERT_REFUSED(cases);
}

static void a_file_that_includes_itself_is_an_error(void **state)
{
	read_text("a 5 TXT x\n$INCLUDE main.zone\n");
	assert_findings("2 $INCLUDE nested more than 16 deep");
	assert_int_equal(run.calls, 17);
}

static void a_file_that_includes_itself_twice_comes_to_an_end(void **state)
{
	read_text("a 5 TXT x\n$INCLUDE main.zone\n$INCLUDE main.zone\n");
	assert_int_equal(run.ret, KNOT_EPARSEFAIL);
	assert_non_null(strstr(run.findings, "$INCLUDE nested more than 16 deep"));
	assert_true(run.calls < 5000 && run.errors < 5000);
}

static void sixteen_files_may_be_nested(void **state)
{
	char name[32], text[64];
	for (int i = 1; i <= 17; i++) {
		snprintf(name, sizeof(name), "nested%d.zone", i);
		snprintf(text, sizeof(text), "x%d 5 TXT y\n$INCLUDE nested%d.zone\n", i, i + 1);
		write_text(name, text);
	}
	write_text("nested16.zone", "x16 5 TXT y\n");
	read_text("$INCLUDE nested1.zone\n");
	assert_findings("");
	assert_int_equal(run.calls, 16);

	write_text("nested16.zone", "x16 5 TXT y\n\n$INCLUDE nested17.zone\nx17 5 TXT y\n");
	read_text("$INCLUDE nested1.zone\n$INCLUDE nested15.zone\n");
	assert_findings("nested16.zone:3 $INCLUDE nested more than 16 deep\n"
	                "nested18.zone:0 cannot be read");
	assert_int_equal(run.calls, 16 + 1 + 4);
}

static void a_missing_file_is_an_error(void **state)
{
	read_path(path_of("no/such/file"));
	assert_findings("file:0 cannot be read");
	read_path("");
	assert_findings(":0 cannot be read");
}

static void only_a_regular_file_is_read(void **state)
{
	read_path(path_of("."));
	assert_findings(".:0 not a regular file");

	// Nobody writes to it: opening or reading it must not wait.
	const char *fifo = path_of("fifo");
	assert_true(mkfifo(fifo, 0600) == 0 || errno == EEXIST);
	alarm(60);
	read_path(fifo);
	alarm(0);
	assert_findings("fifo:0 not a regular file");

	read_path("/dev/zero");
	assert_findings("zero:0 not a regular file");
}

static void a_huge_file_is_not_read(void **state)
{
	const char *path = write_text("main.zone", "a TXT x\n");
	assert_int_equal(truncate(path, 256 * 1024 * 1024 + 1), 0);
	read_path(path);
	assert_findings("0 larger than 256 MiB");
	assert_int_equal(run.calls, 0);
}

static void an_error_of_reading_is_reported(void **state)
{
	const char *path = write_text("main.zone", "a 5 TXT x\nb 5 TXT {name}\n");
	io_reset();
	io.chunk_max = 7;
	io.fail_at = 3;
	read_path(path);
	io_reset();
	assert_findings("0 cannot be read");
	assert_int_equal(run.calls, 0);
}

static void a_file_may_come_in_small_pieces(void **state)
{
	const char *path = write_text("main.zone", "a 5 TXT x\nb 5 TXT {name}\n");
	io.chunk_max = 1;
	read_path(path);
	io_reset();
	assert_findings("");
	assert_string_equal(run.records, "1 a 5 TXT \"x\"\n2 b 5 TXT \"value\"\n");
}

static void a_file_that_shrinks_is_an_error(void **state)
{
	const char *path = write_text("main.zone", "a 5 TXT x\nb 5 TXT {name}\nc 5 TXT y\n");
	io.left = strlen("a 5 TXT x\nb 5 TXT {na");
	read_path(path);
	io_reset();
	assert_findings("0 changed while it was read");
	assert_string_equal(run.records, "");
}

static void no_file_stays_open(void **state)
{
	write_text("inner.zone", "x 5 TXT y\n");
	int before = open("/dev/null", O_RDONLY);
	assert_true(before >= 0);
	close(before);

	read_text("$INCLUDE inner.zone\n$INCLUDE missing.zone\n$INCLUDE .\n{ A x\n");
	assert_int_equal(run.calls, 1);
	assert_int_equal(run.errors, 3);
	io_reset();
	io.fail_at = 1;
	read_text("a TXT x\n");
	io_reset();
	assert_int_equal(run.errors, 1);
	alloc_countdown = 1;
	read_text("a TXT x\n");
	alloc_countdown = -1;
	assert_int_equal(run.ret, KNOT_ENOMEM);

	int after = open("/dev/null", O_RDONLY);
	close(after);
	assert_int_equal(after, before);
}

static void reading_without_memory_fails_and_leaves_nothing_behind(void **state)
{
	write_text("inner.zone", "x 5 TXT {name}\n");
	char path[1024];
	snprintf(path, sizeof(path), "%s",
	         write_text("main.zone", "$TTL 5\n@ MX 10 x{name}.{domain}.y\n$INCLUDE inner.zone\n"
	                                 "@ NAPTR 1 1 \"{a}\" \"\" \"{domain}\" {domain:-}\n"));
	run.ret = KNOT_ENOMEM;
	long failures = 0;
	for (; run.ret != KNOT_EOK; failures++) {
		alloc_countdown = failures;
		read_path(path);
		alloc_countdown = -1;
		if (run.ret != KNOT_EOK) {
			assert_int_equal(run.ret, KNOT_ENOMEM);
			assert_int_equal(run.errors, 0);
		}
	}
	assert_true(failures > 20);
	assert_int_equal(run.calls, 3);
}

static void running_out_of_memory_comes_before_errors(void **state)
{
	char path[1024];
	snprintf(path, sizeof(path), "%s",
	         write_text("main.zone", "a A x\n{ TXT a\nb TXT {name}\n"));
	run.ret = KNOT_ENOMEM;
	long failures = 0;
	for (; run.ret != KNOT_EPARSEFAIL; failures++) {
		alloc_countdown = failures;
		read_path(path);
		alloc_countdown = -1;
		assert_true(run.ret == KNOT_ENOMEM || run.ret == KNOT_EPARSEFAIL);
		assert_true(failures < 1000);
	}
	assert_int_equal(run.calls, 1);
	assert_int_equal(run.errors, 2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_included_file_is_found_beside_the_one_that_includes_it),
		cmocka_unit_test(an_included_file_may_have_an_absolute_name),
		cmocka_unit_test(the_ttl_goes_into_an_included_file_but_not_out_of_it),
		cmocka_unit_test(an_origin_goes_into_an_included_file),
		cmocka_unit_test(an_error_in_an_included_file_names_it),
		cmocka_unit_test(reading_goes_on_behind_an_error_behind_an_include),
		cmocka_unit_test(a_file_may_include_many_others),
		cmocka_unit_test(an_included_file_that_cannot_be_read_is_an_error),
		cmocka_unit_test(an_include_without_a_file_is_an_error),
		cmocka_unit_test(an_included_file_cannot_use_the_mark),
		cmocka_unit_test(an_included_file_cannot_use_the_mark_in_hexadecimal),
		cmocka_unit_test(a_file_that_includes_itself_is_an_error),
		cmocka_unit_test(a_file_that_includes_itself_twice_comes_to_an_end),
		cmocka_unit_test(sixteen_files_may_be_nested),
		cmocka_unit_test(a_missing_file_is_an_error),
		cmocka_unit_test(only_a_regular_file_is_read),
		cmocka_unit_test(a_huge_file_is_not_read),
		cmocka_unit_test(an_error_of_reading_is_reported),
		cmocka_unit_test(a_file_may_come_in_small_pieces),
		cmocka_unit_test(a_file_that_shrinks_is_an_error),
		cmocka_unit_test(no_file_stays_open),
		cmocka_unit_test(reading_without_memory_fails_and_leaves_nothing_behind),
		cmocka_unit_test(running_out_of_memory_comes_before_errors),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
