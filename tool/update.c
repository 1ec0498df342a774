/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <stdlib.h>
#include <string.h>

#include <libknot/libknot.h>

#include "signed_link.h"
#include "update.h"

/*! \brief Questions that are sent before the first answer is read. */
#define QUESTIONS 100

/*! \brief Bytes of a message that its records may fill; the rest is for the TSIG record. */
#define RECORDS_MAX 60000

/*! \brief Bytes of a record beside its owner and its RDATA (RFC 1035, section 3.2.1). */
#define RECORD_SIZE 10

struct hm_update {
	hm_signed_link_t *link;
	const knot_dname_t *zone;
	knot_dname_txt_storage_t zone_text;
};

int hm_update_new(const char *server, const char *key, const char *key_file, int timeout_ms,
                  const knot_dname_t *zone, hm_update_t **out, hm_error_t *error)
{
	hm_update_t *update = calloc(1, sizeof(*update));
	if (update == NULL) {
		hm_error_set(error, "out of memory");
		return KNOT_ENOMEM;
	}
	update->zone = zone;
	(void)knot_dname_to_str(update->zone_text, zone, sizeof(update->zone_text));
	int ret = hm_signed_link_new(server, key, key_file, timeout_ms, &update->link, error);
	if (ret != KNOT_EOK) {
		free(update);
		return ret;
	}
	*out = update;
	return KNOT_EOK;
}

void hm_update_free(hm_update_t *update)
{
	if (update != NULL) {
		hm_signed_link_free(update->link);
		free(update);
	}
}

/*! \brief The name of a node of the zone. */
static void node_name(const hm_update_t *update, const knot_dname_t *domain,
                      knot_dname_storage_t out)
{
	size_t size = knot_dname_size(domain) - 1;
	memcpy(out, domain, size);
	memcpy(out + size, update->zone, knot_dname_size(update->zone));
}

static const char *rcode_name(const knot_pkt_t *pkt)
{
	const knot_lookup_t *found = knot_lookup_by_id(knot_rcode_names,
	                                               knot_wire_get_rcode(pkt->wire));
	return (found != NULL) ? found->name : "an unknown RCODE";
}

/*! \brief Take the flag of a domain from an answer. */
static int take_flag(const hm_update_t *update, const knot_dname_t *domain, const knot_pkt_t *pkt,
                     hm_flags_t *flags, hm_error_t *error)
{
	uint8_t rcode = knot_wire_get_rcode(pkt->wire);
	if (!knot_wire_get_aa(pkt->wire) ||
	    (rcode != KNOT_RCODE_NOERROR && rcode != KNOT_RCODE_NXDOMAIN)) {
		hm_error_set(error, "the name server at %s does not answer questions about the "
		             "zone '%s' (%s)", hm_signed_link_text(update->link), update->zone_text,
		             rcode_name(pkt));
		return KNOT_EDENIED;
	}
	knot_dname_storage_t name;
	node_name(update, domain, name);
	hm_flags_node_t *node = NULL;
	const knot_pktsection_t *answer = knot_pkt_section(pkt, KNOT_ANSWER);
	for (uint16_t i = 0; i < answer->count; i++) {
		const knot_rrset_t *rr = knot_pkt_rr(answer, i);
		if (rr->type != KNOT_RRTYPE_TXT || !knot_dname_is_case_equal(rr->owner, name)) {
			continue;
		}
		node = (node == NULL) ? hm_flags_add(flags, domain) : node;
		if (node == NULL ||
		    knot_rdataset_merge(&node->txt, &rr->rrs, NULL) != KNOT_EOK) {
			hm_error_set(error, "out of memory");
			return KNOT_ENOMEM;
		}
	}
	return KNOT_EOK;
}

