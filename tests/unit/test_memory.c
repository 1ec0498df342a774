/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief A whole load and a whole query with every single allocation failing once, those of the
 *        libraries as well: the allocator of the program is replaced.
 */

#include <errno.h>

#include <libknot/errcode.h>

#include "hostedmail/answer.h"
#include "hostedmail/hosted_set.h"
#include "test.h"

// A sanitizer has an allocator of its own.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAVE_ALLOCATOR 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAVE_ALLOCATOR 0
#endif
#endif
#ifndef HAVE_ALLOCATOR
#define HAVE_ALLOCATOR 1
#endif

#if HAVE_ALLOCATOR
static struct {
	long countdown; /*!< Allocations until one fails; negative: none does. */
	bool all;       /*!< Those behind it fail as well. */
	long failed;
	long live;      /*!< Blocks that are not freed. */
} heap = { .countdown = -1 };

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t align, size_t size);
void __libc_free(void *ptr);

static bool heap_fails(void)
{
	if (heap.countdown < 0 || heap.countdown-- > 0) {
		return false;
	}
	heap.countdown = heap.all ? 0 : -1;
	heap.failed++;
	return true;
}

static void *heap_count(void *ptr)
{
	heap.live += (ptr != NULL);
	return ptr;
}

// Seen by the libraries.
#pragma GCC visibility push(default)

void *malloc(size_t size)
{
	return heap_fails() ? NULL : heap_count(__libc_malloc(size));
}

void *calloc(size_t count, size_t size)
{
	return heap_fails() ? NULL : heap_count(__libc_calloc(count, size));
}

void *realloc(void *ptr, size_t size)
{
	if (heap_fails()) {
		return NULL;
	}
	void *moved = __libc_realloc(ptr, size);
	heap.live += (ptr == NULL && moved != NULL) - (ptr != NULL && size == 0 && moved == NULL);
	return moved;
}

void *aligned_alloc(size_t align, size_t size)
{
	return heap_fails() ? NULL : heap_count(__libc_memalign(align, size));
}

int posix_memalign(void **ptr, size_t align, size_t size)
{
	*ptr = aligned_alloc(align, size);
	return (*ptr != NULL) ? 0 : ENOMEM;
}

void free(void *ptr)
{
	heap.live -= (ptr != NULL);
	__libc_free(ptr);
}

#pragma GCC visibility pop

/*! \brief What a load reports; counted, for printing takes memory. */
typedef struct {
	size_t errors;
	size_t warnings;
} found_t;

static void count_report(void *ctx, hm_severity_t severity, const char *file, uint64_t line,
                         const char *reason)
{
	(void)line;
	found_t *found = ctx;
	assert_non_null(file);
	assert_true(reason != NULL && *reason != '\0');
	found->errors += (severity == HM_ERROR);
	found->warnings += (severity == HM_WARNING);
}

#define LONG "llllllllllllllllllllllllllllllllllllllllllllllllllllllllllllll"

static const char included[] = "inc A 192.0.2.9\ninc.{x} A 192.0.2.9\n";

static const char first[] =
	"$TTL 300\n"
	"@ SOA ns.{domain}. h.test. 1 2 3 4 5\n"
	"@ NS ns.test.\n@ NS ns\n"
	"@ MX 10 mx\n@ MX 20 {first}.w\n@ MX 30 {undefined}\n"
	"mx A 192.0.2.1\nmx AAAA 2001:db8::1\n*.w A 192.0.2.2\n*.w TXT \"{first}\"\n"
	"cn CNAME {first}.cnend\n*.cnend CNAME mx\n"
	"txt TXT \"v={domain} {domain:-} {domain:--}\" \"{first}\"\n"
	"txt 60 TXT " LONG LONG LONG LONG "{first}\n"
	"many TXT {first}{first} {first}{first} {first}{first} {first}{first} {first}{first}\n"
	"caa CAA 0 issue \"ca.test; account={first}\"\n"
	"https HTTPS 1 mx alpn=h2\nsrv SRV 1 1 1 {first}.w\n"
	"naptr NAPTR 1 1 \"U\" \"{first}\" \"!^.*$!mailto:{domain}!\" mx\n"
	"a.b.c.d.e TXT deep\n$INCLUDE included.zone\n";

