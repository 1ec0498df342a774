/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>

#include "findings.h"
#include "host.h"
#include "options.h"

#define MOD_PROFILE     "\x07""profile"
#define MOD_HOSTED_FILE "\x0B""hosted-file"
#define MOD_HOSTED_ZONE "\x0B""hosted-zone"
#define MOD_EXCLUDE     "\x0E""hosted-exclude"
#define MOD_MAX_SHRINK  "\x16""hosted-file-max-shrink"

const yp_item_t hm_options_conf[] = {
	{ MOD_PROFILE,     YP_TSTR,   YP_VNONE, YP_FMULTI },
	{ MOD_HOSTED_FILE, YP_TSTR,   YP_VNONE },
	{ MOD_HOSTED_ZONE, YP_TDNAME, YP_VNONE, YP_FMULTI },
	{ MOD_EXCLUDE,     YP_TDNAME, YP_VNONE, YP_FMULTI },
	{ MOD_MAX_SHRINK,  YP_TINT,   YP_VINT = { 1, 100, 50, YP_SNONE } },
	{ 0 }
};

/*! \brief Take the names of the profiles out of the configuration; free() the array. */
static int get_profiles(const knotd_conf_t *profiles, hm_hosted_set_opts_t *set)
{
	if (profiles->count == 0) {
		// A checked configuration has one; the server could not list it.
		return KNOT_ENOMEM;
	}
	const char **files = calloc(profiles->count, sizeof(*files));
	if (files == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < profiles->count; i++) {
		files[i] = profiles->multi[i].string;
	}
	set->profiles = files;
	set->profiles_count = profiles->count;
	return KNOT_EOK;
}

/*! \brief Take names out of the configuration; free() the array. */
static int get_names(const knotd_conf_t *option, const knot_dname_t *const **names, size_t *count)
{
	if (option->count == 0) {
		return KNOT_EOK;
	}
	const knot_dname_t **array = calloc(option->count, sizeof(*array));
	if (array == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < option->count; i++) {
		array[i] = option->multi[i].dname;
	}
	*names = array;
	*count = option->count;
	return KNOT_EOK;
}

/*! \brief Fill in what the set is made of. */
static int get_set(hm_options_t *options)
{
	hm_hosted_set_opts_t *set = &options->set;
	set->hosted_file = (options->file.count > 0) ? options->file.single.string : NULL;
	int ret = get_profiles(&options->profiles, set);
	if (ret == KNOT_EOK) {
		ret = get_names(&options->zones, &set->zones, &set->zones_count);
	}
	if (ret == KNOT_EOK) {
		ret = get_names(&options->exclude, &set->exclude, &set->exclude_count);
	}
	return ret;
}

/*!
 * \brief Get an option that need not be there.
 *
 * If memory is out, the server says the same as of one that is not there, without a word in the log:
 * all domains of a hosted file would be gone. So what is not there is asked for once more; if memory
 * is still out then, the load has no chance either.
 */
static knotd_conf_t get_optional(knotd_mod_t *mod, const yp_name_t *name)
{
	knotd_conf_t option = knotd_conf_mod(mod, name);
	return (option.count > 0) ? option : knotd_conf_mod(mod, name);
}

int hm_options_get(knotd_mod_t *mod, hm_options_t *options)
{
	*options = (hm_options_t) {
		.profiles = knotd_conf_mod(mod, MOD_PROFILE),
		.file = get_optional(mod, MOD_HOSTED_FILE),
		.zones = get_optional(mod, MOD_HOSTED_ZONE),
		.exclude = get_optional(mod, MOD_EXCLUDE),
		.max_shrink = knotd_conf_mod(mod, MOD_MAX_SHRINK).single.integer,
	};
	return get_set(options);
}

void hm_options_clear(hm_options_t *options)
{
	free((void *)options->set.profiles);
	free((void *)options->set.zones);
	free((void *)options->set.exclude);
	knotd_conf_free(&options->profiles);
	knotd_conf_free(&options->file);
	knotd_conf_free(&options->zones);
	knotd_conf_free(&options->exclude);
}

int hm_options_check(knotd_conf_check_args_t *args)
{
	static _Thread_local char error[400];

	hm_findings_t findings = { 0 };
	hm_options_t options = {
		.profiles = knotd_conf_check_item(args, MOD_PROFILE),
		.file = knotd_conf_check_item(args, MOD_HOSTED_FILE),
		.zones = knotd_conf_check_item(args, MOD_HOSTED_ZONE),
		.set = { .report = hm_findings_report, .ctx = &findings },
	};
	hm_hosted_set_t *set = NULL;
	int ret = KNOT_EINVAL;
	if (options.profiles.count == 0) {
		args->err_str = "no profile specified";
		goto done;
	}
	if (options.zones.count > 0 && !hm_host_has_zones) {
		args->err_str = "hosted-zone needs Knot DNS 3.3.5 or newer";
		goto done;
	}
	if (options.zones.count > HM_HOSTED_ZONES_MAX) {
		args->err_str = "more than 8 hosted zones (hosted-zone)";
		goto done;
	}

	ret = get_set(&options);
	if (ret == KNOT_EOK) {
		// A hosted file that cannot be read costs its own domains only, as a zone file does.
		hm_hosted_set_opts_t opts = options.set;
		opts.hosted_file = NULL;
		opts.zones_count = 0;
		ret = hm_hosted_set_load(&opts, &set);
	}
	if (ret != KNOT_EOK && findings.text_len == 0) {
		args->err_str = knot_strerror(ret);
		goto done;
	}
	if (findings.text_len > 0) {
		snprintf(error, sizeof(error), "%s%s", findings.text,
		         findings.more ? "; and more" : "");
		args->err_str = error;
		ret = KNOT_EINVAL;
	}

done:
	hm_hosted_set_free(set);
	hm_options_clear(&options);
	return ret;
}
