/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <assert.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "options.h"

#define PROGRAM "khostedmail"

/*! \brief Seconds to wait for a server, as knotc does; and the longest. */
#define TIMEOUT_DEFAULT 60
#define TIMEOUT_MAX 86400

/*! \brief Where the text of an option begins in the help. */
#define HELP_COLUMN 24

/*! \brief The most options that all commands have together, and what getopt_long() returns for the
 *         first one that is a command's own. */
#define OWN_MAX 64
#define OWN_FIRST 0x100

#define OPT_JSON 'j' // Only its name is an option.

static const struct option common_options[] = {
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
};
#define COMMON_COUNT (sizeof(common_options) / sizeof(common_options[0]))
#define COMMON_LETTERS ":c:s:i:t:xXvhV"

/*! \brief All options, as getopt_long() wants them. */
typedef struct {
	struct option names[COMMON_COUNT + OWN_MAX + 1];
	char letters[sizeof(COMMON_LETTERS) + 2 * OWN_MAX];
	const hm_option_t *own[OWN_MAX]; /*!< Those that not all commands have, each once. */
	bool used[OWN_MAX];
	size_t own_count;
} all_options_t;

static void add_option(all_options_t *all, const hm_option_t *option)
{
	for (size_t i = 0; i < all->own_count; i++) {
		if (strcmp(all->own[i]->name, option->name) == 0) {
			return;
		}
	}
	assert(all->own_count < OWN_MAX);
	bool has_value = (option->type != HM_OPTION_FLAG);
	all->names[COMMON_COUNT + all->own_count] = (struct option){
		.name = option->name,
		.has_arg = has_value ? required_argument : no_argument,
		.val = OWN_FIRST + all->own_count,
	};
	all->own[all->own_count] = option;
	all->own_count++;
	if (option->letter != 0) {
		size_t len = strlen(all->letters);
		snprintf(all->letters + len, sizeof(all->letters) - len, "%c%s", option->letter,
		         has_value ? ":" : "");
	}
}

/*! \brief Which option of the commands it is that getopt_long() has found; NULL if none. */
static const hm_option_t *find_own(all_options_t *all, int letter)
{
	for (size_t i = 0; i < all->own_count; i++) {
		if (letter == OWN_FIRST + (int)i || letter == all->own[i]->letter) {
			all->used[i] = true;
			return all->own[i];
		}
	}
	return NULL;
}

static void collect_options(all_options_t *all)
{
	memset(all, 0, sizeof(*all));
	memcpy(all->names, common_options, sizeof(common_options));
	strcpy(all->letters, COMMON_LETTERS);
	for (size_t i = 0; hm_commands[i] != NULL; i++) {
		const hm_option_t *option = hm_commands[i]->options;
		for (; option != NULL && option->name != NULL; option++) {
			add_option(all, option);
		}
	}
}

static const hm_command_t *find_command(const char *name)
{
	for (size_t i = 0; hm_commands[i] != NULL; i++) {
		if (strcmp(hm_commands[i]->name, name) == 0) {
			return hm_commands[i];
		}
	}
	return NULL;
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

/*! \brief Take an option of a command in. */
static int set_own(const hm_option_t *option, char *argument, hm_tool_opts_t *opts,
                   hm_error_t *error)
{
	void *field = (char *)opts + option->field;
	hm_option_words_t *words = field;
	switch (option->type) {
	case HM_OPTION_FLAG:
		*(bool *)field = true;
		break;
	case HM_OPTION_WORD:
		*(const char **)field = argument;
		break;
	case HM_OPTION_WORDS:
		if (words->count == HM_OPTION_TIMES) {
			hm_error_set(error, "--%s can be given %d times at most", option->name,
			             HM_OPTION_TIMES);
			return KNOT_EINVAL;
		}
		words->words[words->count] = argument;
		words->count++;
		break;
	}
	return KNOT_EOK;
}

/*! \brief Take an option in that all commands have. */
static int set_common(int letter, char *argument, hm_tool_opts_t *opts, hm_error_t *error)
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

static bool has_option(const hm_command_t *command, const char *name)
{
	const hm_option_t *option = command->options;
	for (; option != NULL && option->name != NULL; option++) {
		if (strcmp(option->name, name) == 0) {
			return true;
		}
	}
	return false;
}

/*! \brief Check that the command takes these arguments and options. */
static int check_command(const hm_tool_opts_t *opts, const all_options_t *all, hm_error_t *error)
{
	const hm_command_t *command = opts->command;
	for (size_t i = 0; i < all->own_count; i++) {
		if (all->used[i] && !has_option(command, all->own[i]->name)) {
			hm_error_set(error, "--%s is not an option of %s", all->own[i]->name,
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
	all_options_t all;
	collect_options(&all);
	optind = 0;
	int letter;
	while ((letter = getopt_long(argc, argv, all.letters, all.names, NULL)) != -1) {
		if (letter == '?' || letter == ':') {
			option_error(letter, argv, error);
			return KNOT_EINVAL;
		}
		const hm_option_t *own = find_own(&all, letter);
		int ret = (own != NULL) ? set_own(own, optarg, opts, error)
		                        : set_common(letter, optarg, opts, error);
		if (ret != KNOT_EOK) {
			return ret;
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
	return check_command(opts, &all, error);
}

static void help_options(void)
{
	printf("Options of all commands:\n"
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

/*! \brief Print the options of a command, the lines of their text below each other. */
static void help_own(const hm_option_t *options)
{
	printf("Options:\n");
	for (const hm_option_t *option = options; option->name != NULL; option++) {
		char head[64], letter[] = { '-', option->letter, ',', '\0' };
		int len = snprintf(head, sizeof(head), "  %3s --%s%s%s",
		                   (option->letter != 0) ? letter : "", option->name,
		                   (option->value != NULL) ? " " : "",
		                   (option->value != NULL) ? option->value : "");
		if (len < HELP_COLUMN - 1) {
			printf("%-*s", HELP_COLUMN, head);
		} else {
			printf("%s\n%*s", head, HELP_COLUMN, "");
		}
		for (const char *c = option->brief; *c != '\0'; c++) {
			putchar(*c);
			if (*c == '\n') {
				printf("%*s", HELP_COLUMN, "");
			}
		}
		putchar('\n');
	}
	putchar('\n');
}

void hm_options_help(const hm_command_t *command)
{
	if (command != NULL) {
		printf("Usage: " PROGRAM " [options] %s %s\n\n%s\n", command->name, command->usage,
		       command->help);
		if (command->options != NULL) {
			help_own(command->options);
		}
		printf("%s\n", command->example);
		help_options();
		return;
	}
	printf("Usage: " PROGRAM " [options] <command> [arguments]\n\n");
	help_options();
	printf("\nCommands:\n");
	for (size_t i = 0; hm_commands[i] != NULL; i++) {
		printf("  %-12s %s\n", hm_commands[i]->name, hm_commands[i]->brief);
	}
	printf("\nExamples:\n");
	for (size_t i = 0; hm_commands[i] != NULL; i++) {
		printf("%s", strchr(hm_commands[i]->example, '\n') + 1);
	}
	printf("\nExit code: 0, 1 if something was found, 2 if it could not be done.\n"
	       "\"" PROGRAM " <command> -h\" says more.\n");
}
