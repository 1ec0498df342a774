/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "fuzz.h"
#include "hostedmail/hosted_set.h"

// An input: flags, number of labels in front of the domain (or what the hosted zone says), records
// to turn by, two bytes with the size of the response; then a query.
#define FLAG_SECOND    0x01 /*!< The second profile. */
#define FLAG_UDP       0x02
#define FLAG_DELEGATED 0x04
#define FLAG_VARS      0x08 /*!< Variables that make good records. */
#define FLAG_BAD_VARS  0x10 /*!< Variables that do not. */
#define FLAG_SET       0x20 /*!< The owner comes from a set of the hostile profiles. */
#define FLAG_ZONE      0x40 /*!< That set has two hosted zones. */
#define FLAG_NESTED    0x80 /*!< Without a set: domains are nested in the one that is asked. */
#define HEADER_SIZE    5

#define LONG "llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll"
#define HUGE LONG LONG LONG LONG

static const char *const zones[] = {
	// All that can be in the way of an answer.
	"$TTL 300\n"
	"@           SOA   ns1.{domain}.example.net. h.{domain:-}. 7 14400 3600 1209600 60\n"
	"@           NS    ns1\n"
	"@           NS    {domain}.example.net.\n"
	"@           MX    10 mx\n"
	"@           MX    20 a.w\n"
	"@           TXT   \"v={domain}\" \"{first}\"\n"
	"ns1         A     192.0.2.1\n"
	"mx          A     192.0.2.2\n"
	"mx          AAAA  2001:db8::2\n"
	"*.w         A     192.0.2.3\n"
	"x.w         TXT   \"blocks\"\n"
	"*.*.s       TXT   \"stars\"\n"
	"a.b.c.d     A     192.0.2.4\n"
	"*.c.d       CNAME one\n"
	"one         CNAME two\n"
	"two         CNAME Three\n"
	"three       CNAME four\n"
	"four        CNAME five\n"
	"five        CNAME six\n"
	"six         CNAME mx\n"
	"loop        CNAME loop\n"
	"*.l         CNAME x.l\n"
	"*.m         CNAME x.n\n"
	"*.n         CNAME y.m\n"
	"no          CNAME where\n"
	"apex        CNAME @\n"
	"out         CNAME www.example.net.\n"
	"v           CNAME {first}.{domain}.\n"
	"u           CNAME {undefined}.w\n"
	"*.v         MX    1 {first}\n"
	"*.v         MX    1 {second}\n"
	"*.v         MX    1 {undefined}\n"
	"h           HTTPS 1 t alpn=h2\n"
	"h           HTTPS 2 {first}.w alpn=h2\n"
	"t           HTTPS 1 . alpn=h3\n"
	"t           A     192.0.2.5\n"
	"srv         SRV   1 1 1 t\n"
	"srv         SRV   1 1 2 {second}.w\n"
	"naptr       NAPTR 1 1 \"U\" \"{first}\" \"!^.*$!mailto:i@{domain}!\" mx\n"
	"hinfo       HINFO \"{first}\" \"{domain:--}\"\n"
	"caa         CAA   0 issue \"ca.example.net; account={domain}\"\n"
	"uri         URI   1 1 \"https://{domain}/{first}\"\n"
	"type        TYPE65280 \\# 3 010203\n"
	"big         TXT   " HUGE "\n"
	"big         TXT   " HUGE "{first}\n"
	"big         TXT   " HUGE "{second}\n"
	"\\000\\255.\\.  A  192.0.2.6\n"
	// Targets of one wildcard, whose addresses often do not fit.
	"mxs         MX    1 p.wide\n"
	"mxs         MX    2 q.wide\n"
	"mxs         MX    3 r.wide\n"
	"mxs         MX    4 mx\n"
	"alt         HTTPS 1 s.wide\n"
	"alt         HTTPS 2 t.wide\n"
	"alt         HTTPS 3 u.wide\n"
	"*.wide      HTTPS 1 v.wide\n"
	"*.wide      A     192.0.2.11\n"
	"*.wide      A     192.0.2.12\n"
	"*.wide      A     192.0.2.13\n"
	"*.wide      A     192.0.2.14\n"
	"*.wide      A     192.0.2.15\n"
	"*.wide      AAAA  2001:db8::11\n"
	"*.wide      AAAA  2001:db8::12\n"
	"*.wide      AAAA  2001:db8::13\n"
	"*.wide      AAAA  2001:db8::14\n"
	"*.wide      AAAA  2001:db8::15\n",

	// As little as can be.
	"@ 0 SOA . . 0 0 0 0 0\n@ 0 NS .\n* 0 CNAME *\n",
};