/*! \brief Ask for the flags of some domains over one connection. */
static int read_some(hm_update_t *update, const hm_flag_change_t *changes, size_t count,
                     hm_flags_t *flags, hm_error_t *error)
{
	hm_sent_t sent[QUESTIONS];
	int ret = hm_signed_link_open(update->link, error);
	for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
		knot_dname_storage_t name;
		node_name(update, changes[i].name, name);
		knot_pkt_t *pkt = hm_signed_link_message(update->link, name, KNOT_RRTYPE_TXT,
		                                         KNOT_OPCODE_QUERY, error);
		ret = (pkt == NULL) ? KNOT_ENOMEM :
		      hm_signed_link_send(update->link, pkt, &sent[i], error);
		knot_pkt_free(pkt);
	}
	for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
		knot_pkt_t *pkt = hm_signed_link_receive(update->link, &sent[i], &ret, error);
		if (pkt != NULL) {
			ret = take_flag(update, changes[i].name, pkt, flags, error);
			knot_pkt_free(pkt);
		}
	}
	hm_signed_link_close(update->link);
	return ret;
}

int hm_update_read(hm_update_t *update, const hm_flag_plan_t *plan, hm_flags_t *flags,
                   hm_error_t *error)
{
	*flags = (hm_flags_t){ .zone = update->zone };
	int ret = KNOT_EOK;
	for (size_t i = 0; i < plan->count && ret == KNOT_EOK; i += QUESTIONS) {
		size_t count = (plan->count - i < QUESTIONS) ? plan->count - i : QUESTIONS;
		ret = read_some(update, &plan->changes[i], count, flags, error);
	}
	flags->result = ret;
	return ret;
}

/*! \brief Put a record; without RDATA if that is NULL. */
static int put(knot_pkt_t *pkt, const knot_dname_t *owner, uint16_t rclass, uint32_t ttl,
               const knot_rdata_t *rdata)
{
	uint8_t none[sizeof(knot_rdata_t) + 1];
	knot_rdata_init((knot_rdata_t *)none, 0, NULL);
	const knot_rdata_t *put = (rdata != NULL) ? rdata : (const knot_rdata_t *)none;
	knot_rrset_t rrset;
	knot_rrset_init(&rrset, (knot_dname_t *)owner, KNOT_RRTYPE_TXT, rclass, ttl);
	rrset.rrs = (knot_rdataset_t) {
		.count = 1, .size = knot_rdata_size(put->len), .rdata = (knot_rdata_t *)put,
	};
	return knot_pkt_put(pkt, KNOT_COMPR_HINT_NONE, &rrset, 0);
}

/*! \brief Put what must hold for a change: the flag is as it was read (RFC 2136, section 2.4). */
static int put_prerequisite(knot_pkt_t *pkt, const knot_dname_t *owner,
                            const hm_flag_change_t *change)
{
	if (change->was.count == 0) {
		return put(pkt, owner, KNOT_CLASS_NONE, 0, NULL);
	}
	int ret = KNOT_EOK;
	for (uint16_t i = 0; i < change->was.count && ret == KNOT_EOK; i++) {
		ret = put(pkt, owner, KNOT_CLASS_IN, 0, knot_rdataset_at(&change->was, i));
	}
	return ret;
}

/*! \brief Put a change: the RRset goes, the new record comes (RFC 2136, section 2.5). */
static int put_change(knot_pkt_t *pkt, const knot_dname_t *owner, const hm_flag_change_t *change)
{
	int ret = put(pkt, owner, KNOT_CLASS_ANY, 0, NULL);
	if (ret == KNOT_EOK && change->want != NULL) {
		ret = put(pkt, owner, KNOT_CLASS_IN, HM_FLAG_TTL, change->want);
	}
	return ret;
}

/*! \brief Count the changes from one on that fit into a message. */
static size_t count_fitting(const hm_update_t *update, const hm_flag_plan_t *plan, size_t from)
{
	size_t bytes = 0, records = 0, i = from;
	for (; i < plan->count; i++) {
		const hm_flag_change_t *change = &plan->changes[i];
		if (change->kind == HM_FLAG_KEPT) {
			continue;
		}
		size_t name = knot_dname_size(change->name) + knot_dname_size(update->zone);
		size_t want = (change->want != NULL) ? change->want->len : 0;
		size_t most = (3 + change->was.count) * (name + RECORD_SIZE) + change->was.size +
		              want;
		records += 1 + (change->want != NULL);
		bytes += most;
		if (i > from && (records > HM_UPDATE_RECORDS || bytes > RECORDS_MAX)) {
			break;
		}
	}
	return i - from;
}

