/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libknot/descriptor.h>
#include <libknot/errcode.h>
#include <libzscanner/scanner.h>

#include "hostedmail/master.h"
#include "strerror.h"

#define FILE_SIZE_MAX    (256 * 1024 * 1024)
#define INCLUDE_DEPTH_MAX 16
#define INCLUDE_MAX       1024
#define DEFAULT_TTL       3600 // As Knot DNS has it for a zone file without $TTL.

/*! \brief Stands for the last line of a file. */
#define LAST_LINE (UINT64_MAX / 2)

/*! \brief One run over a master file and all that it includes. */
typedef struct {
	hm_record_f on_record;
	hm_report_f report;
	void *ctx;
	hm_files_t *files;
	hm_vartab_t *tab;
	int ret;           /*!< First error. */
	bool stop;         /*!< Nothing more is to be read. */
	unsigned depth;    /*!< Nesting of $INCLUDE. */
	unsigned includes; /*!< Files included. */
	uint32_t records;  /*!< Records handed over. */
} reader_t;

/*! \brief One file of the run. */
typedef struct {
	reader_t *reader;
	const char *name;
	char *text;           /*!< Content of the file. */
	size_t text_len;
	char *marked;         /*!< The same with marks in place of the variables. */
	size_t marked_len;
	uint64_t *var_lines;  /*!< Line of each variable, in the order of the file. */
	size_t var_count;
	size_t var_next;      /*!< First variable behind the last record. */
	uint64_t *bad_lines;  /*!< Line of each malformed one, likewise. */
	size_t bad_count;
	size_t bad_next;
	uint64_t *folds;      /*!< Line of each newline inside of a string, likewise. */
	size_t fold_count;
	uint64_t lines;       /*!< Lines of the file. */
} file_t;

/*! \brief Line of the file, of that which the scanner counts. */
static uint64_t real_line(const file_t *file, uint64_t line)
{
	size_t from = 0, to = file->fold_count;
	while (line > 0 && from < to) {
		size_t middle = from + (to - from) / 2;
		if (file->folds[middle] <= line) {
			from = middle + 1;
		} else {
			to = middle;
		}
	}
	// An error at the end of the file is behind its last line.
	return (line + from > file->lines && file->lines > 0) ? file->lines : line + from;
}

__attribute__((format(printf, 3, 4)))
static void fail(file_t *file, uint64_t line, const char *fmt, ...)
{
	char reason[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);

	reader_t *reader = file->reader;
	reader->report(reader->ctx, HM_ERROR, file->name, real_line(file, line), reason);
	if (reader->ret == KNOT_EOK) {
		reader->ret = KNOT_EPARSEFAIL;
	}
}

/*! \brief Stop reading for good. */
static void stop(reader_t *reader, int ret)
{
	reader->ret = ret;
	reader->stop = true;
}

static void file_clear(file_t *file)
{
	free(file->text);
	free(file->marked);
	free(file->var_lines);
	free(file->bad_lines);
	free(file->folds);
}

/*! \brief Read a whole regular file; a FIFO must not block, a device not flood the server. */
static bool file_slurp(file_t *file)
{
	int fd = open(file->name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0) {
		fail(file, 0, "cannot be read (%s)", errno_text());
		goto failed;
	}
	if (!S_ISREG(st.st_mode)) {
		fail(file, 0, "not a regular file");
		goto failed;
	}
	if (st.st_size > FILE_SIZE_MAX) {
		fail(file, 0, "larger than %d MiB", FILE_SIZE_MAX / 1024 / 1024);
		goto failed;
	}
	file->text = malloc(st.st_size + 1);
	if (file->text == NULL || hm_files_add(file->reader->files, file->name, &st) != KNOT_EOK) {
		stop(file->reader, KNOT_ENOMEM);
		goto failed;
	}
	while (file->text_len < (size_t)st.st_size) {
		ssize_t got = read(fd, file->text + file->text_len, st.st_size - file->text_len);
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			fail(file, 0, "cannot be read (%s)", errno_text());
			goto failed;
		}
		if (got == 0) {
			fail(file, 0, "changed while it was read");
			goto failed;
		}
		file->text_len += got;
	}
	close(fd);
	return true;

