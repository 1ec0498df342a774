/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "idn.h"
#include "memory.h"
#include "words.h"

void hm_words_add(hm_words_t *words, const char *fmt, ...)
{
	if (words->count++ >= HM_WORDS_MAX) {
		return;
	}
	if (!hm_array_grow(&words->items, words->count - 1, sizeof(*words->items))) {
		words->no_memory = true;
		words->count--;
		return;
	}
	char *item = NULL;
	va_list args;
	va_start(args, fmt);
	if (vasprintf(&item, fmt, args) < 0) {
		item = NULL;
		words->no_memory = true;
	}
	va_end(args);
	words->items[words->count - 1] = item;
}

void hm_words_add_name(hm_words_t *words, const knot_dname_t *name)
{
	knot_dname_txt_storage_t text;
	hm_words_add(words, "%s", hm_idn_text(name, text));
}

char *hm_words_end(hm_words_t *words)
{
	size_t shown = (words->count < HM_WORDS_MAX) ? words->count : HM_WORDS_MAX;
	char *text = NULL;
	size_t len;
	FILE *file = words->no_memory ? NULL : open_memstream(&text, &len);
	for (size_t i = 0; i < shown; i++) {
		if (file != NULL) {
			fprintf(file, "%s%s", (i == 0) ? "" : (i + 1 == words->count) ? " and " : ", ",
			        words->items[i]);
		}
		free(words->items[i]);
	}
	if (file != NULL && words->count > shown) {
		fprintf(file, " and %zu more", words->count - shown);
	}
	free(words->items);
	*words = (hm_words_t){ 0 };
	if (file == NULL || fclose(file) != 0) {
		free(text);
		return NULL;
	}
	return text;
}
