/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
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
#include "marked_text_internal.h"
#include "hostedmail/strerror.h"

#define FILE_SIZE_MAX    (256 * 1024 * 1024)
#define INCLUDE_DEPTH_MAX 16
#define INCLUDE_MAX       1024
#define DEFAULT_TTL       3600 // As in Knot DNS for a zone file without $TTL.

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
	char *text;    /*!< Content of the file. */
	size_t text_len;
	hm_marked_text_t marks; /*!< The same with marks in place of the variables. */
} file_t;

__attribute__((format(printf, 3, 4)))
static void fail(file_t *file, uint64_t line, const char *fmt, ...)
{
	char reason[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);

	reader_t *reader = file->reader;
	reader->report(reader->ctx, HM_ERROR, file->name,
	               hm_marked_text_file_line(&file->marks, line), reason);
	if (reader->ret == KNOT_EOK) {
		reader->ret = KNOT_EPARSEFAIL;
	}
}

static void bad_var(void *ctx, uint64_t line, const char *reason)
{
	fail(ctx, line, "%s", reason);
}

/*! \brief Stop reading for good. */
static void stop(reader_t *reader, int ret)
{
	reader->ret = ret;
	reader->stop = true;
}

/*! \brief Read a whole regular file; a FIFO must not block, a device not flood the server. */
static bool file_slurp(file_t *file)
{
	int fd;
	struct stat st;
	int ret = hm_file_open(file->name, &fd, &st);
	if (ret != KNOT_EOK) {
		char reason[128];
		hm_file_reason(ret, reason, sizeof(reason));
		fail(file, 0, "%s", reason);
		return false;
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
			fail(file, 0, "cannot be read (%s)", hm_errno_text());
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
	close(fd);
	return false;
}

/*! \brief Cut the origin off an owner; say what is wrong if that cannot be. */
static bool relative_owner(file_t *file, zs_scanner_t *s, uint64_t line, knot_dname_storage_t out)
{
	const hm_vartab_t *tab = file->reader->tab;
	uint8_t *pos = out;
	const uint8_t *label = s->r_owner;
	while (*label != '\0' && !hm_mark_is_origin(tab, label)) {
		if (memchr(label + 1, tab->mark, *label) != NULL) {
			fail(file, line, "variable not allowed in an owner");
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
		fail(file, line, "owner '%s' is outside the domain", txt);
		return false;
	}
	knot_dname_to_lower(out);
	return true;
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
	    .owner = owner,
	    .file = file->name,
	    .line = hm_marked_text_file_line(&file->marks, line),
	    .number = reader->records++,
	    .ttl = s->r_ttl,
	    .type = s->r_type,
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
		fail(file, line, "variable not allowed here");
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
		fail(file, s->line_counter, "$INCLUDE nested more than %d deep", INCLUDE_DEPTH_MAX);
		return;
	}
	// A file that includes itself twice would double with each level.
	if (++file->reader->includes > INCLUDE_MAX) {
		if (file->reader->includes == INCLUDE_MAX + 1) {
			fail(file, s->line_counter, "more than %d $INCLUDE directives",
			     INCLUDE_MAX);
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
		size_t vars = hm_line_list_pass(&file->marks.vars, s->line_counter);
		// What is wrong with such a line was reported before.
		bool bad = hm_line_list_pass(&file->marks.bad, s->line_counter) > 0;
		switch (s->state) {
		case ZS_STATE_DATA:
			if (!bad) {
				scan_record(file, s, vars);
			}
			break;
		case ZS_STATE_INCLUDE:
			if (vars > 0) {
				fail(file, s->line_counter, "variable not allowed in a directive");
			} else if (!bad) {
				scan_include(file, s);
			}
			// The scanner forgets to leave the directive: its stack would grow with
			// each of them, and any later error would be fatal.
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
		int mark = hm_mark_choose(file.text, file.text_len);
		if (mark < 0) {
			fail(&file, 0, "no byte value left to mark variables");
			goto done;
		}
		reader->tab->mark = mark;
		snprintf(top, sizeof(top), "\\%03u.", (unsigned)mark);
		origin = top;
	} else if (hm_mark_is_used(file.text, file.text_len, reader->tab->mark)) {
		fail(&file, 0, "byte \\%03u not allowed in an included file of this profile",
		     reader->tab->mark);
		goto done;
	}

	s = malloc(sizeof(*s));
	if (s == NULL || hm_marked_text_put(&file.marks, file.text, file.text_len, reader->tab,
	                                    bad_var, &file) != KNOT_EOK) {
		stop(reader, KNOT_ENOMEM);
	} else if (zs_init(s, origin, KNOT_CLASS_IN, ttl) != 0) {
		stop(reader, KNOT_ENOMEM);
	} else {
		if (set_path(s, name) &&
		    zs_set_input_string(s, file.marks.text, file.marks.len) == 0) {
			scan(&file, s);
		} else {
			stop(reader, KNOT_ENOMEM);
		}
		zs_deinit(s);
	}

done:
	free(s);
	free(file.text);
	hm_marked_text_clear(&file.marks);
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
