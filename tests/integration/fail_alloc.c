/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Preloaded into a server, it counts the allocations of the module, by itself or by a library
 *        on its behalf, told by the calls under way; and makes a chosen one fail.
 *
 * HM_FAIL_ALLOC names a file of four numbers of 32 bits, shared with the test: how many allocations
 * until one fails, zero for none; how many there were; how many failed; how many were for the heap,
 * not for the memory context of a query, which the server lets grow as it likes.
 */

#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAMES_MAX 24

typedef struct {
	int32_t countdown;
	int32_t count;
	int32_t failed;
	int32_t heap;
} control_t;

/*! \brief Who allocates, and for what. */
typedef enum {
	FOR_SERVER, /*!< The module has no part in it. */
	FOR_QUERY,  /*!< The module, from the memory context of a query. */
	FOR_HEAP,   /*!< The module. */
} purpose_t;

static control_t *control;
static const void *server; /*!< Where the server's executable begins. */
static _Thread_local bool inside; /*!< What looks at the calls may allocate itself. */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t align, size_t size);
void *reallocarray(void *ptr, size_t count, size_t size);
int posix_memalign(void **out, size_t align, size_t size);

__attribute__((constructor))
static void start(void)
{
	const char *file = getenv("HM_FAIL_ALLOC");
	int fd = (file != NULL) ? open(file, O_RDWR | O_CLOEXEC) : -1;
	if (fd < 0) {
		return;
	}
	void *memory = mmap(NULL, sizeof(*control), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	void *frame;
	(void)backtrace(&frame, 1); // Loads a library the first time.
	Dl_info info;
	if (dladdr((const void *)getauxval(AT_ENTRY), &info) != 0) {
		server = info.dli_fbase;
	}
	control = (memory != MAP_FAILED) ? memory : NULL;
}

/*!
 * \brief Look at the calls under way, the last one first.
 *
 * The module and the libraries call the server by its names, which all start alike, and for the
 * memory context of a query, which has no name.
 */
static purpose_t get_purpose(void)
{
	void *frames[FRAMES_MAX];
	int count = backtrace(frames, FRAMES_MAX);
	purpose_t purpose = FOR_HEAP;
	for (int i = 2; i < count; i++) {
		Dl_info info;
		if (dladdr(frames[i], &info) == 0 || info.dli_fname == NULL) {
			continue;
		}
		const char *name = (info.dli_sname != NULL) ? info.dli_sname : "";
		// Up to 3.5 at least the server frees its counters twice if this one fails.
		if (strcmp(name, "knotd_mod_stats_add") == 0) {
			return FOR_SERVER;
		}
		if (strstr(info.dli_fname, "/hostedmail.so") != NULL) {
			return purpose;
		}
		if (info.dli_fbase == server) {
			// The outermost call counts, that of the module or of a library.
			purpose = (strncmp(name, "knotd_", 6) == 0) ? FOR_HEAP : FOR_QUERY;
		}
	}
	return FOR_SERVER;
}

__attribute__((noinline))
static bool fails(void)
{
	if (control == NULL || inside) {
		return false;
	}
	inside = true;
	bool failed = false;
	purpose_t purpose = get_purpose();
	if (purpose != FOR_SERVER) {
		__atomic_add_fetch(&control->count, 1, __ATOMIC_RELAXED);
		__atomic_add_fetch(&control->heap, purpose == FOR_HEAP, __ATOMIC_RELAXED);
		if (control->countdown > 0 &&
		    __atomic_sub_fetch(&control->countdown, 1, __ATOMIC_RELAXED) == 0) {
			__atomic_add_fetch(&control->failed, 1, __ATOMIC_RELAXED);
			failed = true;
		}
	}
	inside = false;
	return failed;
}

void *malloc(size_t size)
{
	return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
	return fails() ? NULL : __libc_calloc(count, size);
}

void *realloc(void *ptr, size_t size)
{
	return (size > 0 && fails()) ? NULL : __libc_realloc(ptr, size);
}

void *reallocarray(void *ptr, size_t count, size_t size)
{
	size_t bytes;
	bool over = __builtin_mul_overflow(count, size, &bytes);
	return (fails() || over) ? NULL : __libc_realloc(ptr, bytes);
}

void *aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}

int posix_memalign(void **out, size_t align, size_t size)
{
	void *block = fails() ? NULL : __libc_memalign(align, size);
	if (block == NULL) {
		return ENOMEM;
	}
	*out = block;
	return 0;
}
