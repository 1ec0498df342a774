/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>
#include <libknot/error.h>
#include <libknot/yparser/ypschema.h>
#include <libknot/yparser/yptrafo.h>

#include "conf.h"
#include "memory.h"

#define MOD_NAME "mod-hostedmail"

/*! \brief Kinds of an item's value. */
static const yp_item_t a_string = { .type = YP_TSTR };
static const yp_item_t a_name = { .type = YP_TDNAME };
static const yp_item_t a_percentage = { .type = YP_TINT, .var.i = { 1, 100, 50, YP_SNONE } };

static int add_text(char ***array, size_t *count, const char *text)
{
	for (size_t i = 0; i < *count; i++) {
		if (strcmp((*array)[i], text) == 0) {
			return KNOT_EOK; // As the server does.
		}
	}
	if (!hm_array_grow(array, *count, sizeof(**array))) {
		return KNOT_ENOMEM;
	}
	(*array)[*count] = strdup(text);
	if ((*array)[*count] == NULL) {
		return KNOT_ENOMEM;
	}
	(*count)++;
	return KNOT_EOK;
}

static int set_text(char **where, const char *text)
{
	char *copy = strdup(text);
	if (copy == NULL) {
		return KNOT_ENOMEM;
	}
	free(*where); // The last one counts, as in the server.
	*where = copy;
	return KNOT_EOK;
}

static int add_name(knot_dname_t ***array, size_t *count, const char *text)
{
	knot_dname_storage_t name;
	size_t size = sizeof(name);
	int ret = yp_item_to_bin(&a_name, text, strlen(text), name, &size);
	if (ret != KNOT_EOK) {
		return ret;
	}
	knot_dname_to_lower(name);
	if (!hm_array_grow(array, *count, sizeof(**array))) {
		return KNOT_ENOMEM;
	}
	(*array)[*count] = knot_dname_copy(name, NULL);
	if ((*array)[*count] == NULL) {
		return KNOT_ENOMEM;
	}
	(*count)++;
	return KNOT_EOK;
}

/*! \brief Check a value that the tool has no use for. */
static int check_value(const yp_item_t *kind, const char *text)
{
	uint8_t bin[YP_MAX_DATA_LEN];
	size_t size = sizeof(bin);
	return yp_item_to_bin(kind, text, strlen(text), bin, &size);
}

static hm_conf_section_t *find_section(const hm_conf_t *conf, const char *id)
{
	for (size_t i = 0; i < conf->sections_count; i++) {
		if (strcmp(conf->sections[i].id, id) == 0) {
			return &conf->sections[i];
		}
	}
	return NULL;
}

static int add_section(hm_conf_t *conf, const char *id, hm_error_t *error)
{
	if (find_section(conf, id) != NULL) {
		hm_error_set(error, "there is another section " MOD_NAME " with the id '%s'", id);
		return KNOT_EINVAL;
	}
	if (!hm_array_grow(&conf->sections, conf->sections_count, sizeof(*conf->sections))) {
		return KNOT_ENOMEM;
	}
	conf->sections[conf->sections_count] = (hm_conf_section_t){ .id = strdup(id) };
	if (conf->sections[conf->sections_count].id == NULL) {
		return KNOT_ENOMEM;
	}
	conf->sections_count++;
	return KNOT_EOK;
}

/*! \brief Take an item of our section in. */
static int put_module(hm_conf_section_t *section, const char *item, const char *value)
{
	if (strcmp(item, "profile") == 0) {
		return add_text(&section->profiles, &section->profiles_count, value);
	} else if (strcmp(item, "hosted-file") == 0) {
		return set_text(&section->hosted_file, value);
	} else if (strcmp(item, "hosted-zone") == 0) {
		return add_name(&section->zones, &section->zones_count, value);
	} else if (strcmp(item, "hosted-exclude") == 0) {
		return add_name(&section->excludes, &section->excludes_count, value);
	} else if (strcmp(item, "hosted-file-max-shrink") == 0) {
		return check_value(&a_percentage, value);
	} else if (strcmp(item, "comment") == 0) {
		return check_value(&a_string, value);
	}
	return KNOT_YP_EINVAL_ITEM;
}

static bool is(const char *text, const char *other)
{
	return text != NULL && strcmp(text, other) == 0;
}

