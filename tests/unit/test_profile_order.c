/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief The order of the records of an RRset: canonical for every domain, at little cost.
 */

#include <time.h>

#include <libknot/errcode.h>

#include "test.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

#define HEAD "$TTL 3600\n@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n"

/*! \brief Most records of an RRset. */
#define RECORDS_MAX 5461

/*! \brief Get the TXT RRset of the node "a". */
static int get(const hm_profile_t *profile, const hm_domain_t *domain, knot_mm_t *mm,
               knot_rrset_t *rrset)
{
	const hm_node_t *encloser;
	const hm_node_t *node = hm_profile_find(profile, (const uint8_t *)"\x01""a", 1, &encloser);
	assert_non_null(node);
	return hm_node_rrset(node, KNOT_RRTYPE_TXT, domain, mm, rrset);
}

/*! \brief A domain, its variables as text, and what a word of a record stands for there. */
typedef struct {
	const char *name;
	const char *vars;
	const char *words[7]; /*!< NULL if it is not defined. */
} values_t;

static const char *const words[7] = { "{domain}", "{domain:-}", "{x}", "{y}", "x", "y", "" };

#define LONG "222222222222222222222222222222222222222222222"

static const values_t values[] = {
	{ "a.", "", { "a", "a", NULL, NULL, "x", "y", "" } },
	{ "example.com.", "x=y y=x", { "example.com", "example-com", "y", "x", "x", "y", "" } },
	{ "x.", "x=x y=x", { "x", "x", "x", "x", "x", "y", "" } },
	{ "longer.than.many.test.", "y=zzzzzzz",
	  { "longer.than.many.test", "longer-than-many-test", NULL, "zzzzzzz", "x", "y", "" } },
	{ "m.", "x=1 y=" LONG, { "m", "m", "1", LONG, "x", "y", "" } },
};

/*! \brief A record: indices of its words. */
typedef unsigned record_t[3];

/*! \brief Add a record as an ordinary zone has it. */
static void want_add(const record_t record, const values_t *of, knot_rdataset_t *want)
{
	uint8_t wire[256] = { 0 };
	for (int i = 0; i < 3; i++) {
		const char *word = of->words[record[i]];
		if (word == NULL) {
			return;
		}
		memcpy(wire + 1 + wire[0], word, strlen(word));
		wire[0] += strlen(word);
	}
	_Alignas(knot_rdata_t) uint8_t buf[300];
	knot_rdata_init((knot_rdata_t *)buf, 1 + wire[0], wire);
	assert_int_equal(knot_rdataset_add(want, (knot_rdata_t *)buf, NULL), KNOT_EOK);
}

static void assert_records(const hm_profile_t *profile, const values_t *of, record_t *records,
                           size_t count)
{
	knot_rdataset_t want = { 0 };
	for (size_t i = 0; i < count; i++) {
		want_add(records[i], of, &want);
	}
	pool_t pool;
	pool_init(&pool);
	knot_rrset_t rrset;
	int ret = get(profile, domain_with(of->name, of->vars), &pool.mm, &rrset);
	assert_int_equal(ret, (want.count > 0) ? KNOT_EOK : KNOT_ENOENT);
	if (ret == KNOT_EOK) {
		assert_int_equal(rrset.rrs.size, want.size);
		assert_true(knot_rdataset_eq(&rrset.rrs, &want));
	}
	pool_clear(&pool);
	knot_rdataset_clear(&want, NULL);
}

static void records_come_in_canonical_order_without_duplicates(void **state)
{
	random_start();
	for (size_t count = 1; count < 100; count++) {
		record_t records[100];
		text_t text = { 0 };
		text_add(&text, HEAD);
		for (size_t i = 0; i < count; i++) {
			unsigned *record = records[i];
			for (int k = 0; k < 3; k++) {
				record[k] = random_below(COUNT(words));
			}
			text_add(&text, "a TXT \"%s%s%s\"\n", words[record[0]], words[record[1]],
			         words[record[2]]);
		}
		hm_profile_t *profile = profile_from("main.zone", text.data);
		free(text.data);
		for (size_t i = 0; i < COUNT(values); i++) {
			assert_records(profile, &values[i], records, count);
		}
		hm_profile_free(profile);
	}
}

