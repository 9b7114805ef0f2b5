/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Archives: gzip, bzip2, xz and zstd files, zip, tar and its compressed kinds,
 * through libarchive.  unpack.c is its only user.
 *
 * libarchive reads from a file, so what comes over the network is put into one
 * without a name first.  What comes out is bounded in bytes and in files,
 * whatever the archive claims, and so is what it takes to unpack it: an archive
 * whose dictionary is larger than LIMIT_WINDOW (xz -9, zstd --long) is read as long
 * as no more than that has come out of it.
 */
#ifndef SYNC_UNPACK_H
#define SYNC_UNPACK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"

#define UNPACK_HEAD 262 /* bytes that tell every kind */

/* Do these first bytes of a file begin an archive? */
bool unpack_is_archive(const char *p, size_t n);

struct unpack {
	const char *member;  /* glob over names of files in it; NULL: all */
	uint64_t max;        /* bytes that may come out */
	/* A file of it, from begin to end; -1 with e set ends it all, and e then
	 * names it.  `name` is its path, valid until its end; NULL of what is
	 * compressed only. */
	int (*begin)(void *ctx, const char *name, struct err *e);
	int (*bytes)(void *ctx, const char *p, size_t n, struct err *e);
	int (*end)(void *ctx, uint64_t bytes, struct err *e);
	void *ctx;
};

/* Read the archive that the file holds, from its beginning.  0; -1 with e set:
 * ERR_SYNTAX (damaged, or nothing in it that is wanted), ERR_LIMIT, or what a
 * callback set. */
int unpack_file(int fd, const struct unpack *u, struct err *e) CC_CHECK;

/* A file without a name, to write to and read from; -1 with e set.  `kept` is one
 * that was opened when it could be, and is emptied for this use; 0: none. */
int unpack_spool(int kept, struct err *e) CC_CHECK;
int unpack_spool_add(int fd, const char *p, size_t n, struct err *e) CC_CHECK;

#endif
