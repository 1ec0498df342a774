/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libknot/libknot.h>

#include "expect.h"
#include "flag_internal.h"
#include "idn.h"
#include "progress.h"

#define DNS_PORT 53

/*! \brief Domains and servers that are asked for together. */
#define CHUNK 64

/*! \brief Milliseconds for one answer, and between two rounds at first and at most. */
#define ANSWER_MS 1000
#define PAUSE_MIN_MS 20
#define PAUSE_MAX_MS 1000

/*! \brief A name server. */
typedef struct {
	struct sockaddr_storage address;
	char *text;                 /*!< For people. */
	const char *unknown;        /*!< Why it has no address; NULL if it has one. */
	bool silent;                /*!< It has not answered in this round. */
	bool unasked;               /*!< There is no IPv6 here to ask it by. */
	size_t total;               /*!< Domains that it should answer right for. */
	size_t wrong;               /*!< Those for which it does not. */
	const knot_dname_t *example; /*!< One of these. */
	const char *answer;         /*!< What it says of that one. */
} server_t;

/*! \brief The addresses of a name, each a server. */
typedef struct {
	knot_dname_t *name;
	size_t server;
} known_t;

/*! \brief A domain that a server does not answer right for, as far as is known. */
typedef struct {
	uint32_t change;
	uint32_t server;
} pair_t;

/*! \brief A wait. */
typedef struct {
	hm_flag_work_t *work;
	server_t *servers;
	size_t servers_count;
	known_t *known;
	size_t known_count;
	pair_t *pairs;
	size_t pairs_count;
	int64_t deadline;           /*!< In milliseconds; 0 if there is none. */
	hm_expect_t expects[CHUNK]; /*!< Of a chunk: what its domains should be. */
	size_t expects_count;
} wait_t;

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*! \brief Milliseconds that are left, at most so many. */
static int left_ms(const wait_t *wait, int most)
{
	int64_t left = (wait->deadline == 0) ? most : wait->deadline - now_ms();
	return (left > most) ? most : (left > 0) ? (int)left : 0;
}

static bool is_hosted(const hm_flag_change_t *change)
{
	static const char none[] = "\x04" HM_PROFILE_NONE;
	const knot_rdata_t *want = change->want;
	return want != NULL && (want->len != sizeof(none) - 1 ||
	                        memcmp(want->data, none, sizeof(none) - 1) != 0);
}

/*!
 * \brief What the records of a domain should be, or were.
 *
 * A domain whose flag is not known, and that is not hosted any more, is taken for one of the
 * default profile: its servers are most likely those.
 */
static int build_expect(const hm_flag_work_t *work, const hm_flag_change_t *change,
                        hm_expect_t *expect)
{
	hm_memory_t memory;
	hm_memory_init(&memory);
	const knot_rdata_t *want = change->want;
	const knot_rdataset_t txt = is_hosted(change) ? (knot_rdataset_t) {
		.count = 1, .size = knot_rdata_size(want->len), .rdata = (knot_rdata_t *)want,
	} : change->was;
	hm_domain_t domain;
	if (txt.count != 1 ||
	    !hm_flag_parse_txt(work->set, change->name, &txt, &memory.mm, &domain)) {
		hm_domain_init(change->name, &domain);
	}
	int ret = hm_expect_build(hm_hosted_set_profile(work->set, domain.profile), &domain, NULL,
	                          NULL, expect);
	hm_memory_clear(&memory);
	return ret;
}

/*! \brief Add a server, unless it is there already; false if memory is out. */
static bool add_server(wait_t *wait, const struct sockaddr_storage *address, const char *text,
                       const char *unknown, size_t *out)
{
	for (size_t i = 0; i < wait->servers_count && unknown == NULL; i++) {
		if (wait->servers[i].unknown == NULL &&
		    hm_address_is_equal(&wait->servers[i].address, address)) {
			*out = i;
			return true;
		}
	}
	if (!hm_array_grow(&wait->servers, wait->servers_count, sizeof(*wait->servers))) {
		return false;
	}
	server_t *server = &wait->servers[wait->servers_count];
	*server = (server_t){ .text = strdup(text), .unknown = unknown, .answer = "" };
	if (address != NULL) {
		server->address = *address;
	}
	*out = wait->servers_count;
	wait->servers_count += (server->text != NULL);
	return server->text != NULL;
}

