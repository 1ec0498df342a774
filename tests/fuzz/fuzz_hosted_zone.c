/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"
#include "hostedmail/hosted_zone.h"

// An input: the zone and whether names are excluded, a name in wire format, and what the zone says
// of that name and those above it, from the top label down: a byte for what the node is, and for
// each TXT record two bytes with the length of its RDATA and the RDATA. That is as the server has
// it: a transfer does not check what is in a TXT record.
#define SAYS_NO_TXT   0
#define SAYS_TXT      1
#define SAYS_TWO_TXT  2
#define SAYS_NO_NODE  3
#define SAYS_NO_ZONE  4
#define SAYS_EMPTY    5
#define SAYS_NO_MEM   6

/*! \brief Most looks for a flag at the deepest node; each empty node below it costs one more. */
#define LOOKS_MAX 12

#define LONG_LABEL "\x3f""zzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzzz"

static const knot_dname_t *const zones[] = {
	(const knot_dname_t *)"\x06""hosted",
	(const knot_dname_t *)"",
	(const knot_dname_t *)LONG_LABEL LONG_LABEL LONG_LABEL "\x3a""zzzzzzzzzzzzzzzzzzzzzzzzzzzzz"
	                      "zzzzzzzzzzzzzzzzzzzzzzzzzzzzz",
};

/*! \brief What nobody can take over, if anything. */
static const knot_dname_t *const excluded[] = {
	(const knot_dname_t *)"\x01""c\x01""b\x01""a",
	(const knot_dname_t *)"\x07""example\x03""com",
};

static const hm_exclude_t *get_exclude(void)
{
	static hm_exclude_t *exclude;
	if (exclude == NULL) {
		REQUIRE(hm_exclude_new(excluded, 2, &exclude) == KNOT_EOK);
	}
	return exclude;
}

