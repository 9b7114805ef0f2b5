/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a source contributes, beside the others: one walk over `values` and
 * `nets` at the view's time.  Only claims that are active then count.  Some
 * 0.15 s a million values, and about as much again for a million claims on
 * values that several objects claim.
 */
#ifndef STORE_MEASURE_H
#define STORE_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"

#define MEASURE_SHARES 32    /* other sources told apart, the largest */
#define MEASURE_SAMPLES 4096 /* shared values that the latency is taken from */

struct tw_snapshot;

struct measure_share {
	uint16_t source;
	uint64_t values; /* that both claim */
};

struct measure {
	uint64_t volume;     /* values with an active claim of the source */
	uint64_t exclusive;  /* of them, those that no other source claims */
	uint64_t suppressed; /* of its values, those held by an allow-list */
	uint32_t nshares;    /* most values first */
	struct measure_share shares[MEASURE_SHARES];
	/* Median, over shared values, of the time that it came here behind the
	 * first of the others (negative: before them).  Values that either
	 * brought with its first poll are left out: nobody knows for how long
	 * they had been listed.  Of at most MEASURE_SAMPLES of them. */
	int64_t latency;
	uint32_t samples;    /* 0: no latency */
};

/* TW_OK or an error of the snapshot. */
int snap_measure(struct tw_snapshot *s, uint16_t source, struct measure *out)
    CC_CHECK;

#endif
