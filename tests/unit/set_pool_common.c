/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <sched.h>

#include "set_pool_common.h"

report_t set_report;

static const char *const names[] = { "first.zone", "second.zone", "included", "hosted", "other" };
char inputs[FILES][512];

int64_t nanoseconds(const struct timespec *time)
{
	return (int64_t)time->tv_sec * 1000000000 + time->tv_nsec;
}

int64_t now(void)
{
	struct timespec time;
	assert_int_equal(clock_gettime(CLOCK_REALTIME, &time), 0);
	return nanoseconds(&time);
}

void settle(const char *path)
{
	struct stat st;
	assert_int_equal(stat(path, &st), 0);
	while (now() - nanoseconds(&st.st_ctim) <= YOUNG) {
		sched_yield();
	}
}

void write_input(int file, const char *text)
{
	snprintf(inputs[file], sizeof(inputs[file]), "%s", write_text(names[file], text));
}

void make_inputs(void)
{
	char text[1024];
	write_input(INCLUDED, "www A 192.0.2.1\n");
	snprintf(text, sizeof(text), HEAD "$INCLUDE %s\n", inputs[INCLUDED]);
	write_input(FIRST, text);
	write_input(SECOND, HEAD);
	write_input(HOSTED, "a.test\n");
	write_input(OTHER, "a.test\n");
	for (int i = 0; i < FILES; i++) {
		settle(inputs[i]);
	}
}

hm_hosted_set_opts_t usual_opts(void)
{
	static const char *const profiles[] = { inputs[FIRST], inputs[SECOND] };
	return (hm_hosted_set_opts_t) {
		.profiles = profiles, .profiles_count = 2, .hosted_file = inputs[HOSTED],
		.report = on_report, .ctx = &set_report,
	};
}

hm_set_user_t set_user = { .max_shrink = 50 };

static const hm_hosted_set_t *get(const hm_hosted_set_opts_t *opts, bool loaded, bool refused)
{
	hm_pooled_set_t set = { .loaded = !loaded, .refused = !refused };
	memset(&set_report, 0, sizeof(set_report));
	assert_int_equal(hm_set_pool_get(opts, &set_user, &set), KNOT_EOK);
	assert_int_equal(set.loaded, loaded);
	assert_int_equal(set.refused, refused);
	assert_non_null(set.set);
	return set.set;
}

const hm_hosted_set_t *get_set(const hm_hosted_set_opts_t *opts, bool want_loaded)
{
	const hm_hosted_set_t *set = get(opts, want_loaded, false);
	assert_int_equal(hm_hosted_set_profiles(set), opts->profiles_count);
	return set;
}

const hm_hosted_set_t *get_refused(const hm_hosted_set_opts_t *opts)
{
	return get(opts, false, true);
}

void give_back(const hm_hosted_set_t *set)
{
	hm_set_pool_release(set, false);
}

void write_hosted(unsigned first, unsigned count, const char *profile)
{
	char *text = malloc(32 * (size_t)count + 1), *pos = text;
	assert_non_null(text);
	*text = '\0';
	for (unsigned i = 0; i < count; i++) {
		pos += sprintf(pos, "d%u.test %s\n", first + i, profile);
	}
	write_input(HOSTED, text);
	settle(inputs[HOSTED]);
	free(text);
}
