/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "memory.h"
#include "zone.h"

/*! \brief What a signer adds to a zone, and takes away from it again. */
static bool is_of_signer(uint16_t type)
{
	switch (type) {
	case KNOT_RRTYPE_RRSIG:
	case KNOT_RRTYPE_NSEC:
	case KNOT_RRTYPE_NSEC3:
	case KNOT_RRTYPE_NSEC3PARAM:
	case KNOT_RRTYPE_DNSKEY:
	case KNOT_RRTYPE_CDS:
	case KNOT_RRTYPE_CDNSKEY:
		return true;
	default:
		return false;
	}
}

int hm_zone_add(hm_zone_t *zone, const knot_dname_t *owner, uint32_t ttl, uint16_t type,
                const uint8_t *rdata, uint16_t len)
{
	if (is_of_signer(type)) {
		zone->dnssec++;
		return KNOT_EOK;
	}
	if (!hm_array_grow(&zone->records, zone->records_count, sizeof(*zone->records))) {
		return KNOT_ENOMEM;
	}
	hm_zone_record_t *record = &zone->records[zone->records_count];
	*record = (hm_zone_record_t) {
		.owner = knot_dname_copy(owner, NULL), .rdata = malloc(knot_rdata_size(len)),
		.ttl = ttl, .type = type, .number = zone->records_count,
	};
	zone->records_count++;
	if (record->owner == NULL || record->rdata == NULL) {
		return KNOT_ENOMEM;
	}
	knot_dname_to_lower(record->owner);
	knot_rdata_init(record->rdata, len, rdata);
	return KNOT_EOK;
}

static int rrset_cmp(const knot_dname_t *owner_a, uint16_t type_a, const knot_dname_t *owner_b,
                     uint16_t type_b)
{
	int cmp = knot_dname_cmp(owner_a, owner_b);
	return (cmp != 0) ? cmp : (int)type_a - (int)type_b;
}

static int record_cmp(const void *a, const void *b)
{
	const hm_zone_record_t *ra = a, *rb = b;
	int cmp = rrset_cmp(ra->owner, ra->type, rb->owner, rb->type);
	return (cmp != 0) ? cmp : (ra->number < rb->number) ? -1 : 1;
}

/*! \brief Find out which zone it is. */
static int set_name(hm_zone_t *zone, hm_error_t *error)
{
	const knot_dname_t *name = NULL;
	for (size_t i = 0; i < zone->records_count; i++) {
		const hm_zone_record_t *record = &zone->records[i];
		if (record->type != KNOT_RRTYPE_SOA) {
			continue;
		}
		if (name != NULL && !knot_dname_is_equal(name, record->owner)) {
			hm_error_set(error, "it has an SOA of two names");
			return KNOT_EINVAL;
		}
		name = record->owner;
	}
	if (name == NULL) {
		hm_error_set(error, "it has no SOA");
		return KNOT_EINVAL;
	}
	zone->name = knot_dname_copy(name, NULL);
	return (zone->name != NULL) ? KNOT_EOK : KNOT_ENOMEM;
}

static int add_rdata(hm_zone_rrset_t *rrset, knot_rdata_t *rdata)
{
	knot_rrset_t one = {
		.owner = rrset->owner, .type = rrset->type, .rclass = KNOT_CLASS_IN,
		.rrs = { .count = 1, .size = knot_rdata_size(rdata->len), .rdata = rdata },
	};
	int ret = knot_rrset_rr_to_canonical(&one);
	return (ret == KNOT_EOK) ? knot_rdataset_add(&rrset->rrs, rdata, NULL) : ret;
}

