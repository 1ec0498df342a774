/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "instructions_internal.h"
#include "profile_common.h"

static const char text[] =
	"@ SOA ns.{domain}. h. 1 14400 3600 1209600 60\n@ NS ns.{domain}.\n@ NS ns.example.net.\n"
	"ns A 192.0.2.1\n@ MX 10 mx.example.net.\n@ TXT \"{token}\"\na TXT \"a\" \"b\"\n";

/*! \brief What the instructions of a domain are, as JSON. */
static int make(const char *name, const char *zone, hm_way_t way, bool given, json_t **values,
                hm_error_t *error)
{
	hm_profile_t *profile = loaded(text);
	hm_tool_opts_t opts = { .provider = "p" };
	hm_instructions_t instructions = {
		.opts = &opts, .error = error, .domain = *domain_with(name, "token=t"),
		.profile = profile, .way = way, .is_way_given = given,
	};
	knot_dname_to_wire(instructions.name, dname(name), sizeof(instructions.name));
	knot_dname_to_wire(instructions.zone, dname(zone), sizeof(instructions.zone));
	hm_idn_text(instructions.name, instructions.text);
	assert_int_equal(hm_zone_text(profile, &instructions.domain, NULL, NULL,
	                              &instructions.records), KNOT_EOK);
	int ret = hm_instructions_values(&instructions, values);
	hm_zone_text_clear(&instructions.records);
	hm_profile_free(profile);
	return ret;
}

static void assert_values(const char *name, const char *zone, hm_way_t way, bool given,
                          const char *member, const char *want)
{
	json_t *values = NULL;
	hm_error_t error = { "" };
	assert_int_equal(make(name, zone, way, given, &values, &error), KNOT_EOK);
	json_t *part = json_object_get(values, member);
	assert_non_null(part);
	char *found = json_dumps(part, JSON_COMPACT | JSON_ENCODE_ANY);
	assert_string_equal(found, want);
	free(found);
	json_decref(values);
}

static void a_domain_has_name_servers_at_the_registrar(void **state)
{
	static const char servers[] =
		"{\"name_servers\":[{\"name\":\"ns.example.com\",\"addresses\":[\"192.0.2.1\"]},"
		"{\"name\":\"ns.example.net\",\"addresses\":[]}]}";
	assert_values("example.com.", "example.com.", HM_WAY_DOMAIN, false, "registrar", servers);
	assert_values("example.com.", "example.com.", HM_WAY_DOMAIN, false, "parent", "null");
	assert_values("example.com.", "example.com.", HM_WAY_DOMAIN, true, "by_hand", "null");
}

static void a_subdomain_has_a_delegation_with_its_addresses(void **state)
{
	json_t *values = NULL;
	hm_error_t error;
	assert_int_equal(make("a.example.com.", "example.com.", HM_WAY_SUBDOMAIN, false, &values,
	                      &error), KNOT_EOK);
	char *lines = json_dumps(json_object_get(json_object_get(values, "parent"), "zone_file"),
	                         JSON_COMPACT);
	assert_string_equal(lines,
		"[\"a.example.com.     3600  IN  NS  ns.a.example.com.\","
		"\"a.example.com.     3600  IN  NS  ns.example.net.\","
		"\"ns.a.example.com.  3600  IN  A   192.0.2.1\"]");
	free(lines);
	json_decref(values);
	assert_values("a.example.com.", "example.com.", HM_WAY_SUBDOMAIN, false, "zone",
	              "\"example.com\"");
	assert_values("a.example.com.", "example.com.", HM_WAY_SUBDOMAIN, false, "negative_ttl",
	              "60");
}

static void a_name_that_a_shell_could_misread_is_not_to_be_typed(void **state)
{
	assert_values("example.com.", "example.com.", HM_WAY_RECORDS, true, "checks",
	              "[{\"name\":\"example.com\",\"type\":\"MX\",\"answers\":"
	              "[\"10 mx.example.net.\"],\"delegation\":false}]");
	assert_values("-a.com.", "-a.com.", HM_WAY_RECORDS, true, "checks", "[]");
	assert_values("a\\032b.com.", "a\\032b.com.", HM_WAY_RECORDS, true, "checks", "[]");
	assert_values("$(a).com.", "$(a).com.", HM_WAY_RECORDS, true, "checks", "[]");
}

static long json_countdown = -1;

static void *json_malloc(size_t size)
{
	if (json_countdown == 0) {
		return NULL;
	}
	json_countdown -= (json_countdown > 0);
	return malloc(size);
}

static void memory_of_json_that_runs_out_is_an_error(void **state)
{
	json_set_alloc_funcs(json_malloc, free);
	for (hm_way_t way = HM_WAY_DOMAIN; way <= HM_WAY_RECORDS; way++) {
		int ret = KNOT_ENOMEM;
		long count = 0;
		for (; ret != KNOT_EOK; count++) {
			json_t *values = NULL;
			hm_error_t error = { "" };
			json_countdown = count;
			ret = make("a.example.com.", "example.com.", way, false, &values, &error);
			json_countdown = -1;
			assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
			assert_true((ret == KNOT_EOK) == (values != NULL));
			if (ret == KNOT_ENOMEM) {
				assert_string_equal(error.text, "out of memory");
			} else {
				assert_int_equal(json_object_size(values), 12);
			}
			json_decref(values);
		}
		assert_true(count > 100);
	}
	json_set_alloc_funcs(malloc, free);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_domain_has_name_servers_at_the_registrar),
		cmocka_unit_test(a_subdomain_has_a_delegation_with_its_addresses),
		cmocka_unit_test(a_name_that_a_shell_could_misread_is_not_to_be_typed),
		cmocka_unit_test(memory_of_json_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
