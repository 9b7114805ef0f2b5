/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A clock for time-outs: nanoseconds since some moment, that never jump when
 * somebody sets the time.
 */
#ifndef SYNC_TICKS_H
#define SYNC_TICKS_H

#include <stdint.h>
#include <time.h>

#include "base/clock_hook.h"
#include "base/tstamp.h"

static inline int64_t
ticks_now(void)
{
	struct timespec t;
	int64_t hooked;

	if (clock_hook_now(CLOCK_HOOK_MONO, &hooked))
		return hooked;
	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * TSTAMP_SECOND + t.tv_nsec;
}

#endif
