/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdatomic.h>
#include <time.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "host.h"
#include "parent.h"

/*! \brief Seconds between two warnings about a domain. */
#define WARN_INTERVAL 3600

/*! \brief Domains that were warned of not long ago, most at a time. */
#define WARNED_MAX 256

/*!
 * \brief Tell whether to warn of a domain now.
 *
 * Each slot has half of a hash and the second of the warning; that of another domain is left alone
 * while it counts, so that no traffic makes more warnings than there are slots.
 */
static bool is_time(const hm_domain_t *domain)
{
	static _Atomic uint64_t warned[WARNED_MAX];

	struct timespec time;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
	uint32_t now = time.tv_sec + WARN_INTERVAL; // A free slot is old enough.
	uint64_t hash = XXH3_64bits(domain->name, domain->size);
	_Atomic uint64_t *slot = &warned[hash % WARNED_MAX];
	uint64_t old = atomic_load_explicit(slot, memory_order_relaxed);
	return now - (uint32_t)old >= WARN_INTERVAL &&
	       atomic_compare_exchange_strong(slot, &old, (hash >> 32) << 32 | now);
}

/*! \brief Tell whether the zone of the query delegates a domain, or one above it. */
static bool is_delegated(knotd_qdata_t *qdata, const knot_dname_t *zone, const hm_domain_t *domain)
{
	const knot_dname_t *name = domain->name;
	for (; !knot_dname_is_equal(name, zone); name = hm_dname_next(name)) {
		knot_rrset_t ns;
		if (hm_host_zone_rrset(qdata, NULL, name, KNOT_RRTYPE_NS, &ns) == KNOT_EOK &&
		    ns.rrs.count > 0) {
			return true;
		}
	}
	return false;
}

void hm_parent_check(knotd_mod_t *mod, knotd_qdata_t *qdata, const hm_domain_t *domain)
{
	const knot_dname_t *zone = knotd_qdata_zone_name(qdata);
	if (!hm_host_has_zones || zone == NULL ||
	    knot_dname_in_bailiwick(domain->name, zone) <= 0 ||
	    knotd_qdata_zone_apex_rrset(qdata, KNOT_RRTYPE_DNSKEY).rrs.count == 0 ||
	    is_delegated(qdata, zone, domain) || !is_time(domain)) {
		return;
	}
	knot_dname_txt_storage_t name, above;
	if (knot_dname_to_str(name, domain->name, sizeof(name)) != NULL &&
	    knot_dname_to_str(above, zone, sizeof(above)) != NULL) {
		knotd_mod_log(mod, LOG_WARNING, "hosted domain '%s' is bogus for validators: add its "
		              "NS to the signed zone '%s'", name, above);
	}
}
