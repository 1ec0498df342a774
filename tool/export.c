/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <string.h>

#include "export.h"

static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	const char *format = (opts->format != NULL) ? opts->format : "";
	if (strcmp(format, "zones") == 0 && opts->args_count == 0) {
		return hm_export_zones(opts, error);
	}
	if (strcmp(format, "domain-connect") == 0) {
		return hm_export_template(opts, error);
	}
	if (strcmp(format, "zones") == 0) {
		hm_error_set(error, "--format zones exports all domains, not those of one profile");
	} else {
		hm_error_set(error, "say --format zones or --format domain-connect");
	}
	return HM_EXIT_FAILED;
}

#define WORD(field) HM_OPTION_WORD, offsetof(hm_tool_opts_t, field)
#define FLAG(field) HM_OPTION_FLAG, offsetof(hm_tool_opts_t, field)

static const hm_option_t options[] = {
	{ "format", 0, WORD(format), "zones|domain-connect",
	  "Zone files and a catalog zone of all domains, or a template\n"
	  "of a profile." },
	{ "output", 0, WORD(output), "DIR",
	  "Folder to write. For zones a new one, or that of an earlier\n"
	  "export; a template is printed otherwise." },
	{ "catalog", 0, WORD(catalog), "NAME",
	  "Name of the catalog zone.\n(default " HM_EXPORT_CATALOG ")" },
	{ "delegation", 0, FLAG(delegation), NULL,
	  "A template that delegates a subdomain, in place of one with\n"
	  "the records." },
	{ "partial", 0, FLAG(partial), NULL,
	  "Leave out what a template cannot say." },
	{ "provider-id", 0, WORD(provider_id), "ID",
	  "providerId of the template." },
	{ "provider-name", 0, WORD(provider_name), "NAME",
	  "providerName, for people.\n(default the providerId)" },
	{ "service-id", 0, WORD(service_id), "ID",
	  "serviceId.\n(default the name of the profile)" },
	{ "service-name", 0, WORD(service_name), "NAME",
	  "serviceName, for people.\n(default the serviceId)" },
	{ "template-version", 0, WORD(template_version), "NUMBER",
	  "Version of the template.\n(default 1)" },
	{ "key-domain", 0, WORD(key_domain), "NAME",
	  "syncPubKeyDomain, where the public key of signed requests is." },
	{ "logo-url", 0, WORD(logo_url), "URL",
	  "Address of your logo." },
	{ "description", 0, WORD(description), "TEXT",
	  "What the service is, for people." },
	{ 0 }
};

const hm_command_t hm_command_export = {
	.name = "export",
	.usage = "--format zones|domain-connect [PROFILE]",
	.brief = "Write the hosted domains as zone files, or a profile as a template.",
	.help =
	"With --format zones, writes all hosted domains as zone files, for name servers that have\n"
	"no mod-hostedmail: DIR/zones has them, DIR/catalog.zone is their catalog (RFC 9432),\n"
	"DIR/nsd.zones and DIR/named.zones are lists for NSD, and for BIND and PowerDNS. Domains\n"
	"nested in a hosted domain are delegated by it. A later export writes what has\n"
	"changed and removes what has gone, each file at once.\n"
	"\n"
	"With --format domain-connect, writes a profile of the configuration, or a profile's file\n"
	"by its path, as a Domain Connect template: for customers who keep their zone at a DNS\n"
	"provider, which sets the records by a click. SOA and NS are left out, an SPF record\n"
	"becomes SPFM, {domain} becomes %fqdn%. What has no equivalent is an error with file and\n"
	"line.\n"
	"\n"
	"Exit code: 1 if there is something that zone files or the template cannot say.\n",
	.example =
	"Example, for a secondary with NSD; and a template to publish:\n"
	"  khostedmail export --format zones --output /var/lib/nsd/hosted\n"
	"  khostedmail export --format domain-connect --provider-id provider.example polarismail\n",
	.options = options,
	.args_max = 1,
	.run = run,
};
