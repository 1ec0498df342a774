/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Files that something was read from, to tell later whether they are still the same.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/*! \brief A file as it was when it was read. */
typedef struct {
	char *name;
	dev_t dev;
	ino_t ino;
	off_t size;
	struct timespec mtime;
	struct timespec ctime;
	bool settled; /*!< A later change does not have the same time, by the clock of
	                   this machine. */
} hm_file_t;

/*! \brief Any number of files; starts as all zeros. */
typedef struct {
	hm_file_t *files;
	size_t count;
} hm_files_t;

/*!
 * \brief Add a file.
 *
 * \param[in,out] files  Files, NULL if nobody wants to know.
 * \param[in]     name   Name of the file.
 * \param[in]     st     What fstat(2) said before it was read.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_files_add(hm_files_t *files, const char *name, const struct stat *st);

/*!
 * \brief Tell whether all files are still the same.
 *
 * A file that changed shortly before it was added is never taken for the same: the next change
 * might have had the same time.
 */
bool hm_files_are_current(const hm_files_t *files);

/*! \brief Forget all files. */
void hm_files_clear(hm_files_t *files);
