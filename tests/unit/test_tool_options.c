/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "options.h"
#include "test.h"

static hm_tool_opts_t opts;
static hm_error_t error;

/*! \brief Parse a command line, its words apart by spaces. */
static int parse(const char *line)
{
	static char buf[256];
	static char *argv[32];
	int argc = 0;
	snprintf(buf, sizeof(buf), "khostedmail %s", line);
	for (char *word = strtok(buf, " "); word != NULL; word = strtok(NULL, " ")) {
		argv[argc++] = word;
	}
	argv[argc] = NULL;
	error.text[0] = '\0';
	return hm_options_parse(argc, argv, &opts, &error);
}

static void options_come_before_or_after_the_command(void **state)
{
	static const char *const lines[] = {
		"-c /conf --socket /sock -i mail -t 5 check /file",
		"check /file -c /conf -s /sock --id mail --timeout 5",
		"-c /conf check -s /sock --id=mail /file -t5",
	};
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(parse(lines[i]), KNOT_EOK);
		assert_ptr_equal(opts.command, &hm_command_check);
		assert_int_equal(opts.args_count, 1);
		assert_string_equal(opts.args[0], "/file");
		assert_string_equal(opts.config, "/conf");
		assert_string_equal(opts.socket, "/sock");
		assert_string_equal(opts.id, "mail");
		assert_int_equal(opts.timeout_ms, 5000);
	}
}

static void what_is_not_given_has_its_default(void **state)
{
	assert_int_equal(parse("show a.test"), KNOT_EOK);
	assert_null(opts.config);
	assert_null(opts.socket);
	assert_null(opts.id);
	assert_int_equal(opts.timeout_ms, 60000);
	assert_int_equal(opts.color, HM_COLOR_AUTO);
	assert_false(opts.json || opts.verbose || opts.help || opts.version || opts.count);
}

static void options_of_one_command_are_not_those_of_another(void **state)
{
	assert_int_equal(parse("list --profile a --variable b=c --count --json -x"), KNOT_EOK);
	assert_string_equal(opts.profile, "a");
	assert_string_equal(opts.variable, "b=c");
	assert_true(opts.count && opts.json);
	assert_int_equal(opts.color, HM_COLOR_NEVER);
	assert_int_equal(parse("--count show a"), KNOT_EINVAL);
	assert_string_equal(error.text, "--count is not an option of show");
	assert_int_equal(parse("check --variable=x"), KNOT_EINVAL);
	assert_string_equal(error.text, "--variable is not an option of check");
}

static void a_name_that_begins_with_a_dash_comes_after_two(void **state)
{
	assert_int_equal(parse("show -- -a.test"), KNOT_EOK);
	assert_string_equal(opts.args[0], "-a.test");
}

static void help_needs_no_arguments(void **state)
{
	assert_int_equal(parse("-h"), KNOT_EOK);
	assert_true(opts.help);
	assert_null(opts.command);
	assert_int_equal(parse("show -h"), KNOT_EOK);
	assert_ptr_equal(opts.command, &hm_command_show);
	assert_int_equal(parse("--version"), KNOT_EOK);
	assert_true(opts.version);
}

static void what_is_wrong_is_said(void **state)
{
	static const char *const cases[][2] = {
		{ "", "a command is missing; -h lists them" },
		{ "foo", "there is no command 'foo'; -h lists them" },
		{ "show", "usage: khostedmail show DOMAIN" },
		{ "show a b", "usage: khostedmail show DOMAIN" },
		{ "check a b", "usage: khostedmail check [FILE]" },
		{ "list a", "usage: khostedmail list [--profile NAME] [--variable NAME[=VALUE]] "
		  "[--count]" },
		{ "-q list", "there is no option -q" },
		{ "-j list", "there is no option -j" },
		{ "-C list", "there is no option -C" },
		{ "--foo list", "there is no option --foo, or it takes no value" },
		{ "list --json=x", "there is no option --json=x, or it takes no value" },
		{ "list -c", "-c needs a value" },
		{ "list --config", "--config needs a value" },
		{ "-t x list", "'x' is not a number of seconds up to 86400" },
		{ "-t -1 list", "'-1' is not a number of seconds up to 86400" },
		{ "-t 86401 list", "'86401' is not a number of seconds up to 86400" },
		{ "-t 5s list", "'5s' is not a number of seconds up to 86400" },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		assert_int_equal(parse(cases[i][0]), KNOT_EINVAL);
		assert_string_equal(error.text, cases[i][1]);
	}
}

static void the_help_of_each_command_has_an_example(void **state)
{
	unsigned count = 0;
	for (; hm_commands[count] != NULL; count++) {
		const hm_command_t *command = hm_commands[count];
		char example[64];
		snprintf(example, sizeof(example), "\n  khostedmail %s", command->name);
		assert_non_null(strstr(command->example, example));
		assert_int_equal(command->example[strlen(command->example) - 1], '\n');
		assert_int_equal(command->help[strlen(command->help) - 1], '\n');
	}
	assert_true(count >= 3);
}

static void an_option_is_the_same_for_all_commands(void **state)
{
	for (unsigned i = 0; hm_commands[i] != NULL; i++) {
		const hm_option_t *a = hm_commands[i]->options;
		for (; a != NULL && a->name != NULL; a++) {
			assert_null(strchr("cstixXvhV", a->letter != 0 ? a->letter : '-'));
			assert_true((a->type == HM_OPTION_FLAG) == (a->value == NULL));
			for (unsigned k = 0; hm_commands[k] != NULL; k++) {
				const hm_option_t *b = hm_commands[k]->options;
				for (; b != NULL && b->name != NULL; b++) {
					bool same = (strcmp(a->name, b->name) == 0);
					assert_true(!same || (a->letter == b->letter &&
					            a->type == b->type && a->field == b->field));
					assert_true(same || a->letter == 0 ||
					            a->letter != b->letter);
				}
			}
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_come_before_or_after_the_command),
		cmocka_unit_test(what_is_not_given_has_its_default),
		cmocka_unit_test(options_of_one_command_are_not_those_of_another),
		cmocka_unit_test(a_name_that_begins_with_a_dash_comes_after_two),
		cmocka_unit_test(help_needs_no_arguments),
		cmocka_unit_test(what_is_wrong_is_said),
		cmocka_unit_test(an_option_is_the_same_for_all_commands),
		cmocka_unit_test(the_help_of_each_command_has_an_example),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
