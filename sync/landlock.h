/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Landlock, as far as the running kernel has it: a ruleset takes effect on this
 * thread and all that it starts, for good.
 *
 *   ABI 1  files and folders (Linux 5.13)      4  TCP ports (6.7)
 *       2  moving between folders (5.19)       5  control of devices (6.10)
 *       3  cutting files short (6.2)           6  abstract sockets, signals (6.12)
 *
 * The kernel's own definitions are repeated in landlock.c, so that a build for
 * many kernels does not depend on the headers of one.
 */
#ifndef SYNC_LANDLOCK_H
#define SYNC_LANDLOCK_H

#include "base/cc.h"
#include "base/err.h"
#include "sync/ruleset.h"

#define LANDLOCK_ABI_PORTS 4 /* connections are told apart by port */

/* 0: none, or none that we may use. */
int landlock_abi(void);
/* Deny this thread what the rules do not name.  PR_SET_NO_NEW_PRIVS must be set.
 * -1 with e set when there is no Landlock or the system refuses. */
int landlock_restrict(const struct ruleset *r, struct err *e) CC_CHECK;
/* The same in two steps: the rules as a descriptor (close-on-exec), which a
 * process that may not allocate puts on itself. */
int landlock_open(const struct ruleset *r, struct err *e) CC_CHECK;
int landlock_enter(int fd) CC_CHECK; /* -1: errno says why */

#endif
