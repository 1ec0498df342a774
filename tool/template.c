/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "memory.h"
#include "template.h"

/*! \brief Sections in each other. */
#define DEPTH_MAX 16

#define TAG_BEGIN "{{"
#define TAG_END   "}}"
#define TAG_LEN   2

/*! \brief What a piece of a template is, by the sign after its braces. */
typedef enum {
	PIECE_TEXT = 't',
	PIECE_VALUE = 'v',
	PIECE_PLAIN = '&',
	PIECE_SECTION = '#',
	PIECE_INVERTED = '^',
	PIECE_END = '/',
	PIECE_COMMENT = '!',
} kind_t;

/*! \brief A piece of a template. */
typedef struct {
	kind_t kind;
	unsigned line;
	const char *text; /*!< Text, or a name. */
	size_t len;
	size_t end;       /*!< Of a section: where it ends. */
} piece_t;

struct hm_template {
	char *text;
	hm_escape_t escape;
	piece_t *pieces;
	size_t pieces_count;
};

/*! \brief A template that is being parsed. */
typedef struct {
	hm_template_t *template;
	const char *file;
	const char *const *known;
	const char *pos;
	const char *end;
	unsigned line;
	size_t open[DEPTH_MAX]; /*!< Sections that have not ended. */
	size_t open_count;
	hm_error_t *error;
} parser_t;

static int add_piece(parser_t *parser, kind_t kind, const char *text, size_t len)
{
	hm_template_t *template = parser->template;
	if (!hm_array_grow(&template->pieces, template->pieces_count, sizeof(piece_t))) {
		hm_error_set(parser->error, "out of memory");
		return KNOT_ENOMEM;
	}
	template->pieces[template->pieces_count++] = (piece_t) {
		.kind = kind, .line = parser->line, .text = text, .len = len,
	};
	return KNOT_EOK;
}

/*! \brief Add text up to a place, and go there. */
static int add_text(parser_t *parser, const char *to)
{
	int ret = KNOT_EOK;
	if (to > parser->pos) {
		ret = add_piece(parser, PIECE_TEXT, parser->pos, to - parser->pos);
	}
	for (; parser->pos < to; parser->pos++) {
		parser->line += (*parser->pos == '\n');
	}
	return ret;
}

static int check_name(const parser_t *parser, const piece_t *piece)
{
	for (size_t i = 0; parser->known[i] != NULL; i++) {
		if (strlen(parser->known[i]) == piece->len &&
		    memcmp(parser->known[i], piece->text, piece->len) == 0) {
			return KNOT_EOK;
		}
	}
	if (piece->len == 1 && *piece->text == '.') {
		return KNOT_EOK;
	}
	hm_error_set(parser->error, "%s:%u: there is no placeholder '%.*s'", parser->file,
	             piece->line, (int)piece->len, piece->text);
	return KNOT_EPARSEFAIL;
}

static int begin_section(parser_t *parser)
{
	if (parser->open_count == DEPTH_MAX) {
		hm_error_set(parser->error, "%s:%u: more than %d sections in each other",
		             parser->file, parser->line, DEPTH_MAX);
		return KNOT_EPARSEFAIL;
	}
	parser->open[parser->open_count++] = parser->template->pieces_count - 1;
	return KNOT_EOK;
}

static int end_section(parser_t *parser)
{
	piece_t *pieces = parser->template->pieces;
	size_t last = parser->template->pieces_count - 1;
	if (parser->open_count > 0) {
		piece_t *begin = &pieces[parser->open[--parser->open_count]];
		if (begin->len == pieces[last].len &&
		    memcmp(begin->text, pieces[last].text, begin->len) == 0) {
			begin->end = last;
			return KNOT_EOK;
		}
	}
	hm_error_set(parser->error, "%s:%u: '%.*s' ends here, but it is not what has begun last",
	             parser->file, parser->line, (int)pieces[last].len, pieces[last].text);
	return KNOT_EPARSEFAIL;
}

