/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One sequence of steps, played to a store and to the model; after each step
 * both must say the same.  No function ends the test: a sequence that fails is
 * to be played again, made shorter.
 */
#ifndef TESTS_UNIT_LIFE_PLAY_H
#define TESTS_UNIT_LIFE_PLAY_H

#include "base/buf.h"
#include "base/cc.h"
#include "store/batch.h"
#include "store/guard.h"
#include "taxiway.h"
#include "tests/unit/life.h"

/* Somebody who follows the change log. */
struct follower {
	struct tw_change_cursor at;
	bool has[LIFE_VALUES];
};

struct play {
	struct life l;
	struct folder f;
	struct store *s;
	tw_store *r;
	tw_snapshot *snap;
	struct guard *guard;
	struct buf rec;
	struct follower quick, slow;
	/* What each value was since upkeep last did all it had to: the log may
	 * have it so. */
	bool was_active[LIFE_VALUES], was_not[LIFE_VALUES];
	bool walled;    /* upkeep holds the clock against a boot in which no time
	                 * passes: each longer step is doubted */
	bool swept;     /* it did in this very step */
	unsigned step;
	bool trace;
	char why[600];  /* what is wrong; empty: nothing */
};

/* Set what is wrong, unless something is; returns false. */
bool play_wrong(struct play *p, const char *fmt, ...) CC_PRINTF(2, 3);

/* True when all went well. */
bool play_step(struct play *p, const struct life_step *step);
/* Copy all that lies on the disk to a new folder. */
bool play_copy(struct play *p, struct folder *to);
/* -- life_check.c -- */
bool play_check(struct play *p);
/* A commit in the middle of a step: the log may have what is so now. */
void play_note(struct play *p);
bool play_verify(struct play *p);
/* Has upkeep nothing left to do for a source?  What the store says. */
bool play_pending(struct play *p, unsigned source, int what, bool *yes);
bool play_forgetting(struct play *p, bool *yes);

/* All steps, in a store of their own; `why` is filled when it fails. */
bool play_all(uint64_t seed, const struct life_step *steps, unsigned n,
    bool trace, char why[600]);

#endif
