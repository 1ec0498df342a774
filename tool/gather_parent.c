/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "gather_internal.h"
#include "hostedmail/dname.h"

/*! \brief Longest way of referrals from a zone to the one right above the domain. */
#define REFERRALS_MAX 8

/*! \brief The addresses of all name servers of a zone; false if memory is out. */
static bool find_servers(hm_gather_t *gather, const knot_rdataset_t *names, hm_hosts_t *servers)
{
	hm_hosts_t *hosts = calloc((names->count > 0) ? names->count : 1, sizeof(*hosts));
	bool ok = (hosts != NULL) && hm_hosts_find(gather, names, NULL, hosts);
	for (uint16_t i = 0; hosts != NULL && i < names->count; i++) {
		for (size_t a = 0; a < hosts[i].count && ok; a++) {
			ok = hm_array_grow(&servers->addresses, servers->count,
			                   sizeof(*servers->addresses));
			if (ok) {
				servers->addresses[servers->count++] = hosts[i].addresses[a];
			}
		}
		hm_hosts_clear(&hosts[i]);
	}
	free(hosts);
	return ok;
}

/*! \brief Copy names with lowercase letters; false if memory is out. */
static bool copy_names(const knot_rdataset_t *from, knot_rdataset_t *to, knot_mm_t *mm)
{
	for (uint16_t i = 0; i < from->count; i++) {
		const knot_rdata_t *rdata = knot_rdataset_at(from, i);
		uint8_t buf[sizeof(knot_rdata_t) + KNOT_DNAME_MAXLEN + 1];
		if (knot_dname_wire_check(rdata->data, rdata->data + rdata->len, NULL) !=
		    rdata->len) {
			continue;
		}
		knot_rdata_init((knot_rdata_t *)buf, rdata->len, rdata->data);
		knot_dname_to_lower(((knot_rdata_t *)buf)->data);
		if (knot_rdataset_add(to, (knot_rdata_t *)buf, mm) != KNOT_EOK) {
			return false;
		}
	}
	return true;
}

/*! \brief Find the deepest zone at or above a name; false if memory is out. */
static bool find_zone(hm_gather_t *gather, const knot_dname_t *below, hm_hosts_t *servers)
{
	hm_lookups_t lookups = { 0 };
	for (const knot_dname_t *name = below; ; name = hm_dname_next(name)) {
		hm_lookups_add(&lookups, name, KNOT_RRTYPE_NS);
		if (*name == '\0') {
			break;
		}
	}
	bool ok = hm_lookups_run(&lookups, gather->resolver);
	for (size_t i = 0; i < lookups.count && ok; i++) {
		const hm_lookup_t *lookup = &lookups.items[i];
		if (lookup->found == HM_FOUND_RECORDS && lookup->canonical == NULL) {
			knot_rdataset_t names = { 0 };
			servers->name = knot_dname_copy(lookup->name, NULL);
			ok = (servers->name != NULL) &&
			     copy_names(&lookup->rrs, &names, &gather->memory.mm) &&
			     find_servers(gather, &names, servers);
			break;
		}
	}
	hm_lookups_clear(&lookups);
	return ok;
}

/*! \brief The zone above a domain and its servers, remembered; NULL if memory is out. */
static const hm_hosts_t *zone_above(hm_gather_t *gather, const knot_dname_t *domain)
{
	const knot_dname_t *below = hm_dname_next(domain);
	for (size_t i = 0; i < gather->above_count; i++) {
		if (knot_dname_is_equal(gather->above[i].below, below)) {
			return &gather->above[i].servers;
		}
	}
	if (gather->above_count == HM_MEMO_MAX) {
		for (size_t i = 0; i < gather->above_count; i++) {
			knot_dname_free(gather->above[i].below, NULL);
			hm_hosts_clear(&gather->above[i].servers);
		}
		free(gather->above);
		gather->above = NULL;
		gather->above_count = 0;
	}
	if (!hm_array_grow(&gather->above, gather->above_count, sizeof(*gather->above))) {
		return NULL;
	}
	hm_above_t above = { .below = knot_dname_copy(below, NULL) };
	if (above.below == NULL || !find_zone(gather, below, &above.servers)) {
		knot_dname_free(above.below, NULL);
		hm_hosts_clear(&above.servers);
		return NULL;
	}
	gather->above[gather->above_count] = above;
	return &gather->above[gather->above_count++].servers;
}

/*! \brief Owner of the NS records of a referral to a zone above the domain, NULL if it is none. */
static const knot_dname_t *referral_to(const knot_pkt_t *pkt, const knot_dname_t *domain,
                                       const knot_dname_t *zone)
{
	const knot_pktsection_t *authority = knot_pkt_section(pkt, KNOT_AUTHORITY);
	for (uint16_t i = 0; i < authority->count; i++) {
		const knot_rrset_t *record = knot_pkt_rr(authority, i);
		if (record->type == KNOT_RRTYPE_NS &&
		    knot_dname_in_bailiwick(domain, record->owner) > 0 &&
		    knot_dname_in_bailiwick(record->owner, zone) > 0) {
			return record->owner;
		}
	}
	return NULL;
}

