/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <libknot/errcode.h>

#include "hosted_file_build_internal.h"
#include "hosted_file_name_internal.h"
#include "lines_internal.h"
#include "hostedmail/strerror.h"

/*! \brief A run over a hosted file. */
typedef struct {
	hm_build_t build;
	const hm_hosted_file_opts_t *opts;
	const char *file;
	uint64_t line;
	const char *word;       /*!< Last word cut off the line. */
	size_t word_len;
	size_t left_out;        /*!< Lines that are wrong. */
	uint64_t left_out_hash; /*!< Of their numbers. */
} file_load_t;

/*! \brief Note that a line is left out. */
static void leave_out(file_load_t *load, uint64_t line)
{
	uint8_t bytes[sizeof(line)];
	for (size_t i = 0; i < sizeof(bytes); i++) {
		bytes[i] = line >> (8 * i);
	}
	load->left_out++;
	load->left_out_hash = XXH3_64bits_withSeed(bytes, sizeof(bytes), load->left_out_hash);
}

/*! \brief Report a finding; a line with an error is left out. */
__attribute__((format(printf, 4, 5)))
static void say(file_load_t *load, hm_severity_t severity, uint64_t line, const char *fmt,
                ...)
{
	char reason[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	if (severity == HM_ERROR && line > 0) {
		leave_out(load, line);
	}
	load->opts->report(load->opts->ctx, severity, load->file, line, reason);
}

/*! \brief Cut the next word off a line; false at its end or at a comment. */
static bool next_word(file_load_t *load, const char **line, size_t *len)
{
	const char *pos = *line, *end = *line + *len;
	while (pos < end && (*pos == ' ' || *pos == '\t')) {
		pos++;
	}
	if (pos == end || *pos == '#') {
		return false;
	}
	load->word = pos;
	while (pos < end && *pos != ' ' && *pos != '\t') {
		pos++;
	}
	load->word_len = pos - load->word;
	*line = pos;
	*len = end - pos;
	return true;
}

/*!
 * \brief Parse a name that is made of plain characters only, which nearly all are.
 *
 * \param[in]  word    Text.
 * \param[in]  len     Bytes of it.
 * \param[out] out     Name in wire format.
 * \param[out] labels  Its labels.
 * \param[out] letter  It has a letter.
 *
 * \return Its size; 0 if libknot has to look at it.
 */
static size_t ordinary_name(const char *word, size_t len, uint8_t *out, uint8_t *labels,
                            bool *letter)
{
	if (len == 0 || len > KNOT_DNAME_MAXLEN - 2 + (word[len - 1] == '.')) {
		return 0;
	}
	uint8_t *label = out, *pos = out + 1, most = 0;
	*labels = 0;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = hm_ordinary_chars[(uint8_t)word[i]];
		if (c != 0) {
			most = (c > most) ? c : most;
			*pos++ = c;
			continue;
		}
		size_t label_len = pos - label - 1;
		if (word[i] != '.' || label_len == 0 || label_len > KNOT_DNAME_MAXLABELLEN) {
			return 0;
		}
		*label = label_len;
		(*labels)++;
		label = pos++;
	}
	size_t label_len = pos - label - 1;
	if (label_len > KNOT_DNAME_MAXLABELLEN) {
		return 0;
	}
	*label = label_len;
	if (label_len > 0) {
		(*labels)++;
		*pos++ = 0;
	}
	*letter = (most >= 'a');
	return pos - out;
}

/*! \brief Report what is wrong with a word. */
static void say_word(file_load_t *load, const char *error, const char *word, size_t len)
{
	int shown = (len < 64) ? len : 64;
	say(load, HM_ERROR, load->line, "%s: '%.*s'", error, shown, word);
}

