/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "profile_common.h"

static void a_name_is_found_with_its_closest_encloser(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a TXT x\nb.a TXT x\nMiXeD TXT x\n_x._y TXT x\n");
	assert_ptr_equal(profile_node(profile, "", ""), hm_profile_apex(profile));
	assert_non_null(profile_node(profile, "a", "a"));
	assert_non_null(profile_node(profile, "b.a", "b.a"));
	assert_non_null(profile_node(profile, "mixed", "mixed"));
	assert_non_null(profile_node(profile, "_x._y", "_x._y"));

	assert_null(profile_node(profile, "b", ""));
	assert_null(profile_node(profile, "c.a", "a"));
	assert_null(profile_node(profile, "a.a", "a"));
	assert_null(profile_node(profile, "d.c.a", "a"));
	assert_null(profile_node(profile, "c.b.a", "b.a"));
	assert_null(profile_node(profile, "z.y.x.w.b.a", "b.a"));
	assert_null(profile_node(profile, "x.y.z", ""));
	assert_null(profile_node(profile, "_x", ""));
	hm_profile_free(profile);
}

static void an_empty_non_terminal_is_found(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a.b.c TXT x\n*.w.v TXT x\n");
	pool_t pool;
	pool_init(&pool);
	static const char *const names[] = { "b.c", "c", "w.v", "v" };
	for (size_t i = 0; i < COUNT(names); i++) {
		const hm_node_t *node = profile_node(profile, names[i], names[i]);
		assert_non_null(node);
		const hm_domain_t domain = domain_of("example.com.");
		knot_rrset_t rrset;
		assert_int_equal(hm_node_rrset(node, KNOT_RRTYPE_ANY, &domain, &pool.mm, &rrset),
		                 KNOT_ENOENT);
		assert_int_equal(hm_node_rrset(node, KNOT_RRTYPE_TXT, &domain, &pool.mm, &rrset),
		                 KNOT_ENOENT);
	}
	assert_null(profile_node(profile, "x.b.c", "b.c"));
	assert_null(profile_node(profile, "x.c", "c"));
	pool_clear(&pool);
	hm_profile_free(profile);
}

static void a_wildcard_is_the_child_of_its_encloser(void **state)
{
	hm_profile_t *profile = loaded(HEAD "*.a TXT x\na.*.b TXT x\nc.c TXT x\n** TXT x\n"
	                                    "\\*x TXT x\n");
	const hm_node_t *a = profile_node(profile, "a", "a");
	const hm_node_t *wildcard = hm_node_wildcard(a);
	assert_non_null(wildcard);
	assert_true(hm_node_is_wildcard(wildcard));
	assert_false(hm_node_is_wildcard(a));
	assert_ptr_equal(profile_node(profile, "*.a", "*.a"), wildcard);
	assert_null(profile_node(profile, "x.a", "a"));
	assert_null(hm_node_wildcard(wildcard));

	// One with nothing but names below it.
	wildcard = hm_node_wildcard(profile_node(profile, "b", "b"));
	assert_non_null(wildcard);
	assert_ptr_equal(profile_node(profile, "*.b", "*.b"), wildcard);
	assert_non_null(profile_node(profile, "a.*.b", "a.*.b"));

	// The label is "*" and nothing more.
	assert_null(hm_node_wildcard(hm_profile_apex(profile)));
	assert_null(hm_node_wildcard(profile_node(profile, "c", "c")));
	assert_false(hm_node_is_wildcard(profile_node(profile, "**", "**")));
	assert_false(hm_node_is_wildcard(profile_node(profile, "*x", "*x")));
	assert_false(hm_node_is_wildcard(hm_profile_apex(profile)));
	hm_profile_free(profile);
}

static void labels_of_any_bytes_are_told_apart(void **state)
{
	// One is the start of the next, and bytes above 127 are greater than letters.
	hm_profile_t *profile = loaded(HEAD "a TXT a\naa TXT aa\nab TXT ab\nb TXT b\n"
	                                    "a\\000 TXT 0\na\\255 TXT 255\n\\200 TXT 200\n"
	                                    "a\\.b TXT dot\nb.a TXT b.a\n");
	assert_rrset(profile, "a", KNOT_RRTYPE_TXT, "", "3600 \"a\"");
	assert_rrset(profile, "aa", KNOT_RRTYPE_TXT, "", "3600 \"aa\"");
	assert_rrset(profile, "ab", KNOT_RRTYPE_TXT, "", "3600 \"ab\"");
	assert_rrset(profile, "a\\000", KNOT_RRTYPE_TXT, "", "3600 \"0\"");
	assert_rrset(profile, "a\\255", KNOT_RRTYPE_TXT, "", "3600 \"255\"");
	assert_rrset(profile, "\\200", KNOT_RRTYPE_TXT, "", "3600 \"200\"");
	assert_rrset(profile, "a\\.b", KNOT_RRTYPE_TXT, "", "3600 \"dot\"");
	assert_rrset(profile, "b.a", KNOT_RRTYPE_TXT, "", "3600 \"b.a\"");
	assert_null(profile_node(profile, "ac", ""));
	assert_null(profile_node(profile, "a\\001", ""));
	assert_null(profile_node(profile, "\\201", ""));
	hm_profile_free(profile);
}

