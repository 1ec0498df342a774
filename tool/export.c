/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include "export.h"

static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	const char *format = (opts->format != NULL) ? opts->format : "";
	if (strcmp(format, "zones") == 0 && opts->args_count == 0) {
		return hm_export_zones(opts, error);
	}
	if (strcmp(format, "zones") == 0) {
		hm_error_set(error, "--format zones exports all domains, not those of one profile");
	} else {
		hm_error_set(error, "say --format zones");
	}
	return HM_EXIT_FAILED;
}

static const hm_option_t options[] = {
	{ "format", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, format), "zones",
	  "Zone files and a catalog zone." },
	{ "output", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, output), "DIR",
	  "Folder to write: a new one, or that of an earlier export." },
	{ "catalog", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, catalog), "NAME",
	  "Name of the catalog zone.\n(default " HM_EXPORT_CATALOG ")" },
	{ 0 }
};

const hm_command_t hm_command_export = {
	.name = "export",
	.usage = "--format zones --output DIR",
	.brief = "Write the hosted domains as zone files.",
	.help =
	"Writes all hosted domains as zone files, for name servers that have no mod-hostedmail:\n"
	"DIR/zones has them in two levels of folders, DIR/catalog.zone is their catalog (RFC 9432),\n"
	"DIR/nsd.zones and DIR/named.zones are lists for NSD, and for BIND and PowerDNS. Domains\n"
	"nested in a hosted domain are delegated by it. A later export writes what has changed and\n"
	"removes what has gone, each file at once.\n"
	"\n"
	"Exit code: 1 if there is something that zone files cannot say.\n",
	.example =
	"Example, for a secondary with NSD:\n"
	"  khostedmail export --format zones --output /var/lib/nsd/hosted\n",
	.options = options,
	.args_max = 1,
	.run = run,
};
