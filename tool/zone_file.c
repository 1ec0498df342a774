/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libknot/libknot.h>
#include <libzscanner/scanner.h>

#include "hostedmail/files.h"
#include "hostedmail/strerror.h"
#include "zone_file.h"

#define FILE_SIZE_MAX (1024L * 1024 * 1024)
#define INCLUDE_DEPTH_MAX 16
#define INCLUDE_MAX 1024
#define DEFAULT_TTL 3600 // As in Knot DNS for a zone file without $TTL.

/*! \brief A zone file under way, with all that it includes. */
typedef struct {
	hm_zone_t *zone;
	hm_error_t *error;
	unsigned depth;
	unsigned includes;
} reading_t;

static int fail(hm_error_t *error, const char *path, int ret)
{
	char reason[128];
	hm_file_reason(ret, reason, sizeof(reason));
	hm_error_set(error, "%s: %s", path, reason);
	return KNOT_EFILE;
}

/*! \brief Open a folder on the way to a file, without following a link. */
static int open_folder(int folder, const char *name, size_t len)
{
	char part[NAME_MAX + 1];
	if (len > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	memcpy(part, name, len);
	part[len] = '\0';
	return openat(folder, part, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
}

/*! \brief Open a file below a folder without following a link. */
static int open_below(int folder, const char *path)
{
	int at = folder;
	const char *slash;
	while (at >= 0 && (slash = strchr(path, '/')) != NULL) {
		int next = open_folder(at, path, slash - path);
		int error = errno;
		if (at != folder) {
			close(at);
		}
		errno = error;
		at = next;
		path = slash + 1;
	}
	if (at < 0) {
		return -1;
	}
	int fd = openat(at, path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	int error = errno;
	if (at != folder) {
		close(at);
	}
	errno = error;
	return fd;
}

int hm_zone_file_open(int folder, const char *path, int *fd, hm_error_t *error)
{
	struct stat st;
	if (folder == AT_FDCWD) {
		int ret = hm_file_open(path, fd, &st);
		return (ret == KNOT_EOK) ? ret : fail(error, path, ret);
	}
	int opened = open_below(folder, path);
	if (opened < 0) {
		return fail(error, path, KNOT_EFILE);
	}
	if (fstat(opened, &st) != 0 || !S_ISREG(st.st_mode)) {
		close(opened);
		return fail(error, path, KNOT_EINVAL);
	}
	*fd = opened;
	return KNOT_EOK;
}

/*! \brief Read a whole file: one that is mapped would end the tool if it were cut short. */
static char *slurp(int fd, const char *path, size_t *len, hm_error_t *error)
{
	struct stat st;
	if (fstat(fd, &st) != 0) {
		(void)fail(error, path, KNOT_EFILE);
		return NULL;
	}
	if (st.st_size > FILE_SIZE_MAX) {
		hm_error_set(error, "%s: larger than %ld MiB", path, FILE_SIZE_MAX / 1024 / 1024);
		return NULL;
	}
	char *text = malloc(st.st_size + 1);
	if (text == NULL) {
		hm_error_set(error, "out of memory");
		return NULL;
	}
	*len = 0;
	while (*len < (size_t)st.st_size) {
		ssize_t got = read(fd, text + *len, st.st_size - *len);
		if (got == 0) {
			break;
		}
		if (got < 0 && errno != EINTR) {
			(void)fail(error, path, KNOT_EFILE);
			free(text);
			return NULL;
		}
		*len += (got > 0) ? got : 0;
	}
	if (*len > 0 && text[*len - 1] != '\n') {
		text[(*len)++] = '\n';
	}
	return text;
}

static int scan_file(reading_t *reading, const char *path, int fd, const char *origin,
                     uint32_t ttl);

static int include(reading_t *reading, const char *path, const zs_scanner_t *scanner)
{
	if (reading->depth == INCLUDE_DEPTH_MAX || ++reading->includes > INCLUDE_MAX) {
		hm_error_set(reading->error, "%s:%" PRIu64 ": too many $INCLUDE; does a file "
		             "include itself?", path, scanner->line_counter);
		return KNOT_EINVAL;
	}
	int fd;
	struct stat st;
	int ret = hm_file_open(scanner->include_filename, &fd, &st);
	if (ret != KNOT_EOK) {
		char reason[128];
		hm_file_reason(ret, reason, sizeof(reason));
		hm_error_set(reading->error, "%s:%" PRIu64 ": $INCLUDE: %s %s", path,
		             scanner->line_counter, scanner->include_filename, reason);
		return KNOT_EFILE;
	}
	reading->depth++;
	ret = scan_file(reading, scanner->include_filename, fd, (const char *)scanner->buffer,
	                scanner->default_ttl);
	reading->depth--;
	return ret;
}

static int scan(reading_t *reading, const char *path, zs_scanner_t *scanner)
{
	int ret = KNOT_EOK;
	while (ret == KNOT_EOK && zs_parse_record(scanner) == 0) {
		switch (scanner->state) {
		case ZS_STATE_DATA:
			if (scanner->r_class != KNOT_CLASS_IN) {
				hm_error_set(reading->error, "%s:%" PRIu64 ": a class other than "
				             "IN", path, scanner->line_counter);
				return KNOT_EINVAL;
			}
			ret = hm_zone_add(reading->zone, scanner->r_owner, scanner->r_ttl,
			                  scanner->r_type, scanner->r_data,
			                  scanner->r_data_length);
			if (ret != KNOT_EOK) {
				hm_error_set(reading->error, "out of memory");
			}
			break;
		case ZS_STATE_INCLUDE:
			ret = include(reading, path, scanner);
			// The scanner forgets to leave the directive.
			scanner->top = 0;
			scanner->error.fatal = false;
			break;
		case ZS_STATE_ERROR:
			hm_error_set(reading->error, "%s:%" PRIu64 ": %s", path,
			             scanner->line_counter, zs_strerror(scanner->error.code));
			return KNOT_EINVAL;
		default:
			return KNOT_EOK;
		}
	}
	return ret;
}

/*! \brief The scanner resolves included files from the folder of this one. */
static bool set_path(zs_scanner_t *scanner, const char *path)
{
	char *copy = strdup(path);
	char *folder = (copy != NULL) ? strdup(dirname(copy)) : NULL;
	free(copy);
	if (folder != NULL) {
		free(scanner->path);
		scanner->path = folder;
	}
	return folder != NULL;
}

static int scan_file(reading_t *reading, const char *path, int fd, const char *origin,
                     uint32_t ttl)
{
	size_t len = 0;
	char *text = slurp(fd, path, &len, reading->error);
	close(fd);
	if (text == NULL) {
		return KNOT_EFILE;
	}
	int ret = KNOT_ENOMEM;
	zs_scanner_t *scanner = malloc(sizeof(*scanner));
	if (scanner != NULL && zs_init(scanner, origin, KNOT_CLASS_IN, ttl) == 0) {
		if (set_path(scanner, path) && zs_set_input_string(scanner, text, len) == 0) {
			ret = scan(reading, path, scanner);
		}
		zs_deinit(scanner);
	}
	if (ret == KNOT_ENOMEM) {
		hm_error_set(reading->error, "out of memory");
	}
	free(scanner);
	free(text);
	return ret;
}

int hm_zone_file_read(const hm_zone_file_t *file, hm_zone_t *zone, hm_error_t *error)
{
	memset(zone, 0, sizeof(*zone));
	reading_t reading = { .zone = zone, .error = error };
	knot_dname_txt_storage_t origin = ".";
	if (file->name != NULL) {
		(void)knot_dname_to_str(origin, file->name, sizeof(origin));
	}
	int ret = scan_file(&reading, file->path, file->fd, origin, DEFAULT_TTL);
	if (ret != KNOT_EOK) {
		return ret;
	}
	hm_error_t reason;
	ret = hm_zone_build(zone, &reason);
	if (ret == KNOT_EOK && *zone->name == '\0') {
		hm_error_set(&reason, "which zone it is cannot be told; put $ORIGIN into it, or "
		             "call the file as the zone");
		ret = KNOT_EINVAL;
	}
	if (ret == KNOT_EOK && file->is_certain && !knot_dname_is_equal(zone->name, file->name)) {
		knot_dname_txt_storage_t name;
		(void)knot_dname_to_str(name, zone->name, sizeof(name));
		hm_error_set(&reason, "it has the SOA of %s, but is the file of zone %s", name,
		             origin);
		ret = KNOT_EINVAL;
	}
	if (ret != KNOT_EOK) {
		hm_error_set(error, "%s: %s", file->path, reason.text);
	}
	return ret;
}

bool hm_zone_file_name(const char *path, knot_dname_storage_t out)
{
	static const char *const suffixes[] = { ".signed", ".zone", ".db" };
	const char *slash = strrchr(path, '/');
	const char *base = (slash != NULL) ? slash + 1 : path;
	base += (strncasecmp(base, "db.", 3) == 0) ? 3 : 0;
	size_t len = strlen(base);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t cut = strlen(suffixes[i]);
		if (len > cut && strncasecmp(base + len - cut, suffixes[i], cut) == 0) {
			len -= cut;
		}
	}
	knot_dname_txt_storage_t text;
	if (len == 0 || len >= sizeof(text)) {
		return false;
	}
	memcpy(text, base, len);
	text[len] = '\0';
	if (knot_dname_from_str(out, text, KNOT_DNAME_MAXLEN) == NULL ||
	    knot_dname_labels(out, NULL) < 2) {
		return false;
	}
	knot_dname_to_lower(out);
	return true;
}