static const char second[] =
	"@ SOA ns.test. h.test. 1 2 3 4 5\n@ NS ns.test.\n* CNAME mx.example.\n";

static const char hosted[] =
	"a.test - first=x\nb.test second\nb.test - first=y second=z\nbad..name\n# comment\n"
	"top - first=w\nsub.a.test second\nc.test - first=\n";

static char files[3][512];

static void write_files(void)
{
	snprintf(files[0], sizeof(files[0]), "%s", write_text("first.zone", first));
	snprintf(files[1], sizeof(files[1]), "%s", write_text("second.zone", second));
	snprintf(files[2], sizeof(files[2]), "%s", write_text("hosted", hosted));
	// Without what is an error.
	write_file("included.zone", included, strchr(included, '\n') + 1 - included);
}

static int load(found_t *found, hm_hosted_set_t **out)
{
	const char *const profiles[] = { files[0], files[1] };
	const knot_dname_t *zone = (const knot_dname_t *)"\x06""hosted";
	const hm_hosted_set_opts_t opts = {
		.profiles = profiles, .profiles_count = 2, .hosted_file = files[2],
		.zones = &zone, .zones_count = 1, .report = count_report, .ctx = found,
	};
	memset(found, 0, sizeof(*found));
	return hm_hosted_set_load(&opts, out);
}

/*! \brief TXT records of the hosted zone: one at f.test. */
static int get_flag(void *ctx, const knot_dname_t *apex, const knot_dname_t *name,
                    knot_rdataset_t *txt)
{
	(void)apex;
	static const uint8_t test[] = "\x04""test\x06""hosted",
	                     flagged[] = "\x01""f\x04""test\x06""hosted";
	if (knot_dname_is_equal(name, flagged)) {
		*txt = *(knot_rdataset_t *)ctx;
		return KNOT_EOK;
	}
	return knot_dname_is_equal(name, test) ? KNOT_EOK : KNOT_ENONODE;
}

/*! \brief A flag with a value so long that its records are more than a kilobyte. */
static void make_flag(knot_rdataset_t *txt, uint8_t *buf)
{
	uint8_t wire[300] = "\x05""first";
	size_t len = 6;
	wire[len++] = 6 + 149;
	memcpy(wire + len, "first=", 6);
	len += 6;
	memset(wire + len, 'v', 149);
	wire[len + 49] = '.';
	wire[len + 99] = '.';
	len += 149;
	knot_rdata_init((knot_rdata_t *)buf, len, wire);
	*txt = (knot_rdataset_t){ .count = 1, .size = knot_rdata_size(len),
	                          .rdata = (knot_rdata_t *)buf };
}

/*! \brief One query as the module answers it, with what it allocates. */
typedef struct {
	pool_t pool;
	uint8_t wire[4096];
	size_t size;        /*!< Of the response, 0 if there is none. */
	bool found;
} result_t;

/*! \brief The layout of a question is known here alone. */
static int answer(const hm_profile_t *profile, const hm_domain_t *domain, knot_pkt_t *resp)
{
	const hm_question_t question = {
		.view = { .profile = profile, .domain = domain },
	};
	hm_answer_kind_t kind;
	return hm_answer(&question, resp, &kind);
}

