/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "hostedmail/files.h"
#include "hostedmail/strerror.h"

/*! \brief Nanoseconds after which the clock of a file system has gone on for sure. */
#define CLOCK_STEP_MAX 50000000

int hm_file_open(const char *name, int *fd, struct stat *st)
{
	int opened = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct stat found;
	int ret = KNOT_EOK;
	if (opened < 0 || fstat(opened, &found) != 0) {
		ret = KNOT_EFILE;
	} else if (!S_ISREG(found.st_mode)) {
		ret = KNOT_EINVAL;
	}
	if (ret != KNOT_EOK) {
		int error = errno;
		if (opened >= 0) {
			close(opened);
		}
		errno = error;
		return ret;
	}
	*fd = opened;
	*st = found;
	return KNOT_EOK;
}

void hm_file_reason(int ret, char *out, size_t out_max)
{
	if (ret == KNOT_EINVAL) {
		snprintf(out, out_max, "not a regular file");
	} else {
		snprintf(out, out_max, "cannot be read (%s)", hm_errno_text());
	}
}

static bool is_same_time(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec == b->tv_sec && a->tv_nsec == b->tv_nsec;
}

static bool is_settled(const struct timespec *changed)
{
	struct timespec now;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t age = (int64_t)(now.tv_sec - changed->tv_sec) * 1000000000 +
	              (now.tv_nsec - changed->tv_nsec);
	// A time to come means that a clock was put back, and is not that of the
	// next change either.
	return age > CLOCK_STEP_MAX || age < -CLOCK_STEP_MAX;
}

int hm_files_add(hm_files_t *files, const char *name, const struct stat *st)
{
	if (files == NULL) {
		return KNOT_EOK;
	}
	hm_file_t *grown = realloc(files->files, (files->count + 1) * sizeof(*grown));
	if (grown == NULL) {
		return KNOT_ENOMEM;
	}
	files->files = grown;
	char *copy = strdup(name);
	if (copy == NULL) {
		return KNOT_ENOMEM;
	}
	grown[files->count++] = (hm_file_t) {
		.name = copy,
		.dev = st->st_dev, .ino = st->st_ino, .size = st->st_size,
		.mtime = st->st_mtim, .ctime = st->st_ctim,
		.settled = is_settled(&st->st_ctim),
	};
	return KNOT_EOK;
}

/*! \brief Look at a file as loading it would: NFS asks its server for an open,
 *         not for each stat. */
static bool file_stat(const char *name, struct stat *st)
{
	int fd;
	if (hm_file_open(name, &fd, st) != KNOT_EOK) {
		return false;
	}
	close(fd);
	return true;
}

bool hm_files_are_current(const hm_files_t *files)
{
	for (size_t i = 0; i < files->count; i++) {
		const hm_file_t *file = &files->files[i];
		struct stat st;
		if (!file->settled || !file_stat(file->name, &st) ||
		    st.st_dev != file->dev || st.st_ino != file->ino ||
		    st.st_size != file->size || !is_same_time(&st.st_mtim, &file->mtime) ||
		    !is_same_time(&st.st_ctim, &file->ctime)) {
			return false;
		}
	}
	return true;
}

void hm_files_clear(hm_files_t *files)
{
	for (size_t i = 0; i < files->count; i++) {
		free(files->files[i].name);
	}
	free(files->files);
	memset(files, 0, sizeof(*files));
}
