/* SPDX-License-Identifier: BSD-2-Clause */
/* Local files and pipes, read piece by piece, of any size up to a bound. */
#ifndef SYNC_FD_READ_H
#define SYNC_FD_READ_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"

/* A regular file, for reading; what is none does not hold us up.  -1 with e set:
 * ERR_NOT_FOUND, ERR_IO. */
int fd_open(const char *path, struct err *e) CC_CHECK;

/* Who takes the bytes, and how many there may be. */
struct fd_each {
	size_t piece;        /* bytes of a read at the most */
	uint64_t max;        /* bytes of all */
	const char *subject; /* "it", which cannot be read … */
	const char *larger;  /* … or is "larger" than it may be */
	int (*bytes)(void *ctx, const char *p, size_t n, struct err *e);
	void *ctx;
};

/* Read to the end; *total: the bytes that came.  -1 with e set: ERR_IO, ERR_LIMIT
 * (the piece that passes the bound is not handed over), ERR_MEMORY, or what
 * bytes() set. */
int fd_each(int fd, const struct fd_each *each, uint64_t *total,
    struct err *e) CC_CHECK;

#endif
