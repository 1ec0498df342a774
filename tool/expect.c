/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "expect.h"

int hm_rdataset_add_canonical(knot_rdataset_t *to, const knot_rrset_t *from, knot_mm_t *mm)
{
	int ret = KNOT_EOK;
	for (uint16_t i = 0; ret == KNOT_EOK && i < from->rrs.count; i++) {
		// libknot does it for one record at a time, in place.
		knot_rrset_t one = { .type = from->type, .rclass = from->rclass };
		one.owner = knot_dname_copy(from->owner, mm);
		ret = (one.owner == NULL) ? KNOT_ENOMEM :
		      knot_rdataset_add(&one.rrs, knot_rdataset_at(&from->rrs, i), mm);
		if (ret == KNOT_EOK) {
			ret = knot_rrset_rr_to_canonical(&one);
		}
		if (ret == KNOT_EOK) {
			ret = knot_rdataset_add(to, one.rrs.rdata, mm);
		}
	}
	return ret;
}

/*! \brief Add one RRset of a node. */
static int add_rrset(hm_expect_t *expect, const hm_node_t *node, const knot_dname_t *owner,
                     uint16_t type, const hm_domain_t *domain)
{
	knot_mm_t *mm = &expect->memory.mm;
	knot_rrset_t rrset;
	int ret = hm_node_rrset(node, type, domain, mm, &rrset);
	if (ret != KNOT_EOK) {
		return (ret == KNOT_ENOENT) ? KNOT_EOK : ret;
	}
	if (!hm_array_grow(&expect->rrsets, expect->count, sizeof(*expect->rrsets))) {
		return KNOT_ENOMEM;
	}
	rrset.owner = knot_dname_copy(owner, mm);
	if (rrset.owner == NULL) {
		return KNOT_ENOMEM;
	}
	knot_rrset_t *out = &expect->rrsets[expect->count++];
	knot_rrset_init(out, rrset.owner, type, KNOT_CLASS_IN, rrset.ttl);
	return hm_rdataset_add_canonical(&out->rrs, &rrset, mm);
}

static int add_node(hm_expect_t *expect, const hm_node_t *node, const hm_domain_t *domain,
                    hm_zone_hidden_f hidden, void *ctx)
{
	knot_dname_storage_t owner;
	int ret = hm_node_owner(node, domain, owner);
	if (ret != KNOT_EOK) {
		return ret;
	}
	bool apex = (hm_node_depth(node) == 0);
	if (!apex && hidden != NULL && hidden(ctx, owner)) {
		return KNOT_EOK;
	}
	static const uint16_t first[] = { KNOT_RRTYPE_SOA, KNOT_RRTYPE_NS };
	for (size_t i = 0; i < 2 && apex && ret == KNOT_EOK; i++) {
		ret = add_rrset(expect, node, owner, first[i], domain);
	}
	uint16_t type = 0;
	while (ret == KNOT_EOK && (type = hm_node_next_type(node, type)) != 0) {
		if (!apex || (type != first[0] && type != first[1])) {
			ret = add_rrset(expect, node, owner, type, domain);
		}
	}
	return ret;
}

int hm_expect_build(const hm_profile_t *profile, const hm_domain_t *domain, hm_zone_hidden_f hidden,
                    void *ctx, hm_expect_t *expect)
{
	*expect = (hm_expect_t){ 0 };
	hm_memory_init(&expect->memory);
	int ret = KNOT_EOK;
	for (const hm_node_t *node = hm_profile_apex(profile); node != NULL && ret == KNOT_EOK;
	     node = hm_node_next(node)) {
		ret = add_node(expect, node, domain, hidden, ctx);
	}
	return ret;
}

void hm_expect_clear(hm_expect_t *expect)
{
	free(expect->rrsets);
	expect->rrsets = NULL;
	expect->count = 0;
	hm_memory_clear(&expect->memory);
}

const knot_rrset_t *hm_expect_find(const hm_expect_t *expect, const knot_dname_t *name,
                                   uint16_t type)
{
	for (size_t i = 0; i < expect->count; i++) {
		const knot_rrset_t *rrset = &expect->rrsets[i];
		if (rrset->type == type && knot_dname_is_equal(rrset->owner, name)) {
			return rrset;
		}
	}
	return NULL;
}

bool hm_message_rrset(const knot_pkt_t *pkt, knot_section_t section, const knot_dname_t *owner,
                      uint16_t type, knot_mm_t *mm, knot_rdataset_t *out)
{
	*out = (knot_rdataset_t){ 0 };
	const knot_pktsection_t *records = knot_pkt_section(pkt, section);
	for (uint16_t i = 0; i < records->count; i++) {
		const knot_rrset_t *record = knot_pkt_rr(records, i);
		if (record->type == type && record->rclass == KNOT_CLASS_IN &&
		    knot_dname_is_case_equal(record->owner, owner) &&
		    hm_rdataset_add_canonical(out, record, mm) != KNOT_EOK) {
			return false;
		}
	}
	return true;
}

/*! \brief What a question without an answer means. */
static hm_match_t match_of(hm_reply_t reply)
{
	switch (reply) {
	case HM_REPLY_CLOSED:
		return HM_MATCH_CLOSED;
	case HM_REPLY_UNREACHABLE:
		return HM_MATCH_UNREACHABLE;
	case HM_REPLY_GARBAGE:
		return HM_MATCH_GARBAGE;
	default:
		return HM_MATCH_TIMEOUT;
	}
}

/*! \brief Compare the records of a message from authority. */
static hm_match_t match_records(const knot_rrset_t *want, const knot_pkt_t *pkt)
{
	bool nxdomain = (knot_wire_get_rcode(pkt->wire) == KNOT_RCODE_NXDOMAIN);
	hm_memory_t memory;
	hm_memory_init(&memory);
	knot_rdataset_t got, cname;
	bool ok = hm_message_rrset(pkt, KNOT_ANSWER, want->owner, want->type, &memory.mm, &got) &&
	          hm_message_rrset(pkt, KNOT_ANSWER, want->owner, KNOT_RRTYPE_CNAME, &memory.mm,
	                           &cname);
	hm_match_t match = HM_MATCH_OTHER;
	if (ok && got.count == 0 && cname.count == 0) {
		match = nxdomain ? HM_MATCH_NXDOMAIN :
		        (want->rrs.count == 0) ? HM_MATCH_RIGHT : HM_MATCH_NODATA;
	} else if (ok && got.count > 0 && knot_rdataset_eq(&got, &want->rrs)) {
		match = HM_MATCH_RIGHT;
	}
	hm_memory_clear(&memory);
	return match;
}

hm_match_t hm_expect_match(const knot_rrset_t *want, const hm_ask_t *ask)
{
	if (ask->reply != HM_REPLY_ANSWER) {
		return match_of(ask->reply);
	}
	switch (knot_wire_get_rcode(ask->pkt->wire)) {
	case KNOT_RCODE_NOERROR:
	case KNOT_RCODE_NXDOMAIN:
		return knot_wire_get_aa(ask->pkt->wire) ? match_records(want, ask->pkt) :
		                                          HM_MATCH_LAME;
	case KNOT_RCODE_REFUSED:
		return HM_MATCH_REFUSED;
	case KNOT_RCODE_SERVFAIL:
		return HM_MATCH_SERVFAIL;
	default:
		return HM_MATCH_ERROR;
	}
}
