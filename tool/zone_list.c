/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libknot/libknot.h>

#include "hostedmail/strerror.h"
#include "memory.h"
#include "zone_file.h"
#include "zone_list.h"

/*! \brief Folders in folders. */
#define DEPTH_MAX 16

static int no_memory(hm_error_t *error)
{
	hm_error_set(error, "out of memory");
	return KNOT_ENOMEM;
}

static int unreadable(const char *path, hm_error_t *error)
{
	hm_error_set(error, "%s: cannot be read (%s)", path, hm_errno_text());
	return KNOT_EFILE;
}

/*! \brief Add an item; its path is taken over, NULL says that memory is out. */
static int add_item(hm_zone_list_t *list, int folder, char *path, const char *below)
{
	if (path == NULL || !hm_array_grow(&list->items, list->count, sizeof(*list->items))) {
		free(path);
		return KNOT_ENOMEM;
	}
	hm_zone_item_t *item = &list->items[list->count++];
	*item = (hm_zone_item_t){ .path = path, .folder = folder, .below = below };
	knot_dname_storage_t name;
	if (hm_zone_file_name(path, name)) {
		item->name = knot_dname_copy(name, NULL);
		return (item->name != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	}
	return KNOT_EOK;
}

/*! \brief Tell whether a file is no zone file but something that lies beside one. */
static bool is_other(const char *name)
{
	static const char *const suffixes[] = {
		"~", ".jnl", ".jbk", ".key", ".private", ".state", ".swp", ".orig", ".bak",
		".catalog", ".dsset", ".conf",
	};
	size_t len = strlen(name);
	for (size_t i = 0; i < sizeof(suffixes) / sizeof(suffixes[0]); i++) {
		size_t end = strlen(suffixes[i]);
		if (len >= end && strcmp(name + len - end, suffixes[i]) == 0) {
			return true;
		}
	}
	return name[0] == '.';
}

/*! \brief A folder on the way. */
typedef struct {
	hm_zone_list_t *list;
	int top;           /*!< Folder that was named. */
	size_t top_len;    /*!< Bytes of its path, the slash included. */
	hm_error_t *error;
} walk_t;

static int walk(const walk_t *way, int fd, const char *path, unsigned depth);

/*! \brief Look at one entry of a folder. */
static int visit(const walk_t *way, int folder, const char *path, const char *name, unsigned depth)
{
	struct stat st;
	if (is_other(name) || fstatat(folder, name, &st, AT_SYMLINK_NOFOLLOW) != 0) {
		return KNOT_EOK; // One that is gone meanwhile is not there.
	}
	if (S_ISLNK(st.st_mode)) {
		way->list->links++;
		return KNOT_EOK;
	}
	if (!S_ISREG(st.st_mode) && (!S_ISDIR(st.st_mode) || depth == DEPTH_MAX)) {
		return KNOT_EOK;
	}
	char *full = NULL;
	if (asprintf(&full, "%s%s%s", path, name, S_ISDIR(st.st_mode) ? "/" : "") < 0) {
		return no_memory(way->error);
	}
	if (S_ISREG(st.st_mode)) {
		return (add_item(way->list, way->top, full, full + way->top_len) == KNOT_EOK) ?
		       KNOT_EOK : no_memory(way->error);
	}
	int fd = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	int ret = (fd >= 0) ? walk(way, fd, full, depth + 1) : unreadable(full, way->error);
	free(full);
	return ret;
}

/*! \brief Look at all entries of a folder, whose descriptor is closed. */
static int walk(const walk_t *way, int fd, const char *path, unsigned depth)
{
	DIR *dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return no_memory(way->error);
	}
	int ret = KNOT_EOK;
	const struct dirent *entry;
	while (ret == KNOT_EOK && (errno = 0, entry = readdir(dir)) != NULL) {
		ret = visit(way, dirfd(dir), path, entry->d_name, depth);
	}
	if (ret == KNOT_EOK && errno != 0) {
		ret = unreadable(path, way->error);
	}
	closedir(dir);
	return ret;
}

static int item_cmp(const void *a, const void *b)
{
	return strcmp(((const hm_zone_item_t *)a)->path, ((const hm_zone_item_t *)b)->path);
}

static int add_folder(hm_zone_list_t *list, const char *path, int fd, hm_error_t *error)
{
	char *prefix = NULL;
	size_t len = strlen(path), first = list->count;
	int walked = dup(fd);
	if (!hm_array_grow(&list->folders, list->folders_count, sizeof(*list->folders)) ||
	    asprintf(&prefix, "%s%s", path, (len > 0 && path[len - 1] == '/') ? "" : "/") < 0 ||
	    walked < 0) {
		close(fd);
		return no_memory(error);
	}
	list->folders[list->folders_count++] = fd;
	const walk_t way = {
		.list = list, .top = fd, .top_len = strlen(prefix), .error = error,
	};
	int ret = walk(&way, walked, prefix, 0);
	free(prefix);
	if (list->count > first) {
		qsort(list->items + first, list->count - first, sizeof(*list->items), item_cmp);
	}
	return ret;
}

int hm_zone_list_add(hm_zone_list_t *list, const char *path, hm_error_t *error)
{
	struct stat st;
	if (stat(path, &st) != 0) {
		return unreadable(path, error);
	}
	if (!S_ISDIR(st.st_mode)) {
		char *copy = strdup(path);
		return (add_item(list, AT_FDCWD, copy, copy) == KNOT_EOK) ? KNOT_EOK :
		                                                            no_memory(error);
	}
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return (fd >= 0) ? add_folder(list, path, fd, error) : unreadable(path, error);
}

int hm_zone_list_put(hm_zone_list_t *list, const knot_dname_t *name, const char *path)
{
	if (!hm_array_grow(&list->items, list->count, sizeof(*list->items))) {
		return KNOT_ENOMEM;
	}
	hm_zone_item_t *item = &list->items[list->count++];
	*item = (hm_zone_item_t) {
		.folder = AT_FDCWD, .name = knot_dname_copy(name, NULL), .is_certain = true,
		.path = (path != NULL) ? strdup(path) : NULL,
	};
	item->below = item->path;
	if (item->name == NULL || (path != NULL && item->path == NULL)) {
		return KNOT_ENOMEM;
	}
	knot_dname_to_lower(item->name);
	return KNOT_EOK;
}

void hm_zone_list_clear(hm_zone_list_t *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->items[i].path);
		knot_dname_free(list->items[i].name, NULL);
	}
	for (size_t i = 0; i < list->folders_count; i++) {
		close(list->folders[i]);
	}
	free(list->items);
	free(list->folders);
	memset(list, 0, sizeof(*list));
}
