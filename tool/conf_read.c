/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <glob.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libknot/errcode.h>
#include <libknot/error.h>
#include <libknot/yparser/yparser.h>

#include "conf.h"
#include "hostedmail/files.h"

/*! \brief Most files between the first one and an included one, as in knotd. */
#define INCLUDE_DEPTH_MAX 5

/*! \brief One file of a configuration. */
typedef struct {
	const char *name;
	hm_conf_t *conf;
	hm_error_t *error;
	unsigned depth;
	yp_parser_t *parser;
	char section[YP_MAX_TXT_KEY_LEN + 1];
	char id[YP_MAX_TXT_DATA_LEN + 1];
	bool has_id;
} conf_file_t;

static int read_file(const char *name, unsigned depth, hm_conf_t *conf, hm_error_t *error);

/*! \brief Say where the error is. */
static int fail(const conf_file_t *file, int ret, const char *reason)
{
	hm_error_set(file->error, "%s:%zu: %s", file->name, file->parser->line_count, reason);
	return ret;
}

/*! \brief Path of an included file, which may be relative to that of the including one. */
static char *include_path(const conf_file_t *file, const char *pattern)
{
	if (*pattern == '/') {
		return strdup(pattern);
	}
	char *self = realpath(file->name, NULL);
	if (self == NULL) {
		return NULL;
	}
	const char *folder = dirname(self);
	size_t max = strlen(folder) + strlen(pattern) + 2;
	char *path = malloc(max);
	if (path != NULL) {
		snprintf(path, max, "%s/%s", folder, pattern);
	}
	free(self);
	return path;
}

/*! \brief Read all files that a pattern matches, but for folders. */
static int include_all(conf_file_t *file, const char *path)
{
	glob_t found = { 0 };
	int ret = glob(path, 0, NULL, &found);
	if (ret != 0 && (ret != GLOB_NOMATCH || strchr(path, '*') == NULL)) {
		globfree(&found);
		char reason[512];
		snprintf(reason, sizeof(reason), "include: '%s' cannot be read", path);
		return fail(file, KNOT_EFILE, reason);
	}
	ret = KNOT_EOK;
	for (size_t i = 0; i < found.gl_pathc && ret == KNOT_EOK; i++) {
		struct stat st;
		if (stat(found.gl_pathv[i], &st) == 0 && S_ISREG(st.st_mode)) {
			ret = read_file(found.gl_pathv[i], file->depth + 1, file->conf,
			                file->error);
		}
	}
	globfree(&found);
	return ret;
}

static int include(conf_file_t *file, const char *pattern)
{
	if (*pattern == '\0') {
		return fail(file, KNOT_EINVAL, "include: the file is missing");
	}
	if (file->depth > INCLUDE_DEPTH_MAX) {
		return fail(file, KNOT_EINVAL, "include: too deep; does a file include itself?");
	}
	char *path = include_path(file, pattern);
	if (path == NULL) {
		return fail(file, KNOT_ENOMEM, "out of memory");
	}
	int ret = include_all(file, path);
	free(path);
	return ret;
}

/*! \brief Take in what the parser has found. */
static int put(conf_file_t *file)
{
	const yp_parser_t *parser = file->parser;
	hm_error_t reason;
	const char *id = file->has_id ? file->id : NULL;
	switch (parser->event) {
	case YP_EKEY0:
		memcpy(file->section, parser->key, parser->key_len + 1);
		file->has_id = false;
		return (strcmp(parser->key, "include") == 0) ? include(file, parser->data) :
		                                               KNOT_EOK;
	case YP_EID:
		memcpy(file->id, parser->data, parser->data_len + 1);
		file->has_id = true;
		id = NULL;
		break;
	default:
		break;
	}
	int ret = hm_conf_put(file->conf, file->section, id, parser->key, parser->data, &reason);
	return (ret == KNOT_EOK) ? ret : fail(file, ret, reason.text);
}

static int read_items(conf_file_t *file)
{
	// The parser would open it itself, and say less of what is wrong.
	int fd;
	struct stat st;
	int ret = hm_file_open(file->name, &fd, &st);
	if (ret == KNOT_EOK) {
		close(fd);
		ret = yp_set_input_file(file->parser, file->name);
	}
	if (ret != KNOT_EOK) {
		char reason[128];
		hm_file_reason(ret, reason, sizeof(reason));
		hm_error_set(file->error, "%s: %s", file->name, reason);
		return KNOT_EFILE;
	}
	while ((ret = yp_parse(file->parser)) == KNOT_EOK) {
		// A key without a value has that of the one before it.
		if (file->parser->data_len == 0) {
			file->parser->data[0] = '\0';
		}
		ret = put(file);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	if (ret == KNOT_EOF) {
		return KNOT_EOK;
	}
	return fail(file, KNOT_EINVAL, (ret == KNOT_EPARSEFAIL) ? "syntax error" :
	                                                          knot_strerror(ret));
}

static int read_file(const char *name, unsigned depth, hm_conf_t *conf, hm_error_t *error)
{
	conf_file_t *file = calloc(1, sizeof(*file));
	yp_parser_t *parser = malloc(sizeof(*parser));
	int ret = KNOT_ENOMEM;
	hm_error_set(error, "out of memory");
	if (file != NULL && parser != NULL) {
		*file = (conf_file_t) {
			.name = name, .conf = conf, .error = error, .depth = depth,
			.parser = parser,
		};
		yp_init(parser);
		ret = read_items(file);
		yp_deinit(parser);
	}
	free(parser);
	free(file);
	return ret;
}

int hm_conf_read(const char *file, hm_conf_t *conf, hm_error_t *error)
{
	memset(conf, 0, sizeof(*conf));
	return read_file(file, 0, conf, error);
}
