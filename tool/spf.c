/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <libknot/libknot.h>

#include "idn.h"
#include "spf.h"

#define SPF_VERSION "v=spf1"

/*! \brief Look-ups after which counting ends: a record that includes itself never does. */
#define COUNT_MAX 40

/*! \brief A count under way. */
typedef struct {
	hm_spf_get_f get;
	void *ctx;
	hm_spf_t *spf;
} count_t;

/*! \brief Mechanisms (RFC 7208, section 5) and modifiers (section 6) that are known. */
typedef enum {
	FREE,      // Takes no look-up.
	ADDRESS,
	MX,
	PTR,
	EXISTS,
	INCLUDE,
	REDIRECT,
	ALL,
	MODIFIER,  // Another one.
	UNKNOWN,
} kind_t;

/*! \brief A term of a record. */
typedef struct {
	kind_t kind;
	const char *domain;  // Not terminated, NULL if there is none.
	size_t domain_len;
} term_t;

bool hm_spf_text(const knot_rdata_t *rdata, char *out)
{
	size_t len = 0;
	for (size_t pos = 0; pos < rdata->len; ) {
		size_t string = rdata->data[pos++];
		for (; string > 0 && pos < rdata->len; string--) {
			uint8_t c = rdata->data[pos++];
			out[len++] = (c >= ' ' && c < 0x7f) ? c : '?';
		}
	}
	out[len] = '\0';
	size_t version = strlen(SPF_VERSION);
	return len >= version && strncasecmp(out, SPF_VERSION, version) == 0 &&
	       (len == version || out[version] == ' ');
}

/*! \brief Note why the record is of no use; the first reason counts. */
__attribute__((format(printf, 2, 3)))
static void set_error(hm_spf_t *spf, const char *fmt, ...)
{
	if (*spf->error == '\0') {
		va_list args;
		va_start(args, fmt);
		vsnprintf(spf->error, sizeof(spf->error), fmt, args);
		va_end(args);
	}
}

static term_t parse_term(const char *word, size_t len)
{
	static const struct {
		const char *name;
		kind_t kind;
	} known[] = {
		{ "all", ALL }, { "include", INCLUDE }, { "a", ADDRESS }, { "mx", MX },
		{ "ptr", PTR }, { "ip4", FREE }, { "ip6", FREE }, { "exists", EXISTS },
		{ "redirect", REDIRECT }, { "exp", MODIFIER },
	};
	if (len > 0 && strchr("+-?~", *word) != NULL) {
		word++;
		len--;
	}
	size_t name = 0;
	while (name < len && strchr(":=/", word[name]) == NULL) {
		name++;
	}
	bool modifier = (name < len && word[name] == '=');
	term_t term = { .kind = modifier ? MODIFIER : UNKNOWN };
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		bool is = (strlen(known[i].name) == name &&
		           strncasecmp(word, known[i].name, name) == 0);
		if (is && modifier == (known[i].kind == REDIRECT || known[i].kind == MODIFIER)) {
			term.kind = known[i].kind;
		}
	}
	if (name < len && word[name] != '/') {
		term.domain = word + name + 1;
		term.domain_len = strcspn(term.domain, " /");
		if (term.domain_len > len - name - 1) {
			term.domain_len = len - name - 1;
		}
	}
	return term;
}

/*!
 * \brief The name that a term looks up.
 *
 * \return False if it depends on who sends, or is no name.
 */
static bool term_name(const term_t *term, const knot_dname_t *domain, knot_dname_storage_t out)
{
	if (term->domain == NULL) {
		memcpy(out, domain, knot_dname_size(domain));
		return true;
	}
	char text[KNOT_DNAME_TXT_MAXLEN + 1];
	if (term->domain_len == 0 || term->domain_len >= sizeof(text) ||
	    memchr(term->domain, '%', term->domain_len) != NULL) {
		return false;
	}
	memcpy(text, term->domain, term->domain_len);
	text[term->domain_len] = '\0';
	if (knot_dname_from_str(out, text, KNOT_DNAME_MAXLEN) == NULL) {
		return false;
	}
	knot_dname_to_lower(out);
	return true;
}

static void count_domain(count_t *count, const knot_dname_t *domain, bool first);

/*! \brief Look up what a mechanism asks for, addresses as an IPv4 client makes a receiver do. */
static void look_up(count_t *count, const knot_dname_t *name, uint16_t type)
{
	const knot_rdataset_t *rrs = NULL;
	hm_found_t found = count->get(count->ctx, name, type, &rrs);
	if (type == KNOT_RRTYPE_A && found == HM_FOUND_NODATA) {
		// For the other ones it is not void.
		found = count->get(count->ctx, name, KNOT_RRTYPE_AAAA, &rrs);
	}
	count->spf->voids += (found == HM_FOUND_NODATA || found == HM_FOUND_NXDOMAIN);
	count->spf->is_unsure |= (found == HM_FOUND_FAILURE);
	if (type == KNOT_RRTYPE_MX && found == HM_FOUND_RECORDS &&
	    rrs->count > HM_SPF_LOOKUPS_MAX) {
		knot_dname_txt_storage_t text;
		set_error(count->spf, "'mx' leads to the %u mail servers of %s, and receivers look "
		          "at no more than 10", rrs->count, hm_idn_text(name, text));
	}
}

