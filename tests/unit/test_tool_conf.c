/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <sys/stat.h>

#include "conf.h"
#include "test.h"

static hm_conf_t conf;
static hm_error_t error;

static int read_text(const char *text)
{
	return hm_conf_read(write_text("knot.conf", text), &conf, &error);
}

/*! \brief Read a configuration that is good. */
static void good(const char *text)
{
	error.text[0] = '\0';
	assert_int_equal(read_text(text), KNOT_EOK);
}

/*! \brief Expect an error, after the name of the folder. */
static void bad(const char *text, int ret, const char *want)
{
	assert_int_equal(read_text(text), ret);
	hm_conf_clear(&conf);
	size_t folder = strlen(path_of(""));
	assert_memory_equal(error.text, path_of(""), folder);
	assert_string_equal(error.text + folder, want);
}

static void assert_name(const knot_dname_t *name, const char *want)
{
	assert_true(knot_dname_is_equal(name, dname(want)));
}

static void a_section_has_what_its_items_say(void **state)
{
	good("server:\n    rundir: \"/some where\"\n    listen: 127.0.0.1@53\n"
	     "mod-hostedmail:\n"
	     "  - id: mail # comment\n"
	     "    profile: [ /a.zone, \"/b c.zone\" ]\n"
	     "    profile: /d.zone\n"
	     "    hosted-file: /hosted\n"
	     "    hosted-zone: Hosted.\n"
	     "    hosted-exclude: [ Provider.example, a.b ]\n"
	     "    hosted-file-max-shrink: 70\n"
	     "    comment: \"profile: /x.zone\"\n"
	     "zone:\n  - domain: Example.com\n    file: x\n  - domain: example.net.\n");
	assert_int_equal(conf.sections_count, 1);
	const hm_conf_section_t *section = &conf.sections[0];
	assert_string_equal(section->id, "mail");
	assert_int_equal(section->profiles_count, 3);
	assert_string_equal(section->profiles[0], "/a.zone");
	assert_string_equal(section->profiles[1], "/b c.zone");
	assert_string_equal(section->profiles[2], "/d.zone");
	assert_string_equal(section->hosted_file, "/hosted");
	assert_int_equal(section->zones_count, 1);
	assert_name(section->zones[0], "hosted.");
	assert_int_equal(section->excludes_count, 2);
	assert_name(section->excludes[0], "provider.example.");
	assert_name(section->excludes[1], "a.b.");
	assert_int_equal(conf.zones_count, 2);
	assert_name(conf.zones[0], "example.com.");
	assert_name(conf.zones[1], "example.net.");
	assert_string_equal(conf.rundir, "/some where");
	hm_conf_clear(&conf);
}

static void what_is_given_again_counts_as_in_the_server(void **state)
{
	good("mod-hostedmail:\n  - id: a\n    hosted-file: /first\n    hosted-file: /last\n"
	     "    profile: [ /a.zone, /b.zone, /a.zone ]\n");
	assert_string_equal(conf.sections[0].hosted_file, "/last");
	assert_int_equal(conf.sections[0].profiles_count, 2);
	hm_conf_clear(&conf);
}

static void sections_of_others_are_no_concern(void **state)
{
	good("mod-other:\n  - id: a\n    profile: /x\n    nothing: 1\nremote:\n  - id: b\n"
	     "template:\n  - id: default\n    hosted-file: /x\n");
	assert_int_equal(conf.sections_count, 0);
	assert_null(hm_conf_section(&conf, NULL, &error));
	assert_string_equal(error.text, "there is no section mod-hostedmail in the configuration");
	hm_conf_clear(&conf);
}

static void a_section_is_chosen_by_its_id(void **state)
{
	good("mod-hostedmail:\n  - id: a\n    profile: /a.zone\n");
	assert_ptr_equal(hm_conf_section(&conf, NULL, &error), &conf.sections[0]);
	assert_ptr_equal(hm_conf_section(&conf, "a", &error), &conf.sections[0]);
	assert_null(hm_conf_section(&conf, "A", &error));
	assert_string_equal(error.text,
	                    "there is no section mod-hostedmail with the id 'A', only: a");
	hm_conf_clear(&conf);

	good("mod-hostedmail:\n  - id: a\nmod-hostedmail:\n  - id: b\n    profile: /b.zone\n");
	assert_ptr_equal(hm_conf_section(&conf, "b", &error), &conf.sections[1]);
	assert_null(hm_conf_section(&conf, NULL, &error));
	assert_string_equal(error.text,
	                    "there are several sections mod-hostedmail, choose one with -i: a, b");
	hm_conf_clear(&conf);
}

