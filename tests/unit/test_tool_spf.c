/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "profile_common.h"
#include "spf.h"

/*! \brief Names that exist: "name type data", data of TXT alone. */
typedef struct {
	const char *name;
	uint16_t type;
	const char *data;  // NULL: the lookup fails; "": no such record at a name that exists.
} record_t;

typedef struct {
	const record_t *records;
	knot_rdataset_t sets[200];
	size_t sets_count;
} world_t;

static hm_found_t get(void *ctx, const knot_dname_t *name, uint16_t type,
                      const knot_rdataset_t **rrs)
{
	world_t *world = ctx;
	knot_rdataset_t set = { 0 };
	bool exists = false;
	for (const record_t *record = world->records; record->name != NULL; record++) {
		if (!knot_dname_is_equal(name, dname(record->name))) {
			continue;
		}
		exists = true;
		if (record->type != type) {
			continue;
		}
		if (record->data == NULL) {
			knot_rdataset_clear(&set, NULL);
			return HM_FOUND_FAILURE;
		}
		// Strings of ten bytes, to be put together.
		uint8_t buf[sizeof(knot_rdata_t) + 2000], data[1000];
		size_t len = 0;
		for (const char *pos = record->data; *pos != '\0'; ) {
			size_t part = strnlen(pos, 10);
			data[len++] = part;
			memcpy(data + len, pos, part);
			len += part;
			pos += part;
		}
		knot_rdata_init((knot_rdata_t *)buf, len, data);
		assert_int_equal(knot_rdataset_add(&set, (knot_rdata_t *)buf, NULL), KNOT_EOK);
	}
	if (set.count == 0) {
		return exists ? HM_FOUND_NODATA : HM_FOUND_NXDOMAIN;
	}
	assert_true(world->sets_count < COUNT(world->sets));
	world->sets[world->sets_count] = set;
	*rrs = &world->sets[world->sets_count++];
	return HM_FOUND_RECORDS;
}

#define TXT KNOT_RRTYPE_TXT
#define A KNOT_RRTYPE_A
#define AAAA KNOT_RRTYPE_AAAA
#define MX KNOT_RRTYPE_MX

static const record_t world_records[] = {
	{ "a.test.", A, "x" }, { "six.test.", AAAA, "x" }, { "a.test.", MX, "x" },
	{ "txt.test.", TXT, "no spf" },
	{ "one.test.", TXT, "v=spf1 ip4:192.0.2.1 -all" },
	{ "three.test.", TXT, "v=spf1 include:one.test a:a.test -all" },
	{ "nine.test.", TXT, "v=spf1 include:three.test include:three.test include:three.test" },
	{ "loop.test.", TXT, "v=spf1 include:loop.test -all" },
	{ "two.test.", TXT, "v=spf1 -all" }, { "two.test.", TXT, "v=spf1 +all" },
	{ "broken.test.", TXT, NULL },
	{ "many.test.", MX, "1" }, { "many.test.", MX, "2" }, { "many.test.", MX, "3" },
	{ "many.test.", MX, "4" }, { "many.test.", MX, "5" }, { "many.test.", MX, "6" },
	{ "many.test.", MX, "7" }, { "many.test.", MX, "8" }, { "many.test.", MX, "9" },
	{ "many.test.", MX, "10" }, { "many.test.", MX, "11" },
	{ 0 }
};

/*! \brief Count for a record at example.com. */
static hm_spf_t count(const char *text)
{
	record_t records[COUNT(world_records) + 1];
	records[0] = (record_t){ "example.com.", TXT, text };
	memcpy(records + 1, world_records, sizeof(world_records));
	world_t world = { .records = records };
	hm_spf_t spf;
	hm_spf_count(get, &world, (const uint8_t *)"\7example\3com", &spf);
	for (size_t i = 0; i < world.sets_count; i++) {
		knot_rdataset_clear(&world.sets[i], NULL);
	}
	return spf;
}

