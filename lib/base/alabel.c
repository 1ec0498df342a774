/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdbool.h>
#include <string.h>

#include <libknot/dname.h>
#include <libknot/errcode.h>

#include "hostedmail/alabel.h"

#define LABEL_MAX KNOT_DNAME_MAXLABELLEN
#define PREFIX    "xn--"

// Parameters of Punycode (RFC 3492, section 5).
#define BASE         36
#define T_MIN        1
#define T_MAX        26
#define SKEW         38
#define DAMP         700
#define INITIAL_BIAS 72
#define INITIAL_N    0x80

/*! \brief Text in UTF-8 that is read, and text in ASCII that is written. */
typedef struct {
	const uint8_t *pos;
	const uint8_t *end;
	char *out;
	char *out_end;
} convert_t;

/*! \brief Get the next character (RFC 3629, section 4); false if there is none. */
static bool next_char(convert_t *conv, uint32_t *c)
{
	static const uint32_t least[] = { 0, 0x80, 0x800, 0x10000 };
	uint8_t first = *conv->pos++;
	if (first < 0x80) {
		*c = first;
		return true;
	}
	int more = (first >= 0xf0) ? 3 : (first >= 0xe0) ? 2 : 1;
	if (first < 0xc0 || first >= 0xf8 || conv->end - conv->pos < more) {
		return false;
	}
	uint32_t value = first & (0x3f >> more);
	for (int i = 0; i < more; i++) {
		uint8_t byte = *conv->pos++;
		if ((byte & 0xc0) != 0x80) {
			return false;
		}
		value = value << 6 | (byte & 0x3f);
	}
	*c = value;
	return value >= least[more] && value <= 0x10ffff && (value < 0xd800 || value > 0xdfff);
}

/*! \brief Tell whether a character separates labels (RFC 3490, section 3.1). */
static bool is_dot(uint32_t c)
{
	return c == '.' || c == 0x3002 || c == 0xff0e || c == 0xff61;
}

/*!
 * \brief Tell whether a character cannot be in an A-label as it is, as far as ranges of common
 *        scripts tell.
 */
static bool is_odd(uint32_t c)
{
	static const struct {
		uint32_t from, to;
		unsigned step;
	} ranges[] = {
		{ 0x00, 0x20, 1 },       // Controls, spaces.
		{ 0x7f, 0xb6, 1 },       // Controls, punctuation, the no-break space.
		{ 0xb8, 0xde, 1 },       // The rest of that, uppercase letters.
		{ 0xf7, 0xf7, 1 },
		{ 0x100, 0x136, 2 },     // Uppercase of Latin Extended-A.
		{ 0x139, 0x147, 2 },
		{ 0x14a, 0x178, 2 },
		{ 0x179, 0x17d, 2 },
		{ 0x300, 0x36f, 1 },     // Marks that combine with the letter before.
		{ 0x370, 0x38f, 1 },     // Uppercase Greek and its punctuation.
		{ 0x391, 0x3ab, 1 },
		{ 0x400, 0x42f, 1 },     // Uppercase Cyrillic.
		{ 0x460, 0x480, 2 },
		{ 0x48a, 0x52e, 2 },
		{ 0x531, 0x556, 1 },     // Uppercase Armenian.
		{ 0x1e00, 0x1efe, 2 },   // Uppercase of Latin Extended Additional.
		{ 0x1f00, 0x1fff, 1 },   // Greek with more than one accent.
		{ 0x2000, 0x2bff, 1 },   // Punctuation, symbols, spaces of no width.
		{ 0x3000, 0x3004, 1 },   // Punctuation of East Asia.
		{ 0x3008, 0x3029, 1 },
		{ 0xe000, 0xfaff, 1 },   // Private use, ideographs to be mapped.
		{ 0xfb00, 0xfdff, 1 },   // Ligatures.
		{ 0xfe00, 0xffff, 1 },   // Variants, full width, the byte order mark.
		{ 0x1f000, 0x1ffff, 1 }, // Emoji.
		{ 0xe0000, 0x10ffff, 1 },
	};
	for (size_t i = 0; i < sizeof(ranges) / sizeof(ranges[0]); i++) {
		if (c >= ranges[i].from && c <= ranges[i].to &&
		    (c - ranges[i].from) % ranges[i].step == 0) {
			return true;
		}
	}
	return false;
}

static bool put(convert_t *conv, char c)
{
	if (conv->out == conv->out_end) {
		return false;
	}
	*conv->out++ = c;
	return true;
}