/*! \brief A text of labels "a.a.a" of that many labels; static. */
static const char *deep(unsigned labels)
{
	static char text[2 * 128];
	assert_true(labels > 0 && labels < 128);
	for (unsigned i = 0; i < labels; i++) {
		memcpy(text + 2 * i, "a.", 2);
	}
	text[2 * labels - 1] = '\0';
	return text;
}

static void the_deepest_names_are_found(void **state)
{
	// Together with the domain "b." they have 127 labels and 255 bytes.
	char text[1024];
	snprintf(text, sizeof(text), HEAD "%s TXT {domain}\n", deep(126));
	hm_profile_t *profile = loaded(text);
	const hm_domain_t domain = domain_of("b.");
	uint64_t line = 0;
	assert_int_equal(check_profile(profile, &domain, &line), KNOT_EOK);

	knot_dname_storage_t name, owner;
	for (unsigned labels = 0; labels <= 126; labels++) {
		for (unsigned i = 0; i < labels; i++) {
			memcpy(name + 2 * i, "\001a", 2);
		}
		memcpy(name + 2 * labels, "\001b", 3);
		const hm_node_t *encloser = NULL;
		const hm_node_t *node = hm_profile_find(profile, name, labels, &encloser);
		assert_non_null(node);
		assert_ptr_equal(encloser, node);
		assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
		assert_memory_equal(owner, name, 2 * labels + 3);

		// The first label is another one.
		if (labels > 0) {
			name[1] = 'c';
			assert_null(hm_profile_find(profile, name, labels, &encloser));
			assert_int_equal(hm_node_owner(encloser, &domain, owner), KNOT_EOK);
			assert_memory_equal(owner, name + 2, 2 * labels + 1);
		}
	}
	hm_profile_free(profile);

	// Nothing but the apex encloses a name of so many labels.
	profile = loaded(HEAD);
	const hm_node_t *encloser = NULL;
	assert_null(hm_profile_find(profile, name, 126, &encloser));
	assert_ptr_equal(encloser, hm_profile_apex(profile));
	hm_profile_free(profile);
}

static void an_owner_is_put_together_for_a_domain(void **state)
{
	hm_profile_t *profile = loaded(HEAD "a.bc.*.d TXT x\n");
	const hm_node_t *node = profile_node(profile, "a.bc.*.d", "a.bc.*.d");
	knot_dname_storage_t owner;

	hm_domain_t domain = domain_of("mail.example.org.");
	assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
	assert_true(knot_dname_is_equal(owner, dname("a.bc.*.d.mail.example.org.")));
	assert_int_equal(hm_node_owner(hm_profile_apex(profile), &domain, owner), KNOT_EOK);
	assert_true(knot_dname_is_equal(owner, dname("mail.example.org.")));

	domain = domain_of(".");
	assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
	assert_true(knot_dname_is_equal(owner, dname("a.bc.*.d.")));
	hm_profile_free(profile);
}

static void an_owner_has_up_to_255_bytes(void **state)
{
	hm_profile_t *profile = loaded(HEAD "x TXT x\n\n1234567890 TXT x\n12345678 TXT x\n");
	const hm_node_t *node = profile_node(profile, "1234567890", "1234567890");
	knot_dname_storage_t owner, before;
	memset(owner, 0xa5, sizeof(owner));
	memcpy(before, owner, sizeof(owner));
	uint64_t line = 12345;

	// Eleven bytes are left for the longest owner.
	char text[512];
	snprintf(text, sizeof(text), "%s.a.", deep(120));
	hm_domain_t domain = domain_of(text);
	assert_int_equal(domain.size, 243);
	assert_int_equal(check_profile(profile, &domain, &line), KNOT_EOK);
	assert_int_equal(line, 12345);
	assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
	assert_int_equal(knot_dname_size(owner), 254);

	snprintf(text, sizeof(text), "%s.aa.", deep(120));
	domain = domain_of(text);
	assert_int_equal(check_profile(profile, &domain, &line), KNOT_EOK);
	assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_EOK);
	assert_int_equal(knot_dname_size(owner), 255);

	snprintf(text, sizeof(text), "%s.a.", deep(121));
	domain = domain_of(text);
	assert_int_equal(check_profile(profile, &domain, &line), KNOT_ESPACE);
	assert_int_equal(line, 6);
	memcpy(owner, before, sizeof(owner));
	assert_int_equal(hm_node_owner(node, &domain, owner), KNOT_ESPACE);
	assert_memory_equal(owner, before, sizeof(owner));
	assert_int_equal(hm_node_owner(profile_node(profile, "x", "x"), &domain, owner), KNOT_EOK);
	hm_profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_name_is_found_with_its_closest_encloser),
		cmocka_unit_test(an_empty_non_terminal_is_found),
		cmocka_unit_test(a_wildcard_is_the_child_of_its_encloser),
		cmocka_unit_test(labels_of_any_bytes_are_told_apart),
		cmocka_unit_test(the_deepest_names_are_found),
		cmocka_unit_test(an_owner_is_put_together_for_a_domain),
		cmocka_unit_test(an_owner_has_up_to_255_bytes),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