/*! \brief Write a message with some changes. */
static int write_message(const hm_update_t *update, const hm_flag_change_t *changes, size_t count,
                         bool is_read, knot_pkt_t *pkt)
{
	int ret = KNOT_EOK;
	for (int pass = 0; pass < 2 && ret == KNOT_EOK; pass++) {
		(void)knot_pkt_begin(pkt, (pass == 0) ? KNOT_ANSWER : KNOT_AUTHORITY);
		for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
			knot_dname_storage_t name;
			if (changes[i].kind == HM_FLAG_KEPT || (pass == 0 && !is_read)) {
				continue;
			}
			node_name(update, changes[i].name, name);
			ret = (pass == 0) ? put_prerequisite(pkt, name, &changes[i]) :
			                    put_change(pkt, name, &changes[i]);
		}
	}
	return ret;
}

/*! \brief What the server says to an update. */
static int check_rcode(const hm_update_t *update, const knot_pkt_t *pkt, hm_error_t *error)
{
	switch (knot_wire_get_rcode(pkt->wire)) {
	case KNOT_RCODE_NOERROR:
		return KNOT_EOK;
	case KNOT_RCODE_YXRRSET:
	case KNOT_RCODE_NXRRSET:
	case KNOT_RCODE_NXDOMAIN:
	case KNOT_RCODE_YXDOMAIN:
		hm_error_set(error, "the zone '%s' was changed meanwhile; try again",
		             update->zone_text);
		return KNOT_EAGAIN;
	case KNOT_RCODE_REFUSED:
	case KNOT_RCODE_NOTAUTH:
		hm_error_set(error, "the name server at %s refuses to update the zone '%s' (%s): "
		             "it does not have the zone, or its ACL does not allow updates %s",
		             hm_signed_link_text(update->link), update->zone_text, rcode_name(pkt),
		             hm_signed_link_has_key(update->link) ? "with this key" :
		                                                    "without a key");
		return KNOT_EDENIED;
	default:
		hm_error_set(error, "the name server at %s cannot update the zone '%s' (%s)",
		             hm_signed_link_text(update->link), update->zone_text, rcode_name(pkt));
		return KNOT_ERROR;
	}
}

/*! \brief Make some changes by one message. */
static int send_some(hm_update_t *update, hm_flag_change_t *changes, size_t count, bool is_read,
                     hm_error_t *error)
{
	hm_sent_t sent;
	knot_pkt_t *pkt = hm_signed_link_message(update->link, update->zone, KNOT_RRTYPE_SOA,
	                                         KNOT_OPCODE_UPDATE, error);
	int ret = (pkt != NULL) ? write_message(update, changes, count, is_read, pkt) : KNOT_ENOMEM;
	if (ret != KNOT_EOK) {
		hm_error_set(error, "a message cannot be made (%s)", knot_strerror(ret));
	} else {
		ret = hm_signed_link_open(update->link, error);
	}
	if (ret == KNOT_EOK) {
		ret = hm_signed_link_send(update->link, pkt, &sent, error);
	}
	knot_pkt_free(pkt);
	pkt = (ret == KNOT_EOK) ? hm_signed_link_receive(update->link, &sent, &ret, error) : NULL;
	if (pkt != NULL) {
		ret = check_rcode(update, pkt, error);
		knot_pkt_free(pkt);
	}
	hm_signed_link_close(update->link);
	for (size_t i = 0; i < count && ret == KNOT_EOK; i++) {
		changes[i].is_done = (changes[i].kind != HM_FLAG_KEPT);
	}
	return ret;
}

int hm_update_send(hm_update_t *update, hm_flag_plan_t *plan, bool is_read, hm_error_t *error)
{
	int ret = KNOT_EOK;
	for (size_t i = 0; i < plan->count && ret == KNOT_EOK; ) {
		if (plan->changes[i].kind == HM_FLAG_KEPT) {
			i++;
			continue;
		}
		size_t count = count_fitting(update, plan, i);
		ret = send_some(update, &plan->changes[i], count, is_read, error);
		i += count;
	}
	return ret;
}
