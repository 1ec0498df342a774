/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <fcntl.h>

#include "fold_lines.h"
#include "fold_plan.h"
#include "test.h"
#include "zone_text.h"

static hm_rdata_reader_t *reader;
static char profiles[3][512];
static hm_error_t error;

static int setup(void **state)
{
	const char *text = "@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n@ MX 1 a.test.\n";
	const char *needy = "@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n@ MX 1 {c}.a.test.\n";
	snprintf(profiles[0], sizeof(profiles[0]), "%s", write_text("first.zone", text));
	snprintf(profiles[1], sizeof(profiles[1]), "%s", write_text("needy.zone", needy));
	snprintf(profiles[2], sizeof(profiles[2]), "%s", write_text("a b.zone", text));
	reader = hm_rdata_reader_new();
	return (reader == NULL) ? -1 : 0;
}

static int teardown(void **state)
{
	hm_rdata_reader_free(reader);
	return 0;
}

/*! \brief A set with a hosted file. */
static hm_hosted_set_t *load(const char *file)
{
	const char *const names[] = { profiles[0], profiles[1], profiles[2] };
	const knot_dname_t *const zones[] = { dname("hosted.") };
	const knot_dname_t *const exclude[] = { dname("own.test.") };
	static report_t report;
	const hm_hosted_set_opts_t opts = {
		.profiles = names, .profiles_count = 3, .hosted_file = file, .zones = zones,
		.zones_count = 1, .exclude = exclude, .exclude_count = 1, .report = on_report,
		.ctx = &report,
	};
	hm_hosted_set_t *set;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	return set;
}

/*! \brief Add a flag; names in canonical order. */
static void add(hm_flags_t *flags, const char *name, const char *txt)
{
	hm_flags_node_t *node = flags->nodes;
	if (flags->nodes_count == 0 ||
	    !knot_dname_is_equal(node[flags->nodes_count - 1].name, dname(name))) {
		assert_non_null(hm_flags_add(flags, dname(name)));
	}
	node = &flags->nodes[flags->nodes_count - 1];
	const uint8_t *data;
	uint16_t len;
	assert_int_equal(hm_rdata_from_text(reader, KNOT_RRTYPE_TXT, txt, &data, &len), KNOT_EOK);
	uint8_t rdata[4096];
	knot_rdata_init((knot_rdata_t *)rdata, len, data);
	assert_int_equal(knot_rdataset_add(&node->txt, (knot_rdata_t *)rdata, NULL), KNOT_EOK);
}

/*! \brief What becomes of one flag: its line, "none", or "! " and the reason. */
static void assert_decided(const char *name, const char *txt, const char *want)
{
	hm_hosted_set_t *set = load(write_text("hosted", "a.test\n"));
	hm_flags_t flags = { .zone = dname("hosted.") };
	add(&flags, name, txt);
	hm_fold_plan_t plan;
	assert_int_equal(hm_fold_decide(set, &flags, &plan), KNOT_EOK);
	assert_int_equal(plan.count, 1);
	const hm_fold_step_t *step = &plan.steps[0];
	char got[4096] = "none";
	if (step->action == HM_FOLD_LINE) {
		snprintf(got, sizeof(got), "%s", step->line);
	} else if (step->action == HM_FOLD_STAYS) {
		snprintf(got, sizeof(got), "! %s", step->reason);
	}
	assert_string_equal(got, want);
	assert_int_equal(plan.stays, (*want == '!'));
	hm_fold_plan_clear(&plan);
	hm_flags_clear(&flags);
	hm_hosted_set_free(set);
}

static void a_good_flag_becomes_the_line_that_says_the_same(void **state)
{
	assert_decided("a.test.", "first", "a.test first");
	assert_decided("a.test.", "\"\"", "a.test");
	assert_decided("a.test.", "\"-\"", "a.test");
	assert_decided("a.test.", "\"-\" \"x=1\"", "a.test - x=1");
	assert_decided("a.test.", "\"needy\" \"c=x y\\\\\\\"\\195\"",
	               "a.test needy c=x\\032y\\\\\"\\195");
	assert_decided("a\\032b.t\\.st.x.", "first", "a\\032b.t\\046st.x first");
	assert_decided("*.test.", "first", "\\042.test first");
	assert_decided("x.own.test.", "first", "x.own.test first");
}

