/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"
#include "hostedmail/hosted_zone.h"

// An input: the zone, a name in wire format, and what the zone says of one node after the other: a
// byte for what it is, and for each TXT record two bytes with the length of its RDATA and the
// RDATA. That is as the server has it: a transfer does not check what is in a TXT record.
#define SAYS_NO_TXT   0
#define SAYS_TXT      1
#define SAYS_TWO_TXT  2
#define SAYS_NO_NODE  3
#define SAYS_NO_ZONE  4
#define SAYS_EMPTY    5
#define SAYS_NO_MEM   6

#define LONG_LABEL "\x3f""zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"

static const knot_dname_t *const zones[] = {
	(const knot_dname_t *)"\x06""hosted",
	(const knot_dname_t *)"",
	(const knot_dname_t *)LONG_LABEL LONG_LABEL LONG_LABEL "\x3a""zzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
	                      "zzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
};

/*! \brief The hosted zone, and what must be found in it. */
typedef struct {
	const knot_dname_t *zone;
	const uint8_t *pos;      /*!< What it says next. */
	const uint8_t *end;
	fuzz_block_t *blocks;    /*!< RRsets that it has given. */
	unsigned looks;
	int ret;                 /*!< What ended the walk, KNOT_EOK if nothing did. */
	unsigned flagged;        /*!< Labels of the deepest flag. */
	knot_rdataset_t flag;
	hm_depths_t none;
} zone_t;

/*! \brief Add the next RDATA to an RRset, whose buffer ends with it so that reading on is found. */
static void put_rdata(zone_t *zone, knot_rdataset_t *txt)
{
	if (zone->end - zone->pos < 2) {
		return;
	}
	size_t len = knot_wire_read_u16(zone->pos);
	zone->pos += sizeof(uint16_t);
	if (len > (size_t)(zone->end - zone->pos)) {
		len = zone->end - zone->pos;
	}
	// The one before it is padded.
	size_t start = txt->size + (txt->size & 1);
	uint8_t *all = fuzz_alloc(&zone->blocks, start + sizeof(uint16_t) + len);
	memset(all, 0, start);
	if (txt->size > 0) {
		memcpy(all, txt->rdata, txt->size);
	}
	knot_rdata_t *rdata = (knot_rdata_t *)(all + start);
	rdata->len = len;
	memcpy(rdata->data, zone->pos, len);
	zone->pos += len;
	txt->rdata = (knot_rdata_t *)all;
	txt->size = start + sizeof(uint16_t) + len;
	txt->count++;
}

static bool is_none(const knot_rdataset_t *txt)
{
	return txt->count == 1 && txt->rdata->len == 5 &&
	       memcmp(txt->rdata->data, "\x04""none", 5) == 0;
}

static int get(void *ctx, const knot_dname_t *apex, const knot_dname_t *node, knot_rdataset_t *txt)
{
	zone_t *zone = ctx;
	REQUIRE(apex == zone->zone);
	REQUIRE(zone->ret == KNOT_EOK); // Nothing is asked behind an error.
	REQUIRE(knot_dname_wire_check(node, node + KNOT_DNAME_MAXLEN, NULL) > 0);
	// One label more than before.
	REQUIRE(knot_dname_in_bailiwick(node, apex) == (int)++zone->looks);

	uint8_t says = (zone->pos < zone->end) ? *zone->pos++ % 7 : SAYS_NO_NODE;
	switch (says) {
	case SAYS_NO_NODE:
		return zone->ret = KNOT_ENONODE;
	case SAYS_NO_ZONE:
		return zone->ret = KNOT_ENOZONE;
	case SAYS_EMPTY:
		return zone->ret = KNOT_EEMPTYZONE;
	case SAYS_NO_MEM:
		return zone->ret = KNOT_ENOMEM;
	case SAYS_TWO_TXT:
		put_rdata(zone, txt);
		put_rdata(zone, txt);
		break;
	case SAYS_TXT:
		put_rdata(zone, txt);
		break;
	default:
		break;
	}

	if (txt->count > 0 && is_none(txt)) {
		hm_depths_add(&zone->none, zone->looks);
	} else if (txt->count > 0) {
		zone->flagged = zone->looks;
		zone->flag = *txt;
	}
	return KNOT_EOK;
}

