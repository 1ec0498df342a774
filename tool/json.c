/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "json.h"

/*! \brief U+FFFD. */
#define REPLACEMENT "\xef\xbf\xbd"

static void write_value(hm_json_t *json, json_t *value)
{
	if (value == NULL || json_dumpf(value, json->file, JSON_ENCODE_ANY | JSON_COMPACT) != 0) {
		json->failed = true;
	}
	json_decref(value);
}

/*! \brief What comes before a member. */
static void write_name(hm_json_t *json, const char *name)
{
	fprintf(json->file, "%s\n  \"%s\": ", json->comma ? "," : "", name);
	json->comma = true;
}

void hm_json_begin(hm_json_t *json, FILE *file)
{
	*json = (hm_json_t){ .file = file };
	fputc('{', file);
}

void hm_json_member(hm_json_t *json, const char *name, json_t *value)
{
	write_name(json, name);
	write_value(json, value);
}

void hm_json_array(hm_json_t *json, const char *name)
{
	write_name(json, name);
	fputc('[', json->file);
	json->comma = false;
}

void hm_json_element(hm_json_t *json, json_t *value)
{
	fputs(json->comma ? ",\n    " : "\n    ", json->file);
	json->comma = true;
	write_value(json, value);
}

void hm_json_array_end(hm_json_t *json)
{
	fputs(json->comma ? "\n  ]" : "]", json->file);
	json->comma = true;
}

int hm_json_end(hm_json_t *json)
{
	fputs("\n}\n", json->file);
	return json->failed ? KNOT_ENOMEM : KNOT_EOK;
}

json_t *hm_json_text(const char *text)
{
	if (text == NULL) {
		return json_null();
	}
	json_t *value = json_string(text);
	if (value != NULL) {
		return value;
	}

	// Not UTF-8: as much of it as is, character by character.
	size_t len = strlen(text);
	char *copy = malloc(len * strlen(REPLACEMENT) + 1);
	if (copy == NULL) {
		return NULL;
	}
	char *pos = copy;
	while (*text != '\0') {
		size_t size = 4;
		json_t *character = NULL;
		while (size > 0 && character == NULL) {
			character = (strnlen(text, size) == size) ? json_stringn(text, size) : NULL;
			size -= (character == NULL);
		}
		if (character == NULL) {
			pos = stpcpy(pos, REPLACEMENT);
			text++;
			continue;
		}
		json_decref(character);
		memcpy(pos, text, size);
		pos += size;
		text += size;
	}
	*pos = '\0';
	value = json_string(copy);
	free(copy);
	return value;
}
