/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "folder.h"
#include "hostedmail/strerror.h"

/*! \brief Most links on the way to a folder, as the kernel has it. */
#define LINKS_MAX 40

/*! \brief A way to a folder. */
typedef struct {
	int fd;
	char rest[PATH_MAX]; /*!< What is left to go. */
	int links;
} way_t;

/*! \brief Go to a folder that the one before leads to, which is closed. */
static int step(way_t *way, const char *name)
{
	int fd = openat(way->fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		return KNOT_EFILE;
	}
	close(way->fd);
	way->fd = fd;
	return KNOT_EOK;
}

/*! \brief Follow a link: put what it says in front of what is left of the way. */
static int follow(way_t *way, const char *name)
{
	char target[PATH_MAX], rest[PATH_MAX];
	struct stat st;
	// The link itself is opened, so that it is the same one that is looked at and read.
	int fd = openat(way->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		return KNOT_EFILE;
	}
	ssize_t len = -1;
	int ret = KNOT_EFILE;
	if (fstat(fd, &st) != 0) {
		goto done;
	}
	if (!S_ISLNK(st.st_mode)) {
		errno = ENOTDIR;
		goto done;
	}
	if (st.st_uid != 0 && st.st_uid != geteuid()) {
		ret = KNOT_EDENIED;
		goto done;
	}
	len = readlinkat(fd, "", target, sizeof(target) - 1);
	if (len < 0) {
		goto done;
	}
	target[len] = '\0';
	way->links++;
	int size = snprintf(rest, sizeof(rest), "%s/%s", target, way->rest);
	if (way->links > LINKS_MAX || size >= (int)sizeof(rest)) {
		errno = ELOOP;
		goto done;
	}
	memcpy(way->rest, rest, size + 1);
	ret = (*target == '/') ? step(way, "/") : KNOT_EOK;

done:
	if (fd >= 0) {
		close(fd);
	}
	return ret;
}

/*! \brief Cut the next part off the way; false at its end. */
static bool next_part(way_t *way, char name[NAME_MAX + 1])
{
	const char *start = way->rest + strspn(way->rest, "/");
	size_t len = strcspn(start, "/");
	size_t kept = (len <= NAME_MAX) ? len : NAME_MAX;
	memcpy(name, start, kept);
	name[kept] = '\0';
	memmove(way->rest, start + len, strlen(start + len) + 1);
	return len > 0;
}

const char *hm_folder_name(const char *path)
{
	const char *slash = strrchr(path, '/');
	return (slash != NULL) ? slash + 1 : path;
}

int hm_folder_open(const char *path, int *fd, hm_error_t *error)
{
	way_t way = { .fd = open((*path == '/') ? "/" : ".", O_PATH | O_DIRECTORY | O_CLOEXEC) };
	size_t len = hm_folder_name(path) - path;
	char name[NAME_MAX + 1];
	int ret = (way.fd >= 0) ? KNOT_EOK : KNOT_EFILE;
	if (len >= sizeof(way.rest)) {
		errno = ENAMETOOLONG;
		ret = KNOT_EFILE;
	} else {
		memcpy(way.rest, path, len);
		way.rest[len] = '\0';
	}
	while (ret == KNOT_EOK && next_part(&way, name)) {
		ret = step(&way, name);
		if (ret != KNOT_EOK && (errno == ENOTDIR || errno == ELOOP)) {
			ret = follow(&way, name);
		}
	}
	int opened = -1;
	if (ret == KNOT_EOK) {
		opened = openat(way.fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ret = (opened >= 0) ? KNOT_EOK : KNOT_EFILE;
	}
	if (ret == KNOT_EDENIED) {
		hm_error_set(error, "the folder of '%s' is reached by a symbolic link '%s' that "
		             "belongs to another user; name the folder itself", path, name);
	} else if (ret != KNOT_EOK) {
		hm_error_set(error, "the folder of '%s' cannot be opened (%s)", path,
		             hm_errno_text());
	} else {
		*fd = opened;
	}
	if (way.fd >= 0) {
		close(way.fd);
	}
	return ret;
}

int hm_folder_file(int folder, const char *name, const char *path, int *fd, struct stat *st,
                   hm_error_t *error)
{
	int opened = openat(folder, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC);
	if (opened < 0) {
		int ret = (errno == ENOENT) ? KNOT_ENOENT : KNOT_EFILE;
		if (errno == ELOOP) {
			hm_error_set(error, "'%s' is a symbolic link; name the file that it leads "
			             "to", path);
		} else {
			hm_error_set(error, "'%s' cannot be read (%s)", path, hm_errno_text());
		}
		return ret;
	}
	struct stat found;
	if (fstat(opened, &found) != 0 || !S_ISREG(found.st_mode)) {
		hm_error_set(error, "'%s' is not a regular file", path);
		close(opened);
		return KNOT_EFILE;
	}
	*fd = opened;
	*st = found;
	return KNOT_EOK;
}

int hm_folder_create(int folder, const char *name, const struct stat *like, const char *path,
                     int *fd, hm_error_t *error)
{
	if (unlinkat(folder, name, 0) != 0 && errno != ENOENT) {
		hm_error_set(error, "'%s' is in the way and cannot be removed (%s)", path,
		             hm_errno_text());
		return KNOT_EFILE;
	}
	int created = openat(folder, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
	                     S_IRUSR | S_IWUSR);
	if (created < 0) {
		hm_error_set(error, "'%s' cannot be created (%s)", path, hm_errno_text());
		return KNOT_EFILE;
	}
	struct stat st;
	if (fstat(created, &st) != 0 ||
	    ((st.st_uid != like->st_uid || st.st_gid != like->st_gid) &&
	     fchown(created, like->st_uid, like->st_gid) != 0)) {
		hm_error_set(error, "'%s' cannot be given to user %u and group %u, whose the "
		             "hosted file is (%s); run it as that user, or as root", path,
		             (unsigned)like->st_uid, (unsigned)like->st_gid, hm_errno_text());
	} else if (fchmod(created, like->st_mode & (S_IRWXU | S_IRWXG | S_IRWXO)) != 0) {
		hm_error_set(error, "'%s' cannot be given its mode (%s)", path, hm_errno_text());
	} else {
		*fd = created;
		return KNOT_EOK;
	}
	close(created);
	(void)unlinkat(folder, name, 0);
	return KNOT_EFILE;
}

bool hm_folder_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_dev == b->st_dev && a->st_ino == b->st_ino && a->st_size == b->st_size &&
	       a->st_mtim.tv_sec == b->st_mtim.tv_sec && a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}
