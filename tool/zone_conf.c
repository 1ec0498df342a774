/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libknot/libknot.h>
#include <libknot/yparser/yparser.h>

#include "hostedmail/files.h"
#include "idn.h"
#include "memory.h"
#include "zone_list.h"

#define FILE_SIZE_MAX (64 * 1024 * 1024)
#define INCLUDE_MAX 64
#define STORAGE_DEFAULT "/var/lib/knot"

/*! \brief A configuration under way. */
typedef struct {
	hm_zone_list_t *list;
	const char *conf;
	hm_error_t *error;
} conf_t;

static int no_memory(const conf_t *conf)
{
	hm_error_set(conf->error, "out of memory");
	return KNOT_ENOMEM;
}

/*! \brief Read the file as a whole. */
static char *slurp(const conf_t *conf)
{
	int fd;
	struct stat st;
	int ret = hm_file_open(conf->conf, &fd, &st);
	if (ret != KNOT_EOK) {
		char reason[128];
		hm_file_reason(ret, reason, sizeof(reason));
		hm_error_set(conf->error, "%s: %s", conf->conf, reason);
		return NULL;
	}
	FILE *file = fdopen(fd, "r");
	char *text = (st.st_size <= FILE_SIZE_MAX) ? malloc(st.st_size + 1) : NULL;
	if (file == NULL || text == NULL) {
		(void)no_memory(conf);
		free(text);
		text = NULL;
	} else {
		text[fread(text, 1, st.st_size, file)] = '\0';
	}
	if (file != NULL) {
		fclose(file);
	} else {
		close(fd);
	}
	return text;
}

/*! \brief Add a zone; its file may be relative to a folder. */
static int put_zone(const conf_t *conf, const char *zone, const char *folder, const char *file)
{
	knot_dname_storage_t name;
	hm_error_t reason;
	if (hm_idn_read(zone, name, &reason) != KNOT_EOK) {
		hm_error_set(conf->error, "%s: zone '%s': %s", conf->conf, zone, reason.text);
		return KNOT_EINVAL;
	}
	if (*name == '\0') {
		return KNOT_EOK; // The root hints.
	}
	char *path = NULL;
	bool absolute = (*file == '/' || *folder == '\0');
	if (asprintf(&path, "%s%s%s", absolute ? "" : folder, absolute ? "" : "/", file) < 0) {
		return no_memory(conf);
	}
	int ret = hm_zone_list_put(conf->list, name, path);
	free(path);
	return (ret == KNOT_EOK) ? ret : no_memory(conf);
}

/*! \brief Pass what stands between two words of a named.conf. */
static const char *skip_space(const char *pos)
{
	while (true) {
		pos += strspn(pos, " \t\r\n");
		if (*pos == '#' || strncmp(pos, "//", 2) == 0) {
			pos += strcspn(pos, "\n");
		} else if (strncmp(pos, "/*", 2) == 0) {
			const char *end = strstr(pos, "*/");
			pos = (end != NULL) ? end + 2 : pos + strlen(pos);
		} else {
			return pos;
		}
	}
}

/*! \brief The next word of a named.conf or one of its brackets; false at the end. */
static bool next_word(const char **text, char word[PATH_MAX])
{
	const char *pos = skip_space(*text);
	bool quoted = (*pos == '"');
	pos += quoted;
	size_t len = strcspn(pos, quoted ? "\"" : " \t\r\n{};\"");
	if (len == 0 && !quoted && *pos != '\0') {
		len = 1; // A bracket or a semicolon.
	}
	*text = pos + len + ((quoted && pos[len] == '"') ? 1 : 0);
	if (len >= PATH_MAX) {
		len = 0;
	}
	memcpy(word, pos, len);
	word[len] = '\0';
	return len > 0 || quoted;
}

/*! \brief Where a named.conf stands, with what it includes. */
typedef struct {
	const conf_t *conf;
	char folder[PATH_MAX]; /*!< Of `directory`. */
	char zone[PATH_MAX];   /*!< Zone whose block it is; empty if none. */
	unsigned depth;        /*!< Brackets that are open. */
	unsigned zone_depth;   /*!< The same outside of the zone. */
	unsigned includes;
} named_t;

static int read_named(named_t *named, const char *text);

