/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "hostedmail/hosted_zone.h"
#include "test.h"

/*! \brief A node of the hosted zone of a test. */
typedef struct {
	const char *name;
	const char *rdata[2]; /*!< TXT records in wire format; an empty non-terminal has none. */
	size_t len[2];
} node_t;

static const knot_dname_t apex[] = "\x06""hosted";

#define TXT(wire) .rdata = { wire }, .len = { sizeof(wire) - 1 }

static const node_t nodes[] = {
	{ .name = "hosted." },
	{ .name = "com.hosted." },
	{ .name = "example.com.hosted.", TXT("\x05""first") },
	{ .name = "deep.example.com.hosted." },
	{ .name = "very.deep.example.com.hosted.", TXT("\x06""second\x03""a=b\x06""x=\x00\xff ?") },
	{ .name = "none.com.hosted.", TXT("\x04""none") },
	{ .name = "under.none.com.hosted.", TXT("\x00") },
	{ .name = "two.com.hosted.", .rdata = { "\x05""first", "\x06""second" }, .len = { 6, 7 } },
	{ .name = "nonesuch.com.hosted.", TXT("\x04""none\x03""a=b") },
};

typedef struct {
	int ret;           /*!< What every look gives, if not KNOT_EOK. */
	unsigned looks;
	uint8_t buf[256];  /*!< The last RRset. */
} zone_t;

static int get(void *ctx, const knot_dname_t *zone, const knot_dname_t *name, knot_rdataset_t *txt)
{
	zone_t *state = ctx;
	state->looks++;
	assert_true(knot_dname_is_equal(zone, apex));
	if (state->ret != KNOT_EOK) {
		return state->ret;
	}
	for (size_t i = 0; i < sizeof(nodes) / sizeof(nodes[0]); i++) {
		const node_t *node = &nodes[i];
		if (!knot_dname_is_equal(dname(node->name), name)) {
			continue;
		}
		knot_rdataset_t rrs = { .rdata = (knot_rdata_t *)state->buf };
		for (int j = 0; j < 2 && node->rdata[j] != NULL; j++) {
			knot_rdata_t *rdata = (knot_rdata_t *)(state->buf + rrs.size);
			knot_rdata_init(rdata, node->len[j], (const uint8_t *)node->rdata[j]);
			rrs.size += knot_rdata_size(node->len[j]);
			rrs.count++;
		}
		*txt = rrs;
		return KNOT_EOK;
	}
	return KNOT_ENONODE;
}

static zone_t zone;

#define HOSTED_ZONE { .zone = apex, .size = sizeof(apex), .get = get, .ctx = &zone }

static hm_flag_t find(const char *name)
{
	static knot_dname_storage_t wire;
	assert_non_null(knot_dname_from_str(wire, name, sizeof(wire)));
	memset(&zone, 0, sizeof(zone));
	const hm_hosted_zone_t hosted_zone = HOSTED_ZONE;
	hm_flag_t flag = { 0 };
	assert_int_equal(hm_hosted_zone_find(&hosted_zone, wire, 0, &flag), KNOT_EOK);
	return flag;
}

static int profile_index(void *ctx, const char *name, size_t len)
{
	assert_null(ctx);
	return (len == 5 && memcmp(name, "first", len) == 0)  ? 3 :
	       (len == 6 && memcmp(name, "second", len) == 0) ? 7 : -1;
}

static void the_deepest_flag_is_found(void **state)
{
	hm_flag_t flag = find("a.b.very.deep.example.com.");
	assert_int_equal(flag.labels, 4);
	assert_true(knot_dname_is_equal(flag.name, dname("very.deep.example.com.")));
	flag = find("a.deep.example.com.");
	assert_int_equal(flag.labels, 2);
	assert_true(knot_dname_is_equal(flag.name, dname("example.com.")));
}

