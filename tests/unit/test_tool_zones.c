/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <fcntl.h>

#include "compare.h"
#include "dir.h"
#include "domain_connect.h"
#include "profile_common.h"
#include "zone_file.h"
#include "zone_list.h"

#define SOA "@ 3600 SOA ns1.example.net. hostmaster.example.net. 1 14400 3600 1209600 3600\n"

/*! \brief A set of one profile. */
static hm_hosted_set_t *set_of(const char *text)
{
	const char *file = write_text("tested.zone", text);
	static report_t report;
	memset(&report, 0, sizeof(report));
	const hm_hosted_set_opts_t opts = {
		.profiles = &file, .profiles_count = 1, .report = on_report, .ctx = &report,
	};
	hm_hosted_set_t *set;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	return set;
}

static int read_zone(const char *text, hm_zone_t *zone, hm_error_t *error)
{
	hm_zone_file_t file = {
		.path = write_text("x.example", text), .name = dname("x.example."),
	};
	assert_int_equal(hm_zone_file_open(AT_FDCWD, file.path, &file.fd, error), KNOT_EOK);
	return hm_zone_file_read(&file, zone, error);
}

/*! \brief A result as text: relation, line, differences, further records. */
static int compare(const hm_hosted_set_t *set, const hm_zone_t *zone, char *out, size_t max)
{
	hm_rdata_reader_t *reader = hm_rdata_reader_new();
	if (reader == NULL) {
		return KNOT_ENOMEM;
	}
	const hm_compare_opts_t opts = { .set = set, .verbose = true };
	hm_zone_result_t result;
	int ret = hm_zone_compare(&opts, zone, reader, &result);
	if (ret == KNOT_EOK) {
		size_t len = snprintf(out, max, "%d %s\n", result.relation, result.line);
		for (size_t i = 0; i < result.diffs_count; i++) {
			const hm_diff_t *diff = &result.diffs[i];
			len += snprintf(out + len, max - len, "%d %s %s %s\n", diff->kind,
			                (diff->owner != NULL) ? diff->owner : "-", diff->profile,
			                (diff->zone != NULL) ? diff->zone : "-");
		}
		for (size_t i = 0; i < result.more_count; i++) {
			len += snprintf(out + len, max - len, "+%s\n", result.more[i]);
		}
	}
	hm_zone_result_clear(&result);
	hm_rdata_reader_free(reader);
	return ret;
}

#define PROFILE HEAD "@ MX 10 mx.{domain}.cust.{cluster}.example.net.\na TXT \"{token}\"\n" \
                "b 60 CNAME c.example.net.\n"
#define SAME SOA "@ 3600 NS ns1.example.net.\n@ 3600 MX 10 mx.x.example.cust.q.example.net.\n" \
             "a 3600 TXT \"t u\"\nb 60 CNAME c.example.net.\n"

static void assert_compared(const char *profile, const char *text, const char *want)
{
	hm_hosted_set_t *set = set_of(profile);
	hm_zone_t zone;
	hm_error_t error;
	char got[4096];
	assert_int_equal(read_zone(text, &zone, &error), KNOT_EOK);
	assert_int_equal(compare(set, &zone, got, sizeof(got)), KNOT_EOK);
	assert_string_equal(got, want);
	hm_zone_clear(&zone);
	hm_hosted_set_free(set);
}

static void a_zone_is_the_same_a_superset_or_different(void **state)
{
	assert_compared(PROFILE, SAME, "0 x.example tested cluster=q token=t\\032u\n");
	assert_compared(PROFILE, SAME "a 60 A 192.0.2.1\n",
	                "1 x.example tested cluster=q token=t\\032u\n"
	                "+a.x.example. 60 A 192.0.2.1\n");
	assert_compared(PROFILE, SOA "@ MX 10 mx.x.example.cust.q.example.net.\n"
	                "b 60 CNAME d.example.net.\n",
	                "2 x.example tested cluster=q\n"
	                "1 b.x.example. c.example.net. d.example.net.\n");
}

static void case_of_names_is_no_difference(void **state)
{
	assert_compared(PROFILE, "$ORIGIN X.Example.\n"
	                SOA "@ MX 10 MX.x.EXAMPLE.cust.Q.example.net.\nB 60 CNAME C.example.net.\n",
	                "0 x.example tested cluster=q\n");
}

static void a_record_given_twice_is_one(void **state)
{
	assert_compared(HEAD "@ MX 1 a.\n", SOA "@ 3600 MX 1 a.\n@ 3600 MX 1 A.\n",
	                "0 x.example\n");
}

