/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "instructions_internal.h"
#include "why.h"

static int no_memory(const hm_instructions_t *instructions)
{
	hm_error_set(instructions->error, "out of memory");
	return KNOT_ENOMEM;
}

static bool find(const hm_instructions_t *instructions, const knot_dname_t *name,
                 hm_owner_t *owner)
{
	return hm_hosted_set_find(instructions->loaded.set, name, hm_flags_get,
	                          (void *)&instructions->loaded.flags, owner);
}

/*! \brief Tell whether a name below the domain belongs to one that is nested in it. */
static bool is_hidden(void *ctx, const knot_dname_t *name)
{
	const hm_instructions_t *instructions = ctx;
	hm_owner_t owner;
	return find(instructions, name, &owner) &&
	       owner.domain.labels > instructions->domain.labels;
}

/*! \brief Say why there is nothing to send, and what to do. */
static int not_hosted(const hm_instructions_t *instructions, const hm_owner_t *owner, bool found,
                      const char *reason)
{
	char why[HM_WHY_MAX];
	const hm_why_t facts = {
		.loaded = &instructions->loaded, .name = instructions->name, .owner = owner,
		.found = found, .reason = reason,
	};
	hm_why_not_hosted(&facts, why);
	const hm_conf_t *conf = &instructions->loaded.source.conf;
	for (size_t i = 0; i < conf->zones_count; i++) {
		if (knot_dname_is_equal(conf->zones[i], instructions->name)) {
			hm_error_set(instructions->error, "%s; it is an ordinary zone of the server, "
			             "to be delegated to the name servers of its own NS records", why);
			return KNOT_ENOENT;
		}
	}
	knot_dname_storage_t nearest;
	knot_dname_txt_storage_t text;
	bool slip = (reason == NULL && hm_why_nearest(&instructions->loaded, instructions->name,
	                                              nearest));
	hm_error_set(instructions->error, "%s; %s%s%s, or see a preview with --profile", why,
	             slip ? "is " : "", slip ? hm_idn_text(nearest, text) : "",
	             slip ? " meant? If not, host it first" :
	             (reason != NULL) ? "correct the flag first" : "host it first");
	return KNOT_ENOENT;
}

/*! \brief Take the domain from the hosted set. */
static int find_hosted(hm_instructions_t *instructions, knot_mm_t *mm)
{
	hm_owner_t owner;
	bool found = find(instructions, instructions->name, &owner);
	if (!found || owner.domain.size != knot_dname_size(instructions->name)) {
		return not_hosted(instructions, &owner, found, NULL);
	}
	const char *reason = "out of memory";
	instructions->profile = hm_hosted_set_complete(instructions->loaded.set, &owner, mm,
	                                               &reason);
	if (instructions->profile == NULL) {
		return not_hosted(instructions, &owner, found, reason);
	}
	instructions->domain = owner.domain;
	return KNOT_EOK;
}

static int read_vars(hm_instructions_t *instructions)
{
	const hm_tool_opts_t *opts = instructions->opts;
	instructions->vars = malloc(HM_VARS_MAX);
	if (instructions->vars == NULL) {
		return no_memory(instructions);
	}
	size_t len = 0;
	for (int i = 1; i < opts->args_count; i++) {
		const char *reason = "";
		if (hm_vars_add(opts->args[i], strlen(opts->args[i]), instructions->vars, &len,
		                &reason) != KNOT_EOK) {
			hm_error_set(instructions->error, "'%s': %s", opts->args[i], reason);
			return KNOT_EINVAL;
		}
	}
	instructions->domain.vars = instructions->vars;
	instructions->domain.vars_len = len;
	return KNOT_EOK;
}

/*! \brief Find the profile of the command line. */
static int find_profile(hm_instructions_t *instructions)
{
	const hm_hosted_set_t *set = instructions->loaded.set;
	const char *name = instructions->opts->profile;
	size_t count = hm_hosted_set_profiles(set), i = 0;
	while (i < count && strcmp(hm_profile_name(hm_hosted_set_profile(set, i)), name) != 0) {
		i++;
	}
	if (i == count) {
		hm_error_set(instructions->error, "there is no profile '%s' in the configuration",
		             name);
		return KNOT_EINVAL;
	}
	instructions->domain.profile = i;
	instructions->profile = hm_hosted_set_profile(set, i);
	return KNOT_EOK;
}

/*! \brief Make the domain up that the command line describes, if the server would take it. */
static int make_up(hm_instructions_t *instructions, knot_mm_t *mm)
{
	hm_domain_init(instructions->name, &instructions->domain);
	int ret = read_vars(instructions);
	if (ret == KNOT_EOK) {
		ret = find_profile(instructions);
	}
	if (ret != KNOT_EOK) {
		return ret;
	}
	if (instructions->domain.labels < 2 ||
	    hm_hosted_set_excludes(instructions->loaded.set, instructions->name)) {
		hm_error_set(instructions->error, "%s can never be hosted: it is a top-level name, "
		             "an excluded one, or above one (hosted-exclude)", instructions->text);
		return KNOT_EINVAL;
	}
	uint64_t line = 0;
	ret = hm_profile_check(instructions->profile, &instructions->domain, mm, &line);
	if (ret != KNOT_EOK) {
		hm_error_set(instructions->error, "%s:%" PRIu64 ": %s",
		             hm_profile_file(instructions->profile), line, hm_profile_reason(ret));
		return KNOT_EINVAL;
	}
	const char *reason = hm_profile_mx_reason(instructions->profile, &instructions->domain);
	if (reason != NULL) {
		hm_error_set(instructions->error, "%s", reason);
		return KNOT_EINVAL;
	}
	return KNOT_EOK;
}

int hm_instructions_domain(hm_instructions_t *instructions, knot_mm_t *mm)
{
	int ret = instructions->preview ? make_up(instructions, mm) : find_hosted(instructions, mm);
	if (ret != KNOT_EOK) {
		return ret;
	}
	ret = hm_zone_text(instructions->profile, &instructions->domain, is_hidden, instructions,
	                   &instructions->records);
	if (ret != KNOT_EOK) {
		hm_error_set(instructions->error, "%s", knot_strerror(ret));
		return (ret == KNOT_ENOENT) ? KNOT_ERROR : ret;
	}
	return KNOT_EOK;
}
