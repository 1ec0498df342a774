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

bool between(size_t value, size_t low, size_t high)
{
	return value >= low && value <= high;
}

/*! \brief Room for so many bytes more and a terminator. */
static char *room(text_t *text, size_t more)
{
	if (text->len + more >= text->max) {
		text->max = 2 * text->max + more + 1;
		text->data = realloc(text->data, text->max);
		assert_non_null(text->data);
	}
	return text->data + text->len;
}

void text_add(text_t *text, const char *fmt, ...)
{
	va_list args;
	va_start(args, fmt);
	char line[2048];
	size_t len = vsnprintf(line, sizeof(line), fmt, args);
	va_end(args);
	assert_true(between(len, 0, sizeof(line) - 1));
	memcpy(room(text, len), line, len + 1);
	text->len += len;
}

void text_fill(text_t *text, char c, size_t count)
{
	memset(room(text, count), c, count);
	text->len += count;
	text->data[text->len] = '\0';
}

static char folder[256];

static void remove_folder(void)
{
	char command[300];
	snprintf(command, sizeof(command), "rm -rf '%s'", folder);
	(void)!system(command);
}

const char *path_of(const char *name)
{
	static char paths[8][512];
	static unsigned next;
	if (folder[0] == '\0') {
		const char *tmp = getenv("TMPDIR");
		snprintf(folder, sizeof(folder), "%s/hostedmail-XXXXXX",
		         (tmp != NULL) ? tmp : "/tmp");
		assert_non_null(mkdtemp(folder));
		atexit(remove_folder);
	}
	char *path = paths[next++ % 8];
	snprintf(path, sizeof(paths[0]), "%s/%s", folder, name);
	return path;
}

const char *write_file(const char *name, const void *data, size_t len)
{
	const char *path = path_of(name);
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

int check_profile(const hm_profile_t *profile, const hm_domain_t *domain, uint64_t *line)
{
	pool_t pool;
	pool_init(&pool);
	int ret = hm_profile_check(profile, domain, &pool.mm, line);
	pool_clear(&pool);
	return ret;
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

const char *letters(char c, unsigned labels)
{
	static char names[4][2 * KNOT_DNAME_MAXLABELS + 2];
	static unsigned next;
	char *name = names[next++ % 4];
	for (unsigned i = 0; i < labels; i++) {
		name[2 * i] = c;
		name[2 * i + 1] = '.';
	}
	name[2 * labels] = '\0';
	return name;
}

const hm_domain_t *domain_with(const char *name, const char *vars)
{
	static hm_domain_t domain;
	static uint8_t packed[HM_VARS_MAX];
	size_t packed_len = 0;

	domain = domain_of(name);
	while (vars != NULL && *vars != '\0') {
		size_t len = strcspn(vars, " ");
		const char *reason = NULL;
		int ret = hm_vars_add(vars, len, packed, &packed_len, &reason);
		assert_int_equal(ret, KNOT_EOK);
		vars += len + strspn(vars + len, " ");
	}
	domain.vars = packed;
	domain.vars_len = packed_len;
	return &domain;
}

const char *long_var(const char *name, size_t value_len)
{
	static char text[64 + 2 * HM_VARS_MAX];
	assert_true(value_len <= 2 * HM_VARS_MAX);
	int len = snprintf(text, 64, "%s=", name);
	memset(text + len, 'x', value_len);
	text[len + value_len] = '\0';
	return text;
}

void section_text(const knot_pkt_t *pkt, knot_section_t section, char *out, size_t out_max)
{
	const knot_pktsection_t *records = knot_pkt_section(pkt, section);
	size_t len = 0;
	for (uint16_t i = 0; i < records->count; i++) {
		size_t max = 4096;
		char *text = malloc(max);
		assert_true(knot_rrset_txt_dump(knot_pkt_rr(records, i), &text, &max,
		                                &KNOT_DUMP_STYLE_DEFAULT) > 0);
		bool space = false;
		for (const char *pos = text; *pos != '\0'; pos++) {
			if (*pos == ' ' || *pos == '\t') {
				space = true;
				continue;
			}
			assert_true(len + 3 < out_max);
			if (space) {
				out[len++] = ' ';
				space = false;
			}
			out[len++] = *pos;
		}
		free(text);
	}
	out[len] = '\0';
}

knot_pkt_t *response_new(const char *qname, uint16_t qtype, uint8_t *wire, size_t max,
                         knot_mm_t *mm)
{
	knot_pkt_t *query = knot_pkt_new(NULL, 512, mm);
	assert_non_null(query);
	int ret = knot_pkt_put_question(query, dname(qname), KNOT_CLASS_IN, qtype);
	assert_int_equal(ret, KNOT_EOK);
	assert_int_equal(knot_pkt_parse(query, 0), KNOT_EOK);
	knot_pkt_t *resp = knot_pkt_new(wire, max, mm);
	assert_non_null(resp);
	assert_int_equal(knot_pkt_init_response(resp, query), KNOT_EOK);
	assert_int_equal(knot_pkt_begin(resp, KNOT_ANSWER), KNOT_EOK);
	return resp;
}

void assert_sent(const knot_pkt_t *resp, knot_section_t section, const char *want)
{
	pool_t pool;
	pool_init(&pool);
	knot_pkt_t *parsed = knot_pkt_new(NULL, resp->size, &pool.mm);
	assert_non_null(parsed);
	memcpy(parsed->wire, resp->wire, resp->size);
	parsed->size = resp->size;
	assert_int_equal(knot_pkt_parse(parsed, KNOT_PF_NOCANON), KNOT_EOK);
	char text[8192];
	section_text(parsed, section, text, sizeof(text));
	assert_string_equal(text, want);
	pool_clear(&pool);
}

const char *source_path(const char *name)
{
	static char path[4096];
	snprintf(path, sizeof(path), "%s/%s", SRCDIR, name);
	return path;
}

uint64_t seed_get(void)
{
	const char *text = getenv("HM_SEED");
	return (text != NULL) ? strtoull(text, NULL, 10) : 20261121;
}

static uint64_t random_state;

void random_start(void)
{
	random_state = seed_get();
}

unsigned random_below(unsigned below)
{
	uint64_t z = (random_state += UINT64_C(0x9e3779b97f4a7c15));
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return (z ^ (z >> 31)) % below;
}
