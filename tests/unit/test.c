/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <sys/stat.h>

#include "test.h"

long alloc_countdown = -1;

static bool fails(long *countdown)
{
	if (*countdown < 0) {
		return false;
	}
	return (*countdown)-- == 0 ? (*countdown = 0, true) : false;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *ptr, size_t size);
void *__real_aligned_alloc(size_t align, size_t size);
char *__real_strdup(const char *text);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *ptr, size_t size);
void *__wrap_aligned_alloc(size_t align, size_t size);
char *__wrap_strdup(const char *text);

void *__wrap_malloc(size_t size)
{
	return fails(&alloc_countdown) ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails(&alloc_countdown) ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *ptr, size_t size)
{
	return fails(&alloc_countdown) ? NULL : __real_realloc(ptr, size);
}

void *__wrap_aligned_alloc(size_t align, size_t size)
{
	return fails(&alloc_countdown) ? NULL : __real_aligned_alloc(align, size);
}

char *__wrap_strdup(const char *text)
{
	return fails(&alloc_countdown) ? NULL : __real_strdup(text);
}

static void *pool_alloc(void *ctx, size_t size)
{
	pool_t *pool = ctx;
	if (fails(&pool->countdown)) {
		return NULL;
	}
	pool->blocks = __real_realloc(pool->blocks, (pool->count + 1) * sizeof(*pool->blocks));
	assert_non_null(pool->blocks);
	pool->blocks[pool->count] = __real_malloc(size);
	return pool->blocks[pool->count++];
}

static void pool_free(void *ptr)
{
	(void)ptr;
}

void pool_init(pool_t *pool)
{
	memset(pool, 0, sizeof(*pool));
	pool->mm = (knot_mm_t){ .ctx = pool, .alloc = pool_alloc, .free = pool_free };
	pool->countdown = -1;
}

void pool_clear(pool_t *pool)
{
	for (size_t i = 0; i < pool->count; i++) {
		free(pool->blocks[i]);
	}
	free(pool->blocks);
	memset(pool, 0, sizeof(*pool));
}

void on_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
               const char *reason)
{
	report_t *report = ctx;
	assert_non_null(file);
	report->errors += (severity == HM_ERROR);
	report->warnings += (severity == HM_WARNING);
	size_t len = strlen(report->text);
	snprintf(report->text + len, sizeof(report->text) - len, "%s %lu %s\n",
	         (severity == HM_ERROR) ? "error" : "warning", (unsigned long)line, reason);
}

static char folder[256];

static void remove_folder(void)
{
	char command[300];
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	(void)!system(command);
}

const char *write_file(const char *name, const void *data, size_t len)
{
	static char paths[8][512];
	static unsigned next;
	if (folder[0] == '\0') {
		const char *tmp = getenv("TMPDIR");
		snprintf(folder, sizeof(folder), "%s/hostedmail-XXXXXX", (tmp != NULL) ? tmp : "/tmp");
		assert_non_null(mkdtemp(folder));
		atexit(remove_folder);
	}
	char *path = paths[next++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	assert_int_equal(fwrite(data, 1, len, file), len);
	assert_int_equal(fclose(file), 0);
	return path;
}

const char *write_text(const char *name, const char *text)
{
	return write_file(name, text, strlen(text));
}

hm_profile_t *profile_from(const char *name, const char *text)
{
	static report_t report;
	memset(&report, 0, sizeof(report));
	hm_profile_t *profile = NULL;
	int ret = hm_profile_load(write_text(name, text), on_report, &report, NULL, &profile);
	if (ret != KNOT_EOK) {
		print_error("%s", report.text);
	}
	assert_int_equal(ret, KNOT_EOK);
	return profile;
}

const knot_dname_t *dname(const char *text)
{
	static knot_dname_storage_t names[16];
	static unsigned next;
	uint8_t *name = names[next++ % 16];
	assert_non_null(knot_dname_from_str(name, text, KNOT_DNAME_MAXLEN));
	return name;
}

hm_domain_t domain_of(const char *text)
{
	hm_domain_t domain;
	hm_domain_init(dname(text), &domain);
	return domain;
}
