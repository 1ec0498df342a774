/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>

#include <idn2.h>
#include <libknot/errcode.h>

#include "idn.h"

/*! \brief Most bytes of a wrong name that are shown. */
#define SHOWN_MAX 256

static bool is_ascii(const char *text)
{
	while (*text != '\0' && !(*text & 0x80)) {
		text++;
	}
	return *text == '\0';
}

/*! \brief What shows that a domain is not alone: a URL, a mail address, a list, quotes. */
static char stray(const char *text)
{
	if (strchr(text, '\\') != NULL) {
		return '\0'; // Who escapes means what is there.
	}
	const char *found = strpbrk(text, ":@,;\"' \t\r\n");
	size_t len = strlen(text);
	return (found != NULL) ? *found : (len > 0 && text[len - 1] == '/') ? '/' : '\0';
}

int hm_idn_read(const char *text, knot_dname_storage_t out, hm_error_t *error)
{
	char *ascii = NULL, wrong = stray(text);
	if (wrong != '\0') {
		hm_error_set(error, "'%.*s' is not a domain name, but has one in it perhaps: write "
		             "it without '%c' and all that does not belong to it", SHOWN_MAX, text,
		             wrong);
		return KNOT_EINVAL;
	}
	if (!is_ascii(text)) {
		// Not by the locale: what is in a script or a list is UTF-8.
		int ret = idn2_to_ascii_8z(text, &ascii, IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL);
		if (ret != IDN2_OK) {
			hm_error_set(error, "'%.*s' is not a domain name (%s)", SHOWN_MAX, text,
			             idn2_strerror(ret));
			return KNOT_EINVAL;
		}
	}
	const char *name = (ascii != NULL) ? ascii : text;
	bool good = (*name != '\0' && strlen(name) <= KNOT_DNAME_TXT_MAXLEN &&
	             knot_dname_from_str(out, name, KNOT_DNAME_MAXLEN) != NULL);
	if (good) {
		knot_dname_to_lower(out);
	} else {
		hm_error_set(error, "'%.*s' is not a domain name", SHOWN_MAX, text);
	}
	idn2_free(ascii);
	return good ? KNOT_EOK : KNOT_EINVAL;
}

const char *hm_idn_text(const knot_dname_t *name, knot_dname_txt_storage_t out)
{
	if (knot_dname_to_str(out, name, sizeof(knot_dname_txt_storage_t)) == NULL) {
		return "?"; // Not reached: there is room for any name.
	}
	size_t len = strlen(out);
	if (len > 1 && *name != '\0') {
		out[len - 1] = '\0';
	}
	return out;
}

char *hm_idn_unicode(const knot_dname_t *name)
{
	knot_dname_txt_storage_t text;
	hm_idn_text(name, text);
	char *unicode = NULL, *copy = NULL;
	knot_dname_storage_t same;
	hm_error_t error;
	// What does not lead back is no A-label, whatever it looks like.
	if (strstr(text, "xn--") != NULL &&
	    idn2_to_unicode_8z8z(text, &unicode, 0) == IDN2_OK && !is_ascii(unicode) &&
	    hm_idn_read(unicode, same, &error) == KNOT_EOK && knot_dname_is_equal(same, name)) {
		copy = strdup(unicode);
	}
	idn2_free(unicode);
	return copy;
}

bool hm_idn_can_show(void)
{
	return strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
}
