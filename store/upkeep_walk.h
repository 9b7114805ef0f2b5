/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A walk over all of `values` and `nets` in many short transactions.  Where the
 * next one goes on lies in the meta table under the walk's name, so that any
 * process does.  Private to store/upkeep_*.c.
 *
 * Record: u8 version, u8 1 for `nets` or 0, u64 mark, the key to begin at.
 */
#ifndef STORE_UPKEEP_WALK_H
#define STORE_UPKEEP_WALK_H

#include "store/apply.h"

#define WALK_KEY_MAX (1 + LIMIT_VALUE_KEY + 64 + 1)

struct walk_place {
	bool running;
	bool net;
	uint64_t mark;    /* what the walk is for; the caller's */
	uint8_t key[WALK_KEY_MAX];
	size_t keylen;
};

/* Outside of a commit as well as in one.  A record that makes no sense: the walk
 * begins anew. */
int walk_place_read(struct store *s, MDB_txn *txn, const char *name,
    struct walk_place *at, struct err *e) CC_CHECK;
int walk_place_write(struct apply *a, const char *name,
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
