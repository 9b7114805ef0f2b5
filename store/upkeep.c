/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/upkeep.h"

#include <time.h>

#include "base/cc.h"
#include "base/limits.h"
#include "store/batch.h"

/* In this order: what makes entries true comes before what reads them. */
static const struct {
	upkeep_step_fn *step;
	bool ends; /* the clock says what it removes, for good */
} steps[] = {
    {upkeep_forget, false},
    {upkeep_settle, false},
    {upkeep_withdraw, false},
    {upkeep_allow, false},
    {upkeep_clock, false},
    {upkeep_history, true},
    {upkeep_blocks, false},
};

/*
 * What a transaction may take is a time, what it is given is a number of
 * objects: so the next one gets half as many after one that took too long, and
 * twice as many, up to the limit, after a short one.
 */
static void
pace(struct store *s, int64_t took)
{
	if (took > LIMIT_UPKEEP_HOLD)
		s->portion = s->portion / 2 > LIMIT_UPKEEP_LEAST ?
		    s->portion / 2 : LIMIT_UPKEEP_LEAST;
	else if (took < LIMIT_UPKEEP_HOLD / 4)
		s->portion = s->portion * 2 < LIMIT_UPKEEP_ROWS ?
		    s->portion * 2 : LIMIT_UPKEEP_ROWS;
}

/* Milliseconds since some moment. */
static int64_t
ticks(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

int
store_upkeep(struct store *s, int64_t now, bool *more, struct err *e)
{
	bool doubted;
	unsigned i;

	*more = false;
	if (upkeep_doubts(s, now, &doubted, e) != 0)
		return -1;
	for (i = 0; i < ARRAY_LEN(steps) && !*more; i++) {
		int64_t begin = ticks();

		if (doubted && steps[i].ends)
			continue;
		if (steps[i].step(s, now, more, e) != 0)
			return -1;
		if (*more)
			pace(s, ticks() - begin);
	}
	return 0;
}
