/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <string.h>

#include <libknot/errcode.h>

#include "hosted_file_name_internal.h"
#include "hostedmail/alabel.h"

/*! \brief Most bytes of a word that are shown. */
#define SHOWN_MAX 64

const uint8_t hm_ordinary_chars[256] = {
	['-'] = '-', ['_'] = '_',
	['0'] = '0', '1', '2', '3', '4', '5', '6', '7', '8', '9',
	['a'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q',
	        'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
	['A'] = 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 'q',
	        'r', 's', 't', 'u', 'v', 'w', 'x', 'y', 'z',
};

static bool is_name_char(uint8_t c)
{
	return hm_ordinary_chars[c] != 0 || c == '.';
}

/*! \brief What is in a word that no host name has. */
typedef struct {
	const char *word;
	size_t len;
	bool seen[256];  /*!< Characters that should be escaped. */
	uint8_t first;   /*!< The first of them in ASCII, 0 if there is none. */
	bool non_ascii;
	bool escapes;
} word_t;

static void look_at(word_t *word)
{
	for (size_t i = 0; i < word->len; i++) {
		uint8_t c = word->word[i];
		if (c == '\\') {
			word->escapes = true;
			i++;
			c = (i < word->len && (uint8_t)word->word[i] >= 0x80) ? 0x80 : '.';
		}
		if (c >= 0x80) {
			word->non_ascii = true;
		} else if (!is_name_char(c)) {
			word->seen[c] = true;
			word->first = (word->first == 0) ? c : word->first;
		}
	}
}

/*! \brief What a wrong word is, and perhaps the domain that is in it. */
typedef struct {
	const char *what;
	const char *domain;  /*!< Inside of the word, NULL if there is none. */
	size_t domain_len;
} guess_t;

/*! \brief Guess that the domain starts at a position of the word, up to a character like '/'. */
static guess_t guess_domain(const word_t *word, const char *what, size_t pos)
{
	guess_t guess = { .what = what };
	if (pos >= word->len) {
		return guess;
	}
	size_t len = 0;
	while (pos + len < word->len && is_name_char(word->word[pos + len])) {
		len++;
	}
	bool whole = (pos + len == word->len || (uint8_t)word->word[pos + len] < 0x80);
	if (len > 0 && whole && word->word[pos] != '.') {
		guess.domain = word->word + pos;
		guess.domain_len = len;
	}
	return guess;
}

static bool is_ipv6(const word_t *word)
{
	size_t colons = 0;
	for (size_t i = 0; i < word->len; i++) {
		char c = word->word[i];
		colons += (c == ':');
		if (c == '\0' || strchr("0123456789abcdefABCDEF:.", c) == NULL) {
			return false;
		}
	}
	return colons >= 2;
}

/*! \brief Tell what somebody meant who wrote a character that should be escaped. */
static guess_t guess_meaning(const word_t *word)
{
	static const char scheme[] = "://";
	const bool *seen = word->seen;
	const char *url = seen[':'] ? memmem(word->word, word->len, scheme, strlen(scheme)) : NULL;
	if (url != NULL) {
		return guess_domain(word, "a URL, not a domain name",
		                    url + strlen(scheme) - word->word);
	}
	if (word->word[0] == ';') {
		return (guess_t){ .what = "a comment starts with '#', not with ';'" };
	}
	if (seen[','] || seen[';']) {
		return (guess_t) {
			.what = seen[','] ? "fields are separated by spaces, not by commas" :
			                    "fields are separated by spaces, not by semicolons",
		};
	}
	if (seen['@'] && word->len > 1) {
		const char *at = memrchr(word->word, '@', word->len);
		return guess_domain(word, "an e-mail address, not a domain name",
		                    at + 1 - word->word);
	}
	if (seen['"'] || seen['\'']) {
		return (guess_t){ .what = "a domain name needs no quotes" };
	}
	if (seen['#']) {
		return (guess_t){ .what = "a comment needs a space before its '#'" };
	}
	if (word->word[0] == '*' && (word->len == 1 || word->word[1] == '.')) {
		return guess_domain(word, "a wildcard cannot be hosted; a hosted domain owns all "
		                    "names below it", 2);
	}
	if (is_ipv6(word)) {
		return (guess_t){ .what = "an IP address, not a domain name" };
	}
	return (guess_t){ 0 };
}

static void wrong_char(const word_t *word, char *reason, size_t reason_max)
{
	// Bytes of whatever encoding are not for a log.
	char shown[SHOWN_MAX + 1] = "";
	for (size_t i = 0; i < word->len && i < SHOWN_MAX; i++) {
		shown[i] = ((uint8_t)word->word[i] < 0x80) ? word->word[i] : '?';
	}
	guess_t guess = guess_meaning(word);
	if (guess.what == NULL) {
		snprintf(reason, reason_max, "a host name has no '%c'; write \\%c if it is meant: "
		         "'%s'", word->first, word->first, shown);
	} else if (guess.domain == NULL || guess.domain_len > KNOT_DNAME_MAXLEN) {
		snprintf(reason, reason_max, "%s: '%s'", guess.what, shown);
	} else {
		snprintf(reason, reason_max, "%s: '%s' (is the domain %.*s?)", guess.what, shown,
		         (int)guess.domain_len, guess.domain);
	}
}

/*! \brief Say what to write for a name that is not in ASCII. */
static void not_ascii(const word_t *word, char *reason, size_t reason_max)
{
	static const char advice[] = "an internationalized name is written as its A-label";
	char alabel[KNOT_DNAME_TXT_MAXLEN + 1];
	uint32_t odd;
	int ret = hm_alabel_name(word->word, word->len, alabel, sizeof(alabel), &odd);
	if (ret == KNOT_EMALF) {
		snprintf(reason, reason_max, "neither ASCII nor UTF-8; %s, xn--...", advice);
	} else if (ret == KNOT_ENOTSUP) {
		snprintf(reason, reason_max, "not ASCII (U+%04X); %s, xn--...", odd, advice);
	} else if (ret == KNOT_EOK && !word->escapes) {
		snprintf(reason, reason_max, "not ASCII; %s, for example %s", advice, alabel);
	} else {
		snprintf(reason, reason_max, "not ASCII; %s, xn--...", advice);
	}
}

int hm_hosted_name_parse(const char *word, size_t len, knot_dname_storage_t name, char *reason,
                         size_t reason_max)
{
	word_t seen = { .word = word, .len = len };
	look_at(&seen);
	if (seen.first != 0) {
		wrong_char(&seen, reason, reason_max);
		return KNOT_EMALF;
	}
	if (seen.non_ascii) {
		not_ascii(&seen, reason, reason_max);
		return KNOT_EMALF;
	}

	char text[KNOT_DNAME_TXT_MAXLEN + 1];
	if (len < sizeof(text)) {
		memcpy(text, word, len);
		text[len] = '\0';
		if (knot_dname_from_str(name, text, KNOT_DNAME_MAXLEN) != NULL) {
			knot_dname_to_lower(name);
			return KNOT_EOK;
		}
	}
	snprintf(reason, reason_max, "not a domain name: '%.*s'",
	         (int)((len < SHOWN_MAX) ? len : SHOWN_MAX), word);
	return KNOT_EMALF;
}
