/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "profile_common.h"

static void assert_order(const char *text, const char *want)
{
	hm_profile_t *profile = loaded(text);
	const hm_domain_t domain = domain_of("x.");
	text_t got = { 0 };
	for (const hm_node_t *node = hm_profile_apex(profile); node != NULL;
	     node = hm_node_next(node)) {
		knot_dname_storage_t owner;
		knot_dname_txt_storage_t name;
		assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
		text_add(&got, "%s\n", knot_dname_to_str(name, owner, sizeof(name)));
	}
	assert_string_equal(got.data, want);
	free(got.data);
	hm_profile_free(profile);
}

static void the_nodes_come_in_canonical_order(void **state)
{
	assert_order(HEAD "z TXT x\na.b TXT x\nc.a.b TXT x\nb TXT x\n*.z TXT x\n*.b TXT x\n"
	                  "yy.z TXT x\na TXT x\n",
	             "x.\na.x.\nb.x.\n*.b.x.\na.b.x.\nc.a.b.x.\nz.x.\n*.z.x.\nyy.z.x.\n");
}

static void an_empty_non_terminal_comes_before_what_is_below_it(void **state)
{
	assert_order(HEAD "a.b.c TXT x\n", "x.\nc.x.\nb.c.x.\na.b.c.x.\n");
}

static void the_apex_alone_is_a_walk(void **state)
{
	assert_order(HEAD, "x.\n");
}

static void note(void *ctx, const hm_left_out_t *left_out)
{
	char type[16];
	assert_true(knot_rrtype_to_string(left_out->type, type, sizeof(type)) > 0);
	assert_string_equal(strrchr(left_out->file, '/') + 1, "main.zone");
	text_add(ctx, "%u %s %.*s\n", (unsigned)left_out->line, type, left_out->var->name_len,
	         left_out->var->name);
}

static void assert_left_out(const char *vars, const char *want)
{
	hm_profile_t *profile = loaded(HEAD "@ MX 10 mx.{cluster}.example.net.\n"
	                                    "@ MX 20 mx.example.net.\n"
	                                    "@ TXT \"{token}\"\n@ TXT \"{domain} {brand}{token}\"\n"
	                                    "a CNAME {domain:-}.{cluster}.example.net.\n"
	                                    "a.b TXT \"always {domain}\"\n");
	text_t got = { 0 };
	text_add(&got, "%s", "");
	const hm_domain_t *domain = domain_with("example.com", vars);
	for (const hm_node_t *node = hm_profile_apex(profile); node != NULL;
	     node = hm_node_next(node)) {
		hm_node_left_out(node, domain, note, &got);
	}
	assert_string_equal(got.data, want);
	free(got.data);
	hm_profile_free(profile);
}

static void what_is_left_out_names_the_variable_that_is_missing(void **state)
{
	assert_left_out(NULL, "4 MX cluster\n6 TXT token\n7 TXT brand\n8 CNAME cluster\n");
	assert_left_out("cluster=b", "6 TXT token\n7 TXT brand\n");
	assert_left_out("token=1 cluster=b", "7 TXT brand\n");
	assert_left_out("brand=1", "4 MX cluster\n6 TXT token\n7 TXT token\n8 CNAME cluster\n");
	assert_left_out("token=1 cluster=b brand=2", "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_nodes_come_in_canonical_order),
		cmocka_unit_test(an_empty_non_terminal_comes_before_what_is_below_it),
		cmocka_unit_test(the_apex_alone_is_a_walk),
		cmocka_unit_test(what_is_left_out_names_the_variable_that_is_missing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