/*! \brief The hosted zone, and what was asked of it. */
typedef struct {
	const knot_dname_t *zone;
	bool excludes;
	const uint8_t *pos;      /*!< What is said of the next node. */
	const uint8_t *end;
	fuzz_block_t *blocks;    /*!< Its RRsets. */
	knot_rdataset_t nodes[KNOT_DNAME_MAXLABELS + 1]; /*!< By labels. */
	unsigned deepest;        /*!< Labels of the deepest node. */
	int below;               /*!< What a look deeper than that gives. */
	unsigned looks;
	hm_depths_t asked;
	int ret;                 /*!< What ended the walk, KNOT_EOK if nothing did. */
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

/*! \brief Read all that the zone has along a name. */
static void read_zone(zone_t *zone)
{
	static const int ends[] = {
		[SAYS_NO_NODE] = KNOT_ENONODE, [SAYS_NO_ZONE] = KNOT_ENOZONE,
		[SAYS_EMPTY] = KNOT_EEMPTYZONE, [SAYS_NO_MEM] = KNOT_ENOMEM,
	};
	zone->below = KNOT_ENONODE;
	while (zone->pos < zone->end && zone->deepest < KNOT_DNAME_MAXLABELS) {
		uint8_t says = *zone->pos++ % (sizeof(ends) / sizeof(ends[0]));
		if (ends[says] != 0) {
			zone->below = ends[says];
			return;
		}
		knot_rdataset_t *txt = &zone->nodes[++zone->deepest];
		for (int i = SAYS_NO_TXT; i < says; i++) {
			put_rdata(zone, txt);
		}
	}
}

static int get(void *ctx, const knot_dname_t *apex, const knot_dname_t *node, knot_rdataset_t *txt)
{
	zone_t *zone = ctx;
	REQUIRE(apex == zone->zone);
	REQUIRE(zone->ret == KNOT_EOK); // Nothing is asked after an error.
	REQUIRE(knot_dname_wire_check(node, node + KNOT_DNAME_MAXLEN, NULL) > 0);
	int depth = knot_dname_in_bailiwick(node, apex);
	REQUIRE(depth > 0 && !hm_depths_has(&zone->asked, depth));
	hm_depths_add(&zone->asked, depth);
	zone->looks++;

	if ((unsigned)depth <= zone->deepest) {
		*txt = zone->nodes[depth];
		return KNOT_EOK;
	}
	zone->ret = (zone->below != KNOT_ENONODE) ? zone->below : KNOT_EOK;
	return zone->below;
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

/*! \brief Labels of the deepest name that can have a node: it fits, and has no zero byte. */
static unsigned possible_depth(const zone_t *zone, const knot_dname_t *name)
{
	unsigned labels = knot_dname_labels(name, NULL);
	for (; *name != '\0'; name = hm_dname_next(name), labels--) {
		if (knot_dname_size(name) + knot_dname_size(zone->zone) - 1 <= KNOT_DNAME_MAXLEN &&
		    memchr(name, '\0', knot_dname_size(name) - 1) == NULL) {
			return labels;
		}
	}
	return 0;
}

/*! \brief Tell whether the end of a name with so many labels cannot be flagged. */
static bool is_refused(const zone_t *zone, const knot_dname_t *name, unsigned labels)
{
	for (unsigned all = knot_dname_labels(name, NULL); all > labels; all--) {
		name = hm_dname_next(name);
	}
	return labels == 1 || (zone->excludes && (knot_dname_in_bailiwick(excluded[0], name) >= 0 ||
	                                          knot_dname_in_bailiwick(excluded[1], name) >= 0));
}

/*! \brief Compare what is found with the nodes, looked at one after the other. */
static void find(zone_t *zone, const knot_dname_t *name, int name_size)
{
	const hm_hosted_zone_t hosted_zone = {
		.zone = zone->zone, .size = knot_dname_size(zone->zone), .get = get, .ctx = zone,
		.exclude = zone->excludes ? get_exclude() : NULL,
	};
	hm_flag_t flag = { 0 };
	int ret = hm_hosted_zone_find(&hosted_zone, name, 0, &flag);
	REQUIRE(ret == zone->ret);
	if (ret != KNOT_EOK) {
		return;
	}

	unsigned possible = possible_depth(zone, name), flagged = 0, refused = 0;
	unsigned exists = (zone->deepest < possible) ? zone->deepest : possible;
	for (unsigned i = 1; i <= exists; i++) {
		if (zone->nodes[i].count > 0 && !is_none(&zone->nodes[i])) {
			*(is_refused(zone, name, i) ? &refused : &flagged) = i;
		}
	}
	REQUIRE(flag.exists == exists);
	if (flag.refused != NULL) {
		REQUIRE(flag.refused >= name && flag.refused < name + name_size);
		REQUIRE(is_refused(zone, name, knot_dname_labels(flag.refused, NULL)));
	}
	// Above a flag, some names are not looked at.
	REQUIRE(flagged > 0 || (flag.refused != NULL) == (refused > 0));
	REQUIRE(flagged > 0 || refused == 0 || knot_dname_labels(flag.refused, NULL) == refused);
	REQUIRE(zone->looks <= LOOKS_MAX + exists - flagged);
	REQUIRE(flag.labels == flagged && (flag.name != NULL) == (flagged > 0));
	for (unsigned i = flagged + 1; i <= KNOT_DNAME_MAXLABELS; i++) {
		bool none = (i <= exists && is_none(&zone->nodes[i]));
		REQUIRE(hm_flag_is_none(&flag, i) == none);
	}
	if (flag.name != NULL) {
		REQUIRE(flag.name >= name && flag.name < name + name_size);
		REQUIRE(knot_dname_labels(flag.name, NULL) == flagged);
		REQUIRE(flag.txt.rdata == zone->nodes[flagged].rdata);
		parse(&flag);
	}
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
		.excludes = data[0] >= 128,
	};
	read_zone(&zone);
	find(&zone, name, name_size);
	fuzz_free_all(zone.blocks);
	free(name);
	return 0;
}
