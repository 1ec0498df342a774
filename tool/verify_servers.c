/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "idn.h"
#include "verify_internal.h"
#include "words.h"

/*! \brief What to say of servers that fail for the SOA. */
static const struct {
	hm_match_t match;
	const char *code;
	const char *one;      /*!< What one server does. */
	const char *many;     /*!< What several do. */
	const char *action;
} failures[] = {
	{ HM_MATCH_REFUSED, "server-refused",
	  "does not serve the domain (REFUSED)", "do not serve the domain (REFUSED)",
	  "Bring the hosted set there up to date: \"khostedmail check -s SOCKET\" compares what that "
	  "server has with the hosted file, \"knotc zone-status\" shows its hosted zone, and \"knotc "
	  "reload\" loads both" },
	{ HM_MATCH_LAME, "server-lame",
	  "answers without authority", "answer without authority",
	  "Check that it is a server with the module, and that its address is right" },
	{ HM_MATCH_SERVFAIL, "server-servfail",
	  "answers with SERVFAIL", "answer with SERVFAIL",
	  "Look at the log of that server: a wrong flag, or a hosted zone that has expired" },
	{ HM_MATCH_NODATA, "server-lame", "has no SOA record for it", "have no SOA record for it",
	  "Check that an ordinary zone of the server is not in the way" },
	{ HM_MATCH_NXDOMAIN, "server-lame",
	  "says that the domain does not exist", "say that the domain does not exist",
	  "Bring the hosted set there up to date; check that an ordinary zone of the server, one above "
	  "the domain, does not answer in its place" },
	{ HM_MATCH_ERROR, "server-error",
	  "answers with an error", "answer with an error", "Look at the log of that server" },
	{ HM_MATCH_GARBAGE, "server-garbage",
	  "answers with what is no answer", "answer with what is no answer",
	  "Find out what is in between, or what else listens there" },
	{ HM_MATCH_CLOSED, "server-closed", "does not run", "do not run",
	  "Start knotd there, or let it listen to that address" },
	{ HM_MATCH_TIMEOUT, "server-silent", "does not answer", "do not answer",
	  "Check that the host is up, and that its firewall lets UDP and TCP port 53 through" },
};

/*! \brief Name and address of a server. */
static void add_server(hm_words_t *words, const hm_server_facts_t *server)
{
	knot_dname_txt_storage_t name;
	char address[HM_ADDRESS_MAX];
	hm_words_add(words, "%s (%s)", hm_idn_text(server->name, name),
	             hm_address_text(&server->address, address));
}

/*! \brief Tell whether a server answers for the domain at all. */
static bool answers(const hm_server_facts_t *server)
{
	return server->udp[0] == HM_MATCH_RIGHT || server->udp[0] == HM_MATCH_OTHER;
}

/*! \brief Tell whether a server sends clients to TCP, where they get nothing. */
static bool lacks_tcp(const hm_server_facts_t *server)
{
	return server->tcp >= HM_MATCH_GARBAGE && server->tcp != HM_MATCH_UNREACHABLE &&
	       (answers(server) || server->truncated);
}

/*! \brief Tell what servers have failed, all that do it in the same way at once. */
static void decide_failures(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	knot_dname_txt_storage_t domain;
	hm_idn_text(facts->domain, domain);
	for (size_t f = 0; f < sizeof(failures) / sizeof(failures[0]); f++) {
		hm_words_t words = { 0 };
		for (size_t i = 0; i < facts->servers_count; i++) {
			if (facts->servers[i].udp[0] == failures[f].match &&
			    !lacks_tcp(&facts->servers[i])) {
				add_server(&words, &facts->servers[i]);
			}
		}
		size_t count = words.count;
		char *who = hm_words_end(&words);
		if (who == NULL) {
			verdicts->no_memory = true;
		} else if (count > 0) {
			hm_verdict_add(verdicts, failures[f].code, failures[f].action,
			               "Asked for %s, %s %s", domain, who,
			               (count == 1) ? failures[f].one : failures[f].many);
		}
		free(who);
	}
}

/*! \brief Name the RRsets of a server that are not as they should be. */
static char *differences(const hm_facts_t *facts, const hm_server_facts_t *server)
{
	hm_words_t words = { 0 };
	for (size_t i = 0; i < facts->expect->count; i++) {
		const knot_rrset_t *rrset = &facts->expect->rrsets[i];
		knot_dname_txt_storage_t owner;
		char type[32] = "";
		(void)knot_rrtype_to_string(rrset->type, type, sizeof(type));
		hm_idn_text(rrset->owner, owner);
		hm_match_t match = server->udp[i];
		if (match == HM_MATCH_RIGHT) {
			continue;
		}
		if (rrset->type == KNOT_RRTYPE_SOA && server->has_soa &&
		    server->soa != knot_soa_serial(rrset->rrs.rdata)) {
			hm_words_add(&words, "serial %u in its SOA where the profile has %u",
			             server->soa, knot_soa_serial(rrset->rrs.rdata));
		} else if (match == HM_MATCH_OTHER) {
			hm_words_add(&words, "other %s records at %s", type, owner);
		} else if (match == HM_MATCH_NODATA || match == HM_MATCH_NXDOMAIN) {
			hm_words_add(&words, "no %s record at %s", type, owner);
		} else {
			hm_words_add(&words, "no answer for %s %s", owner, type);
		}
	}
	return hm_words_end(&words);
}

