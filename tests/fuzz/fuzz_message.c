/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Fuzz target: messages from the network, as khostedmail reads them, and SPF records.
 *
 * The first byte chooses. If it is odd, the rest is TXT RDATA of names that SPF records look up, each with
 * its length in two bytes before it. Else it chooses the type that example.com is asked for, and the
 * rest is the message that comes back.
 */

#include "fuzz.h"
#include "gather_internal.h"

#define NAME ((const knot_dname_t *)"\7example\3com")

static const uint16_t types[] = {
	KNOT_RRTYPE_NS, KNOT_RRTYPE_SOA, KNOT_RRTYPE_MX, KNOT_RRTYPE_CNAME, KNOT_RRTYPE_TXT,
	KNOT_RRTYPE_SRV, KNOT_RRTYPE_DS, KNOT_RRTYPE_A,
};

/*! \brief Read the answer of a server of the parent. */
static void read_parent(const hm_ask_t *ask)
{
	hm_gather_t gather = { .parent = { .zone = (knot_dname_t *)"" } };
	hm_memory_init(&gather.memory);
	knot_rdataset_t next = { 0 };
	const knot_dname_t *zone = NULL;
	hm_outcome_t outcome = hm_parent_read(&gather, ask, &next, &zone);
	REQUIRE(outcome != HM_OUTCOME_NO_MEMORY);
	if (outcome == HM_OUTCOME_REFERRAL) {
		REQUIRE(zone != NULL && knot_dname_in_bailiwick(NAME, zone) > 0 && *zone != '\0');
	}
	for (uint16_t i = 0; i < gather.parent.ns.count; i++) {
		const knot_rdata_t *rdata = knot_rdataset_at(&gather.parent.ns, i);
		REQUIRE(knot_dname_size(rdata->data) == rdata->len);
	}
	REQUIRE((gather.parent.result == HM_PARENT_SILENT) == (outcome != HM_OUTCOME_OF_USE));
	hm_memory_clear(&gather.memory);
}

/*! \brief Read a message as the answer to a question. */
static void read_message(uint16_t type, const uint8_t *wire, size_t len)
{
	uint16_t id = (len >= 2) ? knot_wire_get_id(wire) : 0;
	hm_ask_t ask = { .name = NAME, .type = type, .reply = HM_REPLY_ANSWER };
	ask.pkt = hm_message_read(wire, len, id, NAME, type);
	if (ask.pkt == NULL) {
		return;
	}
	REQUIRE(hm_message_read(wire, len, id + 1, NAME, type) == NULL);
	hm_memory_t memory;
	hm_memory_init(&memory);
	for (knot_section_t section = KNOT_ANSWER; section <= KNOT_ADDITIONAL; section++) {
		knot_rdataset_t rrs;
		REQUIRE(hm_message_rrset(ask.pkt, section, NAME, type, &memory.mm, &rrs));
		if (section != KNOT_ANSWER || rrs.count == 0) {
			continue;
		}
		// What it has is what it should have, if it has nothing else to say.
		const knot_rrset_t want = { .owner = (knot_dname_t *)NAME, .type = type, .rrs = rrs };
		hm_match_t match = hm_expect_match(&want, &ask);
		REQUIRE(match == HM_MATCH_RIGHT || match > HM_MATCH_NXDOMAIN);
	}
	const knot_rrset_t nothing = { .owner = (knot_dname_t *)NAME, .type = type };
	(void)hm_expect_match(&nothing, &ask);
	if (type == KNOT_RRTYPE_NS) {
		read_parent(&ask);
	}
	hm_memory_clear(&memory);
	hm_message_free(ask.pkt);
}

/*! \brief What look-ups find. */
typedef struct {
	const uint8_t *pos, *end;
	fuzz_block_t *blocks;
	unsigned looks;
} world_t;

/*! \brief The next of the inputs as a TXT record; a hm_spf_get_f. */
static hm_found_t get(void *ctx, const knot_dname_t *name, uint16_t type, const knot_rdataset_t **rrs)
{
	world_t *world = ctx;
	REQUIRE(knot_dname_size(name) <= KNOT_DNAME_MAXLEN);
	world->looks++;
	if (world->end - world->pos < 2) {
		return HM_FOUND_NXDOMAIN;
	}
	size_t len = knot_wire_read_u16(world->pos);
	world->pos += 2;
	if (len > (size_t)(world->end - world->pos)) {
		len = world->end - world->pos;
	}
	if (len == 0) {
		return HM_FOUND_NODATA;
	}
	knot_rdataset_t *set = fuzz_alloc(&world->blocks, sizeof(*set));
	knot_rdata_t *rdata = fuzz_alloc(&world->blocks, knot_rdata_size(len));
	knot_rdata_init(rdata, len, world->pos);
	*set = (knot_rdataset_t){ .count = 1, .size = knot_rdata_size(len), .rdata = rdata };
	world->pos += len;
	*rrs = set;
	return (type == KNOT_RRTYPE_TXT || type == KNOT_RRTYPE_MX) ? HM_FOUND_RECORDS : HM_FOUND_FAILURE;
}

static void count_spf(const uint8_t *data, size_t size)
{
	world_t world = { .pos = data, .end = data + size };
	hm_spf_t spf;
	hm_spf_count(get, &world, NAME, &spf);
	REQUIRE(spf.records <= 1 && spf.voids <= spf.lookups && spf.lookups <= 40);
	REQUIRE(world.looks <= 2 * spf.lookups + 1);
	REQUIRE(memchr(spf.error, '\0', sizeof(spf.error)) != NULL);
	REQUIRE(*spf.error != '\0' || spf.lookups <= HM_SPF_LOOKUPS_MAX);
	fuzz_free_all(world.blocks);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 1) {
		return 0;
	}
	if (data[0] % 2 == 1) {
		count_spf(data + 1, size - 1);
	} else {
		read_message(types[data[0] / 2 % (sizeof(types) / sizeof(types[0]))], data + 1, size - 1);
	}
	return 0;
}
