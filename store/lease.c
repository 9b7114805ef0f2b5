/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A lease is a lock on two bytes of "PATH-lease", at a place that the source's
 * name gives.  The first is locked for this open file, which keeps two polls of
 * one process apart too and dies with its holder; the second is locked for this
 * process, only because such a lock can be asked whose it is.
 */
#include "store/batch.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/digest.h"

static struct flock
lease_range(const struct store *s, struct slice name, off_t byte)
{
	struct flock fl = {
	    .l_type = F_WRLCK, .l_whence = SEEK_SET, .l_len = 1};
	uint64_t h = digest64(name.p, name.n, s->id.seed);

	/* An even number of 62 bits: both bytes are in the range of off_t. */
	fl.l_start = (off_t)(h >> 2 & ~UINT64_C(1)) + byte;
	return fl;
}

static int
lease_open(const char *path, struct err *e)
{
	char name[PATH_MAX];
	int fd;

	if (snprintf(name, sizeof(name), "%s-lease", path) >=
	    (int)sizeof(name))
		return err_set(e, ERR_STORE, "store '%s': path too long", path);
	fd = open(name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0660);
	if (fd < 0)
		return err_sys(e, errno == ENOSPC ? ERR_FULL : ERR_STORE,
		    errno, "lease file '%s'; give the right to write it, or "
		    "remove it", name);
	return fd;
}

int
lease_take(const struct store *s, struct slice name, int *out, struct err *e)
{
	struct flock fl = lease_range(s, name, 0);
	int fd = lease_open(s->path, e);

	if (fd < 0)
		return -1;
	if (fcntl(fd, F_OFD_SETLK, &fl) == 0) {
		fl = lease_range(s, name, 1);
		/* Only for the message of the other side. */
		(void)fcntl(fd, F_SETLK, &fl);
		*out = fd;
		return 0;
	}
	if (errno != EAGAIN && errno != EACCES) {
		err_sys(e, ERR_STORE, errno, "lease of source '%.*s'",
		    SLICE_ARG(name));
		close(fd);
		return -1;
	}
	fl = lease_range(s, name, 1);
	if (fcntl(fd, F_GETLK, &fl) == 0 && fl.l_type != F_UNLCK &&
	    fl.l_pid > 0)
		err_set(e, ERR_BUSY, "source '%.*s' is being polled by "
		    "process %ld; wait for it, or end it", SLICE_ARG(name),
		    (long)fl.l_pid);
	else
		err_set(e, ERR_BUSY, "source '%.*s' is being polled already; "
		    "wait for that poll to end", SLICE_ARG(name));
	close(fd);
	return -1;
}

bool
lease_held(const struct store *s, struct slice name)
{
	struct flock fl = lease_range(s, name, 0);
	int fd = lease_open(s->path, NULL);
	bool held;

	if (fd < 0)
		return false;
	held = fcntl(fd, F_OFD_GETLK, &fl) == 0 && fl.l_type != F_UNLCK;
	close(fd);
	return held;
}

void
lease_give(int fd)
{
	struct flock fl = {.l_type = F_UNLCK, .l_whence = SEEK_SET};

	if (fd < 0)
		return;
	/* A child may hold a copy of the descriptor: unlock, do not only
	 * close. */
	(void)fcntl(fd, F_OFD_SETLK, &fl);
	close(fd);
}
