/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "hostedmail/match.h"
#include "profile_common.h"

/*! \brief What is matched: the profile itself with some variables, or records of another one. */
typedef struct {
	const hm_profile_t *profile;
	hm_domain_t domain;
	uint8_t vars[HM_VARS_MAX];
	void *blocks[64];
	size_t count;
	knot_rdataset_t rrs;
} zone_t;

static void *keep(void *ctx, size_t size)
{
	zone_t *zone = ctx;
	assert_true(zone->count < COUNT(zone->blocks));
	return zone->blocks[zone->count++] = malloc(size);
}

static const knot_rdataset_t *get(void *ctx, const knot_dname_t *owner, uint16_t type)
{
	zone_t *zone = ctx;
	const hm_node_t *encloser;
	int prefix = hm_domain_prefix(owner, &zone->domain);
	assert_true(prefix >= 0);
	const hm_node_t *node = hm_profile_find(zone->profile, owner, prefix, &encloser);
	knot_mm_t mm = { .ctx = zone, .alloc = keep };
	knot_rrset_t rrset;
	if (node == NULL || hm_node_rrset(node, type, &zone->domain, &mm, &rrset) != KNOT_EOK) {
		return NULL;
	}
	zone->rrs = rrset.rrs;
	return &zone->rrs;
}

/*! \brief What a profile needs to become what another one is with some variables. */
static void assert_found(const char *text, const char *zone_text, const char *zone_vars,
                         const char *want)
{
	hm_profile_t *profile = profile_from("tested.zone", text);
	hm_profile_t *other = profile_from("zone.zone", zone_text);
	zone_t zone = { .profile = other };
	zone.domain = *domain_with("example.com", zone_vars);
	memcpy(zone.vars, zone.domain.vars, zone.domain.vars_len);
	zone.domain.vars = zone.vars;

	uint8_t found[HM_VARS_MAX];
	size_t found_len;
	assert_int_equal(hm_profile_match(profile, dname("example.com"), get, &zone, found,
	                                  &found_len), KNOT_EOK);
	const hm_domain_t *wanted = domain_with("example.com", want);
	assert_int_equal(found_len, wanted->vars_len);
	if (found_len > 0) {
		assert_memory_equal(found, wanted->vars, found_len);
	}
	for (size_t i = 0; i < zone.count; i++) {
		free(zone.blocks[i]);
	}
	hm_profile_free(profile);
	hm_profile_free(other);
}

/*! \brief The variables of a zone that was made of the profile come back. */
static void assert_back(const char *records, const char *vars)
{
	char text[4096];
	snprintf(text, sizeof(text), HEAD "%s", records);
	assert_found(text, text, vars, vars);
}

static void a_variable_in_a_name_is_found(void **state)
{
	assert_back("@ MX 10 mx.{domain}.cust.{cluster}.example.net.\n", "cluster=b");
	assert_back("@ MX 10 mx.{cluster}\n", "cluster=b");
	assert_back("@ MX 10 mx{n}-x.{domain:-}.example.net.\n", "n=12");
	assert_back("@ SRV 0 1 5 {domain:--}-{n}.example.net.\n", "n=a--b");
}

static void a_value_with_dots_is_several_labels(void **state)
{
	assert_back("@ MX 10 {host}.example.net.\n", "host=a.b.c");
	assert_back("@ MX 10 x{host}y.example.net.\n", "host=a.b");
}

static void a_variable_in_a_string_is_found(void **state)
{
	assert_back("@ TXT \"verify={token}\"\n", "token=a\\032b\\000\\255");
	assert_back("@ TXT \"a\" \"{token};{domain}\" \"b\"\n", "token=t");
	assert_back("@ CAA 0 issue \"{ca}; account={account}\"\n", "ca=ca.example account=12");
	assert_back("@ URI 1 2 \"https://{host}/{domain}\"\n", "host=h");
}

static void a_long_value_goes_on_in_the_next_string(void **state)
{
	char vars[400];
	snprintf(vars, sizeof(vars), "token=%0300d", 7);
	assert_back("@ TXT \"k={token}\"\n", vars);
	snprintf(vars, sizeof(vars), "token=%0253d", 7);
	assert_back("@ TXT \"k={token}\"\n", vars);
}

static void a_variable_that_is_used_twice_has_one_value(void **state)
{
	assert_back("@ TXT \"{a}-{a}\"\n", "a=x-y");
	assert_back("@ MX 1 {a}.{a}.example.net.\nb CNAME {a}.\n", "a=m");
}

