/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>

#include <libknot/errcode.h>

#include "hosted_set.h"
#include "hostedmail/profile.h"
#include "lines.h"
#include "strerror.h"

// A comparison may read as far behind the last entry as a name is long.
#define ARENA_PADDING KNOT_DNAME_MAXLEN

/*! \brief Most bytes of the attribute of an entry. */
#define VARINT_MAX 10

/*! \brief A set under construction. */
typedef struct {
	hm_hosted_t *hosted;
	const hm_hosted_opts_t *opts;
	const char *file;
	uint64_t line;
	const char *word;       /*!< Last word cut off the line. */
	size_t word_len;
	uint32_t *interned;     /*!< Index of the attributes: their ids, each plus one. */
	size_t interned_max;    /*!< A power of two. */
} load_t;

__attribute__((format(printf, 4, 5)))
static void say(const load_t *load, hm_severity_t severity, uint64_t line, const char *fmt, ...)
{
	char reason[512];
	va_list args;
	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	load->opts->report(load->opts->ctx, severity, load->file, line, reason);
}

/*!
 * \brief Make room for \a more items in a growing array.
 *
 * \return The array, perhaps moved; NULL if there is no memory, the old one is still good then.
 */
static void *reserve(void *array, size_t used, size_t more, size_t *max, size_t item)
{
	if (*max - used >= more) {
		return array;
	}
	size_t grown = *max + *max / 2;
	if (grown < used + more) {
		grown = used + more + 64;
	}
	void *moved = realloc(array, grown * item);
	if (moved != NULL) {
		*max = grown;
	}
	return moved;
}

/*! \brief Give back what an array has more than it uses. */
static void *shrink(void *array, size_t used, size_t *max, size_t item)
{
	void *moved = (used > 0) ? realloc(array, used * item) : NULL;
	if (moved == NULL) {
		return array;
	}
	*max = used;
	return moved;
}

static uint64_t attr_hash(const hm_hosted_t *hosted, uint16_t profile, const uint8_t *vars,
                          size_t vars_len)
{
	return XXH3_64bits_withSeed(vars, vars_len, hosted->seed + profile);
}

/*! \brief Double the index of the attributes. */
static int interned_grow(load_t *load)
{
	const hm_hosted_t *hosted = load->hosted;
	size_t max = (load->interned_max == 0) ? 64 : 2 * load->interned_max;
	uint32_t *interned = calloc(max, sizeof(*interned));
	if (interned == NULL) {
		return KNOT_ENOMEM;
	}
	for (size_t id = 0; id < hosted->attrs_count; id++) {
		const attr_t *attr = &hosted->attrs[id];
		size_t i = attr_hash(hosted, attr->profile, hosted->vars + attr->vars,
		                     attr->vars_len);
		while (interned[i & (max - 1)] != 0) {
			i++;
		}
		interned[i & (max - 1)] = id + 1;
	}
	free(load->interned);
	load->interned = interned;
	load->interned_max = max;
	return KNOT_EOK;
}