static const char *const good_vars[] = { "first=mx", "second=Ns1", NULL };
static const char *const bad_vars[] = { "first=a..b", "second=" LONG "ll", "undefined=.", NULL };

static const hm_profile_t *get_profile(size_t number)
{
	static hm_profile_t *profiles[2];
	if (profiles[number] == NULL) {
		fuzz_path_t path;
		int fd = fuzz_file(zones[number], strlen(zones[number]), path);
		fuzz_report_t report = { 0 };
		REQUIRE(hm_profile_load(path, fuzz_on_report, &report, NULL,
		                        &profiles[number]) == KNOT_EOK);
		close(fd);
	}
	return profiles[number];
}

static void add_vars(const char *const *texts, uint8_t *vars, size_t *len)
{
	for (; *texts != NULL; texts++) {
		const char *reason;
		(void)hm_vars_add(*texts, strlen(*texts), vars, len, &reason);
	}
}

// The set: the profiles of the server tests under names that a fuzzer soon finds, and nested ones.

static const char *const set_files[] = {
	HOSTILE_DIR "/wild.zone", HOSTILE_DIR "/addr.zone", HOSTILE_DIR "/big.zone",
	HOSTILE_DIR "/long.zone", HOSTILE_DIR "/vars.zone",
};

#define SET_VARS " first=m second=a dotted=d1.d2 long=" HUGE "\n"

static const char set_hosted[] =
	"w.t wild\na.t addr\nb.t big\nl.t long\nv.t vars" SET_VARS "v.w.t vars" SET_VARS
	"w.v.t wild\nu.v.t vars first=\\000\\255x\n"
	"t.s.r.q.p.o.n.m.k.j.i.h.g.f.e.d.c.w.t wild\n"
	"a.llllllllllllllllllllllllllllllllllllllllllllllll.v.t vars" SET_VARS;

/*! \brief What a hosted zone can say of a name: RDATA of a TXT record. */
static const struct {
	int ret;
	const char *txt;
	size_t len;
} set_flags[] = {
#define FLAG_TXT(wire) { KNOT_EOK, wire, sizeof(wire) - 1 }
	FLAG_TXT("\x04""none"), FLAG_TXT("\x00"), FLAG_TXT("\x01-"), FLAG_TXT("\x04""addr"),
	FLAG_TXT("\x03""big"), FLAG_TXT("\x04""long"), FLAG_TXT("\x07""unknown"),
	FLAG_TXT("\x04""vars\x0b""first=a\0b.c\x08""second=x\x07""brand=B\x05""long="),
	FLAG_TXT("\x04""vars\x05""first"), FLAG_TXT("\x04""vars\x07""first=.\x08""second=."),
	{ KNOT_EOK, NULL, 0 }, { KNOT_ENONODE, NULL, 0 }, { KNOT_EEMPTYZONE, NULL, 0 },
#undef FLAG_TXT
};

typedef struct {
	uint8_t choice;                   /*!< Byte of the input. */
	fuzz_block_t **blocks;            /*!< What it has said, kept for the query. */
} set_zone_t;

static const knot_dname_t *const set_zones[] = {
	(const knot_dname_t *)"\x01y", (const knot_dname_t *)"\x01z",
};
#define SET_ZONES (sizeof(set_zones) / sizeof(set_zones[0]))

