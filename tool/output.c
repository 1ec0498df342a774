/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "output.h"
#include "plain.h"

/*! \brief Space between columns. */
#define GAP 2

hm_out_t hm_out_to(FILE *file, hm_color_t color)
{
	const char *no_color = getenv("NO_COLOR");
	bool wanted = (color == HM_COLOR_ALWAYS);
	if (color == HM_COLOR_AUTO) {
		wanted = isatty(fileno(file)) && (no_color == NULL || *no_color == '\0');
	}
	return (hm_out_t){ .file = file, .color = wanted };
}

static const char *style_code(hm_style_t style)
{
	switch (style) {
	case HM_STYLE_BOLD:
		return "1";
	case HM_STYLE_GOOD:
		return "32";
	case HM_STYLE_WARNING:
		return "33";
	case HM_STYLE_ERROR:
		return "31";
	case HM_STYLE_FAINT:
		return "2";
	default:
		return "0";
	}
}

/*! \brief Print text from elsewhere, which may not command the terminal. */
static void print_plain(FILE *file, const char *text)
{
	char shown[HM_PLAIN_MAX];
	while (*text != '\0') {
		text += hm_plain_next(text, shown);
		fputs(shown, file);
	}
}

void hm_out_print(const hm_out_t *out, hm_style_t style, const char *fmt, ...)
{
	bool styled = out->color && style != HM_STYLE_PLAIN;
	if (styled) {
		fprintf(out->file, "\033[%sm", style_code(style));
	}
	va_list args;
	va_start(args, fmt);
	char *text = NULL;
	if (vasprintf(&text, fmt, args) >= 0) {
		print_plain(out->file, text);
		free(text);
	} else {
		fputs("(out of memory)", out->file);
	}
	va_end(args);
	if (styled) {
		fputs("\033[0m", out->file);
	}
}

void hm_out_finding(const hm_out_t *out, hm_severity_t severity, const char *file, uint64_t line,
                    const char *reason)
{
	if (line > 0) {
		hm_out_print(out, HM_STYLE_BOLD, "%s:%" PRIu64 ": ", file, line);
	} else {
		hm_out_print(out, HM_STYLE_BOLD, "%s: ", file);
	}
	if (severity == HM_ERROR) {
		hm_out_print(out, HM_STYLE_ERROR, "error: ");
	} else {
		hm_out_print(out, HM_STYLE_WARNING, "warning: ");
	}
	print_plain(out->file, reason);
	fputc('\n', out->file);
}

void hm_table_fit(hm_table_t *table, const char *const *cells)
{
	for (unsigned i = 0; i < table->count; i++) {
		hm_column_t *column = &table->columns[i];
		size_t len = strlen(cells[i]);
		if (column->width < len) {
			column->width = (len < HM_TABLE_WIDTH) ? len : HM_TABLE_WIDTH;
		}
	}
}

static void print_row(const hm_table_t *table, const hm_out_t *out, hm_style_t style,
                      const char *const *cells)
{
	// Space comes before a cell, so that there is none at the end of a line.
	int space = 0;
	for (unsigned i = 0; i < table->count; i++) {
		const hm_column_t *column = &table->columns[i];
		size_t title = strlen(column->title);
		int width = (column->width < title) ? title : column->width;
		int len = strlen(cells[i]);
		int pad = (len < width) ? width - len : 0;
		if (len > 0) {
			fprintf(out->file, "%*s", space + (column->right ? pad : 0), "");
			hm_out_print(out, style, "%s", cells[i]);
			space = 0;
		} else {
			pad = width;
		}
		space += (column->right && len > 0 ? 0 : pad) + GAP;
	}
	fputc('\n', out->file);
}

void hm_table_head(const hm_table_t *table, const hm_out_t *out)
{
	const char *titles[HM_TABLE_COLUMNS];
	for (unsigned i = 0; i < table->count; i++) {
		titles[i] = table->columns[i].title;
	}
	print_row(table, out, HM_STYLE_BOLD, titles);
}

void hm_table_row(const hm_table_t *table, const hm_out_t *out, const char *const *cells)
{
	print_row(table, out, HM_STYLE_PLAIN, cells);
}
