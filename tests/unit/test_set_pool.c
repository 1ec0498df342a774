/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/stat.h>
#include <time.h>

#include <libknot/errcode.h>

#include "hostedmail/files.h"
#include "hostedmail/set_pool.h"
#include "test.h"

#define HEAD "@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n"

/*! \brief Nanoseconds for which a file is too young to be shared. */
#define YOUNG 50000000

static report_t report;

/*! \brief Input files, in this order; the first one includes the third. */
static const char *const names[] = { "first.zone", "second.zone", "included", "hosted", "other" };
enum { FIRST, SECOND, INCLUDED, HOSTED, OTHER, FILES };
static char paths[FILES][512];

static int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

static int64_t now(void)
{
	struct timespec time;
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &time), 0);
	return nanoseconds(&time);
}

/*! \brief Wait until a file is old enough to be shared. */
static void settle(const char *path)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	while (now() - nanoseconds(&st.st_ctim) <= YOUNG) {
		sched_yield();
	}
}

/*! \brief Write a file in place. */
static void rewrite(int file, const char *text)
{
	snprintf(paths[file], sizeof(paths[file]), "%s", write_text(names[file], text));
}

/*! \brief Write all files, old enough to be shared. */
static void make_files(void)
{
	char text[1024];
	rewrite(INCLUDED, "www A 192.0.2.1\n");
	snprintf(text, sizeof(text), HEAD "$INCLUDE %s\n", paths[INCLUDED]);
	rewrite(FIRST, text);
	rewrite(SECOND, HEAD);
	rewrite(HOSTED, "a.test\n");
	rewrite(OTHER, "a.test\n");
	for (int i = 0; i < FILES; i++) {
		settle(paths[i]);
	}
}

/*! \brief Options of two profiles and a hosted file. */
static hm_hosted_set_opts_t usual_opts(void)
{
	static const char *const profiles[] = { paths[FIRST], paths[SECOND] };
	return (hm_hosted_set_opts_t) {
		.profiles = profiles, .profiles_count = 2, .hosted_file = paths[HOSTED],
		.report = on_report, .ctx = &report,
	};
}

static const hm_hosted_set_t *get(const hm_hosted_set_opts_t *opts, bool want_loaded)
{
	const hm_hosted_set_t *set = NULL;
	bool loaded = !want_loaded;
	memset(&report, 0, sizeof(report));
	assert_int_equal(hm_set_pool_get(opts, &loaded, &set), KNOT_EOK);
	assert_int_equal(loaded, want_loaded);
	assert_non_null(set);
	assert_int_equal(hm_hosted_set_profiles(set), opts->profiles_count);
	return set;
}

// Sharing

static void the_same_options_share_a_set_in_use(void **state)
{
	make_files();
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get(&opts, true);
	// Equal, not the same.
	char first[512], second[512], hosted[512];
	memcpy(first, paths[FIRST], sizeof(first));
	memcpy(second, paths[SECOND], sizeof(second));
	memcpy(hosted, paths[HOSTED], sizeof(hosted));
	const char *const profiles[] = { first, second };
	hm_hosted_set_opts_t equal = { .profiles = profiles, .profiles_count = 2, .hosted_file = hosted };
	assert_ptr_equal(get(&equal, false), set);
	assert_ptr_equal(get(&opts, false), set);
	for (int i = 0; i < 3; i++) {
		hm_set_pool_release(set);
	}
	// Out of use, it is gone.
	set = get(&opts, true);
	hm_set_pool_release(set);
	hm_set_pool_release(NULL);
}

static void a_shared_set_stays_with_those_who_have_it(void **state)
{
	make_files();
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get(&opts, true);
	for (int i = 0; i < 3; i++) {
		assert_ptr_equal(get(&opts, false), set);
		hm_set_pool_release(set);
		assert_string_equal(hm_profile_name(hm_hosted_set_profile(set, 1)), "second");
	}
	assert_ptr_equal(get(&opts, false), set);
	hm_set_pool_release(set);
	hm_set_pool_release(set);
}

static void what_is_wrong_is_reported_once(void **state)
{
	make_files();
	rewrite(HOSTED, "a.test\nb..test\nc.test nosuch\n");
	settle(paths[HOSTED]);
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get(&opts, true);
	assert_int_equal(report.errors, 2);
	assert_ptr_equal(get(&opts, false), set);
	assert_int_equal(report.errors, 0);
	hm_set_pool_release(set);
	hm_set_pool_release(set);
}

