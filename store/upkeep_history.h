/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A pass of store/history.h, transaction by transaction.  Private to
 * store/upkeep_history*.c.
 */
#ifndef STORE_UPKEEP_HISTORY_H
#define STORE_UPKEEP_HISTORY_H

#include "base/limits.h"
#include "store/apply.h"
#include "store/history.h"
#include "store/upkeep_walk.h"

/* In this order; stored. */
enum history_phase {
	HISTORY_IDLE = 0,
	HISTORY_UNDO,       /* versions that polls overwrote */
	HISTORY_ROWS,       /* objects */
	HISTORY_SIGHTINGS,
	HISTORY_NAMES,      /* buried identifiers */
	HISTORY_POLLS,      /* records of polls that nothing names */
	HISTORY_LOG,        /* the change log */
	HISTORY_PHASES
};

/* A source, as far as a pass asks for it. */
struct history_source {
	bool there, forgotten;
	bool busy;          /* it is polled, or rows of it are about to return:
	                     * its rows wait for the next pass */
	struct store_history keep;
	uint32_t polls, polls_kept, complete, held;
	uint32_t hidden_from;
	int64_t hidden_at;  /* by a person */
	uint64_t buried;
	bool unburied;      /* that is to be written */
	/* Versions that a poll before these overwrote are over; the second of
	 * values that were met here. */
	uint32_t undo, undo_matched;
	bool asked;         /* those two are known */
	struct rowset named; /* polls that objects name (HISTORY_POLLS) */
};

struct history_row {
	uint64_t row;
	uint16_t source;
	uint8_t fate;
};

struct history {
	struct apply a;
	struct batch b;
	struct walk_place at; /* mark: when the pass, or the last one, began */
	struct history_source *sources; /* by number */
	uint32_t nsources;
	struct history_row *rows;
	uint32_t nrows;
	uint32_t seen;      /* entries looked at by this transaction */
	uint32_t changed;   /* and entries changed */
	size_t bytes;       /* of their records */
	bool full;          /* it has had its share */
	bool named;         /* history_named() was called */
};

/* One phase: goes on from h->at.key; sets h->full, or ends its phase. */
typedef int history_fn(struct history *h, struct err *e);
history_fn history_undo, history_rows, history_sightings, history_names,
    history_polls, history_log;

/* The phase is over. */
void history_done(struct history *h);
/* Go on at this key in the next transaction. */
int history_stop(struct history *h, enum table t, const MDB_val *key,
    struct err *e) CC_CHECK;
/* One more entry was looked at: may there be another? */
bool history_room(struct history *h);
/* A row that is to change.  Then change them all, source by source. */
int history_take(struct history *h, uint64_t row, uint16_t source,
    enum fate fate, size_t bytes, struct err *e) CC_CHECK;
int history_apply(struct history *h, struct err *e) CC_CHECK;
/* The source of a number; NULL with e set: the store is damaged. */
struct history_source *history_source(struct history *h, uint16_t id,
    struct err *e);
/* In a transaction that reads, before a part of HISTORY_POLLS: which polls do
 * objects name?  Old ones are named by fewer objects as time goes on, never by
 * more. */
int history_named(struct history *h, struct err *e) CC_CHECK;
/* a->src becomes this source, as it will be written. */
int history_load(struct history *h, uint16_t id, struct err *e) CC_CHECK;

#endif
