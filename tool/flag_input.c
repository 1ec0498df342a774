/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "flag_input.h"
#include "hostedmail/strerror.h"
#include "idn.h"

#define BOM "\xef\xbb\xbf"
#define SPACES " \t\r\n"

/*! \brief Most MiB that are copied into memory; a device may have no end. */
#define COPY_MAX 256

/*! \brief Make an empty file in memory. */
static int make_copy(hm_flag_input_t *input, hm_error_t *error)
{
	input->fd = memfd_create("khostedmail", MFD_CLOEXEC);
	if (input->fd < 0) {
		hm_error_set(error, "no file in memory can be made (%s)", hm_errno_text());
		return KNOT_EFILE;
	}
	snprintf(input->path, sizeof(input->path), "/proc/self/fd/%d", input->fd);
	input->file = input->path;
	return KNOT_EOK;
}

static bool write_all(int fd, const char *data, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, data, len);
		if (done < 0 && errno != EINTR) {
			return false;
		}
		data += (done > 0) ? done : 0;
		len -= (done > 0) ? done : 0;
	}
	return true;
}

/*! \brief Copy what can be read only once, such as a pipe. */
static int copy(hm_flag_input_t *input, int from, hm_error_t *error)
{
	int ret = make_copy(input, error);
	char data[65536];
	size_t left = COPY_MAX << 20;
	while (ret == KNOT_EOK) {
		ssize_t len = read(from, data, sizeof(data));
		if (len == 0) {
			break;
		}
		if (len > 0 && (size_t)len > left) {
			hm_error_set(error, "%s has more than %d MiB, which only a regular file may "
			             "have", input->shown, COPY_MAX);
			return KNOT_ESPACE;
		}
		left -= (len > 0) ? len : 0;
		if ((len < 0 && errno != EINTR) ||
		    (len > 0 && !write_all(input->fd, data, len))) {
			hm_error_set(error, "%s cannot be read (%s)", input->shown,
			             hm_errno_text());
			ret = KNOT_EFILE;
		}
	}
	return ret;
}

static int open_file(hm_flag_input_t *input, const char *name, hm_error_t *error)
{
	if (strcmp(name, "-") == 0) {
		input->shown = "standard input";
		return copy(input, STDIN_FILENO, error);
	}
	input->file = name;
	input->shown = name;
	struct stat st;
	int fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st) != 0 || S_ISDIR(st.st_mode)) {
		hm_error_set(error, "%s cannot be read (%s)", name,
		             (fd < 0) ? hm_errno_text() : "it is a folder");
		if (fd >= 0) {
			close(fd);
		}
		return KNOT_EFILE;
	}
	int ret = S_ISREG(st.st_mode) ? KNOT_EOK : copy(input, fd, error);
	close(fd);
	return ret;
}

/*! \brief Write an argument as a word of a line; a domain in UTF-8 as it is looked up. */
static int write_word(const hm_flag_input_t *input, const char *word, bool is_domain, char end,
                      hm_error_t *error)
{
	if (*word == '\0' || *word == '#' || strpbrk(word, SPACES) != NULL) {
		hm_error_set(error, "'%s' is no word of a hosted file; a space in a value is "
		             "written as \\032", word);
		return KNOT_EINVAL;
	}
	bool is_ascii = true;
	for (const char *c = word; *c != '\0'; c++) {
		is_ascii = is_ascii && (unsigned char)*c < 0x80;
	}
	knot_dname_txt_storage_t text;
	if (is_domain && !is_ascii) {
		knot_dname_storage_t name;
		int ret = hm_idn_read(word, name, error);
		if (ret != KNOT_EOK) {
			return ret;
		}
		word = hm_idn_text(name, text);
	}
	if (!write_all(input->fd, word, strlen(word)) || !write_all(input->fd, &end, 1)) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	return KNOT_EOK;
}

int hm_flag_input_open(const hm_tool_opts_t *opts, bool is_one_line, hm_flag_input_t *input,
                       hm_error_t *error)
{
	*input = (hm_flag_input_t){ .shown = "command line", .fd = -1 };
	if ((opts->args_count > 0) == (opts->from != NULL)) {
		hm_error_set(error, "%s: khostedmail %s %s", (opts->from != NULL) ?
		             "either domains or --from; usage" : "usage", opts->command->name,
		             opts->command->usage);
		return KNOT_EINVAL;
	}
	if (opts->from != NULL) {
		return open_file(input, opts->from, error);
	}
	int ret = make_copy(input, error);
	for (int i = 0; i < opts->args_count && ret == KNOT_EOK; i++) {
		bool last = (i + 1 == opts->args_count);
		ret = write_word(input, opts->args[i], i == 0 || !is_one_line,
		                 (is_one_line && !last) ? ' ' : '\n', error);
	}
	return ret;
}

void hm_flag_input_close(hm_flag_input_t *input)
{
	if (input->fd >= 0) {
		close(input->fd);
		input->fd = -1;
	}
}

int hm_flag_input_names(const hm_flag_input_t *input,
                        bool (*on_name)(void *ctx, const knot_dname_t *name), hm_report_f report,
                        void *ctx, hm_error_t *error)
{
	FILE *file = fopen(input->file, "re");
	if (file == NULL) {
		hm_error_set(error, "%s cannot be read (%s)", input->shown, hm_errno_text());
		return KNOT_EFILE;
	}
	char *line = NULL;
	size_t max = 0;
	uint64_t number = 0;
	ssize_t len;
	int ret = KNOT_EOK;
	errno = 0;
	while (ret == KNOT_EOK && (len = getline(&line, &max, file)) >= 0) {
		char *word = line;
		bool has_zero = (memchr(line, '\0', len) != NULL);
		number++;
		if (number == 1 && strncmp(word, BOM, strlen(BOM)) == 0) {
			word += strlen(BOM);
		}
		word += strspn(word, SPACES);
		word[strcspn(word, SPACES)] = '\0';
		if (*word == '\0' || *word == '#') {
			continue;
		}
		knot_dname_storage_t name;
		hm_error_t wrong;
		if (has_zero) {
			report(ctx, HM_ERROR, input->file, number, "not printable ASCII");
		} else if (hm_idn_read(word, name, &wrong) != KNOT_EOK) {
			report(ctx, HM_ERROR, input->file, number, wrong.text);
		} else if (*name == '\0') {
			report(ctx, HM_ERROR, input->file, number, "the root cannot be hosted");
		} else if (!on_name(ctx, name)) {
			hm_error_set(error, "out of memory");
			ret = KNOT_ENOMEM;
		}
	}
	if (ret == KNOT_EOK && !feof(file)) {
		hm_error_set(error, "%s cannot be read (%s)", input->shown, hm_errno_text());
		ret = KNOT_EFILE;
	}
	free(line);
	fclose(file);
	return ret;
}