static void other_options_make_another_set(void **state)
{
	make_files();
	const char *const one[] = { paths[FIRST] }, *const two[] = { paths[FIRST], paths[SECOND] },
	           *const turned[] = { paths[SECOND], paths[FIRST] },
	           *const last[] = { paths[SECOND] };
	const knot_dname_t *a = dname("a."), *b = dname("b."), *root = dname(".");
	const char *hosted = paths[HOSTED], *second = paths[SECOND];
	// The root is an empty string, too.
	hm_hosted_set_opts_t cases[] = {
		{ .profiles = two, .profiles_count = 2, .hosted_file = paths[HOSTED] },
		{ .profiles = turned, .profiles_count = 2, .hosted_file = paths[HOSTED] },
		{ .profiles = two, .profiles_count = 2, .hosted_file = paths[OTHER] },
		{ .profiles = two, .profiles_count = 2, .hosted_file = hosted, .zone = a },
		{ .profiles = two, .profiles_count = 2, .hosted_file = hosted, .zone = b },
		{ .profiles = two, .profiles_count = 2, .hosted_file = hosted, .zone = root },
		{ .profiles = two, .profiles_count = 2, .zone = a },
		{ .profiles = two, .profiles_count = 2, .zone = root },
		{ .profiles = two, .profiles_count = 2 },
		// A file that is a profile in the one is the hosted file in the other.
		{ .profiles = one, .profiles_count = 1, .hosted_file = second },
		{ .profiles = one, .profiles_count = 1, .hosted_file = second, .zone = root },
		{ .profiles = one, .profiles_count = 1 },
		{ .profiles = last, .profiles_count = 1 },
		{ .profiles = last, .profiles_count = 1, .hosted_file = paths[FIRST] },
	};
	enum { CASES = sizeof(cases) / sizeof(cases[0]) };
	const hm_hosted_set_t *sets[CASES];
	for (int i = 0; i < CASES; i++) {
		cases[i].report = on_report;
		cases[i].ctx = &report;
		sets[i] = get(&cases[i], true);
		assert_int_equal(hm_hosted_set_zone(sets[i]) != NULL, cases[i].zone != NULL);
		assert_int_equal(hm_hosted_set_file(sets[i]) != NULL, cases[i].hosted_file != NULL);
		for (int j = 0; j < i; j++) {
			assert_ptr_not_equal(sets[i], sets[j]);
		}
	}
	for (int i = 0; i < CASES; i++) {
		assert_ptr_equal(get(&cases[i], false), sets[i]);
	}
	for (int i = 0; i < CASES; i++) {
		hm_set_pool_release(sets[i]);
		hm_set_pool_release(sets[i]);
	}
}

static void sets_are_released_in_any_order(void **state)
{
	make_files();
	static const int orders[][3] = {
		{ 0, 1, 2 }, { 0, 2, 1 }, { 1, 0, 2 }, { 1, 2, 0 }, { 2, 0, 1 }, { 2, 1, 0 },
	};
	hm_hosted_set_opts_t opts[3];
	const hm_hosted_set_t *sets[3];
	for (size_t i = 0; i < sizeof(orders) / sizeof(orders[0]); i++) {
		for (int k = 0; k < 3; k++) {
			opts[k] = usual_opts();
			opts[k].profiles_count = (k == 0) ? 1 : 2;
			opts[k].hosted_file = (k == 2) ? NULL : paths[HOSTED];
			sets[k] = get(&opts[k], true);
		}
		for (int k = 0; k < 3; k++) {
			hm_set_pool_release(sets[orders[i][k]]);
			for (int left = k + 1; left < 3; left++) {
				int index = orders[i][left];
				assert_ptr_equal(get(&opts[index], false), sets[index]);
				hm_set_pool_release(sets[index]);
			}
		}
	}
}

// Files that change

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
			make_files();
			hm_hosted_set_opts_t opts = usual_opts();
			const hm_hosted_set_t *old = get(&opts, true);
			change(paths[file], way);
			settle(paths[file]);
			const hm_hosted_set_t *new = get(&opts, true);
			assert_ptr_not_equal(new, old);
			// The old one is as it was, and no longer shared.
			assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(old)), 1);
			assert_ptr_equal(get(&opts, false), new);
			hm_set_pool_release(old);
			assert_ptr_equal(get(&opts, false), new);
			for (int i = 0; i < 3; i++) {
				hm_set_pool_release(new);
			}
		}
	}
}

