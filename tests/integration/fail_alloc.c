/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Preloaded into a server, it makes a chosen allocation of the module fail: one by the module
 *        or by a library on its behalf, told by the calls under way.
 *
 * HM_FAIL_ALLOC names a file of three numbers of 32 bits, shared with the test: how many allocations
 * until one fails, zero for none; how many there were; how many failed.
 */

#include <dlfcn.h>
#include <execinfo.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define FRAMES_MAX 24

typedef struct {
	int32_t countdown;
	int32_t count;
	int32_t failed;
} control_t;

static control_t *control;
static _Thread_local bool inside; /*!< What looks at the calls may allocate itself. */

void *__libc_malloc(size_t size);
void *__libc_calloc(size_t count, size_t size);
void *__libc_realloc(void *ptr, size_t size);
void *__libc_memalign(size_t align, size_t size);

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
	control = (memory != MAP_FAILED) ? memory : NULL;
}

static bool by_module(void)
{
	void *frames[FRAMES_MAX];
	int count = backtrace(frames, FRAMES_MAX);
	for (int i = 2; i < count; i++) {
		Dl_info info;
		if (dladdr(frames[i], &info) == 0 || info.dli_fname == NULL) {
			continue;
		}
		// Up to 3.5 at least the server frees its counters twice if this one fails.
		if (info.dli_sname != NULL && strcmp(info.dli_sname, "knotd_mod_stats_add") == 0) {
			return false;
		}
		if (strstr(info.dli_fname, "/hostedmail.so") != NULL) {
			return true;
		}
	}
	return false;
}

__attribute__((noinline))
static bool fails(void)
{
	if (control == NULL || inside) {
		return false;
	}
	inside = true;
	bool failed = false;
	if (by_module()) {
		__atomic_add_fetch(&control->count, 1, __ATOMIC_RELAXED);
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

void *aligned_alloc(size_t align, size_t size)
{
	return fails() ? NULL : __libc_memalign(align, size);
}
