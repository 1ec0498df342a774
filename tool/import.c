/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "dir.h"
#include "options.h"
#include "zones.h"

/*! \brief An import under way. */
typedef struct {
	const hm_tool_opts_t *opts;
	hm_zones_t zones;
	int folder;         /*!< For the overlay, -1 if there is none. */
	bool folder_made;
	size_t written;     /*!< Zones of the list that are done with. */
	size_t lines;
} import_t;

static int no_memory(hm_error_t *error)
{
	hm_error_set(error, "out of memory");
	return KNOT_ENOMEM;
}

/*! \brief Tell whether a zone becomes a hosted domain. */
static bool has_line(const import_t *import, const hm_compared_t *zone)
{
	return zone->error == NULL &&
	       (zone->result.relation == HM_ZONE_SAME ||
	        (zone->result.relation == HM_ZONE_SUPERSET && import->folder >= 0));
}

/*! \brief Tell whether a zone has further records that go to the overlay. */
static bool has_overlay(const import_t *import, const hm_compared_t *zone)
{
	return has_line(import, zone) && zone->result.relation == HM_ZONE_SUPERSET;
}

static char *overlay_file(const hm_compared_t *zone)
{
	char *name = NULL;
	return (asprintf(&name, "%s.zone", zone->name) >= 0) ? name : NULL;
}

