/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/clock.h"

#include <time.h>

#include "base/tstamp.h"

struct schedule_clock
clock_now(void)
{
	struct timespec t;

	/* It goes on while the machine sleeps. */
	(void)clock_gettime(CLOCK_BOOTTIME, &t);
	return (struct schedule_clock){
	    .ticks = (int64_t)t.tv_sec * TSTAMP_SECOND + t.tv_nsec,
	    .wall = tstamp_now(),
	};
}
