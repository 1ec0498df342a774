/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "hostedmail/files.h"
#include "hostedmail/strerror.h"
#include "locate.h"
#include "memory.h"

#define BOM "\xef\xbb\xbf"

/*! \brief A look at all lines of a file. */
typedef struct {
	hm_located_t *names;
	size_t *slots;      /*!< Index by hash: positions of names, each plus one. */
	size_t slots_max;   /*!< A power of two. */
	uint64_t line;
} search_t;

/*! \brief Hash of a name in wire format (FNV-1a). */
static uint64_t hash(const uint8_t *name, size_t size)
{
	uint64_t value = 0xcbf29ce484222325;
	for (size_t i = 0; i < size; i++) {
		value = (value ^ name[i]) * 0x100000001b3;
	}
	return value ^ value >> 32;
}

static int index_names(search_t *search, size_t count)
{
	search->slots_max = 16;
	while (search->slots_max < 2 * count) {
		search->slots_max *= 2;
	}
	search->slots = calloc(search->slots_max, sizeof(*search->slots));
	if (search->slots == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < count; i++) {
		const knot_dname_t *name = search->names[i].name;
		uint64_t slot = hash(name, knot_dname_size(name));
		while (search->slots[slot & (search->slots_max - 1)] != 0) {
			slot++;
		}
		search->slots[slot & (search->slots_max - 1)] = i + 1;
	}
	return KNOT_EOK;
}

/*! \brief Note the line for a name that is looked for. */
static int visit(search_t *search, const knot_dname_t *name)
{
	size_t size = knot_dname_size(name), found;
	uint64_t slot = hash(name, size);
	while ((found = search->slots[slot++ & (search->slots_max - 1)]) != 0) {
		hm_located_t *located = &search->names[found - 1];
		if (!knot_dname_is_equal(located->name, name)) {
			continue;
		}
		if (!hm_array_grow(&located->lines, located->lines_count,
		                   sizeof(*located->lines))) {
			return KNOT_ENOMEM;
		}
		located->lines[located->lines_count++] = search->line;
	}
	return KNOT_EOK;
}

/*!
 * \brief Parse a name without escapes.
 *
 * \return False if libknot has to look at it.
 */
static bool parse_plain(const char *word, size_t len, knot_dname_storage_t name)
{
	len -= (len > 1 && word[len - 1] == '.');
	if (len == 0 || len > KNOT_DNAME_MAXLEN - 2) {
		return false;
	}
	uint8_t *label = name, *pos = name + 1;
	for (size_t i = 0; i < len; i++) {
		char c = word[i];
		if (c == '.') {
			*label = pos - label - 1;
			if (*label == 0 || *label > KNOT_DNAME_MAXLABELLEN) {
				return false;
			}
			label = pos++;
		} else if (c == '\\' || c == '\0') {
			return false;
		} else {
			*pos++ = (c >= 'A' && c <= 'Z') ? c + ('a' - 'A') : c;
		}
	}
	size_t last = pos - label - 1;
	if (last == 0 || last > KNOT_DNAME_MAXLABELLEN) {
		return false;
	}
	*label = last;
	*pos = '\0';
	return true;
}

static bool is_space(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/*! \brief Look at a line, whose end may be part of it. */
static int look_at(search_t *search, const char *line, size_t len)
{
	if (search->line == 1 && len >= strlen(BOM) && memcmp(line, BOM, strlen(BOM)) == 0) {
		line += strlen(BOM);
		len -= strlen(BOM);
	}
	size_t start = 0;
	while (start < len && is_space(line[start])) {
		start++;
	}
	size_t end = start;
	while (end < len && !is_space(line[end])) {
		end++;
	}
	if (start == end || line[start] == '#') {
		return KNOT_EOK;
	}
	knot_dname_storage_t name;
	char text[KNOT_DNAME_TXT_MAXLEN + 1];
	if (parse_plain(line + start, end - start, name)) {
		return visit(search, name);
	}
	if (end - start >= sizeof(text) || memchr(line + start, '\0', end - start) != NULL) {
		return KNOT_EOK;
	}
	memcpy(text, line + start, end - start);
	text[end - start] = '\0';
	if (knot_dname_from_str(name, text, sizeof(name)) == NULL) {
		return KNOT_EOK;
	}
	knot_dname_to_lower(name);
	return visit(search, name);
}

static int look_at_all(search_t *search, FILE *file)
{
	char *line = NULL;
	size_t max = 0;
	ssize_t len;
	int ret = KNOT_EOK;
	errno = 0;
	while (ret == KNOT_EOK && (len = getline(&line, &max, file)) >= 0) {
		search->line++;
		ret = look_at(search, line, len);
	}
	if (ret == KNOT_EOK && !feof(file)) {
		ret = (errno == ENOMEM) ? KNOT_ENOMEM : KNOT_EFILE;
	}
	free(line);
	return ret;
}

int hm_locate(const char *name, hm_located_t *names, size_t count, hm_error_t *error)
{
	search_t search = { .names = names };
	FILE *file = NULL;
	int fd;
	struct stat st;
	int ret = hm_file_open(name, &fd, &st);
	if (ret == KNOT_EOK) {
		file = fdopen(fd, "r");
		if (file == NULL) {
			close(fd);
			ret = KNOT_ENOMEM;
		}
	}
	if (ret == KNOT_EOK) {
		ret = index_names(&search, count);
	}
	if (ret == KNOT_EOK) {
		ret = look_at_all(&search, file);
	}
	if (ret == KNOT_ENOMEM) {
		hm_error_set(error, "out of memory");
	} else if (ret != KNOT_EOK) {
		char reason[128];
		hm_file_reason(ret, reason, sizeof(reason));
		hm_error_set(error, "%s: %s", name, reason);
		ret = KNOT_EFILE;
	}
	if (file != NULL) {
		fclose(file);
	}
	free(search.slots);
	return ret;
}

void hm_locate_clear(hm_located_t *names, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(names[i].lines);
		names[i].lines = NULL;
		names[i].lines_count = 0;
	}
}