static void a_changed_file_of_other_options_changes_nothing(void **state)
{
	make_files();
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get(&opts, true);
	change(paths[OTHER], 1);
	assert_ptr_equal(get(&opts, false), set);
	hm_set_pool_release(set);
	hm_set_pool_release(set);
}

static void the_set_in_use_stays_if_a_load_fails(void **state)
{
	for (int file = FIRST; file <= HOSTED; file++) {
		make_files();
		hm_hosted_set_opts_t opts = usual_opts();
		const hm_hosted_set_t *set = get(&opts, true);
		assert_int_equal(unlink(paths[file]), 0);
		assert_ptr_equal(get(&opts, false), set);
		assert_true(report.errors > 1);
		assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(set)), 1);
		hm_set_pool_release(set);

		// Not for other options: it would be another one's.
		const char *const profiles[] = { paths[SECOND], paths[FIRST] };
		hm_hosted_set_opts_t others = opts;
		others.profiles = profiles;
		const hm_hosted_set_t *none = NULL;
		bool loaded;
		assert_int_not_equal(hm_set_pool_get(&others, &loaded, &none), KNOT_EOK);
		assert_null(none);
		hm_set_pool_release(set);
	}
}

/*! \brief Write a hosted file of so many domains, the first of which has that number. */
static void write_hosted(unsigned first, unsigned count)
{
	char *text = malloc(16 * (size_t)count + 1), *pos = text;
	assert_non_null(text);
	*text = '\0';
	for (unsigned i = 0; i < count; i++) {
		pos += sprintf(pos, "d%u.test\n", first + i);
	}
	rewrite(HOSTED, text);
	settle(paths[HOSTED]);
	free(text);
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
		{ 1500, 0, 500, 1, true }, { 3000, 0, 0, 100, false }, { 3000, 0, 0, 0, false },
	};
	make_files();
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		hm_hosted_set_opts_t opts = usual_opts();
		opts.max_shrink = cases[i].max_shrink;
		write_hosted(0, cases[i].before);
		const hm_hosted_set_t *set = get(&opts, true);
		write_hosted(cases[i].first, cases[i].after);
		const hm_hosted_set_t *other = get(&opts, !cases[i].refused);
		assert_int_equal(report.errors, cases[i].refused ? 1 : 0);
		assert_int_equal(other == set, cases[i].refused);
		if (cases[i].refused) {
			// Nobody loads it again, and who asks in the same second is not told again.
			size_t told = 0;
			int64_t start = now();
			for (int again = 0; again < 20; again++) {
				assert_ptr_equal(get(&opts, false), set);
				told += report.errors;
				hm_set_pool_release(set);
			}
			assert_true(told <= 1 + (size_t)((now() - start) / 1000000000));
			// Until the option lets it in, or the file has changed.
			opts.max_shrink = 100;
			hm_set_pool_release(get(&opts, true));
			opts.max_shrink = cases[i].max_shrink;
			write_hosted(0, cases[i].before);
			hm_set_pool_release(get(&opts, true));
		}
		hm_set_pool_release(other);
		hm_set_pool_release(set);
	}
}

static void a_refusal_is_told_every_second(void **state)
{
	make_files();
	hm_hosted_set_opts_t opts = usual_opts();
	opts.max_shrink = 50;
	write_hosted(0, 3000);
	const hm_hosted_set_t *set = get(&opts, true);
	write_hosted(0, 10);
	hm_set_pool_release(get(&opts, false));
	assert_int_equal(report.errors, 1);
	int64_t start = now();
	int told = 0;
	do {
		hm_set_pool_release(get(&opts, false));
		told += report.errors;
	} while (told == 0 && now() - start < INT64_C(60) * 1000000000);
	assert_int_equal(told, 1);
	hm_set_pool_release(set);
}

