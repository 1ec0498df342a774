/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "instructions_internal.h"
#include "json.h"
#include "logo.h"
#include "memory.h"
#include "small_file.h"
#include "suffixes.h"
#include "template.h"

/*! \brief Most bytes of a template. */
#define TEMPLATE_MAX (1024 * 1024)

/*! \brief A format of the output. */
typedef struct {
	const char *name;
	hm_escape_t escape;
	const char *template; /*!< NULL for JSON. */
} format_t;

static const format_t formats[] = {
	{ "text", HM_ESCAPE_NONE, hm_template_text },
	{ "markdown", HM_ESCAPE_MARKDOWN, hm_template_markdown },
	{ "html", HM_ESCAPE_HTML, hm_template_html },
	{ "json", HM_ESCAPE_NONE, NULL },
};

static int no_memory(const hm_instructions_t *instructions)
{
	hm_error_set(instructions->error, "out of memory");
	return KNOT_ENOMEM;
}

static const format_t *find_format(const hm_tool_opts_t *opts, hm_error_t *error)
{
	const char *name = opts->json ? "json" : (opts->format != NULL) ? opts->format : "text";
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
		if (strcmp(formats[i].name, name) == 0) {
			return &formats[i];
		}
	}
	hm_error_set(error, "there is no format '%s', only text, markdown, html and json", name);
	return NULL;
}

/*! \brief Parse the template of the command line, else the one that is built in. */
static int read_template(const hm_tool_opts_t *opts, const format_t *format,
                         hm_template_t **template, hm_error_t *error)
{
	if (format->template == NULL) {
		if (opts->template == NULL) {
			return KNOT_EOK;
		}
		hm_error_set(error, "JSON has no template");
		return KNOT_EINVAL;
	}
	if (opts->template == NULL) {
		return hm_template_parse(format->name, format->template, strlen(format->template),
		                         format->escape, hm_instructions_names, template, error);
	}
	uint8_t *text;
	size_t len;
	int ret = hm_small_file_read(opts->template, TEMPLATE_MAX, &text, &len, error);
	if (ret == KNOT_EOK) {
		ret = hm_template_parse(opts->template, (const char *)text, len, format->escape,
		                        hm_instructions_names, template, error);
		free(text);
	}
	return ret;
}