static bool add_known(wait_t *wait, const knot_dname_t *name, size_t server)
{
	if (!hm_array_grow(&wait->known, wait->known_count, sizeof(*wait->known))) {
		return false;
	}
	known_t *known = &wait->known[wait->known_count];
	*known = (known_t){ .name = knot_dname_copy(name, NULL), .server = server };
	wait->known_count += (known->name != NULL);
	return known->name != NULL;
}

/*! \brief Look a name server up, as any program of this host would. */
static bool look_up(wait_t *wait, const knot_dname_t *name)
{
	knot_dname_txt_storage_t text;
	char address[HM_ADDRESS_MAX];
	size_t server;
	const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM, .ai_flags = AI_ADDRCONFIG };
	struct addrinfo *found = NULL;
	int ret = getaddrinfo(hm_idn_text(name, text), "53", &hints, &found);
	bool ok = true;
	if (ret != 0 || found == NULL) {
		ok = add_server(wait, NULL, text, gai_strerror(ret), &server) &&
		     add_known(wait, name, server);
	}
	for (const struct addrinfo *info = found; info != NULL && ok; info = info->ai_next) {
		struct sockaddr_storage storage = { 0 };
		memcpy(&storage, info->ai_addr, info->ai_addrlen);
		ok = add_server(wait, &storage, hm_address_text(&storage, address), NULL,
		                &server) && add_known(wait, name, server);
	}
	if (found != NULL) {
		freeaddrinfo(found);
	}
	return ok;
}

/*! \brief The name of a name server that is in the domain, with the addresses of the profile. */
static bool add_inside(wait_t *wait, const hm_expect_t *expect, const knot_dname_t *name)
{
	static const uint16_t types[] = { KNOT_RRTYPE_A, KNOT_RRTYPE_AAAA };
	bool ok = true;
	for (size_t i = 0; i < 2; i++) {
		const knot_rrset_t *rrset = hm_expect_find(expect, name, types[i]);
		for (uint16_t j = 0; rrset != NULL && j < rrset->rrs.count && ok; j++) {
			const knot_rdata_t *rdata = knot_rdataset_at(&rrset->rrs, j);
			struct sockaddr_storage address;
			char text[HM_ADDRESS_MAX];
			size_t server;
			ok = !hm_address_from_rdata(types[i], rdata->data, rdata->len, DNS_PORT,
			                            &address) ||
			     (add_server(wait, &address, hm_address_text(&address, text), NULL,
			                 &server) && add_known(wait, name, server));
		}
	}
	return ok;
}

static bool is_known(const wait_t *wait, const knot_dname_t *name)
{
	for (size_t i = 0; i < wait->known_count; i++) {
		if (knot_dname_is_equal(wait->known[i].name, name)) {
			return true;
		}
	}
	return false;
}

static bool add_pair(wait_t *wait, size_t change, size_t server)
{
	for (size_t i = wait->pairs_count; i > 0 && wait->pairs[i - 1].change == change; i--) {
		if (wait->pairs[i - 1].server == server) {
			return true; // Two names of one address.
		}
	}
	if (!hm_array_grow(&wait->pairs, wait->pairs_count, sizeof(*wait->pairs))) {
		return false;
	}
	wait->pairs[wait->pairs_count++] = (pair_t){ .change = change, .server = server };
	wait->servers[server].total++;
	return true;
}

/*! \brief Add the name servers of a domain. */
static bool add_servers_of(wait_t *wait, size_t change, const hm_expect_t *expect)
{
	const knot_dname_t *apex = wait->work->plan.changes[change].name;
	const knot_rrset_t *ns = hm_expect_find(expect, apex, KNOT_RRTYPE_NS);
	bool ok = true;
	for (uint16_t i = 0; ns != NULL && i < ns->rrs.count && ok; i++) {
		const knot_dname_t *name = knot_ns_name(knot_rdataset_at(&ns->rrs, i));
		if (!is_known(wait, name)) {
			ok = add_inside(wait, expect, name);
			ok = ok && (is_known(wait, name) || look_up(wait, name));
		}
		for (size_t j = 0; j < wait->known_count && ok; j++) {
			if (knot_dname_is_equal(wait->known[j].name, name)) {
				ok = add_pair(wait, change, wait->known[j].server);
			}
		}
		// Those in the domain are of no use for another one.
		while (ok && wait->known_count > 0 && knot_dname_in_bailiwick(name, apex) >= 0 &&
		       knot_dname_is_equal(wait->known[wait->known_count - 1].name, name)) {
			knot_dname_free(wait->known[--wait->known_count].name, NULL);
		}
	}
	return ok;
}

