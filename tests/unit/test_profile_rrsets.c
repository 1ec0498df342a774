/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "profile_common.h"

static void an_rrset_is_in_canonical_order_without_duplicates(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT c\na TXT a\na TXT b\na TXT a\na TXT bb\n"
	                                    "b MX 20 a\nb MX 10 b\nb MX 10 a\nb MX 10 B\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "", "3600 \"a\" | \"b\" | \"c\" | \"bb\"");
	assert_rrset(profile, "b", KNOT_RRTYPE_MX, "",
	             "3600 10 a.example.com. | 10 b.example.com. | 20 a.example.com.");
	hm_profile_free(profile);
}

static void an_rrset_is_in_canonical_order_after_expansion(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT {x}\na TXT m\na TXT {y}\na TXT {domain}\n"
	                                    "b MX 10 {x}\nb MX 10 {y}\nb MX 10 m\n"
	                                    "b MX 5 {domain}.\n"
	                                    "c A 192.0.2.1\nc TXT {x}\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "", "3600 \"m\" | \"example.com\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=z y=a",
	             "3600 \"a\" | \"m\" | \"z\" | \"example.com\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=m y=example.com",
	             "3600 \"m\" | \"example.com\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=m y=m", "3600 \"m\" | \"example.com\"");
	assert_rrset(profile, "b", KNOT_RRTYPE_MX, "x=m y=M",
	             "3600 5 example.com. | 10 m.example.com.");
	assert_rrset(profile, "b", KNOT_RRTYPE_MX, "y=a.b",
	             "3600 5 example.com. | 10 a.b.example.com. | 10 m.example.com.");
	assert_rrset(profile, "c", KNOT_RRTYPE_TXT, "x=a", "3600 \"a\"");
	hm_profile_free(profile);
}

static void every_order_of_values_gives_the_same_rrset(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT {a}\na TXT {b}\na TXT {c}\na TXT {d}\n"
	                                    "a TXT {e}\n");
	const char *const values[] = { "1", "2", "22", "1", "\\0003" };
	for (unsigned i = 0; i < 5 * 5 * 5 * 5 * 5; i++) {
		unsigned order[5] = { i % 5, i / 5 % 5, i / 25 % 5, i / 125 % 5, i / 625 % 5 };
		unsigned seen = 0;
		char vars[128] = "";
		for (int j = 0; j < 5; j++) {
			size_t len = strlen(vars);
			snprintf(vars + len, sizeof(vars) - len, "%c=%s ", 'a' + j,
			         values[order[j]]);
			seen |= 1 << order[j];
		}
		if (seen == 31) {
			assert_rrset(profile, "a", KNOT_RRTYPE_TXT, vars,
			             "3600 \"1\" | \"2\" | \"\\0003\" | \"22\"");
		}
	}
	hm_profile_free(profile);
}

static void an_rrset_without_variables_is_borrowed(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT x\na TXT y\nb TXT {domain}\n");
	const hm_domain_t domain = domain_of("example.com.");
	pool_t pool;
	pool_init(&pool);
	pool.countdown = 0;
	knot_rrset_t first, second;
	const hm_node_t *node = profile_node(profile, "a", "a");
	int ret = hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &first);
	assert_int_equal(ret, KNOT_EOK);
	ret = hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &second);
	assert_int_equal(ret, KNOT_EOK);
	assert_ptr_equal(first.rrs.rdata, second.rrs.rdata);
	assert_int_equal(pool.count, 0);

	pool.countdown = -1;
	node = profile_node(profile, "b", "b");
	ret = hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &first);
	assert_int_equal(ret, KNOT_EOK);
	ret = hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &second);
	assert_int_equal(ret, KNOT_EOK);
	assert_ptr_not_equal(first.rrs.rdata, second.rrs.rdata);
	assert_true(pool.count > 0);
	pool_clear(&pool);
	hm_profile_free(profile);
}

