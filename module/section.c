/* SPDX-License-Identifier: GPL-2.0-or-later */

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

/*! \brief Identifier of a module in a list if it is one of ours, else NULL. */
static const char *section_of(const knotd_conf_val_t *module, size_t *len)
{
	// A name with its length in front, then the identifier with a final zero byte.
	size_t name_len = sizeof(MOD_NAME) - 1;
	if (module->data_len <= name_len || memcmp(module->data, MOD_NAME, name_len) != 0) {
		return NULL;
	}
	const char *id = (const char *)module->data + name_len;
	*len = strnlen(id, module->data_len - name_len);
	return id;
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
