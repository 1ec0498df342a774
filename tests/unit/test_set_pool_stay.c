/* SPDX-License-Identifier: GPL-2.0-or-later */

#include "set_pool_common.h"

/*! \brief Ask for a section, in a reload of its own. */
static void ask_as(const char *section)
{
	static const char reloads[2];
	static unsigned count;
	set_user = (hm_set_user_t) {
		.section = section, .reload = &reloads[count++ % 2], .max_shrink = 50,
	};
}

/*! \brief Accept whatever is lost. */
static void accept_all(const char *section)
{
	ask_as(section);
	set_user.max_shrink = 100;
}

static void assert_hosted(const hm_hosted_set_t *set, size_t count)
{
	assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(set)), count);
}

static void a_profile_taken_out_does_not_cost_its_domains(void **state)
{
	make_inputs();
	write_hosted(0, 1200, "second");
	hm_hosted_set_opts_t opts = usual_opts();
	ask_as("mail");
	const hm_hosted_set_t *set = get_set(&opts, true);

	opts.profiles_count = 1;
	ask_as("mail");
	assert_ptr_equal(get_refused(&opts), set);
	assert_non_null(strstr(set_report.text, "about 1200 of 1200 domains in use would be lost"));
	assert_hosted(set, 1200);
	assert_int_equal(hm_hosted_set_profiles(set), 2);

	accept_all("mail");
	const hm_hosted_set_t *other = get_set(&opts, true);
	assert_hosted(other, 0);
	give_back(set);
	give_back(set);
	give_back(other);
}

static void another_hosted_file_does_not_cost_the_domains(void **state)
{
	make_inputs();
	write_hosted(0, 2000, "");
	hm_hosted_set_opts_t opts = usual_opts();
	ask_as("mail");
	const hm_hosted_set_t *set = get_set(&opts, true);

	const knot_dname_t *zone = dname("hosted.");
	const char *const files[] = { inputs[OTHER], "/nonexistent", NULL };
	for (int i = 0; i < 3; i++) {
		opts.hosted_file = files[i];
		opts.zones = &zone;
		opts.zones_count = 1;
		ask_as("mail");
		assert_ptr_equal(get_refused(&opts), set);
		give_back(set);
	}
	// The same file under another name is no loss.
	char copy[600];
	snprintf(copy, sizeof(copy), "%s.copy", inputs[HOSTED]);
	assert_int_equal(link(inputs[HOSTED], copy), 0);
	opts.hosted_file = copy;
	ask_as("mail");
	const hm_hosted_set_t *other = get_set(&opts, true);
	assert_hosted(other, 2000);
	assert_int_equal(unlink(copy), 0);
	give_back(set);
	give_back(other);
}

static void a_hosted_zone_does_not_go_unasked(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	const knot_dname_t *a = dname("a."), *b = dname("b."), *c = dname("c.");
	const knot_dname_t *const ab[] = { a, b }, *const ba[] = { b, a }, *const cab[] = { c, a, b },
	                   *const ca[] = { c, a }, *const bc[] = { b, c };
	static const char a_lost[] = "the hosted zone 'a.' in use is no longer configured",
	                  b_lost[] = "the hosted zone 'b.' in use is no longer configured";
	opts.zones = ab;
	opts.zones_count = 2;
	ask_as("mail");
	const hm_hosted_set_t *set = get_set(&opts, true);

	const struct {
		const knot_dname_t *const *zones;
		size_t count;
		const char *text;
	} cases[] = {
		{ NULL, 0, a_lost }, { ab, 1, b_lost }, { ba, 1, a_lost }, { ca, 2, b_lost },
		{ bc, 2, a_lost }, { &c, 1, a_lost },
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		opts.zones = cases[i].zones;
		opts.zones_count = cases[i].count;
		ask_as("mail");
		assert_ptr_equal(get_refused(&opts), set);
		assert_non_null(strstr(set_report.text, cases[i].text));
		give_back(set);
	}

	// In another order, and with one more, none is lost.
	opts.zones = ba;
	opts.zones_count = 2;
	ask_as("mail");
	const hm_hosted_set_t *turned = get_set(&opts, true);
	give_back(set);
	opts.zones = cab;
	opts.zones_count = 3;
	ask_as("mail");
	set = get_set(&opts, true);
	give_back(turned);

	opts.zones_count = 0;
	accept_all("mail");
	give_back(get_set(&opts, true));
	give_back(set);
}

static void a_module_without_domains_keeps_those_in_use(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts(), empty = opts;
	empty.hosted_file = NULL;
	ask_as("mail");
	set_user.needs_domains = true;
	hm_pooled_set_t none = { 0 };
	assert_int_equal(hm_set_pool_get(&empty, &set_user, &none), KNOT_EINVAL);
	assert_null(none.set);

	const hm_hosted_set_t *set = get_set(&opts, true);
	accept_all("mail");
	set_user.needs_domains = true;
	assert_ptr_equal(get_refused(&empty), set);
	assert_non_null(strstr(set_report.text, "no hosted-file or hosted-zone specified; the set"));
	// Those of another section are not its own.
	set_user.section = "other";
	assert_int_equal(hm_set_pool_get(&empty, &set_user, &none), KNOT_EINVAL);
	give_back(set);
	give_back(set);
}

