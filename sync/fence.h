/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program of the operator's may do with files.  It is not ours, so nobody
 * knows what it needs: it reads and runs what its user may, but for what is named
 * as hidden; and it writes where anybody may (/tmp, /var/tmp, /dev/shm) and below
 * what is named as open, but not in the folder of the store.  The lock file alone
 * it writes, as every reader does.
 *
 * Only Landlock can do that: a kernel without denies none of it.  Landlock has no
 * "all but": around what is left out, all that stands beside it is named, when the
 * program is started.  What is put there later it does not see.
 */
#ifndef SYNC_FENCE_H
#define SYNC_FENCE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/cc.h"
#include "base/err.h"

struct ruleset;

struct fence {
	char **hidden; size_t nhidden; /* files and folders, as they are named */
	char **open; size_t nopen;     /* folders and files; count more */
	bool failed;                   /* out of memory: it is not whole */
};

void fence_init(struct fence *f);
void fence_free(struct fence *f);
/* Paths are copied; NULL is none. */
void fence_hide(struct fence *f, const char *path);
void fence_open(struct fence *f, const char *path);

/* The rules of a program on this store. */
void fence_rules(const struct fence *f, const char *store, struct ruleset *r);
/* The same for a daemon and all that it starts: reads and runs everything, writes
 * where its programs may, and in the folders of the store and of other files that
 * it makes; `made` ends with NULL. */
void fence_daemon(const struct fence *f, const char *store,
    const char *const *made, struct ruleset *r);
/* All that `now` needs is in `before`.  -1 with e set (ERR_CONFIG). */
int fence_covers(const struct ruleset *before, const struct ruleset *now,
    struct err *e) CC_CHECK;

#endif
