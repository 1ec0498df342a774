/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

/*! \brief Milliseconds between two updates of the line. */
#define INTERVAL_MS 200

#define BAR_WIDTH 30

static struct {
	pthread_mutex_t lock;
	pthread_cond_t end;
	pthread_t thread;
	bool running;
	bool ended;
	bool shown;
	const char *what;
	_Atomic size_t done;   /*!< Of so many; without a lock, for many threads. */
	_Atomic size_t total;  /*!< 0 if nobody knows. */
} progress = {
	.lock = PTHREAD_MUTEX_INITIALIZER,
	.end = PTHREAD_COND_INITIALIZER,
};

/*! \brief Wait for the end, but no longer than this; the lock is held. */
static void wait_ms(long ms)
{
	struct timespec until;
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += ms % 1000 * 1000000;
	until.tv_sec += ms / 1000 + until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	while (!progress.ended &&
	       pthread_cond_timedwait(&progress.end, &progress.lock, &until) != ETIMEDOUT) {
	}
}

/*! \brief Take the line away; the lock is held. */
static void clear(void)
{
	if (progress.shown) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
		progress.shown = false;
	}
}

/*! \brief Print the line; the lock is held. */
static void print_line(long seconds)
{
	size_t done = progress.done, total = progress.total;
	fprintf(stderr, "\r\033[K%s: ", progress.what);
	if (total > 0) {
		int width = BAR_WIDTH * done / total;
		fprintf(stderr, "[%.*s%*s] %zu of %zu, ", width, "##############################",
		        BAR_WIDTH - width, "", done, total);
	}
	fprintf(stderr, "%ld s", seconds);
}

static void *show(void *unused)
{
	(void)unused;
	struct timespec start, now;
	clock_gettime(CLOCK_MONOTONIC, &start);
	pthread_mutex_lock(&progress.lock);
	wait_ms(HM_PROGRESS_AFTER * 1000);
	while (!progress.ended) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		print_line(now.tv_sec - start.tv_sec);
		fflush(stderr);
		progress.shown = true;
		wait_ms(INTERVAL_MS);
	}
	clear();
	pthread_mutex_unlock(&progress.lock);
	return NULL;
}

void hm_progress_begin(const char *what)
{
	if (!isatty(STDERR_FILENO)) {
		return;
	}
	if (progress.running) {
		pthread_mutex_lock(&progress.lock);
		progress.what = what;
		pthread_mutex_unlock(&progress.lock);
		return;
	}
	progress.what = what;
	progress.total = 0;
	progress.ended = false;
	// A signal is for the thread that does the work, which may have blocked it for a time.
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	// Without a thread there is no line, and nothing else is missing.
	progress.running = (pthread_create(&progress.thread, NULL, show, NULL) == 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
}

void hm_progress_count(size_t done, size_t total)
{
	progress.done = done;
	progress.total = total;
}

void hm_progress_end(void)
{
	if (!progress.running) {
		return;
	}
	pthread_mutex_lock(&progress.lock);
	progress.ended = true;
	pthread_cond_signal(&progress.end);
	pthread_mutex_unlock(&progress.lock);
	pthread_join(progress.thread, NULL);
	progress.running = false;
}

void hm_progress_clear(void)
{
	if (progress.running) {
		pthread_mutex_lock(&progress.lock);
		clear();
		pthread_mutex_unlock(&progress.lock);
	}
}
