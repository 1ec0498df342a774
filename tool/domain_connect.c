/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "domain_connect_internal.h"

/*! \brief Group of the records that every domain has. */
#define GROUP_ALL "all"

/*! \brief Longest values of members, as the linter of the template repository has them. */
#define ID_MAX      64
#define SERVICE_MAX 255
#define DOMAIN_MAX  255

/*! \brief A template under way. */
typedef struct {
	const hm_profile_t *profile;
	const hm_dc_opts_t *opts;
	hm_report_f report;
	void *ctx;
	hm_dc_places_t places;
	hm_dc_record_t record;
	json_t *records;
	uint8_t used[HM_VARS_COUNT_MAX];
	bool failed;
	bool has_groups;
} template_t;

static bool is_id(const char *text)
{
	static const char allowed[] = "-.0123456789_abcdefghijklmnopqrstuvwxyz"
	                              "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
	size_t len = strlen(text);
	return len > 0 && len <= ID_MAX && strspn(text, allowed) == len;
}

/*! \brief Tell whether text can be a name for people: no variable, not too long. */
static bool is_name(const char *text, size_t max)
{
	size_t len = strlen(text);
	return len > 0 && len <= max && strchr(text, '%') == NULL;
}

static bool is_domain(const char *text)
{
	knot_dname_storage_t name;
	return strlen(text) <= DOMAIN_MAX && is_id(text) && strchr(text, '.') != NULL &&
	       knot_dname_from_str(name, text, sizeof(name)) != NULL;
}

int hm_dc_check(const hm_dc_opts_t *opts, hm_error_t *error)
{
	if (!is_id(opts->provider_id) || !is_id(opts->service_id)) {
		hm_error_set(error, "'%s' is no id of a template: up to %d letters, digits, "
		             "'-', '_' and '.'", is_id(opts->provider_id) ? opts->service_id :
		             opts->provider_id, ID_MAX);
	} else if (!is_name(opts->provider_name, ID_MAX) ||
	           !is_name(opts->service_name, SERVICE_MAX)) {
		hm_error_set(error, "the name of the provider or the service is empty or too "
		             "long, or has a percent sign");
	} else if (opts->key_domain != NULL && !is_domain(opts->key_domain)) {
		hm_error_set(error, "'%s' is not a domain for a public key", opts->key_domain);
	} else if (opts->logo_url != NULL && strncmp(opts->logo_url, "https://", 8) != 0 &&
	           strncmp(opts->logo_url, "http://", 7) != 0) {
		hm_error_set(error, "'%s' is not the address of a logo, https://...",
		             opts->logo_url);
	} else if (opts->version == 0) {
		hm_error_set(error, "the version of a template is a number from 1 on");
	} else {
		return KNOT_EOK;
	}
	return KNOT_EINVAL;
}

static void say(template_t *template, bool is_error, const char *reason)
{
	const hm_record_t *record = template->record.record;
	char type[32] = "", text[512];
	(void)knot_rrtype_to_string(record->type, type, sizeof(type));
	snprintf(text, sizeof(text), "%s: %s", type, reason);
	template->failed |= is_error;
	template->report(template->ctx, is_error ? HM_ERROR : HM_WARNING, record->file,
	                 record->line, text);
}

/*! \brief The group of a record: the variables without which it is left out. */
static json_t *group_of(template_t *template)
{
	const hm_vartab_t *tab = template->places.tab;
	char text[(HM_VAR_NAME_MAX + 1) * HM_DC_VARS_MAX + 1] = "";
	size_t len = 0;
	for (uint16_t i = 0; i < tab->count; i++) {
		if (template->record.used[i] != 0) {
			len += sprintf(text + len, "%s%.*s", (len > 0) ? "." : "",
			               tab->vars[i].name_len, tab->vars[i].name);
			template->used[i] = 1;
			template->has_groups = true;
		}
	}
	return json_string((len > 0) ? text : GROUP_ALL);
}

/*! \brief Tell whether a record of the profile belongs to this kind of template. */
static bool is_wanted(const template_t *template, const hm_record_t *record)
{
	bool is_ns = (record->type == KNOT_RRTYPE_NS);
	return template->opts->delegation ? is_ns : !is_ns && record->type != KNOT_RRTYPE_SOA;
}

static int add_record(template_t *template, const hm_record_t *source, uint8_t *buf)
{
	hm_dc_record_t *record = &template->record;
	*record = (hm_dc_record_t) {
		.places = &template->places, .record = source, .rdata = buf,
	};
	json_t *json = NULL;
	if (hm_rdata_expand(source->rdata, &template->places.domain, buf, UINT16_MAX,
	                    &record->len) != KNOT_EOK) {
		record->reason = "its variables do not fit";
	} else {
		json = hm_dc_record(record);
	}
	if (record->reason != NULL) {
		json_decref(json);
		say(template, !template->opts->partial, record->reason);
		return KNOT_EOK;
	}
	if (json == NULL || json_object_set_new(json, "groupId", group_of(template)) != 0) {
		json_decref(json);
		return KNOT_ENOMEM;
	}
	if (record->warning != NULL) {
		say(template, false, record->warning);
	}
	return (json_array_append_new(template->records, json) == 0) ? KNOT_EOK : KNOT_ENOMEM;
}

