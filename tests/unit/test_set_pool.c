/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <pthread.h>
#include <stdatomic.h>

#include "set_pool_common.h"

// Sharing

static void the_same_options_share_a_set_in_use(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get_set(&opts, true);
	// Equal, not the same.
	char first[512], second[512], hosted[512];
	memcpy(first, inputs[FIRST], sizeof(first));
	memcpy(second, inputs[SECOND], sizeof(second));
	memcpy(hosted, inputs[HOSTED], sizeof(hosted));
	const char *const profiles[] = { first, second };
	hm_hosted_set_opts_t equal = {
		.profiles = profiles, .profiles_count = 2, .hosted_file = hosted,
	};
	assert_ptr_equal(get_set(&equal, false), set);
	assert_ptr_equal(get_set(&opts, false), set);
	for (int i = 0; i < 3; i++) {
		give_back(set);
	}
	// Out of use, it is gone.
	set = get_set(&opts, true);
	give_back(set);
	give_back(NULL);
}

static void a_shared_set_stays_with_those_who_have_it(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get_set(&opts, true);
	for (int i = 0; i < 3; i++) {
		assert_ptr_equal(get_set(&opts, false), set);
		give_back(set);
		assert_string_equal(hm_profile_name(hm_hosted_set_profile(set, 1)), "second");
	}
	assert_ptr_equal(get_set(&opts, false), set);
	give_back(set);
	give_back(set);
}

static void what_is_wrong_is_reported_once(void **state)
{
	make_inputs();
	write_input(HOSTED, "a.test\nb..test\nc.test nosuch\n");
	settle(inputs[HOSTED]);
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get_set(&opts, true);
	assert_int_equal(set_report.errors, 2);
	assert_ptr_equal(get_set(&opts, false), set);
	assert_int_equal(set_report.errors, 0);
	give_back(set);
	give_back(set);
}

static void other_options_make_another_set(void **state)
{
	make_inputs();
	const char *const one[] = { inputs[FIRST] },
	           *const two[] = { inputs[FIRST], inputs[SECOND] },
	           *const turned[] = { inputs[SECOND], inputs[FIRST] },
	           *const last[] = { inputs[SECOND] };
	const knot_dname_t *a = dname("a."), *b = dname("b."), *root = dname(".");
	const knot_dname_t *const both[] = { a, b }, *const swapped[] = { b, a };
	const char *hosted = inputs[HOSTED], *second = inputs[SECOND];
	// The root is an empty string, too.
	hm_hosted_set_opts_t cases[] = {
		{ .profiles = two, .profiles_count = 2, .hosted_file = inputs[HOSTED] },
		{ .profiles = turned, .profiles_count = 2, .hosted_file = inputs[HOSTED] },
		{ .profiles = two, .profiles_count = 2, .hosted_file = inputs[OTHER] },
		{ .profiles = two, .profiles_count = 2, .hosted_file = hosted, .zones = &a, .zones_count = 1 },
		{ .profiles = two, .profiles_count = 2, .hosted_file = hosted, .zones = &b, .zones_count = 1 },
		{ .profiles = two, .profiles_count = 2, .hosted_file = hosted, .zones = &root, .zones_count = 1 },
		{ .profiles = two, .profiles_count = 2, .zones = &a, .zones_count = 1 },
		{ .profiles = two, .profiles_count = 2, .zones = both, .zones_count = 2 },
		{ .profiles = two, .profiles_count = 2, .zones = swapped, .zones_count = 2 },
		{ .profiles = two, .profiles_count = 2, .zones = &root, .zones_count = 1 },
		{ .profiles = two, .profiles_count = 2 },
		// A file that is a profile in the one is the hosted file in the other.
		{ .profiles = one, .profiles_count = 1, .hosted_file = second },
		{ .profiles = one, .profiles_count = 1, .hosted_file = second, .zones = &root, .zones_count = 1 },
		{ .profiles = one, .profiles_count = 1 },
		{ .profiles = last, .profiles_count = 1 },
		{ .profiles = last, .profiles_count = 1, .hosted_file = inputs[FIRST] },
	};
	enum { CASES = sizeof(cases) / sizeof(cases[0]) };
	const hm_hosted_set_t *sets[CASES];
	for (int i = 0; i < CASES; i++) {
		cases[i].report = on_report;
		cases[i].ctx = &set_report;
		sets[i] = get_set(&cases[i], true);
		assert_int_equal(hm_hosted_set_zones(sets[i]), cases[i].zones_count);
		assert_int_equal(hm_hosted_set_file(sets[i]) != NULL, cases[i].hosted_file != NULL);
		for (int j = 0; j < i; j++) {
			assert_ptr_not_equal(sets[i], sets[j]);
		}
	}
	for (int i = 0; i < CASES; i++) {
		assert_ptr_equal(get_set(&cases[i], false), sets[i]);
	}
	for (int i = 0; i < CASES; i++) {
		give_back(sets[i]);
		give_back(sets[i]);
	}
}

