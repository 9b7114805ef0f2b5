/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is checked about a store's file before LMDB maps it.  Private to
 * store/env*.c.
 */
#ifndef STORE_ENV_FILE_H
#define STORE_ENV_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"

struct env_file {
	bool exists;
	uint64_t dev, ino, size; /* when it exists */
};

/* Kind, file system, and whether its first pages can be a store's.  A missing
 * file is no error here; an empty one is as good as missing. */
int env_file_check(const char *path, struct env_file *f, struct err *e)
    CC_CHECK;
/* The lock file beside it, for `write`rs and readers alike: made with mode 0660
 * when missing, else this process must be able to write it. */
int env_file_lock(const char *path, bool create, struct err *e) CC_CHECK;

#endif