/*! \brief A template in which all records are of one group has none. */
static void drop_groups(template_t *template)
{
	const char *first = NULL;
	size_t i;
	json_t *record;
	json_array_foreach(template->records, i, record) {
		const char *group = json_string_value(json_object_get(record, "groupId"));
		first = (first == NULL) ? group : first;
		if (strcmp(first, group) != 0) {
			return;
		}
	}
	json_array_foreach(template->records, i, record) {
		(void)json_object_del(record, "groupId");
	}
}

static int add_records(template_t *template)
{
	size_t count;
	const hm_record_t *records = hm_profile_records(template->profile, &count);
	uint8_t *buf = malloc(UINT16_MAX);
	int ret = (buf != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
		if (is_wanted(template, &records[i])) {
			ret = add_record(template, &records[i], buf);
		}
	}
	free(buf);
	if (ret == KNOT_EOK && !template->failed && json_array_size(template->records) == 0) {
		const hm_record_t whole = { .file = hm_profile_file(template->profile) };
		template->report(template->ctx, HM_ERROR, whole.file, 0,
		                 "no record is left for a template");
		template->failed = true;
	}
	drop_groups(template);
	return ret;
}

/*! \brief What the variables are, for the operators of DNS providers. */
static json_t *describe_vars(const template_t *template)
{
	char *text = NULL;
	size_t len;
	FILE *file = open_memstream(&text, &len);
	if (file == NULL) {
		return NULL;
	}
	const hm_vartab_t *tab = template->places.tab;
	const char *separator = "";
	for (uint16_t i = 0; i < tab->count; i++) {
		if (template->used[i] != 0) {
			fprintf(file, "%s%%%.*s%%: given by the provider for each domain",
			        separator, tab->vars[i].name_len, tab->vars[i].name);
			separator = "; ";
		}
	}
	json_t *json = (fclose(file) == 0) ? json_string(text) : NULL;
	free(text);
	return json;
}

static int set_text(json_t *json, const char *name, const char *text)
{
	return (text != NULL) ? json_object_set_new(json, name, json_string(text)) : 0;
}

/*! \brief The whole template, in the order that those of the template repository have. */
static json_t *assemble(const template_t *template)
{
	const hm_dc_opts_t *opts = template->opts;
	json_t *json = json_object();
	int failed = (json == NULL);
	failed |= set_text(json, "providerId", opts->provider_id);
	failed |= set_text(json, "providerName", opts->provider_name);
	failed |= set_text(json, "serviceId", opts->service_id);
	failed |= set_text(json, "serviceName", opts->service_name);
	failed |= json_object_set_new(json, "version", json_integer(opts->version));
	failed |= set_text(json, "logoUrl", opts->logo_url);
	failed |= set_text(json, "description", opts->description);
	if (template->has_groups) {
		failed |= json_object_set_new(json, "variableDescription", describe_vars(template));
	}
	failed |= set_text(json, "syncPubKeyDomain", opts->key_domain);
	if (opts->key_domain == NULL) {
		failed |= json_object_set_new(json, "warnPhishing", json_true());
	}
	if (opts->delegation) {
		failed |= json_object_set_new(json, "hostRequired", json_true());
	}
	failed |= json_object_set(json, "records", template->records);
	if (failed != 0) {
		json_decref(json);
		return NULL;
	}
	return json;
}

int hm_dc_template(const hm_profile_t *profile, const hm_dc_opts_t *opts, hm_report_f report,
                   void *ctx, json_t **out)
{
	template_t *template = malloc(sizeof(*template));
	if (template == NULL) {
		return KNOT_ENOMEM;
	}
	memset(template, 0, sizeof(*template));
	template->profile = profile;
	template->opts = opts;
	template->report = report;
	template->ctx = ctx;
	template->records = json_array();
	int ret = (template->records != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	if (ret == KNOT_EOK && hm_dc_places_init(&template->places, profile) != KNOT_EOK) {
		report(ctx, HM_ERROR, hm_profile_file(profile), 0,
		       "it has too many variables for a template");
		ret = KNOT_EINVAL;
	}
	if (ret == KNOT_EOK) {
		ret = add_records(template);
	}
	if (ret == KNOT_EOK && template->failed) {
		ret = KNOT_EINVAL;
	}
	if (ret == KNOT_EOK) {
		json_t *json = assemble(template);
		if (json != NULL) {
			*out = json;
		} else {
			ret = KNOT_ENOMEM;
		}
	}
	json_decref(template->records);
	free(template);
	return ret;
}
