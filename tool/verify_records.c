/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "idn.h"
#include "verify_internal.h"
#include "words.h"

/*! \brief Who can change records that the customer has set by hand. */
static char *keeper(const hm_facts_t *facts)
{
	hm_words_t words = { 0 };
	for (uint16_t i = 0; i < facts->parent->ns.count; i++) {
		hm_words_add_name(&words, knot_rdataset_at(&facts->parent->ns, i)->data);
	}
	char *servers = hm_words_end(&words), *text = NULL;
	knot_dname_txt_storage_t zone;
	bool ok = (servers != NULL);
	if (ok && *servers != '\0') {
		ok = asprintf(&text, "Where its zone is kept (name servers %s)", servers) >= 0;
	} else if (ok) {
		ok = asprintf(&text, "In the zone %s", (facts->parent->zone != NULL) ?
		              hm_idn_text(facts->parent->zone, zone) : "above it") >= 0;
	}
	free(servers);
	return ok ? text : NULL;
}

/*! \brief Records as one would type them. */
static char *rrset_text(const knot_rrset_t *rrset, hm_rdata_reader_t *reader)
{
	hm_words_t words = { 0 };
	knot_dname_txt_storage_t owner;
	char type[32] = "";
	(void)knot_rrtype_to_string(rrset->type, type, sizeof(type));
	hm_idn_text(rrset->owner, owner);
	for (uint16_t i = 0; i < rrset->rrs.count; i++) {
		char *rdata = hm_rdata_to_text(reader, rrset->type, &rrset->rrs, i);
		if (rdata != NULL) {
			hm_words_add(&words, "%s. %s %s", owner, type, rdata);
		} else {
			words.no_memory = true;
		}
		free(rdata);
	}
	return hm_words_end(&words);
}

/*! \brief One RRset that the customer has to set. */
static void decide_world(const hm_facts_t *facts, size_t i, const char *who,
                         hm_rdata_reader_t *reader, hm_verdicts_t *verdicts)
{
	const knot_rrset_t *rrset = &facts->expect->rrsets[i];
	const hm_world_facts_t *world = &facts->world[i];
	// Another SPF record has a finding of its own.
	bool one_more = (world->is_right && world->has_others && rrset->type != KNOT_RRTYPE_TXT);
	if (rrset->type == KNOT_RRTYPE_SOA || rrset->type == KNOT_RRTYPE_NS ||
	    (world->is_right && !one_more)) {
		return;
	}
	knot_dname_txt_storage_t owner;
	char type[32] = "";
	(void)knot_rrtype_to_string(rrset->type, type, sizeof(type));
	hm_idn_text(rrset->owner, owner);
	bool wrong = (world->found == HM_FOUND_RECORDS && world->text != NULL);
	char *text = rrset_text(rrset, reader), *action = NULL;
	int ret = (text == NULL) ? -1 :
	          one_more ? asprintf(&action, "%s, remove it", who) :
	          (world->found == HM_FOUND_FAILURE) ?
	          asprintf(&action, "%s, look why: it may be delegated to name servers that do not "
	                   "have it. It should be: %s", who, text) :
	          asprintf(&action, "%s, %s: %s", who, wrong ? "replace it by" : "add", text);
	if (ret < 0) {
		verdicts->no_memory = true;
	} else if (world->found == HM_FOUND_FAILURE) {
		hm_verdict_add(verdicts, "not-resolved", action, "The %s record of %s cannot be "
		               "resolved: its name servers fail, or do not answer", type, owner);
	} else if (wrong) {
		hm_verdict_add(verdicts, "record-wrong", action, "%s has %s %s record than the "
		               "profile %s: %s", owner, one_more ? "one more" : "another", type,
		               facts->profile, world->text);
	} else {
		hm_verdict_add(verdicts, "record-missing", action, "%s has no %s record%s", owner, type,
		               (world->found == HM_FOUND_RECORDS) ? " as in the profile" : "");
	}
	free(text);
	free((ret < 0) ? NULL : action);
}

/*! \brief The records that the customer has set by hand. */
static void decide_by_hand(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	char *who = keeper(facts);
	hm_rdata_reader_t *reader = hm_rdata_reader_new();
	if (who == NULL || reader == NULL) {
		verdicts->no_memory = true;
	}
	for (size_t i = 0; i < facts->expect->count && who != NULL && reader != NULL; i++) {
		decide_world(facts, i, who, reader, verdicts);
	}
	hm_rdata_reader_free(reader);
	free(who);
}

