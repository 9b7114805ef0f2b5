/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/clock.h"

#include <time.h>

#include "base/clock_hook.h"
#include "base/tstamp.h"

struct schedule_clock
clock_now(void)
{
	struct schedule_clock now = {.wall = tstamp_now()};
	struct timespec t;

	if (clock_hook_now(CLOCK_HOOK_BOOT, &now.ticks))
		return now;
	/* It goes on while the machine sleeps. */
	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	now.ticks = (int64_t)t.tv_sec * TSTAMP_SECOND + t.tv_nsec;
	return now;
}