/*! \brief Report that a domain would take over an excluded one. */
static void say_excluded(file_load_t *load, const knot_dname_t *name,
                         const knot_dname_t *excluded)
{
	knot_dname_txt_storage_t text = "", upper = "";
	(void)knot_dname_to_str(text, excluded, sizeof(text));
	(void)knot_dname_to_str(upper, name, sizeof(upper));
	// Without their final dots, as the line most likely has it.
	int text_len = strlen(text) - 1, upper_len = strlen(upper) - 1;
	if (knot_dname_is_equal(name, excluded)) {
		say(load, HM_ERROR, load->line, "%.*s is excluded (hosted-exclude)", text_len,
		    text);
	} else {
		say(load, HM_ERROR, load->line, "%.*s is above %.*s, which is excluded "
		    "(hosted-exclude)", upper_len, upper, text_len, text);
	}
}

/*! \brief Parse the name of a domain that can be hosted; report what is wrong with it. */
static bool parse_name(file_load_t *load, const char *word, size_t len,
                       knot_dname_storage_t name, hm_domain_t *domain)
{
	memset(domain, 0, sizeof(*domain));
	domain->name = name;
	bool letter;
	domain->size = ordinary_name(word, len, name, &domain->labels, &letter);
	if (domain->size == 0) {
		char reason[512];
		if (hm_hosted_name_parse(word, len, name, reason, sizeof(reason)) != KNOT_EOK) {
			say(load, HM_ERROR, load->line, "%s", reason);
			return false;
		}
		hm_domain_init(name, domain);
	}

	const knot_dname_t *excluded = hm_exclude_find(load->opts->exclude, name, domain->size);
	if (domain->labels == 0) {
		say_word(load, "the root cannot be hosted", word, len);
	} else if (domain->labels == 1) {
		say_word(load, "a top-level name cannot be hosted", word, len);
	} else if (hm_dname_is_ipv4(name, name + domain->size - 1)) {
		say_word(load, "an IP address, not a domain name", word, len);
	} else if (excluded != NULL) {
		say_excluded(load, name, excluded);
	} else {
		return true;
	}
	return false;
}

static const char *parse_profile(const file_load_t *load, const char *word, size_t len,
                                 uint16_t *profile)
{
	if (len == 1 && *word == '-') {
		*profile = 0;
		return NULL;
	}
	int index = load->opts->profile(load->opts->ctx, word, len);
	if (index >= 0) {
		*profile = index;
		return NULL;
	}
	if (*word == ';') {
		return "a comment starts with '#', not with ';'";
	}
	if (memchr(word, '=', len) != NULL) {
		return "no profile before the variables ('-' is the default one)";
	}
	return (len == strlen(HM_PROFILE_NONE) && memcmp(word, HM_PROFILE_NONE, len) == 0) ?
	       "the profile 'none' works in a hosted zone only" : "unknown profile";
}

/*! \brief Tell whether a line may have bytes that are not printable ASCII, tabs among them. */
static bool has_odd_bytes(const char *line, size_t len)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t odd = 0, bytes;
	for (; len >= sizeof(bytes); len -= sizeof(bytes), line += sizeof(bytes)) {
		memcpy(&bytes, line, sizeof(bytes));
		// The top bit of a byte is set if it is beyond ASCII, below the space, or 0x7f.
		odd |= bytes | (bytes - ones * ' ') | (bytes + ones);
	}
	bytes = ones * ' ';
	memcpy(&bytes, line, len);
	odd |= bytes | (bytes - ones * ' ') | (bytes + ones);
	return (odd & ones * 0x80) != 0;
}

/*! \brief Look for control characters, and for bytes beyond ASCII, up to a comment. */
static bool is_printable(const char *line, size_t len, bool *ascii)
{
	*ascii = true;
	if (!has_odd_bytes(line, len)) {
		return true; // As nearly all lines.
	}
	for (size_t i = 0; i < len; i++) {
		uint8_t c = line[i];
		if (c == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
			break;
		}
		if ((c < ' ' && c != '\t') || c == 0x7f) {
			return false;
		}
		*ascii = *ascii && c < 0x80;
	}
	return true;
}

