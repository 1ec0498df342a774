/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "gather_internal.h"
#include "hostedmail/dname.h"

#define STS_LABEL "\7mta-sts"
#define STS_TXT_LABEL "\10_mta-sts"
#define STS_VERSION "v=STSv1"

/*! \brief What facts are gathered from. */
typedef struct {
	hm_gather_t *gather;
	hm_facts_t *facts;
	bool is_ours;        // The world gets what is expected.
	knot_dname_storage_t sts_host;
	knot_dname_storage_t sts_txt;
} records_t;

/*! \brief Put a label before a name; false if that is too long. */
static bool prepend(const char *label, const knot_dname_t *name, knot_dname_storage_t out)
{
	size_t len = strlen(label), size = knot_dname_size(name);
	if (len + size > KNOT_DNAME_MAXLEN) {
		return false;
	}
	memcpy(out, label, len);
	memcpy(out + len, name, size);
	return true;
}

/*! \brief The name that a record leads to, NULL if it leads nowhere. */
static const knot_dname_t *target_of(uint16_t type, const knot_rdata_t *rdata)
{
	size_t skip = (type == KNOT_RRTYPE_CNAME) ? 0 : (type == KNOT_RRTYPE_MX) ? 2 : 6;
	const uint8_t *name = rdata->data + skip;
	return (rdata->len > skip && *name != '\0') ? name : NULL;
}

static bool has_target(const knot_rrset_t *rrset)
{
	if (rrset->type != KNOT_RRTYPE_CNAME && rrset->type != KNOT_RRTYPE_MX &&
	    rrset->type != KNOT_RRTYPE_SRV) {
		return false;
	}
	// What answers a challenge is there only for a short time (RFC 8555).
	static const char acme[] = "\17_acme-challenge";
	return knot_dname_size(rrset->owner) < sizeof(acme) ||
	       memcmp(rrset->owner, acme, sizeof(acme) - 1) != 0;
}

/*! \brief Tell whether what is at an alias is text: keys, policies. */
static bool is_text(const knot_rrset_t *rrset, const knot_dname_t *domain)
{
	if (rrset->type != KNOT_RRTYPE_CNAME) {
		return false;
	}
	for (const knot_dname_t *name = rrset->owner; knot_dname_size(name) > knot_dname_size(domain);
	     name = hm_dname_next(name)) {
		if (name[0] > 0 && name[1] == '_') {
			return true;
		}
	}
	return false;
}

/*! \brief Look into what is expected for a target, which then needs no look-up. */
static bool is_known(const hm_facts_t *facts, hm_target_facts_t *target)
{
	bool alias = hm_expect_find(facts->expect, target->name, KNOT_RRTYPE_CNAME) != NULL;
	bool found = alias || hm_expect_find(facts->expect, target->name, target->is_text ?
	                                     KNOT_RRTYPE_TXT : KNOT_RRTYPE_A) != NULL ||
	             (!target->is_text &&
	              hm_expect_find(facts->expect, target->name, KNOT_RRTYPE_AAAA) != NULL);
	if (found) {
		target->is_alias = alias;
		target->found = HM_FOUND_RECORDS;
	}
	return found;
}

/*! \brief Collect the targets; false if memory is out. */
static bool add_targets(records_t *records, const knot_rrset_t *rrset)
{
	hm_facts_t *facts = records->facts;
	for (uint16_t i = 0; i < rrset->rrs.count; i++) {
		hm_target_facts_t target = {
			.rrset = rrset, .is_text = is_text(rrset, facts->domain),
			.name = target_of(rrset->type, knot_rdataset_at(&rrset->rrs, i)),
			.found = HM_FOUND_FAILURE,
		};
		if (target.name == NULL) {
			continue;
		}
		hm_lookups_t *lookups = &records->gather->lookups;
		const knot_dname_t *end = target.name + knot_dname_size(target.name) - 1;
		target.is_address = (rrset->type == KNOT_RRTYPE_MX &&
		                     hm_dname_is_address(target.name, end));
		bool below = knot_dname_in_bailiwick(target.name, facts->domain) >= 0;
		bool known = target.is_address || is_known(facts, &target);
		if (!known && below && !records->is_ours) {
			continue; // It is no more there than the rest.
		}
		if (!known && target.is_text) {
			hm_lookups_add(lookups, target.name, KNOT_RRTYPE_TXT);
		} else if (!known) {
			hm_lookups_add_addresses(lookups, target.name);
		}
		if (!hm_array_grow(&facts->targets, facts->targets_count,
		                   sizeof(*facts->targets))) {
			return false;
		}
		facts->targets[facts->targets_count++] = target;
	}
	return true;
}