static char digit(uint32_t value)
{
	return (value < 26) ? 'a' + value : '0' + (value - 26);
}

/*! \brief RFC 3492, section 6.1. */
static uint32_t adapt(uint32_t delta, uint32_t count, bool first)
{
	delta = first ? delta / DAMP : delta / 2;
	delta += delta / count;
	uint32_t k = 0;
	for (; delta > (BASE - T_MIN) * T_MAX / 2; k += BASE) {
		delta /= BASE - T_MIN;
	}
	return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/*! \brief Write a number as a generalized variable-length integer (RFC 3492, section 3.3). */
static bool put_delta(convert_t *conv, uint32_t delta, uint32_t bias)
{
	for (uint32_t k = BASE; ; k += BASE) {
		uint32_t t = (k <= bias) ? T_MIN : (k >= bias + T_MAX) ? T_MAX : k - bias;
		if (delta < t) {
			return put(conv, digit(delta));
		}
		if (!put(conv, digit(t + (delta - t) % (BASE - t)))) {
			return false;
		}
		delta = (delta - t) / (BASE - t);
	}
}

/*!
 * \brief Encode a label (RFC 3492, section 6.3); false if it does not fit.
 *
 * Of 63 characters below 2^21, no number exceeds 2^27.
 */
static bool put_punycode(convert_t *conv, const uint32_t *chars, uint32_t count)
{
	uint32_t basic = 0;
	bool fits = true;
	for (uint32_t i = 0; i < count; i++) {
		if (chars[i] < 0x80) {
			fits = fits && put(conv, chars[i]);
			basic++;
		}
	}
	if (basic > 0) {
		fits = fits && put(conv, '-');
	}

	uint32_t n = INITIAL_N, delta = 0, bias = INITIAL_BIAS;
	for (uint32_t done = basic; fits && done < count; delta++, n++) {
		uint32_t next = UINT32_MAX;
		for (uint32_t i = 0; i < count; i++) {
			if (chars[i] >= n && chars[i] < next) {
				next = chars[i];
			}
		}
		delta += (next - n) * (done + 1);
		n = next;
		for (uint32_t i = 0; i < count; i++) {
			delta += (chars[i] < n);
			if (chars[i] == n) {
				fits = fits && put_delta(conv, delta, bias);
				bias = adapt(delta, done + 1, done == basic);
				delta = 0;
				done++;
			}
		}
	}
	return fits;
}

/*! \brief Write a label in ASCII. */
static int put_label(convert_t *conv, const uint32_t *chars, uint32_t count)
{
	const char *start = conv->out;
	bool ascii = true, fits = true;
	for (uint32_t i = 0; i < count; i++) {
		ascii = ascii && chars[i] < 0x80;
	}
	if (!ascii) {
		for (const char *c = PREFIX; *c != '\0'; c++) {
			fits = fits && put(conv, *c);
		}
		fits = fits && put_punycode(conv, chars, count);
	}
	for (uint32_t i = 0; ascii && i < count; i++) {
		fits = fits && put(conv, chars[i]);
	}
	return (fits && count > 0 && conv->out - start <= LABEL_MAX) ? KNOT_EOK : KNOT_ESPACE;
}

int hm_alabel_name(const char *text, size_t len, char *out, size_t out_max, uint32_t *odd)
{
	convert_t conv = {
		.pos = (const uint8_t *)text, .end = (const uint8_t *)text + len,
		.out = out, .out_end = out + out_max - 1,
	};
	// What is no UTF-8 at all is told before what is wrong with some of it.
	convert_t check = conv;
	uint32_t c;
	while (check.pos < check.end) {
		if (!next_char(&check, &c)) {
			return KNOT_EMALF;
		}
	}

	uint32_t chars[LABEL_MAX];
	uint32_t count = 0;
	while (conv.pos < conv.end) {
		(void)next_char(&conv, &c);
		if (is_dot(c)) {
			int ret = put_label(&conv, chars, count);
			if (ret != KNOT_EOK || !put(&conv, '.')) {
				return KNOT_ESPACE;
			}
			count = 0;
			continue;
		}
		if (is_odd(c)) {
			*odd = c;
			return KNOT_ENOTSUP;
		}
		if (count == LABEL_MAX) {
			return KNOT_ESPACE;
		}
		chars[count++] = (c >= 'A' && c <= 'Z') ? c - 'A' + 'a' : c;
	}
	// The last label may be that of the root.
	if (count > 0 || len == 0) {
		int ret = put_label(&conv, chars, count);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	*conv.out = '\0';
	return KNOT_EOK;
}
