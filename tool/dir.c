/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "dir.h"
#include "hostedmail/strerror.h"

int hm_dir_open(const char *path, int *fd, bool *made, hm_error_t *error)
{
	bool is_new = (mkdir(path, 0777) == 0);
	if (!is_new && errno != EEXIST) {
		hm_error_set(error, "the folder '%s' cannot be made (%s)", path, hm_errno_text());
		return KNOT_EFILE;
	}
	int opened = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (opened < 0) {
		hm_error_set(error, "'%s' is not a folder that can be opened (%s)", path,
		             hm_errno_text());
		return KNOT_EFILE;
	}
	*fd = opened;
	*made = is_new;
	return KNOT_EOK;
}

static bool write_all(int fd, const char *text, size_t len)
{
	while (len > 0) {
		ssize_t written = write(fd, text, len);
		if (written < 0 && errno != EINTR) {
			return false;
		}
		text += (written > 0) ? written : 0;
		len -= (written > 0) ? written : 0;
	}
	return true;
}

int hm_dir_create(int folder, const char *name, const char *text, size_t len,
                     hm_error_t *error)
{
	int fd = openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0 && errno == EEXIST) {
		hm_error_set(error, "the file '%s' exists already; it is not overwritten", name);
		return KNOT_EEXIST;
	}
	if (fd < 0) {
		hm_error_set(error, "the file '%s' cannot be made (%s)", name, hm_errno_text());
		return KNOT_EFILE;
	}
	bool written = write_all(fd, text, len);
	if (!written) {
		hm_error_set(error, "the file '%s' cannot be written (%s)", name, hm_errno_text());
	}
	if (close(fd) != 0 && written) {
		hm_error_set(error, "the file '%s' cannot be written (%s)", name, hm_errno_text());
		written = false;
	}
	if (!written) {
		(void)unlinkat(folder, name, 0);
	}
	return written ? KNOT_EOK : KNOT_EFILE;
}

int hm_dir_enter(int folder, const char *name, int *fd, hm_error_t *error)
{
	if (mkdirat(folder, name, 0777) != 0 && errno != EEXIST) {
		hm_error_set(error, "the folder '%s' cannot be made (%s)", name, hm_errno_text());
		return KNOT_EFILE;
	}
	int opened = openat(folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (opened < 0) {
		hm_error_set(error, "'%s' is not a folder that can be opened (%s)", name,
		             hm_errno_text());
		return KNOT_EFILE;
	}
	*fd = opened;
	return KNOT_EOK;
}

int hm_dir_read(int folder, const char *name, size_t max, char **text, size_t *len,
                   hm_error_t *error)
{
	int fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT) {
		*text = NULL;
		*len = 0;
		return KNOT_EOK;
	}
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		hm_error_set(error, "'%s' cannot be read, or is no regular file", name);
		if (fd >= 0) {
			close(fd);
		}
		return KNOT_EFILE;
	}
	size_t size = ((uint64_t)st.st_size < max) ? (size_t)st.st_size : max, got = 0;
	char *content = malloc(size + 1);
	int ret = (content != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	while (ret == KNOT_EOK && got < size) {
		ssize_t part = read(fd, content + got, size - got);
		if (part == 0) {
			break;
		}
		if (part < 0 && errno != EINTR) {
			ret = KNOT_EFILE;
		}
		got += (part > 0) ? part : 0;
	}
	close(fd);
	if (ret != KNOT_EOK) {
		hm_error_set(error, (ret == KNOT_ENOMEM) ? "out of memory" :
		             "'%s' cannot be read (%s)", name, hm_errno_text());
		free(content);
		return ret;
	}
	content[got] = '\0';
	*text = content;
	*len = got;
	return KNOT_EOK;
}

int hm_dir_replace(int folder, const char *name, const char *text, size_t len, const char *mark,
                      bool *changed, hm_error_t *error)
{
	static const char new_name[] = ".khostedmail.new";
	char *old = NULL;
	size_t old_len;
	int ret = hm_dir_read(folder, name, len + 1, &old, &old_len, error);
	if (ret == KNOT_ENOMEM) {
		return ret;
	}
	if (ret != KNOT_EOK || (old != NULL && strncmp(old, mark, strlen(mark)) != 0)) {
		hm_error_set(error, "'%s' was not written by khostedmail; move it away", name);
		free(old);
		return KNOT_EEXIST;
	}
	bool same = (old != NULL && old_len == len && memcmp(old, text, len) == 0);
	free(old);
	if (!same) {
		// What an earlier run has left behind.
		(void)unlinkat(folder, new_name, 0);
		ret = hm_dir_create(folder, new_name, text, len, error);
		if (ret == KNOT_EOK && renameat(folder, new_name, folder, name) != 0) {
			hm_error_set(error, "the file '%s' cannot be written (%s)", name,
			             hm_errno_text());
			(void)unlinkat(folder, new_name, 0);
			ret = KNOT_EFILE;
		}
	}
	if (ret == KNOT_EOK) {
		*changed = !same;
	}
	return ret;
}
