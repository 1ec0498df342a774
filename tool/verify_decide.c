/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "idn.h"
#include "memory.h"
#include "verify_internal.h"
#include "words.h"

const hm_code_t hm_verify_codes[] = {
	{ "not-hosted", "not hosted" },
	{ "flag-wrong", "flagged, but wrongly" },
	{ "parent-silent", "the parent's name servers say nothing of use" },
	{ "not-registered", "not registered, or expired" },
	{ "not-delegated", "not delegated, and no records by hand" },
	{ "delegated-elsewhere", "delegated to others alone" },
	{ "delegated-mixed", "delegated to others as well" },
	{ "delegated-incomplete", "not delegated to all of the name servers" },
	{ "ds-without-dnskey", "a DS record, but no signatures" },
	{ "bogus", "forged as far as DNSSEC can tell" },
	{ "server-no-address", "a name server without an address" },
	{ "server-refused", "a name server that does not know the domain" },
	{ "server-servfail", "a name server that fails" },
	{ "server-lame", "a name server that is not authoritative" },
	{ "server-error", "a name server that answers with another error" },
	{ "server-garbage", "a name server that answers with garbage" },
	{ "server-closed", "a name server that does not run" },
	{ "server-silent", "a name server that does not answer" },
	{ "server-differs", "a name server with other records" },
	{ "server-no-tcp", "a name server without TCP" },
	{ "server-behind", "a name server with an older hosted zone" },
	{ "servers-unreachable", "no name server can be reached from here" },
	{ "not-resolved", "a resolver finds nothing" },
	{ "record-missing", "a record that is missing" },
	{ "record-wrong", "a record that is wrong" },
	{ "mx-address", "an MX record with an IP address" },
	{ "mx-alias", "a mail server that is an alias" },
	{ "mx-target", "a mail server that does not exist" },
	{ "cname-target", "an alias of what does not exist" },
	{ "dkim-target", "a DKIM key that does not exist" },
	{ "srv-target", "a service at a host that does not exist" },
	{ "target-failure", "a name that cannot be resolved" },
	{ "spf-several", "several SPF records" },
	{ "spf-lookups", "SPF with more than 10 look-ups" },
	{ "spf-error", "SPF that receivers cannot use" },
	{ "mta-sts-host", "an MTA-STS policy without its host" },
	{ NULL, NULL }
};

/*! \brief A sentence with its full stop, which may be that of a name; NULL if memory is out. */
static char *sentence(const char *text)
{
	size_t len = strlen(text);
	char *out;
	return asprintf(&out, "%s%s", text, (len > 0 && text[len - 1] == '.') ? "" : ".") < 0 ?
	       NULL : out;
}

/*! \brief Add a finding. */
static void add(hm_verdicts_t *verdicts, hm_severity_t severity, const char *code,
                const char *action, const char *fmt, va_list args)
{
	hm_verdict_t item = { .code = code, .severity = severity };
	char *text = NULL;
	if (vasprintf(&text, fmt, args) < 0) {
		verdicts->no_memory = true;
		return;
	}
	item.what = sentence(text);
	item.action = sentence(action);
	free(text);
	if (item.what == NULL || item.action == NULL ||
	    !hm_array_grow(&verdicts->items, verdicts->count, sizeof(*verdicts->items))) {
		free(item.what);
		free(item.action);
		verdicts->no_memory = true;
		return;
	}
	verdicts->items[verdicts->count++] = item;
}

void hm_verdict_add(hm_verdicts_t *verdicts, const char *code, const char *action,
                    const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	add(verdicts, HM_ERROR, code, action, fmt, args);
	va_end(args);
}

void hm_verdict_warn(hm_verdicts_t *verdicts, const char *code, const char *action,
                     const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	add(verdicts, HM_WARNING, code, action, fmt, args);
	va_end(args);
}

void hm_verdicts_clear(hm_verdicts_t *verdicts)
{
	for (size_t i = 0; i < verdicts->count; i++) {
		free(verdicts->items[i].what);
		free(verdicts->items[i].action);
	}
	free(verdicts->items);
	*verdicts = (hm_verdicts_t){ 0 };
}

/*! \brief The name servers of the profile. */
static const knot_rdataset_t *our_names(const hm_facts_t *facts)
{
	const knot_rrset_t *ns = hm_expect_find(facts->expect, facts->domain, KNOT_RRTYPE_NS);
	return &ns->rrs;
}

bool hm_verify_is_ours(const hm_facts_t *facts)
{
	const knot_rdataset_t *ours = our_names(facts);
	for (uint16_t i = 0; i < facts->parent->ns.count; i++) {
		if (knot_rdataset_member(ours, knot_rdataset_at(&facts->parent->ns, i))) {
			return true;
		}
	}
	return false;
}