/*! \brief The zone without what the profile has. */
static char *overlay_text(const hm_zone_result_t *result, const char *profile, size_t *len)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, len);
	if (file == NULL) {
		return NULL;
	}
	fprintf(file, "; Without the records of the profile %s, which mod-hostedmail fills in.\n",
	        profile);
	for (size_t i = 0; i < result->apex_count; i++) {
		fprintf(file, "%s\n", result->apex[i]);
	}
	for (size_t i = 0; i < result->more_count; i++) {
		fprintf(file, "%s\n", result->more[i]);
	}
	if (fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int write_overlay(const import_t *import, const hm_compared_t *zone, hm_error_t *error)
{
	const hm_zone_result_t *result = &zone->result;
	size_t len;
	char *name = overlay_file(zone);
	char *text = overlay_text(result, hm_profile_name(hm_hosted_set_profile(
	                          import->zones.set, result->profile)), &len);
	int ret = (name == NULL || text == NULL) ? no_memory(error) :
	          hm_dir_create(import->folder, name, text, len, error);
	free(name);
	free(text);
	return ret;
}

static int write_overlays(import_t *import, hm_error_t *error)
{
	for (; import->written < import->zones.count; import->written++) {
		const hm_compared_t *zone = &import->zones.zones[import->written];
		int ret = has_overlay(import, zone) ? write_overlay(import, zone, error) :
		                                      KNOT_EOK;
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return KNOT_EOK;
}

/*! \brief Remove what was written, since not all could be. */
static void undo(import_t *import)
{
	while (import->written > 0) {
		const hm_compared_t *zone = &import->zones.zones[--import->written];
		char *name = has_overlay(import, zone) ? overlay_file(zone) : NULL;
		if (name != NULL) {
			(void)unlinkat(import->folder, name, 0);
		}
		free(name);
	}
	if (import->folder_made) {
		(void)rmdir(import->opts->overlay);
	}
}

/*! \brief The lines of the hosted file, NULL if memory is out. */
static char *hosted_lines(import_t *import, size_t *len)
{
	char *text = NULL;
	FILE *file = open_memstream(&text, len);
	if (file == NULL) {
		return NULL;
	}
	for (size_t i = 0; i < import->zones.count; i++) {
		const hm_compared_t *zone = &import->zones.zones[i];
		if (has_line(import, zone)) {
			fprintf(file, "%s\n", zone->result.line);
			import->lines++;
		}
	}
	if (fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return text;
}

static int write_all(import_t *import, hm_error_t *error)
{
	const hm_tool_opts_t *opts = import->opts;
	int ret = KNOT_EOK;
	if (opts->overlay != NULL) {
		ret = hm_dir_open(opts->overlay, &import->folder, &import->folder_made, error);
	}
	if (ret == KNOT_EOK) {
		ret = write_overlays(import, error);
	}
	if (ret != KNOT_EOK) {
		return ret;
	}
	size_t len;
	char *lines = hosted_lines(import, &len);
	if (lines == NULL) {
		return no_memory(error);
	}
	if (opts->output != NULL) {
		ret = hm_dir_create(AT_FDCWD, opts->output, lines, len, error);
	} else {
		fwrite(lines, 1, len, stdout);
	}
	free(lines);
	return ret;
}

/*! \brief Say what became of the zones: to standard error if the lines are on standard output. */
static int report(const import_t *import, hm_error_t *error)
{
	const hm_zones_t *zones = &import->zones;
	int ret;
	if (import->opts->json) {
		hm_json_t json;
		hm_json_begin(&json, stdout);
		hm_zones_json(zones, &json);
		hm_json_member(&json, "lines", json_integer(import->lines));
		ret = hm_json_end(&json);
		return (ret == KNOT_EOK) ? ret : no_memory(error);
	}
	const hm_out_t err = hm_out_to(stderr, import->opts->color);
	for (size_t i = 0; i < zones->count; i++) {
		if (zones->zones[i].error != NULL) {
			hm_out_print(&err, HM_STYLE_ERROR, "error: ");
			fprintf(stderr, "%s\n", zones->zones[i].error);
		}
	}
	const hm_out_t out = (import->opts->output != NULL) ?
	                     hm_out_to(stdout, import->opts->color) : err;
	ret = hm_zones_print_groups(zones, &out);
	if (ret != KNOT_EOK) {
		return no_memory(error);
	}
	hm_zone_counts_t counts = hm_zones_count(zones);
	fprintf(out.file, "%zu hosted line%s; %zu same, %zu superset, %zu different, "
	        "%zu error%s\n", import->lines, (import->lines == 1) ? "" : "s",
	        counts.relations[HM_ZONE_SAME], counts.relations[HM_ZONE_SUPERSET],
	        counts.relations[HM_ZONE_DIFFERENT], counts.errors,
	        (counts.errors == 1) ? "" : "s");
	if (import->folder < 0 && counts.relations[HM_ZONE_SUPERSET] > 0) {
		fprintf(out.file, "Those that are a superset have no line: --overlay DIR writes "
		        "what remains of them.\n");
	}
	return KNOT_EOK;
}

static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	import_t import = { .opts = opts, .folder = -1 };
	if (opts->json && opts->output == NULL) {
		hm_error_set(error, "--json needs --output, since the lines would be on standard "
		             "output as well");
		return HM_EXIT_FAILED;
	}
	int ret = hm_zones_compare(opts, &import.zones, error);
	if (ret == KNOT_EOK) {
		ret = write_all(&import, error);
		if (ret != KNOT_EOK) {
			undo(&import);
		}
	}
	if (ret == KNOT_EOK) {
		ret = report(&import, error);
	}
	int code = (ret != KNOT_EOK) ? HM_EXIT_FAILED :
	           (import.lines == import.zones.count) ? HM_EXIT_OK : HM_EXIT_FOUND;
	if (import.folder >= 0) {
		close(import.folder);
	}
	hm_zones_clear(&import.zones);
	return code;
}

static const hm_option_t options[] = {
	{ "output", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, output), "FILE",
	  "Write the hosted lines to a new file.\n(default standard output)" },
	{ "overlay", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, overlay), "DIR",
	  "Write what remains of each superset to this folder." },
	{ "profile", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, profile), "NAME",
	  "Compare with this profile only." },
	{ "conf", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, zone_conf), "FILE",
	  "Zones and their files from a named.conf or a knot.conf." },
	{ "zones", 0, HM_OPTION_FLAG, offsetof(hm_tool_opts_t, zones), NULL,
	  "The arguments are zones that the running server has." },
	{ "all", 0, HM_OPTION_FLAG, offsetof(hm_tool_opts_t, all), NULL,
	  "With --zones: all of its zones." },
	{ "ignore-ttl", 0, HM_OPTION_FLAG, offsetof(hm_tool_opts_t, ignore_ttl), NULL,
	  "Another TTL is no difference." },
	{ 0 }
};

const hm_command_t hm_command_import = {
	.name = "import",
	.usage = "FILE... | DIR...",
	.brief = "Make hosted lines of zone files.",
	.help =
	"Compares zones with the profiles, as \"khostedmail diff\" does, and writes a line of a\n"
	"hosted file for each zone that is the same as a profile. With --overlay, a zone that has\n"
	"further records has a line as well, and those records become a zone file of their own,\n"
	"for the module as an overlay. No file is overwritten. A report by group goes to standard\n"
	"error, or with --output to standard output.\n"
	"\n"
	"Exit code: 0 if all zones have a line, else 1.\n",
	.example =
	"Example, the zones of a server that has been in use:\n"
	"  khostedmail import --output hosted.new --overlay overlay /var/lib/bind\n",
	.options = options,
	.args_max = INT_MAX,
	.run = run,
};
