/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "flag_plan.h"
#include "test.h"
#include "zone_text.h"

static hm_hosted_set_t *set;
static hm_rdata_reader_t *reader;

static int setup(void **state)
{
	static char first[512], second[512];
	const char *text = "@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n@ MX 1 a.test.\n";
	snprintf(first, sizeof(first), "%s", write_text("first.zone", text));
	snprintf(second, sizeof(second), "%s", write_text("second.zone", text));
	const char *const profiles[] = { first, second };
	static report_t report;
	const hm_hosted_set_opts_t opts = {
		.profiles = profiles, .profiles_count = 2, .report = on_report, .ctx = &report,
	};
	reader = hm_rdata_reader_new();
	return (reader == NULL) ? -1 : hm_hosted_set_load(&opts, &set);
}

static int teardown(void **state)
{
	hm_hosted_set_free(set);
	hm_rdata_reader_free(reader);
	return 0;
}

static knot_rdata_t *rdata_of(const char *text)
{
	const uint8_t *data;
	uint16_t len;
	assert_int_equal(hm_rdata_from_text(reader, KNOT_RRTYPE_TXT, text, &data, &len), KNOT_EOK);
	knot_rdata_t *rdata = malloc(knot_rdata_size(len));
	knot_rdata_init(rdata, len, data);
	return rdata;
}

/*! \brief What is done for a domain that has a flag and should have one; NULL: none. */
static hm_flag_kind_t kind(const char *was, const char *also, const char *want)
{
	hm_flags_node_t node = { .name = (knot_dname_t *)dname("a.test.") };
	const char *const texts[] = { was, also };
	for (size_t i = 0; i < 2; i++) {
		if (texts[i] != NULL) {
			knot_rdata_t *rdata = rdata_of(texts[i]);
			assert_int_equal(knot_rdataset_add(&node.txt, rdata, NULL), KNOT_EOK);
			free(rdata);
		}
	}
	const hm_flags_t flags = { .zone = dname("hosted."), .nodes = &node, .nodes_count = 1 };
	hm_flag_plan_t plan = { 0 };
	assert_true(hm_flag_plan_add(&plan, dname("a.test."),
	                             (want != NULL) ? rdata_of(want) : NULL));
	hm_flag_plan_decide(&plan, set, &flags);
	hm_flag_kind_t result = plan.changes[0].kind;
	assert_int_equal(plan.counts[result], 1);
	assert_int_equal(hm_flag_plan_todo(&plan), (result != HM_FLAG_KEPT));
	hm_flag_plan_clear(&plan);
	knot_rdataset_clear(&node.txt, NULL);
	return result;
}

static void what_is_there_is_left_alone(void **state)
{
	assert_int_equal(kind(NULL, NULL, NULL), HM_FLAG_KEPT);
	assert_int_equal(kind("first", NULL, "first"), HM_FLAG_KEPT);
	assert_int_equal(kind("none", NULL, "none"), HM_FLAG_KEPT);
	assert_int_equal(kind("nothere", NULL, "nothere"), HM_FLAG_KEPT);
}

static void what_says_the_same_is_left_alone(void **state)
{
	assert_int_equal(kind("\"\"", NULL, "first"), HM_FLAG_KEPT);
	assert_int_equal(kind("-", NULL, "first"), HM_FLAG_KEPT);
	assert_int_equal(kind("second a=1 b=2", NULL, "second b=2 a=1"), HM_FLAG_KEPT);
}

static void what_says_something_else_is_changed(void **state)
{
	assert_int_equal(kind(NULL, NULL, "first"), HM_FLAG_ADDED);
	assert_int_equal(kind("first", NULL, NULL), HM_FLAG_REMOVED);
	assert_int_equal(kind("nothere x", NULL, NULL), HM_FLAG_REMOVED);
	static const char *const others[] = {
		"second", "none", "First", "first a=1 b=2", "first b=1", "first a=2", "first a=",
		"first a", "nothere", "first a=1 a=1",
	};
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		assert_int_equal(kind(others[i], NULL, "first a=1"), HM_FLAG_CHANGED);
	}
	assert_int_equal(kind("first", NULL, "none"), HM_FLAG_CHANGED);
	assert_int_equal(kind("first", "second", "first"), HM_FLAG_CHANGED);
	assert_int_equal(kind("first", "second", NULL), HM_FLAG_REMOVED);
}