/*! \brief Tell whether a domain is hosted by somebody else when its flag is gone. */
static bool is_of_others(const hm_flag_work_t *work, const hm_flag_change_t *change)
{
	size_t zone = 0;
	if (work->others == NULL || is_hosted(change)) {
		return false;
	}
	hm_other_t other = hm_flag_other(work, change->name, false, &zone);
	return other != HM_OTHER_NOBODY &&
	       (change->want == NULL || (other == HM_OTHER_ZONE && zone < work->zone));
}

/*! \brief Find out which servers have to answer for which domains. */
static int collect(wait_t *wait, hm_error_t *error)
{
	const hm_flag_work_t *work = wait->work;
	const hm_option_words_t *given = &work->opts->servers;
	for (size_t i = 0; i < given->count; i++) {
		struct sockaddr_storage address;
		size_t server;
		int ret = hm_address_read(given->words[i], DNS_PORT, &address, error);
		if (ret != KNOT_EOK) {
			return ret;
		}
		if (!add_server(wait, &address, given->words[i], NULL, &server)) {
			return KNOT_ENOMEM;
		}
	}
	int ret = KNOT_EOK;
	for (size_t i = 0; i < work->plan.count && ret == KNOT_EOK; i++) {
		const hm_flag_change_t *change = &work->plan.changes[i];
		if (is_of_others(work, change)) {
			continue;
		}
		if (given->count > 0) {
			for (size_t j = 0; j < wait->servers_count && ret == KNOT_EOK; j++) {
				ret = add_pair(wait, i, j) ? KNOT_EOK : KNOT_ENOMEM;
			}
			continue;
		}
		hm_expect_t expect;
		ret = build_expect(work, change, &expect);
		if (ret == KNOT_EOK && !add_servers_of(wait, i, &expect)) {
			ret = KNOT_ENOMEM;
		}
		hm_expect_clear(&expect);
	}
	return ret;
}

static const char *match_text(hm_match_t match)
{
	switch (match) {
	case HM_MATCH_OTHER:
		return "other records";
	case HM_MATCH_NODATA:
		return "no such records";
	case HM_MATCH_NXDOMAIN:
		return "NXDOMAIN";
	case HM_MATCH_LAME:
		return "no authority";
	case HM_MATCH_REFUSED:
		return "REFUSED";
	case HM_MATCH_SERVFAIL:
		return "SERVFAIL";
	case HM_MATCH_ERROR:
		return "an error";
	case HM_MATCH_GARBAGE:
		return "what is no answer";
	case HM_MATCH_CLOSED:
		return "nobody listens";
	case HM_MATCH_UNREACHABLE:
		return "it cannot be reached from here";
	default:
		return "no answer";
	}
}

/*! \brief Tell whether a server answers for a domain from authority, right or wrong. */
static bool is_served(const hm_ask_t *ask)
{
	const knot_pktsection_t *answer = knot_pkt_section(ask->pkt, KNOT_ANSWER);
	for (uint16_t i = 0; i < answer->count && knot_wire_get_aa(ask->pkt->wire); i++) {
		const knot_rrset_t *rr = knot_pkt_rr(answer, i);
		if (rr->type == KNOT_RRTYPE_SOA && knot_dname_is_case_equal(rr->owner, ask->name)) {
			return true;
		}
	}
	return false;
}

/*! \brief What is wrong with the answers for a domain, NULL if nothing is. */
static const char *what_is_wrong(const hm_flag_change_t *change, const hm_expect_t *expect,
                                 const hm_ask_t *asks)
{
	if (!is_hosted(change)) {
		knot_rrset_t any;
		knot_rrset_init(&any, change->name, KNOT_RRTYPE_SOA, KNOT_CLASS_IN, 0);
		return (asks->reply != HM_REPLY_ANSWER) ? match_text(hm_expect_match(&any, asks)) :
		       is_served(asks) ? "still hosted" : NULL;
	}
	for (size_t i = 0; i < 2; i++) {
		const knot_rrset_t *want = hm_expect_find(expect, change->name, asks[i].type);
		knot_rrset_t none;
		knot_rrset_init(&none, change->name, asks[i].type, KNOT_CLASS_IN, 0);
		hm_match_t match = hm_expect_match((want != NULL) ? want : &none, &asks[i]);
		if (match != HM_MATCH_RIGHT) {
			return match_text(match);
		}
	}
	return NULL;
}

