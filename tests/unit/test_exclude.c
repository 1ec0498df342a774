/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <libknot/errcode.h>

#include "set_pool_common.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static report_t report;

/*! \brief Make a list of excluded names from text. */
static hm_exclude_t *list_of(const char *const *texts, size_t count)
{
	const knot_dname_t *names[8] = { 0 };
	for (size_t i = 0; i < count; i++) {
		names[i] = dname(texts[i]);
	}
	hm_exclude_t *exclude = (hm_exclude_t *)&report;
	assert_int_equal(hm_exclude_new(names, count, &exclude), KNOT_EOK);
	return exclude;
}

/*! \brief The excluded name that a name would take over, "" if there is none. */
static const char *taken_over(const hm_exclude_t *exclude, const char *name)
{
	static char text[KNOT_DNAME_TXT_MAXLEN + 1];
	const knot_dname_t *wire = dname(name);
	const knot_dname_t *found = hm_exclude_find(exclude, wire, knot_dname_size(wire));
	return (found != NULL) ? knot_dname_to_str(text, found, sizeof(text)) : "";
}

static void an_excluded_name_and_those_above_it_are_found(void **state)
{
	static const char *const names[] = {
		"Provider.Example.", "a.b.test.", "b.test.", "x.y.z.w.",
	};
	static const struct {
		const char *name, *found;
	} cases[] = {
		{ "provider.example.", "provider.example." }, { "example.", "provider.example." },
		{ "x.provider.example.", "" },   { "xprovider.example.", "" },
		{ "provider.exampl.", "" },      { "rovider.example.", "" },
		{ "a.b.test.", "a.b.test." },    { "c.b.test.", "" },
		{ "b.a.test.", "" },             { "y.z.w.", "x.y.z.w." },
		{ "z.w.", "x.y.z.w." },          { "w.", "x.y.z.w." },
		{ "x.y.z.", "" },                { "a.x.y.z.w.", "" },
		{ "com.", "" },
	};
	hm_exclude_t *exclude = list_of(names, COUNT(names));
	for (size_t i = 0; i < COUNT(cases); i++) {
		assert_string_equal(taken_over(exclude, cases[i].name), cases[i].found);
	}
	// More than one excluded name is below these.
	assert_string_not_equal(taken_over(exclude, "."), "");
	assert_string_not_equal(taken_over(exclude, "test."), "");
	assert_string_not_equal(taken_over(exclude, "b.test."), "");
	hm_exclude_free(exclude);
}

static void names_of_any_size_are_found(void **state)
{
	for (unsigned labels = 1; labels < KNOT_DNAME_MAXLABELS; labels++) {
		const char *name = letters('a', labels);
		hm_exclude_t *exclude = list_of(&name, 1);
		for (unsigned other = 1; other <= KNOT_DNAME_MAXLABELS; other++) {
			assert_int_equal(*taken_over(exclude, letters('a', other)) != '\0',
			                 other <= labels);
			assert_string_equal(taken_over(exclude, letters('b', other)), "");
		}
		hm_exclude_free(exclude);
	}
}

static void nothing_excludes_nothing(void **state)
{
	hm_exclude_t *exclude = list_of(NULL, 0);
	assert_null(exclude);
	assert_string_equal(taken_over(exclude, "."), "");
	assert_string_equal(taken_over(exclude, "example.com."), "");
	hm_exclude_free(exclude);
}

static void every_failing_allocation_is_an_error(void **state)
{
	const knot_dname_t *const names[] = { dname("a.test."), dname("b.c.test.") };
	long failures = 0;
	for (;; failures++) {
		hm_exclude_t *exclude = (hm_exclude_t *)&report;
		alloc_countdown = failures;
		int ret = hm_exclude_new(names, 2, &exclude);
		alloc_countdown = -1;
		if (ret == KNOT_EOK) {
			hm_exclude_free(exclude);
			break;
		}
		assert_int_equal(ret, KNOT_ENOMEM);
		assert_ptr_equal(exclude, &report);
	}
	assert_true(failures >= 3);
}

// The set

#define PROFILE "@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n@ MX 1 mx.test.\n"

/*! \brief Options of a set with a hosted file of these lines, a hosted zone, and excluded names. */
static hm_hosted_set_opts_t opts_of(const char *lines, const char *const *texts, size_t count)
{
	static char profile[512], file[512];
	static const char *profiles[] = { profile };
	static const knot_dname_t *exclude[4], *hosted_zone;
	hosted_zone = dname("hosted.");
	snprintf(profile, sizeof(profile), "%s", write_text("p.zone", PROFILE));
	snprintf(file, sizeof(file), "%s", write_text("hosted", lines));
	for (size_t i = 0; i < count; i++) {
		exclude[i] = dname(texts[i]);
	}
	memset(&report, 0, sizeof(report));
	return (hm_hosted_set_opts_t) {
		.profiles = profiles, .profiles_count = 1, .hosted_file = file,
		.zones = &hosted_zone, .zones_count = 1, .exclude = exclude, .exclude_count = count,
		.report = on_report, .ctx = &report,
	};
}

/*! \brief A hosted zone that flags some names. */
static const char *flags[4];