static void ask(const hm_hosted_set_t *set, const char *qname, uint16_t qtype, long countdown,
                result_t *result)
{
	uint8_t buf[512];
	knot_rdataset_t txt;
	make_flag(&txt, buf);
	knot_dname_storage_t name;
	assert_non_null(knot_dname_from_str(name, qname, sizeof(name)));
	knot_pkt_t *query = knot_pkt_new(NULL, 512, NULL);
	assert_non_null(query);
	assert_int_equal(knot_pkt_put_question(query, name, KNOT_CLASS_IN, qtype), KNOT_EOK);

	memset(result, 0, sizeof(*result));
	pool_init(&result->pool);
	knot_pkt_t *resp = knot_pkt_new(result->wire, sizeof(result->wire), &result->pool.mm);
	assert_non_null(resp);
	assert_int_equal(knot_pkt_init_response(resp, query), KNOT_EOK);
	result->pool.countdown = countdown;

	hm_owner_t owner;
	const char *reason = NULL;
	int ret = KNOT_ENOENT;
	result->found = hm_hosted_set_find(set, name, get_flag, &txt, &owner);
	if (result->found) {
		const hm_profile_t *profile = hm_hosted_set_complete(set, &owner, &result->pool.mm,
		                                              &reason);
		assert_true((profile == NULL) == (reason != NULL));
		if (profile != NULL) {
			ret = answer(profile, &owner.domain, resp);
			assert_true(ret == KNOT_EOK || ret == KNOT_ENOMEM);
		} else {
			assert_non_null(strstr(reason, "memory"));
		}
	}
	result->size = (ret == KNOT_EOK) ? resp->size : 0;
	knot_pkt_free(query);
	pool_clear(&result->pool);
}

static const struct {
	const char *name;
	uint16_t type;
} questions[] = {
	{ "a.test.", KNOT_RRTYPE_MX },
	{ "cn.a.test.", KNOT_RRTYPE_A },
	{ "txt.a.test.", KNOT_RRTYPE_TXT },
	{ "q.w.b.test.", KNOT_RRTYPE_TXT },
	{ "x.sub.a.test.", KNOT_RRTYPE_A },
	{ "caa.top.", KNOT_RRTYPE_CAA },
	{ "none.a.test.", KNOT_RRTYPE_A },
	{ "inc.a.test.", KNOT_RRTYPE_A },
	{ "https.a.test.", KNOT_RRTYPE_HTTPS },
	{ "srv.a.test.", KNOT_RRTYPE_SRV },
	{ "naptr.a.test.", KNOT_RRTYPE_NAPTR },
	{ "b.c.d.e.a.test.", KNOT_RRTYPE_A },
	{ "many.f.test.", KNOT_RRTYPE_TXT },
	{ "c.test.", KNOT_RRTYPE_SOA },
	{ "other.test.", KNOT_RRTYPE_A },
	{ "f.test.", KNOT_RRTYPE_MX },
	{ "txt.f.test.", KNOT_RRTYPE_TXT },
	{ "caa.f.test.", KNOT_RRTYPE_CAA },
};
#define QUESTIONS (sizeof(questions) / sizeof(questions[0]))

/*! \brief A set is as complete as another one: it gives the same answers. */
static void assert_same_answers(const hm_hosted_set_t *set, const hm_hosted_set_t *other)
{
	static result_t one, two;
	assert_int_equal(hm_hosted_file_count(hm_hosted_set_file(set)),
	                 hm_hosted_file_count(hm_hosted_set_file(other)));
	for (size_t i = 0; i < QUESTIONS; i++) {
		ask(set, questions[i].name, questions[i].type, -1, &one);
		ask(other, questions[i].name, questions[i].type, -1, &two);
		assert_int_equal(one.size, two.size);
		assert_memory_equal(one.wire, two.wire, one.size);
	}
}

static void loads_fail(bool all)
{
	write_files();
	found_t found, clean;
	hm_hosted_set_t *whole = NULL;
	assert_int_equal(load(&clean, &whole), KNOT_EOK);
	assert_true(clean.errors > 0 && clean.warnings > 0);
	long count = 0, tolerated = 0;
	for (;; count++) {
		hm_hosted_set_t *set = (hm_hosted_set_t *)&found;
		long live = heap.live;
		heap.failed = 0;
		heap.all = all;
		heap.countdown = count;
		int ret = load(&found, &set);
		heap.countdown = -1;
		if (ret == KNOT_EOK) {
			// It can do without some: then nothing is missing.
			assert_same_answers(set, whole);
			assert_int_equal(found.errors, clean.errors);
			hm_hosted_set_free(set);
			tolerated += (heap.failed > 0);
		} else {
			assert_int_equal(ret, KNOT_ENOMEM);
			assert_ptr_equal(set, &found);
			assert_true(heap.failed > 0);
		}
		assert_int_equal(heap.live, live);
		if (heap.failed == 0) {
			break;
		}
	}
	print_message("# %ld allocations, %ld not needed\n", count, tolerated);
	assert_true(count > 100 && tolerated < count / 10);
	hm_hosted_set_free(whole);
}

