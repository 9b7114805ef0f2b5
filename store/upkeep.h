/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Upkeep: what follows from changes that were made in one small write, and what
 * the clock does.  It is done in many short transactions, so that a poll never
 * waits long, and readers see the truth before, between and after them: upkeep
 * makes them faster and the file smaller, never right.
 *
 * How far a step has come lies in the store.  Any process goes on, after a kill
 * at any moment.
 */
#ifndef STORE_UPKEEP_H
#define STORE_UPKEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"

struct store;

/*
 * One transaction (LIMIT_UPKEEP_ROWS, and fewer where that takes longer than
 * LIMIT_UPKEEP_HOLD) of the first step that has work.  *more
 * says that there may be more of it: call again.  With nothing to do nothing is
 * written.
 */
int store_upkeep(struct store *s, int64_t now, bool *more, struct err *e)
    CC_CHECK;

/*
 * What upkeep holds the wall clock against (store/wall.h): while that is not
 * believed nothing is removed for good.  Without this call, or with NULL, `now` is
 * believed.
 */
struct wall_boot;
void store_wall(struct store *s, const struct wall_boot *boot);
/* A person says that `now` is right. */
int store_wall_trust(struct store *s, int64_t now, struct err *e) CC_CHECK;
/* Is it not believed?  For upkeep.c. */
int upkeep_doubts(struct store *s, int64_t now, bool *yes, struct err *e)
    CC_CHECK;

/* A step: does at most one transaction; *worked says that it did.  For
 * store/upkeep_*.c and the table in upkeep.c. */
typedef int upkeep_step_fn(struct store *s, int64_t now, bool *worked,
    struct err *e);
upkeep_step_fn upkeep_forget, upkeep_settle, upkeep_withdraw, upkeep_allow,
    upkeep_clock, upkeep_history, upkeep_blocks;

#endif