static int include_named(named_t *named, const char *file)
{
	const conf_t included = {
		.list = named->conf->list, .conf = file, .error = named->conf->error,
	};
	if (++named->includes > INCLUDE_MAX) {
		hm_error_set(named->conf->error, "%s: too many includes", named->conf->conf);
		return KNOT_EINVAL;
	}
	char *text = slurp(&included);
	if (text == NULL) {
		return KNOT_EFILE;
	}
	int ret = read_named(named, text);
	free(text);
	return ret;
}

/*! \brief Take in a word that is followed by a value. */
static int put_named(named_t *named, const char *word, const char *value)
{
	if (strcmp(word, "zone") == 0 && *named->zone == '\0') {
		strcpy(named->zone, value);
		named->zone_depth = named->depth;
	} else if (strcmp(word, "file") == 0 && *named->zone != '\0' &&
	           named->depth == named->zone_depth + 1) {
		return put_zone(named->conf, named->zone, named->folder, value);
	} else if (strcmp(word, "directory") == 0 && *named->zone == '\0') {
		strcpy(named->folder, value);
	} else if (strcmp(word, "include") == 0) {
		char path[2 * PATH_MAX + 1];
		bool absolute = (*value == '/' || *named->folder == '\0');
		snprintf(path, sizeof(path), "%s%s%s", absolute ? "" : named->folder,
		         absolute ? "" : "/", value);
		return include_named(named, path);
	}
	return KNOT_EOK;
}

static int read_named(named_t *named, const char *text)
{
	char word[PATH_MAX], value[PATH_MAX];
	int ret = KNOT_EOK;
	bool starts = true; // Of a statement.
	while (ret == KNOT_EOK && next_word(&text, word)) {
		if (strcmp(word, "{") == 0) {
			named->depth++;
			starts = true;
		} else if (strcmp(word, "}") == 0) {
			named->depth -= (named->depth > 0);
			if (*named->zone != '\0' && named->depth <= named->zone_depth) {
				*named->zone = '\0';
			}
			starts = true;
		} else if (strcmp(word, ";") == 0) {
			starts = true;
		} else {
			bool has_value = (strcmp(word, "zone") == 0 || strcmp(word, "file") == 0 ||
			                  strcmp(word, "directory") == 0 ||
			                  strcmp(word, "include") == 0);
			if (starts && has_value && next_word(&text, value)) {
				ret = put_named(named, word, value);
			}
			starts = false;
		}
	}
	return ret;
}

/*! \brief What a section of a knot.conf says of zone files. */
typedef struct {
	char *id;       /*!< Domain of a zone, name of a template. */
	char *template; /*!< NULL for the default one. */
	char *storage;
	char *file;
	bool is_zone;
} knot_part_t;

typedef struct {
	knot_part_t *parts;
	size_t count;
} knot_parts_t;

static int set_word(char **where, const char *text)
{
	free(*where);
	*where = strdup(text);
	return (*where != NULL) ? KNOT_EOK : KNOT_ENOMEM;
}

/*! \brief Take in one item of a zone or a template. */
static int put_item(knot_parts_t *parts, bool is_zone, const yp_parser_t *parser)
{
	if (parser->event == YP_EID) {
		if (!hm_array_grow(&parts->parts, parts->count, sizeof(*parts->parts))) {
			return KNOT_ENOMEM;
		}
		parts->parts[parts->count] = (knot_part_t){ .is_zone = is_zone };
		return set_word(&parts->parts[parts->count++].id, parser->data);
	}
	if (parser->event != YP_EKEY1 || parts->count == 0) {
		return KNOT_EOK;
	}
	knot_part_t *part = &parts->parts[parts->count - 1];
	return (strcmp(parser->key, "file") == 0) ? set_word(&part->file, parser->data) :
	       (strcmp(parser->key, "storage") == 0) ? set_word(&part->storage, parser->data) :
	       (strcmp(parser->key, "template") == 0) ? set_word(&part->template, parser->data) :
	       KNOT_EOK;
}