static void a_start_without_the_hosted_file_has_no_domains(void **state)
{
	make_inputs();
	assert_int_equal(unlink(inputs[HOSTED]), 0);
	hm_hosted_set_opts_t opts = usual_opts();
	ask_as("mail");
	const hm_hosted_set_t *set = get_set(&opts, true);
	assert_int_equal(hm_hosted_set_file_result(set), KNOT_EFILE);
	assert_hosted(set, 0);
	assert_int_equal(set_report.errors, 1);
	// Each reload looks for it, and says so.
	ask_as("mail");
	const hm_hosted_set_t *again = get_set(&opts, true);
	assert_int_equal(set_report.errors, 1);
	give_back(set);

	write_input(HOSTED, "a.test\n");
	ask_as("mail");
	const hm_hosted_set_t *found = get_set(&opts, true);
	assert_int_equal(hm_hosted_set_file_result(found), KNOT_EOK);
	assert_hosted(found, 1);
	give_back(again);

	// Once there, it stays.
	assert_int_equal(unlink(inputs[HOSTED]), 0);
	ask_as("mail");
	assert_ptr_equal(get_refused(&opts), found);
	give_back(found);
	give_back(found);
}

static void all_of_one_reload_get_one_set(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	ask_as("mail");
	const hm_hosted_set_t *set = get_set(&opts, true);
	for (int i = 0; i < 5; i++) {
		// Somebody writes to it all the time.
		write_input(HOSTED, (i % 2 == 0) ? "a.test\nb.test\n" : "c.test\n");
		assert_ptr_equal(get_set(&opts, false), set);
		give_back(set);
	}
	ask_as("mail");
	const hm_hosted_set_t *other = get_set(&opts, true);
	assert_hosted(other, 2);

	// What is refused to the first one is refused to all.
	assert_int_equal(unlink(inputs[HOSTED]), 0);
	ask_as("mail");
	assert_ptr_equal(get_refused(&opts), other);
	write_input(HOSTED, "d.test\n");
	assert_ptr_equal(get_refused(&opts), other);
	ask_as("mail");
	const hm_hosted_set_t *last = get_set(&opts, true);
	assert_hosted(last, 1);
	give_back(set);
	for (int i = 0; i < 3; i++) {
		give_back(other);
	}
	give_back(last);
}

static void a_section_that_comes_back_finds_its_set(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	ask_as("mail");
	const hm_hosted_set_t *set = get_set(&opts, true);
	hm_set_pool_release(set, true);
	assert_int_equal(unlink(inputs[HOSTED]), 0);
	ask_as("mail");
	assert_ptr_equal(get_refused(&opts), set);

	// If another one lingers, or it is given back for good, it is gone.
	for (int linger = 0; linger < 2; linger++) {
		hm_set_pool_release(set, true);
		write_input(HOSTED, "a.test\n");
		ask_as("other");
		opts.profiles_count = 1;
		hm_set_pool_release(get_set(&opts, true), linger == 1);
		assert_int_equal(unlink(inputs[HOSTED]), 0);
		opts.profiles_count = 2;
		ask_as("mail");
		const hm_hosted_set_t *none = get_set(&opts, true);
		assert_int_equal(hm_hosted_set_file_result(none), KNOT_EFILE);
		give_back(none);

		write_input(HOSTED, "a.test\n");
		settle(inputs[HOSTED]);
		set = get_set(&opts, true);
	}
	give_back(set);
	set_user = (hm_set_user_t){ .max_shrink = 50 };
	// Nobody is left but the one that lingers.
	give_back(get_set(&opts, true));
}

static void sections_have_sets_of_their_own(void **state)
{
	make_inputs();
	write_hosted(0, 1200, "second");
	hm_hosted_set_opts_t opts = usual_opts(), other_opts = opts;
	other_opts.profiles_count = 1;
	ask_as("mail");
	const hm_hosted_set_t *set = get_set(&opts, true);
	// Not a domain of this one is good for the other section, which loses none by it.
	ask_as("other");
	const hm_hosted_set_t *other = get_set(&other_opts, true);
	assert_hosted(other, 0);
	// Whoever takes over the options of another section shares its set.
	ask_as("other");
	assert_ptr_equal(get_set(&opts, false), set);
	// And must not lose by it.
	ask_as("other");
	assert_ptr_equal(get_refused(&other_opts), set);
	for (int i = 0; i < 3; i++) {
		give_back(set);
	}
	give_back(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_profile_taken_out_does_not_cost_its_domains),
		cmocka_unit_test(another_hosted_file_does_not_cost_the_domains),
		cmocka_unit_test(a_hosted_zone_does_not_go_unasked),
		cmocka_unit_test(a_module_without_domains_keeps_those_in_use),
		cmocka_unit_test(a_start_without_the_hosted_file_has_no_domains),
		cmocka_unit_test(all_of_one_reload_get_one_set),
		cmocka_unit_test(a_section_that_comes_back_finds_its_set),
		cmocka_unit_test(sections_have_sets_of_their_own),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