static void options_without_domains_find_those_in_use(void **state)
{
	make_files();
	hm_hosted_set_opts_t opts = usual_opts(), empty = opts, zone = opts;
	empty.hosted_file = NULL;
	zone.hosted_file = NULL;
	zone.zone = dname("hosted.");
	const hm_hosted_set_t *found = NULL;
	assert_int_equal(hm_set_pool_get_similar(&empty, &found), KNOT_ENOENT);
	// One that has no domains either is of no use.
	const hm_hosted_set_t *none = get(&empty, true);
	assert_int_equal(hm_set_pool_get_similar(&empty, &found), KNOT_ENOENT);
	assert_null(found);

	const hm_hosted_set_opts_t *const with[] = { &opts, &zone };
	for (size_t i = 0; i < 2; i++) {
		const hm_hosted_set_t *set = get(with[i], true);
		assert_int_equal(hm_set_pool_get_similar(&empty, &found), KNOT_EOK);
		assert_ptr_equal(found, set);
		// It stays for those who found it.
		hm_set_pool_release(set);
		assert_int_equal(hm_hosted_set_profiles(found), 2);
		// Other profiles are another one's.
		const char *const profiles[] = { paths[FIRST], paths[SECOND], paths[FIRST] };
		for (size_t count = 1; count <= 3; count += 2) {
			hm_hosted_set_opts_t other = empty;
			other.profiles = profiles;
			other.profiles_count = count;
			const hm_hosted_set_t *nothing = NULL;
			assert_int_equal(hm_set_pool_get_similar(&other, &nothing), KNOT_ENOENT);
			assert_null(nothing);
		}
		alloc_countdown = 0;
		int ret = hm_set_pool_get_similar(&empty, &set);
		alloc_countdown = -1;
		assert_int_equal(ret, KNOT_ENOMEM);
		hm_set_pool_release(found);
	}

	// Which of two it was nobody knows.
	const hm_hosted_set_t *first = get(&opts, true), *second = get(&zone, true);
	found = NULL;
	assert_int_equal(hm_set_pool_get_similar(&empty, &found), KNOT_ENOENT);
	assert_null(found);
	hm_set_pool_release(second);
	// Two versions of one are no two: the newest.
	rewrite(HOSTED, "a.test\nb.test\n");
	second = get(&opts, true);
	assert_int_equal(hm_set_pool_get_similar(&empty, &found), KNOT_EOK);
	assert_ptr_equal(found, second);
	hm_set_pool_release(found);
	hm_set_pool_release(second);
	hm_set_pool_release(first);
	hm_set_pool_release(none);
}

static void a_load_without_memory_leaves_the_set_in_use(void **state)
{
	make_files();
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get(&opts, true), *other = NULL;
	rewrite(HOSTED, "b.test\nc.test\n");
	settle(paths[HOSTED]);
	int ret = KNOT_EOK;
	for (long count = 1; other == NULL || other == set; count++) {
		bool loaded;
		alloc_countdown = count;
		ret = hm_set_pool_get(&opts, &loaded, &other);
		alloc_countdown = -1;
		assert_int_equal(ret, KNOT_EOK);
		hm_set_pool_release(other);
	}
	hm_set_pool_release(set);
}

static void a_file_that_has_just_changed_is_not_shared(void **state)
{
	make_files();
	hm_hosted_set_opts_t opts = usual_opts();
	bool young = false;
	while (!young) {
		// On a slow machine the file may be old before it is read.
		change(paths[HOSTED], 2);
		struct stat st;
		assert_int_equal(stat(paths[HOSTED], &st), 0);
		const hm_hosted_set_t *set = get(&opts, true);
		young = (now() - nanoseconds(&st.st_ctim) <= YOUNG);
		if (young) {
			// Not even later: the file was too young when it was read.
			settle(paths[HOSTED]);
			const hm_hosted_set_t *other = get(&opts, true);
			assert_ptr_not_equal(other, set);
			assert_ptr_equal(get(&opts, false), other);
			hm_set_pool_release(other);
			hm_set_pool_release(other);
		}
		hm_set_pool_release(set);
	}
}

// What was read, one file at a time

/*! \brief Files that consist of one, as its look-up said but for what the caller changes. */
static bool is_current(const char *path, const struct stat *st)
{
	hm_files_t files = { 0 };
	assert_int_equal(hm_files_add(&files, path, st), KNOT_EOK);
	assert_int_equal(files.count, 1);
	assert_string_equal(files.files[0].name, path);
	bool current = hm_files_are_current(&files);
	hm_files_clear(&files);
	assert_int_equal(files.count, 0);
	assert_true(hm_files_are_current(&files));
	return current;
}

