/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "progress.h"
#include "source.h"

/*! \brief Read the configuration that the command line names. */
static int read_conf(const hm_tool_opts_t *opts, hm_source_t *source, hm_error_t *error)
{
	if (opts->config == NULL && opts->socket != NULL) {
		source->name = opts->socket;
		hm_progress_begin(source->name);
		int ret = hm_server_conf(&source->server, &source->conf, error);
		hm_progress_end();
		return ret;
	}
	source->name = (opts->config != NULL) ? opts->config : HM_KNOT_CONFIG;
	int ret = hm_conf_read(source->name, &source->conf, error);
	return (ret == KNOT_EOK && source->is_server_given) ?
	       hm_server_ping(&source->server, error) : ret;
}

int hm_source_open(const hm_tool_opts_t *opts, hm_source_t *source, hm_error_t *error)
{
	*source = (hm_source_t) {
		.server = { .socket = opts->socket, .timeout_ms = opts->timeout_ms },
		.is_server_given = (opts->socket != NULL), .is_verbose = opts->verbose,
	};
	int ret = read_conf(opts, source, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	hm_error_t reason;
	source->section = hm_conf_section(&source->conf, opts->id, &reason);
	if (source->section == NULL) {
		hm_error_set(error, "%s: %s", source->name, reason.text);
		return KNOT_ENOENT;
	}
	if (source->section->profiles_count == 0) {
		hm_error_set(error, "%s: section mod-hostedmail '%s' has no profile", source->name,
		             source->section->id);
		return KNOT_EINVAL;
	}
	if (source->section->zones_count > HM_HOSTED_ZONES_MAX) {
		hm_error_set(error, "%s: section mod-hostedmail '%s' has more than %d hosted zones",
		             source->name, source->section->id, HM_HOSTED_ZONES_MAX);
		return KNOT_EINVAL;
	}
	if (opts->verbose) {
		const hm_conf_section_t *section = source->section;
		fprintf(stderr, "configuration %s, section '%s', %zu profiles, hosted file %s\n",
		        source->name, section->id, section->profiles_count,
		        (section->hosted_file != NULL) ? section->hosted_file : "none");
	}
	if (!source->is_server_given && source->section->zones_count > 0) {
		source->default_socket = hm_conf_socket(&source->conf);
		if (source->default_socket == NULL) {
			hm_error_set(error, "out of memory");
			return KNOT_ENOMEM;
		}
		source->server.socket = source->default_socket;
	}
	return KNOT_EOK;
}

void hm_source_clear(hm_source_t *source)
{
	hm_conf_clear(&source->conf);
	free(source->default_socket);
	source->default_socket = NULL;
}

hm_hosted_set_opts_t hm_source_set_opts(const hm_source_t *source)
{
	const hm_conf_section_t *section = source->section;
	return (hm_hosted_set_opts_t) {
		.profiles = (const char *const *)section->profiles,
		.profiles_count = section->profiles_count,
		.hosted_file = section->hosted_file,
		.exclude = (const knot_dname_t *const *)section->excludes,
		.exclude_count = section->excludes_count,
		.zones = (const knot_dname_t *const *)section->zones,
		.zones_count = section->zones_count,
	};
}

/*! \brief Read one hosted zone. */
static int read_flags(const hm_source_t *source, const knot_dname_t *zone, hm_flags_t *flags,
                      hm_error_t *error)
{
	if (source->is_verbose) {
		knot_dname_txt_storage_t name;
		(void)knot_dname_to_str(name, zone, sizeof(name));
		fprintf(stderr, "asking the server at %s for the hosted zone %s\n",
		        source->server.socket, name);
	}
	hm_progress_begin(source->server.socket);
	int ret = hm_flags_read(&source->server, zone, flags, error);
	hm_progress_end();
	if (ret != KNOT_EOK && !source->is_server_given) {
		fprintf(stderr, "warning: the hosted zone was not asked: %s; -s names the control "
		        "socket of a server that has it\n", error->text);
		ret = KNOT_EOK;
	}
	return ret;
}

int hm_source_flags(const hm_source_t *source, hm_all_flags_t *flags, hm_error_t *error)
{
	const hm_conf_section_t *section = source->section;
	*flags = (hm_all_flags_t){ .result = (section->zones_count > 0) ? KNOT_EOK : KNOT_ENOZONE };
	if (section->zones_count == 0) {
		return KNOT_EOK;
	}
	flags->zones = calloc(section->zones_count, sizeof(*flags->zones));
	if (flags->zones == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	int ret = KNOT_EOK;
	for (size_t i = 0; i < section->zones_count && ret == KNOT_EOK; i++) {
		flags->zones_count++;
		ret = read_flags(source, section->zones[i], &flags->zones[i], error);
		if (flags->result == KNOT_EOK) {
			flags->result = flags->zones[i].result;
		}
	}
	return ret;
}