/*! \brief The flag stands at names of two to four labels, the deepest there are, or at all. */
static int get_flag(void *ctx, const knot_dname_t *apex, const knot_dname_t *node,
                    knot_rdataset_t *txt)
{
	set_zone_t *all = ctx, *zone = &all[knot_dname_is_equal(apex, set_zones[1])];
	size_t depth = knot_dname_labels(node, NULL) - knot_dname_labels(apex, NULL);
	size_t i = (zone->choice >> 2) % (sizeof(set_flags) / sizeof(set_flags[0]));
	size_t deepest = (zone->choice & 3) + ((zone->choice & 3) != 0);
	if (deepest != 0 && deepest != depth) {
		return (depth < deepest) ? KNOT_EOK : KNOT_ENONODE;
	}
	if (set_flags[i].txt != NULL) {
		// Of just its size, so that reading behind it is found.
		knot_rdata_t *rdata = fuzz_alloc(zone->blocks, sizeof(uint16_t) + set_flags[i].len);
		rdata->len = set_flags[i].len;
		memcpy(rdata->data, set_flags[i].txt, set_flags[i].len);
		*txt = (knot_rdataset_t) {
			.count = 1, .size = knot_rdata_size(set_flags[i].len), .rdata = rdata,
		};
	}
	return set_flags[i].ret;
}

static const hm_hosted_set_t *get_set(bool zone)
{
	static hm_hosted_set_t *sets[2];
	if (sets[zone] == NULL) {
		fuzz_path_t path;
		int fd = fuzz_file(set_hosted, strlen(set_hosted), path);
		fuzz_report_t report = { 0 };
		const hm_hosted_set_opts_t opts = {
			.profiles = set_files,
			.profiles_count = sizeof(set_files) / sizeof(set_files[0]),
			.hosted_file = path,
			.zones = set_zones, .zones_count = zone ? SET_ZONES : 0,
			.report = fuzz_on_report, .ctx = &report,
		};
		REQUIRE(hm_hosted_set_load(&opts, &sets[zone]) == KNOT_EOK);
		REQUIRE(report.errors == 0);
		close(fd);
	}
	return sets[zone];
}

/*! \brief An owner in a set. */
typedef struct {
	const hm_hosted_set_t *set;
	set_zone_t zones[SET_ZONES];
	hm_owner_t owner;
} set_owner_t;

/*! \brief Tells what is nested in the owner; a hm_nested_f. */
static bool is_nested_in_set(void *ctx, const knot_dname_t *name, uint8_t *gap)
{
	set_owner_t *of = ctx;
	bool nested = hm_hosted_set_is_nested(of->set, &of->owner, name, get_flag, of->zones, gap);
	unsigned labels = knot_dname_labels(name, NULL);
	REQUIRE(*gap == 0 || (!nested && *gap > of->owner.domain.labels && *gap <= labels));

	// Its owner says the same.
	hm_owner_t other;
	REQUIRE(hm_hosted_set_find(of->set, name, get_flag, of->zones, &other));
	REQUIRE(nested == (other.domain.labels > of->owner.domain.labels));
	REQUIRE(nested || *gap == other.gap);
	return nested;
}

/*! \brief A question whose domain and profile are found in the set, as the module does it. */
static void answer_from_set(const uint8_t *header, const knot_pkt_t *query)
{
	fuzz_block_t *list = NULL;
	set_owner_t of = {
		.set = get_set((header[0] & FLAG_ZONE) != 0),
		.zones = {
			{ .choice = header[1], .blocks = &list },
			{ .choice = (header[1] & 15) << 4 | header[1] >> 4, .blocks = &list },
		},
	};
	const hm_hosted_set_t *set = of.set;
	knot_mm_t mm = { .ctx = &list, .alloc = fuzz_alloc, .free = fuzz_no_free };

	hm_owner_t *owner = &of.owner;
	memset(owner, 0xff, sizeof(*owner));
	if (hm_hosted_set_find(set, knot_pkt_qname(query), get_flag, of.zones, owner)) {
		REQUIRE(hm_domain_prefix(knot_pkt_qname(query), &owner->domain) >= 0);
		REQUIRE(owner->gap == 0 || owner->gap > owner->domain.labels);
		const char *reason = NULL;
		fuzz_question_t question = {
			.profile = hm_hosted_set_complete(set, owner, &mm, &reason),
			.domain = &owner->domain,
			.nested = is_nested_in_set,
			.ctx = &of,
			.gap = owner->gap,
			.udp = header[0] & FLAG_UDP,
			.delegated = header[0] & FLAG_DELEGATED,
			.rotate = header[2],
			.max_size = knot_wire_read_u16(header + 3),
		};
		if (question.max_size < KNOT_WIRE_HEADER_SIZE) {
			question.max_size = KNOT_WIRE_MAX_PKTSIZE;
		}
		REQUIRE((question.profile == NULL) == (reason != NULL));
		if (question.profile != NULL) {
			fuzz_answer(&question, query);
		}
	}
	fuzz_free_all(list);
}

