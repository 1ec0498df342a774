/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "domains.h"
#include "memory.h"
#include "progress.h"
#include "show_internal.h"

/*! \brief Most nested domains that are named; others are counted. */
#define NESTED_MAX 1000

static int no_memory(hm_show_t *show)
{
	hm_error_set(show->error, "out of memory");
	return KNOT_ENOMEM;
}

/*! \brief Note what is wrong with a line of the domain. */
static void on_finding(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                       const char *reason)
{
	(void)file;
	hm_show_t *show = ctx;
	bool ours = false;
	for (size_t i = 0; i < show->located.lines_count; i++) {
		ours |= (show->located.lines[i] == line);
	}
	if (!ours) {
		return;
	}
	if (!hm_array_grow(&show->findings, show->findings_count, sizeof(*show->findings))) {
		show->ret = KNOT_ENOMEM;
		return;
	}
	hm_show_finding_t *finding = &show->findings[show->findings_count++];
	*finding = (hm_show_finding_t) {
		.severity = severity, .line = line, .reason = strdup(reason),
	};
	if (finding->reason == NULL) {
		show->ret = KNOT_ENOMEM;
	}
}

static bool names_add(hm_show_names_t *names, const knot_dname_t *name)
{
	names->total++;
	if (names->names_count == NESTED_MAX) {
		return true;
	}
	if (!hm_array_grow(&names->names, names->names_count, sizeof(*names->names))) {
		return false;
	}
	knot_dname_txt_storage_t text;
	names->names[names->names_count] = strdup(hm_idn_text(name, text));
	return names->names[names->names_count++] != NULL;
}

static void names_clear(hm_show_names_t *names)
{
	for (size_t i = 0; i < names->names_count; i++) {
		free(names->names[i]);
	}
	free(names->names);
}

/*! \brief Load the hosted set; note the lines of the domain, and what is wrong with them. */
static int load(hm_show_t *show)
{
	int ret = hm_load_open(show->opts, &show->loaded, show->error);
	const char *file = (ret == KNOT_EOK) ? show->loaded.source.section->hosted_file : NULL;
	if (file != NULL) {
		hm_progress_begin(file);
		show->located.name = show->name;
		ret = hm_locate(file, &show->located, 1, show->error);
		hm_progress_end();
	}
	if (ret == KNOT_EOK) {
		ret = hm_load_set(show->opts, on_finding, show, &show->loaded, show->error);
	}
	return (ret == KNOT_EOK && show->ret != KNOT_EOK) ? no_memory(show) : ret;
}

/*! \brief Find the owner of a name. */
static bool find(hm_show_t *show, const knot_dname_t *name, hm_owner_t *owner)
{
	return hm_hosted_set_find(show->loaded.set, name, hm_flags_get, &show->loaded.flags, owner);
}

/*! \brief The domains in which it is nested. */
static int find_above(hm_show_t *show)
{
	hm_owner_t owner;
	const knot_dname_t *name = show->owner.domain.name;
	while (find(show, hm_dname_next(name), &owner)) {
		name = owner.domain.name;
		if (!names_add(&show->above, name)) {
			return no_memory(show);
		}
	}
	return KNOT_EOK;
}

static bool on_domain(void *ctx, const hm_domain_t *domain, const hm_profile_t *profile,
                      bool flagged)
{
	(void)profile;
	(void)flagged;
	hm_show_t *show = ctx;
	if (!names_add(&show->below, domain->name)) {
		show->ret = KNOT_ENOMEM;
	}
	return show->ret == KNOT_EOK;
}

static void on_wrong(void *ctx, const knot_dname_t *name, const char *reason)
{
	(void)ctx;
	(void)name;
	(void)reason;
}

