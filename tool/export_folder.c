/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libknot/libknot.h>

#include "export.h"
#include "dir.h"
#include "hostedmail/strerror.h"
#include "idn.h"

/*! \brief A character of a name as the name of a folder. */
static char folder_char(char c)
{
	return (isalnum((unsigned char)c) || c == '-') ? c : '_';
}

void hm_export_path(const knot_dname_t *domain, hm_export_path_t *path)
{
	knot_dname_txt_storage_t text;
	const char *name = hm_idn_text(domain, text);
	*path = (hm_export_path_t){ 0 };
	path->folders[0][0] = folder_char(name[0]);
	if (name[1] != '.') {
		path->folders[1][0] = folder_char(name[1]);
	}
	snprintf(path->name, sizeof(path->name), "%s.zone", name);
}

/*! \brief A walk through the zone files. */
typedef struct {
	const hm_export_set_t *set;
	size_t removed;
} clean_t;

/*! \brief Tell whether a file belongs to a domain that is exported, and is where that has it. */
static bool is_wanted(const clean_t *clean, const char *file, const char *folders)
{
	static const char suffix[] = ".zone";
	knot_dname_storage_t name;
	char text[KNOT_DNAME_TXT_MAXLEN + 1];
	size_t len = strlen(file), cut = strlen(suffix);
	if (len <= cut || len - cut >= sizeof(text) || strcmp(file + len - cut, suffix) != 0) {
		return true; // None of ours.
	}
	memcpy(text, file, len - cut);
	text[len - cut] = '\0';
	if (knot_dname_from_str(name, text, sizeof(name)) == NULL) {
		return true;
	}
	const hm_export_domain_t *domain = hm_export_find(clean->set, name);
	hm_export_path_t path;
	if (domain == NULL) {
		return false;
	}
	hm_export_path(name, &path);
	return path.folders[0][0] == folders[0] && path.folders[1][0] == folders[1];
}

/*! \brief Remove a file if it is one of an export. */
static int remove_file(clean_t *clean, int folder, const char *name)
{
	char *text = NULL;
	size_t len;
	hm_error_t unused;
	int ret = hm_dir_read(folder, name, strlen(HM_EXPORT_MARK), &text, &len, &unused);
	if (ret == KNOT_EOK && text != NULL && strcmp(text, HM_EXPORT_MARK) == 0 &&
	    unlinkat(folder, name, 0) == 0) {
		clean->removed++;
	}
	free(text);
	return (ret == KNOT_ENOMEM) ? ret : KNOT_EOK;
}

/*! \brief Look at a folder, whose descriptor is closed. */
static int clean_folder(clean_t *clean, int fd, char folders[3], unsigned depth)
{
	DIR *dir = fdopendir(fd);
	if (dir == NULL) {
		close(fd);
		return KNOT_ENOMEM;
	}
	int ret = KNOT_EOK;
	const struct dirent *entry;
	while (ret == KNOT_EOK && (entry = readdir(dir)) != NULL) {
		const char *name = entry->d_name;
		if (name[0] == '.') {
			continue;
		}
		if (depth < 2 && strlen(name) == 1) {
			int below = openat(dirfd(dir), name,
			                   O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
			if (below >= 0) {
				folders[depth] = name[0];
				ret = clean_folder(clean, below, folders, depth + 1);
				folders[depth] = '\0';
				// An empty one goes as well.
				(void)unlinkat(dirfd(dir), name, AT_REMOVEDIR);
			}
		} else if (!is_wanted(clean, name, folders)) {
			ret = remove_file(clean, dirfd(dir), name);
		}
	}
	closedir(dir);
	return ret;
}

int hm_export_clean(int folder, const hm_export_set_t *set, size_t *removed, hm_error_t *error)
{
	clean_t clean = { .set = set };
	char folders[3] = "";
	int fd = openat(folder, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = (fd >= 0) ? clean_folder(&clean, fd, folders, 0) : KNOT_EFILE;
	if (ret != KNOT_EOK) {
		hm_error_set(error, (ret == KNOT_ENOMEM) ? "out of memory" :
		             "the folder of the zone files cannot be read (%s)", hm_errno_text());
	}
	*removed = clean.removed;
	return ret;
}