static void none_takes_the_domain_out(void **state)
{
	assert_decided("a.test.", "none", "none");
	assert_decided("b.test.", "none", "none");
	assert_decided("test.", "none", "none");
	assert_decided("a.test.", "none x=1", "! unknown profile");
}

static void a_wrong_flag_stays(void **state)
{
	assert_decided("a.test.", "nothere", "! unknown profile");
	assert_decided("a.test.", "first x", "! not of the form name=value");
	assert_decided("a.test.", "first x=1 x=2", "! a variable is given twice");
	assert_decided("test.", "first", "! a top-level name cannot be hosted");
	assert_decided("own.test.", "first",
	               "! excluded, or above an excluded name (hosted-exclude)");
	assert_decided("a\\000.test.", "first",
	               "! no server can find it: its name has a zero byte");
}

static void a_flag_that_leaves_no_mx_stays(void **state)
{
	hm_hosted_set_t *set = load(write_text("hosted", "a.test\n"));
	hm_flags_t flags = { .zone = dname("hosted.") };
	add(&flags, "a.test.", "needy");
	hm_fold_plan_t plan;
	assert_int_equal(hm_fold_decide(set, &flags, &plan), KNOT_EOK);
	assert_int_equal(plan.steps[0].action, HM_FOLD_STAYS);
	assert_non_null(strstr(plan.steps[0].reason, "MX"));
	hm_fold_plan_clear(&plan);
	hm_flags_clear(&flags);
	hm_hosted_set_free(set);
}

static void what_no_line_can_say_stays(void **state)
{
	assert_decided("192.0.2.1.", "first", "! an IP address cannot be a line of a hosted file");
	assert_decided("a.test.", "\"a b\"", "! the name of its profile cannot be written in a "
	               "line of a hosted file");
}

/*! \brief Fold flags into a file: name, text, name, text, NULL. */
static void assert_folded(const char *before, const char *const *pairs, const char *want)
{
	hm_hosted_set_t *set = load(write_text("hosted", before));
	hm_flags_t flags = { .zone = dname("hosted.") };
	for (; *pairs != NULL; pairs += 2) {
		add(&flags, pairs[0], pairs[1]);
	}
	hm_fold_plan_t plan;
	assert_int_equal(hm_fold_decide(set, &flags, &plan), KNOT_EOK);
	int in = open(path_of("hosted"), O_RDONLY);
	int out = open(write_text("new", ""), O_RDWR);
	assert_int_equal(hm_fold_lines(in, &plan, "hosted", out, &error), KNOT_EOK);
	char got[4096];
	ssize_t len = pread(out, got, sizeof(got) - 1, 0);
	assert_true(len >= 0);
	got[len] = '\0';
	assert_string_equal(got, want);
	close(in);
	close(out);

	hm_hosted_set_t *new = load(path_of("new"));
	size_t count = hm_hosted_file_count(hm_hosted_set_file(set));
	assert_int_equal(hm_fold_verify(&plan, count, new, &error), KNOT_EOK);
	assert_int_equal(hm_fold_verify(&plan, count + 1, new, &error), KNOT_EMALF);
	hm_hosted_set_free(new);
	hm_fold_plan_clear(&plan);
	hm_flags_clear(&flags);
	hm_hosted_set_free(set);
}

#define FOLD(before, want, ...) \
	assert_folded(before, (const char *const []){ __VA_ARGS__, NULL }, want)

static void lines_keep_their_order_and_comments(void **state)
{
	FOLD("# one\na.test needy c=x # two\n\n  B.test.\nc.test #three\n",
	     "# one\na.test first # two\n\n  B.test.\nc.test first #three\nnew.test first\n",
	     "a.test.", "first", "c.test.", "first", "new.test.", "first");
}

