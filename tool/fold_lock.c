/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "fold_lock.h"
#include "folder.h"
#include "hostedmail/strerror.h"

/*! \brief Open the file, or create it for the owner of the socket. */
static int open_file(int folder, const char *socket, const char *name, int *fd)
{
	struct stat st;
	int opened = openat(folder, name, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (opened < 0 && errno == ENOENT) {
		opened = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
		                S_IRUSR | S_IWUSR);
		if (opened >= 0 && geteuid() == 0 &&
		    (fstatat(folder, hm_folder_name(socket), &st, AT_SYMLINK_NOFOLLOW) != 0 ||
		     fchown(opened, st.st_uid, st.st_gid) != 0)) {
			close(opened);
			return KNOT_EFILE;
		}
	}
	if (opened < 0) {
		return KNOT_EFILE;
	}
	// It is written to: no other file, wherever it is, must be it.
	if (fstat(opened, &st) != 0 || !S_ISREG(st.st_mode) || st.st_nlink != 1) {
		close(opened);
		errno = EINVAL;
		return KNOT_EFILE;
	}
	*fd = opened;
	return KNOT_EOK;
}

int hm_fold_lock(const char *socket, int *lock, hm_error_t *error)
{
	char path[PATH_MAX];
	int folder, fd;
	if (snprintf(path, sizeof(path), "%s.fold", socket) >= (int)sizeof(path)) {
		hm_error_set(error, "'%s' is too long for a socket", socket);
		return KNOT_EFILE;
	}
	int ret = hm_folder_open(path, &folder, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	ret = open_file(folder, socket, hm_folder_name(path), &fd);
	if (ret != KNOT_EOK) {
		hm_error_set(error, "'%s', which keeps two folds apart, cannot be opened (%s); run "
		             "it as the server's user", path, hm_errno_text());
	} else if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		hm_error_set(error, "another fold is in progress on the server at '%s'", socket);
		close(fd);
		ret = KNOT_EBUSY;
	} else {
		*lock = fd;
	}
	close(folder);
	return ret;
}

bool hm_fold_lock_is_marked(int lock, const knot_dname_t *zone)
{
	knot_dname_txt_storage_t name, marked;
	ssize_t len = pread(lock, marked, sizeof(marked) - 1, 0);
	if (len <= 0 || knot_dname_to_str(name, zone, sizeof(name)) == NULL) {
		return false;
	}
	marked[len] = '\0';
	return strcmp(name, marked) == 0;
}

void hm_fold_lock_mark(int lock, const knot_dname_t *zone)
{
	knot_dname_txt_storage_t name;
	// Without the mark a killed run leaves a transaction for the operator to end, no more.
	if (ftruncate(lock, 0) == 0 && zone != NULL &&
	    knot_dname_to_str(name, zone, sizeof(name)) != NULL &&
	    pwrite(lock, name, strlen(name), 0) < 0) {
		(void)!ftruncate(lock, 0);
	}
}
