/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdbool.h>
#include <string.h>

#include "section.h"

// Lists of modules.
#define C_TEMPLATE      "\x08""template"
#define C_GLOBAL_MODULE "\x0D""global-module"
#define C_MODULE        "\x06""module"

#define MOD_NAME "\x0E""mod-hostedmail"

/*! \brief The list that a module is loaded from: that of the server or of its zone. */
static knotd_conf_t get_modules(knotd_mod_t *mod)
{
	const knot_dname_t *zone = knotd_mod_zone(mod);
	if (zone != NULL) {
		return knotd_conf_zone(mod, C_MODULE, zone);
	}
	static const uint8_t default_id[] = "default";
	const knotd_conf_t id = {
		.single = { .data = (uint8_t *)default_id, .data_len = sizeof(default_id) },
		.count = 1,
	};
	return knotd_conf(mod, C_TEMPLATE, C_GLOBAL_MODULE, &id);
}

/*! \brief Tell whether a module in a list has a name, which has its length in front. */
static bool has_name(const knotd_conf_val_t *module, const char *name)
{
	size_t len = 1 + (uint8_t)name[0];
	return module->data_len >= len && memcmp(module->data, name, len) == 0;
}

/*! \brief Identifier of a module in a list if it is one of ours, else NULL. */
static const char *section_of(const knotd_conf_val_t *module, size_t *len)
{
	// The name, then the identifier with a final zero byte.
	size_t name_len = sizeof(MOD_NAME) - 1;
	if (module->data_len <= name_len || !has_name(module, MOD_NAME)) {
		return NULL;
	}
	const char *id = (const char *)module->data + name_len;
	*len = strnlen(id, module->data_len - name_len);
	return id;
}

/*! \brief Tell whether a module may come after one of ours as well: it only looks, or is asked when
 *         all is done. */
static bool has_any_place(const knotd_conf_val_t *module)
{
	return has_name(module, "\x0A""mod-dnstap") || has_name(module, "\x09""mod-probe") ||
	       has_name(module, "\x09""mod-stats") || has_name(module, "\x0C""mod-dnsproxy");
}

void hm_section_check_order(knotd_mod_t *mod, const char *section)
{
	knotd_conf_t modules = get_modules(mod);
	bool after = false;
	for (size_t i = 0; i < modules.count; i++) {
		const knotd_conf_val_t *module = &modules.multi[i];
		size_t len;
		const char *id = section_of(module, &len);
		if (id != NULL) {
			after = after || (strlen(section) == len && memcmp(section, id, len) == 0);
		} else if (after && module->data_len > 0 && !has_any_place(module)) {
			knotd_mod_log(mod, LOG_WARNING, "%.*s comes after this module, and "
			              "changes answers that are complete: list mod-hostedmail "
			              "last in global-module", module->data[0],
			              (const char *)module->data + 1);
		}
	}
	knotd_conf_free(&modules);
}

const char *hm_section_find(knotd_mod_t *mod, char *out)
{
	// Of the main thread alone: it loads the global modules one after the other.
	static unsigned loaded;

	knotd_conf_t modules = get_modules(mod);
	unsigned ours = 0;
	size_t len;
	for (size_t i = 0; i < modules.count; i++) {
		ours += (section_of(&modules.multi[i], &len) != NULL);
	}
	unsigned wanted = 0;
	if (ours > 1 && knotd_mod_zone(mod) == NULL) {
		wanted = loaded++ % ours;
	} else if (ours > 1) {
		ours = 0;
	}

	const char *found = NULL;
	for (size_t i = 0; ours > 0 && i < modules.count; i++) {
		const char *id = section_of(&modules.multi[i], &len);
		if (id != NULL && wanted-- == 0 && len < HM_SECTION_MAX) {
			memcpy(out, id, len);
			out[len] = '\0';
			found = out;
			break;
		}
	}
	knotd_conf_free(&modules);
	return found;
}