bool hm_verify_is_by_hand(const hm_facts_t *facts)
{
	for (size_t i = 0; i < facts->expect->count && facts->world != NULL; i++) {
		uint16_t type = facts->expect->rrsets[i].type;
		if (facts->world[i].is_right && (type == KNOT_RRTYPE_MX ||
		    type == KNOT_RRTYPE_CNAME || type == KNOT_RRTYPE_SRV)) {
			return true;
		}
	}
	return false;
}

/*! \brief Names of a list that another list does not have, or does. */
static char *names_of(const knot_rdataset_t *list, const knot_rdataset_t *other, bool in_other)
{
	hm_words_t words = { 0 };
	for (uint16_t i = 0; i < list->count; i++) {
		const knot_rdata_t *name = knot_rdataset_at(list, i);
		if (other == NULL || knot_rdataset_member(other, name) == in_other) {
			hm_words_add_name(&words, name->data);
		}
	}
	return hm_words_end(&words);
}

/*! \brief The parts of a sentence about a delegation; NULL if memory is out. */
typedef struct {
	knot_dname_txt_storage_t domain;
	knot_dname_txt_storage_t zone;
	char *have;      // All that it is delegated to.
	char *want;      // All of ours.
	char *good;      // Of ours, those that it has.
	char *missing;   // Of ours, those that it lacks.
	char *foreign;   // Others.
	char *place;     // Where to change it.
} parts_t;

static void parts_init(const hm_facts_t *facts, parts_t *parts)
{
	const hm_parent_facts_t *parent = facts->parent;
	const knot_rdataset_t *ours = our_names(facts);
	hm_idn_text(facts->domain, parts->domain);
	*parts->zone = '\0';
	if (parent->zone != NULL) {
		hm_idn_text(parent->zone, parts->zone);
	}
	parts->have = names_of(&parent->ns, NULL, false);
	parts->want = names_of(ours, NULL, false);
	parts->good = names_of(ours, &parent->ns, true);
	parts->missing = names_of(ours, &parent->ns, false);
	parts->foreign = names_of(&parent->ns, ours, false);
	bool ok = parent->is_registry ? (parts->place = strdup("At the registrar")) != NULL :
	          asprintf(&parts->place, "In the zone %s", parts->zone) >= 0;
	parts->place = ok ? parts->place : NULL;
}

static bool parts_are_there(const parts_t *parts)
{
	return parts->have != NULL && parts->want != NULL && parts->good != NULL &&
	       parts->missing != NULL && parts->foreign != NULL && parts->place != NULL;
}

static void parts_clear(parts_t *parts)
{
	free(parts->have);
	free(parts->want);
	free(parts->good);
	free(parts->missing);
	free(parts->foreign);
	free(parts->place);
}

/*! \brief How to set the whole delegation; to be freed with free(). */
static char *set_servers(const hm_facts_t *facts, const parts_t *parts)
{
	char *text;
	int ret = facts->parent->is_registry ?
	          asprintf(&text, "%s, set the name servers to %s%s", parts->place, parts->want,
	                   facts->parent->has_ds ? ", and remove the DS record (switch DNSSEC off) "
	                   "at least a day before" : "") :
	          asprintf(&text, "%s, let %s have NS records for %s and no others%s", parts->place,
	                   parts->domain, parts->want,
	                   facts->parent->has_ds ? ", and no DS record" : "");
	return (ret >= 0) ? text : NULL;
}

static const char *why_silent(hm_match_t match)
{
	switch (match) {
	case HM_MATCH_REFUSED:
		return "refuses to answer";
	case HM_MATCH_SERVFAIL:
		return "answers with SERVFAIL";
	case HM_MATCH_LAME:
		return "answers without authority";
	case HM_MATCH_GARBAGE:
		return "answers with garbage";
	case HM_MATCH_CLOSED:
		return "does not run";
	case HM_MATCH_UNREACHABLE:
		return "cannot be reached from here";
	case HM_MATCH_TIMEOUT:
		return "does not answer";
	default:
		return "answers with an error";
	}
}

static void decide_silent(const hm_facts_t *facts, const parts_t *parts, hm_verdicts_t *verdicts)
{
	const hm_parent_facts_t *parent = facts->parent;
	if (parent->zone == NULL) {
		hm_verdict_add(verdicts, "parent-silent", "Check that this machine may ask name "
		               "servers (UDP and TCP port 53), and try again",
		               "The zone above %s was not found", parts->domain);
	} else if (*parent->server == '\0') {
		hm_verdict_add(verdicts, "parent-silent", "Tell whoever runs that zone",
		               "The name servers of %s, the zone above %s, have no address",
		               parts->zone, parts->domain);
	} else {
		hm_verdict_add(verdicts, "parent-silent", "Try again later; if it lasts, tell "
		               "whoever runs that zone",
		               "No name server of %s, the zone above %s, says anything of use: the "
		               "last one that was asked, %s, %s", parts->zone, parts->domain,
		               parent->server, why_silent(parent->silence));
	}
}