/*! \brief Collect what is to be looked up; false if memory is out. */
static bool collect(records_t *records)
{
	hm_facts_t *facts = records->facts;
	hm_lookups_t *lookups = &records->gather->lookups;
	hm_lookups_add(lookups, facts->domain, KNOT_RRTYPE_MX);
	for (size_t i = 0; i < facts->expect->count; i++) {
		const knot_rrset_t *rrset = &facts->expect->rrsets[i];
		bool apex = (rrset->type == KNOT_RRTYPE_SOA || rrset->type == KNOT_RRTYPE_NS);
		if (!records->is_ours && !apex) {
			hm_lookups_add(lookups, rrset->owner, rrset->type);
		}
		if (has_target(rrset) && !add_targets(records, rrset)) {
			return false;
		}
	}
	if (!records->is_ours && *records->sts_txt != '\0') {
		hm_lookups_add(lookups, records->sts_txt, KNOT_RRTYPE_TXT);
		hm_lookups_add_addresses(lookups, records->sts_host);
	}
	return !lookups->no_memory;
}

static void read_targets(records_t *records)
{
	hm_facts_t *facts = records->facts;
	for (size_t i = 0; i < facts->targets_count; i++) {
		hm_target_facts_t *target = &facts->targets[i];
		const hm_lookup_t *lookup = hm_lookups_get(&records->gather->lookups, target->name,
		                                           target->is_text ? KNOT_RRTYPE_TXT :
		                                                             KNOT_RRTYPE_A);
		if (target->is_address || target->found == HM_FOUND_RECORDS || lookup == NULL) {
			continue;
		}
		target->is_alias = (lookup->canonical != NULL);
		target->found = target->is_text ? lookup->found :
		                hm_lookups_addresses(&records->gather->lookups, target->name);
	}
}

/*! \brief Tell whether there is more of something than there may be: another SPF record. */
static bool has_others(const knot_rrset_t *want, const knot_rdataset_t *got)
{
	if (want->type != KNOT_RRTYPE_TXT) {
		return got->count > want->rrs.count;
	}
	bool wants_spf = false, others = false;
	for (int pass = 0; pass < 2; pass++) {
		const knot_rdataset_t *rrs = (pass == 0) ? &want->rrs : got;
		for (uint16_t i = 0; i < rrs->count; i++) {
			const knot_rdata_t *rdata = knot_rdataset_at(rrs, i);
			char *text = malloc(rdata->len + 1);
			bool spf = (text != NULL) && hm_spf_text(rdata, text);
			wants_spf |= (pass == 0 && spf);
			others |= (pass == 1 && spf && wants_spf &&
			           !knot_rdataset_member(&want->rrs, rdata));
			free(text);
		}
	}
	return others;
}

/*! \brief An RRset that the world should have. */
static int read_world(records_t *records, size_t i, hm_rdata_reader_t *reader)
{
	hm_facts_t *facts = records->facts;
	knot_mm_t *mm = &records->gather->memory.mm;
	const knot_rrset_t *want = &facts->expect->rrsets[i];
	hm_world_facts_t *world = &facts->world[i];
	const hm_lookup_t *lookup = hm_lookups_get(&records->gather->lookups, want->owner,
	                                           want->type);
	if (lookup == NULL) {
		world->found = HM_FOUND_NODATA;
		return KNOT_EOK;
	}
	world->found = lookup->found;
	// In canonical form, as what is expected.
	knot_rdataset_t got = { 0 };
	const knot_rrset_t found = {
		.owner = want->owner, .type = want->type, .rclass = KNOT_CLASS_IN,
		.rrs = lookup->rrs,
	};
	int ret = hm_rdataset_add_canonical(&got, &found, mm);
	if (ret != KNOT_EOK || got.count == 0) {
		return ret;
	}
	world->is_right = true;
	for (uint16_t r = 0; r < want->rrs.count; r++) {
		world->is_right &= knot_rdataset_member(&got, knot_rdataset_at(&want->rrs, r));
	}
	world->has_others = has_others(want, &got);
	for (uint16_t r = 0; r < got.count && world->text == NULL; r++) {
		const knot_rdata_t *rdata = knot_rdataset_at(&got, r);
		char *text = NULL;
		if (want->type == KNOT_RRTYPE_TXT) {
			text = malloc(rdata->len + 1);
			bool spf = (text != NULL) && hm_spf_text(rdata, text);
			if (!spf) {
				free(text);
				text = NULL;
			}
		}
		if (!knot_rdataset_member(&want->rrs, rdata) &&
		    (want->type != KNOT_RRTYPE_TXT || text != NULL)) {
			world->text = hm_rdata_to_text(reader, want->type, &got, r);
		}
		free(text);
	}
	return KNOT_EOK;
}

/*! \brief What the world has of each RRset that is expected; false if memory is out. */
static bool read_all_world(records_t *records)
{
	hm_facts_t *facts = records->facts;
	facts->world = calloc(facts->expect->count, sizeof(*facts->world));
	hm_rdata_reader_t *reader = hm_rdata_reader_new();
	int ret = (facts->world != NULL && reader != NULL) ? KNOT_EOK : KNOT_ENOMEM;
	for (size_t i = 0; i < facts->expect->count && ret == KNOT_EOK; i++) {
		ret = read_world(records, i, reader);
	}
	hm_rdata_reader_free(reader);
	return ret != KNOT_ENOMEM;
}