static void everything_that_tells_files_apart_counts(void **state)
{
	make_files();
	struct stat st;
	assert_int_equal(stat(paths[OTHER], &st), 0);
	assert_true(is_current(paths[OTHER], &st));
	for (int what = 0; what < 7; what++) {
		struct stat changed = st;
		changed.st_dev += (what == 0);
		changed.st_ino += (what == 1);
		changed.st_size += (what == 2);
		changed.st_mtim.tv_sec -= (what == 3);
		changed.st_mtim.tv_nsec ^= (what == 4);
		changed.st_ctim.tv_sec -= (what == 5);
		changed.st_ctim.tv_nsec ^= (what == 6);
		assert_false(is_current(paths[OTHER], &changed));
	}
	assert_false(is_current("", &st));
	assert_false(is_current("/nonexistent", &st));

	// A name that is gone is not the file before it.
	hm_files_t files = { 0 };
	assert_int_equal(hm_files_add(&files, paths[OTHER], &st), KNOT_EOK);
	assert_int_equal(hm_files_add(&files, "/nonexistent", &st), KNOT_EOK);
	assert_false(hm_files_are_current(&files));
	hm_files_clear(&files);
}

static void one_changed_file_of_many_is_enough(void **state)
{
	make_files();
	for (int changed = 0; changed <= FILES; changed++) {
		hm_files_t files = { 0 };
		for (int i = 0; i < FILES; i++) {
			struct stat st;
			assert_int_equal(stat(paths[i], &st), 0);
			st.st_size += (i == changed);
			assert_int_equal(hm_files_add(&files, paths[i], &st), KNOT_EOK);
		}
		assert_int_equal(files.count, FILES);
		assert_int_equal(hm_files_are_current(&files), changed == FILES);
		hm_files_clear(&files);
		hm_files_clear(&files);
	}
}

static void a_file_is_settled_when_it_is_old_enough(void **state)
{
	// From the future, where a clock was put back, beyond the age at which it is shared.
	unsigned settled = 0, ahead = 0;
	for (int64_t age = -3000; age <= 3000; age += (age >= -100 && age < 100) ? 5 : 100) {
		hm_files_t files = { 0 };
		int64_t before = now(), changed = before - age * 1000000;
		struct stat st = {
			.st_ctim.tv_sec = changed / 1000000000,
			.st_ctim.tv_nsec = changed % 1000000000,
		};
		assert_int_equal(hm_files_add(&files, "any", &st), KNOT_EOK);
		int64_t after = now();
		// What the clock was in between is not known.
		if (before - changed > YOUNG || after - changed < -YOUNG) {
			assert_true(files.files[0].settled);
			settled++;
			ahead += (after < changed);
		}
		if (before - changed >= -YOUNG && after - changed <= YOUNG) {
			assert_false(files.files[0].settled);
		}
		hm_files_clear(&files);
	}
	assert_true(settled > 50 && ahead > 25);
}

static void nobody_needs_to_know(void **state)
{
	struct stat st = { 0 };
	alloc_countdown = 0;
	int ret = hm_files_add(NULL, "any", &st);
	alloc_countdown = -1;
	assert_int_equal(ret, KNOT_EOK);
}

// What fails

static void a_failing_load_leaves_nothing_behind(void **state)
{
	static const char *const wrong[] = { "@ NS ns.test.\n", HEAD "a b c d\n", "" };
	make_files();
	hm_hosted_set_opts_t opts = usual_opts();
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		rewrite(SECOND, wrong[i]);
		settle(paths[SECOND]);
		for (int again = 0; again < 2; again++) {
			const hm_hosted_set_t *set = (const hm_hosted_set_t *)&report;
			bool loaded;
			memset(&report, 0, sizeof(report));
			assert_int_not_equal(hm_set_pool_get(&opts, &loaded, &set), KNOT_EOK);
			assert_ptr_equal(set, &report);
			assert_true(report.errors > 0);
		}
	}
	rewrite(SECOND, HEAD);
	settle(paths[SECOND]);
	const hm_hosted_set_t *set = get(&opts, true);
	assert_ptr_equal(get(&opts, false), set);
	hm_set_pool_release(set);
	hm_set_pool_release(set);
}

static void names_of_files_may_be_of_any_length(void **state)
{
	make_files();
	char *name = malloc(100001);
	assert_non_null(name);
	memset(name, '/', 100000);
	name[100000] = '\0';
	hm_hosted_set_opts_t opts = usual_opts();
	opts.hosted_file = name;
	const hm_hosted_set_t *set;
	bool loaded;
	assert_int_not_equal(hm_set_pool_get(&opts, &loaded, &set), KNOT_EOK);
	free(name);
}