hm_outcome_t hm_parent_read(hm_gather_t *gather, const hm_ask_t *ask, knot_rdataset_t *next,
                            const knot_dname_t **next_zone)
{
	hm_parent_facts_t *parent = &gather->parent;
	const knot_dname_t *domain = ask->name;
	// NODATA is what a zone without a delegation says.
	const knot_rrset_t nothing = { .owner = (knot_dname_t *)domain, .type = ask->type };
	parent->silence = hm_expect_match(&nothing, ask);
	if (ask->reply != HM_REPLY_ANSWER || parent->silence > HM_MATCH_LAME) {
		return HM_OUTCOME_OF_NO_USE;
	}
	bool aa = knot_wire_get_aa(ask->pkt->wire);
	knot_rdataset_t ns;
	knot_mm_t *mm = &gather->memory.mm;
	if (!hm_message_rrset(ask->pkt, KNOT_ANSWER, domain, KNOT_RRTYPE_NS, mm, &ns) ||
	    (ns.count == 0 &&
	     !hm_message_rrset(ask->pkt, KNOT_AUTHORITY, domain, KNOT_RRTYPE_NS, mm, &ns))) {
		return HM_OUTCOME_NO_MEMORY;
	}
	if (ns.count > 0) {
		parent->result = HM_PARENT_DELEGATED;
		parent->ns = (knot_rdataset_t){ 0 };
		return copy_names(&ns, &parent->ns, mm) ? HM_OUTCOME_OF_USE : HM_OUTCOME_NO_MEMORY;
	}
	const knot_dname_t *owner = referral_to(ask->pkt, domain, parent->zone);
	if (owner != NULL && !aa) {
		knot_rdataset_t names;
		*next_zone = knot_dname_copy(owner, mm);
		return (*next_zone != NULL &&
		        hm_message_rrset(ask->pkt, KNOT_AUTHORITY, owner, KNOT_RRTYPE_NS, mm, &names) &&
		        copy_names(&names, next, mm)) ? HM_OUTCOME_REFERRAL : HM_OUTCOME_NO_MEMORY;
	}
	if (!aa) {
		return HM_OUTCOME_OF_NO_USE;
	}
	parent->result = (parent->silence == HM_MATCH_NXDOMAIN) ? HM_PARENT_NXDOMAIN :
	                                                          HM_PARENT_NODATA;
	return HM_OUTCOME_OF_USE;
}

/*! \brief Ask the servers of a zone, one after the other, until one says something of use. */
static hm_outcome_t ask_servers(hm_gather_t *gather, const knot_dname_t *domain,
                             const hm_hosts_t *servers, knot_rdataset_t *next,
                             const knot_dname_t **next_zone)
{
	hm_outcome_t outcome = HM_OUTCOME_OF_NO_USE;
	for (size_t i = 0; i < servers->count && i < HM_PARENT_ASKS_MAX && outcome == HM_OUTCOME_OF_NO_USE;
	     i++) {
		hm_ask_t asks[] = {
			{ .server = servers->addresses[i], .name = domain, .type = KNOT_RRTYPE_NS },
			{ .server = servers->addresses[i], .name = domain, .type = KNOT_RRTYPE_DS },
		};
		hm_address_text(&servers->addresses[i], gather->parent.server);
		bool ok = hm_ask(&gather->opts.ask, asks, 2) == KNOT_EOK;
		outcome = ok ? hm_parent_read(gather, &asks[0], next, next_zone) : HM_OUTCOME_NO_MEMORY;
		if (outcome == HM_OUTCOME_OF_USE && asks[1].reply == HM_REPLY_ANSWER) {
			knot_rdataset_t ds;
			ok = hm_message_rrset(asks[1].pkt, KNOT_ANSWER, domain, KNOT_RRTYPE_DS,
			                      &gather->memory.mm, &ds);
			gather->parent.has_ds = (ok && ds.count > 0);
		}
		hm_ask_clear(&asks[0]);
		hm_ask_clear(&asks[1]);
		outcome = ok ? outcome : HM_OUTCOME_NO_MEMORY;
	}
	return outcome;
}

/*! \brief Note the zone; false if memory is out. */
static bool set_zone(hm_gather_t *gather, const knot_dname_t *zone)
{
	hm_parent_facts_t *parent = &gather->parent;
	parent->zone = knot_dname_copy(zone, &gather->memory.mm);
	if (parent->zone == NULL) {
		return false;
	}
	unsigned labels = knot_dname_labels(zone, NULL);
	parent->is_registry = (labels <= 1) || (gather->opts.suffixes != NULL &&
	                      hm_suffixes_has(gather->opts.suffixes, zone, knot_dname_size(zone)));
	return true;
}

bool hm_gather_parent(hm_gather_t *gather, const knot_dname_t *domain)
{
	hm_parent_facts_t *parent = &gather->parent;
	*parent = (hm_parent_facts_t){ .result = HM_PARENT_SILENT };
	const hm_hosts_t *servers = zone_above(gather, domain);
	if (servers == NULL) {
		return false;
	}
	if (servers->name == NULL) {
		return true; // Not even the root was found.
	}
	if (!set_zone(gather, servers->name)) {
		return false;
	}
	const knot_dname_t *zone = NULL;
	knot_rdataset_t names = { 0 };
	hm_outcome_t outcome = ask_servers(gather, domain, servers, &names, &zone);
	for (unsigned i = 0; i < REFERRALS_MAX && outcome == HM_OUTCOME_REFERRAL; i++) {
		hm_hosts_t next = { 0 };
		*parent->server = '\0';
		outcome = (set_zone(gather, zone) && find_servers(gather, &names, &next)) ?
		          HM_OUTCOME_OF_NO_USE : HM_OUTCOME_NO_MEMORY;
		names = (knot_rdataset_t){ 0 };
		if (outcome != HM_OUTCOME_NO_MEMORY) {
			outcome = ask_servers(gather, domain, &next, &names, &zone);
		}
		hm_hosts_clear(&next);
	}
	return outcome != HM_OUTCOME_NO_MEMORY;
}
