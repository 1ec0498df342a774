/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "plain.h"

void hm_error_set(hm_error_t *error, const char *fmt, ...)
{
	char text[sizeof(error->text)], shown[HM_PLAIN_MAX];
	va_list args;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	size_t len = 0;
	for (const char *pos = text; *pos != '\0'; ) {
		pos += hm_plain_next(pos, shown);
		size_t size = strlen(shown);
		if (len + size >= sizeof(error->text)) {
			break;
		}
		memcpy(error->text + len, shown, size);
		len += size;
	}
	error->text[len] = '\0';
}