static void a_name_without_a_flag_is_not_found(void **state)
{
	static const char *const names[] = { ".", "com.", "net.", "example.net.", "xexample.com." };
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		assert_null(find(names[i]).name);
	}
}

static void the_walk_stops_at_the_first_node_that_does_not_exist(void **state)
{
	char name[256] = "";
	for (int i = 0; i < 120; i++) {
		strcat(name, "a.");
	}
	strcat(name, "net.");
	assert_null(find(name).name);
	assert_int_equal(zone.looks, 1);
	find("a.b.c.d.e.f.example.com.");
	assert_int_equal(zone.looks, 3);
}

static void a_name_that_does_not_fit_in_front_of_the_zone_is_not_looked_for(void **state)
{
	// 255 bytes by itself: the zone's seven do not fit any more.
	uint8_t name[KNOT_DNAME_MAXLEN];
	uint8_t *pos = name;
	for (int i = 0; i < 121; i++) {
		*pos++ = 1;
		*pos++ = 'a';
	}
	memcpy(pos, "\x07""example\x03""com", 13);
	assert_int_equal(knot_dname_size(name), KNOT_DNAME_MAXLEN);
	memset(&zone, 0, sizeof(zone));
	const hm_hosted_zone_t hosted_zone = HOSTED_ZONE;
	hm_flag_t flag = { 0 };
	assert_int_equal(hm_hosted_zone_find(&hosted_zone, name, 0, &flag), KNOT_EOK);
	assert_int_equal(flag.labels, 2);
}

static void a_zero_byte_ends_the_walk(void **state)
{
	assert_null(find("com\\000example.").name);
	assert_int_equal(zone.looks, 0);
	assert_int_equal(find("a\\000b.example.com.").labels, 2);
}

static void none_is_told_by_its_depth(void **state)
{
	hm_flag_t flag = find("x.none.com.");
	assert_null(flag.name);
	assert_true(hm_flag_is_none(&flag, 2));
	assert_false(hm_flag_is_none(&flag, 1));
	assert_false(hm_flag_is_none(&flag, 3));
	flag = find("under.none.com.");
	assert_int_equal(flag.labels, 3);
	assert_true(hm_flag_is_none(&flag, 2));
}

static void none_with_variables_is_an_unknown_profile(void **state)
{
	pool_t pool;
	pool_init(&pool);
	hm_flag_t flag = find("nonesuch.com.");
	assert_int_equal(flag.labels, 2);
	hm_domain_t domain;
	const char *reason = NULL;
	assert_int_equal(hm_flag_parse(&flag, profile_index, NULL, &pool.mm, &domain, &reason),
	                 KNOT_ENOENT);
	assert_string_equal(reason, "unknown profile");
	pool_clear(&pool);
}

static void what_the_zone_says_of_itself_is_passed_on(void **state)
{
	static const int codes[] = { KNOT_ENOZONE, KNOT_EEMPTYZONE, KNOT_ENOMEM };
	for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++) {
		zone = (zone_t){ .ret = codes[i] };
		const hm_hosted_zone_t hosted_zone = HOSTED_ZONE;
		hm_flag_t flag = { 0 };
		assert_int_equal(hm_hosted_zone_find(&hosted_zone, dname("example.com."), 0,
		                                     &flag), codes[i]);
	}
}

static void a_flag_gives_profile_and_variables(void **state)
{
	pool_t pool;
	pool_init(&pool);
	hm_flag_t flag = find("very.deep.example.com.");
	hm_domain_t domain;
	const char *reason = "untouched";
	assert_int_equal(hm_flag_parse(&flag, profile_index, NULL, &pool.mm, &domain, &reason),
	                 KNOT_EOK);
	assert_string_equal(reason, "untouched");
	assert_int_equal(domain.profile, 7);
	assert_int_equal(domain.labels, 4);
	assert_ptr_equal(domain.name, flag.name);
	assert_int_equal(domain.size, knot_dname_size(flag.name));
	size_t len;
	const uint8_t *value = hm_vars_get(&domain, "a", 1, &len);
	assert_int_equal(len, 1);
	assert_memory_equal(value, "b", 1);
	value = hm_vars_get(&domain, "x", 1, &len);
	assert_int_equal(len, 4);
	assert_memory_equal(value, "\x00\xff ?", 4);
	pool_clear(&pool);
}