#define FAILURE_ACTION "Whoever runs the zone of this name has to look at its name servers and DNSSEC"

/*! \brief What is wrong with a target. */
static const char *target_fault(const hm_target_facts_t *target)
{
	switch (target->found) {
	case HM_FOUND_NXDOMAIN:
		return "does not exist";
	case HM_FOUND_NODATA:
		return target->is_text ? "has no TXT record" : "has no address";
	default:
		return "cannot be resolved: its name servers fail, or do not answer";
	}
}

static bool is_below(const hm_facts_t *facts, const hm_target_facts_t *target)
{
	return knot_dname_in_bailiwick(target->name, facts->domain) >= 0;
}

static void decide_mx(const hm_facts_t *facts, const hm_target_facts_t *target,
                      hm_verdicts_t *verdicts)
{
	knot_dname_txt_storage_t owner, name;
	hm_idn_text(target->rrset->owner, owner);
	hm_idn_text(target->name, name);
	if (target->is_address) {
		hm_verdict_add(verdicts, "mx-address", "In the profile, put the name of the mail server "
		               "there", "The MX record of %s has the IP address %s where the name of a "
		               "mail server has to be", owner, name);
	} else if (target->is_alias) {
		hm_verdict_add(verdicts, "mx-alias", "Give the mail server addresses of its own (A, "
		               "AAAA) in place of the CNAME record", "%s, a mail server of %s, is an "
		               "alias (CNAME), which some senders refuse (RFC 2181, section 10.3)",
		               name, owner);
	} else if (target->found != HM_FOUND_RECORDS) {
		hm_verdict_add(verdicts, (target->found == HM_FOUND_FAILURE) ? "target-failure" :
		               "mx-target", (target->found == HM_FOUND_FAILURE) ? FAILURE_ACTION :
		               is_below(facts, target) ?
		               "In the profile, give it an address, or correct the MX record" :
		               "In the zone that has this name, give it an address, or correct the "
		               "profile or the variables of the domain",
		               "%s, a mail server of %s, %s", name, owner, target_fault(target));
	}
}

/*! \brief Tell whether what leads to two targets is one finding. */
static bool is_same(const hm_target_facts_t *a, const hm_target_facts_t *b)
{
	return a->rrset->type == b->rrset->type && a->is_text == b->is_text &&
	       knot_dname_is_equal(a->name, b->name);
}

/*! \brief A target of all but MX records, with all that leads to it. */
static void decide_target(const hm_facts_t *facts, size_t i, hm_verdicts_t *verdicts)
{
	const hm_target_facts_t *target = &facts->targets[i];
	bool dkim = false, told = (target->found == HM_FOUND_RECORDS);
	for (size_t before = 0; before < i && !told; before++) {
		told = is_same(&facts->targets[before], target);
	}
	hm_words_t words = { 0 };
	for (size_t other = i; other < facts->targets_count && !told; other++) {
		if (is_same(&facts->targets[other], target)) {
			knot_dname_txt_storage_t owner;
			hm_idn_text(facts->targets[other].rrset->owner, owner);
			dkim |= (strstr(owner, "._domainkey.") != NULL);
			hm_words_add(&words, "%s", owner);
		}
	}
	bool many = (words.count > 1);
	char *owners = hm_words_end(&words);
	verdicts->no_memory |= (owners == NULL);
	if (told || owners == NULL) {
		free(owners);
		return;
	}
	knot_dname_txt_storage_t name;
	const char *code = (target->found == HM_FOUND_FAILURE) ? "target-failure" :
	                   dkim ? "dkim-target" :
	                   (target->rrset->type == KNOT_RRTYPE_SRV) ? "srv-target" : "cname-target";
	hm_verdict_warn(verdicts, code, (target->found == HM_FOUND_FAILURE) ? FAILURE_ACTION : dkim ?
	                "Publish the public key of the domain there, or switch the signing of its "
	                "mail off until it is" :
	                "In the zone that has this name, add its records, or correct the profile or "
	                "the variables of the domain",
	                "%s, to which %s %s, %s", hm_idn_text(target->name, name), owners,
	                many ? "lead" : "leads", target_fault(target));
	free(owners);
}

