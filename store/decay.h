/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decay: a score that sinks with age,
 *
 *	score(t) = base · (1 − (t/τ)^(1/δ)),
 *
 * and rises again only when the value is met anew (arXiv 1902.03914; MISP, and
 * OpenCTI with δ = 3·pound).
 * A claim ends when its score sinks below a threshold, which is the case after
 * τ · (1 − threshold/base)^δ: so the end can be kept as a time and needs no look
 * at the score.
 *
 * In fixed point, 31 bits of fraction, integers alone: every machine comes to
 * the same number.  An end is right to about a minute in a lifetime of years,
 * a score to the integer it is rounded to.  Durations are nanoseconds.  Pure.
 */
#ifndef STORE_DECAY_H
#define STORE_DECAY_H

#include <stdint.h>

#include "base/slice.h"

struct decay {
	int64_t tau;       /* the lifetime */
	uint32_t delta;    /* in thousandths; not 0 */
	uint8_t threshold; /* of the score, 0 … 100 */
};

/* x^(num/den) for x of 0 … 2^31 (which is 1); den > 0. */
uint32_t decay_power(uint32_t x, uint32_t num, uint32_t den);

/* How long a claim with this base score lives: at least 1. */
int64_t decay_life(const struct decay *d, uint8_t base);
/* Its score at an age; that of an age before 0 is the base. */
uint8_t decay_score(const struct decay *d, uint8_t base, int64_t age);

/* The models that have a name. */
const struct decay_model {
	const char *name;
	struct decay decay;
	uint8_t unstated;  /* score of a claim that states no confidence */
} *decay_model(unsigned i); /* NULL behind the last */
const struct decay_model *decay_named(struct slice name);

#endif