static void what_no_server_would_load_is_no_zone(void **state)
{
	static const char *const texts[][2] = {
		{ "@ A 192.0.2.1\n", "it has no SOA" },
		{ SOA SOA "@ SOA a. b. 1 1 1 1 2\n", "it has several SOA of x.example." },
		{ SOA "y SOA a. b. 1 1 1 1 1\n", "it has an SOA of two names" },
		{ SOA "y CNAME a.\ny CNAME b.\n", "it has several CNAME of y.x.example." },
		{ SOA "y CNAME a.\ny A 192.0.2.1\n",
		  "it has a CNAME and other records of y.x.example." },
		{ SOA "@ CH TXT a\n", ":2: " },
	};
	for (size_t i = 0; i < COUNT(texts); i++) {
		hm_zone_t zone;
		hm_error_t error;
		assert_int_equal(read_zone(texts[i][0], &zone, &error), KNOT_EINVAL);
		assert_non_null(strstr(error.text, texts[i][1]));
		hm_zone_clear(&zone);
	}
}

static void a_comparison_takes_no_harm_when_memory_is_out(void **state)
{
	hm_hosted_set_t *set = set_of(PROFILE);
	int ret = KNOT_ENOMEM;
	for (long failure = 0; ret != KNOT_EOK; failure++) {
		hm_zone_t zone;
		hm_error_t error;
		char got[4096];
		hm_zone_file_t file = {
			.path = write_text("x.example", SAME "www A 192.0.2.1\n"),
			.name = dname("x.example."),
		};
		assert_int_equal(hm_zone_file_open(AT_FDCWD, file.path, &file.fd, &error),
		                 KNOT_EOK);
		alloc_countdown = failure;
		ret = hm_zone_file_read(&file, &zone, &error);
		if (ret == KNOT_EOK) {
			ret = compare(set, &zone, got, sizeof(got));
		}
		alloc_countdown = -1;
		hm_zone_clear(&zone);
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM || ret == KNOT_EFILE);
	}
	hm_hosted_set_free(set);
}

static void a_template_takes_no_harm_when_memory_is_out(void **state)
{
	hm_profile_t *profile = loaded(PROFILE "@ TXT \"v=spf1 a ~all\"\n");
	const hm_dc_opts_t opts = {
		.provider_id = "a", .provider_name = "a", .service_id = "a", .service_name = "a",
		.version = 1,
	};
	report_t report = { 0 };
	int ret = KNOT_ENOMEM;
	for (long failure = 0; ret != KNOT_EOK; failure++) {
		json_t *template = NULL;
		alloc_countdown = failure;
		ret = hm_dc_template(profile, &opts, on_report, &report, &template);
		alloc_countdown = -1;
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
		json_decref(template);
	}
	hm_profile_free(profile);
}

static void a_file_keeps_its_inode_if_nothing_changes(void **state)
{
	int folder;
	bool made, changed;
	hm_error_t error;
	assert_int_equal(hm_dir_open(path_of("dir"), &folder, &made, &error), KNOT_EOK);
	assert_true(made);
	assert_int_equal(hm_dir_replace(folder, "f", "; a 1", 5, "; a", &changed, &error),
	                 KNOT_EOK);
	assert_true(changed);
	assert_int_equal(hm_dir_replace(folder, "f", "; a 1", 5, "; a", &changed, &error),
	                 KNOT_EOK);
	assert_false(changed);
	assert_int_equal(hm_dir_replace(folder, "f", "; a 12", 6, "; a", &changed, &error),
	                 KNOT_EOK);
	assert_true(changed);
	assert_int_equal(hm_dir_replace(folder, "f", "; a 1", 5, "; a", &changed, &error),
	                 KNOT_EOK);
	assert_true(changed);
	assert_int_equal(hm_dir_replace(folder, "f", "; b", 3, "; b", &changed, &error),
	                 KNOT_EEXIST);
	assert_int_equal(hm_dir_create(folder, "f", "x", 1, &error), KNOT_EEXIST);
	char *text;
	size_t len;
	assert_int_equal(hm_dir_read(folder, "f", 3, &text, &len, &error), KNOT_EOK);
	assert_string_equal(text, "; a");
	free(text);
	close(folder);
}

static void the_name_of_a_file_is_that_of_the_zone(void **state)
{
	static const char *const names[][2] = {
		{ "x.example", "x.example." }, { "a/b/X.Example.zone", "x.example." },
		{ "db.x.example", "x.example." }, { "x.example.db", "x.example." },
		{ "x.example.zone.signed", "x.example." }, { "example.zone", NULL },
		{ ".zone", NULL }, { "", NULL }, { "a/", NULL }, { "x..example", NULL },
	};
	for (size_t i = 0; i < COUNT(names); i++) {
		knot_dname_storage_t name;
		bool found = hm_zone_file_name(names[i][0], name);
		assert_int_equal(found, names[i][1] != NULL);
		assert_true(!found || knot_dname_is_equal(name, dname(names[i][1])));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_zone_is_the_same_a_superset_or_different),
		cmocka_unit_test(case_of_names_is_no_difference),
		cmocka_unit_test(a_record_given_twice_is_one),
		cmocka_unit_test(what_no_server_would_load_is_no_zone),
		cmocka_unit_test(a_comparison_takes_no_harm_when_memory_is_out),
		cmocka_unit_test(a_template_takes_no_harm_when_memory_is_out),
		cmocka_unit_test(a_file_keeps_its_inode_if_nothing_changes),
		cmocka_unit_test(the_name_of_a_file_is_that_of_the_zone),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
