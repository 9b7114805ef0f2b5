/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a source contributes, beside the others: one walk over `values` and
 * `nets` at the view's time.  Only claims that are active then count.  Some
 * 0.15 s a million values, and about as much again for a million claims on
 * values that several objects claim; nothing while no other source claims any.
 */
#ifndef STORE_MEASURE_H
#define STORE_MEASURE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

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
	/* Medians over an even sample of the source's objects: for how long those
	 * that ended had been there, and those that did not are there.  What came
	 * with the first poll counts from that. */
	int64_t retention, age;
	uint32_t ended, live; /* sampled; 0: no such median */
};

/* TW_OK or an error of the snapshot. */
int snap_measure(struct tw_snapshot *s, uint16_t source, struct measure *out)
    CC_CHECK;

/* As it lies in a poll's record.  0, or -1. */
int measure_encode(const struct measure *m, struct buf *out);
int measure_decode(struct slice bytes, struct measure *out) CC_CHECK;

/*
 * Measure the source and write it into the record of its newest poll; nothing
 * when that poll was not complete, or when little has changed since it was done
 * last (a hundredth of a large source, within a day).  The store must not be open
 * in this process.
 */
int store_measure(const char *path, struct slice name, int64_t now,
    struct err *e) CC_CHECK;

#endif