/*! \brief What is to be done if the name is not there, or not delegated. */
static void decide_absent(const hm_facts_t *facts, const parts_t *parts, hm_verdicts_t *verdicts)
{
	bool nxdomain = (facts->parent->result == HM_PARENT_NXDOMAIN);
	char *set = set_servers(facts, parts);
	if (set == NULL) {
		verdicts->no_memory = true;
	} else if (nxdomain && facts->parent->is_registry) {
		char *action;
		if (asprintf(&action, "The customer has to register it, or to ask the registrar why "
		             "it is not in %s. %s", parts->zone, set) < 0) {
			verdicts->no_memory = true;
		} else {
			hm_verdict_add(verdicts, "not-registered", action,
			               "%s does not exist in %s: it is not registered, has expired, or is "
			               "on hold", parts->domain, parts->zone);
			free(action);
		}
	} else {
		hm_verdict_add(verdicts, "not-delegated", set,
		               nxdomain ? "%s does not exist in the zone %s" :
		               "%s is not delegated: the zone %s has no NS record for it",
		               parts->domain, parts->zone);
	}
	free(set);
}

/*! \brief Compare the delegation with the name servers of the profile. */
static void decide_delegation(const hm_facts_t *facts, const parts_t *parts,
                              hm_verdicts_t *verdicts)
{
	char *action = NULL;
	if (!hm_verify_is_ours(facts)) {
		action = set_servers(facts, parts);
		if (action != NULL) {
			hm_verdict_add(verdicts, "delegated-elsewhere", action,
			               "%s is delegated to %s", parts->domain, parts->have);
		}
	} else if (*parts->foreign != '\0') {
		const char *also = (*parts->missing != '\0') ? ", and add " : "";
		if (asprintf(&action, "%s, remove %s%s%s", parts->place, parts->foreign, also,
		             parts->missing) < 0) {
			action = NULL;
		} else {
			hm_verdict_add(verdicts, "delegated-mixed", action,
			               "%s is delegated to %s, but to %s as well: whoever asks there gets "
			               "other records", parts->domain, parts->good, parts->foreign);
		}
	} else if (*parts->missing != '\0') {
		if (asprintf(&action, "%s, add %s", parts->place, parts->missing) < 0) {
			action = NULL;
		} else {
			hm_verdict_warn(verdicts, "delegated-incomplete", action,
			                "%s is delegated to %s, but not to %s", parts->domain,
			                parts->good, parts->missing);
		}
	} else {
		return;
	}
	verdicts->no_memory |= (action == NULL);
	free(action);
}

/*! \brief A DS record without signatures makes every resolver that validates refuse the domain. */
static void decide_ds(const hm_facts_t *facts, const parts_t *parts, hm_verdicts_t *verdicts)
{
	bool answered = false, signs = false;
	for (size_t i = 0; i < facts->servers_count; i++) {
		answered |= (facts->servers[i].udp[0] == HM_MATCH_RIGHT ||
		             facts->servers[i].udp[0] == HM_MATCH_OTHER);
		signs |= facts->servers[i].has_dnskey;
	}
	if (!facts->parent->has_ds || !answered || signs || !hm_verify_is_ours(facts)) {
		return;
	}
	char *action;
	if (asprintf(&action, "%s, remove the DS record%s", parts->place,
	             facts->parent->is_registry ? " (switch DNSSEC off)" : "") < 0) {
		verdicts->no_memory = true;
		return;
	}
	hm_verdict_add(verdicts, "ds-without-dnskey", action,
	               "%s has a DS record in %s, but is not signed: resolvers that validate refuse "
	               "all of it", parts->domain, parts->zone);
	free(action);
}

void hm_verify_decide_parent(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	parts_t parts = { 0 };
	parts_init(facts, &parts);
	if (!parts_are_there(&parts)) {
		verdicts->no_memory = true;
	} else if (facts->parent->result == HM_PARENT_SILENT) {
		decide_silent(facts, &parts, verdicts);
	} else if (!hm_verify_is_by_hand(facts)) {
		if (facts->parent->result == HM_PARENT_DELEGATED) {
			decide_delegation(facts, &parts, verdicts);
			decide_ds(facts, &parts, verdicts);
		} else {
			decide_absent(facts, &parts, verdicts);
		}
	}
	parts_clear(&parts);
}

void hm_verify_decide(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	hm_verify_decide_parent(facts, verdicts);
	hm_verify_decide_servers(facts, verdicts);
	hm_verify_decide_records(facts, verdicts);
}
