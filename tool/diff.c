/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include <libknot/errcode.h>

#include "options.h"
#include "zones.h"

static void print_diff(const hm_out_t *out, const hm_diff_t *diff)
{
	switch (diff->kind) {
	case HM_DIFF_MISSING:
		fprintf(out->file, "  missing: %s %s %s\n", diff->owner, diff->type, diff->profile);
		break;
	case HM_DIFF_RDATA:
		fprintf(out->file, "  other:   %s %s is %s; the profile has %s\n", diff->owner,
		        diff->type, diff->zone, diff->profile);
		break;
	case HM_DIFF_TTL:
		fprintf(out->file, "  TTL:     %s %s has %s; the profile has %s\n", diff->owner,
		        diff->type, diff->zone, diff->profile);
		break;
	case HM_DIFF_VARIABLE:
		fprintf(out->file, "  cannot be hosted: %s\n", diff->profile);
		break;
	}
}

static void print_lines(const hm_out_t *out, char *const *lines, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		fprintf(out->file, "  %s\n", lines[i]);
	}
}

static void print_zone(const hm_out_t *out, const hm_zones_t *zones, const hm_compared_t *zone)
{
	const hm_zone_result_t *result = &zone->result;
	const char *profile = hm_profile_name(hm_hosted_set_profile(zones->set, result->profile));
	hm_out_print(out, HM_STYLE_BOLD, "%s: ", zone->name);
	switch (result->relation) {
	case HM_ZONE_SAME:
		hm_out_print(out, HM_STYLE_GOOD, "same");
		fprintf(out->file, " as %s; hosted line:\n  %s\n", profile, result->line);
		break;
	case HM_ZONE_SUPERSET:
		hm_out_print(out, HM_STYLE_WARNING, "superset");
		fprintf(out->file, " of %s; hosted line:\n  %s\n", profile, result->line);
		fprintf(out->file, "  and for an overlay:\n");
		print_lines(out, result->more, result->more_count);
		break;
	case HM_ZONE_DIFFERENT:
		hm_out_print(out, HM_STYLE_ERROR, "different");
		fprintf(out->file, "; nearest is %s\n", profile);
		for (size_t i = 0; i < result->diffs_count; i++) {
			print_diff(out, &result->diffs[i]);
		}
		for (size_t i = 0; i < result->more_count; i++) {
			fprintf(out->file, "  further: %s\n", result->more[i]);
		}
		break;
	}
	for (size_t i = 0; i < result->notes_count; i++) {
		fprintf(out->file, "  note: %s\n", result->notes[i]);
	}
}

static void print_text(const hm_tool_opts_t *opts, const hm_zones_t *zones)
{
	const hm_out_t out = hm_out_to(stdout, opts->color);
	const hm_out_t err = hm_out_to(stderr, opts->color);
	for (size_t i = 0; i < zones->count; i++) {
		const hm_compared_t *zone = &zones->zones[i];
		if (zone->error != NULL) {
			fflush(stdout);
			hm_out_print(&err, HM_STYLE_ERROR, "error: ");
			fprintf(stderr, "%s\n", zone->error);
		} else {
			print_zone(&out, zones, zone);
		}
	}
	hm_zone_counts_t counts = hm_zones_count(zones);
	printf("%zu same, %zu superset, %zu different, %zu error%s\n",
	       counts.relations[HM_ZONE_SAME], counts.relations[HM_ZONE_SUPERSET],
	       counts.relations[HM_ZONE_DIFFERENT], counts.errors,
	       (counts.errors == 1) ? "" : "s");
}

static int print(const hm_tool_opts_t *opts, const hm_zones_t *zones, hm_error_t *error)
{
	if (!opts->json) {
		print_text(opts, zones);
		return KNOT_EOK;
	}
	hm_json_t json;
	hm_json_begin(&json, stdout);
	hm_zones_json(zones, &json);
	int ret = hm_json_end(&json);
	if (ret != KNOT_EOK) {
		hm_error_set(error, "out of memory");
	}
	return ret;
}

static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	hm_zones_t zones;
	int ret = hm_zones_compare(opts, &zones, error);
	if (ret == KNOT_EOK) {
		ret = print(opts, &zones, error);
	}
	int code = HM_EXIT_FAILED;
	if (ret == KNOT_EOK) {
		hm_zone_counts_t counts = hm_zones_count(&zones);
		code = (counts.relations[HM_ZONE_SAME] == zones.count) ? HM_EXIT_OK : HM_EXIT_FOUND;
	}
	hm_zones_clear(&zones);
	return code;
}

static const hm_option_t options[] = {
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

const hm_command_t hm_command_diff = {
	.name = "diff",
	.usage = "FILE... | DIR...",
	.brief = "Compare zone files with the profiles.",
	.help =
	"Compares zones with the profiles of the configuration. Each one is the same as a\n"
	"profile, with the line of a hosted file that stands for it; or a superset, with what\n"
	"remains for the overlay; or different, with what differs from the profile that is\n"
	"nearest. SOA and NS of the zone itself do not count, since a hosted domain has those of\n"
	"its profile.\n"
	"A folder stands for all files in it and below it; links in it are not followed. A zone\n"
	"has the name of its SOA; where a file does not say it, the file is called as the zone:\n"
	"example.com.zone, db.example.com and the like.\n"
	"\n"
	"Exit code: 0 if all zones are the same as a profile, else 1.\n",
	.example =
	"Example, which of all zones need not be zones any more:\n"
	"  khostedmail diff /var/lib/bind\n",
	.options = options,
	.args_max = INT_MAX,
	.run = run,
};
