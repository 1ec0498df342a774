/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "fold_file.h"
#include "fold_lines.h"
#include "folder.h"
#include "hostedmail/strerror.h"
#include "memory.h"

/*! \brief Most digests that are kept: so many runs can be interrupted one after the other. */
#define DIGESTS_MAX 1000

/*! \brief Names of the files beside the hosted file. */
#define NEW   ".fold-new"
#define BASE  ".fold-base"
#define STATE ".fold-state"

/*! \brief Path of a file beside the hosted file. */
typedef struct {
	char path[PATH_MAX];
} beside_t;

static beside_t beside(const hm_fold_file_t *file, const char *suffix)
{
	beside_t result;
	snprintf(result.path, sizeof(result.path), "%s%s", file->path, suffix);
	return result;
}

/*! \brief Its name in the folder. */
static const char *name_of(const hm_fold_file_t *file, const beside_t *which)
{
	return which->path + (file->name - file->path);
}

const char *hm_fold_fd_path(int fd)
{
	static char path[64];
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	return path;
}

static int out_of_memory(hm_error_t *error)
{
	hm_error_set(error, "out of memory");
	return KNOT_ENOMEM;
}

static int cannot(const char *what, const char *path, hm_error_t *error)
{
	hm_error_set(error, "'%s' cannot be %s (%s)", path, what, hm_errno_text());
	return KNOT_EFILE;
}

static int sync_folder(const hm_fold_file_t *file, hm_error_t *error)
{
	return (fsync(file->folder) == 0) ? KNOT_EOK :
	       cannot("brought to the disk in its folder", file->path, error);
}

static int add_digest(hm_fold_file_t *file, uint64_t digest, hm_error_t *error)
{
	if (hm_fold_file_knows(file, digest)) {
		return KNOT_EOK;
	}
	if (!hm_array_grow(&file->digests, file->digests_count, sizeof(*file->digests))) {
		return out_of_memory(error);
	}
	file->digests[file->digests_count++] = digest;
	return KNOT_EOK;
}

bool hm_fold_file_knows(const hm_fold_file_t *file, uint64_t digest)
{
	for (size_t i = 0; i < file->digests_count; i++) {
		if (file->digests[i] == digest) {
			return true;
		}
	}
	return false;
}

/*! \brief Read the digests that an interrupted run has left. */
static int read_state(hm_fold_file_t *file, hm_error_t *error)
{
	const beside_t state = beside(file, STATE);
	struct stat st;
	int fd;
	int ret = hm_folder_file(file->folder, name_of(file, &state), state.path, &fd, &st, error);
	if (ret == KNOT_ENOENT) {
		return KNOT_EOK;
	} else if (ret != KNOT_EOK) {
		return ret;
	}
	FILE *in = fdopen(fd, "r");
	if (in == NULL) {
		close(fd);
		return out_of_memory(error);
	}
	uint64_t digest;
	while (ret == KNOT_EOK && file->digests_count < DIGESTS_MAX &&
	       fscanf(in, "%20" SCNu64, &digest) == 1) {
		ret = add_digest(file, digest, error);
	}
	fclose(in);
	return ret;
}

