/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/errcode.h>

#include "logo.h"
#include "small_file.h"

static bool begins_with(const uint8_t *data, size_t len, const char *start, size_t start_len)
{
	return len >= start_len && memcmp(data, start, start_len) == 0;
}

/*! \brief Skip a declaration or a comment of XML, which ends as given. */
static const char *skip_past(const char *text, const char *begin, const char *end)
{
	if (strncmp(text, begin, strlen(begin)) != 0) {
		return text;
	}
	const char *found = strstr(text, end);
	return (found != NULL) ? found + strlen(end) : text;
}

/*! \brief Tell whether the first element of a text is that of SVG. */
static bool is_svg(const char *text)
{
	const char *before;
	text = skip_past(text, "\xef\xbb\xbf", "\xbf");
	do {
		while (isspace((unsigned char)*text)) {
			text++;
		}
		before = text;
		text = skip_past(text, "<?xml", "?>");
		text = skip_past(text, "<!--", "-->");
		text = skip_past(text, "<!DOCTYPE", ">");
	} while (text != before);
	return strncmp(text, "<svg", 4) == 0 && (isspace((unsigned char)text[4]) || text[4] == '>');
}

/*! \brief Media type by the first bytes, NULL if it is none that a page can have. */
static const char *media_type(const uint8_t *data, size_t len)
{
	if (begins_with(data, len, "\x89PNG\r\n\x1a\n", 8)) {
		return "image/png";
	}
	if (begins_with(data, len, "\xff\xd8\xff", 3)) {
		return "image/jpeg";
	}
	return is_svg((const char *)data) ? "image/svg+xml" : NULL;
}

/*! \brief Base 64 (RFC 4648); there is room for four bytes of each three, and a zero byte. */
static void write_base64(const uint8_t *data, size_t len, char *out)
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	for (size_t i = 0; i < len; i += 3) {
		uint32_t group = data[i] << 16;
		group |= (i + 1 < len) ? data[i + 1] << 8 : 0;
		group |= (i + 2 < len) ? data[i + 2] : 0;
		*out++ = digits[group >> 18];
		*out++ = digits[group >> 12 & 0x3f];
		*out++ = (i + 1 < len) ? digits[group >> 6 & 0x3f] : '=';
		*out++ = (i + 2 < len) ? digits[group & 0x3f] : '=';
	}
	*out = '\0';
}

int hm_logo_read(const char *path, char **uri, hm_error_t *error)
{
	uint8_t *data = NULL;
	size_t len;
	int ret = hm_small_file_read(path, HM_LOGO_MAX, &data, &len, error);
	if (ret != KNOT_EOK) {
		return ret;
	}
	const char *type = media_type(data, len);
	if (type == NULL) {
		hm_error_set(error, "%s: is no PNG, JPEG or SVG", path);
		ret = KNOT_ENOTSUP;
		goto end;
	}
	char *text = malloc(sizeof("data:;base64,") + strlen(type) + 4 * (len / 3 + 1));
	if (text == NULL) {
		hm_error_set(error, "out of memory");
		ret = KNOT_ENOMEM;
		goto end;
	}
	int head = sprintf(text, "data:%s;base64,", type);
	write_base64(data, len, text + head);
	*uri = text;
end:
	free(data);
	return ret;
}