/*! \brief The domains and the ordinary zones that are nested in it. */
static int find_below(hm_show_t *show)
{
	const hm_domains_visitor_t visitor = {
		.domain = on_domain, .wrong = on_wrong, .ctx = show,
		.above = &show->owner.domain,
	};
	hm_progress_begin("looking for nested domains");
	hm_domains_walk(show->loaded.set, &show->loaded.flags, &visitor);
	hm_progress_end();

	const hm_conf_t *conf = &show->loaded.source.conf;
	for (size_t i = 0; i < conf->zones_count && show->ret == KNOT_EOK; i++) {
		if (hm_domain_prefix(conf->zones[i], &show->owner.domain) >= 0 &&
		    !names_add(&show->zones, conf->zones[i])) {
			show->ret = KNOT_ENOMEM;
		}
	}
	return (show->ret == KNOT_EOK) ? KNOT_EOK : no_memory(show);
}

/*! \brief Tell whether a name below the domain belongs to one that is nested in it. */
static bool is_hidden(void *ctx, const knot_dname_t *name)
{
	hm_show_t *show = ctx;
	hm_owner_t owner;
	return find(show, name, &owner) && owner.domain.labels > show->owner.domain.labels;
}

/*! \brief Find out all that is to be said of the domain. */
static int find_all(hm_show_t *show, knot_mm_t *mm)
{
	show->found = find(show, show->name, &show->owner);
	if (!hm_show_is_hosted(show)) {
		return KNOT_EOK;
	}
	show->profile = hm_hosted_set_complete(show->loaded.set, &show->owner, mm, &show->reason);
	if (show->profile == NULL) {
		return KNOT_EOK;
	}
	show->vars = hm_vars_text(&show->owner.domain);
	int ret = (show->vars != NULL) ? find_above(show) : no_memory(show);
	if (ret == KNOT_EOK) {
		ret = find_below(show);
	}
	if (ret != KNOT_EOK) {
		return ret;
	}
	ret = hm_zone_text(show->profile, &show->owner.domain,
	                   (show->below.total > 0) ? is_hidden : NULL, show, &show->zone);
	if (ret != KNOT_EOK) {
		hm_error_set(show->error, "%s", knot_strerror(ret));
	}
	return ret;
}

static void clear(hm_show_t *show)
{
	for (size_t i = 0; i < show->findings_count; i++) {
		free(show->findings[i].reason);
	}
	free(show->findings);
	free(show->unicode);
	free(show->vars);
	hm_locate_clear(&show->located, 1);
	hm_zone_text_clear(&show->zone);
	names_clear(&show->above);
	names_clear(&show->below);
	names_clear(&show->zones);
	hm_load_clear(&show->loaded);
}

static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	hm_show_t show = { .opts = opts, .out = hm_out_to(stdout, opts->color), .error = error };
	hm_memory_t memory;
	hm_memory_init(&memory);
	int ret = hm_idn_read(opts->args[0], show.name, error);
	if (ret == KNOT_EOK) {
		hm_idn_text(show.name, show.text);
		show.unicode = hm_idn_unicode(show.name);
		ret = load(&show);
	}
	if (ret == KNOT_EOK) {
		ret = find_all(&show, &memory.mm);
	}
	if (ret == KNOT_EOK && hm_show_print(&show) != KNOT_EOK) {
		ret = no_memory(&show);
	}
	int code = (ret != KNOT_EOK) ? HM_EXIT_FAILED :
	           (show.profile == NULL) ? HM_EXIT_FOUND : HM_EXIT_OK;
	clear(&show);
	hm_memory_clear(&memory);
	return code;
}

const hm_command_t hm_command_show = {
	.name = "show",
	.usage = "DOMAIN",
	.brief = "Show what the server answers for a domain, and where that comes from.",
	.help =
	"Says whether a domain is hosted, by which line of the hosted file or which flag of\n"
	"the hosted zone, with which profile and variables; then prints its zone as a zone\n"
	"file, with the records that are left out and the variables that they need. DOMAIN\n"
	"may be internationalized.\n"
	"\n"
	"Exit code: 0 if it is hosted, 1 if not, 2 if that could not be found out.\n",
	.example =
	"Example:\n"
	"  khostedmail show example.com\n",
	.args_min = 1,
	.args_max = 1,
	.run = run,
};
