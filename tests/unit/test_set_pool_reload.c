/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <fcntl.h>

#include "set_pool_common.h"

/*! \brief Write a new file and put it in the place of the old one. */
static void replace(const char *path, const char *text)
{
	char new[512];
	snprintf(new, sizeof(new), "%s", write_text("new", text));
	assert_int_equal(rename(new, path), 0);
}

static void append(const char *path, const char *text)
{
	FILE *file = fopen(path, "a");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

/*! \brief Give a file back the time it had. */
static void restore_time(const char *path, const struct stat *st)
{
	const struct timespec times[2] = { st->st_atim, st->st_mtim };
	assert_int_equal(utimensat(AT_FDCWD, path, times, 0), 0);
}

/*! \brief Change a file in one of some ways; its text stays valid. */
static void change(const char *path, int way)
{
	char text[1024] = "";
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	FILE *file = fopen(path, "r+");
	assert_non_null(file);
	size_t len = fread(text, 1, sizeof(text) - 1, file);
	switch (way) {
	case 0: // As it should be done.
		replace(path, text);
		break;
	case 1:
		append(path, "\n");
		break;
	case 2: // The same size.
		text[len - 1] = ' ';
		rewind(file);
		assert_int_equal(fwrite(text, 1, len, file), len);
		break;
	case 3:
		assert_int_equal(utimensat(AT_FDCWD, path, NULL, 0), 0);
		break;
	case 4: // All that the owner can set is as it was.
		replace(path, text);
		restore_time(path, &st);
		break;
	case 5:
		restore_time(path, &st);
		break;
	}
	assert_int_equal(fclose(file), 0);
}

static void a_changed_file_makes_a_new_set(void **state)
{
	for (int file = FIRST; file <= HOSTED; file++) {
		for (int way = 0; way <= 5; way++) {
			make_inputs();
			hm_hosted_set_opts_t opts = usual_opts();
			const hm_hosted_set_t *old = get_set(&opts, true);
			change(inputs[file], way);
			settle(inputs[file]);
			const hm_hosted_set_t *new = get_set(&opts, true);
			assert_ptr_not_equal(new, old);
			// The old one is as it was, and no longer shared.
			assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(old)), 1);
			assert_ptr_equal(get_set(&opts, false), new);
			give_back(old);
			assert_ptr_equal(get_set(&opts, false), new);
			for (int i = 0; i < 3; i++) {
				give_back(new);
			}
		}
	}
}

static void a_changed_file_of_other_options_changes_nothing(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get_set(&opts, true);
	change(inputs[OTHER], 1);
	assert_ptr_equal(get_set(&opts, false), set);
	give_back(set);
	give_back(set);
}

static void the_set_in_use_stays_if_a_load_fails(void **state)
{
	for (int file = FIRST; file <= HOSTED; file++) {
		make_inputs();
		hm_hosted_set_opts_t opts = usual_opts();
		const hm_hosted_set_t *set = get_set(&opts, true);
		assert_int_equal(unlink(inputs[file]), 0);
		assert_ptr_equal(get_refused(&opts), set);
		assert_true(set_report.errors > 1);
		assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(set)), 1);
		give_back(set);

		// Not for other options: it would be another one's.
		const char *const profiles[] = { inputs[SECOND], inputs[FIRST] };
		hm_hosted_set_opts_t others = opts;
		others.profiles = profiles;
		hm_pooled_set_t other = { 0 };
		int ret = hm_set_pool_get(&others, &set_user, &other);
		if (file == HOSTED) {
			assert_int_equal(ret, KNOT_EOK);
			assert_int_equal(hm_hosted_set_file_result(other.set), KNOT_EFILE);
			give_back(other.set);
		} else {
			assert_int_not_equal(ret, KNOT_EOK);
			assert_null(other.set);
		}
		give_back(set);
	}
}

