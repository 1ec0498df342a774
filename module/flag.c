/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdatomic.h>
#include <stdio.h>
#include <time.h>

#include "glue.h"

/*! \brief Seconds between two log lines about the hosted zone. */
#define LOG_INTERVAL 60

/*! \brief Extended DNS Error "Invalid Data" (RFC 8914, section 4.25). */
#define EDE_INVALID_DATA 24

/*! \brief Most walks for a query. */
#define WALKS_MAX 8

/*! \brief Second from which on a hook may log again; of the whole process, so that a reload does
 *         not start it anew. */
static _Atomic int64_t next_flag_log, next_zone_log;

#if HAVE_DECL_KNOTD_QDATA_ZONE_RRSET
int hm_glue_get_flag(void *arg, const knot_dname_t *zone, const knot_dname_t *node,
                     knot_rdataset_t *txt)
{
	knot_rrset_t rrset;
	int ret = knotd_qdata_zone_rrset(arg, zone, node, KNOT_RRTYPE_TXT, &rrset);
	if (ret == KNOT_EOK) {
		*txt = rrset.rrs;
	}
	return ret;
}

/*! \brief What changes with each version of the hosted zone, while its memory
 *         is kept for the query. */
static const void *zone_version(const hm_hosted_set_t *set, const knotd_qdata_t *qdata)
{
	knot_rrset_t soa;
	const knot_dname_t *zone = hm_hosted_set_zone(set);
	if (zone == NULL ||
	    knotd_qdata_zone_rrset(qdata, zone, NULL, KNOT_RRTYPE_SOA, &soa) != KNOT_EOK) {
		return NULL;
	}
	return soa.rrs.rdata;
}
#else
static const void *zone_version(const hm_hosted_set_t *set, const knotd_qdata_t *qdata)
{
	(void)set, (void)qdata;
	return NULL;
}

int hm_glue_get_flag(void *arg, const knot_dname_t *zone, const knot_dname_t *node,
                     knot_rdataset_t *txt)
{
	(void)arg, (void)zone, (void)node, (void)txt;
	return KNOT_ENOZONE;
}
#endif

hm_glue_walk_t hm_glue_walk_start(const hm_hosted_set_t *set, const knotd_qdata_t *qdata)
{
	return (hm_glue_walk_t){ .version = zone_version(set, qdata), .count = 1 };
}

bool hm_glue_walk_again(hm_glue_walk_t *walk, const hm_hosted_set_t *set,
                        const knotd_qdata_t *qdata)
{
	const void *before = walk->version;
	walk->version = zone_version(set, qdata);
	return walk->version != before && walk->count++ < WALKS_MAX;
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

void hm_glue_report_unavailable(knotd_mod_t *mod, const knotd_qdata_t *qdata,
                                const hm_hosted_set_t *set)
{
	knotd_mod_stats_incr(mod, qdata->params->thread_id, CTR_ZONE, CTR_ZONE_UNAVAILABLE, 1);
	knot_dname_txt_storage_t name;
	if (is_time(&next_zone_log) &&
	    knot_dname_to_str(name, hm_hosted_set_zone(set), sizeof(name)) != NULL) {
		knotd_mod_log(mod, LOG_WARNING, "hosted zone '%s' cannot be asked: not in the "
		              "configuration, not yet loaded or expired", name);
	}
}

/*! \brief Log what is wrong with a flag. */
static void log_flag(knotd_mod_t *mod, const hm_domain_t *domain, const char *reason)
{
	if (!is_time(&next_flag_log)) {
		return;
	}
	knot_dname_txt_storage_t name;
	if (knot_dname_to_str(name, domain->name, sizeof(name)) == NULL) {
		name[0] = '\0';
	}
	knotd_mod_log(mod, LOG_ERR, "hosted zone, domain '%s' answered with SERVFAIL: %s", name,
	              reason);
}

/*! \brief Tell the client why (RFC 8914): in an error the server keeps the options of its OPT. */
static void add_error(knotd_qdata_t *qdata, const char *reason)
{
	if (!knot_pkt_has_edns(qdata->query)) {
		return;
	}
	uint8_t data[sizeof(uint16_t) + 128];
	knot_wire_write_u16(data, EDE_INVALID_DATA);
	int len = snprintf((char *)data + sizeof(uint16_t), sizeof(data) - sizeof(uint16_t),
	                   "hosted zone: %s", reason);
	// The answer is good without it.
	(void)knot_edns_add_option(&qdata->opt_rr, KNOT_EDNS_OPTION_EDE, sizeof(uint16_t) + len,
	                           data, qdata->mm);
}

void hm_glue_report_flag(knotd_mod_t *mod, knotd_qdata_t *qdata, const hm_domain_t *domain,
                         const char *reason)
{
	knotd_mod_stats_incr(mod, qdata->params->thread_id, CTR_ZONE, CTR_ZONE_INVALID, 1);
	log_flag(mod, domain, reason);
	add_error(qdata, reason);
}
