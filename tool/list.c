/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "domains.h"
#include "idn.h"
#include "json.h"
#include "load.h"
#include "options.h"
#include "progress.h"
#include "source.h"

/*! \brief A list under way. */
typedef struct {
	const hm_tool_opts_t *opts;
	hm_out_t out;
	hm_json_t json;
	hm_table_t table;
	const hm_hosted_set_t *set;
	bool fit;            /*!< The first of two walks: for the width of the columns. */
	size_t *counts;      /*!< Domains by profile. */
	size_t total;
	size_t wrong;        /*!< Wrong flags. */
	int ret;
} list_t;

/*! \brief Tell whether a domain has the variable that the list is about, NAME or NAME=VALUE. */
static bool has_variable(const hm_domain_t *domain, const char *wanted)
{
	const char *sign = strchr(wanted, '=');
	size_t name_len = (sign != NULL) ? (size_t)(sign - wanted) : strlen(wanted), len;
	const uint8_t *value = hm_vars_get(domain, wanted, name_len, &len);
	if (value == NULL || sign == NULL) {
		return value != NULL;
	}
	char *text = hm_value_text(value, len);
	bool same = (text != NULL && strcmp(text, sign + 1) == 0);
	free(text);
	return same;
}

static bool is_wanted(const list_t *list, const hm_domain_t *domain, const hm_profile_t *profile)
{
	return (list->opts->profile == NULL ||
	        strcmp(list->opts->profile, hm_profile_name(profile)) == 0) &&
	       (list->opts->variable == NULL || has_variable(domain, list->opts->variable));
}

static const char *tier(bool flagged)
{
	return flagged ? "zone" : "file";
}

static bool print_domain(list_t *list, const hm_domain_t *domain, const hm_profile_t *profile,
                         bool flagged)
{
	knot_dname_txt_storage_t name;
	const char *text = hm_idn_text(domain->name, name);
	if (list->opts->json) {
		hm_json_element(&list->json, json_pack(
			"{s:s, s:s, s:o, s:o}", "domain", text, "tier", tier(flagged),
			"profile", hm_json_text(hm_profile_name(profile)),
			"variables", hm_vars_json(domain)));
		return !list->json.failed;
	}
	char *vars = hm_vars_text(domain);
	if (vars == NULL) {
		list->ret = KNOT_ENOMEM;
		return false;
	}
	const char *const cells[] = { text, tier(flagged), hm_profile_name(profile), vars };
	if (list->fit) {
		hm_table_fit(&list->table, cells);
	} else {
		hm_table_row(&list->table, &list->out, cells);
	}
	free(vars);
	return true;
}

static bool on_domain(void *ctx, const hm_domain_t *domain, const hm_profile_t *profile,
                      bool flagged)
{
	list_t *list = ctx;
	if (!is_wanted(list, domain, profile)) {
		return true;
	}
	list->counts[domain->profile]++;
	list->total++;
	return list->opts->count || print_domain(list, domain, profile, flagged);
}

static void on_wrong(void *ctx, const knot_dname_t *name, const char *reason)
{
	list_t *list = ctx;
	knot_dname_txt_storage_t text;
	if (!list->fit) {
		list->wrong++;
		hm_progress_clear();
		fprintf(stderr, "warning: the flag of '%s' is wrong: %s\n",
		        hm_idn_text(name, text), reason);
	}
}

static void print_counts(list_t *list)
{
	list->table = (hm_table_t) {
		.columns = { { .title = "PROFILE" }, { .title = "DOMAINS", .right = true } },
		.count = 2,
	};
	size_t count = hm_hosted_set_profiles(list->set);
	for (int pass = 0; pass < 2; pass++) {
		if (pass == 1) {
			hm_table_head(&list->table, &list->out);
		}
		for (size_t i = 0; i <= count; i++) {
			char number[32];
			snprintf(number, sizeof(number), "%zu", (i < count) ? list->counts[i] :
			                                                      list->total);
			const char *const cells[] = {
				(i < count) ? hm_profile_name(hm_hosted_set_profile(list->set, i)) :
				              "all", number,
			};
			if (pass == 0) {
				hm_table_fit(&list->table, cells);
			} else {
				hm_table_row(&list->table, &list->out, cells);
			}
		}
	}
}

static void json_counts(list_t *list)
{
	hm_json_array(&list->json, "profiles");
	size_t count = hm_hosted_set_profiles(list->set);
	for (size_t i = 0; i < count; i++) {
		const hm_profile_t *profile = hm_hosted_set_profile(list->set, i);
		hm_json_element(&list->json, json_pack(
			"{s:o, s:I}", "name", hm_json_text(hm_profile_name(profile)),
			"domains", (json_int_t)list->counts[i]));
	}
	hm_json_array_end(&list->json);
	hm_json_member(&list->json, "count", json_integer(list->total));
	hm_json_member(&list->json, "wrong_flags", json_integer(list->wrong));
}

