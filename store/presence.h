/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Presence: which rows of a source live, which of them its newest listings no
 * longer name, and what follows from that.  The writing side of the tree `rows`
 * (store/rowset.h has the chunks, doc/format.md the words).  Private to store/.
 *
 * During a poll the rows that it lists are marked in memory, whether or not
 * anything about them changed: by apply_ids() and store_known().  What is told
 * by the marks is decided when the poll ends.  So an unchanged listing writes
 * no value and no object.
 */
#ifndef STORE_PRESENCE_H
#define STORE_PRESENCE_H

#include "store/apply.h"
#include "store/rowset.h"

/* Mark a row as listed by the poll. */
int presence_mark(struct store_poll *p, uint64_t row, struct err *e) CC_CHECK;
/* An object was written that had no row, or whose row had ended. */
int presence_born(struct apply *a, uint64_t row, struct err *e) CC_CHECK;
/* Bring what was born into the tree; before the transaction's end. */
int presence_flush(struct apply *a, struct err *e) CC_CHECK;

/* ---- the tree, chunk by chunk -------------------------------------------- */

/* The record at a key; one without rows when there is none. */
int rows_read(struct env *env, MDB_txn *txn, const struct rows_key *k,
    struct rows_rec *r, struct err *e) CC_CHECK;
/* Write it, or remove it when it has no row. */
int rows_write(struct env *env, MDB_txn *txn, const struct rows_key *k,
    const struct rows_rec *r, struct err *e) CC_CHECK;
/* The next record of this kind and source from *k on: 1 with *k and *r filled,
 * 0 when there is none.  Add 1 to k->chunk to go on. */
int rows_next(struct env *env, MDB_txn *txn, struct rows_key *k,
    struct rows_rec *r, struct err *e) CC_CHECK;
/* All rows of a kind of a source, added to the set. */
int rows_load(struct env *env, MDB_txn *txn, enum rows_kind kind,
    uint16_t source, struct rowset *to, struct err *e) CC_CHECK;
/* Put rows into a kind (walk 0) or take them out of all of its walks. */
int rows_put(struct env *env, MDB_txn *txn, enum rows_kind kind,
    uint16_t source, const struct rowset *set, struct err *e) CC_CHECK;
int rows_take(struct env *env, MDB_txn *txn, enum rows_kind kind,
    uint16_t source, const struct rowset *set, struct err *e) CC_CHECK;

#endif
