/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/clock.h"

#include <time.h>

#include "base/clock_hook.h"
#include "base/tstamp.h"
#include "store/upkeep.h"
#include "store/wall.h"

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

static int64_t
clock_tell(struct store *s)
{
	struct schedule_clock now = clock_now();
	struct wall_boot boot = {.ticks = now.ticks};

	if (!load_boot_id(boot.id))
		boot.id[0] = '\0';
	store_wall(s, &boot);
	return now.wall;
}

int
clock_upkeep(struct store *s, bool *more, struct err *e)
{
	return store_upkeep(s, clock_tell(s), more, e);
}

int
clock_trust(struct store *s, struct err *e)
{
	return store_wall_trust(s, clock_tell(s), e);
}