static void lookups_are_counted(void **state)
{
	static const struct {
		const char *text;
		unsigned lookups, voids;
		const char *error; // Part of it; NULL if there is none.
	} cases[] = {
		{ "v=spf1", 0, 0, NULL },
		{ "v=spf1 -all", 0, 0, NULL },
		{ "V=SPF1 IP4:192.0.2.0/24 ip6:2001:db8::/32 -ALL", 0, 0, NULL },
		{ "v=spf1  a:a.test  ?MX:A.test/24 -all", 2, 0, NULL },
		{ "v=spf1 a:six.test//64 -all", 1, 0, NULL },
		{ "v=spf1 a mx -all", 2, 2, NULL },
		{ "v=spf1 include:one.test -all", 1, 0, NULL },
		{ "v=spf1 include:three.test -all", 3, 0, NULL },
		{ "v=spf1 include:nine.test ~all", 10, 0, NULL },
		{ "v=spf1 include:nine.test a:a.test ~all", 11, 0, "it takes 11 DNS look-ups" },
		{ "v=spf1 include:loop.test", 40, 0, "at least 40" },
		{ "v=spf1 redirect=one.test", 1, 0, NULL },
		{ "v=spf1 redirect=one.test -all", 0, 0, NULL },
		{ "v=spf1 -all include:nothere.test", 0, 0, NULL },
		{ "v=spf1 ptr exists:%{i}.a.test a:%{d} -all", 3, 0, NULL },
		{ "v=spf1 exp=a.test other=value ip4:192.0.2.1 -all", 0, 0, NULL },
		{ "v=spf1 a:x.test a:y.test exists:z.test -all", 3, 3, "3 of its look-ups find nothing" },
		{ "v=spf1 include:nothere.test -all", 1, 1, "leads to nothere.test, which has no SPF" },
		{ "v=spf1 include:txt.test -all", 1, 0, "leads to txt.test, which has no SPF" },
		{ "v=spf1 include:two.test -all", 1, 0, "which has several SPF records" },
		{ "v=spf1 mx:many.test -all", 1, 0, "the 11 mail servers of many.test" },
		{ "v=spf1 include: -all", 1, 0, "'' in it is no domain name" },
		{ "v=spf1 include:a..b -all", 1, 0, "'a..b' in it is no domain name" },
		{ "v=spf1 all=x", 0, 0, NULL },
		{ "v=spf1 redirect:one.test", 0, 0, "'redirect:one.test', which is no term" },
		{ "v=spf1 192.0.2.1 -all", 0, 0, "'192.0.2.1', which is no term of SPF" },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		hm_spf_t spf = count(cases[i].text);
		bool said = (cases[i].error == NULL) ? *spf.error == '\0' :
		            strstr(spf.error, cases[i].error) != NULL;
		if (spf.records != 1 || spf.lookups != cases[i].lookups ||
		    spf.voids != cases[i].voids || !said || spf.is_unsure) {
			fail_msg("%s: %u records, %u look-ups, %u void, '%s'", cases[i].text,
			         spf.records, spf.lookups, spf.voids, spf.error);
		}
	}
}

static void records_that_are_no_spf_do_not_count(void **state)
{
	static const char *const texts[] = { "", "v=spf10 -all", "v=spf", "spf1 -all", " v=spf1" };
	for (size_t i = 0; i < COUNT(texts); i++) {
		hm_spf_t spf = count(texts[i]);
		assert_int_equal(spf.records, 0);
		assert_string_equal(spf.error, "");
	}
	record_t records[] = {
		{ "example.com.", TXT, "v=spf1 -all" }, { "example.com.", TXT, "v=spf1 +all" },
		{ 0 }
	};
	world_t world = { .records = records };
	hm_spf_t spf;
	hm_spf_count(get, &world, (const uint8_t *)"\7example\3com", &spf);
	assert_int_equal(spf.records, 2);
	assert_int_equal(spf.lookups, 0);
	knot_rdataset_clear(&world.sets[0], NULL);
}

static void what_cannot_be_looked_up_is_unsure(void **state)
{
	hm_spf_t spf = count("v=spf1 include:broken.test -all");
	assert_true(spf.is_unsure);
	assert_int_equal(spf.lookups, 1);
	assert_string_equal(spf.error, "");
	spf = count(NULL);
	assert_true(spf.is_unsure);
	assert_int_equal(spf.records, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lookups_are_counted),
		cmocka_unit_test(records_that_are_no_spf_do_not_count),
		cmocka_unit_test(what_cannot_be_looked_up_is_unsure),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
