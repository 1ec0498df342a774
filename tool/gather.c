/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "gather_internal.h"

int hm_gather_new(const hm_gather_opts_t *opts, hm_gather_t **out, hm_error_t *error)
{
	hm_gather_t *gather = calloc(1, sizeof(*gather));
	if (gather == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	gather->opts = *opts;
	hm_memory_init(&gather->memory);
	int ret = hm_resolver_new(&opts->resolver, &gather->resolver, error);
	if (ret != KNOT_EOK) {
		hm_gather_free(gather);
		return ret;
	}
	*out = gather;
	return KNOT_EOK;
}

void hm_gather_free(hm_gather_t *gather)
{
	if (gather == NULL) {
		return;
	}
	hm_lookups_clear(&gather->lookups);
	for (size_t i = 0; i < gather->above_count; i++) {
		knot_dname_free(gather->above[i].below, NULL);
		hm_hosts_clear(&gather->above[i].servers);
	}
	free(gather->above);
	for (size_t i = 0; i < gather->hosts_count; i++) {
		hm_hosts_clear(&gather->hosts[i]);
	}
	free(gather->hosts);
	hm_memory_clear(&gather->memory);
	hm_resolver_free(gather->resolver);
	free(gather);
}

bool hm_gather_has_root(hm_gather_t *gather)
{
	hm_lookup_t lookup = { .name = (const knot_dname_t *)"", .type = KNOT_RRTYPE_NS };
	int ret = hm_resolver_run(gather->resolver, &lookup, 1);
	bool has = (ret == KNOT_EOK && (lookup.found != HM_FOUND_FAILURE || lookup.bogus != NULL));
	hm_lookup_clear(&lookup);
	return has;
}

static const hm_hosts_t *known_host(const hm_gather_t *gather, const knot_dname_t *name)
{
	for (size_t i = 0; i < gather->hosts_count; i++) {
		if (knot_dname_is_equal(gather->hosts[i].name, name)) {
			return &gather->hosts[i];
		}
	}
	return NULL;
}

/*! \brief Find the addresses of the name servers of the profile that are not known yet. */
static bool find_hosts(hm_gather_t *gather, const hm_facts_t *facts, const knot_rdataset_t *names)
{
	if (gather->hosts_count > HM_MEMO_MAX) {
		for (size_t i = 0; i < gather->hosts_count; i++) {
			hm_hosts_clear(&gather->hosts[i]);
		}
		free(gather->hosts);
		gather->hosts = NULL;
		gather->hosts_count = 0;
	}
	knot_rdataset_t unknown = { 0 };
	for (uint16_t i = 0; i < names->count; i++) {
		const knot_rdata_t *name = knot_rdataset_at(names, i);
		if (known_host(gather, name->data) == NULL &&
		    knot_rdataset_add(&unknown, name, &gather->memory.mm) != KNOT_EOK) {
			return false;
		}
	}
	if (unknown.count == 0) {
		return true;
	}
	hm_hosts_t *hosts = calloc(unknown.count, sizeof(*hosts));
	bool ok = (hosts != NULL) && hm_hosts_find(gather, &unknown, facts->expect, hosts);
	for (uint16_t i = 0; hosts != NULL && i < unknown.count; i++) {
		if (ok && hm_array_grow(&gather->hosts, gather->hosts_count,
		                        sizeof(*gather->hosts))) {
			gather->hosts[gather->hosts_count++] = hosts[i];
		} else {
			ok = false;
			hm_hosts_clear(&hosts[i]);
		}
	}
	free(hosts);
	return ok;
}

/*! \brief Note the name servers and their addresses; false if memory is out. */
static bool list_servers(hm_gather_t *gather, hm_facts_t *facts)
{
	const knot_rrset_t *ns = hm_expect_find(facts->expect, facts->domain, KNOT_RRTYPE_NS);
	if (!find_hosts(gather, facts, &ns->rrs)) {
		return false;
	}
	for (uint16_t i = 0; i < ns->rrs.count; i++) {
		const hm_hosts_t *host = known_host(gather, knot_rdataset_at(&ns->rrs, i)->data);
		if (host == NULL ||
		    !hm_array_grow(&facts->names, facts->names_count, sizeof(*facts->names))) {
			return false;
		}
		facts->names[facts->names_count++] = (hm_name_facts_t) {
			.name = host->name, .found = host->found,
		};
		for (size_t a = 0; a < host->count; a++) {
			if (!hm_array_grow(&facts->servers, facts->servers_count,
			                   sizeof(*facts->servers))) {
				return false;
			}
			hm_server_facts_t *server = &facts->servers[facts->servers_count++];
			*server = (hm_server_facts_t) {
				.name = host->name, .address = host->addresses[a],
				.udp = hm_memory_alloc(&gather->memory,
				                       facts->expect->count * sizeof(*server->udp)),
				.serials = hm_memory_alloc(&gather->memory,
				                           facts->zones_count *
				                           sizeof(*server->serials)),
			};
			if (server->udp == NULL || server->serials == NULL) {
				return false;
			}
		}
	}
	return true;
}

/*! \brief Serial of the SOA in an answer from authority. */
static bool read_serial(const hm_ask_t *ask, knot_mm_t *mm, uint32_t *serial)
{
	knot_rdataset_t soa;
	if (ask->reply != HM_REPLY_ANSWER || !knot_wire_get_aa(ask->pkt->wire) ||
	    !hm_message_rrset(ask->pkt, KNOT_ANSWER, ask->name, KNOT_RRTYPE_SOA, mm, &soa) ||
	    soa.count == 0 || soa.rdata->len < 22) {
		return false;
	}
	*serial = knot_soa_serial(soa.rdata);
	return true;
}

/*! \brief Read what one server has answered. */
static void read_server(hm_gather_t *gather, const hm_facts_t *facts, const hm_ask_t *asks,
                        hm_server_facts_t *server)
{
	size_t count = facts->expect->count;
	knot_mm_t *mm = &gather->memory.mm;
	for (size_t i = 0; i < count; i++) {
		server->udp[i] = hm_expect_match(&facts->expect->rrsets[i], &asks[i]);
		server->truncated |= asks[i].truncated;
	}
	server->has_soa = read_serial(&asks[0], mm, &server->soa);
	server->tcp = hm_expect_match(&facts->expect->rrsets[0], &asks[count]);
	const hm_ask_t *dnskey = &asks[count + 1], *zones = &asks[count + 2];
	if (dnskey->reply == HM_REPLY_ANSWER) {
		knot_rdataset_t keys;
		server->has_dnskey = hm_message_rrset(dnskey->pkt, KNOT_ANSWER, facts->domain,
		                                      KNOT_RRTYPE_DNSKEY, mm, &keys) &&
		                     keys.count > 0;
	}
	for (size_t i = 0; i < facts->zones_count; i++) {
		server->serials[i].known = read_serial(&zones[i], mm, &server->serials[i].serial);
	}
}

/*! \brief Ask all name servers for all records; false if memory is out. */
static bool ask_servers(hm_gather_t *gather, hm_facts_t *facts)
{
	size_t count = facts->expect->count, each = count + 2 + facts->zones_count;
	hm_ask_t *asks = calloc(facts->servers_count * each + 1, sizeof(*asks));
	if (asks == NULL) {
		return false;
	}
	for (size_t s = 0; s < facts->servers_count; s++) {
		hm_ask_t *ask = &asks[s * each];
		for (size_t i = 0; i < each; i++) {
			const knot_rrset_t *rrset = &facts->expect->rrsets[(i < count) ? i : 0];
			ask[i].server = facts->servers[s].address;
			ask[i].name = rrset->owner;
			ask[i].type = rrset->type;
		}
		ask[count].tcp = true;
		ask[count + 1].type = KNOT_RRTYPE_DNSKEY;
		for (size_t i = 0; i < facts->zones_count; i++) {
			ask[count + 2 + i].name = facts->zones[i];
		}
	}
	size_t asks_count = facts->servers_count * each;
	bool ok = hm_ask(&gather->opts.ask, asks, asks_count) == KNOT_EOK;
	for (size_t s = 0; s < facts->servers_count && ok; s++) {
		read_server(gather, facts, &asks[s * each], &facts->servers[s]);
	}
	for (size_t i = 0; i < asks_count; i++) {
		hm_ask_clear(&asks[i]);
	}
	free(asks);
	return ok;
}

int hm_gather_domain(hm_gather_t *gather, const char *profile, const knot_dname_t *domain,
                     const hm_expect_t *expect, hm_facts_t *facts)
{
	hm_lookups_clear(&gather->lookups);
	hm_memory_clear(&gather->memory);
	*facts = (hm_facts_t) {
		.domain = domain, .profile = profile, .expect = expect, .parent = &gather->parent,
		.validates = hm_resolver_validates(gather->resolver),
		.zones = gather->opts.zones, .zones_count = gather->opts.zones_count,
	};
	bool ok = hm_gather_parent(gather, domain) && list_servers(gather, facts) &&
	          ask_servers(gather, facts) && hm_gather_records(gather, facts);
	return ok ? KNOT_EOK : KNOT_ENOMEM;
}

void hm_facts_clear(hm_facts_t *facts)
{
	for (size_t i = 0; facts->world != NULL && i < facts->expect->count; i++) {
		free(facts->world[i].text);
	}
	free(facts->world);
	free(facts->names);
	free(facts->servers);
	free(facts->targets);
	free((char *)facts->bogus);
	*facts = (hm_facts_t){ 0 };
}
