/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "options.h"

#define PROGRAM "khostedmail"

/*! \brief Seconds to wait for a server, as knotc does; and the longest. */
#define TIMEOUT_DEFAULT 60
#define TIMEOUT_MAX 86400

/*! \brief Options without a letter of their own in the help. */
enum {
	OPT_JSON = 'j',
	OPT_PROFILE = 'p',
	OPT_VARIABLE = 'n',
	OPT_COUNT = 'C',
};

static const struct option long_options[] = {
	{ "config",   required_argument, NULL, 'c' },
	{ "socket",   required_argument, NULL, 's' },
	{ "id",       required_argument, NULL, 'i' },
	{ "timeout",  required_argument, NULL, 't' },
	{ "json",     no_argument,       NULL, OPT_JSON },
	{ "mono",     no_argument,       NULL, 'x' },
	{ "color",    no_argument,       NULL, 'X' },
	{ "verbose",  no_argument,       NULL, 'v' },
	{ "help",     no_argument,       NULL, 'h' },
	{ "version",  no_argument,       NULL, 'V' },
	{ "profile",  required_argument, NULL, OPT_PROFILE },
	{ "variable", required_argument, NULL, OPT_VARIABLE },
	{ "count",    no_argument,       NULL, OPT_COUNT },
	{ 0 }
};

static const hm_command_t *find_command(const char *name)
{
	for (size_t i = 0; hm_commands[i] != NULL; i++) {
		if (strcmp(hm_commands[i]->name, name) == 0) {
			return hm_commands[i];
		}
	}
	return NULL;
}

static const char *long_name(int letter)
{
	for (const struct option *option = long_options; option->name != NULL; option++) {
		if (option->val == letter) {
			return option->name;
		}
	}
	return "";
}

static int parse_timeout(const char *text, int *ms, hm_error_t *error)
{
	char *end;
	long seconds = strtol(text, &end, 10);
	if (end == text || *end != '\0' || seconds < 0 || seconds > TIMEOUT_MAX) {
		hm_error_set(error, "'%s' is not a number of seconds up to %d", text, TIMEOUT_MAX);
		return KNOT_EINVAL;
	}
	*ms = seconds * 1000;
	return KNOT_EOK;
}

/*! \brief Take one option in. */
static int set_option(int letter, char *argument, hm_tool_opts_t *opts, hm_error_t *error)
{
	switch (letter) {
	case 'c':
		opts->config = argument;
		break;
	case 's':
		opts->socket = argument;
		break;
	case 'i':
		opts->id = argument;
		break;
	case 't':
		return parse_timeout(argument, &opts->timeout_ms, error);
	case OPT_JSON:
		opts->json = true;
		break;
	case 'x':
		opts->color = HM_COLOR_NEVER;
		break;
	case 'X':
		opts->color = HM_COLOR_ALWAYS;
		break;
	case 'v':
		opts->verbose = true;
		break;
	case 'h':
		opts->help = true;
		break;
	case 'V':
		opts->version = true;
		break;
	case OPT_PROFILE:
		opts->profile = argument;
		break;
	case OPT_VARIABLE:
		opts->variable = argument;
		break;
	case OPT_COUNT:
		opts->count = true;
		break;
	default:
		return KNOT_EINVAL;
	}
	return KNOT_EOK;
}

/*! \brief Say which option is wrong, as getopt_long() has found it. */
static void option_error(int letter, char **argv, hm_error_t *error)
{
	const char *word = argv[optind - 1];
	if (letter == ':') {
		hm_error_set(error, "%s needs a value", word);
	} else if (optopt != 0 && strncmp(word, "--", 2) != 0) {
		hm_error_set(error, "there is no option -%c", optopt);
	} else {
		hm_error_set(error, "there is no option %s, or it takes no value", word);
	}
}

