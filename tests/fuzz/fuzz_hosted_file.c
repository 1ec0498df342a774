/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"
#include "hostedmail/alabel.h"
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

static int profile_index(void *ctx, const char *name, size_t len)
{
	(void)ctx;
	return (len == 5 && memcmp(name, "first", len) == 0)  ? 0 :
	       (len == 6 && memcmp(name, "second", len) == 0) ? 1 : -1;
}

/*! \brief What nobody can take over. */
static const knot_dname_t *const excluded = (const knot_dname_t *)"\x01""b\x01""a\x04""test";

/*! \brief Findings, and on which lines they are. */
typedef struct {
	fuzz_report_t report;
	uint8_t *wrong;
	size_t lines;
	bool utf16;
} findings_t;

static void on_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                      const char *reason)
{
	findings_t *findings = ctx;
	fuzz_on_report(&findings->report, severity, file, line, reason);
	for (const char *c = reason; *c != '\0'; c++) {
		REQUIRE(*c >= ' ' && *c <= '~'); // It is fit for a log.
	}
	if (severity == HM_ERROR && line == 0) {
		findings->utf16 = true;
	} else if (severity == HM_ERROR) {
		REQUIRE(line <= findings->lines && !findings->wrong[line]);
		findings->wrong[line] = true;
	}
}

/*! \brief What is left of a line. */
typedef struct {
	const uint8_t *pos;
	const uint8_t *end;
} rest_t;

static bool next_word(rest_t *line, const uint8_t **word, size_t *len)
{
	while (line->pos < line->end && (*line->pos == ' ' || *line->pos == '\t')) {
		line->pos++;
	}
	*word = line->pos;
	if (line->pos == line->end || *line->pos == '#') {
		return false;
	}
	while (line->pos < line->end && *line->pos != ' ' && *line->pos != '\t') {
		line->pos++;
	}
	*len = line->pos - *word;
	return true;
}

/*! \brief Tell whether a name can be hosted. */
static bool is_good_name(const uint8_t *word, size_t len)
{
	static const char plain[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.\\";
	char text[KNOT_DNAME_TXT_MAXLEN + 1];
	knot_dname_storage_t name;
	if (len >= sizeof(text)) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		bool escaped = (i > 0 && text[i - 1] == '\\');
		text[i] = (escaped && word[i] == '\\') ? '/' : word[i]; // It escapes nothing more.
		if (word[i] >= 0x80 || (!escaped && strchr(plain, word[i]) == NULL)) {
			return false;
		}
	}
	memcpy(text, word, len);
	text[len] = '\0';
	if (knot_dname_from_str(name, text, sizeof(name)) == NULL) {
		return false;
	}
	knot_dname_to_lower(name);
	const knot_dname_t *root = name + knot_dname_size(name) - 1;
	return knot_dname_labels(name, NULL) >= 2 && !hm_dname_is_ipv4(name, root) &&
	       knot_dname_in_bailiwick(excluded, name) < 0;
}

/*! \brief Tell whether profile and variables of a line are right. */
static bool are_good_attrs(rest_t *line)
{
	static uint8_t vars[HM_VARS_MAX];
	size_t vars_len = 0, len;
	const uint8_t *word;
	const char *reason;
	if (!next_word(line, &word, &len)) {
		return true;
	}
	bool good = (len == 1 && *word == '-') || profile_index(NULL, (const char *)word, len) >= 0;
	while (good && next_word(line, &word, &len)) {
		good = (hm_vars_add((const char *)word, len, vars, &vars_len, &reason) == KNOT_EOK);
	}
	return good;
}

/*! \brief What a line must come to: 1 for a domain, 0 for nothing, -1 for an error. */
static int judge(rest_t line)
{
	if (line.end - line.pos > HM_HOSTED_FILE_LINE_MAX) {
		return -1;
	}
	if (line.pos < line.end && line.end[-1] == '\r') {
		line.end--;
	}
	bool ascii = true, comment = false;
	for (const uint8_t *c = line.pos; c < line.end && !comment; c++) {
		comment = (*c == '#' && (c == line.pos || c[-1] == ' ' || c[-1] == '\t'));
		if (!comment && ((*c < ' ' && *c != '\t') || *c == 0x7f)) {
			return -1;
		}
		ascii = ascii && (comment || *c < 0x80);
	}
	const uint8_t *word;
	size_t len;
	if (!next_word(&line, &word, &len)) {
		return 0;
	}
	return (ascii && is_good_name(word, len) && are_good_attrs(&line)) ? 1 : -1;
}

/*! \brief Decode a label without its prefix (RFC 3492, section 6.2). */
static size_t decode(const char *text, size_t len, uint32_t *chars)
{
	const char *pos = text, *end = text + len, *delimiter = memrchr(text, '-', len);
	size_t count = 0;
	for (; delimiter != NULL && pos < delimiter; pos++) {
		chars[count++] = *pos;
	}
	pos += (delimiter != NULL);
	uint32_t n = 128, i = 0, bias = 72;
	for (bool first = true; pos < end; first = false) {
		uint32_t before = i, weight = 1;
		for (uint32_t k = 36; ; k += 36) {
			REQUIRE(pos < end);
			uint32_t digit = (*pos >= 'a') ? *pos - 'a' : *pos - '0' + 26;
			pos++;
			i += digit * weight;
			uint32_t t = (k <= bias) ? 1 : (k >= bias + 26) ? 26 : k - bias;
			if (digit < t) {
				break;
			}
			weight *= 36 - t;
		}
		count++;
		uint32_t delta = (i - before) / (first ? 700 : 2);
		delta += delta / count;
		for (bias = 0; delta > 455; bias += 36) {
			delta /= 35;
		}
		bias += 36 * delta / (delta + 38);
		n += i / count;
		i %= count;
		memmove(chars + i + 1, chars + i, (count - 1 - i) * sizeof(*chars));
		chars[i++] = n;
	}
	return count;
}

