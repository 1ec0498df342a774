/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <netdb.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "flag_wait_internal.h"
#include "idn.h"

#define DNS_PORT 53

bool hm_wait_is_hosted(const hm_flag_change_t *change)
{
	static const char none[] = "\x04" HM_PROFILE_NONE;
	const knot_rdata_t *want = change->want;
	return want != NULL && (want->len != sizeof(none) - 1 ||
	                        memcmp(want->data, none, sizeof(none) - 1) != 0);
}

int hm_wait_expect(const hm_flag_work_t *work, const hm_flag_change_t *change, hm_expect_t *expect)
{
	hm_memory_t memory;
	hm_memory_init(&memory);
	const knot_rdata_t *want = change->want;
	const knot_rdataset_t txt = hm_wait_is_hosted(change) ? (knot_rdataset_t) {
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
static bool add_server(hm_wait_t *wait, const struct sockaddr_storage *address, const char *text,
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
	hm_wait_server_t *server = &wait->servers[wait->servers_count];
	*server = (hm_wait_server_t){ .text = strdup(text), .unknown = unknown, .answer = "" };
	if (address != NULL) {
		server->address = *address;
	}
	*out = wait->servers_count;
	wait->servers_count += (server->text != NULL);
	return server->text != NULL;
}

static bool add_known(hm_wait_t *wait, const knot_dname_t *name, size_t server)
{
	if (!hm_array_grow(&wait->known, wait->known_count, sizeof(*wait->known))) {
		return false;
	}
	hm_wait_known_t *known = &wait->known[wait->known_count];
	*known = (hm_wait_known_t){ .name = knot_dname_copy(name, NULL), .server = server };
	wait->known_count += (known->name != NULL);
	return known->name != NULL;
}

/*! \brief Look a name server up, as any program of this host would. */
static bool look_up(hm_wait_t *wait, const knot_dname_t *name)
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
static bool add_inside(hm_wait_t *wait, const hm_expect_t *expect, const knot_dname_t *name)
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

static bool is_known(const hm_wait_t *wait, const knot_dname_t *name)
{
	for (size_t i = 0; i < wait->known_count; i++) {
		if (knot_dname_is_equal(wait->known[i].name, name)) {
			return true;
		}
	}
	return false;
}

static bool add_pair(hm_wait_t *wait, size_t change, size_t server)
{
	for (size_t i = wait->pairs_count; i > 0 && wait->pairs[i - 1].change == change; i--) {
		if (wait->pairs[i - 1].server == server) {
			return true; // Two names of one address.
		}
	}
	if (!hm_array_grow(&wait->pairs, wait->pairs_count, sizeof(*wait->pairs))) {
		return false;
	}
	wait->pairs[wait->pairs_count++] = (hm_wait_pair_t){ .change = change, .server = server };
	wait->servers[server].total++;
	return true;
}

/*! \brief Add the name servers of a domain. */
static bool add_servers_of(hm_wait_t *wait, size_t change, const hm_expect_t *expect)
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
	if (work->others == NULL || hm_wait_is_hosted(change)) {
		return false;
	}
	hm_other_t other = hm_flag_other(work, change->name, false, &zone);
	return other != HM_OTHER_NOBODY &&
	       (change->want == NULL || (other == HM_OTHER_ZONE && zone < work->zone));
}

int hm_wait_collect(hm_wait_t *wait, hm_error_t *error)
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
		ret = hm_wait_expect(work, change, &expect);
		if (ret == KNOT_EOK && !add_servers_of(wait, i, &expect)) {
			ret = KNOT_ENOMEM;
		}
		hm_expect_clear(&expect);
	}
	return ret;
}

void hm_wait_clear(hm_wait_t *wait)
{
	for (size_t i = 0; i < wait->servers_count; i++) {
		free(wait->servers[i].text);
	}
	for (size_t i = 0; i < wait->known_count; i++) {
		knot_dname_free(wait->known[i].name, NULL);
	}
	free(wait->servers);
	free(wait->known);
	free(wait->pairs);
}
