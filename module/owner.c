/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include <libknot/libknot.h>

#include "context.h"
#include "counters.h"
#include "host.h"
#include "owner.h"

/*! \brief Seconds between two log lines about the hosted zones. */
#define LOG_INTERVAL 60

/*! \brief Extended DNS Error "Invalid Data" (RFC 8914, section 4.25). */
#define EDE_INVALID_DATA 24

/*! \brief Most walks of a query through hosted zones that keep changing. */
#define WALKS_MAX 8

/*! \brief Second from which on a hook may log again; of the whole process, so that a reload does
 *         not start it anew. */
static _Atomic int64_t next_flag_log, next_zone_log;

/*! \brief What is searched. */
typedef struct {
	const hm_hosted_set_t *set;
	knotd_qdata_t *qdata;
	const knot_dname_t *apex; /*!< Name of the zone that the owner has to have, NULL for a
	                               search by the QNAME. */
} search_t;

/*! \brief Look a node of a hosted zone up; a hm_hosted_zone_get_f. */
static int get_flag(void *ctx, const knot_dname_t *zone, const knot_dname_t *node,
                    knot_rdataset_t *txt)
{
	knot_rrset_t rrset;
	int ret = hm_host_zone_rrset(ctx, zone, node, KNOT_RRTYPE_TXT, &rrset);
	if (ret == KNOT_EOK) {
		*txt = rrset.rrs;
	}
	return ret;
}

static bool set_find(const search_t *search, const knot_dname_t *name, hm_owner_t *owner)
{
	return hm_hosted_set_find(search->set, name, get_flag, search->qdata, owner);
}

/*! \brief Tell whether the server has an ordinary zone of that name, as far as it can be asked. */
static bool zone_exists(knotd_qdata_t *qdata, const knot_dname_t *name)
{
	const knot_dname_t *zone = knotd_qdata_zone_name(qdata);
	knot_rrset_t rrset;
	return (zone != NULL && knot_dname_is_equal(zone, name)) ||
	       hm_host_zone_rrset(qdata, name, NULL, KNOT_RRTYPE_SOA, &rrset) != KNOT_ENOZONE;
}

/*! \brief Tell whether an ordinary zone of the server owns the query rather than the domain. */
static bool zone_is_deeper(knotd_qdata_t *qdata, const hm_owner_t *owner)
{
	const knot_dname_t *zone = knotd_qdata_zone_name(qdata);
	return zone != NULL && knot_dname_labels(zone, NULL) >= owner->domain.labels;
}

/*!
 * \brief Find the owner of a query for DS.
 *
 * DS is a matter of the parent (RFC 4035, section 3.1.4.1), which a hosted domain or a zone of the
 * server can be; the server has looked for the zone in the same way.
 */
static bool find_parent(const search_t *search, const knot_dname_t *qname, hm_query_owner_t *owner)
{
	knotd_qdata_t *qdata = search->qdata;
	const knot_dname_t *zone = knotd_qdata_zone_name(qdata);
	if (!set_find(search, qname, &owner->found)) {
		return false;
	}
	if (owner->found.domain.name == qname) {
		hm_owner_t upper;
		if (!set_find(search, hm_dname_next(qname), &upper)) {
			return zone == NULL; // Nobody above is here: the apex answers itself.
		}
		owner->found = upper;
		owner->delegated = true;
	}

	// The server chooses a zone at the QNAME only if it knows none above it.
	bool zone_above = (zone != NULL && !knot_dname_is_equal(zone, qname));
	if (zone_above && zone_is_deeper(qdata, &owner->found)) {
		return false;
	}
	owner->delegated = owner->delegated || zone_exists(qdata, qname);
	return true;
}

static bool find(const search_t *search, hm_query_owner_t *owner)
{
	owner->delegated = false;
	if (search->apex != NULL) {
		return set_find(search, search->apex, &owner->found) &&
		       owner->found.domain.name == search->apex;
	}
	const knot_dname_t *qname = knot_pkt_qname(search->qdata->query);
	if (knot_pkt_qtype(search->qdata->query) == KNOT_RRTYPE_DS && *qname != '\0') {
		return find_parent(search, qname, owner);
	}
	return set_find(search, qname, &owner->found) &&
	       !zone_is_deeper(search->qdata, &owner->found);
}

/*! \brief What changes with each version of a zone, while its memory is kept for the query. */
static const void *zone_version(const search_t *search, const knot_dname_t *zone)
{
	knot_rrset_t soa;
	return (hm_host_zone_rrset(search->qdata, zone, NULL, KNOT_RRTYPE_SOA,
	                           &soa) == KNOT_EOK) ? soa.rrs.rdata : NULL;
}

/*! \brief Note the versions of the hosted zones; tell whether one of them is new. */
static bool note_versions(const search_t *search, const void *versions[HM_HOSTED_ZONES_MAX])
{
	bool changed = false;
	for (size_t i = 0; i < hm_hosted_set_zones(search->set); i++) {
		const void *version = zone_version(search, hm_hosted_set_zone(search->set, i));
		changed = changed || version != versions[i];
		versions[i] = version;
	}
	return changed;
}

/*!
 * \brief Find the owner in one version of the hosted zones.
 *
 * Each step of a walk asks the newest version, so that what was found may be in none: if a zone
 * has changed meanwhile, walk again. So it is if a domain moves from one zone to another.
 */
