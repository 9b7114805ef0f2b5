/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which system calls a process may make (seccomp, through libseccomp; the only
 * file that knows it).  For good, and for all that the process starts.
 *
 * A fetcher has a list of what it needs.  What no fetcher would ever do (start a
 * program, look into another process, mount, load code into the kernel) ends it,
 * with an exit status that says which call it was; anything else that is not on
 * the list fails with EPERM.
 *
 * A keeper, and the programs of the operator that it starts, have a list of what
 * they may not: it fails with EPERM.
 */
#ifndef SYNC_SYSCALLS_H
#define SYNC_SYSCALLS_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/ruleset.h"

/* Can filters be set here? */
bool syscalls_can(void);
/* PR_SET_NO_NEW_PRIVS must be set, and this be the only thread.  `r` says which
 * sockets are needed. */
int syscalls_fetcher(const struct ruleset *r, struct err *e) CC_CHECK;
int syscalls_keeper(struct err *e) CC_CHECK;
/* A keeper that has started all that it will: no program, no process, no socket,
 * no memory that is written and run; it fails with EPERM. */
int syscalls_store(struct err *e) CC_CHECK;
/* The name of the call that such an exit status tells of; NULL: it is none. */
const char *syscalls_ended(int status);

#endif
