/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times of day: "03:17", "mon,thu 03:17", "mon-fri 18:00 +02:00".  Days are of
 * the week, in three letters, none: every day.  The time is UTC unless an offset
 * from it follows; there is no summer time, so nothing is skipped or doubled
 * when that comes and goes.  Pure, thread-safe.
 */
#ifndef SYNC_CALENDAR_H
#define SYNC_CALENDAR_H

#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"


struct calendar {
	uint8_t days;    /* bit 0: Monday … bit 6: Sunday; never 0 */
	int16_t minute;  /* of the day, 0 … 1439 */
	int16_t offset;  /* minutes east of UTC, within a day */
};

/* 0, or -1 with e set (ERR_CONFIG). */
int calendar_parse(const char *text, struct calendar *out, struct err *e)
    CC_CHECK;
/* The first such time that is later than `after` (at most 7 days and a minute
 * later). */
int64_t calendar_next(const struct calendar *c, int64_t after);

#endif
