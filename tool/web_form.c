/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "web_form.h"

/*! \brief Name of the owner without the zone. */
static json_t *host(const char *owner, const char *zone)
{
	size_t len = strlen(owner), zone_len = strlen(zone);
	if (len <= zone_len) {
		return json_string("@");
	}
	return json_stringn(owner, len - zone_len - 1);
}

/*! \brief Text that ends in a host name, without its final dot. */
static json_t *without_dot(const char *text)
{
	size_t len = strlen(text);
	bool root = (len == 1 || (len > 1 && text[len - 2] == ' '));
	return json_stringn(text, (len > 0 && text[len - 1] == '.' && !root) ? len - 1 : len);
}

/*! \brief The strings of a TXT, joined; NULL if one cannot be typed, or memory is out. */
static json_t *joined(const uint8_t *rdata, uint16_t len)
{
	char text[UINT16_MAX];
	size_t text_len = 0;
	for (uint16_t i = 0; i < len; ) {
		for (uint8_t left = rdata[i++]; left > 0 && i < len; left--, i++) {
			if (rdata[i] < 0x20 || rdata[i] > 0x7e) {
				return NULL;
			}
			text[text_len++] = rdata[i];
		}
	}
	return json_stringn(text, text_len);
}

static json_t *txt_value(hm_rdata_reader_t *reader, const char *rdata)
{
	const uint8_t *wire;
	uint16_t len;
	json_t *value = NULL;
	if (hm_rdata_from_text(reader, KNOT_RRTYPE_TXT, rdata, &wire, &len) == KNOT_EOK) {
		value = joined(wire, len);
	}
	return (value != NULL) ? value : json_string(rdata);
}

static bool is_one_of(const char *type, const char *const *types)
{
	while (*types != NULL && strcmp(*types, type) != 0) {
		types++;
	}
	return *types != NULL;
}

json_t *hm_web_form(hm_rdata_reader_t *reader, const hm_text_record_t *record, const char *zone)
{
	static const char *const with_priority[] = { "MX", "SRV", NULL };
	static const char *const with_host[] = { "CNAME", "NS", "PTR", NULL };
	const char *rdata = record->rdata;
	json_t *priority = json_null(), *value = NULL;
	char *end = NULL;
	if (is_one_of(record->type, with_priority) && *rdata != '\\') {
		priority = json_integer(strtoul(rdata, &end, 10));
		value = without_dot(end + (*end == ' '));
	} else if (is_one_of(record->type, with_host)) {
		value = without_dot(rdata);
	} else if (strcmp(record->type, "TXT") == 0) {
		value = txt_value(reader, rdata);
	} else {
		value = json_string(rdata);
	}
	return json_pack("{s:s, s:o, s:s, s:I, s:o, s:o, s:s}", "owner", record->owner,
	                 "host", host(record->owner, zone), "type", record->type,
	                 "ttl", (json_int_t)record->ttl, "priority", priority,
	                 "value", value, "rdata", rdata);
}