static void the_last_line_of_a_domain_is_replaced(void **state)
{
	FOLD("a.test needy c=1\nb.test\nA.TEST. needy c=2\n",
	     "a.test needy c=1\nb.test\na.test first\n", "a.test.", "first");
	// Even if it was wrong: the line in its place counts.
	FOLD("a.test\na.test nothere\n", "a.test\na.test needy c=3\n", "a.test.", "needy c=3");
}

static void none_removes_all_lines_of_its_domain(void **state)
{
	FOLD("a.test\nb.test\n\\097.test first\nA.test nothere # x\n", "b.test\n", "a.test.",
	     "none");
	FOLD("b.test\n", "b.test\n", "a.test.", "none");
	FOLD("x.a.test\na.test\n", "x.a.test\n", "a.test.", "none");
}

static void the_line_of_a_wrong_flag_stays(void **state)
{
	FOLD("a.test\nb.test\n", "a.test\nb.test\n", "a.test.", "nothere");
}

static void ends_of_lines_do_not_matter(void **state)
{
	FOLD("a.test", "a.test\nb.test first\n", "b.test.", "first");
	FOLD("a.test", "a.test first", "a.test.", "first");
	FOLD("a.test\r\nb.test\r\n", "a.test first\r\nb.test\r\n", "a.test.", "first");
	FOLD("", "b.test first\n", "b.test.", "first");
	FOLD("a.test", "", "a.test.", "none");
	FOLD("b.test\na.test", "b.test\nc.test first\n", "a.test.", "none", "c.test.", "first");
	FOLD("\xef\xbb\xbf" "a.test\nb.test\n", "b.test\n", "a.test.", "none");
}

static void a_line_can_say_each_byte_of_a_name_and_a_value(void **state)
{
	hm_flags_t flags = { .zone = dname("hosted.") };
	for (unsigned c = 1; c < 256; c++) {
		char name[32], txt[32];
		snprintf(name, sizeof(name), "%03u\\%03u.test.", c, c);
		snprintf(txt, sizeof(txt), "first \"v=\\%03u\"", c);
		add(&flags, name, txt);
		knot_dname_to_lower(flags.nodes[flags.nodes_count - 1].name);
	}
	hm_hosted_set_t *set = load(write_text("hosted", ""));
	hm_fold_plan_t plan;
	assert_int_equal(hm_fold_decide(set, &flags, &plan), KNOT_EOK);
	assert_int_equal(plan.added, 255);
	int in = open(path_of("hosted"), O_RDONLY);
	int out = open(write_text("new", ""), O_RDWR);
	assert_int_equal(hm_fold_lines(in, &plan, "hosted", out, &error), KNOT_EOK);
	close(in);
	close(out);
	hm_hosted_set_t *new = load(path_of("new"));
	assert_int_equal(hm_fold_verify(&plan, 0, new, &error), KNOT_EOK);
	hm_hosted_set_free(new);
	hm_fold_plan_clear(&plan);
	hm_flags_clear(&flags);
	hm_hosted_set_free(set);
}

static void a_file_that_says_something_else_is_noticed(void **state)
{
	hm_hosted_set_t *set = load(write_text("hosted", "a.test\nb.test\n"));
	hm_flags_t flags = { .zone = dname("hosted.") };
	add(&flags, "a.test.", "needy c=1");
	add(&flags, "b.test.", "none");
	hm_fold_plan_t plan;
	assert_int_equal(hm_fold_decide(set, &flags, &plan), KNOT_EOK);
	static const struct {
		const char *text;
		int want;
	} files[] = {
		{ "a.test needy c=1\n", KNOT_EOK }, { "a.test needy c=2\n", KNOT_EMALF },
		{ "a.test\n", KNOT_EMALF }, { "c.test\n", KNOT_EMALF },
		{ "a.test needy c=1\nb.test\n", KNOT_EMALF },
		{ "a.test needy c=1\nc.test\n", KNOT_EMALF },
	};
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		hm_hosted_set_t *new = load(write_text("new", files[i].text));
		assert_int_equal(hm_fold_verify(&plan, 2, new, &error), files[i].want);
		hm_hosted_set_free(new);
	}
	hm_fold_plan_clear(&plan);
	hm_flags_clear(&flags);
	hm_hosted_set_free(set);
}

