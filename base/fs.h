/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Small files, read and written whole.
 *
 * Errors name the path and are of ERR_IO, or ERR_LIMIT when a file is larger
 * than it may be.
 */
#ifndef BASE_FS_H
#define BASE_FS_H

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"

/* Append a regular file's bytes to a buffer, up to the buffer's maximum. */
int fs_read(const char *path, struct buf *out, struct err *e) CC_CHECK;

/* The same of a descriptor that stands at its begin; it stays open.  `path` is
 * what errors call it. */
int fs_read_fd(int fd, const char *path, struct buf *out, struct err *e)
    CC_CHECK;

/* A secret: a regular file of at most LIMIT_SECRET bytes without a NUL; one
 * trailing line end is dropped.  *out is allocated; give it to
 * fs_wipe_string(). */
int fs_read_secret(const char *path, char **out, struct err *e) CC_CHECK;

/* Overwrite and free a string.  NULL is accepted. */
void fs_wipe_string(char *s);

/* Write all of it to a descriptor.  `what` stands in front of the error. */
int fs_write_all(int fd, const char *what, struct slice bytes, struct err *e)
    CC_CHECK;

/* The folder that `path` is in, which may be "."; allocated.  NULL: no memory. */
char *fs_folder(const char *path);

/* A path from the folder `base`, which ends with '/' (NULL: the working directory);
 * allocated.  NULL: no memory. */
char *fs_under(const char *base, const char *path);

/* The name of a file is only as durable as its folder: sync the folder that
 * `path` is in.  -1, with errno. */
int fs_sync_folder(const char *path);

/* Write a file so that readers see the old or the new one, also after a crash:
 * a new file beside it, synced, renamed, and the folder synced. */
int fs_write(const char *path, struct slice bytes, unsigned mode,
    struct err *e) CC_CHECK;

#endif
