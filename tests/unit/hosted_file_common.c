/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <inttypes.h>
#include <sys/random.h>

#include "hosted_file_common.h"

const char *const profiles[3] = { "first", "second", "third" };

given_t given;

uint64_t hash_seed = 1;
bool hash_seed_fails;

int hosted_file_reset(void **state)
{
	memset(&given, 0, sizeof(given));
	given.profile_bad = -1;
	hash_seed_fails = false;
	alloc_countdown = -1;
	random_start();
	return 0;
}

/*! \brief Instead of the system's, for the tested code. */
ssize_t getrandom(void *buf, size_t len, unsigned int flags)
{
	(void)flags;
	if (hash_seed_fails) {
		errno = ENOSYS;
		return -1;
	}
	for (size_t i = 0; i < len; i++) {
		((uint8_t *)buf)[i] = hash_seed >> (i % 8 * 8);
	}
	hash_seed++;
	return len;
}

static bool check(void *ctx, const hm_domain_t *domain, char *reason, size_t reason_max)
{
	given_t *g = ctx;
	assert_ptr_equal(g, &given);
	g->checks++;
	assert_int_equal(domain->size, knot_dname_size(domain->name));
	assert_int_equal(domain->labels, knot_dname_labels(domain->name, NULL));
	assert_true(between(domain->profile, 0, 2));

	uint64_t line;
	size_t len;
	if ((g->size_max > 0 && domain->size > g->size_max) ||
	    (g->labels_max > 0 && domain->labels > g->labels_max)) {
		snprintf(reason, reason_max, "%u bytes are too many", domain->size);
	} else if (domain->profile == g->profile_bad) {
		snprintf(reason, reason_max, "not for profile %u", domain->profile);
	} else if (g->need != NULL && hm_vars_get(domain, g->need, strlen(g->need), &len) == NULL) {
		snprintf(reason, reason_max, "no variable %s", g->need);
	} else if (g->profile != NULL && check_profile(g->profile, domain, &line) != KNOT_EOK) {
		snprintf(reason, reason_max, "line %" PRIu64 " of the profile", line);
	} else {
		return true;
	}
	return false;
}

static void check_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                         const char *reason)
{
	assert_ptr_equal(ctx, &given);
	assert_string_equal(file, given.file);
	on_report(&given.report, severity, file, line, reason);
}

static int profile_index(void *ctx, const char *name, size_t len)
{
	assert_ptr_equal(ctx, &given);
	for (int i = 0; i < 3; i++) {
		if (strlen(profiles[i]) == len && memcmp(profiles[i], name, len) == 0) {
			return i;
		}
	}
	return -1;
}

int load_hosted(const char *file, hm_hosted_file_t **out)
{
	const hm_hosted_file_opts_t opts = {
		.profile = profile_index, .check = check, .report = check_report,
		.ctx = &given, .has_zone = given.has_zone,
	};
	memset(&given.report, 0, sizeof(given.report));
	given.file = file;
	given.checks = 0;
	return hm_hosted_file_load(file, &opts, out);
}

hm_hosted_file_t *load_bytes(const void *data, size_t len)
{
	hm_hosted_file_t *hosted = NULL;
	assert_int_equal(load_hosted(write_file("hosted", data, len), &hosted), KNOT_EOK);
	assert_non_null(hosted);
	return hosted;
}

hm_hosted_file_t *load_text(const char *text)
{
	return load_bytes(text, strlen(text));
}

hm_hosted_file_t *load_and_free(text_t *text)
{
	hm_hosted_file_t *hosted = load_bytes(text->data, text->len);
	free(text->data);
	memset(text, 0, sizeof(*text));
	return hosted;
}

void assert_report(const char *text)
{
	assert_string_equal(given.report.text, text);
}

void assert_reported(const char *text)
{
	if (strstr(given.report.text, text) == NULL) {
		fail_msg("'%s' is not in:\n%s", text, given.report.text);
	}
}

void assert_domain(const hm_hosted_file_t *hosted, const knot_dname_t *query,
                   const knot_dname_t *want, unsigned profile)
{
	hm_domain_t found = { .name = NULL };
	assert_true(hm_hosted_file_find(hosted, query, &found));
	size_t size = knot_dname_size(want);
	assert_int_equal(found.size, size);
	assert_memory_equal(found.name, want, size);
	assert_int_equal(found.labels, knot_dname_labels(want, NULL));
	assert_int_equal(found.profile, profile);
	// The name is the query's own end.
	assert_ptr_equal(found.name, query + knot_dname_size(query) - size);
}

void assert_found(const hm_hosted_file_t *hosted, const char *query, const char *want,
                  unsigned profile)
{
	assert_domain(hosted, dname(query), dname(want), profile);
}

void assert_missing(const hm_hosted_file_t *hosted, const char *query)
{
	hm_domain_t found, before;
	memset(&found, 0xa5, sizeof(found));
	before = found;
	assert_false(hm_hosted_file_find(hosted, dname(query), &found));
	assert_memory_equal(&found, &before, sizeof(found));
}

void assert_value(const hm_hosted_file_t *hosted, const char *query, const char *name,
                  const void *value, size_t value_len)
{
	hm_domain_t domain;
	size_t len = 0;
	assert_true(hm_hosted_file_find(hosted, dname(query), &domain));
	const uint8_t *found = hm_vars_get(&domain, name, strlen(name), &len);
	assert_non_null(found);
	assert_int_equal(len, value_len);
	assert_memory_equal(found, value, len);
}

void assert_no_value(const hm_hosted_file_t *hosted, const char *query, const char *name)
{
	hm_domain_t domain;
	size_t len;
	assert_true(hm_hosted_file_find(hosted, dname(query), &domain));
	assert_null(hm_vars_get(&domain, name, strlen(name), &len));
}