static void every_single_allocation_of_a_load_can_fail(void **state)
{
	loads_fail(false);
}

static void all_allocations_of_a_load_can_fail_from_any_on(void **state)
{
	loads_fail(true);
}

static void every_allocation_of_a_query_can_fail(void **state)
{
	write_files();
	found_t found;
	hm_hosted_set_t *set = NULL;
	assert_int_equal(load(&found, &set), KNOT_EOK);
	static result_t whole, part;
	long total = 0;
	for (size_t i = 0; i < QUESTIONS; i++) {
		ask(set, questions[i].name, questions[i].type, -1, &whole);
		assert_true((whole.size > 0) == whole.found);
		for (long count = 0;; count++) {
			long live = heap.live;
			ask(set, questions[i].name, questions[i].type, count, &part);
			assert_int_equal(heap.live, live);
			if (part.size == whole.size) {
				assert_memory_equal(part.wire, whole.wire, whole.size);
				break;
			}
			assert_int_equal(part.size, 0);
			assert_true(count < 200);
			total++;
		}
	}
	assert_true(total > 50);
	hm_hosted_set_free(set);
}

/*! \brief Memory of a packet that is no heap. */
typedef struct {
	_Alignas(max_align_t) uint8_t data[1 << 18];
	size_t used;
} arena_t;

static void *arena_alloc(void *ctx, size_t size)
{
	arena_t *arena = ctx;
	size = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
	assert_true(size <= sizeof(arena->data) - arena->used);
	arena->used += size;
	return arena->data + arena->used - size;
}

static void arena_free(void *ptr)
{
	(void)ptr;
}

static void a_query_takes_no_heap(void **state)
{
	write_files();
	found_t found;
	hm_hosted_set_t *set = NULL;
	assert_int_equal(load(&found, &set), KNOT_EOK);
	unsigned answered = 0;
	for (size_t i = 0; i < QUESTIONS; i++) {
		static arena_t arena;
		static uint8_t wire[65535];
		arena.used = 0;
		knot_mm_t mm = { .ctx = &arena, .alloc = arena_alloc, .free = arena_free };
		uint8_t buf[512];
		knot_rdataset_t txt;
		make_flag(&txt, buf);
		knot_pkt_t *query = knot_pkt_new(NULL, 512, NULL);
		assert_non_null(query);
		assert_int_equal(knot_pkt_put_question(query, dname(questions[i].name),
		                                       KNOT_CLASS_IN, questions[i].type),
		                 KNOT_EOK);
		knot_pkt_t *resp = knot_pkt_new(wire, sizeof(wire), &mm);
		assert_int_equal(knot_pkt_init_response(resp, query), KNOT_EOK);
		const knot_dname_t *name = dname(questions[i].name);

		heap.failed = 0;
		heap.all = true;
		heap.countdown = 0;
		hm_owner_t owner;
		const char *reason;
		int ret = KNOT_ENOENT;
		if (hm_hosted_set_find(set, name, get_flag, &txt, &owner)) {
			ret = answer(hm_hosted_set_complete(set, &owner, &mm, &reason), &owner.domain,
			             resp);
		}
		heap.countdown = -1;
		assert_int_equal(heap.failed, 0);
		assert_true(ret == KNOT_EOK || ret == KNOT_ENOENT);
		answered += (ret == KNOT_EOK);
		knot_pkt_free(query);
	}
	assert_true(answered > 10);
	hm_hosted_set_free(set);
}
#endif

int main(void)
{
#if HAVE_ALLOCATOR
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_single_allocation_of_a_load_can_fail),
		cmocka_unit_test(all_allocations_of_a_load_can_fail_from_any_on),
		cmocka_unit_test(every_allocation_of_a_query_can_fail),
		cmocka_unit_test(a_query_takes_no_heap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
#else
	puts("1..0 # SKIP a sanitizer has an allocator of its own");
	return 0;
#endif
}
