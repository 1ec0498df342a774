/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "json.h"
#include "options.h"
#include "progress.h"
#include "source.h"
#include "suspicious.h"

/*! \brief A check under way. */
typedef struct {
	const hm_tool_opts_t *opts;
	hm_out_t out;
	hm_json_t json;
	const hm_source_t *source;
	const char *file;           /*!< Hosted file, NULL if there is none. */
	hm_hosted_set_t *set;       /*!< NULL if a profile has errors. */
	size_t *counts;             /*!< Domains by profile. */
	size_t errors;
	size_t warnings;
	hm_suspicious_t suspicious; /*!< Domains to warn of. */
} check_t;

static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	check_t *check = ctx;
	check->errors += (severity == HM_ERROR);
	check->warnings += (severity != HM_ERROR);
	hm_progress_clear();
	if (!check->opts->json) {
		hm_out_finding(&check->out, severity, file, line, reason);
		return;
	}
	hm_json_element(&check->json, json_pack(
		"{s:s, s:o, s:I, s:o}", "severity", (severity == HM_ERROR) ? "error" : "warning",
		"file", hm_json_text(file), "line", (json_int_t)line,
		"reason", hm_json_text(reason)));
}

static bool on_domain(void *ctx, const hm_domain_t *domain)
{
	check_t *check = ctx;
	check->counts[domain->profile]++;
	return hm_suspicious_look(&check->suspicious, domain);
}

/*! \brief What a load would say. */
static int load(check_t *check, hm_error_t *error)
{
	hm_hosted_set_opts_t opts = hm_source_set_opts(check->source);
	opts.hosted_file = check->file;
	opts.report = on_finding;
	opts.ctx = check;
	if (hm_conf_is_global(&check->source->conf, check->source->section) &&
	    check->source->section->hosted_file == NULL && opts.zones_count == 0) {
		on_finding(check, HM_ERROR, check->source->name, 0,
		           "a global module needs a hosted-file or a hosted-zone");
	}
	int ret = hm_hosted_set_load(&opts, &check->set);
	if (ret == KNOT_ENOMEM) {
		hm_error_set(error, "out of memory");
		return ret;
	}
	if (check->set == NULL && check->errors == 0) {
		hm_error_set(error, "%s", knot_strerror(ret));
		return ret;
	}
	if (check->set != NULL && hm_hosted_set_file_result(check->set) != KNOT_EOK) {
		hm_error_set(error, "%s could not be checked", check->file);
		return hm_hosted_set_file_result(check->set);
	}
	return KNOT_EOK;
}

/*! \brief Count the domains, look for suspicious ones. */
static int walk(check_t *check, hm_error_t *error)
{
	check->counts = calloc(hm_hosted_set_profiles(check->set), sizeof(*check->counts));
	if (check->counts == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	const hm_hosted_file_t *file = hm_hosted_set_file(check->set);
	if (file == NULL) {
		return KNOT_EOK;
	}
	int ret = hm_suspicious_init(&check->suspicious, check->source->section, error);
	if (ret == KNOT_EOK) {
		hm_hosted_file_walk(file, on_domain, check);
		ret = hm_suspicious_report(&check->suspicious, check->file, on_finding, check,
		                           error);
	}
	return ret;
}

static void print_profiles(const check_t *check)
{
	hm_table_t table = {
		.columns = { { .title = "PROFILE" }, { .title = "DOMAINS", .right = true },
		             { .title = "FILE" } },
		.count = 3,
	};
	size_t count = hm_hosted_set_profiles(check->set);
	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1) {
			hm_table_head(&table, &check->out);
		}
		for (size_t i = 0; i < count; i++) {
			const hm_profile_t *profile = hm_hosted_set_profile(check->set, i);
			char domains[32];
			snprintf(domains, sizeof(domains), "%zu", check->counts[i]);
			const char *const cells[] = {
				hm_profile_name(profile), domains, hm_profile_file(profile),
			};
			if (pass == 0) {
				hm_table_fit(&table, cells);
			} else {
				hm_table_row(&table, &check->out, cells);
			}
		}
	}
}

static void print_total(const hm_out_t *out, const char *what, uint64_t number)
{
	fprintf(out->file, "%-12s %" PRIu64 "\n", what, number);
}

/*! \brief Whether the server serves what was checked. */
static bool is_in_use(const check_t *check, const hm_server_file_t *server)
{
	return server->digest == hm_hosted_set_digest(check->set);
}

static void print_server(const check_t *check, const hm_server_file_t *server)
{
	const hm_out_t *out = &check->out;
	fprintf(out->file, "%-12s ", "in use");
	if (is_in_use(check, server)) {
		hm_out_print(out, HM_STYLE_GOOD, "yes");
	} else {
		hm_out_print(out, HM_STYLE_WARNING, "no");
	}
	fprintf(out->file, ", the server has %" PRIu64 " domains%s%s\n", server->domains,
	        server->refused ? ", and refused a newer file" : "",
	        server->unavailable ? ", since it could not read the file" : "");
}