/*! \brief A chunk of a round. */
typedef struct {
	size_t pairs[CHUNK];     /*!< Indexes. */
	size_t expect[CHUNK];    /*!< What each should be: indexes as well. */
	hm_ask_t asks[2 * CHUNK];
	size_t count;
} chunk_t;

/*! \brief Take a pair into a chunk. */
static int chunk_add(wait_t *wait, chunk_t *chunk, size_t index)
{
	const pair_t *pair = &wait->pairs[index];
	const hm_flag_change_t *change = &wait->work->plan.changes[pair->change];
	size_t at = chunk->count++;
	bool again = (at > 0 && wait->pairs[chunk->pairs[at - 1]].change == pair->change);
	chunk->pairs[at] = index;
	for (size_t i = 0; i < 2; i++) {
		chunk->asks[2 * at + i] = (hm_ask_t) {
			.server = wait->servers[pair->server].address, .name = change->name,
			.type = (i == 0) ? KNOT_RRTYPE_SOA : KNOT_RRTYPE_MX,
		};
	}
	int ret = KNOT_EOK;
	if (!again) {
		ret = build_expect(wait->work, change, &wait->expects[wait->expects_count++]);
	}
	chunk->expect[at] = wait->expects_count - 1;
	return ret;
}

/*! \brief Ask what a chunk has, and mark the pairs that are right. */
static int chunk_ask(wait_t *wait, chunk_t *chunk)
{
	const hm_ask_opts_t opts = { .timeout_ms = left_ms(wait, ANSWER_MS), .tries = 1 };
	int ret = hm_ask(&opts, chunk->asks, 2 * chunk->count);
	bool *heard = calloc(wait->servers_count, sizeof(*heard));
	ret = (heard == NULL) ? KNOT_ENOMEM : ret;
	for (size_t i = 0; i < chunk->count && ret == KNOT_EOK; i++) {
		pair_t *pair = &wait->pairs[chunk->pairs[i]];
		server_t *server = &wait->servers[pair->server];
		const hm_flag_change_t *change = &wait->work->plan.changes[pair->change];
		const char *wrong = what_is_wrong(change, &wait->expects[chunk->expect[i]],
		                                  &chunk->asks[2 * i]);
		hm_reply_t reply = chunk->asks[2 * i].reply;
		heard[pair->server] |= (reply == HM_REPLY_ANSWER);
		server->unasked |= (reply == HM_REPLY_UNREACHABLE &&
		                    server->address.ss_family == AF_INET6);
		if (wrong != NULL && !server->unasked) {
			server->example = change->name;
			server->answer = wrong;
		} else {
			pair->change = UINT32_MAX;
		}
	}
	for (size_t i = 0; i < chunk->count && ret == KNOT_EOK; i++) {
		uint32_t server = wait->pairs[chunk->pairs[i]].server;
		wait->servers[server].silent = !heard[server];
	}
	free(heard);
	for (size_t i = 0; i < 2 * chunk->count; i++) {
		hm_ask_clear(&chunk->asks[i]);
	}
	for (size_t i = 0; i < wait->expects_count; i++) {
		hm_expect_clear(&wait->expects[i]);
	}
	wait->expects_count = 0;
	chunk->count = 0;
	return ret;
}

/*! \brief Ask all that is not known to be right yet; a server that is silent is not waited for
 *         more than once. */
static int ask_round(wait_t *wait, chunk_t *chunk)
{
	int ret = KNOT_EOK;
	for (size_t i = 0; i < wait->servers_count; i++) {
		wait->servers[i].silent = false;
	}
	for (size_t i = 0; i < wait->pairs_count && ret == KNOT_EOK; i++) {
		const server_t *server = &wait->servers[wait->pairs[i].server];
		if (server->unknown == NULL && !server->silent && left_ms(wait, 1) > 0) {
			ret = chunk_add(wait, chunk, i);
		}
		bool last = (i + 1 == wait->pairs_count);
		if (ret == KNOT_EOK && (chunk->count == CHUNK || (last && chunk->count > 0))) {
			ret = chunk_ask(wait, chunk);
		}
	}
	size_t kept = 0;
	for (size_t i = 0; i < wait->pairs_count; i++) {
		if (wait->pairs[i].change != UINT32_MAX &&
		    !wait->servers[wait->pairs[i].server].unasked) {
			wait->pairs[kept++] = wait->pairs[i];
		}
	}
	wait->pairs_count = kept;
	return ret;
}

