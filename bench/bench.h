/* SPDX-License-Identifier: BSD-2-Clause */
/* What the programs that measure have in common. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include <time.h>

/* Seconds by a clock: CLOCK_MONOTONIC, CLOCK_PROCESS_CPUTIME_ID … */
static inline double
seconds(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

#endif
