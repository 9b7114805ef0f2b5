/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program of the operator's that tells a secret: one line on its standard
 * output.
 *
 * Whoever starts a fetcher starts it, before that, so that the fetcher gets a
 * secret and starts nothing.  It is a process of program.h, behind the fence of
 * every program (fence.h): it reads no other secret of the configuration and does
 * not write the store.  It has a time, and ends with all that it started.
 *
 * Its output appears in no error.  What it says on its standard error does only
 * when it failed and had written nothing else: what was written with a secret
 * might hold it, too.
 */
#ifndef SYNC_SECRET_RUN_H
#define SYNC_SECRET_RUN_H

#include <signal.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/confine.h"
#include "sync/fence.h"

struct secret_program {
	char *const *argv;   /* argv[0] is its path */
	char *const *env;
	int64_t timeout;     /* ns */
	const struct sandbox *sandbox;
	const struct fence *fence;
	const char *store;   /* that it does not write */
	const volatile sig_atomic_t *stop; /* or NULL: ends it when set */
};

/*
 * 0 with *out (fs_wipe_string() frees it): one line of UTF-8 without control
 * characters, 1 to LIMIT_SECRET bytes, its end dropped.  -1 with e set: ERR_AUTH
 * for all that the program does wrong, ERR_CONFIG where it cannot be started.
 * Waits, but looks at `stop`.
 */
int secret_run(const struct secret_program *p, char **out, struct err *e)
    CC_CHECK;

#endif
