/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "hostedmail/strerror.h"
#include "small_file.h"

/*! \brief Read all of an open file, one byte more than it may have. */
static int read_all(int fd, uint8_t *data, size_t max, size_t *len)
{
	*len = 0;
	while (*len <= max) {
		ssize_t got = read(fd, data + *len, max + 1 - *len);
		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			return KNOT_EFILE;
		}
		if (got == 0) {
			return KNOT_EOK;
		}
		*len += got;
	}
	return KNOT_ESPACE;
}

int hm_small_file_read(const char *path, size_t max, uint8_t **data, size_t *len,
                       hm_error_t *error)
{
	uint8_t *copy = NULL;
	struct stat info;
	int ret = KNOT_EFILE;
	// Not blocking: to open a FIFO would wait for its writer.
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &info) != 0) {
		hm_error_set(error, "%s: cannot be read (%s)", path, hm_errno_text());
		goto end;
	}
	if (!S_ISREG(info.st_mode)) {
		hm_error_set(error, "%s: not a regular file", path);
		goto end;
	}
	copy = malloc(max + 2);
	if (copy == NULL) {
		hm_error_set(error, "out of memory");
		ret = KNOT_ENOMEM;
		goto end;
	}
	size_t size;
	ret = read_all(fd, copy, max, &size);
	if (ret == KNOT_EOK) {
		copy[size] = '\0';
		*data = copy;
		*len = size;
		copy = NULL;
	} else if (ret == KNOT_ESPACE) {
		hm_error_set(error, "%s: has more than %zu KiB", path, max / 1024);
	} else {
		hm_error_set(error, "%s: cannot be read (%s)", path, hm_errno_text());
	}
end:
	free(copy);
	if (fd >= 0) {
		close(fd);
	}
	return ret;
}
