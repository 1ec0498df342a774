/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <libknot/libknot.h>

#include "flag_wait_internal.h"
#include "idn.h"
#include "progress.h"

/*! \brief Domains and servers that are asked for together. */
#define CHUNK 64

/*! \brief Milliseconds for one answer, and between two rounds at first and at most. */
#define ANSWER_MS 1000
#define PAUSE_MIN_MS 20
#define PAUSE_MAX_MS 1000

/*! \brief A wait under way. */
typedef struct {
	hm_wait_t of;               /*!< Servers, and what is not known to be right yet. */
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
	if (!hm_wait_is_hosted(change)) {
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
	const hm_wait_pair_t *pair = &wait->of.pairs[index];
	const hm_flag_change_t *change = &wait->of.work->plan.changes[pair->change];
	size_t at = chunk->count++;
	bool again = (at > 0 && wait->of.pairs[chunk->pairs[at - 1]].change == pair->change);
	chunk->pairs[at] = index;
	for (size_t i = 0; i < 2; i++) {
		chunk->asks[2 * at + i] = (hm_ask_t) {
			.server = wait->of.servers[pair->server].address, .name = change->name,
			.type = (i == 0) ? KNOT_RRTYPE_SOA : KNOT_RRTYPE_MX,
		};
	}
	int ret = KNOT_EOK;
	if (!again) {
		ret = hm_wait_expect(wait->of.work, change, &wait->expects[wait->expects_count++]);
	}
	chunk->expect[at] = wait->expects_count - 1;
	return ret;
}

/*! \brief Ask what a chunk has, and mark the pairs that are right. */
static int chunk_ask(wait_t *wait, chunk_t *chunk)
{
	const hm_ask_opts_t opts = { .timeout_ms = left_ms(wait, ANSWER_MS), .tries = 1 };
	int ret = hm_ask(&opts, chunk->asks, 2 * chunk->count);
	bool *heard = calloc(wait->of.servers_count, sizeof(*heard));
	ret = (heard == NULL) ? KNOT_ENOMEM : ret;
	for (size_t i = 0; i < chunk->count && ret == KNOT_EOK; i++) {
		hm_wait_pair_t *pair = &wait->of.pairs[chunk->pairs[i]];
		hm_wait_server_t *server = &wait->of.servers[pair->server];
		const hm_flag_change_t *change = &wait->of.work->plan.changes[pair->change];
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
		uint32_t server = wait->of.pairs[chunk->pairs[i]].server;
		wait->of.servers[server].silent = !heard[server];
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
	for (size_t i = 0; i < wait->of.servers_count; i++) {
		wait->of.servers[i].silent = false;
	}
	for (size_t i = 0; i < wait->of.pairs_count && ret == KNOT_EOK; i++) {
		const hm_wait_server_t *server = &wait->of.servers[wait->of.pairs[i].server];
		if (server->unknown == NULL && !server->silent && left_ms(wait, 1) > 0) {
			ret = chunk_add(wait, chunk, i);
		}
		bool last = (i + 1 == wait->of.pairs_count);
		if (ret == KNOT_EOK && (chunk->count == CHUNK || (last && chunk->count > 0))) {
			ret = chunk_ask(wait, chunk);
		}
	}
	size_t kept = 0;
	for (size_t i = 0; i < wait->of.pairs_count; i++) {
		if (wait->of.pairs[i].change != UINT32_MAX &&
		    !wait->of.servers[wait->of.pairs[i].server].unasked) {
			wait->of.pairs[kept++] = wait->of.pairs[i];
		}
	}
	wait->of.pairs_count = kept;
	return ret;
}

/*! \brief Tell whether more rounds could help. */
static bool is_hopeless(const wait_t *wait)
{
	for (size_t i = 0; i < wait->of.pairs_count; i++) {
		if (wait->of.servers[wait->of.pairs[i].server].unknown == NULL) {
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
		if (ms == 0 || wait->of.pairs_count == 0) {
			break;
		}
		const struct timespec time = {
			.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000,
		};
		nanosleep(&time, NULL);
		pause = (2 * pause < PAUSE_MAX_MS) ? 2 * pause : PAUSE_MAX_MS;
	}
	for (size_t i = 0; i < wait->expects_count; i++) {
		hm_expect_clear(&wait->expects[i]);
	}
	free(chunk);
	return ret;
}

static void report_server(const wait_t *wait, const hm_wait_server_t *server)
{
	hm_flag_work_t *work = wait->of.work;
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
		fprintf(work->out.file, "name server %s does not answer right for %zu of %zu "
		        "domains%s%s: %s\n", server->text, server->wrong, server->total,
		        (*example != '\0') ? ", such as " : "", example, answer);
	}
}

static void report(wait_t *wait)
{
	hm_flag_work_t *work = wait->of.work;
	for (size_t i = 0; i < wait->of.pairs_count; i++) {
		wait->of.servers[wait->of.pairs[i].server].wrong++;
	}
	if (work->opts->json) {
		hm_json_array(&work->json, "servers");
	}
	size_t asked = 0;
	for (size_t i = 0; i < wait->of.servers_count; i++) {
		report_server(wait, &wait->of.servers[i]);
		asked += !wait->of.servers[i].unasked;
	}
	if (work->opts->json) {
		hm_json_array_end(&work->json);
	} else if (wait->of.pairs_count == 0 && asked > 0) {
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
	wait->of.work = work;
	wait->deadline = (work->opts->timeout_ms > 0) ? now_ms() + work->opts->timeout_ms : 0;
	int ret = hm_wait_collect(&wait->of, error);
	if (ret == KNOT_EOK) {
		ret = ask_until_right(wait);
	}
	hm_progress_end();
	if (ret == KNOT_EOK) {
		report(wait);
		*right = (wait->of.pairs_count == 0);
	} else if (ret != KNOT_EINVAL) {
		hm_error_set(error, "out of memory, or of sockets");
	}
	hm_wait_clear(&wait->of);
	free(wait);
	return ret;
}