static void the_ttl_is_that_of_the_last_record_of_the_file(void **state)
{
	static const struct {
		const char *vars;
		uint32_t ttl;
	} cases[] = {
		{ "", 1 }, { "x=x", 3 }, { "y=y", 4 }, { "x=x y=y", 4 }, { "x=x y=y z=z", 5 },
		{ "x=x z=z", 5 }, { "z=0", 5 },
	};
	hm_profile_t *profile = profile_from("main.zone", HEAD
	    "a 9 TXT z{domain}\na 2 TXT {x}\na 1 TXT m{domain}\na 3 TXT \"\" {x}\n"
	    "a 4 TXT {y}\na 5 TXT \"\" {z}\n");
	for (size_t i = 0; i < COUNT(cases); i++) {
		const hm_domain_t *domain = domain_with("example.com.", cases[i].vars);
		pool_t pool;
		pool_init(&pool);
		knot_rrset_t rrset;
		assert_int_equal(get(profile, domain, &pool.mm, &rrset), KNOT_EOK);
		assert_int_equal(rrset.ttl, cases[i].ttl);
		pool_clear(&pool);
	}
	hm_profile_free(profile);
}

static void an_order_that_is_usual_is_not_made_by_a_query(void **state)
{
	// In the file they are the wrong way round.
	hm_profile_t *profile = profile_from("main.zone", HEAD
	    "a TXT c{domain}\na TXT z{x}\na TXT b{domain}\na TXT a{domain}\na TXT v=fixed\n");
	pool_t pool;
	pool_init(&pool);
	knot_rrset_t rrset;
	const hm_domain_t *domain = domain_with("customer.example.", "x=token-of-16-byte");
	assert_int_equal(get(profile, domain, &pool.mm, &rrset), KNOT_EOK);
	assert_int_equal(rrset.rrs.count, 5);
	assert_int_equal(pool.count, 1);

	// One that is not does need more memory.
	domain = domain_with("customer.example.", "x=");
	assert_int_equal(get(profile, domain, &pool.mm, &rrset), KNOT_EOK);
	assert_int_equal(rrset.rrs.count, 5);
	assert_true(pool.count > 2);
	pool_clear(&pool);
	hm_profile_free(profile);
}

static void every_failing_allocation_is_an_error(void **state)
{
	hm_profile_t *profile = profile_from("main.zone", HEAD
	    "a TXT c{x}\na TXT b{y}\na TXT a{x}\na TXT {y}\n");
	const hm_domain_t *domain = domain_with("example.com.", "x=long y=longer");
	for (long count = 0;; count++) {
		pool_t pool;
		pool_init(&pool);
		pool.countdown = count;
		alloc_countdown = 0; // There is no other memory than that of the query.
		knot_rrset_t rrset = { .type = 77 };
		int ret = get(profile, domain, &pool.mm, &rrset);
		alloc_countdown = -1;
		pool_clear(&pool);
		if (ret == KNOT_EOK) {
			assert_true(count >= 3);
			break;
		}
		assert_int_equal(ret, KNOT_ENOMEM);
		assert_int_equal(rrset.type, 77);
	}
	hm_profile_free(profile);
}

/*! \brief Processor time of a query, the least of a few. */
static clock_t cost(const hm_profile_t *profile, const hm_domain_t *domain)
{
	clock_t least = 0;
	for (int round = 0; round < 7; round++) {
		pool_t pool;
		pool_init(&pool);
		knot_rrset_t rrset;
		clock_t start = clock();
		assert_int_equal(get(profile, domain, &pool.mm, &rrset), KNOT_EOK);
		clock_t took = clock() - start;
		assert_int_equal(rrset.rrs.count, RECORDS_MAX);
		least = (round == 0 || took < least) ? took : least;
		pool_clear(&pool);
	}
	return least;
}

static void an_unusual_order_of_thousands_costs_little_more(void **state)
{
	enum { VARS = 64 };
	char same[VARS * 8 + 1] = "", other[VARS * 8 + 1] = "";
	for (int i = 0; i < VARS; i++) {
		snprintf(same + strlen(same), 9, "v%02d=aaa ", i);
		snprintf(other + strlen(other), 9, "v%02d=a%02d ", i, VARS - i);
	}
	text_t text = { 0 };
	text_add(&text, HEAD);
	for (int i = 0; i < RECORDS_MAX; i++) {
		text_add(&text, "a TXT {v%02d}-%04d\n", i % VARS, i);
	}
	hm_profile_t *profile = profile_from("main.zone", text.data);
	free(text.data);
	clock_t least = cost(profile, domain_with("example.com.", same));
	clock_t took = cost(profile, domain_with("example.com.", other));
	print_message("# %ld and %ld us\n", (long)least, (long)took);
	assert_true(took < 4 * least);
	hm_profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(records_come_in_canonical_order_without_duplicates),
		cmocka_unit_test(the_ttl_is_that_of_the_last_record_of_the_file),
		cmocka_unit_test(an_order_that_is_usual_is_not_made_by_a_query),
		cmocka_unit_test(every_failing_allocation_is_an_error),
		cmocka_unit_test(an_unusual_order_of_thousands_costs_little_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