/*! \brief One walk through all domains. */
static int walk(list_t *list, const hm_all_flags_t *flags, hm_error_t *error)
{
	const hm_domains_visitor_t visitor = {
		.domain = on_domain, .wrong = on_wrong, .ctx = list,
	};
	list->total = 0;
	memset(list->counts, 0, hm_hosted_set_profiles(list->set) * sizeof(*list->counts));
	hm_domains_walk(list->set, flags, &visitor);
	if (list->ret != KNOT_EOK || list->json.failed) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	return KNOT_EOK;
}

static int list_text(list_t *list, const hm_all_flags_t *flags, hm_error_t *error)
{
	int ret = KNOT_EOK;
	if (!list->opts->count) {
		list->table = (hm_table_t) {
			.columns = { { .title = "DOMAIN" }, { .title = "TIER" },
			             { .title = "PROFILE" }, { .title = "VARIABLES" } },
			.count = 4,
		};
		list->fit = true;
		ret = walk(list, flags, error);
		list->fit = false;
		if (ret == KNOT_EOK) {
			hm_table_head(&list->table, &list->out);
		}
	}
	if (ret == KNOT_EOK) {
		ret = walk(list, flags, error);
	}
	if (ret == KNOT_EOK && list->opts->count) {
		print_counts(list);
	}
	return ret;
}

static int list_json(list_t *list, const hm_all_flags_t *flags, hm_error_t *error)
{
	hm_json_begin(&list->json, list->out.file);
	if (!list->opts->count) {
		hm_json_array(&list->json, "domains");
	}
	int ret = walk(list, flags, error);
	if (!list->opts->count) {
		hm_json_array_end(&list->json);
	}
	if (ret != KNOT_EOK) {
		hm_json_member(&list->json, "failed", hm_json_text(error->text));
	} else {
		json_counts(list);
	}
	if (hm_json_end(&list->json) != KNOT_EOK && ret == KNOT_EOK) {
		hm_error_set(error, "out of memory");
		ret = KNOT_ENOMEM;
	}
	return ret;
}

/*! \brief Tell whether the profile of --profile exists. */
static int check_filter(const list_t *list, hm_error_t *error)
{
	if (list->opts->profile == NULL) {
		return KNOT_EOK;
	}
	size_t count = hm_hosted_set_profiles(list->set);
	for (size_t i = 0; i < count; i++) {
		if (strcmp(hm_profile_name(hm_hosted_set_profile(list->set, i)),
		           list->opts->profile) == 0) {
			return KNOT_EOK;
		}
	}
	hm_error_set(error, "there is no profile '%s' in the configuration", list->opts->profile);
	return KNOT_ENOENT;
}

static int list_all(list_t *list, const hm_all_flags_t *flags, hm_error_t *error)
{
	int ret = check_filter(list, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	list->counts = calloc(hm_hosted_set_profiles(list->set), sizeof(*list->counts));
	if (list->counts == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	ret = list->opts->json ? list_json(list, flags, error) : list_text(list, flags, error);
	free(list->counts);
	return ret;
}

static int run(const hm_tool_opts_t *opts, hm_error_t *error)
{
	hm_loaded_t loaded;
	list_t list = { .opts = opts, .out = hm_out_to(stdout, opts->color) };
	int ret = hm_load_open(opts, &loaded, error);
	if (ret == KNOT_EOK) {
		ret = hm_load_set(opts, NULL, NULL, &loaded, error);
	}
	if (ret == KNOT_EOK) {
		list.set = loaded.set;
		hm_progress_begin("listing");
		ret = list_all(&list, &loaded.flags, error);
		hm_progress_end();
	}
	hm_load_clear(&loaded);
	return (ret == KNOT_EOK) ? HM_EXIT_OK : HM_EXIT_FAILED;
}

static const hm_option_t options[] = {
	{ "profile", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, profile), "NAME",
	  "Only domains with this profile." },
	{ "variable", 0, HM_OPTION_WORD, offsetof(hm_tool_opts_t, variable), "NAME[=VALUE]",
	  "Only domains with this variable, and this value of it." },
	{ "count", 0, HM_OPTION_FLAG, offsetof(hm_tool_opts_t, count), NULL,
	  "How many, by profile." },
	{ 0 }
};

const hm_command_t hm_command_list = {
	.name = "list",
	.usage = "[--profile NAME] [--variable NAME[=VALUE]] [--count]",
	.brief = "List the hosted domains of the hosted file and the hosted zones.",
	.help =
	"Lists the hosted domains with their profile and variables, each once as the server\n"
	"takes it: where several know a domain, the first hosted zone counts, and the hosted\n"
	"file last. A line or a flag that is wrong is not listed; \"khostedmail check\" says\n"
	"what is wrong with a line.\n",
	.example =
	"Example, all domains of cluster b:\n"
	"  khostedmail list --variable cluster=b\n",
	.options = options,
	.run = run,
};