/*! \brief Take in what is between the braces. */
static int add_tag(parser_t *parser, kind_t kind, const char *begin, const char *end)
{
	while (begin < end && isspace((unsigned char)*begin)) {
		begin++;
	}
	while (begin < end && isspace((unsigned char)end[-1])) {
		end--;
	}
	if (kind == PIECE_COMMENT) {
		return KNOT_EOK;
	}
	if (kind == PIECE_PLAIN && parser->template->escape == HM_ESCAPE_HTML) {
		hm_error_set(parser->error, "%s:%u: a value cannot be put into HTML as it is, use "
		             "{{%.*s}}", parser->file, parser->line, (int)(end - begin), begin);
		return KNOT_EPARSEFAIL;
	}
	int ret = add_piece(parser, kind, begin, end - begin);
	if (ret == KNOT_EOK) {
		const piece_t *pieces = parser->template->pieces;
		ret = check_name(parser, &pieces[parser->template->pieces_count - 1]);
	}
	if (ret == KNOT_EOK && (kind == PIECE_SECTION || kind == PIECE_INVERTED)) {
		ret = begin_section(parser);
	} else if (ret == KNOT_EOK && kind == PIECE_END) {
		ret = end_section(parser);
	}
	return ret;
}

/*! \brief Widen a tag to the whole line if there is nothing else on it. */
static void take_line(const parser_t *parser, const char **begin, const char **end)
{
	const char *first = *begin, *last = *end;
	while (first > parser->template->text && (first[-1] == ' ' || first[-1] == '\t')) {
		first--;
	}
	while (last < parser->end && (*last == ' ' || *last == '\t' || *last == '\r')) {
		last++;
	}
	if ((first == parser->template->text || first[-1] == '\n') &&
	    (last == parser->end || *last == '\n')) {
		*begin = first;
		*end = last + (last < parser->end);
	}
}

/*! \brief Parse up to the end of the next tag. */
static int parse_tag(parser_t *parser)
{
	const char *begin = memmem(parser->pos, parser->end - parser->pos, TAG_BEGIN, TAG_LEN);
	if (begin == NULL) {
		return add_text(parser, parser->end);
	}
	const char *inside = begin + TAG_LEN;
	const char *close = memmem(inside, parser->end - inside, TAG_END, TAG_LEN);
	if (close == NULL) {
		int ret = add_text(parser, begin);
		if (ret == KNOT_EOK) {
			hm_error_set(parser->error, "%s:%u: '" TAG_BEGIN "' without '" TAG_END "'",
			             parser->file, parser->line);
			ret = KNOT_EPARSEFAIL;
		}
		return ret;
	}
	kind_t kind = PIECE_VALUE;
	if (inside < close && strchr("&#^/!", *inside) != NULL) {
		kind = (unsigned char)*inside++;
	}
	const char *end = close + TAG_LEN;
	if (kind != PIECE_VALUE && kind != PIECE_PLAIN) {
		take_line(parser, &begin, &end);
	}
	int ret = add_text(parser, begin);
	if (ret == KNOT_EOK) {
		ret = add_tag(parser, kind, inside, close);
	}
	for (; parser->pos < end; parser->pos++) {
		parser->line += (*parser->pos == '\n');
	}
	return ret;
}

int hm_template_parse(const char *file, const char *text, size_t len, hm_escape_t escape,
                      const char *const *known, hm_template_t **out, hm_error_t *error)
{
	hm_template_t *template = calloc(1, sizeof(*template));
	if (template != NULL) {
		template->text = malloc(len + 1);
	}
	if (template == NULL || template->text == NULL) {
		hm_error_set(error, "out of memory");
		hm_template_free(template);
		return KNOT_ENOMEM;
	}
	memcpy(template->text, text, len);
	template->text[len] = '\0';
	template->escape = escape;
	parser_t parser = {
		.template = template, .file = file, .known = known, .error = error, .line = 1,
		.pos = template->text, .end = template->text + len,
	};
	int ret = KNOT_EOK;
	while (ret == KNOT_EOK && parser.pos < parser.end) {
		ret = parse_tag(&parser);
	}
	if (ret == KNOT_EOK && parser.open_count > 0) {
		const piece_t *piece = &template->pieces[parser.open[parser.open_count - 1]];
		hm_error_set(error, "%s:%u: the section '%.*s' does not end", file, piece->line,
		             (int)piece->len, piece->text);
		ret = KNOT_EPARSEFAIL;
	}
	if (ret != KNOT_EOK) {
		hm_template_free(template);
		return ret;
	}
	*out = template;
	return KNOT_EOK;
}

void hm_template_free(hm_template_t *template)
{
	if (template != NULL) {
		free(template->pieces);
		free(template->text);
		free(template);
	}
}

/*! \brief A template that is being filled in. */
typedef struct {
	const hm_template_t *template;
	FILE *file;
	const json_t *values[DEPTH_MAX + 1]; /*!< The innermost one last. */
	size_t depth;
} printer_t;