static int build_rrsets(hm_zone_t *zone)
{
	zone->rrsets = calloc(zone->records_count, sizeof(*zone->rrsets));
	if (zone->rrsets == NULL) {
		return KNOT_ENOMEM;
	}
	hm_zone_rrset_t *last = NULL;
	for (size_t i = 0; i < zone->records_count; i++) {
		hm_zone_record_t *record = &zone->records[i];
		if (knot_dname_in_bailiwick(record->owner, zone->name) < 0) {
			zone->outside++;
			continue;
		}
		if (last == NULL || rrset_cmp(last->owner, last->type, record->owner,
		                              record->type) != 0) {
			last = &zone->rrsets[zone->rrsets_count++];
			last->owner = record->owner; // From here on its own.
			record->owner = NULL;
			last->type = record->type;
		}
		last->ttl = (record->ttl > INT32_MAX) ? 0 : record->ttl;
		int ret = add_rdata(last, record->rdata);
		if (ret != KNOT_EOK) {
			return ret;
		}
	}
	return KNOT_EOK;
}

/*! \brief What a server does not load a zone with. */
static int check(const hm_zone_t *zone, hm_error_t *error)
{
	for (size_t i = 0; i < zone->rrsets_count; i++) {
		const hm_zone_rrset_t *rrset = &zone->rrsets[i];
		bool is_single = (rrset->type == KNOT_RRTYPE_SOA ||
		                  rrset->type == KNOT_RRTYPE_CNAME);
		const hm_zone_rrset_t *before = (i > 0) ? rrset - 1 : NULL;
		const hm_zone_rrset_t *after = (i + 1 < zone->rrsets_count) ? rrset + 1 : NULL;
		bool is_alone =
			(before == NULL || !knot_dname_is_equal(before->owner, rrset->owner)) &&
			(after == NULL || !knot_dname_is_equal(after->owner, rrset->owner));
		knot_dname_txt_storage_t owner;
		(void)knot_dname_to_str(owner, rrset->owner, sizeof(owner));
		if (is_single && rrset->rrs.count > 1) {
			hm_error_set(error, "it has several %s of %s",
			             (rrset->type == KNOT_RRTYPE_SOA) ? "SOA" : "CNAME", owner);
			return KNOT_EINVAL;
		}
		if (rrset->type == KNOT_RRTYPE_CNAME && !is_alone) {
			hm_error_set(error, "it has a CNAME and other records of %s", owner);
			return KNOT_EINVAL;
		}
	}
	return KNOT_EOK;
}

int hm_zone_build(hm_zone_t *zone, hm_error_t *error)
{
	int ret = set_name(zone, error);
	if (ret == KNOT_EOK) {
		qsort(zone->records, zone->records_count, sizeof(*zone->records), record_cmp);
		ret = build_rrsets(zone);
	}
	if (ret == KNOT_EOK) {
		ret = check(zone, error);
	} else if (ret != KNOT_EINVAL) {
		hm_error_set(error, (ret == KNOT_ENOMEM) ? "out of memory" :
		             "it has a record that is malformed");
	}
	return ret;
}

const hm_zone_rrset_t *hm_zone_find(const hm_zone_t *zone, const knot_dname_t *owner,
                                    uint16_t type)
{
	size_t from = 0, to = zone->rrsets_count;
	while (from < to) {
		size_t middle = from + (to - from) / 2;
		const hm_zone_rrset_t *rrset = &zone->rrsets[middle];
		int cmp = rrset_cmp(owner, type, rrset->owner, rrset->type);
		if (cmp == 0) {
			return rrset;
		} else if (cmp < 0) {
			to = middle;
		} else {
			from = middle + 1;
		}
	}
	return NULL;
}

void hm_zone_clear(hm_zone_t *zone)
{
	for (size_t i = 0; i < zone->records_count; i++) {
		knot_dname_free(zone->records[i].owner, NULL);
		free(zone->records[i].rdata);
	}
	for (size_t i = 0; i < zone->rrsets_count; i++) {
		knot_dname_free(zone->rrsets[i].owner, NULL);
		knot_rdataset_clear(&zone->rrsets[i].rrs, NULL);
	}
	knot_dname_free(zone->name, NULL);
	free(zone->records);
	free(zone->rrsets);
	memset(zone, 0, sizeof(*zone));
}
