/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "gather_internal.h"

const hm_lookup_t *hm_lookups_get(const hm_lookups_t *lookups, const knot_dname_t *name,
                                  uint16_t type)
{
	for (size_t i = 0; i < lookups->count; i++) {
		if (lookups->items[i].type == type &&
		    knot_dname_is_equal(lookups->items[i].name, name)) {
			return &lookups->items[i];
		}
	}
	return NULL;
}

void hm_lookups_add(hm_lookups_t *lookups, const knot_dname_t *name, uint16_t type)
{
	if (hm_lookups_get(lookups, name, type) != NULL) {
		return;
	}
	if (!hm_array_grow(&lookups->items, lookups->count, sizeof(*lookups->items))) {
		lookups->no_memory = true;
		return;
	}
	lookups->items[lookups->count++] = (hm_lookup_t){ .name = name, .type = type };
}

void hm_lookups_add_addresses(hm_lookups_t *lookups, const knot_dname_t *name)
{
	hm_lookups_add(lookups, name, KNOT_RRTYPE_A);
	hm_lookups_add(lookups, name, KNOT_RRTYPE_AAAA);
}

bool hm_lookups_run(hm_lookups_t *lookups, hm_resolver_t *resolver)
{
	return !lookups->no_memory &&
	       hm_resolver_run(resolver, lookups->items, lookups->count) == KNOT_EOK;
}

hm_found_t hm_lookups_addresses(const hm_lookups_t *lookups, const knot_dname_t *name)
{
	hm_found_t found = HM_FOUND_FAILURE;
	for (int i = 0; i < 2; i++) {
		const hm_lookup_t *lookup = hm_lookups_get(lookups, name, (i == 0) ?
		                                           KNOT_RRTYPE_A : KNOT_RRTYPE_AAAA);
		if (lookup != NULL && lookup->found < found) {
			found = lookup->found;
		}
	}
	return found;
}

void hm_lookups_clear(hm_lookups_t *lookups)
{
	for (size_t i = 0; i < lookups->count; i++) {
		hm_lookup_clear(&lookups->items[i]);
	}
	free(lookups->items);
	*lookups = (hm_lookups_t){ 0 };
}

void hm_hosts_clear(hm_hosts_t *hosts)
{
	knot_dname_free(hosts->name, NULL);
	free(hosts->addresses);
	*hosts = (hm_hosts_t){ 0 };
}

/*! \brief Add addresses to a host; false if memory is out. */
static bool add_addresses(const hm_gather_t *gather, hm_hosts_t *host, uint16_t type,
                          const knot_rdataset_t *rrs)
{
	for (uint16_t i = 0; i < rrs->count; i++) {
		const knot_rdata_t *rdata = knot_rdataset_at(rrs, i);
		struct sockaddr_storage address;
		if (!hm_address_from_rdata(type, rdata->data, rdata->len, gather->opts.port,
		                           &address)) {
			continue;
		}
		host->found = HM_FOUND_RECORDS;
		if ((type == KNOT_RRTYPE_A) ? gather->opts.resolver.no_ipv4 :
		                              gather->opts.resolver.no_ipv6) {
			continue;
		}
		if (!hm_array_grow(&host->addresses, host->count, sizeof(address))) {
			return false;
		}
		host->addresses[host->count++] = address;
	}
	return true;
}

static const uint16_t address_types[] = { KNOT_RRTYPE_A, KNOT_RRTYPE_AAAA };

bool hm_hosts_find(hm_gather_t *gather, const knot_rdataset_t *names, const hm_expect_t *expect,
                   hm_hosts_t *hosts)
{
	hm_lookups_t lookups = { 0 };
	bool ok = true;
	memset(hosts, 0, names->count * sizeof(*hosts));
	for (uint16_t i = 0; i < names->count && ok; i++) {
		const knot_dname_t *name = knot_rdataset_at(names, i)->data;
		hosts[i].name = knot_dname_copy(name, NULL);
		hosts[i].found = HM_FOUND_NXDOMAIN;
		ok = (hosts[i].name != NULL);
		bool known = false;
		for (int t = 0; t < 2 && expect != NULL && ok; t++) {
			const knot_rrset_t *rrset = hm_expect_find(expect, name, address_types[t]);
			if (rrset != NULL) {
				known = true;
				ok = add_addresses(gather, &hosts[i], rrset->type, &rrset->rrs);
			}
		}
		if (!known) {
			hm_lookups_add_addresses(&lookups, name);
		}
	}
	ok = ok && hm_lookups_run(&lookups, gather->resolver);
	for (uint16_t i = 0; i < names->count && ok; i++) {
		for (int t = 0; t < 2 && ok; t++) {
			const hm_lookup_t *lookup = hm_lookups_get(&lookups, hosts[i].name,
			                                           address_types[t]);
			ok = (lookup == NULL) ||
			     add_addresses(gather, &hosts[i], lookup->type, &lookup->rrs);
		}
		if (hosts[i].found != HM_FOUND_RECORDS) {
			hosts[i].found = hm_lookups_addresses(&lookups, hosts[i].name);
		}
	}
	hm_lookups_clear(&lookups);
	return ok;
}