static void an_empty_string_is_the_default_profile(void **state)
{
	pool_t pool;
	pool_init(&pool);
	hm_flag_t flag = find("under.none.com.");
	hm_domain_t domain;
	const char *reason;
	assert_int_equal(hm_flag_parse(&flag, profile_index, NULL, &pool.mm, &domain, &reason),
	                 KNOT_EOK);
	assert_int_equal(domain.profile, 0);
	assert_int_equal(domain.vars_len, 0);
	pool_clear(&pool);
}

static void two_records_are_malformed(void **state)
{
	pool_t pool;
	pool_init(&pool);
	hm_flag_t flag = find("two.com.");
	hm_domain_t domain;
	const char *reason = NULL;
	assert_int_equal(hm_flag_parse(&flag, profile_index, NULL, &pool.mm, &domain, &reason),
	                 KNOT_EMALF);
	assert_string_equal(reason, "more than one TXT record");
	pool_clear(&pool);
}

static void strings_that_are_no_variables_are_malformed(void **state)
{
	static const struct {
		const char *wire;
		size_t len;
	} cases[] = {
		{ "\x05""first\x01""a", 8 }, { "\x05""first\x00", 7 }, { "\x05""first\x02""=b", 9 },
		{ "\x05""first\x08""domain=b", 15 }, { "\x05""first\x03""a=b\x03""a=b", 14 },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		pool_t pool;
		pool_init(&pool);
		hm_flag_t flag = find("example.com.");
		knot_rdata_init((knot_rdata_t *)zone.buf, cases[i].len,
		                (const uint8_t *)cases[i].wire);
		flag.txt.rdata = (knot_rdata_t *)zone.buf;
		hm_domain_t domain = { .profile = 99 };
		const char *reason = NULL;
		assert_int_equal(hm_flag_parse(&flag, profile_index, NULL, &pool.mm, &domain,
		                                   &reason), KNOT_EMALF);
		assert_non_null(reason);
		assert_int_equal(domain.profile, 99);
		pool_clear(&pool);
	}
}

static void parsing_without_memory_is_an_error(void **state)
{
	pool_t pool;
	pool_init(&pool);
	pool.countdown = 0;
	hm_flag_t flag = find("very.deep.example.com.");
	hm_domain_t domain = { .profile = 99 };
	const char *reason;
	assert_int_equal(hm_flag_parse(&flag, profile_index, NULL, &pool.mm, &domain, &reason),
	                 KNOT_ENOMEM);
	assert_int_equal(domain.profile, 99);
	pool_clear(&pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_deepest_flag_is_found),
		cmocka_unit_test(a_name_without_a_flag_is_not_found),
		cmocka_unit_test(the_walk_stops_at_the_first_node_that_does_not_exist),
		cmocka_unit_test(a_name_that_does_not_fit_in_front_of_the_zone_is_not_looked_for),
		cmocka_unit_test(a_zero_byte_ends_the_walk),
		cmocka_unit_test(none_is_told_by_its_depth),
		cmocka_unit_test(none_with_variables_is_an_unknown_profile),
		cmocka_unit_test(what_the_zone_says_of_itself_is_passed_on),
		cmocka_unit_test(a_flag_gives_profile_and_variables),
		cmocka_unit_test(an_empty_string_is_the_default_profile),
		cmocka_unit_test(two_records_are_malformed),
		cmocka_unit_test(strings_that_are_no_variables_are_malformed),
		cmocka_unit_test(parsing_without_memory_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
