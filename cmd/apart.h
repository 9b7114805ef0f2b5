/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A piece of work in a process of its own, a copy of this one: what it does to
 * itself, such as giving up rights, ends with it.
 */
#ifndef CMD_APART_H
#define CMD_APART_H

#include "base/cc.h"
#include "base/err.h"

/* Returns an exit status, with e set unless it is EXIT_DONE. */
typedef int apart_fn(void *ctx, struct err *e);

/*
 * Run it and wait for it.  What it writes to stdout and stderr comes out before
 * this returns.  SIGINT and SIGTERM, for which stop_install() was called, are
 * passed on.  Its status and error; one that was ended by a signal is EXIT_SOURCE.
 */
int apart_run(apart_fn *fn, void *ctx, struct err *e) CC_CHECK;

#endif