static void an_rrset_that_is_not_there_is_not_found(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT x\na MX 10 {x}\nb TXT {x}\nb TXT {y}\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_A, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "a", KNOT_RRTYPE_CNAME, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "a", KNOT_RRTYPE_MX, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "b", KNOT_RRTYPE_TXT, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "b", KNOT_RRTYPE_ANY, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "b", KNOT_RRTYPE_TXT, "y=z", "3600 \"z\"");
	hm_profile_free(profile);
}

static void any_is_the_lowest_type_that_there_is_for_the_domain(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a AAAA 2001:db8::1\na TXT y\na MX 10 {x}\n"
	                                    "b CAA 0 issue \"{x}\"\nb TXT {y}\nb SRV 1 1 1 {z}\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_ANY, "", "TXT 3600 \"y\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_ANY, "x=m", "MX 3600 10 m.example.com.");
	assert_rrset(profile, "b", KNOT_RRTYPE_ANY, "", knot_strerror(KNOT_ENOENT));
	assert_rrset(profile, "b", KNOT_RRTYPE_ANY, "y=t z=s", "TXT 3600 \"t\"");
	assert_rrset(profile, "b", KNOT_RRTYPE_ANY, "z=s", "SRV 3600 1 1 1 s.example.com.");
	assert_rrset(profile, "", KNOT_RRTYPE_ANY, "", "NS 3600 ns1.example.net.");
	hm_profile_free(profile);
}

static void an_rrset_that_cannot_be_expanded_is_an_error(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a MX 10 m\na MX 20 {x}\na TXT x\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_MX, "x=a..b", knot_strerror(KNOT_EMALF));
	assert_rrset(profile, "a", KNOT_RRTYPE_MX, "x=192.0.2.1", knot_strerror(KNOT_EMALF));
	assert_rrset(profile, "a", KNOT_RRTYPE_MX,
	             "x=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
	             knot_strerror(KNOT_ESPACE));
	assert_rrset(profile, "a", KNOT_RRTYPE_MX, "x=b",
	             "3600 10 m.example.com. | 20 b.example.com.");
	hm_profile_free(profile);
}

static void expanded_rdata_of_any_length_stands_side_by_side(void **state)
{
	// RDATA is padded to an even length in an RRset.
	hm_profile_t *profile = loaded(HEAD "a TXT 1{x}\na TXT 22{x}\na TXT 333{x}\n"
	                                    "a TXT 4444{x}\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=",
	             "3600 \"1\" | \"22\" | \"333\" | \"4444\"");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=y",
	             "3600 \"1y\" | \"22y\" | \"333y\" | \"4444y\"");
	hm_profile_free(profile);
}

static void a_profile_tells_whether_it_has_additional_records(void **state)
{
	static const struct {
		const char *text;
		bool expected;
	} cases[] = {
		{ HEAD, false },
		{ HEAD "a TXT x\na MX 10 b\nb SRV 1 1 1 a\nc CNAME a\n", false },
		{ HEAD "a A 192.0.2.1\n", true },
		{ HEAD "a AAAA 2001:db8::1\n", true },
		{ HEAD "a SVCB 1 {x}\n", true },
		{ HEAD "*.b HTTPS 1 .\n", true },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		hm_profile_t *profile = loaded(cases[i].text);
		assert_int_equal(hm_profile_has_additional(profile), cases[i].expected);
		hm_profile_free(profile);
	}
}

static void the_records_of_included_files_are_part_of_the_profile(void **state)
{
	write_text("inner.zone", "a TXT {x}\n@ MX 10 m\n");
	hm_profile_t *profile = loaded(HEAD "a TXT 1\n$INCLUDE inner.zone\na TXT {domain:-}\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "x=y", "3600 \"1\" | \"y\" | \"example-com\"");
	assert_rrset(profile, "", KNOT_RRTYPE_MX, "", "3600 10 m.example.com.");
	hm_profile_free(profile);
}