/*! \brief Tell whether more rounds could help. */
static bool is_hopeless(const wait_t *wait)
{
	for (size_t i = 0; i < wait->pairs_count; i++) {
		if (wait->servers[wait->pairs[i].server].unknown == NULL) {
			return false;
		}
	}
	return true;
}

static int ask_until_right(wait_t *wait)
{
	chunk_t *chunk = calloc(1, sizeof(*chunk));
	int ret = (chunk != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	for (int pause = PAUSE_MIN_MS; ret == KNOT_EOK && !is_hopeless(wait); ) {
		ret = ask_round(wait, chunk);
		int ms = left_ms(wait, pause);
		if (ms == 0 || wait->pairs_count == 0) {
			break;
		}
		const struct timespec time = { .tv_nsec = ms % 1000 * 1000000, .tv_sec = ms / 1000 };
		nanosleep(&time, NULL);
		pause = (2 * pause < PAUSE_MAX_MS) ? 2 * pause : PAUSE_MAX_MS;
	}
	for (size_t i = 0; i < wait->expects_count; i++) {
		hm_expect_clear(&wait->expects[i]);
	}
	free(chunk);
	return ret;
}

static void report_server(const wait_t *wait, const server_t *server)
{
	hm_flag_work_t *work = wait->work;
	knot_dname_txt_storage_t example = "";
	if (server->example != NULL) {
		(void)hm_idn_text(server->example, example);
	}
	const char *answer = (server->unknown != NULL) ? server->unknown : server->answer;
	if (work->opts->json) {
		hm_json_element(&work->json, json_pack(
			"{s:o, s:I, s:I, s:o, s:o}", "server", hm_json_text(server->text),
			"right", (json_int_t)(server->unasked ? 0 :
			                      server->total - server->wrong),
			"wrong", (json_int_t)server->wrong,
			"example", (server->wrong > 0 && *example != '\0') ? json_string(example) :
			                                                     json_null(),
			"answer", (server->wrong > 0) ? hm_json_text(answer) : json_null()));
	} else if (server->unasked) {
		fprintf(work->out.file, "name server %s was not asked: there is no IPv6 here\n",
		        server->text);
	} else if (server->unknown != NULL) {
		fprintf(work->out.file, "name server %s has no address (%s)\n", server->text,
		        answer);
	} else if (server->wrong > 0) {
		fprintf(work->out.file, "name server %s does not answer right for %zu of %zu domains%s"
		        "%s: %s\n", server->text, server->wrong, server->total,
		        (*example != '\0') ? ", such as " : "", example, answer);
	}
}

static void report(wait_t *wait)
{
	hm_flag_work_t *work = wait->work;
	for (size_t i = 0; i < wait->pairs_count; i++) {
		wait->servers[wait->pairs[i].server].wrong++;
	}
	if (work->opts->json) {
		hm_json_array(&work->json, "servers");
	}
	size_t asked = 0;
	for (size_t i = 0; i < wait->servers_count; i++) {
		report_server(wait, &wait->servers[i]);
		asked += !wait->servers[i].unasked;
	}
	if (work->opts->json) {
		hm_json_array_end(&work->json);
	} else if (wait->pairs_count == 0 && asked > 0) {
		fprintf(work->out.file, "all name servers answer right: %zu\n", asked);
	}
}

int hm_flag_wait(hm_flag_work_t *work, bool *right, hm_error_t *error)
{
	wait_t *wait = calloc(1, sizeof(*wait));
	if (wait == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	fflush(work->out.file);
	hm_progress_begin("waiting for the name servers");
	wait->work = work;
	wait->deadline = (work->opts->timeout_ms > 0) ? now_ms() + work->opts->timeout_ms : 0;
	int ret = collect(wait, error);
	if (ret == KNOT_EOK) {
		ret = ask_until_right(wait);
	}
	hm_progress_end();
	if (ret == KNOT_EOK) {
		report(wait);
		*right = (wait->pairs_count == 0);
	} else if (ret != KNOT_EINVAL) {
		hm_error_set(error, "out of memory, or of sockets");
	}
	for (size_t i = 0; i < wait->servers_count; i++) {
		free(wait->servers[i].text);
	}
	for (size_t i = 0; i < wait->known_count; i++) {
		knot_dname_free(wait->known[i].name, NULL);
	}
	free(wait->servers);
	free(wait->known);
	free(wait->pairs);
	free(wait);
	return ret;
}