static void what_only_one_record_allows_comes_first(void **state)
{
	// "a-b-c" alone says too little of the two.
	assert_back("@ TXT \"{one}-{two}\"\nx CNAME {two}.example.net.\n", "two=c one=a-b");
	// Each of these has a record of its own.
	assert_back("@ MX 10 mx1.{c}.net.\n@ MX 20 mx2.{d}.net.\n", "c=a d=b");
	// A record that the profile has anyway is not taken for that of a variable.
	assert_back("@ TXT \"v=spf1\"\n@ TXT \"{token}\"\n", "token=longer-than-that");
	assert_back("@ TXT \"v=spf1\"\n@ TXT \"{token}\"\n", "token=a");
}

static void what_the_zone_does_not_have_stays_undefined(void **state)
{
	static const char text[] = HEAD "@ TXT \"t={token}\"\nx CNAME {cluster}.example.net.\n";
	assert_found(text, text, NULL, NULL);
	assert_found(text, text, "cluster=b", "cluster=b");
	assert_found(text, HEAD "@ TXT \"other\"\nx CNAME b.example.org.\n", NULL, NULL);
	assert_found(text, HEAD "@ TXT \"t=\"\nx CNAME example.net.\n", NULL, NULL);
	assert_found(text, HEAD "@ TXT \"t=1\" \"more\"\n", NULL, NULL);
}

static void values_that_no_line_can_make_are_not_found(void **state)
{
	// A dot in a label is none between two.
	assert_found(HEAD "@ MX 1 {a}.net.\n", HEAD "@ MX 1 x\\.y.net.\n", NULL, NULL);
	// Another domain in place of this one.
	assert_found(HEAD "@ MX 1 {domain}.{a}.\n", HEAD "@ MX 1 example.org.b.\n", NULL, NULL);
}

static void hostile_variables_end(void **state)
{
	static const char text[] = HEAD "@ TXT \"{a}{b}{c}{d}{e}{f}{g}{h}!\"\n";
	char zone[512];
	snprintf(zone, sizeof(zone), HEAD "@ TXT \"%0250d\"\n", 0);
	assert_found(text, zone, NULL, NULL);
}

static void a_profile_is_read_back_with_all_its_variables(void **state)
{
	hm_profile_t *profile = NULL;
	static const char *const names[] = { "aspiresoft-live", "full-2026", "polarismail" };
	static const char *const vars[] = { "cluster=a", "token=t-1", NULL };
	for (size_t i = 0; i < COUNT(names); i++) {
		char path[64];
		snprintf(path, sizeof(path), "profiles/%s.zone", names[i]);
		assert_int_equal(load_profile(source_path(path), &profile), KNOT_EOK);
		zone_t zone = { .profile = profile, .domain = *domain_with("example.com", vars[i]) };
		memcpy(zone.vars, zone.domain.vars, zone.domain.vars_len);
		zone.domain.vars = zone.vars;
		uint8_t found[HM_VARS_MAX];
		size_t len;
		assert_int_equal(hm_profile_match(profile, dname("example.com"), get, &zone, found,
		                                  &len), KNOT_EOK);
		assert_int_equal(len, zone.domain.vars_len);
		assert_true(len == 0 || memcmp(found, zone.vars, len) == 0);
		for (size_t b = 0; b < zone.count; b++) {
			free(zone.blocks[b]);
		}
		hm_profile_free(profile);
	}
}

static void memory_can_be_out(void **state)
{
	hm_profile_t *profile = loaded(HEAD "@ MX 10 mx.{cluster}.example.net.\n");
	zone_t zone = { .profile = profile, .domain = *domain_with("example.com", NULL) };
	uint8_t found[HM_VARS_MAX];
	size_t len;
	alloc_countdown = 0;
	int ret = hm_profile_match(profile, dname("example.com"), get, &zone, found, &len);
	alloc_countdown = -1;
	assert_int_equal(ret, KNOT_ENOMEM);
	hm_profile_free(profile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_variable_in_a_name_is_found),
		cmocka_unit_test(a_value_with_dots_is_several_labels),
		cmocka_unit_test(a_variable_in_a_string_is_found),
		cmocka_unit_test(a_long_value_goes_on_in_the_next_string),
		cmocka_unit_test(a_variable_that_is_used_twice_has_one_value),
		cmocka_unit_test(what_only_one_record_allows_comes_first),
		cmocka_unit_test(what_the_zone_does_not_have_stays_undefined),
		cmocka_unit_test(values_that_no_line_can_make_are_not_found),
		cmocka_unit_test(hostile_variables_end),
		cmocka_unit_test(a_profile_is_read_back_with_all_its_variables),
		cmocka_unit_test(memory_can_be_out),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
