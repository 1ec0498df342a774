/* SPDX-License-Identifier: GPL-2.0-or-later */

/*!
 * \file
 *
 * \brief Preloaded into a program, it kills it right before the step of the number HM_DIE_BEFORE,
 *        as a power failure might.
 *
 * A step is a call that others can see the effect of: a file that is created, brought to the disk,
 * linked, renamed or removed, a command that is started, a message that is sent.
 */

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static void step(void)
{
	static long left;
	const char *number = getenv("HM_DIE_BEFORE");
	if (left == 0) {
		left = (number != NULL) ? atol(number) : -1;
	}
	if (left > 0 && --left == 0) {
		kill(getpid(), SIGKILL);
	}
	left = (left == 0) ? -1 : left;
}

#define NEXT(function, name) __typeof__(function) *name = dlsym(RTLD_NEXT, #function)

int renameat(int from, const char *old, int to, const char *name)
{
	NEXT(renameat, next);
	step();
	return next(from, old, to, name);
}

int linkat(int from, const char *old, int to, const char *name, int flags)
{
	NEXT(linkat, next);
	step();
	return next(from, old, to, name, flags);
}

int unlinkat(int folder, const char *name, int flags)
{
	NEXT(unlinkat, next);
	step();
	return next(folder, name, flags);
}

int fsync(int fd)
{
	NEXT(fsync, next);
	step();
	return next(fd);
}

int fchmod(int fd, mode_t mode)
{
	NEXT(fchmod, next);
	step();
	return next(fd, mode);
}

pid_t fork(void)
{
	NEXT(fork, next);
	step();
	return next();
}

ssize_t sendmsg(int fd, const struct msghdr *msg, int flags)
{
	NEXT(sendmsg, next);
	step();
	return next(fd, msg, flags);
}

ssize_t send(int fd, const void *data, size_t size, int flags)
{
	NEXT(send, next);
	step();
	return next(fd, data, size, flags);
}