static int get(void *ctx, const knot_dname_t *apex, const knot_dname_t *node, knot_rdataset_t *txt)
{
	static uint8_t rdata[8] = { 1, 0, 0 }; // One empty string.
	assert_true(knot_dname_is_equal(apex, dname("hosted.")));
	bool exists = false;
	for (size_t i = 0; i < COUNT(flags) && flags[i] != NULL; i++) {
		char full[300];
		snprintf(full, sizeof(full), "%shosted.", flags[i]);
		exists |= (knot_dname_in_bailiwick(dname(full), node) >= 0);
		if (knot_dname_is_equal(dname(full), node)) {
			*txt = (knot_rdataset_t){ .count = 1, .size = knot_rdata_size(1),
			                          .rdata = (knot_rdata_t *)rdata };
		}
	}
	return exists ? KNOT_EOK : KNOT_ENONODE;
}

/*! \brief "owner/refused" of a name; "-" for none. */
static const char *owner_of(const hm_hosted_set_t *set, const char *name)
{
	static char text[2 * KNOT_DNAME_TXT_MAXLEN];
	char part[KNOT_DNAME_TXT_MAXLEN + 1];
	knot_dname_storage_t wire; // What dname() gives does not outlive the look-ups.
	assert_non_null(knot_dname_from_str(wire, name, sizeof(wire)));
	hm_owner_t owner;
	memset(&owner, 0xff, sizeof(owner));
	bool found = hm_hosted_set_find(set, wire, get, NULL, &owner);
	strcpy(text, found ? knot_dname_to_str(part, owner.domain.name, sizeof(part)) : "-");
	strcat(text, "/");
	strcat(text, (owner.refused != NULL) ?
	             knot_dname_to_str(part, owner.refused, sizeof(part)) : "-");
	assert_true(owner.refused == NULL ||
	            (owner.refused >= wire && owner.refused < wire + knot_dname_size(wire)));
	return text;
}

static const char *const excluded[] = { "provider.EXAMPLE.", "mail.above.test." };

static void lines_of_excluded_names_are_left_out(void **state)
{
	hm_hosted_set_opts_t opts = opts_of(
		"provider.example\nPROVIDER.example. p\n\\112rovider.example\nx.provider.example\n"
		"above.test\nmail.above.test - \nx.mail.above.test\nbeside.above.test\n"
		"other.test\n", excluded, 2);
	hm_hosted_set_t *set = NULL;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	assert_string_equal(report.text,
		"error 1 provider.example is excluded (hosted-exclude)\n"
		"error 2 provider.example is excluded (hosted-exclude)\n"
		"error 3 provider.example is excluded (hosted-exclude)\n"
		"error 5 above.test is above mail.above.test, which is excluded (hosted-exclude)\n"
		"error 6 mail.above.test is excluded (hosted-exclude)\n");
	assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(set)), 4);
	flags[0] = NULL;
	assert_string_equal(owner_of(set, "a.x.provider.example."), "x.provider.example./-");
	assert_string_equal(owner_of(set, "provider.example."), "-/-");
	assert_string_equal(owner_of(set, "beside.above.test."), "beside.above.test./-");
	assert_string_equal(owner_of(set, "www.above.test."), "-/-");
	hm_hosted_set_free(set);
}

static void a_line_is_refused_whatever_is_on_it(void **state)
{
	static const char *const name[] = { "a.b.test." };
	hm_hosted_set_opts_t opts = opts_of(
		"b.test\nb.test.\n b.test\nb.test \nb.test # c\nb.test p\nb.test - \nB.TEST\n"
		"b.test\r\n\\b.test\na.b.test\ntest\nexample\n", name, 1);
	hm_hosted_set_t *set = NULL;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	assert_int_equal(report.errors, 13);
	assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(set)), 0);
	hm_hosted_set_free(set);
}

static void flags_of_excluded_names_do_not_count(void **state)
{
	hm_hosted_set_opts_t opts = opts_of("up.test\n", excluded, 2);
	hm_hosted_set_t *set = NULL;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);

	// Nothing is captured: not the name, nor what is above or beside it.
	flags[0] = "provider.example.";
	flags[1] = "above.test.";
	flags[2] = NULL;
	assert_string_equal(owner_of(set, "provider.example."), "-/provider.example.");
	assert_string_equal(owner_of(set, "PROVIDER.example."), "-/-"); // Names come in lowercase.
	assert_string_equal(owner_of(set, "x.provider.example."), "-/provider.example.");
	assert_string_equal(owner_of(set, "mail.above.test."), "-/above.test.");
	assert_string_equal(owner_of(set, "above.test."), "-/above.test.");
	assert_string_equal(owner_of(set, "other.test."), "-/-");

	// A good flag below it is the owner, and what is refused above it decides nothing.
	flags[2] = "x.provider.example.";
	flags[3] = NULL;
	assert_string_equal(owner_of(set, "a.x.provider.example."), "x.provider.example./-");
	assert_string_equal(owner_of(set, "y.provider.example."), "-/provider.example.");

	// A refused one below the owner is worth a word; what is above it answers.
	flags[0] = "example.test.";
	flags[1] = NULL;
	assert_string_equal(owner_of(set, "a.example.test."), "example.test./-");
	hm_hosted_set_free(set);
}