static bool find_settled(const search_t *search, hm_query_owner_t *owner)
{
	bool found;
	const void *versions[HM_HOSTED_ZONES_MAX] = { NULL };
	(void)note_versions(search, versions);
	unsigned walks = 0;
	do {
		found = find(search, owner);
	} while (note_versions(search, versions) && ++walks < WALKS_MAX);
	return found;
}

/*! \brief Tell whether to log: once in a while, for queries come fast. */
static bool is_time(_Atomic int64_t *next_log)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	int64_t next = atomic_load_explicit(next_log, memory_order_relaxed);
	return now.tv_sec >= next &&
	       atomic_compare_exchange_strong(next_log, &next, now.tv_sec + LOG_INTERVAL);
}

static void report_unavailable(knotd_mod_t *mod, const search_t *search, const knot_dname_t *zone)
{
	hm_count(mod, search->qdata, HM_CTR_ZONE, HM_CTR_ZONE_UNAVAILABLE);
	knot_dname_txt_storage_t name;
	if (is_time(&next_zone_log) &&
	    knot_dname_to_str(name, zone, sizeof(name)) != NULL) {
		knotd_mod_log(mod, LOG_WARNING, "hosted zone '%s' unavailable: not configured, "
		              "not loaded yet, or expired", name);
	}
}

/*! \brief Count and log a flag that does not count, since nobody can take that name over. */
static void report_refused(knotd_mod_t *mod, const search_t *search, const knot_dname_t *refused)
{
	hm_count(mod, search->qdata, HM_CTR_ZONE, HM_CTR_ZONE_INVALID);
	knot_dname_txt_storage_t name;
	if (is_time(&next_flag_log) && knot_dname_to_str(name, refused, sizeof(name)) != NULL) {
		knotd_mod_log(mod, LOG_ERR, "hosted zone, flag of '%s' ignored: %s", name,
		              (knot_dname_labels(refused, NULL) == 1) ?
		              "a top-level name cannot be hosted" :
		              "excluded, or above an excluded name (hosted-exclude)");
	}
}

/*! \brief Find the owner and complete it by its flag. */
static bool find_and_report(knotd_mod_t *mod, const search_t *search, hm_query_owner_t *owner)
{
	owner->set = search->set;
	owner->qdata = search->qdata;
	bool found = find_settled(search, owner);
	if (owner->found.unavailable != NULL) {
		report_unavailable(mod, search, owner->found.unavailable);
	}
	if (owner->found.refused != NULL) {
		report_refused(mod, search, owner->found.refused);
	}
	if (found) {
		owner->profile = hm_hosted_set_complete(search->set, &owner->found,
		                                        search->qdata->mm, &owner->reason);
	}
	return found;
}

bool hm_query_owner_find(knotd_mod_t *mod, knotd_qdata_t *qdata, hm_query_owner_t *owner)
{
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	const search_t search = { .set = ctx->set, .qdata = qdata };
	return find_and_report(mod, &search, owner);
}

bool hm_query_owner_find_zone(knotd_mod_t *mod, knotd_qdata_t *qdata, const knot_dname_t *apex,
                              hm_query_owner_t *owner)
{
	const hm_module_t *ctx = knotd_mod_ctx(mod);
	const search_t search = { .set = ctx->set, .qdata = qdata, .apex = apex };
	return find_and_report(mod, &search, owner);
}

bool hm_query_owner_is_nested(void *ctx, const knot_dname_t *name, uint8_t *gap)
{
	const hm_query_owner_t *owner = ctx;
	if (hm_hosted_set_is_nested(owner->set, &owner->found, name, get_flag, owner->qdata, gap)) {
		return true;
	}
	int depth = knot_dname_labels(name, NULL) - owner->found.domain.labels;
	for (; depth > 0; depth--) {
		if (zone_exists(owner->qdata, name)) {
			return true;
		}
		name = hm_dname_next(name);
	}
	return false;
}

/*! \brief Log what is wrong with a flag. */
static void log_flag(knotd_mod_t *mod, const hm_owner_t *owner, const char *reason)
{
	if (!is_time(&next_flag_log)) {
		return;
	}
	knot_dname_txt_storage_t name, zone;
	if (knot_dname_to_str(name, owner->domain.name, sizeof(name)) != NULL &&
	    knot_dname_to_str(zone, owner->flag.zone, sizeof(zone)) != NULL) {
		knotd_mod_log(mod, LOG_ERR, "hosted zone '%s', domain '%s' answered with "
		              "SERVFAIL: %s", zone, name, reason);
	}
}

/*! \brief Tell the client why (RFC 8914): in an error the server keeps the options of its OPT. */
static void add_error(knotd_qdata_t *qdata, const char *reason)
{
	if (!knot_pkt_has_edns(qdata->query)) {
		return;
	}
	uint8_t data[sizeof(uint16_t) + 128];
	knot_wire_write_u16(data, EDE_INVALID_DATA);
	size_t max = sizeof(data) - sizeof(uint16_t);
	size_t len = snprintf((char *)data + sizeof(uint16_t), max, "hosted zone: %s", reason);
	len = (len < max) ? len : max - 1; // The name of a profile may be long.
	// The answer is good without it.
	(void)knot_edns_add_option(&qdata->opt_rr, KNOT_EDNS_OPTION_EDE, sizeof(uint16_t) + len,
	                           data, qdata->mm);
}

void hm_query_owner_report(knotd_mod_t *mod, knotd_qdata_t *qdata, const hm_query_owner_t *owner)
{
	hm_count(mod, qdata, HM_CTR_ZONE, HM_CTR_ZONE_INVALID);
	log_flag(mod, &owner->found, owner->reason);
	add_error(qdata, owner->reason);
}
