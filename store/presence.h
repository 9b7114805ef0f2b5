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
/* A new version of an object was written: it is not missing. */
int presence_renewed(struct apply *a, uint64_t row, struct err *e) CC_CHECK;
/* Rows that were named since a listing is held: whoever accepts that does not
 * withdraw them by it. */
int presence_heard(struct apply *a, const struct rowset *rows, struct err *e)
    CC_CHECK;
/* An object is removed, or ends otherwise than by upkeep_withdraw(). */
int presence_gone(struct apply *a, uint64_t row, struct err *e) CC_CHECK;
/* Bring what was born and what is gone into the tree; before the transaction's
 * end. */
int presence_flush(struct apply *a, struct err *e) CC_CHECK;

/* Before a batch is applied: hide the poll where it brings what no listing
 * should, or too much. */
int presence_guard(struct apply *a, struct err *e) CC_CHECK;
/* Nobody is to see this poll and later ones of the source. */
void presence_hide(struct apply *a);
/* What is known of the listing so far (end NULL) or at its end. */
int presence_facts(struct apply *a, const struct store_end *end,
    struct credible_facts *f, struct err *e) CC_CHECK;
/* All may be seen again that was hidden because of a listing that was held,
 * once it is not held any more and what was bad in it is gone. */
int presence_lift(struct apply *a, struct err *e) CC_CHECK;

/* Put the poll's listing aside; hide it where what it brings is not to be
 * trusted either.  It came `times` times in a row, by its print. */
int presence_hold(struct apply *a, const struct credible *c, uint64_t print,
    uint32_t times, struct err *e) CC_CHECK;
/* A person says that what the held listings brought is right. */
int presence_pardon(struct apply *a, struct err *e) CC_CHECK;

/* ---- what the end of a poll makes of the marks --------------------------- */

/* Does absence from a listing that ends so mean anything, if it is believed? */
bool presence_is_whole(const struct source_rec *s, const struct store_end *end);
/* Judge the listing, and withdraw by it or hold it.  Nothing but returning what
 * was listed again when the poll was not whole.  Into a->src and a->counts. */
int presence_end(struct apply *a, const struct store_end *end, struct err *e)
    CC_CHECK;

struct presence_listing {
	const struct rowset *seen; /* NULL: the same as the one before */
	uint32_t poll;
	int64_t time;              /* its end */
	bool confirmed;            /* by a person: no need to wait for others */
	uint64_t fresh;            /* nor for rows from here on; 0: for all */
};
/* A whole listing is believed. */
int presence_listed(struct apply *a, const struct presence_listing *l,
    struct err *e) CC_CHECK;
/* Rows that a poll listed, in whatever listing: they are not missing, and those
 * that were withdrawn are to return. */
int presence_return(struct apply *a, const struct rowset *seen, struct err *e)
    CC_CHECK;
/* What a whole listing of a window names is remembered … */
int presence_note(struct apply *a, const struct store_end *end, struct err *e)
    CC_CHECK;
/* … until the one after the next: was the row listed by the one before `poll`?
 * False also when that is not known. */
int presence_was_listed(struct apply *a, uint64_t row, uint32_t poll, bool *was,
    struct err *e) CC_CHECK;
/* Forget the listing that is held. */
int presence_release(struct apply *a, struct err *e) CC_CHECK;

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
/* Put rows into a kind (walk 0), or take them out of all of its walks; how many
 * were there is added to *taken, which may be NULL. */
int rows_put(struct env *env, MDB_txn *txn, enum rows_kind kind,
    uint16_t source, const struct rowset *set, struct err *e) CC_CHECK;
int rows_take(struct env *env, MDB_txn *txn, enum rows_kind kind,
    uint16_t source, const struct rowset *set, uint64_t *taken, struct err *e)
    CC_CHECK;

#endif