/*!
 * \brief Warn of records of the domain: to be mended where the customer has set them by hand, else
 *        in the profile.
 */
__attribute__((format(printf, 5, 6)))
static void warn_there(const hm_facts_t *facts, hm_verdicts_t *verdicts, const char *code,
                       const char *what_to_do, const char *fmt, ...)
{
	char *who = NULL, *action = NULL, *what = NULL;
	if (hm_verify_is_by_hand(facts)) {
		who = keeper(facts);
	} else if (asprintf(&who, "In the profile %s", facts->profile) < 0) {
		who = NULL;
	}
	va_list args;
	va_start(args, fmt);
	int ret = vasprintf(&what, fmt, args);
	va_end(args);
	if (who != NULL && ret >= 0 && asprintf(&action, "%s, %s", who, what_to_do) >= 0) {
		hm_verdict_warn(verdicts, code, action, "%s", what);
		free(action);
	} else {
		verdicts->no_memory = true;
	}
	free((ret >= 0) ? what : NULL);
	free(who);
}

static void decide_spf(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	const hm_spf_t *spf = &facts->spf;
	knot_dname_txt_storage_t domain;
	hm_idn_text(facts->domain, domain);
	if (spf->records > 1) {
		warn_there(facts, verdicts, "spf-several", "put all that they allow into one record, and "
		                "remove the others", "%s has %u SPF records, so receivers take none of "
		                "them (RFC 7208, section 4.5)", domain, spf->records);
	} else if (spf->lookups > HM_SPF_LOOKUPS_MAX) {
		warn_there(facts, verdicts, "spf-lookups", "take terms out of the SPF record: each of "
		                "include, a, mx, ptr, exists and redirect is a look-up, and so are those "
		                "in the records that are included",
		                "The SPF record of %s is of no use to receivers: %s", domain, spf->error);
	} else if (*spf->error != '\0') {
		warn_there(facts, verdicts, "spf-error", "correct the SPF record",
		                "The SPF record of %s is of no use to receivers: %s", domain, spf->error);
	}
}

static void decide_sts(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	if (!facts->has_sts || facts->sts_host == HM_FOUND_RECORDS) {
		return;
	}
	knot_dname_txt_storage_t domain;
	hm_idn_text(facts->domain, domain);
	warn_there(facts, verdicts, "mta-sts-host", "add mta-sts as a CNAME to the host with the policy, "
	                "or remove the TXT record _mta-sts",
	                "%s announces an MTA-STS policy, but mta-sts.%s, where senders look for it, %s",
	                domain, domain,
	                (facts->sts_host == HM_FOUND_FAILURE) ? "cannot be resolved" :
	                (facts->sts_host == HM_FOUND_NODATA) ? "has no address" : "does not exist");
}

/*! \brief What a resolver says, if nothing else explains it. */
static void decide_resolved(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	knot_dname_txt_storage_t domain;
	hm_idn_text(facts->domain, domain);
	if (facts->bogus != NULL) {
		for (size_t i = 0; i < verdicts->count; i++) {
			if (strcmp(verdicts->items[i].code, "ds-without-dnskey") == 0) {
				return;
			}
		}
		hm_verdict_add(verdicts, "bogus", "Compare the DS records of the domain with its keys; "
		               "without keys, have them removed at the registrar",
		               "Resolvers that validate refuse %s: %s", domain, facts->bogus);
	} else if (facts->mx == HM_FOUND_FAILURE && verdicts->count == 0) {
		hm_verdict_add(verdicts, "not-resolved", "Try again; if it lasts, ask the name servers of "
		               "the zones above one by one (kdig +trace)",
		               "A resolver finds no MX record of %s, though its name servers answer",
		               domain);
	}
}

void hm_verify_decide_records(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	decide_resolved(facts, verdicts);
	if (facts->world != NULL && hm_verify_is_by_hand(facts)) {
		decide_by_hand(facts, verdicts);
	}
	for (size_t i = 0; i < facts->targets_count; i++) {
		if (facts->targets[i].rrset->type == KNOT_RRTYPE_MX) {
			decide_mx(facts, &facts->targets[i], verdicts);
		} else {
			decide_target(facts, i, verdicts);
		}
	}
	decide_spf(facts, verdicts);
	decide_sts(facts, verdicts);
}