static void a_global_module_is_known_by_the_default_template(void **state)
{
	good("mod-hostedmail:\n  - id: a\n  - id: b\n  - id: c\n  - id: d\n"
	     "template:\n  - id: default\n    global-module: [ mod-stats, mod-hostedmail/b ]\n"
	     "    module: mod-hostedmail/a\n"
	     "  - id: other\n    global-module: mod-hostedmail/c\n");
	static const bool want[] = { false, true, false, false };
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(hm_conf_is_global(&conf, &conf.sections[i]), want[i]);
	}
	hm_conf_clear(&conf);
}

static void the_control_socket_is_where_the_server_has_it(void **state)
{
	static const char *const cases[][2] = {
		{ "", HM_KNOT_RUNDIR "/knot.sock" },
		{ "server:\n    rundir: /x\n", "/x/knot.sock" },
		{ "server:\n    rundir: /x\ncontrol:\n    listen: y.sock\n", "/x/y.sock" },
		{ "control:\n    listen: y.sock\n", HM_KNOT_RUNDIR "/y.sock" },
		{ "server:\n    rundir: /x\ncontrol:\n    listen: /z/y.sock\n", "/z/y.sock" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		good(cases[i][0]);
		char *path = hm_conf_socket(&conf);
		assert_string_equal(path, cases[i][1]);
		free(path);
		hm_conf_clear(&conf);
	}
}

static void files_are_included_from_the_folder_of_the_file(void **state)
{
	mkdir(path_of("conf.d"), 0700);
	mkdir(path_of("conf.d/folder.conf"), 0700);
	write_text("conf.d/b.conf", "mod-hostedmail:\n  - id: b\n    profile: /b.zone\n");
	write_text("conf.d/a.conf", "mod-hostedmail:\n  - id: a\n    profile: /a.zone\n"
	                            "include: more\n");
	write_text("conf.d/more", "zone:\n  - domain: more.example\n");
	char text[1024];
	snprintf(text, sizeof(text), "include: conf.d/*.conf\ninclude: nothing/*.conf\n"
	         "mod-hostedmail:\n  - id: c\ninclude: %s\n", path_of("conf.d/more"));
	good(text);
	assert_int_equal(conf.sections_count, 3);
	assert_string_equal(conf.sections[0].id, "a");
	assert_string_equal(conf.sections[0].profiles[0], "/a.zone");
	assert_string_equal(conf.sections[1].id, "b");
	assert_string_equal(conf.sections[2].id, "c");
	assert_int_equal(conf.zones_count, 2);
	hm_conf_clear(&conf);
}

static void an_error_of_an_included_file_is_found_there(void **state)
{
	write_text("wrong.conf", "mod-hostedmail:\n  - id: a\n    profil: /x\n");
	assert_int_equal(read_text("\ninclude: wrong.conf\n"), KNOT_EINVAL);
	assert_non_null(strstr(error.text, "wrong.conf:3: invalid item in section mod-hostedmail, "
	                       "item 'profil', value '/x'"));
	hm_conf_clear(&conf);
}

static void what_cannot_be_included_is_an_error(void **state)
{
	assert_int_equal(read_text("\ninclude: nothere.conf\n"), KNOT_EFILE);
	assert_non_null(strstr(error.text, "knot.conf:2: include: '"));
	assert_non_null(strstr(error.text, "nothere.conf' cannot be read"));
	hm_conf_clear(&conf);
	assert_int_equal(read_text("include:\n"), KNOT_EINVAL);
	assert_non_null(strstr(error.text, "knot.conf:1: include: the file is missing"));
	hm_conf_clear(&conf);
	assert_int_equal(read_text("include: knot.conf\n"), KNOT_EINVAL);
	assert_non_null(strstr(error.text, "include: too deep; does a file include itself?"));
	hm_conf_clear(&conf);
}

static void as_many_files_are_nested_as_in_the_server(void **state)
{
	char name[16], text[32];
	for (int i = 0; i < 6; i++) {
		snprintf(name, sizeof(name), "f%d", i);
		snprintf(text, sizeof(text), "include: f%d\n", i + 1);
		write_text(name, text);
	}
	write_text("f6", "mod-hostedmail:\n  - id: deep\n");
	assert_int_equal(hm_conf_read(path_of("f0"), &conf, &error), KNOT_EOK);
	assert_int_equal(conf.sections_count, 1);
	hm_conf_clear(&conf);
	write_text("f6", "include: f7\n");
	write_text("f7", "mod-hostedmail:\n  - id: deep\n");
	assert_int_equal(hm_conf_read(path_of("f0"), &conf, &error), KNOT_EINVAL);
	hm_conf_clear(&conf);
}

static void what_the_server_refuses_is_an_error_with_its_line(void **state)
{
	bad("mod-hostedmail:\n  - id: a\n  - id: a\n", KNOT_EINVAL,
	    "knot.conf:3: there is another section mod-hostedmail with the id 'a'");
	bad("mod-hostedmail:\n  - id: a\n    hosted-fil: /x\n", KNOT_EINVAL,
	    "knot.conf:3: invalid item in section mod-hostedmail, item 'hosted-fil', value '/x'");
	bad("mod-hostedmail:\n  - id: a\n    hosted-file-max-shrink: 0\n", KNOT_EINVAL,
	    "knot.conf:3: value is out of range in section mod-hostedmail, item "
	    "'hosted-file-max-shrink', value '0'");
	bad("mod-hostedmail:\n    profile: /x\n", KNOT_EINVAL,
	    "knot.conf:2: missing identifier in section mod-hostedmail, item 'profile', "
	    "value '/x'");
	bad("mod-hostedmail:\n  - id: a\n    hosted-zone: a..b\n", KNOT_EINVAL,
	    "knot.conf:3: invalid parameter in section mod-hostedmail, item 'hosted-zone', "
	    "value 'a..b'");
	bad("server:\n\tlisten: x\n", KNOT_EINVAL,
	    "knot.conf:2: tabulator character is not allowed");
	bad("server\n", KNOT_EINVAL, "knot.conf:1: syntax error");
}

static void a_file_that_cannot_be_read_is_an_error(void **state)
{
	assert_int_equal(hm_conf_read(path_of("nothere"), &conf, &error), KNOT_EFILE);
	assert_non_null(strstr(error.text, "nothere: cannot be read (No such file or directory)"));
	hm_conf_clear(&conf);
	assert_int_equal(hm_conf_read("/dev/null", &conf, &error), KNOT_EFILE);
	assert_string_equal(error.text, "/dev/null: not a regular file");
	hm_conf_clear(&conf);
}

static void an_empty_file_is_a_configuration(void **state)
{
	good("");
	assert_int_equal(conf.sections_count, 0);
	hm_conf_clear(&conf);
	good("# nothing\n\n");
	hm_conf_clear(&conf);
}

static void memory_that_runs_out_is_an_error(void **state)
{
	write_text("more.conf", "zone:\n  - domain: a.example\n  - domain: b.example\n");
	const char *file = write_text(
	    "knot.conf", "mod-hostedmail:\n  - id: a\n    profile: [ /a, /b, /c ]\n"
	    "    hosted-file: /h\n    hosted-zone: z\n    hosted-exclude: e\nserver:\n    rundir: /r\n"
	    "template:\n  - id: default\n    global-module: mod-hostedmail/a\n"
	    "include: more.conf\n");
	int ret = KNOT_ENOMEM;
	unsigned count = 0;
	for (; ret != KNOT_EOK; count++) {
		alloc_countdown = count;
		ret = hm_conf_read(file, &conf, &error);
		alloc_countdown = -1;
		hm_conf_clear(&conf);
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
		if (ret == KNOT_ENOMEM) {
			assert_non_null(strstr(error.text, "out of memory"));
		}
	}
	assert_true(between(count, 10, 100));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_section_has_what_its_items_say),
		cmocka_unit_test(what_is_given_again_counts_as_in_the_server),
		cmocka_unit_test(sections_of_others_are_no_concern),
		cmocka_unit_test(a_section_is_chosen_by_its_id),
		cmocka_unit_test(a_global_module_is_known_by_the_default_template),
		cmocka_unit_test(the_control_socket_is_where_the_server_has_it),
		cmocka_unit_test(files_are_included_from_the_folder_of_the_file),
		cmocka_unit_test(an_error_of_an_included_file_is_found_there),
		cmocka_unit_test(what_cannot_be_included_is_an_error),
		cmocka_unit_test(as_many_files_are_nested_as_in_the_server),
		cmocka_unit_test(what_the_server_refuses_is_an_error_with_its_line),
		cmocka_unit_test(a_file_that_cannot_be_read_is_an_error),
		cmocka_unit_test(an_empty_file_is_a_configuration),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
