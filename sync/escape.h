/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A process that turns on its host, for tests.  In a build with
 * TAXIWAY_TEST_HOOKS the environment variable ESCAPE_… = "WHAT:WHERE" has a
 * process of that kind try, once it is confined, what it may not do (the table in
 * escape.c) and then fail with what came of it as its error: "escape: WHAT: done",
 * or the system's refusal.  Any other build has no such code.
 */
#ifndef SYNC_ESCAPE_H
#define SYNC_ESCAPE_H

#include "base/cc.h"
#include "base/err.h"

#define ESCAPE_FETCHER "TAXIWAY_TEST_ESCAPE"
#define ESCAPE_KEEPER "TAXIWAY_TEST_ESCAPE_KEEPER"
#define ESCAPE_DAEMON "TAXIWAY_TEST_ESCAPE_DAEMON"

/* 0: nothing was asked for by that variable. */
#ifdef TAXIWAY_TEST_HOOKS
int escape_try(const char *variable, struct err *e) CC_CHECK;
#else
static inline int
escape_try(const char *variable, struct err *e)
{
	(void)variable;
	(void)e;
	return 0;
}
#endif

#endif