static void every_failing_allocation_fails_the_load(void **state)
{
	make_files();
	for (int with_zone = 0; with_zone < 2; with_zone++) {
		hm_hosted_set_opts_t opts = usual_opts();
		opts.zone = with_zone ? dname("hosted.") : NULL;
		for (long count = 0; ; count++) {
			const hm_hosted_set_t *set = (const hm_hosted_set_t *)&report;
			bool loaded;
			alloc_countdown = count;
			int ret = hm_set_pool_get(&opts, &loaded, &set);
			alloc_countdown = -1;
			if (ret == KNOT_EOK) {
				assert_true(count > 20);
				hm_set_pool_release(set);
				break;
			}
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_ptr_equal(set, &report);
		}
	}
}

static void a_failing_allocation_leaves_the_shared_set(void **state)
{
	make_files();
	hm_hosted_set_opts_t opts = usual_opts();
	const hm_hosted_set_t *set = get(&opts, true), *other = NULL;
	bool loaded;
	alloc_countdown = 0;
	int ret = hm_set_pool_get(&opts, &loaded, &other);
	alloc_countdown = -1;
	assert_int_equal(ret, KNOT_ENOMEM);
	assert_null(other);
	// One more is needed to find a set than to have it.
	alloc_countdown = 1;
	ret = hm_set_pool_get(&opts, &loaded, &other);
	alloc_countdown = -1;
	assert_int_equal(ret, KNOT_EOK);
	assert_ptr_equal(other, set);
	hm_set_pool_release(set);
	hm_set_pool_release(set);
	// Nobody counts for those that failed.
	hm_set_pool_release(get(&opts, true));
}

static void every_failing_allocation_leaves_the_files(void **state)
{
	struct stat st = { 0 };
	hm_files_t files = { 0 };
	for (size_t have = 0; have < 3; have++) {
		for (long count = 0; count < 2; count++) {
			alloc_countdown = count;
			int ret = hm_files_add(&files, "any", &st);
			alloc_countdown = -1;
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_int_equal(files.count, have);
		}
		assert_int_equal(hm_files_add(&files, "any", &st), KNOT_EOK);
	}
	hm_files_clear(&files);
	assert_null(files.files);
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
		const hm_hosted_set_t *set = NULL;
		bool loaded;
		if (hm_set_pool_get(opts, &loaded, &set) != KNOT_EOK) {
			shared.wrong++;
			continue;
		}
		shared.loads += loaded;
		shared.wrong += (opts == &shared.opts[0] && (loaded || set != shared.kept));
		shared.wrong += (hm_hosted_set_profiles(set) != opts->profiles_count);
		shared.wrong += ((hm_hosted_set_zone(set) != NULL) != (opts->zone != NULL));
		hm_set_pool_release(set);
	}
	return NULL;
}

static void many_threads_share_sets(void **state)
{
	make_files();
	memset(&shared, 0, sizeof(shared));
	for (int i = 0; i < 3; i++) {
		shared.opts[i] = usual_opts();
		shared.opts[i].report = ignore_report;
	}
	shared.opts[1].profiles_count = 1;
	shared.opts[2].zone = dname("hosted.");
	shared.kept = get(&shared.opts[0], true);

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
	assert_ptr_equal(get(&shared.opts[0], false), shared.kept);
	hm_set_pool_release(shared.kept);
	hm_set_pool_release(shared.kept);
	for (int i = 0; i < 3; i++) {
		hm_set_pool_release(get(&shared.opts[i], true));
	}
}

#define TEST(name) cmocka_unit_test(name)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_same_options_share_a_set_in_use),
		TEST(a_shared_set_stays_with_those_who_have_it),
		TEST(what_is_wrong_is_reported_once),
		TEST(other_options_make_another_set),
		TEST(sets_are_released_in_any_order),
		TEST(a_changed_file_makes_a_new_set),
		TEST(a_changed_file_of_other_options_changes_nothing),
		TEST(the_set_in_use_stays_if_a_load_fails),
		TEST(the_set_in_use_stays_if_too_much_is_lost),
		TEST(a_refusal_is_told_every_second),
		TEST(options_without_domains_find_those_in_use),
		TEST(a_load_without_memory_leaves_the_set_in_use),
		TEST(a_file_that_has_just_changed_is_not_shared),
		TEST(everything_that_tells_files_apart_counts),
		TEST(one_changed_file_of_many_is_enough),
		TEST(a_file_is_settled_when_it_is_old_enough),
		TEST(nobody_needs_to_know),
		TEST(a_failing_load_leaves_nothing_behind),
		TEST(names_of_files_may_be_of_any_length),
		TEST(every_failing_allocation_fails_the_load),
		TEST(a_failing_allocation_leaves_the_shared_set),
		TEST(every_failing_allocation_leaves_the_files),
		TEST(many_threads_share_sets),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