failed:
	if (fd >= 0) {
		close(fd);
	}
	return false;
}

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
static void used_bytes(const file_t *file, bool used[256])
{
	for (size_t i = 0; i < file->text_len; ) {
		const char *text = file->text + i;
		size_t len = file->text_len - i;
		uint8_t byte = *text;
		used[byte] = true;
		if (byte == '\\') {
			i += escape(text, len, &byte);
			used[byte] = true;
			if (byte == '#') {
				use_hex(text, len, used);
			}
		} else {
			i++;
		}
	}
}

/*! \brief Find a byte to mark variables with: not in the text, and no printable one. */
static int choose_mark(const file_t *file)
{
	bool used[256] = { false };
	used_bytes(file, used);
	for (int c = 1; c < 256; c++) {
		if (!used[c] && (c < ' ' || c > '~') && c != '\t' && c != '\n' && c != '\r') {
			return c;
		}
	}
	return -1;
}

static bool uses_mark(const file_t *file)
{
	bool used[256] = { false };
	used_bytes(file, used);
	return used[file->reader->tab->mark];
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

/*!
 * \brief Replace the variable at the start of the text with a mark.
 *
 * \return Bytes of text that it took.
 */
static size_t mark_var(file_t *file, const char *text, size_t len, uint64_t line, char **out)
{
	size_t end = 1;
	while (end < len && (hm_var_name_char(text[end]) || text[end] == ':')) {
		end++;
	}
	hm_var_t var;
	int index = -1;
	if (end == len || text[end] != '}' || !parse_var(text + 1, end - 1, &var)) {
		fail(file, line, "malformed variable '%.*s'; a literal brace is written \\{",
		     (int)((end < 40) ? end + (end < len && text[end] == '}') : 40), text);
	} else {
		index = intern_var(file->reader->tab, &var);
		if (index < 0) {
			fail(file, line, "more than %d different variables", HM_VARS_COUNT_MAX);
		}
	}

	if (index < 0) {
		file->bad_lines[file->bad_count++] = line;
		*(*out)++ = 'x';
		return end;
	}
	char digits[2];
	hm_mark_index(index, digits);
	*out += sprintf(*out, "\\%03u%c%c", file->reader->tab->mark, digits[0], digits[1]);
	file->var_lines[file->var_count++] = line;
	return end + 1;
}

/*! \brief Put marks in place of the variables; comments, strings and escapes are passed over. */
static int mark_vars(file_t *file)
{
	size_t braces = 0, lines = 0;
	for (size_t i = 0; i < file->text_len; i++) {
		braces += (file->text[i] == '{');
		lines += (file->text[i] == '\n');
	}
	bool partial = file->text_len > 0 && file->text[file->text_len - 1] != '\n';
	file->lines = lines + partial;
	// A mark is `\DDDxx`, at most 5 bytes longer than its variable.
	file->marked = malloc(file->text_len + 5 * braces + 2);
	file->var_lines = malloc((braces + 1) * sizeof(*file->var_lines));
	file->bad_lines = malloc((braces + 1) * sizeof(*file->bad_lines));
	file->folds = malloc((lines + 1) * sizeof(*file->folds));
	if (file->marked == NULL || file->var_lines == NULL || file->bad_lines == NULL ||
	    file->folds == NULL) {
		return KNOT_ENOMEM;
	}

	bool quoted = false, comment = false;
	unsigned parens = 0;
	uint64_t line = 1;
	char *out = file->marked;
	for (size_t i = 0; i < file->text_len; ) {
		const char *text = file->text + i;
		size_t len = file->text_len - i, used = 1;
		switch (comment && *text != '\n' ? ' ' : *text) {
		case '\n':
			comment = false;
			quoted = quoted && parens > 0;
			if (quoted) {
				// The scanner does not count it.
				file->folds[file->fold_count++] = line;
			} else {
				line++;
			}
			break;
		case '\\':
			used = (len >= 2 && text[1] != '\n') ? 2 : 1;
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
			i += mark_var(file, text, len, line, &out);
			continue;
		}
		memcpy(out, text, used);
		out += used;
		i += used;
	}
	if (partial) {
		*out++ = '\n'; // A missing last newline is fine.
	}
	file->marked_len = out - file->marked;
	return KNOT_EOK;
}

static bool is_origin(const hm_vartab_t *tab, const uint8_t *label)
{
	return label[0] == 1 && label[1] == tab->mark && label[2] == 0;
}

/*! \brief Cut the origin off an owner; say what is wrong if that cannot be. */
static bool relative_owner(file_t *file, zs_scanner_t *s, uint64_t line, knot_dname_storage_t out)
{
	const hm_vartab_t *tab = file->reader->tab;
	uint8_t *pos = out;
	const uint8_t *label = s->r_owner;
	while (*label != '\0' && !is_origin(tab, label)) {
		if (memchr(label + 1, tab->mark, *label) != NULL) {
			fail(file, line, "a variable in an owner");
			return false;
		}
		memcpy(pos, label, 1 + *label);
		pos += 1 + *label;
		label = hm_dname_next(label);
	}
	*pos = '\0';
	if (*label == '\0') {
		knot_dname_txt_storage_t txt;
		if (knot_dname_to_str(txt, s->r_owner, sizeof(txt)) == NULL) {
			txt[0] = '\0';
		}
		fail(file, line, "the owner '%s' is outside the domain", txt);
		return false;
	}
	knot_dname_to_lower(out);
	return true;
}

/*! \brief Count the lines from the next one up to the given one, and step over them. */
static size_t pass_lines(const uint64_t *lines, size_t count, size_t *next, uint64_t line)
{
	size_t first = *next;
	while (*next < count && lines[*next] <= line) {
		(*next)++;
	}
	return *next - first;
}

static void scan_record(file_t *file, zs_scanner_t *s, size_t vars)
{
	reader_t *reader = file->reader;
	uint64_t line = s->line_counter;

	knot_dname_storage_t owner;
	if (!relative_owner(file, s, line, owner)) {
		return;
	}

	hm_record_t record = {
		.owner = owner, .file = file->name, .line = real_line(file, line),
		.number = reader->records++,
		.ttl = s->r_ttl, .type = s->r_type,
	};
	size_t marks;
	const char *reason = "malformed RDATA";
	int ret = hm_rdata_compile(s->r_type, s->r_data, s->r_data_length, reader->tab, &marks,
	                           &record.rdata, &reason);
	if (ret == KNOT_EMALF) {
		fail(file, line, "%s", reason);
		return;
	}
	if (ret == KNOT_EOK && marks != vars) {
		// A variable that became part of a number, a key or the like.
		fail(file, line, "a variable stands where none can");
		hm_rdata_free(record.rdata);
		return;
	}
	if (ret == KNOT_EOK) {
		ret = reader->on_record(reader->ctx, &record);
	}
	if (ret != KNOT_EOK) {
		stop(reader, ret);
	}
}

static void read_file(reader_t *reader, const char *name, const char *origin, uint32_t ttl);

static void scan_include(file_t *file, zs_scanner_t *s)
{
	if (file->reader->depth == INCLUDE_DEPTH_MAX) {
		fail(file, s->line_counter, "more than %d nested $INCLUDE", INCLUDE_DEPTH_MAX);
		return;
	}
	// A file that includes itself twice would double with each level.
	if (++file->reader->includes > INCLUDE_MAX) {
		if (file->reader->includes == INCLUDE_MAX + 1) {
			fail(file, s->line_counter, "more than %d $INCLUDE", INCLUDE_MAX);
		}
		return;
	}
	file->reader->depth++;
	read_file(file->reader, s->include_filename, (char *)s->buffer, s->default_ttl);
	file->reader->depth--;
}

static void scan(file_t *file, zs_scanner_t *s)
{
	while (zs_parse_record(s) == 0) {
		size_t vars = pass_lines(file->var_lines, file->var_count, &file->var_next,
		                         s->line_counter);
		// What is wrong with such a line was said before.
		bool bad = pass_lines(file->bad_lines, file->bad_count, &file->bad_next,
		                      s->line_counter) > 0;
		switch (s->state) {
		case ZS_STATE_DATA:
			if (!bad) {
				scan_record(file, s, vars);
			}
			break;
		case ZS_STATE_INCLUDE:
			if (vars > 0) {
				fail(file, s->line_counter, "a variable in a directive");
			} else if (!bad) {
				scan_include(file, s);
			}
			// The scanner forgets to leave the directive: its stack would grow with each
			// of them, and any later error would be fatal.
			s->top = 0;
			s->error.fatal = false;
			break;
		case ZS_STATE_ERROR:
			if (!bad) {
				bool unclosed = (s->error.code == ZS_UNCLOSED_MULTILINE);
				fail(file, unclosed ? LAST_LINE : s->line_counter, "%s",
				     zs_strerror(s->error.code));
			}
			// These leave the scanner where it is, calling it again would not end.
			if (s->error.fatal || s->error.code == ZS_UNCLOSED_MULTILINE ||
			    s->error.code == ZS_UNCOVERED_STATE) {
				return;
			}
			break;
		default:
			return;
		}
		if (file->reader->stop) {
			return;
		}
	}
}

/*! \brief The scanner resolves included files from the folder of this one. */
static bool set_path(zs_scanner_t *s, const char *name)
{
	char *copy = strdup(name);
	char *path = (copy != NULL) ? strdup(dirname(copy)) : NULL;
	free(copy);
	if (path == NULL) {
		return false;
	}
	free(s->path);
	s->path = path;
	return true;
}

static void read_file(reader_t *reader, const char *name, const char *origin, uint32_t ttl)
{
	file_t file = { .reader = reader, .name = name };
	// The scanner holds 200 kB of buffers.
	zs_scanner_t *s = NULL;
	if (!file_slurp(&file)) {
		goto done;
	}

	char top[16];
	if (origin == NULL) {
		int mark = choose_mark(&file);
		if (mark < 0) {
			fail(&file, 0, "uses every byte there is");
			goto done;
		}
		reader->tab->mark = mark;
		snprintf(top, sizeof(top), "\\%03u.", (unsigned)mark);
		origin = top;
	} else if (uses_mark(&file)) {
		fail(&file, 0, "an included file cannot use the byte \\%03u", reader->tab->mark);
		goto done;
	}

	s = malloc(sizeof(*s));
	if (s == NULL || mark_vars(&file) != KNOT_EOK) {
		stop(reader, KNOT_ENOMEM);
	} else if (zs_init(s, origin, KNOT_CLASS_IN, ttl) != 0) {
		stop(reader, KNOT_ENOMEM);
	} else {
		if (set_path(s, name) &&
		    zs_set_input_string(s, file.marked, file.marked_len) == 0) {
			scan(&file, s);
		} else {
			stop(reader, KNOT_ENOMEM);
		}
		zs_deinit(s);
	}

done:
	free(s);
	file_clear(&file);
}

int hm_master_read(const char *file, hm_record_f on_record, hm_report_f report, void *ctx,
                   hm_files_t *files, hm_vartab_t *tab)
{
	memset(tab, 0, sizeof(*tab));
	tab->vars = calloc(HM_VARS_COUNT_MAX, sizeof(*tab->vars));
	if (tab->vars == NULL) {
		return KNOT_ENOMEM;
	}

	reader_t reader = {
		.on_record = on_record, .report = report, .ctx = ctx, .files = files, .tab = tab,
	};
	read_file(&reader, file, NULL, DEFAULT_TTL);
	return reader.ret;
}

void hm_vartab_clear(hm_vartab_t *tab)
{
	free(tab->vars);
	memset(tab, 0, sizeof(*tab));
}