/*! \brief Check that the command takes these arguments and options. */
static int check_command(const hm_tool_opts_t *opts, const char *used, hm_error_t *error)
{
	const hm_command_t *command = opts->command;
	for (const char *letter = used; *letter != '\0'; letter++) {
		if (strchr(command->options, *letter) == NULL) {
			hm_error_set(error, "--%s is not an option of %s", long_name(*letter),
			             command->name);
			return KNOT_EINVAL;
		}
	}
	if (opts->args_count < command->args_min || opts->args_count > command->args_max) {
		hm_error_set(error, "usage: " PROGRAM " %s %s", command->name, command->usage);
		return KNOT_EINVAL;
	}
	return KNOT_EOK;
}

int hm_options_parse(int argc, char **argv, hm_tool_opts_t *opts, hm_error_t *error)
{
	*opts = (hm_tool_opts_t){ .timeout_ms = TIMEOUT_DEFAULT * 1000 };
	char used[8] = ""; // Options that not all commands have.
	optind = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, ":c:s:i:t:xXvhV", long_options, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			option_error(letter, argv, error);
			return KNOT_EINVAL;
		}
		int ret = set_option(letter, optarg, opts, error);
		if (ret != KNOT_EOK) {
			return ret;
		}
		bool special = (letter == OPT_PROFILE || letter == OPT_VARIABLE ||
		                letter == OPT_COUNT);
		if (special && strchr(used, letter) == NULL) {
			used[strlen(used)] = letter;
		}
	}
	if (optind < argc) {
		opts->command = find_command(argv[optind]);
		if (opts->command == NULL) {
			hm_error_set(error, "there is no command '%s'; -h lists them",
			             argv[optind]);
			return KNOT_EINVAL;
		}
		opts->args = (const char *const *)argv + optind + 1;
		opts->args_count = argc - optind - 1;
	}
	if (opts->help || opts->version) {
		return KNOT_EOK;
	}
	if (opts->command == NULL) {
		hm_error_set(error, "a command is missing; -h lists them");
		return KNOT_EINVAL;
	}
	return check_command(opts, used, error);
}

static void help_options(void)
{
	printf("Options:\n"
	       "  -c, --config FILE     Configuration of the server.\n"
	       "                          (default %s)\n"
	       "  -s, --socket PATH     Control socket of a running server, for its configuration\n"
	       "                          (unless -c is given), its hosted zone and its counters.\n"
	       "  -i, --id ID           Section mod-hostedmail, if there are several.\n"
	       "  -t, --timeout SECONDS Longest wait for the server.\n"
	       "                          (default %d seconds)\n"
	       "      --json            Output for programs.\n"
	       "  -x, --mono            No colour.\n"
	       "  -X, --color           Colour even if it is no terminal.\n"
	       "  -v, --verbose         Say more of what is done.\n"
	       "  -h, --help            Print this help, or that of a command.\n"
	       "  -V, --version         Print the version.\n",
	       HM_KNOT_CONFIG, TIMEOUT_DEFAULT);
}

void hm_options_help(const hm_command_t *command)
{
	if (command != NULL) {
		printf("Usage: " PROGRAM " [options] %s %s\n\n%s\n", command->name, command->usage,
		       command->help);
		help_options();
		return;
	}
	printf("Usage: " PROGRAM " [options] <command> [arguments]\n\n");
	help_options();
	printf("\nCommands:\n");
	for (size_t i = 0; hm_commands[i] != NULL; i++) {
		printf("  %-10s %s\n", hm_commands[i]->name, hm_commands[i]->brief);
	}
	printf("\nExamples:\n");
	for (size_t i = 0; hm_commands[i] != NULL; i++) {
		const char *example = strstr(hm_commands[i]->help, "\n  " PROGRAM);
		printf("%s", (example != NULL) ? example + 1 : "");
	}
	printf("\nExit code: 0, 1 if something was found, 2 if it could not be done.\n"
	       "\"" PROGRAM " <command> -h\" says more.\n");
}
