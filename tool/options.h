/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Commands of the tool and their options.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "output.h"

/*! \brief Exit codes. */
enum {
	HM_EXIT_OK = 0,
	HM_EXIT_FOUND = 1,  /*!< Something was found: an error, a domain that is not hosted. */
	HM_EXIT_FAILED = 2, /*!< It could not be done. */
};

/*! \brief How often an option can be given that can be given several times. */
#define HM_OPTION_TIMES 256

typedef struct hm_command hm_command_t;

/*! \brief Values of an option that can be given several times. */
typedef struct {
	const char *words[HM_OPTION_TIMES];
	size_t count;
} hm_option_words_t;

/*! \brief What is on the command line; nothing in it is owned. */
typedef struct {
	const hm_command_t *command;  /*!< NULL if there is none. */
	const char *const *args;      /*!< What comes after the command. */
	int args_count;
	const char *config;           /*!< NULL for the default. */
	const char *socket;           /*!< NULL if none was given. */
	const char *id;               /*!< Section, NULL if none was given. */
	int timeout_ms;               /*!< Of the control socket. */
	hm_color_t color;
	bool json;
	bool verbose;
	bool help;
	bool version;
	const char *profile;          /*!< Only domains with this profile, or a preview with it. */
	const char *variable;         /*!< Only those with this variable, NAME or NAME=VALUE. */
	bool count;                   /*!< Counts instead of domains. */
	const char *from;             /*!< File with a domain a line; NULL: the arguments. */
	const char *zone;             /*!< Hosted zone, or the one that a customer edits; NULL for the
	                                   one that fits. */
	bool none;                    /*!< Hide what the other tiers have. */
	bool dry_run;                 /*!< Say what would be done, and do nothing. */
	const char *update;           /*!< Server of DNS updates; NULL: the control socket. */
	const char *key;              /*!< TSIG key of these as text, NULL if none. */
	const char *key_file;         /*!< The same in a file. */
	bool wait;                    /*!< Until all name servers answer right. */
	hm_option_words_t servers;    /*!< Name servers to ask, none: those of the profile. */
	bool all;                     /*!< All hosted domains, or all zones of the server. */
	const char *jobs;             /*!< How many at a time, NULL for the default. */
	const char *root;             /*!< Root server or file with root hints, NULL for the world's. */
	const char *trust_anchor;     /*!< File, NULL for the default. */
	bool only_ipv4;
	bool only_ipv6;
	const char *format;           /*!< Form of the output, NULL for the usual one. */
	const char *way;              /*!< What the customer does; NULL for what fits. */
	const char *provider;         /*!< Name of the provider, NULL if none was given. */
	const char *logo;             /*!< File, NULL if none was given. */
	const char *template;         /*!< File, NULL for the one that is built in. */
	const char *into;             /*!< Hosted zone to fold into; NULL for the hosted file. */
	const char *publish;          /*!< Command that brings the hosted file to the servers. */
	const char *counters;         /*!< Command that prints what the servers have. */
	const char *zone_conf;        /*!< Configuration that names zone files. */
	bool zones;                   /*!< The arguments are zones of the server. */
	bool ignore_ttl;              /*!< Another TTL is no difference. */
	const char *output;           /*!< File or folder to write; NULL for standard output. */
	const char *overlay;          /*!< Folder for what remains of zones. */
	const char *catalog;          /*!< Name of the catalog zone. */
	const char *provider_id;      /*!< Of a Domain Connect template, as all up to the last one. */
	const char *provider_name;
	const char *service_id;
	const char *service_name;
	const char *template_version;
	const char *key_domain;
	const char *logo_url;
	const char *description;
	bool delegation;              /*!< Of a subdomain, in place of records. */
	bool partial;                 /*!< Leave out what has no equivalent. */
} hm_tool_opts_t;

/*! \brief What an option sets in hm_tool_opts_t. */
typedef enum {
	HM_OPTION_FLAG,  /*!< A bool; the option takes no value. */
	HM_OPTION_WORD,  /*!< A const char *; the last one counts. */
	HM_OPTION_WORDS, /*!< An hm_option_words_t. */
} hm_option_type_t;

/*!
 * \brief An option of some commands.
 *
 * Two commands that have an option of the same name or letter have the same option, but for what
 * its help says.
 */
typedef struct {
	const char *name;      /*!< NULL after the last option. */
	char letter;           /*!< 0 if it has none. */
	hm_option_type_t type;
	size_t field;          /*!< Offset of what it sets. */
	const char *value;     /*!< What its value is, for the help; NULL if it takes none. */
	const char *brief;     /*!< What it does; further lines after a newline. */
} hm_option_t;

/*! \brief A command. */
struct hm_command {
	const char *name;
	const char *usage;    /*!< Its arguments. */
	const char *brief;    /*!< What it does, for the list of commands. */
	const char *help;     /*!< The same at length, with its exit codes. */
	const char *example;  /*!< "Example:" and what to type, a line each, indented by two. */
	const hm_option_t *options; /*!< Its own options, NULL if it has none. */
	int args_min;
	int args_max;
	/*!
	 * \brief Do it.
	 *
	 * \param[in]  opts   Command line, with as many arguments as the command takes.
	 * \param[out] error  Why it could not be done; set for HM_EXIT_FAILED only.
	 *
	 * \return Exit code.
	 */
	int (*run)(const hm_tool_opts_t *opts, hm_error_t *error);
};

/*! \brief All commands; the last one has no name. */
extern const hm_command_t *const hm_commands[];

extern const hm_command_t hm_command_check;
extern const hm_command_t hm_command_flag;
extern const hm_command_t hm_command_instructions;
extern const hm_command_t hm_command_fold;
extern const hm_command_t hm_command_diff;
extern const hm_command_t hm_command_export;
extern const hm_command_t hm_command_import;
extern const hm_command_t hm_command_list;
extern const hm_command_t hm_command_show;
extern const hm_command_t hm_command_unflag;
extern const hm_command_t hm_command_verify;

/*!
 * \brief Read the command line.
 *
 * \param[in]  argc   As that of main().
 * \param[in]  argv   The same; options are moved before the rest.
 * \param[out] opts   What is on it; borrows from \a argv.
 * \param[out] error  What is wrong; set unless KNOT_EOK.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EINVAL  It cannot be understood.
 */
int hm_options_parse(int argc, char **argv, hm_tool_opts_t *opts, hm_error_t *error);

/*! \brief Print the help of a command, of the tool if it is NULL. */
void hm_options_help(const hm_command_t *command);