/*! \brief Write the digests, whole or not at all. */
static int write_state(hm_fold_file_t *file, hm_error_t *error)
{
	const beside_t new = beside(file, STATE NEW), state = beside(file, STATE);
	int fd;
	int ret = hm_folder_create(file->folder, name_of(file, &new), &file->st, new.path, &fd,
	                           error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	FILE *out = fdopen(fd, "w");
	if (out == NULL) {
		close(fd);
		return out_of_memory(error);
	}
	for (size_t i = 0; i < file->digests_count; i++) {
		fprintf(out, "%" PRIu64 "\n", file->digests[i]);
	}
	bool failed = (fflush(out) != 0 || fsync(fd) != 0);
	failed = (fclose(out) != 0) || failed;
	if (failed || renameat(file->folder, name_of(file, &new), file->folder,
	                       name_of(file, &state)) != 0) {
		return cannot("written", state.path, error);
	}
	return sync_folder(file, error);
}

/*! \brief Open what an interrupted run has left. */
static int open_base(hm_fold_file_t *file, hm_error_t *error)
{
	const beside_t base = beside(file, BASE);
	int ret = hm_folder_file(file->folder, name_of(file, &base), base.path, &file->base,
	                         &file->base_st, error);
	if (ret == KNOT_ENOENT) {
		return KNOT_EOK;
	}
	return (ret == KNOT_EOK) ? read_state(file, error) : ret;
}

int hm_fold_file_open(const char *path, hm_fold_file_t *file, hm_error_t *error)
{
	*file = (hm_fold_file_t) {
		.path = path, .name = hm_folder_name(path), .folder = -1, .fd = -1, .base = -1,
		.new = -1,
	};
	if (strlen(path) + strlen(STATE NEW) >= PATH_MAX) {
		errno = ENAMETOOLONG;
		return cannot("opened", path, error);
	}
	int ret = hm_folder_open(path, &file->folder, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	if (flock(file->folder, LOCK_EX | LOCK_NB) != 0) {
		if (errno != EWOULDBLOCK) {
			return cannot("locked in its folder", path, error);
		}
		hm_error_set(error, "another fold is in progress for '%s', or the command that it "
		             "has started to publish the file", path);
		return KNOT_EBUSY;
	}
	ret = hm_folder_file(file->folder, file->name, path, &file->fd, &file->st, error);
	return (ret == KNOT_EOK) ? open_base(file, error) : ret;
}

static void close_fd(int *fd)
{
	if (*fd >= 0) {
		close(*fd);
		*fd = -1;
	}
}

void hm_fold_file_close(hm_fold_file_t *file)
{
	if (file->new >= 0) {
		const beside_t new = beside(file, NEW);
		(void)unlinkat(file->folder, name_of(file, &new), 0);
	}
	close_fd(&file->new);
	close_fd(&file->base);
	close_fd(&file->fd);
	close_fd(&file->folder);
	free(file->digests);
	file->digests = NULL;
	file->digests_count = 0;
}

int hm_fold_file_source(const hm_fold_file_t *file)
{
	return (file->base >= 0) ? file->base : file->fd;
}

int hm_fold_file_write(hm_fold_file_t *file, const hm_fold_plan_t *plan, hm_error_t *error)
{
	close_fd(&file->new);
	const beside_t new = beside(file, NEW);
	int ret = hm_folder_create(file->folder, name_of(file, &new), &file->st, new.path,
	                           &file->new, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	int source = hm_fold_file_source(file);
	ret = hm_fold_lines(source, plan, file->path, file->new, error);
	if (ret == KNOT_EOK && fsync(file->new) != 0) {
		ret = cannot("brought to the disk", new.path, error);
	}
	struct stat st;
	const struct stat *before = (source == file->base) ? &file->base_st : &file->st;
	if (ret == KNOT_EOK && (fstat(source, &st) != 0 || !hm_folder_is_same(&st, before))) {
		hm_error_set(error, "'%s' was changed while it was folded; nothing else was",
		             file->path);
		ret = KNOT_EFILE;
	}
	return ret;
}

/*! \brief Tell whether the file is still the one that was opened. */
static int check_file(const hm_fold_file_t *file, hm_error_t *error)
{
	struct stat st;
	if (fstatat(file->folder, file->name, &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !hm_folder_is_same(&st, &file->st)) {
		hm_error_set(error, "'%s' was replaced while it was folded; nothing else was "
		             "changed", file->path);
		return KNOT_EFILE;
	}
	return KNOT_EOK;
}

/*! \brief Keep the file as it is under another name. */
static int keep_base(hm_fold_file_t *file, hm_error_t *error)
{
	const beside_t base = beside(file, BASE);
	if (linkat(file->folder, file->name, file->folder, name_of(file, &base), 0) != 0) {
		return cannot("kept", file->path, error);
	}
	file->base = fcntl(file->fd, F_DUPFD_CLOEXEC, 0);
	file->base_st = file->st;
	struct stat st;
	if (file->base < 0 ||
	    fstatat(file->folder, name_of(file, &base), &st, AT_SYMLINK_NOFOLLOW) != 0 ||
	    !hm_folder_is_same(&st, &file->st)) {
		(void)unlinkat(file->folder, name_of(file, &base), 0);
		hm_error_set(error, "'%s' was replaced while it was folded; nothing else was "
		             "changed", file->path);
		return KNOT_EFILE;
	}
	return sync_folder(file, error);
}

int hm_fold_file_replace(hm_fold_file_t *file, uint64_t before, uint64_t after, hm_error_t *error)
{
	if (file->base < 0) {
		file->digests_count = 0; // Of a run that is over.
	}
	int ret = add_digest(file, before, error);
	if (ret == KNOT_EOK) {
		ret = add_digest(file, after, error);
	}
	if (ret == KNOT_EOK) {
		ret = write_state(file, error);
	}
	if (ret == KNOT_EOK && file->base < 0) {
		ret = keep_base(file, error);
	}
	if (ret == KNOT_EOK) {
		ret = check_file(file, error);
	}
	if (ret != KNOT_EOK) {
		return ret;
	}
	const beside_t new = beside(file, NEW);
	struct stat st;
	if (renameat(file->folder, name_of(file, &new), file->folder, file->name) != 0 ||
	    fstat(file->new, &st) != 0) {
		return cannot("replaced", file->path, error);
	}
	close(file->fd);
	file->fd = file->new;
	file->st = st;
	file->new = -1;
	return sync_folder(file, error);
}

int hm_fold_file_settle(hm_fold_file_t *file, bool quiet, hm_error_t *error)
{
	if (quiet) {
		close_fd(&file->base);
		return KNOT_EOK;
	}
	const beside_t base = beside(file, BASE), state = beside(file, STATE);
	if (file->base >= 0) {
		if (unlinkat(file->folder, name_of(file, &base), 0) != 0) {
			return cannot("removed", base.path, error);
		}
		int ret = sync_folder(file, error);
		if (ret != KNOT_EOK) {
			return ret;
		}
		close_fd(&file->base);
	}
	// Without a base it says nothing.
	(void)unlinkat(file->folder, name_of(file, &state), 0);
	file->digests_count = 0;
	return KNOT_EOK;
}