static void the_deepest_refused_flag_is_told(void **state)
{
	static const char *const deep[] = { "b.up.test." };
	hm_hosted_set_opts_t opts = opts_of("c.test\n", deep, 1);
	hm_hosted_set_t *set = NULL;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	flags[0] = "up.test.";
	flags[1] = "c.test.";
	flags[2] = NULL;
	assert_string_equal(owner_of(set, "a.b.up.test."), "-/up.test.");
	assert_string_equal(owner_of(set, "x.c.test."), "c.test./-");

	// Whatever is looked at first.
	flags[1] = "test.";
	assert_string_equal(owner_of(set, "a.b.up.test."), "-/up.test.");
	flags[1] = "b.up.test.";
	assert_string_equal(owner_of(set, "a.b.up.test."), "-/b.up.test.");
	assert_string_equal(owner_of(set, "1.2.3.4.5.6.7.8.a.b.up.test."), "-/b.up.test.");
	hm_hosted_set_free(set);
}

static void a_top_level_flag_never_counts(void **state)
{
	hm_hosted_set_opts_t opts = opts_of("x.up.test\n", NULL, 0);
	hm_hosted_set_t *set = NULL;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	flags[0] = "test.";
	flags[1] = "a.test.";
	flags[2] = NULL;
	assert_string_equal(owner_of(set, "test."), "-/test.");
	assert_string_equal(owner_of(set, "b.test."), "-/test.");
	assert_string_equal(owner_of(set, "b.a.test."), "a.test./-");
	assert_string_equal(owner_of(set, "b.x.up.test."), "x.up.test./-");
	assert_string_equal(owner_of(set, "example."), "-/-");
	hm_hosted_set_free(set);
}

static void the_set_knows_what_it_excludes(void **state)
{
	hm_hosted_set_opts_t opts = opts_of("c.test\n", excluded, 2);
	hm_hosted_set_t *set = NULL;
	assert_int_equal(hm_hosted_set_load(&opts, &set), KNOT_EOK);
	assert_true(hm_hosted_set_excludes(set, dname("provider.example.")));
	assert_true(hm_hosted_set_excludes(set, dname("above.test.")));
	assert_false(hm_hosted_set_excludes(set, dname("x.provider.example.")));
	assert_false(hm_hosted_set_excludes(set, dname("c.test.")));
	hm_hosted_set_free(set);
}

static void sets_with_other_exclusions_are_not_the_same(void **state)
{
	const knot_dname_t *const names[] = {
		dname("a.test."), dname("b.test."), dname("hosted."),
	};
	static const struct {
		size_t first, count;
		bool zone;
	} cases[] = {
		{ 0, 0, true }, { 0, 1, true }, { 1, 1, true }, { 0, 2, true }, { 0, 0, false },
		{ 2, 1, false }, { 1, 2, false },
	};
	make_inputs();
	const hm_hosted_set_t *sets[2 * COUNT(cases)];
	for (size_t i = 0; i < COUNT(sets); i++) {
		hm_hosted_set_opts_t opts = usual_opts();
		size_t c = i % COUNT(cases);
		opts.zones = &names[2];
		opts.zones_count = cases[c].zone;
		opts.exclude = names + cases[c].first;
		opts.exclude_count = cases[c].count;
		sets[i] = get_set(&opts, i < COUNT(cases));
		assert_ptr_equal(sets[i], sets[c]);
	}
	for (size_t i = 0; i < COUNT(sets); i++) {
		give_back(sets[i]);
	}
}

static void every_failing_allocation_fails_the_load_of_a_set(void **state)
{
	hm_hosted_set_opts_t opts = opts_of("c.test\n", excluded, 2);
	long failures = 0;
	for (;; failures++) {
		hm_hosted_set_t *set = (hm_hosted_set_t *)&report;
		alloc_countdown = failures;
		int ret = hm_hosted_set_load(&opts, &set);
		alloc_countdown = -1;
		if (ret == KNOT_EOK) {
			hm_hosted_set_free(set);
			break;
		}
		assert_int_equal(ret, KNOT_ENOMEM);
		assert_ptr_equal(set, &report);
	}
	assert_true(failures > 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_excluded_name_and_those_above_it_are_found),
		cmocka_unit_test(names_of_any_size_are_found),
		cmocka_unit_test(nothing_excludes_nothing),
		cmocka_unit_test(every_failing_allocation_is_an_error),
		cmocka_unit_test(lines_of_excluded_names_are_left_out),
		cmocka_unit_test(a_line_is_refused_whatever_is_on_it),
		cmocka_unit_test(flags_of_excluded_names_do_not_count),
		cmocka_unit_test(the_deepest_refused_flag_is_told),
		cmocka_unit_test(a_top_level_flag_never_counts),
		cmocka_unit_test(the_set_knows_what_it_excludes),
		cmocka_unit_test(sets_with_other_exclusions_are_not_the_same),
		cmocka_unit_test(every_failing_allocation_fails_the_load_of_a_set),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