static bool is_same(const hm_facts_t *facts, size_t a, size_t b)
{
	const hm_server_facts_t *x = &facts->servers[a], *y = &facts->servers[b];
	return x->soa == y->soa &&
	       memcmp(x->udp, y->udp, facts->expect->count * sizeof(*x->udp)) == 0;
}

/*! \brief Tell which servers have other records, those that have the same ones at once. */
static void decide_differences(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	for (size_t i = 0; i < facts->servers_count; i++) {
		const hm_server_facts_t *server = &facts->servers[i];
		bool told = false;
		for (size_t before = 0; before < i && !told; before++) {
			told = is_same(facts, before, i);
		}
		if (told || !answers(server)) {
			continue;
		}
		char *what = differences(facts, server);
		if (what == NULL || *what == '\0') {
			verdicts->no_memory |= (what == NULL);
			free(what);
			continue;
		}
		hm_words_t words = { 0 };
		for (size_t other = i; other < facts->servers_count; other++) {
			if (is_same(facts, i, other)) {
				add_server(&words, &facts->servers[other]);
			}
		}
		bool many = (words.count > 1);
		char *who = hm_words_end(&words);
		if (who != NULL) {
			hm_verdict_add(verdicts, "server-differs",
			               "Bring profiles and hosted set there up to date, then \"knotc reload\"",
			               "%s %s from the profile %s: %s", who,
			               many ? "differ" : "differs", facts->profile, what);
		}
		verdicts->no_memory |= (who == NULL);
		free(who);
		free(what);
	}
}

/*! \brief Tell which servers answer by UDP, but not by TCP. */
static void decide_tcp(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	hm_words_t words = { 0 };
	for (size_t i = 0; i < facts->servers_count; i++) {
		if (lacks_tcp(&facts->servers[i])) {
			add_server(&words, &facts->servers[i]);
		}
	}
	bool many = (words.count > 1), any = (words.count > 0);
	char *who = hm_words_end(&words);
	if (who != NULL && any) {
		hm_verdict_add(verdicts, "server-no-tcp", "Let TCP port 53 through the firewall there",
		               "%s %s by UDP, but not by TCP, which long answers need", who,
		               many ? "answer" : "answers");
	}
	verdicts->no_memory |= (who == NULL);
	free(who);
}

/*! \brief Tell which servers have an older version of a hosted zone than others. */
static void decide_serials(const hm_facts_t *facts, size_t zone, hm_verdicts_t *verdicts)
{
	bool known = false;
	uint32_t newest = 0, old = 0;
	for (size_t i = 0; i < facts->servers_count; i++) {
		const hm_serial_fact_t *fact = &facts->servers[i].serials[zone];
		if (fact->known && (!known || (int32_t)(fact->serial - newest) > 0)) {
			newest = fact->serial;
			known = true;
		}
	}
	hm_words_t words = { 0 };
	for (size_t i = 0; i < facts->servers_count; i++) {
		const hm_serial_fact_t *fact = &facts->servers[i].serials[zone];
		if (fact->known && fact->serial != newest) {
			add_server(&words, &facts->servers[i]);
			old = fact->serial;
		}
	}
	bool many = (words.count > 1), any = (words.count > 0);
	char *who = hm_words_end(&words);
	if (who != NULL && any) {
		knot_dname_txt_storage_t name;
		hm_verdict_warn(verdicts, "server-behind",
		                "Look there why it is not transferred (knotc zone-status, knotc "
		                "zone-refresh, the log)",
		                "%s %s serial %u of the hosted zone '%s', others have %u", who,
		                many ? "have" : "has", old, hm_idn_text(facts->zones[zone], name),
		                newest);
	}
	verdicts->no_memory |= (who == NULL);
	free(who);
}

static void decide_names(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	for (size_t i = 0; i < facts->names_count; i++) {
		static const char *const whys[] = {
			[HM_FOUND_NODATA] = "has no address", [HM_FOUND_NXDOMAIN] = "does not exist",
			[HM_FOUND_FAILURE] = "cannot be resolved",
		};
		if (facts->names[i].found != HM_FOUND_RECORDS) {
			knot_dname_txt_storage_t name;
			hm_verdict_add(verdicts, "server-no-address", "In the zone that has this name, give "
			               "it an address (A, AAAA), or correct the NS record of the profile",
			               "The name server %s of the profile %s %s",
			               hm_idn_text(facts->names[i].name, name), facts->profile,
			               whys[facts->names[i].found]);
		}
	}
}

void hm_verify_decide_servers(const hm_facts_t *facts, hm_verdicts_t *verdicts)
{
	decide_names(facts, verdicts);
	bool reached = (facts->servers_count == 0);
	for (size_t i = 0; i < facts->servers_count; i++) {
		reached |= (facts->servers[i].udp[0] != HM_MATCH_UNREACHABLE);
	}
	if (!reached) {
		hm_verdict_warn(verdicts, "servers-unreachable",
		                "Try it from a machine that has a way to the Internet",
		                "No name server of the profile %s can be reached from here",
		                facts->profile);
	}
	decide_failures(facts, verdicts);
	decide_differences(facts, verdicts);
	decide_tcp(facts, verdicts);
	for (size_t i = 0; i < facts->zones_count; i++) {
		decide_serials(facts, i, verdicts);
	}
}
