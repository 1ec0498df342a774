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

/*! \brief Look for the name that a line starts with, if it is one. */
static void find(const hm_hosted_file_t *hosted, const uint8_t *word, size_t len)
{
	char text[KNOT_DNAME_TXT_MAXLEN + 1];
	knot_dname_storage_t name;
	if (len >= sizeof(text) || memchr(word, '\0', len) != NULL) {
		return;
	}
	memcpy(text, word, len);
	text[len] = '\0';
	if (knot_dname_from_str(name, text, sizeof(name)) == NULL) {
		return;
	}
	knot_dname_to_lower(name);

	hm_domain_t found;
	if (!hm_hosted_file_find(hosted, name, &found)) {
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
	REQUIRE(hm_hosted_file_find(hosted, found.name, &itself));
	REQUIRE(itself.name == found.name && itself.profile == found.profile &&
	        itself.vars == found.vars);
}

/*! \brief Find the names of all lines, return how many lines are neither blank nor comments. */
static size_t find_all(const hm_hosted_file_t *hosted, const uint8_t *data, size_t size)
{
	size_t lines = 0;
	for (const uint8_t *pos = data, *end = data + size; pos < end; ) {
		const uint8_t *newline = memchr(pos, '\n', end - pos);
		const uint8_t *stop = (newline != NULL) ? newline : end;
		const uint8_t *next = (newline != NULL) ? newline + 1 : end;
		bool too_long = (stop - pos > HM_HOSTED_FILE_LINE_MAX);
		if (stop > pos && stop[-1] == '\r') {
			stop--;
		}
		while (pos < stop && (*pos == ' ' || *pos == '\t')) {
			pos++;
		}
		size_t len = 0;
		while (pos + len < stop && pos[len] != ' ' && pos[len] != '\t') {
			len++;
		}
		lines += too_long || (len > 0 && *pos != '#');
		find(hosted, pos, len);
		pos = next;
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
	fuzz_report_t report = { 0 };
	const hm_hosted_file_opts_t opts = {
		.profile = profile_index, .check = accept_all,
		.report = fuzz_on_report, .ctx = &report,
	};

	fuzz_path_t path;
	int fd = fuzz_file(data, size, path);
	hm_hosted_file_t *hosted = NULL;
	REQUIRE(hm_hosted_file_load(path, &opts, &hosted) == KNOT_EOK);
	close(fd);

	// Every line is one more domain, or has one error, or takes the place of an earlier line.
	size_t lines = find_all(hosted, data, size);
	REQUIRE(hm_hosted_file_count(hosted) + report.errors + report.repeated == lines);
	REQUIRE(hm_hosted_file_memory(hosted) > 0);
	find(hosted, (const uint8_t *)".", 1);
	hm_hosted_file_free(hosted);
	return 0;
}
