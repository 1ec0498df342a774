/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libknot/libknot.h>

#include "domain_connect_internal.h"

#define SPF "v=spf1"

/*! \brief Tell whether text is variables and nothing else, so that it could be anything. */
static bool is_bare(const char *text)
{
	while (*text == '%') {
		const char *end = strchr(text + 1, '%');
		if (end == NULL) {
			return false;
		}
		text = end + 1;
		if (*text == '\0') {
			return true;
		}
	}
	return false;
}

/*! \brief A name as a target: without its final dot, the domain itself as `@`. */
static json_t *target(hm_dc_record_t *record, const knot_dname_t *name)
{
	knot_dname_txt_storage_t txt;
	if (*name == '\0') {
		record->reason = "a target \".\" has no equivalent in a template";
		return NULL;
	}
	if (knot_dname_to_str(txt, name, sizeof(txt)) == NULL || strchr(txt, '\\') != NULL) {
		record->reason = "a name with such characters has no equivalent in a template";
		return NULL;
	}
	char *text = hm_dc_text(record, (const uint8_t *)txt, strlen(txt) - 1);
	if (text == NULL) {
		return NULL;
	}
	bool is_domain = (strcmp(text, "%fqdn%") == 0);
	if (!is_domain && is_bare(text)) {
		record->warning = "the target is nothing but variables, which the operators of the "
		                  "template repository do not like";
	}
	json_t *json = json_string(is_domain ? "@" : text);
	free(text);
	return json;
}

/*! \brief The owner, relative to where the template is applied; empty for that itself. */
static bool owner_text(hm_dc_record_t *record, knot_dname_txt_storage_t out)
{
	const knot_dname_t *owner = record->record->owner;
	if (knot_dname_to_str(out, owner, sizeof(knot_dname_txt_storage_t)) == NULL) {
		return false;
	}
	out[strlen(out) - 1] = '\0';
	static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
	                              "0123456789-_.";
	if (strcmp(out, "*") != 0 && out[strspn(out, allowed)] != '\0') {
		record->reason = "such an owner has no equivalent in a template";
		return false;
	}
	return true;
}

/*! \brief Start a record with its type and host. */
static json_t *begin(hm_dc_record_t *record, const char *type)
{
	knot_dname_txt_storage_t owner;
	if (!owner_text(record, owner)) {
		return NULL;
	}
	return json_pack("{s:s, s:s}", "type", type, "host", (*owner != '\0') ? owner : "@");
}

/*! \brief Set a member; takes both over. Without one of them there is no record. */
static json_t *with(json_t *json, const char *name, json_t *value)
{
	if (json == NULL || value == NULL) {
		json_decref(json);
		json_decref(value);
		return NULL;
	}
	if (json_object_set_new(json, name, value) != 0) {
		json_decref(json);
		return NULL;
	}
	return json;
}

static json_t *address(hm_dc_record_t *record, const char *type, int family)
{
	char text[INET6_ADDRSTRLEN];
	if (inet_ntop(family, record->rdata, text, sizeof(text)) == NULL) {
		return NULL;
	}
	return with(begin(record, type), "pointsTo", json_string(text));
}

static json_t *mx(hm_dc_record_t *record)
{
	json_t *json = with(begin(record, "MX"), "pointsTo", target(record, record->rdata + 2));
	return with(json, "priority", json_integer(record->rdata[0] << 8 | record->rdata[1]));
}

/*! \brief The owner of an SRV is taken apart: `_service._protocol.name`. */
static json_t *srv(hm_dc_record_t *record)
{
	knot_dname_txt_storage_t owner;
	if (!owner_text(record, owner)) {
		return NULL;
	}
	char *protocol = strchr(owner, '.');
	char *name = (protocol != NULL) ? strchr(protocol + 1, '.') : NULL;
	if (name != NULL) {
		*name++ = '\0';
	}
	if (protocol == NULL || owner[0] != '_' ||
	    (strcmp(protocol, "._tcp") != 0 && strcmp(protocol, "._udp") != 0 &&
	     strcmp(protocol, "._tls") != 0)) {
		record->reason = "an SRV without _SERVICE._tcp, _udp or _tls in front of its "
		                 "owner has no equivalent in a template";
		return NULL;
	}
	*protocol++ = '\0';
	const uint8_t *rdata = record->rdata;
	json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:i, s:i, s:i}", "type", "SRV", "name",
	                         (name != NULL) ? name : "@", "service", owner, "protocol",
	                         protocol, "priority", rdata[0] << 8 | rdata[1], "weight",
	                         rdata[2] << 8 | rdata[3], "port", rdata[4] << 8 | rdata[5]);
	return with(json, "target", target(record, rdata + 6));
}

/*! \brief All strings of a TXT as one text. */
static char *txt_text(hm_dc_record_t *record)
{
	uint8_t *joined = malloc(record->len + 1);
	size_t len = 0;
	for (size_t i = 0; joined != NULL && i < record->len; i += 1 + record->rdata[i]) {
		memcpy(joined + len, record->rdata + i + 1, record->rdata[i]);
		len += record->rdata[i];
	}
	char *text = (joined != NULL) ? hm_dc_text(record, joined, len) : NULL;
	free(joined);
	return text;
}