static void count_term(count_t *count, const term_t *term, const knot_dname_t *domain)
{
	static const uint16_t types[] = {
		[ADDRESS] = KNOT_RRTYPE_A, [MX] = KNOT_RRTYPE_MX, [EXISTS] = KNOT_RRTYPE_A,
	};
	knot_dname_storage_t name;
	bool known = term_name(term, domain, name);
	count->spf->lookups++;
	if (!known) {
		bool macro = (term->domain_len > 0 &&
		              memchr(term->domain, '%', term->domain_len) != NULL);
		if (!macro) {
			set_error(count->spf, "'%.*s' in it is no domain name",
			          (int)term->domain_len, term->domain);
		}
		return;
	}
	if (term->kind == INCLUDE || term->kind == REDIRECT) {
		count_domain(count, name, false);
	} else if (term->kind != PTR) {
		look_up(count, name, types[term->kind]);
	}
}

/*! \brief Count the terms of a record. */
static void count_record(count_t *count, const char *text, const knot_dname_t *domain)
{
	term_t redirect = { .kind = UNKNOWN };
	bool has_all = false;
	const char *pos = text + strlen(SPF_VERSION);
	while (*pos != '\0' && count->spf->lookups < COUNT_MAX) {
		pos += strspn(pos, " ");
		size_t len = strcspn(pos, " ");
		term_t term = parse_term(pos, len);
		switch (term.kind) {
		case ADDRESS:
		case MX:
		case PTR:
		case EXISTS:
		case INCLUDE:
			// What comes after "all" is not looked at.
			if (!has_all) {
				count_term(count, &term, domain);
			}
			break;
		case REDIRECT:
			redirect = term;
			break;
		case ALL:
			has_all = true;
			break;
		case UNKNOWN:
			if (len > 0) {
				knot_dname_txt_storage_t owner;
				set_error(count->spf, "the record of %s has '%.*s', which is no "
				          "term of SPF", hm_idn_text(domain, owner),
				          (len < 60) ? (int)len : 60, pos);
			}
			break;
		default:
			break;
		}
		pos += len;
	}
	if (redirect.kind == REDIRECT && !has_all && count->spf->lookups < COUNT_MAX) {
		count_term(count, &redirect, domain);
	}
}

/*! \brief Find the SPF record of a domain and count its terms. */
static void count_domain(count_t *count, const knot_dname_t *domain, bool first)
{
	const knot_rdataset_t *rrs = NULL;
	hm_found_t found = count->get(count->ctx, domain, KNOT_RRTYPE_TXT, &rrs);
	if (found == HM_FOUND_FAILURE) {
		count->spf->is_unsure = true;
		return;
	}
	char *text = NULL;
	unsigned records = 0;
	for (uint16_t i = 0; found == HM_FOUND_RECORDS && i < rrs->count; i++) {
		const knot_rdata_t *rdata = knot_rdataset_at(rrs, i);
		char *one = malloc(rdata->len + 1);
		if (one != NULL && hm_spf_text(rdata, one)) {
			records++;
			free(text);
			text = one;
		} else {
			free(one);
		}
	}
	if (first) {
		count->spf->records = records;
	} else {
		count->spf->voids += (found != HM_FOUND_RECORDS);
	}
	knot_dname_txt_storage_t name;
	if (records == 1) {
		count_record(count, text, domain);
	} else if (!first) {
		set_error(count->spf, "it leads to %s, which has %s", hm_idn_text(domain, name),
		          (records == 0) ? "no SPF record" : "several SPF records");
	}
	free(text);
}

void hm_spf_count(hm_spf_get_f get, void *ctx, const knot_dname_t *domain, hm_spf_t *spf)
{
	*spf = (hm_spf_t){ 0 };
	count_t count = { .get = get, .ctx = ctx, .spf = spf };
	count_domain(&count, domain, true);
	// Too many look-ups come first, whatever else there is.
	if (spf->lookups > HM_SPF_LOOKUPS_MAX) {
		*spf->error = '\0';
		set_error(spf, "it takes %s%u DNS look-ups, and receivers stop after 10",
		          (spf->lookups >= COUNT_MAX) ? "at least " : "", spf->lookups);
	} else if (spf->voids > HM_SPF_VOIDS_MAX) {
		set_error(spf, "%u of its look-ups find nothing, and receivers stop after 2",
		          spf->voids);
	}
}
