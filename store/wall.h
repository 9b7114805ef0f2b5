/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * May the wall clock be believed?
 *
 * A machine that boots with its clock years ahead must not end the history of
 * anything.  What readers say follows their clock, and is right again when that
 * is; what upkeep removes for good does not come back.  So a store remembers when
 * it was used last, by the wall clock and by the machine's boot.  A clock that
 * since then went ahead by more than WALL_STEP of what the boot's own clock bears
 * out (or, behind another boot, of what anything does) is *doubted*, and the
 * history does not end meanwhile; all else goes on.  Doubt ends
 *
 *   - when the clock is back: then nothing has happened;
 *   - when it has run on for WALL_WAIT without another step: then nobody has set
 *     it right, and time has passed while the machine was off;
 *   - when a person says that it is right (`taxiway sweep --trust-clock`).
 *
 * A clock that is set back is believed: it removes nothing too early.
 *
 * Pure, but for the two functions that read and write the record.
 */
#ifndef STORE_WALL_H
#define STORE_WALL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/tstamp.h"
#include "store/env.h"
#include "store/load.h"

#define WALL_STEP TSTAMP_DAY
#define WALL_WAIT (7 * TSTAMP_DAY)
#define WALL_GAP (30 * TSTAMP_DAY) /* two looks further apart: another step */
#define WALL_NOTE (3600 * TSTAMP_SECOND) /* between two writes of a good clock */

/* The machine's boot. */
struct wall_boot {
	char id[BOOT_ID_LEN];   /* NULs: not known */
	int64_t ticks;          /* ns; it goes on while the machine sleeps */
};

/* Record "wall" of the meta table. */
struct wall_rec {
	int64_t believed;       /* newest time that was believed */
	int64_t seen;           /* newest look at the clock */
	int64_t doubted;        /* time of the first look that is not believed;
	                         * TSTAMP_NONE: it is */
	struct wall_boot boot;  /* at `seen` */
};

/* `was` NULL: there is no record yet.  `boot` NULL: the wall clock is always
 * believed.  True when *out is worth a write. */
bool wall_judge(const struct wall_rec *was, int64_t now,
    const struct wall_boot *boot, struct wall_rec *out);
/* A person vouches for it. */
void wall_trust(int64_t now, const struct wall_boot *boot,
    struct wall_rec *out);

/* 1 with *r filled; 0: there is none, or none that makes sense; -1 with e set. */
int wall_read(struct env *env, MDB_txn *txn, struct wall_rec *r, struct err *e)
    CC_CHECK;
int wall_write(struct env *env, MDB_txn *txn, const struct wall_rec *r,
    struct err *e) CC_CHECK;

#endif