/*! \brief The end of the report for people. */
static void print_summary(const check_t *check, const hm_server_file_t *server)
{
	const hm_out_t *out = &check->out;
	if (check->errors + check->warnings > 0) {
		fputc('\n', out->file);
	}
	const hm_hosted_file_t *file = NULL;
	if (check->set != NULL) {
		print_profiles(check);
		file = hm_hosted_set_file(check->set);
		fputc('\n', out->file);
	}
	if (file != NULL) {
		fprintf(out->file, "%-12s %s\n", "hosted file", check->file);
		print_total(out, "domains", hm_hosted_file_count(file));
		print_total(out, "left out", hm_hosted_file_left_out(file));
		print_total(out, "digest", hm_hosted_set_digest(check->set));
	}
	if (server != NULL && file != NULL) {
		print_server(check, server);
	}
	hm_style_t style = (check->errors > 0) ? HM_STYLE_ERROR :
	                   (check->warnings > 0) ? HM_STYLE_WARNING : HM_STYLE_GOOD;
	hm_out_print(out, style, "%zu error%s, %zu warning%s", check->errors,
	             (check->errors == 1) ? "" : "s", check->warnings,
	             (check->warnings == 1) ? "" : "s");
	fputc('\n', out->file);
	if (check->set == NULL) {
		fprintf(out->file, "The server would not load this configuration; the hosted file "
		        "was not looked at.\n");
	}
}

static void json_profiles(check_t *check)
{
	hm_json_array(&check->json, "profiles");
	size_t count = (check->set != NULL) ? hm_hosted_set_profiles(check->set) : 0;
	for (size_t i = 0; i < count; i++) {
		const hm_profile_t *profile = hm_hosted_set_profile(check->set, i);
		hm_json_element(&check->json, json_pack(
			"{s:o, s:o, s:I}", "name", hm_json_text(hm_profile_name(profile)),
			"file", hm_json_text(hm_profile_file(profile)),
			"domains", (json_int_t)check->counts[i]));
	}
	hm_json_array_end(&check->json);
}

/*! \brief The end of the report for programs. */
static int json_summary(check_t *check, const hm_server_file_t *server)
{
	hm_json_t *json = &check->json;
	hm_json_member(json, "errors", json_integer(check->errors));
	hm_json_member(json, "warnings", json_integer(check->warnings));
	json_profiles(check);
	const hm_hosted_file_t *file = (check->set != NULL) ? hm_hosted_set_file(check->set) : NULL;
	hm_json_member(json, "hosted_file", (file == NULL) ? json_null() : json_pack(
		"{s:o, s:I, s:I, s:I}", "file", hm_json_text(check->file),
		"domains", (json_int_t)hm_hosted_file_count(file),
		"left_out", (json_int_t)hm_hosted_file_left_out(file),
		"digest", (json_int_t)hm_hosted_set_digest(check->set)));
	hm_json_member(json, "server", (server == NULL || file == NULL) ? json_null() : json_pack(
		"{s:b, s:I, s:I, s:b, s:b}", "in_use", is_in_use(check, server),
		"domains", (json_int_t)server->domains, "digest", (json_int_t)server->digest,
		"refused", server->refused, "unavailable", server->unavailable));
	return hm_json_end(json);
}

/*! \brief Check, and report while it goes on. */
static int check_all(check_t *check, hm_error_t *error)
{
	// The counters do not tell several modules apart.
	hm_server_file_t counters;
	const hm_server_file_t *server = NULL;
	if (check->source->is_server_given && check->source->conf.sections_count == 1) {
		int ret = hm_server_file(&check->source->server, &counters, error);
		if (ret != KNOT_EOK && ret != KNOT_ENOENT) {
			return ret;
		}
		server = (ret == KNOT_EOK) ? &counters : NULL;
	}

	if (check->opts->json) {
		hm_json_begin(&check->json, check->out.file);
		hm_json_member(&check->json, "config", hm_json_text(check->source->name));
		hm_json_member(&check->json, "id", hm_json_text(check->source->section->id));
		hm_json_array(&check->json, "findings");
	}
	hm_progress_begin((check->file != NULL) ? check->file : check->source->name);
	int ret = load(check, error);
	if (ret == KNOT_EOK && check->set != NULL) {
		ret = walk(check, error);
	}
	hm_progress_end();
	if (check->opts->json) {
		hm_json_array_end(&check->json);
	}
	if (ret != KNOT_EOK) {
		if (check->opts->json) {
			hm_json_member(&check->json, "failed", hm_json_text(error->text));
			(void)hm_json_end(&check->json);
		}
		return ret;
	}
	if (!check->opts->json) {
		print_summary(check, server);
		return KNOT_EOK;
	}
	ret = json_summary(check, server);
	if (ret != KNOT_EOK) {
		hm_error_set(error, "out of memory");
	}
	return ret;
}

static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	hm_source_t source;
	check_t check = {
		.opts = opts, .out = hm_out_to(stdout, opts->color), .source = &source,
	};
	int ret = hm_source_open(opts, &source, error);
	if (ret == KNOT_EOK) {
		check.file = (opts->args_count > 0) ? opts->args[0] : source.section->hosted_file;
		ret = check_all(&check, error);
	}
	hm_suspicious_clear(&check.suspicious);
	free(check.counts);
	hm_hosted_set_free(check.set);
	hm_source_clear(&source);
	return (ret != KNOT_EOK) ? HM_EXIT_FAILED : (check.errors > 0) ? HM_EXIT_FOUND : HM_EXIT_OK;
}

const hm_command_t hm_command_check = {
	.name = "check",
	.usage = "[FILE]",
	.brief = "Check the profiles and the hosted file, or FILE in its place.",
	.help =
	"Reads what the server would read, and says all that it would log, line by line,\n"
	"and more: how many domains each profile has, public suffixes among them, and the\n"
	"digest, which the server has among its counters once the file is in use. With -s\n"
	"it says whether the server uses this file already.\n"
	"\n"
	"Exit code: 0 if all is well, 1 if a line would be left out or a profile has\n"
	"errors, 2 if the check could not be done.\n",
	.example =
	"Example, before a new list goes live:\n"
	"  khostedmail check /tmp/hosted.list.new && mv /tmp/hosted.list.new \\\n"
	"      /var/lib/knot/hosted.list && knotc reload\n",
	.args_max = 1,
	.run = run,
};