static void sets_are_released_in_any_order(void **state)
{
	make_inputs();
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	hm_hosted_set_opts_t opts[3];
	const hm_hosted_set_t *sets[3];
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		for (int k = 0; k < 3; k++) {
			opts[k] = usual_opts();
			opts[k].profiles_count = (k == 0) ? 1 : 2;
			opts[k].hosted_file = (k == 2) ? NULL : inputs[HOSTED];
			sets[k] = get_set(&opts[k], true);
		}
		for (int k = 0; k < 3; k++) {
			give_back(sets[orders[i][k]]);
			for (int left = k + 1; left < 3; left++) {
				int index = orders[i][left];
				assert_ptr_equal(get_set(&opts[index], false), sets[index]);
				give_back(sets[index]);
			}
		}
	}
}

// What fails

static void a_failing_load_leaves_nothing_behind(void **state)
{
	static const char *const wrong[] = { "@ NS ns.test.\n", HEAD "a b c d\n", "" };
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		write_input(SECOND, wrong[i]);
		settle(inputs[SECOND]);
		for (int again = 0; again < 2; again++) {
			hm_pooled_set_t set = { 0 };
			memset(&set_report, 0, sizeof(set_report));
			assert_int_not_equal(hm_set_pool_get(&opts, &set_user, &set), KNOT_EOK);
			assert_null(set.set);
			assert_true(set_report.errors > 0);
		}
	}
	write_input(SECOND, HEAD);
	settle(inputs[SECOND]);
	const hm_hosted_set_t *set = get_set(&opts, true);
	assert_ptr_equal(get_set(&opts, false), set);
	give_back(set);
	give_back(set);
}

static void names_of_files_may_be_of_any_length(void **state)
{
	make_inputs();
	char *name = malloc(100001);
	assert_non_null(name);
	memset(name, '/', 100000);
	name[100000] = '\0';
	hm_hosted_set_opts_t opts = usual_opts();
	opts.hosted_file = name;
	const hm_hosted_set_t *set = get_set(&opts, true);
	assert_int_equal(hm_hosted_set_file_result(set), KNOT_EFILE);
	give_back(set);
	free(name);
}

static void every_failing_allocation_fails_the_load(void **state)
{
	make_inputs();
	const knot_dname_t *const hosted_zones[] = { dname("hosted."), dname("more.") };
	for (int with_zone = 0; with_zone < 3; with_zone++) {
		hm_hosted_set_opts_t opts = usual_opts();
		opts.zones = hosted_zones;
		opts.zones_count = with_zone;
		for (long count = 0; ; count++) {
			hm_pooled_set_t set = { 0 };
			alloc_countdown = count;
			int ret = hm_set_pool_get(&opts, &set_user, &set);
			alloc_countdown = -1;
			if (ret == KNOT_EOK) {
				assert_true(count > 20);
				give_back(set.set);
				break;
			}
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_null(set.set);
		}
	}
}