static void a_flag_is_its_strings(void **state)
{
	static const char want[] = "\x05" "first" "\x03" "a=1" "\x05" "b=\0\"\\";
	knot_rdata_t *rdata = NULL;
	const char *reason = NULL;
	const hm_domain_t *domain = domain_with("a.test", "a=1 b=\\000\\\"\\\\");
	assert_int_equal(hm_flag_rdata("first", domain, &rdata, &reason), KNOT_EOK);
	assert_int_equal(rdata->len, sizeof(want) - 1);
	assert_memory_equal(rdata->data, want, rdata->len);
	free(rdata);
	const hm_domain_t bare = domain_of("a.test");
	assert_int_equal(hm_flag_rdata("", &bare, &rdata, &reason), KNOT_EOK);
	assert_int_equal(rdata->len, 1);
	free(rdata);
	assert_null(reason);
}

static void a_variable_fills_a_string_at_most(void **state)
{
	knot_rdata_t *rdata = NULL;
	const char *reason = NULL;
	assert_int_equal(hm_flag_rdata("p", domain_with("a.test", long_var("v", 253)), &rdata,
	                               &reason), KNOT_EOK);
	assert_int_equal(rdata->len, 2 + 256);
	free(rdata);
	rdata = NULL;
	assert_int_equal(hm_flag_rdata("p", domain_with("a.test", long_var("v", 254)), &rdata,
	                               &reason), KNOT_ESPACE);
	assert_non_null(strstr(reason, "too long"));
	assert_null(rdata);
}

static void names_that_a_zone_cannot_have_are_refused(void **state)
{
	const knot_dname_t *zone = dname("hosted.");
	assert_null(hm_flag_refusal(dname("a.test."), zone));
	char name[300], label[64];
	memset(label, 'a', 63);
	label[63] = '\0';
	for (int last = 51; last <= 56; last++) {
		// The name has 3 * 64 + 1 + last + 1 bytes, that of the zone 7 more.
		snprintf(name, sizeof(name), "%s.%s.%s.%.*s.", label, label, label, last, label);
		assert_int_equal(hm_flag_refusal(dname(name), zone) == NULL, last <= 54);
	}
	assert_non_null(hm_flag_refusal((const uint8_t *)"\x03" "a\0b" "\x04" "test", zone));
}

static void each_domain_is_there_once(void **state)
{
	hm_flag_plan_t plan = { 0 };
	hm_flag_plan_sort(&plan);
	static const char *const names[] = { "b.test.", "test.", "a.test.", "b.test.", "b.test." };
	for (size_t i = 0; i < 5; i++) {
		assert_true(hm_flag_plan_add(&plan, dname(names[i]), rdata_of("first")));
	}
	hm_flag_plan_sort(&plan);
	assert_int_equal(plan.count, 3);
	static const char *const want[] = { "test.", "a.test.", "b.test." };
	for (size_t i = 0; i < 3; i++) {
		assert_true(knot_dname_is_equal(plan.changes[i].name, dname(want[i])));
	}
	hm_flag_plan_clear(&plan);
}

static void memory_that_runs_out_is_an_error(void **state)
{
	hm_flag_plan_t plan = { 0 };
	knot_rdata_t *rdata = NULL;
	const char *reason = NULL;
	alloc_countdown = 0;
	assert_false(hm_flag_plan_add(&plan, dname("a.test."), NULL));
	for (long i = 0; i < 2; i++) {
		alloc_countdown = i;
		assert_int_equal(hm_flag_rdata("p", domain_with("a.test", NULL), &rdata, &reason),
		                 KNOT_ENOMEM);
		alloc_countdown = -1;
		assert_string_equal(reason, "out of memory");
	}
	hm_flag_plan_clear(&plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_there_is_left_alone),
		cmocka_unit_test(what_says_the_same_is_left_alone),
		cmocka_unit_test(what_says_something_else_is_changed),
		cmocka_unit_test(a_flag_is_its_strings),
		cmocka_unit_test(a_variable_fills_a_string_at_most),
		cmocka_unit_test(names_that_a_zone_cannot_have_are_refused),
		cmocka_unit_test(each_domain_is_there_once),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