static const json_t *find_value(const printer_t *printer, const piece_t *piece)
{
	if (piece->len == 1 && *piece->text == '.') {
		return printer->values[printer->depth - 1];
	}
	for (size_t i = printer->depth; i > 0; i--) {
		const json_t *object = printer->values[i - 1];
		const char *key;
		json_t *value;
		json_object_foreach((json_t *)object, key, value) {
			if (strlen(key) == piece->len && memcmp(key, piece->text, piece->len) == 0) {
				return value;
			}
		}
	}
	return NULL;
}

/*! \brief A character of a value; it cannot end a line or drive a terminal. */
static char shown(char c)
{
	return iscntrl((unsigned char)c) ? '?' : c;
}

static void print_html(const char *text, FILE *file)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", file);
			break;
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		case '\'':
			fputs("&#39;", file);
			break;
		default:
			fputc(shown(*text), file);
		}
	}
}

static void print_fence(size_t count, FILE *file)
{
	while (count-- > 0) {
		fputc('`', file);
	}
}

/*! \brief A code span with more backticks around than in it; a table needs its bars escaped. */
static void print_markdown(const char *text, FILE *file)
{
	size_t run = 0, longest = 0, len = strlen(text);
	if (len == 0) {
		return;
	}
	for (const char *pos = text; *pos != '\0'; pos++) {
		run = (*pos == '`') ? run + 1 : 0;
		longest = (run > longest) ? run : longest;
	}
	// A space at both ends is taken away again by whoever reads it.
	bool pad = (*text == '`' || text[len - 1] == '`' || (*text == ' ' && text[len - 1] == ' '));
	print_fence(longest + 1, file);
	fputs(pad ? " " : "", file);
	for (const char *pos = text; *pos != '\0'; pos++) {
		if (*pos == '|') {
			fputc('\\', file);
		}
		fputc(shown(*pos), file);
	}
	fputs(pad ? " " : "", file);
	print_fence(longest + 1, file);
}

static void print_value(const printer_t *printer, const json_t *value, bool plain)
{
	char number[32];
	const char *text = json_string_value(value);
	if (json_is_integer(value)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(value));
		text = number;
	}
	if (text == NULL) {
		return;
	}
	hm_escape_t escape = plain ? HM_ESCAPE_NONE : printer->template->escape;
	if (escape == HM_ESCAPE_HTML) {
		print_html(text, printer->file);
	} else if (escape == HM_ESCAPE_MARKDOWN) {
		print_markdown(text, printer->file);
	} else {
		for (; *text != '\0'; text++) {
			fputc(shown(*text), printer->file);
		}
	}
}

static bool is_empty(const json_t *value)
{
	return value == NULL || json_is_null(value) || json_is_false(value) ||
	       (json_is_array(value) && json_array_size(value) == 0) ||
	       (json_is_string(value) && json_string_length(value) == 0);
}

static void print_pieces(printer_t *printer, size_t from, size_t to);

static void print_section(printer_t *printer, size_t at, const json_t *value)
{
	size_t end = printer->template->pieces[at].end;
	size_t count = json_is_array(value) ? json_array_size(value) : 1;
	printer->depth++;
	for (size_t i = 0; i < count; i++) {
		printer->values[printer->depth - 1] = json_is_array(value) ?
		                                      json_array_get(value, i) : value;
		print_pieces(printer, at + 1, end);
	}
	printer->depth--;
}

static void print_pieces(printer_t *printer, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		const piece_t *piece = &printer->template->pieces[i];
		if (piece->kind == PIECE_TEXT) {
			fwrite(piece->text, 1, piece->len, printer->file);
			continue;
		}
		const json_t *value = find_value(printer, piece);
		switch (piece->kind) {
		case PIECE_VALUE:
		case PIECE_PLAIN:
			print_value(printer, value, piece->kind == PIECE_PLAIN);
			break;
		case PIECE_SECTION:
			if (!is_empty(value)) {
				print_section(printer, i, value);
			}
			i = piece->end;
			break;
		case PIECE_INVERTED:
			if (is_empty(value)) {
				print_pieces(printer, i + 1, piece->end);
			}
			i = piece->end;
			break;
		default:
			break;
		}
	}
}

void hm_template_print(const hm_template_t *template, const json_t *values, FILE *file)
{
	printer_t printer = {
		.template = template, .file = file, .values = { values }, .depth = 1,
	};
	print_pieces(&printer, 0, template->pieces_count);
}