/*! \brief Tell whether a term of an SPF record can be one of spfRules (RFC 7208, section 4.6.1). */
static bool is_rule(const char *term)
{
	static const char *const names[] = { "include", "a", "mx", "ptr", "ip4", "ip6", "exists" };
	const char *first = strchr(term, '%');
	if ((first != NULL && strchr(first + 1, '%') != NULL) ||
	    strncasecmp(term, "redirect=", 9) == 0 || strncasecmp(term, "exp=", 4) == 0) {
		return true;
	}
	term += (strchr("+-~?", *term) != NULL);
	size_t len = strcspn(term, ":");
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (len == strlen(names[i]) && strncasecmp(term, names[i], len) == 0) {
			return true;
		}
	}
	return false;
}

/*! \brief The senders of an SPF record, which the DNS provider merges with those of others. */
static json_t *spf(hm_dc_record_t *record, char *text)
{
	char rules[UINT16_MAX + 1] = "", *state = NULL;
	size_t len = 0;
	for (char *term = strtok_r(text + strlen(SPF), " ", &state); term != NULL;
	     term = strtok_r(NULL, " ", &state)) {
		const char *plain = term + (strchr("+-~?", *term) != NULL);
		if (strcasecmp(plain, "all") == 0) {
			record->warning = (*term == '~') ? NULL :
			                  "the DNS provider ends the SPF record by rules of its "
			                  "own, mostly with ~all";
		} else if (is_rule(term)) {
			len += sprintf(rules + len, "%s%s", (len > 0) ? " " : "", term);
		} else {
			record->reason = "an SPF record with such a term has no equivalent in a "
			                 "template";
			return NULL;
		}
	}
	if (len == 0) {
		record->reason = "an SPF record without senders has no equivalent in a template, "
		                 "where it is merged with those of others";
		return NULL;
	}
	return with(begin(record, "SPFM"), "spfRules", json_string(rules));
}

/*!
 * \brief What text another TXT of the same owner must not begin with: `v=TAG` and `NAME=` of a
 *        verification are there once.
 */
static size_t unique_prefix(const char *text)
{
	size_t len = strcspn(text, "=");
	if (text[len] != '=' || memchr(text, ' ', len) != NULL || memchr(text, '%', len) != NULL) {
		return 0;
	}
	if (len == 1 && text[0] == 'v') {
		return len + 1 + strcspn(text + len + 1, "; %");
	}
	return (text[len + 1] == '%') ? len + 1 : 0;
}

static json_t *txt(hm_dc_record_t *record)
{
	char *text = txt_text(record);
	if (text == NULL) {
		return NULL;
	}
	size_t version = strlen(SPF);
	json_t *json;
	if (strncasecmp(text, SPF, version) == 0 &&
	    (text[version] == ' ' || text[version] == '\0')) {
		json = spf(record, text);
	} else if (*text == '\0') {
		record->reason = "an empty TXT has no equivalent in a template";
		json = NULL;
	} else {
		json = with(begin(record, "TXT"), "data", json_string(text));
		size_t prefix = unique_prefix(text);
		if (prefix > 0) {
			json = with(json, "txtConflictMatchingMode", json_string("Prefix"));
			json = with(json, "txtConflictMatchingPrefix", json_stringn(text, prefix));
		}
	}
	free(text);
	return json;
}

/*! \brief A name server of the profile, for a delegation. */
static json_t *ns(hm_dc_record_t *record)
{
	const knot_dname_t *domain = record->places->domain.name;
	if (knot_dname_in_bailiwick(record->rdata, domain) >= 0) {
		record->reason = "a name server in the domain itself needs its address in the zone "
		                 "above, which a template cannot give";
		return NULL;
	}
	return with(begin(record, "NS"), "pointsTo", target(record, record->rdata));
}

json_t *hm_dc_record(hm_dc_record_t *record)
{
	json_t *json = NULL;
	switch (record->record->type) {
	case KNOT_RRTYPE_A:
		json = address(record, "A", AF_INET);
		break;
	case KNOT_RRTYPE_AAAA:
		json = address(record, "AAAA", AF_INET6);
		break;
	case KNOT_RRTYPE_CNAME:
		json = with(begin(record, "CNAME"), "pointsTo", target(record, record->rdata));
		break;
	case KNOT_RRTYPE_NS:
		json = ns(record);
		break;
	case KNOT_RRTYPE_MX:
		json = mx(record);
		break;
	case KNOT_RRTYPE_TXT:
		json = txt(record);
		break;
	case KNOT_RRTYPE_SRV:
		json = srv(record);
		break;
	default:
		record->reason = "a record of this type has no equivalent in a template";
	}
	return with(json, "ttl", json_integer(record->record->ttl));
}