/*! \brief Get the id of a profile with variables, which is added if it is new. */
static int attr_intern(load_t *load, uint16_t profile, const uint8_t *vars, size_t vars_len,
                       size_t *id)
{
	hm_hosted_t *hosted = load->hosted;
	if (2 * (hosted->attrs_count + 1) > load->interned_max) {
		int ret = interned_grow(load);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}

	size_t mask = load->interned_max - 1;
	size_t i = attr_hash(hosted, profile, vars, vars_len);
	for (; load->interned[i & mask] != 0; i++) {
		const attr_t *attr = &hosted->attrs[load->interned[i & mask] - 1];
		if (attr->profile == profile && attr->vars_len == vars_len &&
		    memcmp(hosted->vars + attr->vars, vars, vars_len) == 0) {
			*id = load->interned[i & mask] - 1;
			return KNOT_EOK;
		}
	}

	attr_t *attrs = reserve(hosted->attrs, hosted->attrs_count, 1, &hosted->attrs_max,
	                        sizeof(*attrs));
	if (attrs == NULL) {
		return KNOT_ENOMEM;
	}
	hosted->attrs = attrs;
	uint8_t *room = reserve(hosted->vars, hosted->vars_len, vars_len + 1, &hosted->vars_max, 1);
	if (room == NULL) {
		return KNOT_ENOMEM;
	}
	hosted->vars = room;
	hosted->attrs[hosted->attrs_count] = (attr_t) {
		.vars = hosted->vars_len, .vars_len = vars_len, .profile = profile,
	};
	memcpy(hosted->vars + hosted->vars_len, vars, vars_len);
	hosted->vars_len += vars_len;
	*id = hosted->attrs_count++;
	load->interned[i & mask] = *id + 1;
	return KNOT_EOK;
}

/*! \brief Cut the next word off a line; false at its end or at a comment. */
static bool next_word(load_t *load, const char **line, size_t *len)
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
 * \return Its size; 0 if libknot has to look at it.
 */
static size_t plain_name(const char *word, size_t len, uint8_t *out, uint8_t *labels)
{
	if (len == 0 || len > KNOT_DNAME_MAXLEN - 2 + (word[len - 1] == '.')) {
		return 0;
	}
	uint8_t *label = out, *pos = out + 1;
	*labels = 0;
	for (size_t i = 0; i < len; i++) {
		uint8_t c = word[i];
		if (c >= 'A' && c <= 'Z') {
			c += 'a' - 'A';
		}
		if (c == '.') {
			size_t label_len = pos - label - 1;
			if (label_len == 0 || label_len > KNOT_DNAME_MAXLABELLEN) {
				return 0;
			}
			*label = label_len;
			(*labels)++;
			label = pos++;
		} else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_') {
			*pos++ = c;
		} else {
			return 0;
		}
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
	return pos - out;
}

static const char *parse_name(const char *word, size_t len, knot_dname_storage_t name,
                              hm_domain_t *domain)
{
	memset(domain, 0, sizeof(*domain));
	domain->name = name;
	domain->size = plain_name(word, len, name, &domain->labels);
	if (domain->size > 0) {
		return NULL;
	}

	char text[KNOT_DNAME_TXT_MAXLEN + 1];
	if (memchr(word, '#', len) != NULL && memchr(word, '\\', len) == NULL) {
		return "a '#' in a domain name; a comment needs a space in front of it";
	}
	if (len < sizeof(text)) {
		memcpy(text, word, len);
		text[len] = '\0';
		if (knot_dname_from_str(name, text, KNOT_DNAME_MAXLEN) != NULL) {
			knot_dname_to_lower(name);
			hm_domain_init(name, domain);
			return (domain->labels == 0) ? "the root cannot be hosted" : NULL;
		}
	}
	return "not a domain name";
}

static const char *parse_profile(const load_t *load, const char *word, size_t len,
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
	return (len == strlen(HM_PROFILE_NONE) && memcmp(word, HM_PROFILE_NONE, len) == 0) ?
	       "the profile 'none' has a meaning in a hosted zone only" : "unknown profile";
}

static const char *not_printable(const char *line, size_t len)
{
	for (size_t i = 0; i < len; i++) {
		uint8_t c = line[i];
		if (c == '#' && (i == 0 || line[i - 1] == ' ' || line[i - 1] == '\t')) {
			return NULL;
		}
		if (c >= 0x80) {
			return "not ASCII; an internationalized name is written as its A-label, xn--...";
		}
		if ((c < ' ' && c != '\t') || c == 0x7f) {
			return "not printable ASCII";
		}
	}
	return NULL;
}

