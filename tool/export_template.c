/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "dir.h"
#include "domain_connect.h"
#include "export.h"

/*! \brief What was found on the way. */
typedef struct {
	const hm_tool_opts_t *opts;
	size_t errors;
	size_t warnings;
} findings_t;

static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	findings_t *findings = ctx;
	const hm_out_t out = hm_out_to(stderr, findings->opts->color);
	hm_out_finding(&out, severity, file, line, reason);
	findings->errors += (severity == HM_ERROR);
	findings->warnings += (severity == HM_WARNING);
}

/*! \brief Tell whether a file of the configuration is the profile of that name. */
static bool is_profile(const char *file, const char *name)
{
	static const char suffix[] = ".zone";
	const char *slash = strrchr(file, '/'), *base = (slash != NULL) ? slash + 1 : file;
	size_t len = strlen(name);
	return strncmp(base, name, len) == 0 &&
	       (base[len] == '\0' || strcmp(base + len, suffix) == 0);
}

/*! \brief Load the profile that the command line names: by its name, or by a path. */
static int load(const hm_tool_opts_t *opts, findings_t *findings, hm_profile_t **out,
                hm_error_t *error)
{
	const char *name = opts->args[0], *file = (strchr(name, '/') != NULL) ? name : NULL;
	hm_source_t source = { 0 };
	int ret = (file != NULL) ? KNOT_EOK : hm_source_open(opts, &source, error);
	for (size_t i = 0; file == NULL && ret == KNOT_EOK && i < source.section->profiles_count;
	     i++) {
		if (is_profile(source.section->profiles[i], name)) {
			file = source.section->profiles[i];
		}
	}
	if (ret == KNOT_EOK && file == NULL) {
		hm_error_set(error, "there is no profile '%s' in the configuration", name);
		ret = KNOT_ENOENT;
	} else if (ret == KNOT_EOK) {
		ret = hm_profile_load(file, on_finding, findings, NULL, out);
		if (ret != KNOT_EOK) {
			hm_error_set(error, (ret == KNOT_ENOMEM) ? "out of memory" :
			             "the profile '%s' has errors", name);
		}
	}
	hm_source_clear(&source);
	return ret;
}

static const char *either(const char *text, const char *other)
{
	return (text != NULL) ? text : other;
}

/*! \brief What the command line says of the template. */
static int read_opts(const hm_tool_opts_t *opts, const hm_profile_t *profile, char *id,
                     size_t id_max, hm_dc_opts_t *out, hm_error_t *error)
{
	snprintf(id, id_max, "%s%s", hm_profile_name(profile),
	         opts->delegation ? "-delegation" : "");
	char *end = "";
	long version = (opts->template_version != NULL) ?
	               strtol(opts->template_version, &end, 10) : 1;
	*out = (hm_dc_opts_t) {
		.provider_id = opts->provider_id,
		.provider_name = either(opts->provider_name, opts->provider_id),
		.service_id = either(opts->service_id, id),
		.service_name = either(opts->service_name, either(opts->service_id, id)),
		.key_domain = opts->key_domain, .logo_url = opts->logo_url,
		.description = opts->description, .delegation = opts->delegation,
		.partial = opts->partial,
		.version = (*end == '\0' && version > 0 && version <= INT32_MAX) ? version : 0,
	};
	return hm_dc_check(out, error);
}

/*! \brief Write the template to the folder, by the name that it has to have, or print it. */
static int put(const hm_tool_opts_t *opts, const hm_dc_opts_t *dc, const json_t *template,
               hm_error_t *error)
{
	char *text = json_dumps(template, JSON_INDENT(2)), *line = NULL, *name = NULL;
	int ret = KNOT_ENOMEM, len;
	if (text != NULL && (len = asprintf(&line, "%s\n", text)) >= 0 &&
	    asprintf(&name, "%s.%s.json", dc->provider_id, dc->service_id) >= 0) {
		for (char *c = name; *c != '\0'; c++) {
			*c = tolower((unsigned char)*c);
		}
		int folder = -1;
		bool made;
		ret = KNOT_EOK;
		if (opts->output == NULL) {
			fputs(line, stdout);
		} else {
			ret = hm_dir_open(opts->output, &folder, &made, error);
		}
		if (folder >= 0) {
			ret = hm_dir_create(folder, name, line, len, error);
			close(folder);
		}
	} else {
		hm_error_set(error, "out of memory");
	}
	free(text);
	free(line);
	free(name);
	return ret;
}

static int export_profile(const hm_tool_opts_t *opts, findings_t *findings,
                          const hm_profile_t *profile, hm_error_t *error)
{
	char id[128];
	hm_dc_opts_t dc;
	json_t *template = NULL;
	int ret = read_opts(opts, profile, id, sizeof(id), &dc, error);
	if (ret == KNOT_EOK) {
		ret = hm_dc_template(profile, &dc, on_finding, findings, &template);
		if (ret == KNOT_ENOMEM) {
			hm_error_set(error, "out of memory");
		} else if (ret != KNOT_EOK) {
			hm_error_set(error, "%s cannot be written as a template%s",
			             hm_profile_name(profile), opts->partial ? "" :
			             "; --partial leaves out what has no equivalent");
		}
	}
	if (ret == KNOT_EOK) {
		ret = put(opts, &dc, template, error);
	}
	json_decref(template);
	if (ret == KNOT_EOK && opts->key_domain == NULL) {
		fprintf(stderr, "warning: without --key-domain many DNS providers refuse the "
		        "template, or warn their customers of phishing\n");
	}
	return ret;
}

int hm_export_template(const hm_tool_opts_t *opts, hm_error_t *error)
{
	findings_t findings = { .opts = opts };
	if (opts->args_count == 0) {
		hm_error_set(error, "name the profile");
		return HM_EXIT_FAILED;
	}
	if (opts->provider_id == NULL) {
		hm_error_set(error, "name the provider, with --provider-id, by which the template "
		             "repository knows it");
		return HM_EXIT_FAILED;
	}
	hm_profile_t *profile = NULL;
	int ret = load(opts, &findings, &profile, error);
	if (ret == KNOT_EOK) {
		findings.warnings = 0;
		ret = export_profile(opts, &findings, profile, error);
	}
	hm_profile_free(profile);
	return (ret != KNOT_EOK) ? HM_EXIT_FAILED :
	       (findings.warnings > 0) ? HM_EXIT_FOUND : HM_EXIT_OK;
}