/*! \brief Tells what is nested in a domain; a hm_nested_f. */
static bool is_nested(void *ctx, const knot_dname_t *name, uint8_t *gap)
{
	static const char *const fronts[] = {
		"\x02mx", "\x05three", "\x01n\x01""b\x01""c\x01""d", "\x01q\x04wide", "\x01y\x01m",
		"\x01z\x02no\x01w",
	};
	const hm_domain_t *domain = ctx;
	REQUIRE(hm_domain_prefix(name, domain) > 0);
	*gap = 0;
	for (size_t i = 0; i < sizeof(fronts) / sizeof(fronts[0]); i++) {
		knot_dname_storage_t nested;
		size_t len = strlen(fronts[i]);
		if (len + domain->size > sizeof(nested)) {
			continue;
		}
		memcpy(nested, fronts[i], len);
		memcpy(nested + len, domain->name, domain->size);
		if (knot_dname_in_bailiwick(name, nested) >= 0) {
			return true;
		}
		size_t common = knot_dname_matched_labels(name, nested);
		if (common > domain->labels && common > *gap) {
			*gap = common;
		}
	}
	return false;
}

static void answer(const uint8_t *header, const knot_pkt_t *query)
{
	// The domain is the QNAME without some of its labels, at least one is left.
	const knot_dname_t *name = knot_pkt_qname(query);
	size_t labels = knot_dname_labels(name, NULL);
	if (labels == 0) {
		return;
	}
	for (size_t front = header[1] % labels; front > 0; front--) {
		name = hm_dname_next(name);
	}
	hm_domain_t domain;
	hm_domain_init(name, &domain);

	static uint8_t vars[HM_VARS_MAX];
	size_t vars_len = 0;
	if (header[0] & FLAG_VARS) {
		add_vars(good_vars, vars, &vars_len);
	}
	if (header[0] & FLAG_BAD_VARS) {
		add_vars(bad_vars, vars, &vars_len);
	}
	domain.vars = vars;
	domain.vars_len = vars_len;

	size_t max_size = knot_wire_read_u16(header + 3);
	fuzz_question_t question = {
		.profile = get_profile((header[0] & FLAG_SECOND) != 0),
		.domain = &domain,
		.udp = header[0] & FLAG_UDP,
		.delegated = header[0] & FLAG_DELEGATED,
		.rotate = header[2],
		.max_size = (max_size < KNOT_WIRE_HEADER_SIZE) ? KNOT_WIRE_MAX_PKTSIZE : max_size,
	};
	if (header[0] & FLAG_NESTED) {
		question.nested = is_nested;
		question.ctx = &domain;
		const knot_dname_t *qname = knot_pkt_qname(query);
		if (qname != name && is_nested(&domain, qname, &question.gap)) {
			return; // It is the nested domain's.
		}
	}
	fuzz_answer(&question, query);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size < HEADER_SIZE + KNOT_WIRE_HEADER_SIZE ||
	    size - HEADER_SIZE > KNOT_WIRE_MAX_PKTSIZE) {
		return 0;
	}
	size_t wire_size = size - HEADER_SIZE;
	uint8_t *wire = malloc(wire_size);
	REQUIRE(wire != NULL);
	memcpy(wire, data + HEADER_SIZE, wire_size);
	knot_pkt_t *query = knot_pkt_new(wire, wire_size, NULL);
	REQUIRE(query != NULL);
	// What does not parse behind its question is nothing to the module.
	if (knot_pkt_parse(query, 0) == KNOT_EOK && knot_pkt_qname(query) != NULL) {
		if (data[0] & FLAG_SET) {
			answer_from_set(data, query);
		} else {
			answer(data, query);
		}
	}
	knot_pkt_free(query);
	free(wire);
	return 0;
}