/*! \brief Read the names, and what the options say. */
static int read_options(hm_instructions_t *instructions)
{
	const hm_tool_opts_t *opts = instructions->opts;
	int ret = hm_idn_read(opts->args[0], instructions->name, instructions->error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	hm_idn_text(instructions->name, instructions->text);
	instructions->unicode = hm_idn_unicode(instructions->name);
	instructions->preview = (opts->profile != NULL);
	if (opts->args_count > 1 && !instructions->preview) {
		hm_error_set(instructions->error, "variables need --profile: a hosted domain has "
		             "its own");
		return KNOT_EINVAL;
	}
	if (opts->way != NULL) {
		static const char *const ways[] = { "domain", "subdomain", "records" };
		size_t way = 0;
		while (way < 3 && strcmp(ways[way], opts->way) != 0) {
			way++;
		}
		if (way == 3) {
			hm_error_set(instructions->error, "there is no way '%s', only domain, "
			             "subdomain and records", opts->way);
			return KNOT_EINVAL;
		}
		instructions->way = way;
		instructions->is_way_given = true;
	}
	return (opts->logo != NULL) ?
	       hm_logo_read(opts->logo, &instructions->logo, instructions->error) : KNOT_EOK;
}

/*! \brief The zone that the customer edits: that of --zone, else what was registered. */
static int find_zone(hm_instructions_t *instructions)
{
	if (instructions->opts->zone != NULL) {
		int ret = hm_idn_read(instructions->opts->zone, instructions->zone,
		                      instructions->error);
		if (ret == KNOT_EOK && (*instructions->zone == '\0' ||
		    knot_dname_in_bailiwick(instructions->name, instructions->zone) < 0)) {
			hm_error_set(instructions->error, "%s is not in the zone '%s'",
			             instructions->text, instructions->opts->zone);
			ret = KNOT_EINVAL;
		}
		return ret;
	}
	hm_suffixes_t *suffixes = NULL;
	int ret = hm_suffixes_new(&suffixes);
	if (ret == KNOT_ENOMEM) {
		return no_memory(instructions);
	} else if (ret != KNOT_EOK) {
		hm_error_set(instructions->error, "there is no list of public suffixes; say the "
		             "zone that the customer edits with --zone");
		return ret;
	}
	const knot_dname_t *zone = hm_suffixes_registrable(suffixes, instructions->name);
	hm_suffixes_free(suffixes);
	knot_dname_to_wire(instructions->zone, zone, sizeof(instructions->zone));
	return KNOT_EOK;
}

/*! \brief Decide what the customer has to do. */
static int find_way(hm_instructions_t *instructions)
{
	int ret = find_zone(instructions);
	if (ret != KNOT_EOK) {
		return ret;
	}
	bool whole = knot_dname_is_equal(instructions->name, instructions->zone);
	if (!instructions->is_way_given) {
		instructions->way = whole ? HM_WAY_DOMAIN : HM_WAY_SUBDOMAIN;
	} else if (instructions->way == HM_WAY_SUBDOMAIN && whole) {
		hm_error_set(instructions->error, "%s is no subdomain: it is delegated by the "
		             "registry, so use --way domain, or say the zone above it with --zone",
		             instructions->text);
		return KNOT_EINVAL;
	}
	return KNOT_EOK;
}

/*! \brief Warn of lines that are left out of what the customer gets. */
static void print_notes(const hm_instructions_t *instructions)
{
	const hm_zone_text_t *zone = &instructions->records;
	for (size_t i = 0; i < zone->lacks_count; i++) {
		const hm_text_lack_t *lack = &zone->lacks[i];
		fprintf(stderr, "left out: %s %s, since the domain does not define the variable %s "
		        "(%s:%" PRIu64 ")\n", lack->owner, lack->type, lack->variable, lack->file,
		        lack->line);
	}
	for (size_t i = 0; i < zone->hidden_count; i++) {
		fprintf(stderr, "left out: %s, since it belongs to a nested domain, which needs "
		        "instructions of its own\n", zone->hidden[i]);
	}
	const hm_conf_t *conf = &instructions->loaded.source.conf;
	for (size_t i = 0; i < conf->zones_count; i++) {
		knot_dname_txt_storage_t text;
		if (knot_dname_in_bailiwick(conf->zones[i], instructions->name) >= 0) {
			fprintf(stderr, "warning: the server has an ordinary zone %s, which "
			        "answers in place of the profile there\n",
			        hm_idn_text(conf->zones[i], text));
		}
	}
}

/*! \brief Write the JSON object, or what the template makes of it. */
static int print(json_t *values, const hm_template_t *template, hm_error_t *error)
{
	if (template != NULL) {
		hm_template_print(template, values, stdout);
		return KNOT_EOK;
	}
	hm_json_t json;
	hm_json_begin(&json, stdout);
	const char *name;
	json_t *value;
	json_object_foreach(values, name, value) {
		json_object_del(value, "table"); // Only for people.
		hm_json_member(&json, name, json_incref(value));
	}
	int ret = hm_json_end(&json);
	if (ret != KNOT_EOK) {
		hm_error_set(error, "out of memory");
	}
	return ret;
}

static void clear(hm_instructions_t *instructions)
{
	free(instructions->unicode);
	free(instructions->vars);
	free(instructions->logo);
	hm_zone_text_clear(&instructions->records);
	hm_load_clear(&instructions->loaded);
}

static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	const format_t *format = find_format(opts, error);
	if (format == NULL) {
		return HM_EXIT_FAILED;
	}
	hm_instructions_t instructions = { .opts = opts, .error = error };
	hm_memory_t memory;
	hm_memory_init(&memory);
	hm_template_t *template = NULL;
	json_t *values = NULL;
	int code = HM_EXIT_FAILED;
	if (read_template(opts, format, &template, error) != KNOT_EOK ||
	    read_options(&instructions) != KNOT_EOK || find_way(&instructions) != KNOT_EOK ||
	    hm_load_open(opts, &instructions.loaded, error) != KNOT_EOK ||
	    hm_load_set(opts, NULL, NULL, &instructions.loaded, error) != KNOT_EOK) {
		goto end;
	}
	int ret = hm_instructions_domain(&instructions, &memory.mm);
	if (ret == KNOT_ENOENT) {
		fprintf(stderr, "%s\n", error->text);
		code = HM_EXIT_FOUND;
		goto end;
	}
	if (ret != KNOT_EOK || hm_instructions_values(&instructions, &values) != KNOT_EOK) {
		goto end;
	}
	print_notes(&instructions);
	code = (print(values, template, error) == KNOT_EOK) ? HM_EXIT_OK : HM_EXIT_FAILED;
end:
	json_decref(values);
	hm_template_free(template);
	clear(&instructions);
	hm_memory_clear(&memory);
	return code;
}

static const hm_option_t options[] = {
	{ "format", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, format), "text|markdown|html|json",
	  "Format of the output, text if not given." },
	{ "way", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, way), "domain|subdomain|records",
	  "Only name servers for the registrar, only NS records for\n"
	  "the zone above, or only the records to set by hand." },
	{ "zone", 'z', HM_OPTION_WORD, offsetof(hm_tool_opts_t, zone), "ZONE",
	  "The zone that the customer edits, if it is not the one\n"
	  "that the list of public suffixes says." },
	{ "profile", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, profile), "NAME",
	  "A preview with this profile, whether hosted or not." },
	{ "provider", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, provider), "NAME",
	  "Your name, for the head of the instructions." },
	{ "logo", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, logo), "FILE",
	  "Your logo, PNG, JPEG or SVG, for HTML." },
	{ "template", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, template), "FILE",
	  "Your own words, in the format." },
	{ 0 }
};

const hm_command_t hm_command_instructions = {
	.name = "instructions",
	.usage = "DOMAIN [NAME=VALUE ...]",
	.brief = "Write what the customer has to do: delegate the domain, or set its records.",
	.help =
	"Writes what to send to the customer of a hosted domain: which name servers to set at\n"
	"the registrar, for a subdomain which NS records to add to the zone above it, and which\n"
	"records to set for those who do not delegate. Records that are left out for the domain\n"
	"are not in it, but named on standard error. The text is UTF-8.\n"
	"\n"
	"A domain that is not hosted yet needs --profile; its variables follow the domain.\n"
	"\n"
	"Exit code: 0, 1 if the domain is not hosted, 2 if it could not be done.\n",
	.example =
	"Example, a page to print or to send:\n"
	"  khostedmail instructions --format html example.com > example.com.html\n",
	.options = options,
	.args_min = 1,
	.args_max = 1 + HM_VARS_PER_DOMAIN_MAX,
	.run = run,
};