/*! \brief Tell whether there is an MTA-STS policy among TXT records (RFC 8461, section 3.1). */
static bool has_sts(const knot_rdataset_t *rrs)
{
	for (uint16_t i = 0; i < rrs->count; i++) {
		const knot_rdata_t *rdata = knot_rdataset_at(rrs, i);
		size_t len = strlen(STS_VERSION);
		if (rdata->len > len && memcmp(rdata->data + 1, STS_VERSION, len) == 0) {
			return true;
		}
	}
	return false;
}

/*! \brief The host of the policy, of a domain that the world gets from us. */
static bool read_our_sts(records_t *records)
{
	hm_facts_t *facts = records->facts;
	const knot_rrset_t *txt = hm_expect_find(facts->expect, records->sts_txt, KNOT_RRTYPE_TXT);
	facts->has_sts = (txt != NULL && has_sts(&txt->rrs));
	if (!facts->has_sts) {
		return true;
	}
	hm_target_facts_t host = { .name = records->sts_host };
	if (is_known(facts, &host)) {
		facts->sts_host = HM_FOUND_RECORDS; // Of a CNAME, its target is looked at anyway.
		return true;
	}
	hm_lookups_add_addresses(&records->gather->lookups, records->sts_host);
	bool ok = hm_lookups_run(&records->gather->lookups, records->gather->resolver);
	facts->sts_host = hm_lookups_addresses(&records->gather->lookups, records->sts_host);
	return ok;
}

static void read_sts(records_t *records)
{
	hm_lookups_t *lookups = &records->gather->lookups;
	const hm_lookup_t *txt = hm_lookups_get(lookups, records->sts_txt, KNOT_RRTYPE_TXT);
	records->facts->has_sts = (txt != NULL && has_sts(&txt->rrs));
	records->facts->sts_host = hm_lookups_addresses(lookups, records->sts_host);
}

/*! \brief Look a name up for SPF; a hm_spf_get_f. */
static hm_found_t get(void *ctx, const knot_dname_t *name, uint16_t type,
                      const knot_rdataset_t **rrs)
{
	records_t *records = ctx;
	hm_facts_t *facts = records->facts;
	if (records->is_ours && knot_dname_is_equal(name, facts->domain) &&
	    (type == KNOT_RRTYPE_TXT || type == KNOT_RRTYPE_MX)) {
		const knot_rrset_t *rrset = hm_expect_find(facts->expect, name, type);
		*rrs = (rrset != NULL) ? &rrset->rrs : NULL;
		return (rrset != NULL) ? HM_FOUND_RECORDS : HM_FOUND_NODATA;
	}
	hm_lookups_t *lookups = &records->gather->lookups;
	const hm_lookup_t *lookup = hm_lookups_get(lookups, name, type);
	if (lookup == NULL) {
		knot_dname_t *copy = knot_dname_copy(name, &records->gather->memory.mm);
		if (copy == NULL) {
			return HM_FOUND_FAILURE;
		}
		hm_lookups_add(lookups, copy, type);
		(void)hm_lookups_run(lookups, records->gather->resolver);
		lookup = hm_lookups_get(lookups, name, type);
	}
	if (lookup == NULL) {
		return HM_FOUND_FAILURE;
	}
	// The array of look-ups moves, their records do not.
	knot_rdataset_t *copy = hm_memory_alloc(&records->gather->memory, sizeof(*copy));
	if (copy == NULL) {
		return HM_FOUND_FAILURE;
	}
	*copy = lookup->rrs;
	*rrs = copy;
	return lookup->found;
}

bool hm_gather_records(hm_gather_t *gather, hm_facts_t *facts)
{
	records_t records = {
		.gather = gather, .facts = facts, .is_ours = hm_verify_is_ours(facts),
	};
	if (!prepend(STS_LABEL, facts->domain, records.sts_host) ||
	    !prepend(STS_TXT_LABEL, facts->domain, records.sts_txt)) {
		*records.sts_host = *records.sts_txt = '\0';
	}
	if (!collect(&records) || !hm_lookups_run(&gather->lookups, gather->resolver)) {
		return false;
	}
	const hm_lookup_t *mx = hm_lookups_get(&gather->lookups, facts->domain, KNOT_RRTYPE_MX);
	facts->mx = mx->found;
	facts->is_secure = mx->secure;
	if (mx->bogus != NULL) {
		facts->bogus = strdup(mx->bogus);
		if (facts->bogus == NULL) {
			return false;
		}
	}
	read_targets(&records);
	bool ok = true;
	if (records.is_ours) {
		ok = read_our_sts(&records);
	} else {
		read_sts(&records);
		ok = read_all_world(&records);
	}
	if (ok && (records.is_ours || hm_verify_is_by_hand(facts))) {
		hm_spf_count(get, &records, facts->domain, &facts->spf);
	}
	return ok;
}
