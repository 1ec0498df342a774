/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libknot/libknot.h>

#include "domain_connect_internal.h"

// The domain has two labels, so that what {domain:-} and {domain:--} make of it can be told.
#define PLACE_DOMAIN "zzfqdnzz.zzendzz"
#define PLACE_FIRST  "zzfqdnzz"
#define PLACE_FORMAT "zzvar%uzz"

int hm_dc_places_init(hm_dc_places_t *places, const hm_profile_t *profile)
{
	places->tab = hm_profile_vars(profile);
	if (knot_dname_from_str(places->name, PLACE_DOMAIN, sizeof(places->name)) == NULL) {
		return KNOT_ESPACE;
	}
	hm_domain_init(places->name, &places->domain);
	places->domain.vars = places->vars;
	size_t len = 0;
	for (uint16_t i = 0; i < places->tab->count; i++) {
		const hm_var_t *var = &places->tab->vars[i];
		if (var->kind != HM_VAR_VALUE) {
			continue;
		}
		char text[HM_VAR_NAME_MAX + 32];
		int text_len = snprintf(text, sizeof(text), "%.*s=" PLACE_FORMAT, var->name_len,
		                        var->name, (unsigned)i);
		const char *reason;
		int ret = hm_vars_add_raw(text, text_len, places->vars, sizeof(places->vars), &len,
		                          &reason);
		if (ret != KNOT_EOK) {
			return KNOT_ESPACE;
		}
	}
	places->domain.vars_len = len;
	return KNOT_EOK;
}

/*! \brief Tell whether Domain Connect has a meaning of its own for a variable. */
static bool is_reserved(const hm_var_t *var)
{
	static const char *const names[] = {
		"domain", "host", "fqdn", "groupid", "providername", "servicename", "redirect_uri",
		"state", "sig", "key",
	};
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (var->name_len == strlen(names[i]) &&
		    strncasecmp(var->name, names[i], var->name_len) == 0) {
			return true;
		}
	}
	return false;
}

/*! \brief Write the variable whose place the text starts with; return the bytes of the place. */
static size_t put_var(hm_dc_record_t *record, const char *text, FILE *file)
{
	if (strncmp(text, PLACE_DOMAIN, strlen(PLACE_DOMAIN)) == 0) {
		fputs("%fqdn%", file);
		return strlen(PLACE_DOMAIN);
	}
	if (strncmp(text, PLACE_FIRST, strlen(PLACE_FIRST)) == 0) {
		record->reason = "{domain:-} and {domain:--} have no equivalent in a template";
		return strlen(PLACE_FIRST);
	}
	unsigned index;
	int len = 0;
	if (sscanf(text, PLACE_FORMAT "%n", &index, &len) != 1 || len == 0 ||
	    index >= record->places->tab->count) {
		return 0;
	}
	const hm_var_t *var = &record->places->tab->vars[index];
	if (is_reserved(var)) {
		record->reason = "the name of the variable has another meaning in a template";
	}
	record->used[index] = 1;
	fprintf(file, "%%%.*s%%", var->name_len, var->name);
	return len;
}

char *hm_dc_text(hm_dc_record_t *record, const uint8_t *text, size_t len)
{
	char *copy = malloc(len + 1), *out = NULL; // With a zero byte after it.
	size_t out_len;
	FILE *file = open_memstream(&out, &out_len);
	if (copy != NULL) {
		memcpy(copy, text, len);
		copy[len] = '\0';
	}
	for (size_t i = 0; copy != NULL && file != NULL && i < len; ) {
		size_t used = put_var(record, copy + i, file);
		if (used == 0 && copy[i] == '%') {
			record->reason = "a percent sign begins a variable in a template";
		} else if (used == 0 && (copy[i] < ' ' || copy[i] > '~')) {
			record->reason = "text other than printable ASCII has no equivalent in a "
			                 "template";
		}
		if (used == 0) {
			fputc(copy[i], file);
			used = 1;
		}
		i += used;
	}
	bool failed = (file == NULL || fclose(file) != 0 || copy == NULL);
	free(copy);
	if (failed || record->reason != NULL) {
		free(out);
		return NULL;
	}
	return out;
}
