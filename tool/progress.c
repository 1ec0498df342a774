/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "progress.h"

/*! \brief Milliseconds between two updates of the line. */
#define INTERVAL_MS 200

static struct {
	pthread_mutex_t lock;
	pthread_cond_t end;
	pthread_t thread;
	bool running;
	bool ended;
	bool shown;
	const char *what;
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

static void *show(void *unused)
{
	(void)unused;
	struct timespec start, now;
	clock_gettime(CLOCK_MONOTONIC, &start);
	pthread_mutex_lock(&progress.lock);
	wait_ms(HM_PROGRESS_AFTER * 1000);
	while (!progress.ended) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		fprintf(stderr, "\r\033[K%s: %ld s", progress.what,
		        (long)(now.tv_sec - start.tv_sec));
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
	progress.ended = false;
	// A signal is for the thread that does the work, which may have blocked it for a time.
	sigset_t all, before;
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	// Without a thread there is no line, and nothing else is missing.
	progress.running = (pthread_create(&progress.thread, NULL, show, NULL) == 0);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
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