/*! \brief Add a domain with its attribute; a later one takes the place of an earlier one. */
static int insert(load_t *load, const hm_domain_t *domain, size_t attr)
{
	hm_hosted_t *hosted = load->hosted;
	uint8_t *arena = reserve(hosted->arena, hosted->arena_len,
	                         VARINT_MAX + domain->size + ARENA_PADDING, &hosted->arena_max, 1);
	if (arena == NULL) {
		return KNOT_ENOMEM;
	}
	hosted->arena = arena;
	if (hosted->arena_len > UINT32_MAX) {
		say(load, HM_ERROR, load->line, "names take more than 4 GiB");
		return KNOT_ESPACE;
	}

	uint64_t hash = hash_name(hosted, domain->name);
	size_t other;
	uint32_t entry = hosted->arena_len;
	uint32_t *slot = slot_find(hosted, hash, domain->name, domain->size, &other);
	if (slot != NULL) {
		say(load, HM_WARNING, load->line, "given before, this line wins");
		*slot = entry;
	} else {
		if ((hosted->count + 1) * 100 > hosted->buckets_count * BUCKET_SLOTS * (BUCKET_LOAD + 10)) {
			say(load, HM_ERROR, 0, "changed while it was read");
			return KNOT_EFILE;
		}
		size_t b = hash_bucket(hosted, hash);
		int i = 0;
		while (hosted->buckets[b].print[i] != 0) {
			if (++i == BUCKET_SLOTS) {
				b = (b + 1 < hosted->buckets_count) ? b + 1 : 0;
				i = 0;
			}
		}
		hosted->buckets[b].print[i] = hash_print(hash);
		hosted->buckets[b].entry[i] = entry;
		hosted->count++;
	}

	uint8_t *pos = hosted->arena + hosted->arena_len;
	for (; attr >= 0x80; attr >>= 7) {
		*pos++ = 0x80 | attr;
	}
	*pos++ = attr;
	memcpy(pos, domain->name, domain->size);
	hosted->arena_len = pos + domain->size - hosted->arena;
	hosted->depths[domain->labels / 64] |= UINT64_C(1) << (domain->labels % 64);
	if (domain->labels > hosted->depth_max) {
		hosted->depth_max = domain->labels;
	}
	return KNOT_EOK;
}

/*! \brief Parse profile and variables. */
static const char *parse_attrs(load_t *load, const char *line, size_t len, uint16_t *profile,
                               uint8_t *vars, size_t *vars_len)
{
	if (!next_word(load, &line, &len)) {
		return NULL;
	}
	const char *error = parse_profile(load, load->word, load->word_len, profile);
	while (error == NULL && next_word(load, &line, &len)) {
		(void)hm_vars_add(load->word, load->word_len, vars, vars_len, &error);
	}
	return error;
}