static void a_failing_allocation_leaves_the_shared_set(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get_set(&opts, true);
	hm_pooled_set_t other = { 0 };
	// What is looked for, its options and its section, is all that takes memory.
	for (long count = 0; count < 2; count++) {
		alloc_countdown = count;
		int ret = hm_set_pool_get(&opts, &set_user, &other);
		alloc_countdown = -1;
		assert_int_equal(ret, KNOT_ENOMEM);
		assert_null(other.set);
	}
	alloc_countdown = 2;
	int ret = hm_set_pool_get(&opts, &set_user, &other);
	alloc_countdown = -1;
	assert_int_equal(ret, KNOT_EOK);
	assert_ptr_equal(other.set, set);
	give_back(set);
	give_back(set);
	// Nobody counts for those that failed.
	give_back(get_set(&opts, true));
}

// Threads

/*! \brief What all threads see; no assertion may fail in a thread. */
static struct {
	hm_hosted_set_opts_t opts[3];
	const hm_hosted_set_t *kept; /*!< Set of the first options, in use all the time. */
	atomic_uint wrong;
	atomic_uint loads;
} shared;

static void ignore_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                          const char *reason)
{
	(void)ctx, (void)severity, (void)file, (void)line, (void)reason;
}

static void *get_and_release(void *arg)
{
	unsigned first = (uintptr_t)arg;
	for (unsigned i = 0; i < 60; i++) {
		const hm_hosted_set_opts_t *opts = &shared.opts[(first + i) % 3];
		hm_pooled_set_t got;
		if (hm_set_pool_get(opts, &set_user, &got) != KNOT_EOK) {
			shared.wrong++;
			continue;
		}
		const hm_hosted_set_t *set = got.set;
		shared.loads += got.loaded;
		shared.wrong += (opts == &shared.opts[0] && (got.loaded || set != shared.kept));
		shared.wrong += (hm_hosted_set_profiles(set) != opts->profiles_count);
		shared.wrong += (hm_hosted_set_zones(set) != opts->zones_count);
		give_back(set);
	}
	return NULL;
}

static void many_threads_share_sets(void **state)
{
	make_inputs();
	memset(&shared, 0, sizeof(shared));
	for (int i = 0; i < 3; i++) {
		shared.opts[i] = usual_opts();
		shared.opts[i].report = ignore_report;
	}
	shared.opts[1].profiles_count = 1;
	const knot_dname_t *zone = dname("hosted.");
	shared.opts[2].zones = &zone;
	shared.opts[2].zones_count = 1;
	shared.kept = get_set(&shared.opts[0], true);

	pthread_t threads[8];
	for (uintptr_t i = 0; i < 8; i++) {
		assert_int_equal(pthread_create(&threads[i], NULL, get_and_release, (void *)i), 0);
	}
	for (int i = 0; i < 8; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	}
	assert_int_equal(shared.wrong, 0);
	assert_true(shared.loads >= 2);

	// None is left but the one that was kept.
	assert_ptr_equal(get_set(&shared.opts[0], false), shared.kept);
	give_back(shared.kept);
	give_back(shared.kept);
	for (int i = 0; i < 3; i++) {
		give_back(get_set(&shared.opts[i], true));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_same_options_share_a_set_in_use),
		cmocka_unit_test(a_shared_set_stays_with_those_who_have_it),
		cmocka_unit_test(what_is_wrong_is_reported_once),
		cmocka_unit_test(other_options_make_another_set),
		cmocka_unit_test(sets_are_released_in_any_order),
		cmocka_unit_test(a_failing_load_leaves_nothing_behind),
		cmocka_unit_test(names_of_files_may_be_of_any_length),
		cmocka_unit_test(every_failing_allocation_fails_the_load),
		cmocka_unit_test(a_failing_allocation_leaves_the_shared_set),
		cmocka_unit_test(many_threads_share_sets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
