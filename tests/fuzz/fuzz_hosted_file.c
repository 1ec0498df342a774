/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"
#include "hostedmail/hosted_file.h"

static bool accept_all(void *ctx, const hm_domain_t *domain, char *reason, size_t reason_max)
{
	(void)ctx;
	(void)reason;
	REQUIRE(reason_max > 0);
	REQUIRE(domain->profile < 2);
	REQUIRE(domain->labels > 0 && domain->labels == knot_dname_labels(domain->name, NULL));
	REQUIRE(domain->size == knot_dname_size(domain->name));
	return true;
}

/*! \brief A loaded file. */
typedef struct {
	hm_hosted_file_t *hosted;
	bool has_zone;
	const uint8_t *data;
	size_t size;
} file_t;

/*! \brief The first word of a line. */
typedef struct {
	const uint8_t *word;
	size_t len;
	bool too_long;
	const uint8_t *next;  /*!< Next line. */
} line_t;

static line_t line_read(const uint8_t *pos, const uint8_t *end)
{
	const uint8_t *newline = memchr(pos, '\n', end - pos);
	const uint8_t *stop = (newline != NULL) ? newline : end;
	line_t line = { .next = (newline != NULL) ? newline + 1 : end };
	line.too_long = (stop - pos > HM_HOSTED_FILE_LINE_MAX);
	if (stop > pos && stop[-1] == '\r') {
		stop--;
	}
	while (pos < stop && (*pos == ' ' || *pos == '\t')) {
		pos++;
	}
	line.word = pos;
	while (pos < stop && *pos != ' ' && *pos != '\t') {
		pos++;
	}
	line.len = pos - line.word;
	return line;
}

/*! \brief The name that a line starts with, if it is one. */
static bool line_name(const line_t *line, knot_dname_storage_t name)
{
	char text[KNOT_DNAME_TXT_MAXLEN + 1];
	if (line->len >= sizeof(text) || memchr(line->word, '\0', line->len) != NULL) {
		return false;
	}
	memcpy(text, line->word, line->len);
	text[line->len] = '\0';
	if (knot_dname_from_str(name, text, KNOT_DNAME_MAXLEN) == NULL) {
		return false;
	}
	knot_dname_to_lower(name);
	return true;
}

static bool is_hosted(const file_t *file, const knot_dname_t *name)
{
	hm_domain_t found;
	return hm_hosted_file_find(file->hosted, name, &found) && found.name == name;
}

/*! \brief Tell whether one of the lines is a hosted domain below a name. */
static bool has_below(const file_t *file, const knot_dname_t *name)
{
	const uint8_t *end = file->data + file->size;
	for (line_t line = { .next = file->data }; line.next < end; ) {
		knot_dname_storage_t other;
		line = line_read(line.next, end);
		if (line_name(&line, other) && knot_dname_in_bailiwick(other, name) > 0 &&
		    is_hosted(file, other)) {
			return true;
		}
	}
	return false;
}

/*! \brief A name exists if and only if a domain is below it. */
static void check_gap(const file_t *file, const knot_dname_t *name, unsigned above)
{
	unsigned labels = knot_dname_labels(name, NULL);
	unsigned gap = hm_hosted_file_gap(file->hosted, name, above);
	REQUIRE(gap == 0 || (gap > above && gap <= labels));
	if (gap == 0 || file->size > 2048) {
		return;
	}
	for (; labels > gap; labels--) {
		name = hm_dname_next(name);
	}
	REQUIRE(!is_hosted(file, name) && has_below(file, name));
}

/*! \brief What is above a hosted domain knows that it has one below. */
static void check_nested(const file_t *file, const knot_dname_t *name)
{
	const knot_dname_t *parent = hm_dname_next(name);
	unsigned labels = knot_dname_labels(parent, NULL);
	hm_domain_t upper = { .labels = 0 };
	bool found = hm_hosted_file_find(file->hosted, parent, &upper);
	REQUIRE(!found || upper.has_nested);
	bool exists = upper.labels < labels && (found || (file->has_zone && labels >= 3));
	REQUIRE(hm_hosted_file_gap(file->hosted, parent, upper.labels) == (exists ? labels : 0));
}

/*! \brief Look for a name. */
static void find(const file_t *file, const knot_dname_t *name)
{
	hm_domain_t found;
	if (!hm_hosted_file_find(file->hosted, name, &found)) {
		check_gap(file, name, 0);
		return;
	}
	size_t size = knot_dname_size(name);
	REQUIRE(found.size <= size && found.name == name + size - found.size);
	REQUIRE(found.labels == knot_dname_labels(found.name, NULL));
	REQUIRE(found.profile < 2);
	size_t value_len = 0;
	const uint8_t *value = hm_vars_get(&found, "x", 1, &value_len);
	if (value != NULL) {
		REQUIRE(value >= found.vars && value_len <= HM_VAR_VALUE_MAX);
		REQUIRE(value + value_len <= found.vars + found.vars_len);
	}
	REQUIRE(hm_vars_get(&found, "domain", strlen("domain"), &value_len) == NULL);

	// What is hosted owns itself.
	hm_domain_t itself;
	REQUIRE(hm_hosted_file_find(file->hosted, found.name, &itself));
	REQUIRE(itself.name == found.name && itself.profile == found.profile &&
	        itself.vars == found.vars);
	REQUIRE(found.has_nested || hm_hosted_file_gap(file->hosted, name, found.labels) == 0);
	check_gap(file, name, found.labels);
	check_nested(file, found.name);
}

/*! \brief Find the names of all lines, return how many lines are neither blank nor comments. */
static size_t find_all(const file_t *file)
{
	size_t lines = 0;
	const uint8_t *end = file->data + file->size;
	for (line_t line = { .next = file->data }; line.next < end; ) {
		line = line_read(line.next, end);
		lines += line.too_long || (line.len > 0 && *line.word != '#');
		knot_dname_storage_t name;
		if (line_name(&line, name)) {
			find(file, name);
		}
	}
	return lines;
}

static int profile_index(void *ctx, const char *name, size_t len)
{
	(void)ctx;
	return (len == 5 && memcmp(name, "first", len) == 0)  ? 0 :
	       (len == 6 && memcmp(name, "second", len) == 0) ? 1 : -1;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	file_t file = { .has_zone = size & 1, .data = data, .size = size };
	fuzz_report_t report = { 0 };
	const hm_hosted_file_opts_t opts = {
		.profile = profile_index, .check = accept_all, .has_zone = file.has_zone,
		.report = fuzz_on_report, .ctx = &report,
	};

	fuzz_path_t path;
	int fd = fuzz_file(data, size, path);
	REQUIRE(hm_hosted_file_load(path, &opts, &file.hosted) == KNOT_EOK);
	close(fd);

	// Every line is one more domain, or has one error, or takes the place of an earlier line.
	size_t lines = find_all(&file);
	REQUIRE(hm_hosted_file_count(file.hosted) + report.errors + report.repeated == lines);
	REQUIRE(hm_hosted_file_memory(file.hosted) > 0);
	find(&file, (const knot_dname_t *)"");
	hm_hosted_file_free(file.hosted);
	return 0;
}
