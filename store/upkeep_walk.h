/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A walk over trees in many short transactions, most often over all of `values`
 * and `nets`.  Where the next one goes on lies in the meta table under the name
 * of the walk, so that any process does.  Private to store/upkeep_*.c.
 *
 * Record: u8 version, u8 phase, u64 mark, the key to begin at.
 */
#ifndef STORE_UPKEEP_WALK_H
#define STORE_UPKEEP_WALK_H

#include "store/apply.h"

#define WALK_KEY_MAX (1 + LIMIT_VALUE_KEY + 64 + 1)

struct walk_place {
	bool running;     /* it has a record */
	uint8_t phase;    /* which tree; of walk_part() enum walk_phase */
	uint64_t mark;    /* what the walk is for; the caller's */
	uint8_t key[WALK_KEY_MAX];
	size_t keylen;    /* 0: at the tree's beginning */
};
enum walk_phase { WALK_VALUES = 0, WALK_NETS = 1, WALK_PHASES };

/* Outside of a commit as well as in one.  Without a record, and with one that
 * makes no sense (the walk begins anew), nothing but at->running is set. */
int walk_place_read(struct store *s, MDB_txn *txn, const char *name,
    uint8_t phases, struct walk_place *at, struct err *e) CC_CHECK;
/* The end of a transaction: write the place, or, unless it is running, remove
 * its record; then the change log and what else a commit needs, and commit. */
int walk_finish(struct apply *a, const char *name,
    const struct walk_place *at, struct err *e) CC_CHECK;

/* An entry, to be changed in *rec; *changed says that it was.  Its value has
 * neither batch nor item. */
typedef int walk_entry_fn(struct apply *a, const struct value_op *v,
    struct value_rec *rec, bool *changed, struct err *e);
/* From *at on, as far as one transaction goes; at the end at->running is
 * false. */
int walk_part(struct apply *a, struct walk_place *at, walk_entry_fn *fn,
    struct err *e) CC_CHECK;

#endif