static void a_profile_serves_any_number_of_domains(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a CNAME {domain:-}.{name}.x.\n");
	pool_t pool;
	pool_init(&pool);
	const hm_node_t *node = profile_node(profile, "a", "a");
	assert_string_equal(node_text(node, KNOT_RRTYPE_CNAME, domain_with("b.c.", "name=d"),
	                              &pool.mm), "3600 b-c.d.x.");
	assert_string_equal(node_text(node, KNOT_RRTYPE_CNAME, domain_with("e.", "name=f.g"),
	                              &pool.mm), "3600 e.f.g.x.");
	assert_string_equal(node_text(node, KNOT_RRTYPE_CNAME, domain_with("b.c.", ""), &pool.mm),
	                    knot_strerror(KNOT_ENOENT));
	pool_clear(&pool);
	hm_profile_free(profile);
}

static void a_query_without_memory_gets_no_rrset(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT {x}\na TXT {domain}\na TXT {y}\nb MX 10 {x}\n");
	static const struct {
		const char *name;
		uint16_t type;
		const char *expected;
	} cases[] = {
		{ "a", KNOT_RRTYPE_TXT, "3600 \"a\" | \"z\" | \"example.com\"" },
		{ "b", KNOT_RRTYPE_MX,  "3600 10 z.example.com." },
		{ "b", KNOT_RRTYPE_ANY, "MX 3600 10 z.example.com." },
	};
	for (size_t i = 0; i < COUNT(cases); i++) {
		const hm_node_t *node = profile_node(profile, cases[i].name, cases[i].name);
		const hm_domain_t *domain = domain_with("example.com.", "x=z y=a");
		const char *text = NULL;
		long failures = 0;
		for (; text == NULL || strcmp(text, cases[i].expected) != 0; failures++) {
			pool_t pool;
			pool_init(&pool);
			pool.countdown = failures;
			text = node_text(node, cases[i].type, domain, &pool.mm);
			pool_clear(&pool);
			assert_true(strcmp(text, cases[i].expected) == 0 ||
			            strcmp(text, knot_strerror(KNOT_ENOMEM)) == 0);
		}
		assert_true(failures > 1);
	}
	hm_profile_free(profile);
}

static void looking_up_takes_no_memory_but_that_of_the_query(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT {x}\na TXT {domain}\n*.b TXT x\n");
	const hm_domain_t *domain = domain_with("example.com.", "x=y");
	const knot_dname_t *name = dname("a.example.com.");
	pool_t pool;
	pool_init(&pool);
	knot_dname_storage_t owner;
	knot_rrset_t rrset;

	alloc_countdown = 0;
	const hm_node_t *encloser = NULL;
	const hm_node_t *node = hm_profile_find(profile, name, 1, &encloser);
	int ret_owner = (node != NULL) ? hm_node_owner(node, domain, owner) : KNOT_ENOENT;
	int ret = (node != NULL) ? hm_node_rrset(node, KNOT_RRTYPE_TXT, domain, &pool.mm, &rrset) :
	                           KNOT_ENOENT;
	alloc_countdown = -1;

	assert_int_equal(ret_owner, KNOT_EOK);
	assert_int_equal(ret, KNOT_EOK);
	assert_int_equal(rrset.rrs.count, 2);
	pool_clear(&pool);
	hm_profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_rrset_is_in_canonical_order_without_duplicates),
		cmocka_unit_test(an_rrset_is_in_canonical_order_after_expansion),
		cmocka_unit_test(every_order_of_values_gives_the_same_rrset),
		cmocka_unit_test(an_rrset_without_variables_is_borrowed),
		cmocka_unit_test(an_rrset_that_is_not_there_is_not_found),
		cmocka_unit_test(any_is_the_lowest_type_that_there_is_for_the_domain),
		cmocka_unit_test(an_rrset_that_cannot_be_expanded_is_an_error),
		cmocka_unit_test(expanded_rdata_of_any_length_stands_side_by_side),
		cmocka_unit_test(a_profile_tells_whether_it_has_additional_records),
		cmocka_unit_test(the_records_of_included_files_are_part_of_the_profile),
		cmocka_unit_test(a_profile_serves_any_number_of_domains),
		cmocka_unit_test(a_query_without_memory_gets_no_rrset),
		cmocka_unit_test(looking_up_takes_no_memory_but_that_of_the_query),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