/*! \brief Parse profile and variables; report what is wrong with them. */
static bool parse_attrs(file_load_t *load, const char *line, size_t len, uint16_t *profile,
                        uint8_t *vars, size_t *vars_len)
{
	if (!next_word(load, &line, &len)) {
		return true;
	}
	const char *error = parse_profile(load, load->word, load->word_len, profile);
	while (error == NULL && next_word(load, &line, &len)) {
		(void)hm_vars_add(load->word, load->word_len, vars, vars_len, &error);
	}
	if (error != NULL) {
		say_word(load, error, load->word, load->word_len);
	}
	return error == NULL;
}

/*! \brief Ask whether a domain fits its profile; report what does not. */
static bool check(file_load_t *load, const hm_domain_t *domain)
{
	char reason[512];
	reason[0] = '\0';
	bool good = load->opts->check(load->opts->ctx, domain, reason, sizeof(reason));
	if (reason[0] != '\0') {
		say(load, good ? HM_WARNING : HM_ERROR, load->line, "%s", reason);
	}
	return good;
}

/*!
 * \brief Take a line into the set that is nothing but a plain name, as most are.
 *
 * \retval KNOT_ENOENT  It is not such a line.
 */
static int load_ordinary(file_load_t *load, const char *line, size_t len)
{
	knot_dname_storage_t name;
	bool letter;
	hm_domain_t domain = { .name = name };
	domain.size = ordinary_name(line, len, name, &domain.labels, &letter);
	const hm_exclude_t *exclude = load->opts->exclude;
	if (domain.size == 0 || domain.size > HM_ORDINARY_SIZE || domain.labels < 2 ||
	    domain.labels > HM_ORDINARY_LABELS || !letter || !load->opts->fits_ordinary ||
	    (exclude != NULL && hm_exclude_find(exclude, name, domain.size) != NULL)) {
		return KNOT_ENOENT;
	}
	return hm_build_add(&load->build, &domain, ATTR_DEFAULT, load->line);
}

/*!
 * \brief Pass over a byte order mark at the start of the file.
 *
 * \retval KNOT_EOK    There is none, or that of UTF-8, which says nothing.
 * \retval KNOT_EFILE  The file is in UTF-16; reported.
 */
static int skip_mark(file_load_t *load, const char **line, size_t *len)
{
	static const char utf8[] = "\xef\xbb\xbf", little[] = "\xff\xfe", big[] = "\xfe\xff";
	if (*len >= strlen(utf8) && memcmp(*line, utf8, strlen(utf8)) == 0) {
		*line += strlen(utf8);
		*len -= strlen(utf8);
	} else if (*len >= strlen(big) && (memcmp(*line, little, strlen(little)) == 0 ||
	                                   memcmp(*line, big, strlen(big)) == 0)) {
		say(load, HM_ERROR, 0, "starts with the byte order mark of UTF-16; "
		    "save it in ASCII or UTF-8");
		return KNOT_EFILE;
	}
	return KNOT_EOK;
}

