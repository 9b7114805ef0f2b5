/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Clocks in the hands of a test.  In a build with TAXIWAY_TEST_HOOKS the
 * environment variable TAXIWAY_TEST_CLOCK names a file of the layout below that
 * the test has mapped too.  Then every clock of every process that inherits the
 * variable stands still where the file says, and a wait for time is a wait for
 * the test to move them on.  Any other build has no such code.
 */
#ifndef BASE_CLOCK_HOOK_H
#define BASE_CLOCK_HOOK_H

#include <stdbool.h>
#include <stdint.h>

enum clock_hook_kind {
	CLOCK_HOOK_WALL, /* ns since 1970 */
	CLOCK_HOOK_BOOT, /* ns; goes on while the machine sleeps */
	CLOCK_HOOK_MONO, /* ns; does not */
	CLOCK_HOOK_KINDS
};

#ifdef TAXIWAY_TEST_HOOKS

#define CLOCK_HOOK_MAGIC UINT64_C(0x314b434c43495854) /* "TXICLCK1" */
#define CLOCK_HOOK_SLEEPERS 128

struct clock_hook {
	uint64_t magic;
	uint64_t turn;             /* odd while the test writes */
	int64_t now[CLOCK_HOOK_KINDS];
	int64_t spare[3];
	struct {
		int64_t pid;       /* 0: the place is free; below 0: it is
		                    * just being taken */
		int64_t until;     /* CLOCK_HOOK_MONO */
	} sleepers[CLOCK_HOOK_SLEEPERS];
};

/* Once, before this process gives up its rights.  A variable that does not name
 * such a file ends the process: a test must not run by the wrong clock. */
void clock_hook_open(void);
/* False: there is none, and *out is as it was. */
bool clock_hook_now(enum clock_hook_kind kind, int64_t *out);
/* True when it slept until that much had passed. */
bool clock_hook_sleep(int64_t ns);
/* Counts what the test did; even, 0 without one. */
uint64_t clock_hook_turn(void);

#else

static inline void
clock_hook_open(void)
{
}

static inline bool
clock_hook_now(enum clock_hook_kind kind, int64_t *out)
{
	(void)kind;
	(void)out;
	return false;
}

static inline bool
clock_hook_sleep(int64_t ns)
{
	(void)ns;
	return false;
}

static inline uint64_t
clock_hook_turn(void)
{
	return 0;
}

#endif
#endif
