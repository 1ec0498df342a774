/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "marked_text_internal.h"

/*! \brief Length of an escape at the start of the text, its byte in \a byte. */
static size_t escape(const char *text, size_t len, uint8_t *byte)
{
	if (len >= 4 && isdigit((uint8_t)text[1]) && isdigit((uint8_t)text[2]) &&
	    isdigit((uint8_t)text[3])) {
		*byte = (text[1] - '0') * 100 + (text[2] - '0') * 10 + (text[3] - '0');
		return 4;
	}
	*byte = (len >= 2) ? text[1] : '\\';
	return (len >= 2) ? 2 : 1;
}

static int hex_digit(char c)
{
	return (c >= '0' && c <= '9') ? c - '0' : (c >= 'a' && c <= 'f') ? c - 'a' + 10 :
	       (c >= 'A' && c <= 'F') ? c - 'A' + 10 : -1;
}

/*! \brief Note the bytes of RDATA in hexadecimal (RFC 3597, section 5), and perhaps some more. */
static void use_hex(const char *text, size_t len, bool *used)
{
	size_t i = strlen("\\#");
	while (i < len && (isspace((uint8_t)text[i]) || text[i] == '(')) {
		i++;
	}
	while (i < len && isdigit((uint8_t)text[i])) {
		i++;
	}
	int high = -1;
	for (; i < len; i++) {
		int digit = hex_digit(text[i]);
		if (digit >= 0 && high >= 0) {
			used[16 * high + digit] = true;
			high = -1;
		} else if (digit >= 0) {
			high = digit;
		} else if (text[i] == ';') {
			const char *end = memchr(text + i, '\n', len - i);
			i = (end != NULL) ? (size_t)(end - text) : len;
		} else if (!isspace((uint8_t)text[i]) && text[i] != '(' && text[i] != ')') {
			return;
		}
	}
}

/*! \brief Note every byte that the text contains, raw, as \DDD or in hexadecimal. */
static void used_bytes(const char *text, size_t len, bool used[256])
{
	for (size_t i = 0; i < len; ) {
		uint8_t byte = text[i];
		used[byte] = true;
		if (byte == '\\') {
			const char *start = text + i;
			i += escape(start, len - i, &byte);
			used[byte] = true;
			if (byte == '#') {
				use_hex(start, text + len - start, used);
			}
		} else {
			i++;
		}
	}
}

int hm_mark_choose(const char *text, size_t len)
{
	bool used[256] = { false };
	used_bytes(text, len, used);
	for (int c = 1; c < 256; c++) {
		if (!used[c] && (c < ' ' || c > '~') && c != '\t' && c != '\n' && c != '\r') {
			return c;
		}
	}
	return -1;
}

bool hm_mark_is_used(const char *text, size_t len, uint8_t byte)
{
	bool used[256] = { false };
	used_bytes(text, len, used);
	return used[byte];
}

/*! \brief Parse what stands between the braces. */
static bool parse_var(const char *text, size_t len, hm_var_t *var)
{
	static const struct {
		const char *text;
		hm_var_kind_t kind;
	} builtin[] = {
		{ "domain",    HM_VAR_DOMAIN },
		{ "domain:-",  HM_VAR_DASH },
		{ "domain:--", HM_VAR_DASHES },
	};
	memset(var, 0, sizeof(*var));
	for (size_t i = 0; i < sizeof(builtin) / sizeof(builtin[0]); i++) {
		if (len == strlen(builtin[i].text) && memcmp(text, builtin[i].text, len) == 0) {
			var->kind = builtin[i].kind;
			return true;
		}
	}

	if (len == 0 || len > HM_VAR_NAME_MAX) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (!hm_var_name_char(text[i])) {
			return false;
		}
	}
	var->kind = HM_VAR_VALUE;
	var->name_len = len;
	memcpy(var->name, text, len);
	return true;
}

/*! \brief Index of a variable, which is added if it is new; negative if there are too many. */
static int intern_var(hm_vartab_t *tab, const hm_var_t *var)
{
	for (int i = 0; i < tab->count; i++) {
		if (memcmp(&tab->vars[i], var, sizeof(*var)) == 0) {
			return i;
		}
	}
	if (tab->count == HM_VARS_COUNT_MAX) {
		return -1;
	}
	tab->vars[tab->count] = *var;
	return tab->count++;
}

/*! \brief A text on its way to one with marks. */
typedef struct {
	hm_marked_text_t *marks;
	hm_vartab_t *tab;
	hm_marked_text_report_f report;
	void *ctx;
	uint64_t line;
	char *out; /*!< End of the text with marks. */
} run_t;

static void line_list_add(hm_line_list_t *list, uint64_t line)
{
	list->lines[list->count++] = line;
}