static void the_set_in_use_stays_if_too_much_is_lost(void **state)
{
	static const struct {
		unsigned before, first, after, max_shrink;
		bool refused;
	} cases[] = {
		{ 3000, 0, 1500, 50, false }, { 3000, 0, 1499, 50, true }, { 3000, 0, 0, 50, true },
		{ 3000, 1501, 3000, 50, true }, { 3000, 1500, 3000, 50, false },
		{ 1000, 0, 0, 50, true }, { 999, 0, 0, 50, false }, { 1500, 0, 501, 1, false },
		{ 1500, 0, 500, 1, true }, { 3000, 0, 0, 100, false },
	};
	make_inputs();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hm_hosted_set_opts_t opts = usual_opts();
		set_user.max_shrink = cases[i].max_shrink;
		write_hosted(0, cases[i].before, "");
		const hm_hosted_set_t *set = get_set(&opts, true);
		write_hosted(cases[i].first, cases[i].after, "");
		const hm_hosted_set_t *other = cases[i].refused ? get_refused(&opts) :
		                                                  get_set(&opts, true);
		assert_int_equal(set_report.errors, cases[i].refused ? 1 : 0);
		assert_int_equal(other == set, cases[i].refused);
		if (cases[i].refused) {
			// Nobody loads it again, and who asks in the same second is not told again.
			size_t told = 0;
			int64_t start = now();
			for (int again = 0; again < 20; again++) {
				assert_ptr_equal(get_refused(&opts), set);
				told += set_report.errors;
				give_back(set);
			}
			assert_true(told <= 1 + (size_t)((now() - start) / 1000000000));
			// Until the option lets it in, or the file has changed.
			set_user.max_shrink = 100;
			give_back(get_set(&opts, true));
			set_user.max_shrink = cases[i].max_shrink;
			write_hosted(0, cases[i].before, "");
			give_back(get_set(&opts, true));
		}
		give_back(other);
		give_back(set);
	}
	set_user.max_shrink = 50;
}

static void a_refusal_is_told_every_second(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	write_hosted(0, 3000, "");
	const hm_hosted_set_t *set = get_set(&opts, true);
	write_hosted(0, 10, "");
	give_back(get_refused(&opts));
	assert_int_equal(set_report.errors, 1);
	int64_t start = now();
	int told = 0;
	do {
		give_back(get_refused(&opts));
		told += set_report.errors;
	} while (told == 0 && now() - start < INT64_C(60) * 1000000000);
	assert_int_equal(told, 1);
	give_back(set);
}

static void a_load_without_memory_leaves_the_set_in_use(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get_set(&opts, true);
	write_input(HOSTED, "b.test\nc.test\n");
	settle(inputs[HOSTED]);
	hm_pooled_set_t other = { .refused = true };
	long count = 2;
	for (; other.refused; count++) {
		memset(&set_report, 0, sizeof(set_report));
		alloc_countdown = count;
		int ret = hm_set_pool_get(&opts, &set_user, &other);
		alloc_countdown = -1;
		assert_int_equal(ret, KNOT_EOK);
		assert_int_equal(other.set == set, other.refused);
		// The log says that it was memory.
		assert_true(!other.refused || strstr(set_report.text, "not enough memory") != NULL);
		give_back(other.set);
	}
	assert_true(count > 20);
	give_back(set);
}

static void a_file_that_has_just_changed_is_not_shared(void **state)
{
	make_inputs();
	hm_hosted_set_opts_t opts = usual_opts();
	bool young = false;
	while (!young) {
		// On a slow machine the file may be old before it is read.
		change(inputs[HOSTED], 2);
		struct stat st;
		assert_int_equal(stat(inputs[HOSTED], &st), 0);
		const hm_hosted_set_t *set = get_set(&opts, true);
		young = (now() - nanoseconds(&st.st_ctim) <= YOUNG);
		if (young) {
			// Not even later: the file was too young when it was read.
			settle(inputs[HOSTED]);
			const hm_hosted_set_t *other = get_set(&opts, true);
			assert_ptr_not_equal(other, set);
			assert_ptr_equal(get_set(&opts, false), other);
			give_back(other);
			give_back(other);
		}
		give_back(set);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_changed_file_makes_a_new_set),
		cmocka_unit_test(a_changed_file_of_other_options_changes_nothing),
		cmocka_unit_test(the_set_in_use_stays_if_a_load_fails),
		cmocka_unit_test(the_set_in_use_stays_if_too_much_is_lost),
		cmocka_unit_test(a_refusal_is_told_every_second),
		cmocka_unit_test(a_load_without_memory_leaves_the_set_in_use),
		cmocka_unit_test(a_file_that_has_just_changed_is_not_shared),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
