/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The lines of a large file, in bounded memory.
 *
 * The file is read, not mapped: one that is cut short meanwhile must not kill the server.
 */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>
#include <sys/types.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "hostedmail/files.h"

/*! \brief A file of lines; it is read up to the size that it had when it was opened. */
typedef struct {
	XXH3_state_t hash; /*!< Of what was read since the lines were counted. */
	bool hashing;    /*!< The lines were counted. */
	int fd;
	size_t line_max; /*!< Longest line in bytes. */
	struct stat st;  /*!< What the file was when it was opened. */
	off_t done;      /*!< Bytes read. */
	char *buf;
	char *pos;       /*!< First byte not yet handed out. */
	char *end;
} hm_lines_t;

/*!
 * \brief Open a file, which is added to the given files; hm_lines_close() it whatever the result.
 *
 * \retval KNOT_EOK     Success.
 * \retval KNOT_EFILE   It cannot be opened, see errno.
 * \retval KNOT_EINVAL  It is not a regular file.
 * \retval KNOT_ENOMEM  Out of memory.
 */
int hm_lines_open(const char *file, size_t line_max, hm_files_t *files, hm_lines_t *lines);

/*! \brief Tell whether somebody has written to the file since it was opened. */
bool hm_lines_changed(const hm_lines_t *lines);

/*! \brief Hash of what was read since the lines were counted. */
uint64_t hm_lines_hash(const hm_lines_t *lines);

/*! \brief Close the file and free the buffer. */
void hm_lines_close(hm_lines_t *lines);

/*!
 * \brief Count the lines that are neither blank nor comments, one more at least, and start again
 *        from the first one.
 *
 * \retval KNOT_EOK  Success.
 * \retval KNOT_E*   As hm_lines_next().
 */
int hm_lines_count(hm_lines_t *lines, size_t *count);

/*!
 * \brief Get the next line.
 *
 * \param[in,out] lines  File.
 * \param[out]    line   The line without its end, valid until the next call; NULL if it is longer
 *                       than it may be.
 * \param[out]    len    Bytes of the line.
 *
 * \retval 1            A line.
 * \retval 0            End of the file.
 * \retval KNOT_EFILE   The file cannot be read, see errno.
 * \retval KNOT_ERANGE  The file is shorter than when it was opened.
 */
int hm_lines_next(hm_lines_t *lines, const char **line, size_t *len);
