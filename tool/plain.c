/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "plain.h"

/*! \brief Bytes of a character of UTF-8 by its first one; 0 if none begins with it. */
static size_t utf8_size(unsigned char first)
{
	return (first < 0x80) ? 1 : (first < 0xc2) ? 0 : (first < 0xe0) ? 2 :
	       (first < 0xf0) ? 3 : (first < 0xf5) ? 4 : 0;
}

size_t hm_plain_next(const char *text, char out[HM_PLAIN_MAX])
{
	unsigned char first = *text;
	size_t size = utf8_size(first);
	for (size_t i = 1; i < size; i++) {
		if (((unsigned char)text[i] & 0xc0) != 0x80) {
			size = 0; // A zero byte ends the loop here.
		}
	}
	// U+0080 to U+009F are control characters as well.
	bool is_control = (first < 0x20 || first == 0x7f ||
	                   (first == 0xc2 && (unsigned char)text[1] < 0xa0));
	if (size == 0 || is_control) {
		snprintf(out, HM_PLAIN_MAX, "\\%03u", first);
		return 1;
	}
	memcpy(out, text, size);
	out[size] = '\0';
	return size;
}
