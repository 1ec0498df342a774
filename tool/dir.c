/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
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