/*! \brief Take a line of any kind into the set. */
static int load_special(file_load_t *load, const char *line, size_t len)
{
	int ret = (load->line == 1) ? skip_mark(load, &line, &len) : KNOT_EOK;
	if (ret != KNOT_EOK) {
		return ret;
	}
	bool ascii;
	if (!is_printable(line, len, &ascii)) {
		say(load, HM_ERROR, load->line, "not printable ASCII");
		return KNOT_EOK;
	}
	if (!next_word(load, &line, &len)) {
		return KNOT_EOK;
	}

	knot_dname_storage_t name;
	hm_domain_t domain;
	uint8_t vars[HM_VARS_MAX];
	size_t vars_len = 0;
	if (!parse_name(load, load->word, load->word_len, name, &domain)) {
		return KNOT_EOK;
	}
	if (!ascii) {
		say(load, HM_ERROR, load->line, "not ASCII; in a value, write such a byte as "
		    "\\DDD");
		return KNOT_EOK;
	}
	if (!parse_attrs(load, line, len, &domain.profile, vars, &vars_len)) {
		return KNOT_EOK;
	}
	domain.vars = vars;
	domain.vars_len = vars_len;
	if (!check(load, &domain)) {
		return KNOT_EOK;
	}

	size_t id = ATTR_DEFAULT;
	if (domain.profile != 0 || vars_len > 0) {
		ret = hm_build_attr(&load->build, domain.profile, vars, vars_len, &id);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return hm_build_add(&load->build, &domain, id, load->line);
}

/*! \brief Take one line into the set. */
static int load_line(file_load_t *load, const char *line, size_t len)
{
	if (len > 0 && line[len - 1] == '\r') {
		len--;
	}
	int ret = load_ordinary(load, line, len);
	return (ret == KNOT_ENOENT) ? load_special(load, line, len) : ret;
}

static int open_file(file_load_t *load, hm_lines_t *lines)
{
	int ret = hm_lines_open(load->file, HM_HOSTED_FILE_LINE_MAX, load->opts->files, lines);
	if (ret == KNOT_EINVAL || ret == KNOT_EFILE) {
		char reason[128];
		hm_file_reason(ret, reason, sizeof(reason));
		say(load, HM_ERROR, 0, "%s", reason);
		return KNOT_EFILE;
	}
	return ret;
}

/*! \brief Report that no line could be had. */
static int cannot_read(file_load_t *load, int error)
{
	if (error == KNOT_EFILE) {
		say(load, HM_ERROR, 0, "cannot be read (%s)", hm_errno_text());
	}
	return error;
}

static int load_lines(file_load_t *load, hm_lines_t *lines)
{
	const char *line;
	size_t len;
	int got;
	while ((got = hm_lines_next(lines, &line, &len)) > 0) {
		load->line++;
		if (line == NULL) {
			say(load, HM_ERROR, load->line, "longer than %d bytes",
			    HM_HOSTED_FILE_LINE_MAX);
			continue;
		}
		int ret = load_line(load, line, len);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return cannot_read(load, got);
}

static void on_again(void *ctx, uint64_t line)
{
	say(ctx, HM_WARNING, line, "duplicate; the last line is used");
}

/*! \brief Make an empty set for as many domains as there are lines. */
static int start(file_load_t *load, hm_lines_t *lines)
{
	size_t count;
	int ret = hm_lines_count(lines, &count);
	if (ret != KNOT_EOK) {
		return cannot_read(load, ret);
	}
	if (count > HM_HOSTED_FILE_COUNT_MAX) {
		say(load, HM_ERROR, 0, "more than %d domains", HM_HOSTED_FILE_COUNT_MAX);
		return KNOT_ELIMIT;
	}
	ret = hm_build_start(&load->build, count, lines->st.st_size);
	if (ret == KNOT_ERROR) {
		say(load, HM_ERROR, 0, "the system has no random numbers (%s)", hm_errno_text());
	}
	return ret;
}

int hm_hosted_file_load(const char *file, const hm_hosted_file_opts_t *opts, hm_hosted_file_t **out)
{
	file_load_t load = { .opts = opts, .file = file };
	load.build.again = on_again;
	load.build.has_zone = opts->has_zone;
	load.build.ctx = &load;
	hm_lines_t lines = { .fd = -1 };
	int ret = open_file(&load, &lines);
	if (ret == KNOT_EOK) {
		ret = start(&load, &lines);
	}
	if (ret == KNOT_EOK) {
		ret = load_lines(&load, &lines);
	}
	if (ret == KNOT_EOK) {
		load.build.hosted->left_out = load.left_out;
		load.build.hosted->digest = hm_lines_hash(&lines) ^ load.left_out_hash;
		ret = hm_build_end(&load.build, out);
	}
	if (ret == KNOT_EOK && hm_lines_changed(&lines)) {
		say(&load, HM_WARNING, 0, "changed while it was read, so the set may be neither "
		    "the old nor the new one; replace the file by renaming a new one over it");
	}
	if (ret == KNOT_ESPACE) {
		say(&load, HM_ERROR, load.line, "the names take more than 4 GiB");
	} else if (ret == KNOT_ERANGE) {
		say(&load, HM_ERROR, 0, "changed while it was read");
		ret = KNOT_EFILE;
	}
	hm_lines_close(&lines);
	hm_build_clear(&load.build);
	return ret;
}
