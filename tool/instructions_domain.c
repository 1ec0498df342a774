/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "instructions_internal.h"

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

/*! \brief Take the domain from the hosted set. */
static int find_hosted(hm_instructions_t *instructions, knot_mm_t *mm)
{
	static const char next[] = "; host it first, then send the instructions, or see a preview "
	                           "with --profile";
	hm_owner_t owner;
	bool found = find(instructions, instructions->name, &owner);
	bool unsure = (hm_hosted_set_zones(instructions->loaded.set) > 0 &&
	               instructions->loaded.flags.result != KNOT_EOK);
	if (!found || owner.domain.size != knot_dname_size(instructions->name)) {
		knot_dname_txt_storage_t upper;
		hm_error_set(instructions->error, "%s is not hosted%s%s%s%s", instructions->text,
		             found ? " itself, though it belongs to the hosted domain " : "",
		             found ? hm_idn_text(owner.domain.name, upper) : "",
		             unsure ? ", as far as the hosted file can tell" : "", next);
		return KNOT_ENOENT;
	}
	const char *reason = "out of memory";
	instructions->profile = hm_hosted_set_complete(instructions->loaded.set, &owner, mm,
	                                               &reason);
	if (instructions->profile == NULL) {
		hm_error_set(instructions->error, "%s is flagged wrongly, so it is not served: %s",
		             instructions->text, reason);
		return KNOT_ENOENT;
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
