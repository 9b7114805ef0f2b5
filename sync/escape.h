/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fetcher that turns on its host, for tests.  In a build with
 * TAXIWAY_TEST_HOOKS the environment variable TAXIWAY_TEST_ESCAPE = "WHAT:WHERE"
 * has it try, once it is confined, what no fetcher may do (the table in escape.c)
 * and then end with what came of it as its error: "escape: WHAT: done", or the
 * system's refusal.  Any other build has no such code.
 */
#ifndef SYNC_ESCAPE_H
#define SYNC_ESCAPE_H

#include "base/cc.h"
#include "base/err.h"

/* 0: nothing was asked for. */
#ifdef TAXIWAY_TEST_HOOKS
int escape_try(struct err *e) CC_CHECK;
#else
static inline int
escape_try(struct err *e)
{
	(void)e;
	return 0;
}
#endif

#endif