int hm_conf_put(hm_conf_t *conf, const char *section, const char *id, const char *item,
                const char *value, hm_error_t *error)
{
	int ret = KNOT_EOK;
	if (is(section, MOD_NAME) && id == NULL && is(item, "id")) {
		ret = add_section(conf, value, error);
		if (ret == KNOT_EINVAL) {
			return ret;
		}
	} else if (is(section, MOD_NAME)) {
		hm_conf_section_t *mod = (id != NULL) ? find_section(conf, id) : NULL;
		ret = (mod != NULL) ? put_module(mod, item, value) : KNOT_YP_ENOID;
	} else if (is(section, "zone") && id == NULL && is(item, "domain")) {
		ret = add_name(&conf->zones, &conf->zones_count, value);
	} else if (is(section, "template") && is(id, "default") && is(item, "global-module")) {
		ret = add_text(&conf->globals, &conf->globals_count, value);
	} else if (is(section, "server") && is(item, "rundir")) {
		ret = set_text(&conf->rundir, value);
	} else if (is(section, "control") && is(item, "listen")) {
		ret = set_text(&conf->control, value);
	}
	if (ret == KNOT_ENOMEM) {
		hm_error_set(error, "out of memory");
	} else if (ret != KNOT_EOK) {
		hm_error_set(error, "%s in section %s, item '%s'%s%s%s", knot_strerror(ret),
		             section, item, (*value != '\0') ? ", value '" : "", value,
		             (*value != '\0') ? "'" : "");
		ret = KNOT_EINVAL;
	}
	return ret;
}

void hm_conf_clear(hm_conf_t *conf)
{
	for (size_t i = 0; i < conf->sections_count; i++) {
		hm_conf_section_t *section = &conf->sections[i];
		for (size_t p = 0; p < section->profiles_count; p++) {
			free(section->profiles[p]);
		}
		for (size_t z = 0; z < section->zones_count; z++) {
			knot_dname_free(section->zones[z], NULL);
		}
		for (size_t e = 0; e < section->excludes_count; e++) {
			knot_dname_free(section->excludes[e], NULL);
		}
		free(section->id);
		free(section->profiles);
		free(section->hosted_file);
		free(section->zones);
		free(section->excludes);
	}
	for (size_t i = 0; i < conf->zones_count; i++) {
		knot_dname_free(conf->zones[i], NULL);
	}
	for (size_t i = 0; i < conf->globals_count; i++) {
		free(conf->globals[i]);
	}
	free(conf->sections);
	free(conf->zones);
	free(conf->globals);
	free(conf->rundir);
	free(conf->control);
	memset(conf, 0, sizeof(*conf));
}

const hm_conf_section_t *hm_conf_section(const hm_conf_t *conf, const char *id, hm_error_t *error)
{
	if (conf->sections_count == 0) {
		hm_error_set(error, "there is no section " MOD_NAME " in the configuration");
		return NULL;
	}
	if (id == NULL && conf->sections_count == 1) {
		return &conf->sections[0];
	}
	const hm_conf_section_t *section = (id != NULL) ? find_section(conf, id) : NULL;
	if (section == NULL) {
		char ids[512] = "";
		for (size_t i = 0; i < conf->sections_count; i++) {
			size_t len = strlen(ids);
			snprintf(ids + len, sizeof(ids) - len, "%s%s", (i > 0) ? ", " : "",
			         conf->sections[i].id);
		}
		if (id == NULL) {
			hm_error_set(error, "there are several sections " MOD_NAME ", choose one "
			             "with -i: %s", ids);
		} else {
			hm_error_set(error, "there is no section " MOD_NAME " with the id '%s', "
			             "only: %s", id, ids);
		}
	}
	return section;
}

bool hm_conf_is_global(const hm_conf_t *conf, const hm_conf_section_t *section)
{
	static const char prefix[] = MOD_NAME "/";
	for (size_t i = 0; i < conf->globals_count; i++) {
		const char *module = conf->globals[i];
		if (strncmp(module, prefix, sizeof(prefix) - 1) == 0 &&
		    strcmp(module + sizeof(prefix) - 1, section->id) == 0) {
			return true;
		}
	}
	return false;
}

char *hm_conf_socket(const hm_conf_t *conf)
{
	const char *rundir = (conf->rundir != NULL) ? conf->rundir : HM_KNOT_RUNDIR;
	const char *control = (conf->control != NULL) ? conf->control : "knot.sock";
	if (*control == '/') {
		return strdup(control);
	}
	size_t max = strlen(rundir) + strlen(control) + 2;
	char *path = malloc(max);
	if (path != NULL) {
		snprintf(path, max, "%s/%s", rundir, control);
	}
	return path;
}
