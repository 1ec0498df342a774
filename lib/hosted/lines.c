/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "lines_internal.h"

#define CHUNK_SIZE (1024 * 1024)

int hm_lines_open(const char *file, size_t line_max, hm_files_t *files, hm_lines_t *lines)
{
	memset(lines, 0, sizeof(*lines));
	lines->line_max = line_max;
	lines->fd = -1;
	int ret = hm_file_open(file, &lines->fd, &lines->st);
	if (ret == KNOT_EOK) {
		ret = hm_files_add(files, file, &lines->st);
	}
	if (ret != KNOT_EOK) {
		return ret;
	}
	lines->buf = malloc(CHUNK_SIZE + line_max + 2);
	lines->pos = lines->buf;
	lines->end = lines->buf;
	return (lines->buf != NULL) ? KNOT_EOK : KNOT_ENOMEM;
}

bool hm_lines_changed(const hm_lines_t *lines)
{
	// Not the time of the inode: the file's own name may have gone to a new one meanwhile.
	struct stat st;
	return fstat(lines->fd, &st) != 0 || st.st_size != lines->st.st_size ||
	       st.st_mtim.tv_sec != lines->st.st_mtim.tv_sec ||
	       st.st_mtim.tv_nsec != lines->st.st_mtim.tv_nsec;
}

uint64_t hm_lines_hash(const hm_lines_t *lines)
{
	return XXH3_64bits_digest(&lines->hash);
}

void hm_lines_close(hm_lines_t *lines)
{
	if (lines->fd >= 0) {
		close(lines->fd);
	}
	free(lines->buf);
}

/*!
 * \brief Read the next chunk after what is left of the last one.
 *
 * \return Bytes of it, 0 at the end of the file; KNOT_EFILE or KNOT_ERANGE as hm_lines_next().
 */
static ssize_t lines_fill(hm_lines_t *lines)
{
	size_t left = lines->end - lines->pos;
	memmove(lines->buf, lines->pos, left);
	lines->pos = lines->buf;
	lines->end = lines->buf + left;

	off_t left_over = lines->st.st_size - lines->done;
	size_t want = (left_over < CHUNK_SIZE) ? left_over : CHUNK_SIZE;
	ssize_t got;
	do {
		got = pread(lines->fd, lines->end, want, lines->done);
	} while (got < 0 && errno == EINTR);
	if (got < 0) {
		return KNOT_EFILE;
	}
	if (got == 0 && want > 0) {
		return KNOT_ERANGE;
	}
	if (lines->hashing) {
		XXH3_64bits_update(&lines->hash, lines->end, got);
	}
	lines->done += got;
	lines->end += got;
	return got;
}

/*! \brief Drop the rest of a line that is too long. */
static ssize_t lines_skip(hm_lines_t *lines)
{
	char *newline = NULL;
	while (newline == NULL) {
		lines->pos = lines->end;
		ssize_t got = lines_fill(lines);
		if (got <= 0) {
			return got;
		}
		newline = memchr(lines->pos, '\n', lines->end - lines->pos);
	}
	lines->pos = newline + 1;
	return 1;
}

int hm_lines_next(hm_lines_t *lines, const char **line, size_t *len)
{
	char *newline;
	while ((newline = memchr(lines->pos, '\n', lines->end - lines->pos)) == NULL) {
		if ((size_t)(lines->end - lines->pos) > lines->line_max) {
			*line = NULL;
			ssize_t got = lines_skip(lines);
			return (got < 0) ? got : 1;
		}
		ssize_t got = lines_fill(lines);
		if (got < 0) {
			return got;
		}
		if (got == 0) {
			if (lines->pos == lines->end) {
				return 0;
			}
			newline = lines->end; // A missing last newline.
			break;
		}
	}

	*line = lines->pos;
	*len = newline - lines->pos;
	lines->pos = (newline < lines->end) ? newline + 1 : lines->end;
	if (*len > lines->line_max) {
		*line = NULL;
	}
	return 1;
}

int hm_lines_count(hm_lines_t *lines, size_t *count)
{
	*count = 1;
	bool blank = true; // What there is of the line so far.
	ssize_t got;
	while ((got = lines_fill(lines)) > 0) {
		for (const char *pos = lines->pos; pos < lines->end; pos++) {
			if (blank && *pos != '\n' && *pos != ' ' && *pos != '\t' && *pos != '\r') {
				*count += (*pos != '#');
				blank = false;
			}
			if (!blank) {
				pos = memchr(pos, '\n', lines->end - pos);
				if (pos == NULL) {
					break;
				}
				blank = true;
			}
		}
		lines->pos = lines->end;
	}
	lines->done = 0;
	lines->hashing = true;
	XXH3_64bits_reset(&lines->hash);
	return got; // KNOT_EOK is 0.
}