static int parse_knot(const conf_t *conf, const char *text, yp_parser_t *parser,
                      knot_parts_t *parts)
{
	int ret = yp_set_input_string(parser, text, strlen(text));
	bool is_zone = false, is_template = false;
	while (ret == KNOT_EOK && (ret = yp_parse(parser)) == KNOT_EOK) {
		if (parser->event == YP_EKEY0) {
			is_zone = (strcmp(parser->key, "zone") == 0);
			is_template = (strcmp(parser->key, "template") == 0);
		} else if (is_zone || is_template) {
			ret = put_item(parts, is_zone, parser);
		}
	}
	if (ret == KNOT_ENOMEM) {
		return no_memory(conf);
	}
	if (ret != KNOT_EOF) {
		hm_error_set(conf->error, "%s:%zu: syntax error", conf->conf, parser->line_count);
		return KNOT_EINVAL;
	}
	return KNOT_EOK;
}

static const knot_part_t *find_template(const knot_parts_t *parts, const char *name)
{
	name = (name != NULL) ? name : "default";
	for (size_t i = 0; i < parts->count; i++) {
		if (!parts->parts[i].is_zone && strcmp(parts->parts[i].id, name) == 0) {
			return &parts->parts[i];
		}
	}
	return NULL;
}

/*! \brief Add a zone of a knot.conf; in the name of its file, %s stands for the zone. */
static int put_knot_zone(const conf_t *conf, const knot_parts_t *parts, const knot_part_t *zone)
{
	const knot_part_t *template = find_template(parts, zone->template);
	const char *storage = (zone->storage != NULL) ? zone->storage :
	                      (template != NULL && template->storage != NULL) ? template->storage :
	                      STORAGE_DEFAULT;
	const char *file = (zone->file != NULL) ? zone->file :
	                   (template != NULL && template->file != NULL) ? template->file :
	                   "%s.zone";
	size_t len = strlen(zone->id);
	len -= (len > 1 && zone->id[len - 1] == '.');
	const char *percent = strchr(file, '%');
	if (percent != NULL && (percent[1] != 's' || strchr(percent + 1, '%') != NULL)) {
		hm_error_set(conf->error, "%s: zone %s: of the formatters in 'file', only %%s is "
		             "understood; name the zone files themselves", conf->conf, zone->id);
		return KNOT_EINVAL;
	}
	char *name = NULL;
	int ret = (percent != NULL) ?
	          asprintf(&name, "%.*s%.*s%s", (int)(percent - file), file, (int)len, zone->id,
	                   percent + 2) : asprintf(&name, "%s", file);
	if (ret < 0) {
		return no_memory(conf);
	}
	ret = put_zone(conf, zone->id, storage, name);
	free(name);
	return ret;
}

static int read_knot(const conf_t *conf, const char *text)
{
	yp_parser_t *parser = malloc(sizeof(*parser));
	if (parser == NULL) {
		return no_memory(conf);
	}
	knot_parts_t parts = { 0 };
	yp_init(parser);
	int ret = parse_knot(conf, text, parser, &parts);
	yp_deinit(parser);
	free(parser);
	for (size_t i = 0; i < parts.count && ret == KNOT_EOK; i++) {
		if (parts.parts[i].is_zone) {
			ret = put_knot_zone(conf, &parts, &parts.parts[i]);
		}
	}
	for (size_t i = 0; i < parts.count; i++) {
		free(parts.parts[i].id);
		free(parts.parts[i].template);
		free(parts.parts[i].storage);
		free(parts.parts[i].file);
	}
	free(parts.parts);
	return ret;
}

/*! \brief Tell whether a configuration is one of Knot DNS: a section starts a line. */
static bool is_knot(const char *text)
{
	return strncmp(text, "zone:", 5) == 0 || strstr(text, "\nzone:") != NULL;
}

int hm_zone_list_conf(hm_zone_list_t *list, const char *name, hm_error_t *error)
{
	const conf_t conf = { .list = list, .conf = name, .error = error };
	size_t before = list->count;
	char *text = slurp(&conf);
	if (text == NULL) {
		return KNOT_EFILE;
	}
	int ret;
	if (is_knot(text)) {
		ret = read_knot(&conf, text);
	} else {
		named_t *named = calloc(1, sizeof(*named));
		if (named != NULL) {
			named->conf = &conf;
			ret = read_named(named, text);
		} else {
			ret = no_memory(&conf);
		}
		free(named);
	}
	free(text);
	if (ret == KNOT_EOK && list->count == before) {
		hm_error_set(error, "%s: no zone with a file in it", name);
		ret = KNOT_EINVAL;
	}
	return ret;
}
