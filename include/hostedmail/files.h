/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Input files: open them, and tell later whether they are still the same.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

/*!
 * \brief Open a regular file for reading; a FIFO does not block, a device is not touched.
 *
 * \param[in]  name  Name of the file.
 * \param[out] fd    To be closed with close(2); untouched unless KNOT_EOK.
 * \param[out] st    What fstat(2) says; untouched unless KNOT_EOK.
 *
 * \retval KNOT_EOK    Success.
 * \retval KNOT_EFILE  It cannot be opened, see errno.
 * \retval KNOT_EINVAL It is not a regular file.
 */
int hm_file_open(const char *name, int *fd, struct stat *st);

/*!
 * \brief What a result of hm_file_open() means, for the operator; uses errno.
 *
 * \param[in]  ret      KNOT_EFILE, for a read that failed as well, or KNOT_EINVAL.
 * \param[out] out      Text.
 * \param[in]  out_max  Size of it.
 */
void hm_file_reason(int ret, char *out, size_t out_max);

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
 * \param[in,out] files  Files; may be NULL, then nothing is done.
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
