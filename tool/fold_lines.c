/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "fold_file.h"
#include "fold_lines.h"
#include "hostedmail/strerror.h"
#include "locate.h"
#include "memory.h"

/*! \brief A line that does not stay as it is. */
typedef struct {
	uint64_t number;
	const char *text; /*!< NULL if it goes. */
} edit_t;

/*! \brief All that changes. */
typedef struct {
	const hm_fold_plan_t *plan;
	hm_located_t *located;  /*!< For each step of the plan. */
	edit_t *edits;          /*!< By line. */
	size_t count;
} edits_t;

static int edit_cmp(const void *a, const void *b)
{
	const edit_t *ea = a, *eb = b;
	return (ea->number > eb->number) - (ea->number < eb->number);
}

static bool add_edit(edits_t *edits, uint64_t number, const char *text)
{
	if (!hm_array_grow(&edits->edits, edits->count, sizeof(*edits->edits))) {
		return false;
	}
	edits->edits[edits->count++] = (edit_t){ .number = number, .text = text };
	return true;
}

/*! \brief Find the lines of the folded domains. */
static int find_lines(edits_t *edits, int in, const char *path, hm_error_t *error)
{
	const hm_fold_plan_t *plan = edits->plan;
	edits->located = calloc(plan->count + 1, sizeof(*edits->located));
	if (edits->located == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	for (size_t i = 0; i < plan->count; i++) {
		edits->located[i].name = plan->steps[i].node->name;
	}
	int ret = hm_locate(hm_fold_fd_path(in), edits->located, plan->count, error);
	if (ret == KNOT_EFILE) {
		hm_error_set(error, "'%s' cannot be read", path);
	}
	bool good = true;
	for (size_t i = 0; i < plan->count && ret == KNOT_EOK && good; i++) {
		const hm_located_t *located = &edits->located[i];
		const hm_fold_step_t *step = &plan->steps[i];
		size_t count = located->lines_count;
		if (step->action == HM_FOLD_LINE && count > 0) {
			// The last one counts.
			good = add_edit(edits, located->lines[count - 1], step->line);
		}
		for (size_t k = 0; step->action == HM_FOLD_REMOVE && k < count && good; k++) {
			good = add_edit(edits, located->lines[k], NULL);
		}
	}
	if (!good) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	if (edits->count > 0) {
		qsort(edits->edits, edits->count, sizeof(*edits->edits), edit_cmp);
	}
	return ret;
}

/*! \brief Write a line in the place of another one, whose comment and end it takes over. */
static void write_edited(FILE *out, const char *text, const char *line, size_t len)
{
	size_t end = len;
	while (end > 0 && (line[end - 1] == '\n' || line[end - 1] == '\r')) {
		end--;
	}
	size_t comment = 1;
	while (comment < end && !(line[comment] == '#' &&
	                          (line[comment - 1] == ' ' || line[comment - 1] == '\t'))) {
		comment++;
	}
	fputs(text, out);
	if (comment < end && strlen(text) + 1 + end - comment <= HM_HOSTED_FILE_LINE_MAX) {
		fputc(' ', out);
		fwrite(line + comment, 1, end - comment, out);
	}
	fwrite(line + end, 1, len - end, out);
}

/*! \brief Copy what there is, with what replaces it. */
static int copy_lines(const edits_t *edits, FILE *from, FILE *out, bool *newline)
{
	char *line = NULL;
	size_t max = 0, next = 0;
	ssize_t len;
	uint64_t number = 0;
	*newline = true;
	errno = 0;
	while ((len = getline(&line, &max, from)) >= 0) {
		number++;
		bool edited = (next < edits->count && edits->edits[next].number == number);
		const char *text = edited ? edits->edits[next].text : NULL;
		next += edited;
		if (edited && text == NULL) {
			continue;
		}
		if (edited) {
			write_edited(out, text, line, len);
		} else {
			fwrite(line, 1, len, out);
		}
		*newline = (line[len - 1] == '\n');
	}
	free(line);
	return feof(from) ? KNOT_EOK : (errno == ENOMEM) ? KNOT_ENOMEM : KNOT_EFILE;
}

/*! \brief Add lines for the domains that have none. */
static void append_lines(const edits_t *edits, FILE *out, bool newline)
{
	const hm_fold_plan_t *plan = edits->plan;
	for (size_t i = 0; i < plan->count; i++) {
		if (plan->steps[i].action == HM_FOLD_LINE && edits->located[i].lines_count == 0) {
			fprintf(out, "%s%s\n", newline ? "" : "\n", plan->steps[i].line);
			newline = true;
		}
	}
}

/*! \brief Open a file once more, from its start. */
static FILE *open_again(int fd, const char *mode)
{
	int copy = (*mode == 'r') ? open(hm_fold_fd_path(fd), O_RDONLY | O_CLOEXEC) :
	                            fcntl(fd, F_DUPFD_CLOEXEC, 0);
	FILE *file = (copy >= 0) ? fdopen(copy, mode) : NULL;
	if (file == NULL && copy >= 0) {
		close(copy);
	}
	return file;
}

int hm_fold_lines(int in, const hm_fold_plan_t *plan, const char *path, int out,
                  hm_error_t *error)
{
	edits_t edits = { .plan = plan };
	FILE *from = open_again(in, "r"), *to = open_again(out, "w");
	bool newline;
	int ret;
	if (from == NULL || to == NULL) {
		hm_error_set(error, "'%s' cannot be read (%s)", path, hm_errno_text());
		ret = KNOT_EFILE;
		goto done;
	}
	ret = find_lines(&edits, in, path, error);
	if (ret != KNOT_EOK) {
		goto done;
	}
	ret = copy_lines(&edits, from, to, &newline);
	if (ret != KNOT_EOK) {
		hm_error_set(error, (ret == KNOT_ENOMEM) ? "out of memory" : "'%s' cannot be read",
		             path);
		goto done;
	}
	append_lines(&edits, to, newline);
	if (fflush(to) != 0 || ferror(to)) {
		hm_error_set(error, "the new file beside '%s' cannot be written (%s)", path,
		             hm_errno_text());
		ret = KNOT_EFILE;
	}

done:
	if (from != NULL) {
		fclose(from);
	}
	if (to != NULL && fclose(to) != 0 && ret == KNOT_EOK) {
		hm_error_set(error, "the new file beside '%s' cannot be written (%s)", path,
		             hm_errno_text());
		ret = KNOT_EFILE;
	}
	if (edits.located != NULL) {
		hm_locate_clear(edits.located, plan->count);
	}
	free(edits.located);
	free(edits.edits);
	return ret;
}