/*! \brief Take one line into the set. */
static int load_line(load_t *load, const char *line, size_t len)
{
	if (len > 0 && line[len - 1] == '\r') {
		len--;
	}
	const char *error = not_printable(line, len);
	if (error != NULL) {
		say(load, HM_ERROR, load->line, "%s", error);
		return KNOT_EOK;
	}
	if (!next_word(load, &line, &len)) {
		return KNOT_EOK;
	}

	knot_dname_storage_t name;
	hm_domain_t domain;
	uint8_t vars[HM_VARS_MAX];
	size_t vars_len = 0;
	error = parse_name(load->word, load->word_len, name, &domain);
	if (error == NULL) {
		error = parse_attrs(load, line, len, &domain.profile, vars, &vars_len);
	}
	if (error != NULL) {
		int shown = (load->word_len < 64) ? load->word_len : 64;
		say(load, HM_ERROR, load->line, "%s: '%.*s'", error, shown, load->word);
		return KNOT_EOK;
	}
	domain.vars = vars;
	domain.vars_len = vars_len;

	char reason[256];
	if (!load->opts->check(load->opts->ctx, &domain, reason, sizeof(reason))) {
		say(load, HM_ERROR, load->line, "%s", reason);
		return KNOT_EOK;
	}
	size_t id = ATTR_DEFAULT;
	if (domain.profile != 0 || vars_len > 0) {
		int ret = attr_intern(load, domain.profile, vars, vars_len, &id);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	if (domain.labels == 1) {
		say(load, HM_WARNING, load->line, "a top-level name is hosted");
	}
	return insert(load, &domain, id);
}

static int open_file(load_t *load, lines_t *lines)
{
	int ret = lines_open(load->file, HM_HOSTED_LINE_MAX, load->opts->files, lines);
	if (ret == KNOT_EINVAL) {
		say(load, HM_ERROR, 0, "not a regular file");
		return KNOT_EFILE;
	}
	if (ret == KNOT_EFILE) {
		say(load, HM_ERROR, 0, "cannot be read (%s)", errno_text());
	}
	return ret;
}

static int load_lines(load_t *load, lines_t *lines)
{
	const char *line;
	size_t len;
	int got;
	while ((got = lines_next(lines, &line, &len)) > 0) {
		load->line++;
		if (line == NULL) {
			say(load, HM_ERROR, load->line, "longer than %d bytes", HM_HOSTED_LINE_MAX);
			continue;
		}
		int ret = load_line(load, line, len);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	if (got < 0) {
		say(load, HM_ERROR, 0, "cannot be read (%s)", errno_text());
		return KNOT_EFILE;
	}
	return KNOT_EOK;
}

/*! \brief Make an empty set for as many domains as there are lines. */
static int set_init(load_t *load, lines_t *lines)
{
	hm_hosted_t *hosted = load->hosted;
	size_t count;
	if (lines_count(lines, &count) != KNOT_EOK) {
		say(load, HM_ERROR, 0, "cannot be read (%s)", errno_text());
		return KNOT_EFILE;
	}
	if (getrandom(&hosted->seed, sizeof(hosted->seed), 0) != sizeof(hosted->seed)) {
		say(load, HM_ERROR, 0, "no random seed (%s)", errno_text());
		return KNOT_ERROR;
	}

	hosted->buckets_count = count * 100 / (BUCKET_SLOTS * BUCKET_LOAD) + 1;
	size_t size = hosted->buckets_count * sizeof(*hosted->buckets);
	hosted->buckets = aligned_alloc(sizeof(*hosted->buckets), size);
	if (hosted->buckets == NULL) {
		return KNOT_ENOMEM;
	}
	memset(hosted->buckets, 0, size);

	size_t id;
	return attr_intern(load, 0, (const uint8_t *)"", 0, &id);
}

int hm_hosted_load(const char *file, const hm_hosted_opts_t *opts, hm_hosted_t **out)
{
	load_t load = { .opts = opts, .file = file };
	lines_t lines = { .fd = -1 };
	load.hosted = calloc(1, sizeof(*load.hosted));
	int ret = (load.hosted != NULL) ? open_file(&load, &lines) : KNOT_ENOMEM;
	if (ret == KNOT_EOK) {
		ret = set_init(&load, &lines);
	}
	if (ret == KNOT_EOK) {
		ret = load_lines(&load, &lines);
	}
	lines_close(&lines);
	free(load.interned);
	if (ret != KNOT_EOK) {
		hm_hosted_free(load.hosted);
		return ret;
	}

	hm_hosted_t *hosted = load.hosted;
	size_t arena_used = (hosted->arena_len > 0) ? hosted->arena_len + ARENA_PADDING : 0;
	hosted->arena = shrink(hosted->arena, arena_used, &hosted->arena_max, 1);
	hosted->vars = shrink(hosted->vars, hosted->vars_len, &hosted->vars_max, 1);
	hosted->attrs = shrink(hosted->attrs, hosted->attrs_count, &hosted->attrs_max,
	                       sizeof(*hosted->attrs));
	*out = hosted;
	return KNOT_EOK;
}