static void what_happened_meanwhile_is_told_apart(void **state)
{
	hm_hosted_set_t *set = load(write_text("hosted", "d.test\ne.test\n"));
	hm_flags_t flags = { .zone = dname("hosted.") }, now = { .zone = dname("hosted.") };
	const char *const pairs[][3] = {
		{ "a.test.", "first", "first" }, { "b.test.", "first", "none" },
		{ "c.test.", "first", NULL }, { "d.test.", "none", NULL },
		{ "e.test.", "none", "none" }, { "f.test.", "none", NULL },
		{ "g.test.", "nothere", NULL }, { "h.test.", "first", "first" },
	};
	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		add(&flags, pairs[i][0], pairs[i][1]);
		if (pairs[i][2] != NULL) {
			add(&now, pairs[i][0], pairs[i][2]);
		}
	}
	add(&now, "h.test.", "another");
	hm_fold_plan_t plan;
	assert_int_equal(hm_fold_decide(set, &flags, &plan), KNOT_EOK);
	hm_fold_compare_t compare = hm_fold_compare(&plan, &now);
	assert_int_equal(compare.same, 2);
	assert_int_equal(compare.changed, 2);
	// Not "f.test", which the file does not have, and not the wrong flag.
	assert_int_equal(compare.gone, 2);
	assert_ptr_equal(hm_fold_same(&plan.steps[0], &now), &now.nodes[0]);
	assert_null(hm_fold_same(&plan.steps[1], &now));
	assert_null(hm_fold_same(&plan.steps[7], &now));
	hm_fold_plan_clear(&plan);
	hm_flags_clear(&flags);
	hm_flags_clear(&now);
	hm_hosted_set_free(set);
}

static void memory_that_runs_out_is_an_error(void **state)
{
	hm_hosted_set_t *set = load(write_text("hosted", "a.test\n"));
	hm_flags_t flags = { .zone = dname("hosted.") };
	add(&flags, "a.test.", "needy c=1");
	add(&flags, "b.test.", "first");
	for (long i = 0;; i++) {
		hm_fold_plan_t plan;
		alloc_countdown = i;
		int ret = hm_fold_decide(set, &flags, &plan);
		bool unused = (alloc_countdown > 0);
		alloc_countdown = -1;
		hm_fold_plan_clear(&plan);
		if (unused) {
			assert_int_equal(ret, KNOT_EOK);
			break;
		}
		// That of a single flag's variables makes it one that cannot be folded now.
		assert_true(ret == KNOT_ENOMEM || ret == KNOT_EOK);
	}
	hm_flags_clear(&flags);
	hm_hosted_set_free(set);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_flag_becomes_the_line_that_says_the_same),
		cmocka_unit_test(none_takes_the_domain_out),
		cmocka_unit_test(a_wrong_flag_stays),
		cmocka_unit_test(a_flag_that_leaves_no_mx_stays),
		cmocka_unit_test(what_no_line_can_say_stays),
		cmocka_unit_test(lines_keep_their_order_and_comments),
		cmocka_unit_test(the_last_line_of_a_domain_is_replaced),
		cmocka_unit_test(none_removes_all_lines_of_its_domain),
		cmocka_unit_test(the_line_of_a_wrong_flag_stays),
		cmocka_unit_test(ends_of_lines_do_not_matter),
		cmocka_unit_test(a_line_can_say_each_byte_of_a_name_and_a_value),
		cmocka_unit_test(a_file_that_says_something_else_is_noticed),
		cmocka_unit_test(what_happened_meanwhile_is_told_apart),
		cmocka_unit_test(memory_that_runs_out_is_an_error),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