static int profile_index(void *ctx, const char *name, size_t len)
{
	(void)ctx;
	// Each byte is looked at, so that one behind the RDATA is found.
	unsigned sum = 0;
	for (size_t i = 0; i < len; i++) {
		sum += (uint8_t)name[i];
	}
	return (sum % 5 == 4) ? -1 : (int)(sum % 5);
}

/*! \brief The strings of a TXT record fill it. */
static bool is_well_formed(const knot_rdata_t *rdata)
{
	size_t pos = 0;
	while (pos < rdata->len) {
		pos += 1 + rdata->data[pos];
	}
	return pos == rdata->len;
}

/*! \brief Every string but the first is a variable of the domain. */
static void check_vars(const hm_domain_t *domain, const knot_rdata_t *rdata)
{
	size_t pos = (rdata->len > 0) ? 1 + rdata->data[0] : 0;
	size_t total = 0;
	while (pos < rdata->len) {
		const char *text = (const char *)rdata->data + pos + 1;
		size_t len = rdata->data[pos], value_len;
		const char *equals = memchr(text, '=', len);
		REQUIRE(equals != NULL);
		size_t name_len = equals - text;
		const uint8_t *value = hm_vars_get(domain, text, name_len, &value_len);
		REQUIRE(value != NULL && value_len == len - name_len - 1);
		REQUIRE(memcmp(value, equals + 1, value_len) == 0);
		total += 1 + name_len + 2 + value_len;
		pos += 1 + len;
	}
	REQUIRE(total == domain->vars_len && total <= HM_VARS_MAX);
}

static void parse(const hm_flag_t *flag)
{
	fuzz_block_t *list = NULL;
	knot_mm_t mm = { .ctx = &list, .alloc = fuzz_alloc, .free = fuzz_no_free };
	hm_domain_t domain = { .profile = 77 };
	const char *reason = NULL;
	int ret = hm_flag_parse(flag, profile_index, NULL, &mm, &domain, &reason);
	const knot_rdata_t *rdata = flag->txt.rdata;
	REQUIRE((ret == KNOT_EOK) == (reason == NULL));
	REQUIRE((ret == KNOT_EOK) == (domain.profile != 77));
	if (ret == KNOT_EOK) {
		REQUIRE(flag->txt.count == 1 && is_well_formed(rdata));
		REQUIRE(domain.name == flag->name && domain.labels == flag->labels);
		REQUIRE(domain.size == knot_dname_size(domain.name));
		REQUIRE(domain.profile < 4);
		REQUIRE(rdata->len > 0 && rdata->data[0] > 0 ? true : domain.profile == 0);
		check_vars(&domain, rdata);
	} else {
		REQUIRE(ret == KNOT_EMALF || ret == KNOT_ENOENT || ret == KNOT_ESPACE);
	}
	fuzz_free_all(list);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < 2) {
		return 0;
	}
	int name_size = knot_dname_wire_check(data + 1, data + size, NULL);
	if (name_size <= 0) {
		return 0;
	}
	uint8_t *name = malloc(name_size);
	REQUIRE(name != NULL);
	memcpy(name, data + 1, name_size);
	knot_dname_to_lower(name);

	zone_t zone = {
		.zone = zones[data[0] % (sizeof(zones) / sizeof(zones[0]))],
		.pos = data + 1 + name_size,
		.end = data + size,
	};
	const hm_hosted_zone_t hosted_zone = { .zone = zone.zone, .get = get, .ctx = &zone };
	hm_flag_t flag;
	memset(&flag, 0xff, sizeof(flag));
	int ret = hm_hosted_zone_find(&hosted_zone, name, &flag);

	REQUIRE(ret == (zone.ret == KNOT_ENONODE ? KNOT_EOK : zone.ret));
	unsigned labels = knot_dname_labels(name, NULL);
	REQUIRE(zone.looks <= labels);
	REQUIRE((flag.name != NULL) == (zone.flagged > 0));
	REQUIRE(memcmp(&flag.none, &zone.none, sizeof(flag.none)) == 0);
	for (unsigned i = 0; i <= labels; i++) {
		REQUIRE(hm_flag_is_none(&flag, i) == hm_depths_has(&zone.none, i));
	}
	if (flag.name != NULL) {
		REQUIRE(flag.name >= name && flag.name < name + name_size);
		REQUIRE(knot_dname_labels(flag.name, NULL) == zone.flagged);
		REQUIRE(flag.labels == zone.flagged && flag.txt.rdata == zone.flag.rdata);
		parse(&flag);
	}
	fuzz_free_all(zone.blocks);
	free(name);
	return 0;
}
