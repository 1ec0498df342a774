/* SPDX-License-Identifier: GPL-2.0-or-later */

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <libknot/errcode.h>

#include "hostedmail/strerror.h"
#include "shell.h"

/*! \brief Most bytes that a command may print. */
#define OUTPUT_MAX (64 * 1024 * 1024)

static int64_t now_ms(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/*! \brief The child: become the command. */
static void become(const char *command, int out, int lock)
{
	if (lock >= 0) {
		(void)fcntl(lock, F_SETFD, 0);
	}
	sigset_t none;
	sigemptyset(&none);
	(void)sigprocmask(SIG_SETMASK, &none, NULL);
	int input = open("/dev/null", O_RDONLY);
	if (input >= 0 && dup2(input, STDIN_FILENO) >= 0 && dup2(out, STDOUT_FILENO) >= 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
	}
	_exit(127);
}

/*! \brief Read until the end; false if that does not come in time, or is too far away. */
static bool read_all(int fd, int64_t until, FILE *to)
{
	char buf[65536];
	size_t total = 0;
	while (total <= OUTPUT_MAX) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int64_t left = (until > 0) ? until - now_ms() : -1;
		if (until > 0 && left <= 0) {
			return false;
		}
		int ready = poll(&wait, 1, (left > INT32_MAX) ? INT32_MAX : (int)left);
		if (ready <= 0) {
			continue;
		}
		ssize_t got = read(fd, buf, sizeof(buf));
		if (got == 0) {
			return true;
		}
		if (got > 0) {
			total += got;
			fwrite(buf, 1, got, to);
		} else if (errno != EINTR) {
			return false;
		}
	}
	return false;
}

/*! \brief Say how a command ended. */
static int result(const char *command, int status, hm_error_t *error)
{
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0) {
		return KNOT_EOK;
	}
	if (WIFSIGNALED(status)) {
		hm_error_set(error, "the command '%s' was killed by signal %d", command,
		             WTERMSIG(status));
	} else {
		hm_error_set(error, "the command '%s' ended with %d", command,
		             WEXITSTATUS(status));
	}
	return KNOT_ERROR;
}

static int wait_for(pid_t child, const char *command, hm_error_t *error)
{
	int status;
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR) {
			hm_error_set(error, "the command '%s' is lost (%s)", command,
			             hm_errno_text());
			return KNOT_ERROR;
		}
	}
	return result(command, status, error);
}

int hm_shell_run(const char *command, int lock, int timeout_ms, char **output, hm_error_t *error)
{
	char *text = NULL;
	size_t len;
	int ends[2] = { -1, -1 }, ret = KNOT_ENOMEM;
	FILE *to = (output != NULL) ? open_memstream(&text, &len) : NULL;
	if (output != NULL && (to == NULL || pipe2(ends, O_CLOEXEC) != 0)) {
		hm_error_set(error, "the command '%s' cannot be run (%s)", command,
		             hm_errno_text());
		goto done;
	}
	pid_t child = fork();
	if (child == 0) {
		become(command, (output != NULL) ? ends[1] : STDERR_FILENO, lock);
	}
	if (child < 0) {
		hm_error_set(error, "the command '%s' cannot be run (%s)", command,
		             hm_errno_text());
		goto done;
	}
	bool late = false;
	if (output != NULL) {
		close(ends[1]);
		ends[1] = -1;
		late = !read_all(ends[0], (timeout_ms > 0) ? now_ms() + timeout_ms : 0, to);
	}
	if (late) {
		(void)kill(child, SIGKILL);
	}
	ret = wait_for(child, command, error);
	if (late) {
		hm_error_set(error, "the command '%s' takes too long", command);
		ret = KNOT_ETIMEOUT;
	}

done:
	for (int i = 0; i < 2; i++) {
		if (ends[i] >= 0) {
			close(ends[i]);
		}
	}
	if (to != NULL && fclose(to) != 0 && ret == KNOT_EOK) {
		hm_error_set(error, "out of memory");
		ret = KNOT_ENOMEM;
	}
	if (ret == KNOT_EOK && output != NULL) {
		*output = text;
	} else {
		free(text);
	}
	return ret;
}
