/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>

#include "served.h"
#include "shell.h"
#include "test.h"

/*! \brief Servers of a text: "name digest domains refused unavailable;" each. */
static void assert_counters(const char *text, const char *want)
{
	hm_served_list_t list = { 0 };
	char got[1024] = "";
	assert_int_equal(hm_served_parse_counters(text, &list), KNOT_EOK);
	for (size_t i = 0; i < list.count; i++) {
		const hm_served_t *served = &list.servers[i];
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s %" PRIu64 " %" PRIu64
		         " %d %d;", served->name, served->file.digest, served->file.domains,
		         served->file.refused, served->file.unavailable);
	}
	assert_string_equal(got, want);
	hm_served_clear(&list);
}

#define ITEM "mod-hostedmail.hosted-file"

static void counters_of_several_servers_are_told_apart(void **state)
{
	assert_counters("", "");
	assert_counters(ITEM "[domains] = 5\n" ITEM "[digest] = 7\n",
	                "server 1 of the command 7 5 0 0;");
	assert_counters("mod-hostedmail.answer[noerror] = 3\n"
	                ITEM "[domains] = 5\n" ITEM "[left-out] = 1\n" ITEM "[refused] = 1\n"
	                ITEM "[unavailable] = 0\n" ITEM "[digest] = 7\n"
	                ITEM "[refused] = 0\n" ITEM "[unavailable] = 1\n"
	                ITEM "[digest] = 9007199254740991",
	                "server 1 of the command 7 5 1 0;"
	                "server 2 of the command 9007199254740991 0 0 1;");
}

static void servers_have_the_names_that_lines_begin_with(void **state)
{
	assert_counters("ns1: " ITEM "[domains] = 5\nns1: " ITEM "[digest] = 7\n"
	                "ns2.example:\t" ITEM "[digest] = 8\n",
	                "the server 'ns1' 7 5 0 0;the server 'ns2.example' 8 0 0 0;");
}

static void counters_are_read_in_the_form_of_all_versions(void **state)
{
	assert_counters(ITEM "[domains]: 5\n" ITEM "[digest]: 7\n",
	                "server 1 of the command 7 5 0 0;");
	assert_counters("ns1: " ITEM "[domains]: 5\nns1: " ITEM "[digest]: 7\n",
	                "the server 'ns1' 7 5 0 0;");
}

static void garbage_is_no_counter(void **state)
{
	assert_counters("hosted-file[\nhosted-file[digest\nhosted-file[digest] = x\n"
	                "hosted-file[]: 1\n"
	                "hosted-file[digests] = 1\nhosted-file[dig] = 1\n\n[digest] = 4\n:\n", "");
	char text[5000];
	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_counters(text, "");
}

static void assert_serials(const char *text, const char *want)
{
	hm_served_list_t list = { 0 };
	char got[1024] = "";
	assert_int_equal(hm_served_parse_serials(text, &list), KNOT_EOK);
	for (size_t i = 0; i < list.count; i++) {
		snprintf(got + strlen(got), sizeof(got) - strlen(got), "%s %" PRIu32 ";",
		         list.servers[i].name, list.servers[i].serial);
	}
	assert_string_equal(got, want);
	hm_served_clear(&list);
}

static void serials_are_read(void **state)
{
	assert_serials("[bulk.] bulk. 60 SOA ns. h. 4294967295 2 1 1209600 60\n"
	               "ns2: bulk. 60 SOA ns. h. 7 2 1 1209600 60\n"
	               "SOA\n SOA \nx SOA a b c\nerror: (no such zone)\n",
	               "server 1 of the command 4294967295;the server 'ns2' 7;");
}

static void memory_that_runs_out_is_an_error(void **state)
{
	for (long i = 0; i < 2; i++) {
		hm_served_list_t list = { 0 };
		alloc_countdown = i;
		int ret = hm_served_parse_counters("a: hosted-file[digest] = 1\n"
		                                   "b: hosted-file[digest] = 2\n", &list);
		alloc_countdown = -1;
		assert_int_equal(ret, KNOT_ENOMEM);
		hm_served_clear(&list);
	}
}

static void a_command_is_run_and_heard(void **state)
{
	char *text = NULL;
	hm_error_t error;
	assert_int_equal(hm_shell_run("echo one; echo two >&2; cat", -1, 60000, &text, &error),
	                 KNOT_EOK);
	assert_string_equal(text, "one\n");
	free(text);
	assert_int_equal(hm_shell_run("exit 3", -1, 0, NULL, &error), KNOT_ERROR);
	assert_string_equal(error.text, "the command 'exit 3' ended with 3");
	assert_int_equal(hm_shell_run("kill -9 $$", -1, 0, &text, &error), KNOT_ERROR);
	assert_string_equal(error.text, "the command 'kill -9 $$' was killed by signal 9");
	assert_int_equal(hm_shell_run("sleep 3 & sleep 3", -1, 10, &text, &error),
	                 KNOT_ETIMEOUT);
	assert_string_equal(error.text, "the command 'sleep 3 & sleep 3' takes too long");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counters_of_several_servers_are_told_apart),
		cmocka_unit_test(servers_have_the_names_that_lines_begin_with),
		cmocka_unit_test(counters_are_read_in_the_form_of_all_versions),
		cmocka_unit_test(garbage_is_no_counter),
		cmocka_unit_test(serials_are_read),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
		cmocka_unit_test(a_command_is_run_and_heard),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
