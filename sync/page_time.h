/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times of added_after and of checkpoints, for both page machines.  They go over
 * the wire in microseconds (P13); some servers keep milliseconds only.
 */
#ifndef SYNC_PAGE_TIME_H
#define SYNC_PAGE_TIME_H

#include <stdint.h>

#include "base/tstamp.h"

#define MICRO INT64_C(1000) /* ns */
#define MILLI INT64_C(1000000)
#define PAGE_OVERLAP (300 * TSTAMP_SECOND)

static inline int64_t
cut_micro(int64_t t)
{
	if (t == TSTAMP_NONE || t == TSTAMP_NEVER)
		return t;
	return t - ((t % MICRO) + MICRO) % MICRO;
}

/* A little earlier, so that objects stamped with t itself are asked for again.
 * Where the server seems to keep milliseconds only, a microsecond might be
 * rounded away. */
static inline int64_t
step_back(int64_t t)
{
	return tstamp_add(cut_micro(t), t % MILLI == 0 ? -MILLI : -MICRO);
}

/* A date behind the range of our times is none that could be asked with. */
static inline int64_t
usable(int64_t t)
{
	return t == TSTAMP_NEVER ? TSTAMP_NONE : t;
}

static inline int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b; /* TSTAMP_NONE is the smallest */
}

/* A checkpoint: t, but not after `bound` (TSTAMP_NEVER: no server has told its
 * clock, ours is `now`). */
static inline int64_t
page_bounded(int64_t t, int64_t bound, int64_t now)
{
	if (bound == TSTAMP_NEVER)
		bound = tstamp_add(now, -PAGE_OVERLAP);
	return cut_micro(t < bound ? t : bound);
}

#endif