static bool line_list_init(hm_line_list_t *list, size_t max)
{
	list->lines = malloc((max + 1) * sizeof(*list->lines));
	return list->lines != NULL;
}

/*!
 * \brief Replace the variable at the start of the text with a mark.
 *
 * \return Bytes of text that it took.
 */
static size_t replace_var(run_t *run, const char *text, size_t len)
{
	size_t end = 1;
	while (end < len && (hm_var_name_char(text[end]) || text[end] == ':')) {
		end++;
	}
	bool closed = end < len && text[end] == '}';
	hm_var_t var;
	bool valid = closed && parse_var(text + 1, end - 1, &var);
	int index = valid ? intern_var(run->tab, &var) : -1;
	if (index < 0) {
		char reason[128];
		if (valid) {
			snprintf(reason, sizeof(reason), "more than %d different variables",
			         HM_VARS_COUNT_MAX);
		} else {
			snprintf(reason, sizeof(reason),
			         "malformed variable '%.*s' (a literal brace is written \\{)",
			         (int)((end < 40) ? end + closed : 40), text);
		}
		run->report(run->ctx, run->line, reason);
		line_list_add(&run->marks->bad, run->line);
		*run->out++ = 'x';
		return end;
	}
	char digits[2];
	hm_mark_index(index, digits);
	run->out += sprintf(run->out, "\\%03u%c%c", run->tab->mark, digits[0], digits[1]);
	line_list_add(&run->marks->vars, run->line);
	return end + 1;
}

/*! \brief Room for the text with marks and for all list. */
static int marks_init(hm_marked_text_t *marks, const char *text, size_t len)
{
	size_t braces = 0, newlines = 0;
	for (size_t i = 0; i < len; i++) {
		braces += (text[i] == '{');
		newlines += (text[i] == '\n');
	}
	marks->lines = newlines + (len > 0 && text[len - 1] != '\n');
	// A mark is `\DDDxx`, at most 5 bytes longer than its variable.
	marks->text = malloc(len + 5 * braces + 2);
	bool enough = marks->text != NULL && line_list_init(&marks->vars, braces) &&
	              line_list_init(&marks->bad, braces) &&
	              line_list_init(&marks->folds, newlines);
	return enough ? KNOT_EOK : KNOT_ENOMEM;
}

int hm_marked_text_put(hm_marked_text_t *marks, const char *text, size_t len, hm_vartab_t *tab,
                       hm_marked_text_report_f report, void *ctx)
{
	memset(marks, 0, sizeof(*marks));
	int ret = marks_init(marks, text, len);
	if (ret != KNOT_EOK) {
		return ret;
	}

	run_t run = {
		.marks = marks, .tab = tab, .report = report, .ctx = ctx, .line = 1,
		.out = marks->text,
	};
	bool quoted = false, comment = false;
	unsigned parens = 0;
	for (size_t i = 0; i < len; ) {
		size_t used = 1;
		switch (comment && text[i] != '\n' ? ' ' : text[i]) {
		case '\n':
			comment = false;
			quoted = quoted && parens > 0;
			if (quoted) {
				// The scanner does not count it.
				line_list_add(&marks->folds, run.line);
			} else {
				run.line++;
			}
			break;
		case '\\':
			used = (len - i >= 2 && text[i + 1] != '\n') ? 2 : 1;
			break;
		case '"':
			quoted = !quoted;
			break;
		case ';':
			comment = !quoted;
			break;
		case '(':
			parens += !quoted;
			break;
		case ')':
			parens -= (!quoted && parens > 0);
			break;
		case '{':
			i += replace_var(&run, text + i, len - i);
			continue;
		}
		memcpy(run.out, text + i, used);
		run.out += used;
		i += used;
	}
	if (len > 0 && text[len - 1] != '\n') {
		*run.out++ = '\n'; // A missing last newline is fine.
	}
	marks->len = run.out - marks->text;
	return KNOT_EOK;
}

uint64_t hm_marked_text_file_line(const hm_marked_text_t *marks, uint64_t line)
{
	size_t from = 0, to = marks->folds.count;
	while (line > 0 && from < to) {
		size_t middle = from + (to - from) / 2;
		if (marks->folds.lines[middle] <= line) {
			from = middle + 1;
		} else {
			to = middle;
		}
	}
	// An error at the end of the file is past its last line.
	return (line + from > marks->lines && marks->lines > 0) ? marks->lines : line + from;
}

size_t hm_line_list_pass(hm_line_list_t *list, uint64_t line)
{
	size_t first = list->next;
	while (list->next < list->count && list->lines[list->next] <= line) {
		list->next++;
	}
	return list->next - first;
}

void hm_marked_text_clear(hm_marked_text_t *marks)
{
	free(marks->text);
	free(marks->vars.lines);
	free(marks->bad.lines);
	free(marks->folds.lines);
	memset(marks, 0, sizeof(*marks));
}
