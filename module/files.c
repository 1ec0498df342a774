/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "hostedmail/files.h"

/*! \brief Nanoseconds after which the clock of a file system has gone on for sure. */
#define CLOCK_STEP_MAX 50000000

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
	int fd = open(name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	bool known = (fd >= 0 && fstat(fd, st) == 0);
	if (fd >= 0) {
		close(fd);
	}
	return known;
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