/*! \brief Get the next character of good UTF-8. */
static uint32_t get_char(const uint8_t **pos)
{
	uint32_t c = *(*pos)++;
	int more = (c < 0xc0) ? 0 : (c < 0xe0) ? 1 : (c < 0xf0) ? 2 : 3;
	c &= (more > 0) ? 0x3f >> more : 0x7f;
	for (; more > 0; more--) {
		c = c << 6 | (*(*pos)++ & 0x3f);
	}
	return (c >= 'A' && c <= 'Z') ? c - 'A' + 'a' : c;
}

/*! \brief Expect that the A-labels of a name say what it says. */
static void check_alabels(const uint8_t *word, size_t len)
{
	char out[300], *exact = malloc(len);
	uint32_t odd;
	REQUIRE(exact != NULL);
	memcpy(exact, word, len);
	int ret = hm_alabel_name(exact, len, out, sizeof(out), &odd);
	free(exact);
	if (ret != KNOT_EOK) {
		REQUIRE(ret == KNOT_EMALF || ret == KNOT_ENOTSUP || ret == KNOT_ESPACE);
		return;
	}
	const char *label = out;
	for (const uint8_t *pos = word, *end = word + len; pos < end; ) {
		uint32_t want[300], got[300], c = 0;
		size_t count = 0, got_count = 0, label_len = strcspn(label, ".");
		bool ascii = true, dot = false;
		while (pos < end && !dot) {
			c = get_char(&pos);
			dot = (c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61);
			if (!dot) {
				want[count++] = c;
				ascii = ascii && c < 0x80;
			}
		}
		REQUIRE(label_len > 0 && label_len <= 63);
		if (ascii) {
			for (; got_count < label_len; got_count++) {
				got[got_count] = label[got_count];
			}
		} else {
			REQUIRE(memcmp(label, "xn--", 4) == 0);
			got_count = decode(label + 4, label_len - 4, got);
		}
		REQUIRE(count == got_count && memcmp(want, got, count * sizeof(*want)) == 0);
		REQUIRE((label[label_len] == '.') == dot);
		label += label_len + dot;
	}
	REQUIRE(*label == '\0');
}

/*! \brief Judge all lines as the reader must have done; return how many have a domain. */
static size_t check_lines(const file_t *file, const findings_t *findings)
{
	size_t domains = 0, number = 1;
	for (const uint8_t *pos = file->data, *end = pos + file->size; pos < end; number++) {
		const uint8_t *newline = memchr(pos, '\n', end - pos);
		rest_t rest = { pos, (newline != NULL) ? newline : end };
		int verdict = judge(rest);
		REQUIRE(findings->wrong[number] == (verdict < 0));
		domains += (verdict > 0);

		line_t line = line_read(pos, end);
		knot_dname_storage_t name;
		if (line_name(&line, name)) {
			find(file, name);
		}
		if (line.len > 0) {
			check_alabels(line.word, line.len);
		}
		pos = line.next;
	}
	return domains;
}

/*! \brief Tell whether the first line, if it is not too long, starts with some bytes. */
static bool starts_with(const file_t *file, const char *bytes)
{
	const uint8_t *newline = memchr(file->data, '\n', file->size);
	size_t len = (newline != NULL) ? (size_t)(newline - file->data) : file->size;
	return len <= HM_HOSTED_FILE_LINE_MAX && len >= strlen(bytes) &&
	       memcmp(file->data, bytes, strlen(bytes)) == 0;
}

static const hm_exclude_t *get_exclude(void)
{
	static hm_exclude_t *exclude;
	if (exclude == NULL) {
		REQUIRE(hm_exclude_new(&excluded, 1, &exclude) == KNOT_EOK);
	}
	return exclude;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	file_t file = { .has_zone = size & 1, .data = data, .size = size };
	findings_t findings = { .wrong = calloc(size + 2, 1), .lines = size + 1 };
	REQUIRE(findings.wrong != NULL);
	const hm_hosted_file_opts_t opts = {
		.profile = profile_index, .check = accept_all, .has_zone = file.has_zone,
		// The same must come out by the quick way and without it.
		.fits_ordinary = size & 2, .exclude = get_exclude(),
		.report = on_report, .ctx = &findings,
	};

	fuzz_path_t path;
	int fd = fuzz_file(data, size, path);
	int ret = hm_hosted_file_load(path, &opts, &file.hosted);
	close(fd);
	if (starts_with(&file, "\xff\xfe") || starts_with(&file, "\xfe\xff")) {
		REQUIRE(ret == KNOT_EFILE && file.hosted == NULL);
		REQUIRE(findings.utf16 && findings.report.errors == 1);
	} else {
		REQUIRE(ret == KNOT_EOK && file.hosted != NULL && !findings.utf16);
		if (starts_with(&file, "\xef\xbb\xbf")) {
			file.data += strlen("\xef\xbb\xbf");
			file.size -= strlen("\xef\xbb\xbf");
		}
		// Every good line is one more domain, or takes the place of an earlier one.
		size_t domains = check_lines(&file, &findings);
		REQUIRE(hm_hosted_file_count(file.hosted) + findings.report.repeated == domains);
		REQUIRE(findings.report.warnings == findings.report.repeated);
		REQUIRE(hm_hosted_file_memory(file.hosted) > 0);
		find(&file, (const knot_dname_t *)"");
	}
	hm_hosted_file_free(file.hosted);
	free(findings.wrong);
	return 0;
}
