/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Loaded before the C library (LD_PRELOAD): the process stops itself (SIGSTOP)
 * right before the Nth call that writes or syncs a file whose path holds
 * STOP_FILE; N is STOP_AT.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

static long calls;

static int
is_meant(int fd)
{
	const char *end = getenv("STOP_FILE");
	char link[64], path[4097];
	ssize_t n;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	n = readlink(link, path, sizeof(path) - 1);
	if (end == NULL || n < 0)
		return 0;
	path[n] = '\0';
	return strstr(path, end) != NULL;
}

static void
count(int fd)
{
	const char *at = getenv("STOP_AT");

	if (!is_meant(fd))
		return;
	if (at != NULL && strtol(at, NULL, 10) == ++calls)
		raise(SIGSTOP);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t
pwrite(int fd, const void *p, size_t n, off_t at)
{
	count(fd);
	return REAL(pwrite)(fd, p, n, at);
}

ssize_t
pwrite64(int fd, const void *p, size_t n, off64_t at)
{
	count(fd);
	return REAL(pwrite64)(fd, p, n, at);
}

ssize_t
pwritev(int fd, const struct iovec *v, int n, off_t at)
{
	count(fd);
	return REAL(pwritev)(fd, v, n, at);
}

ssize_t
pwritev64(int fd, const struct iovec *v, int n, off64_t at)
{
	count(fd);
	return REAL(pwritev64)(fd, v, n, at);
}

ssize_t
writev(int fd, const struct iovec *v, int n)
{
	count(fd);
	return REAL(writev)(fd, v, n);
}

ssize_t
write(int fd, const void *p, size_t n)
{
	count(fd);
	return REAL(write)(fd, p, n);
}

int
fdatasync(int fd)
{
	count(fd);
	return REAL(fdatasync)(fd);
}

int
ftruncate(int fd, off_t n)
{
	count(fd);
	return REAL(ftruncate)(fd, n);
}

int
ftruncate64(int fd, off64_t n)
{
	count(fd);
	return REAL(ftruncate64)(fd, n);
}
