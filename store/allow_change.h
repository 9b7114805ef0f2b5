/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One transaction over the tree `allow`.  Private to store/allow_write.c and
 * store/allow_merge.c.
 */
#ifndef STORE_ALLOW_CHANGE_H
#define STORE_ALLOW_CHANGE_H

#include "store/allow_write.h"
#include "store/batch.h"

struct allow_change {
	struct store *s;
	MDB_txn *txn;
	MDB_cursor *cur;
	MDB_dbi dbi;
	struct head head;
	struct allow_set set;
	struct buf rec;
};

int change_begin(struct allow_change *c, struct store *s, struct err *e) CC_CHECK;
/* Write set and head and commit, or, unless `changed`, write nothing.  Ends c. */
int change_end(struct allow_change *c, bool changed, struct err *e) CC_CHECK;
void change_drop(struct allow_change *c);
int change_fail(struct allow_change *c, int rc, struct err *e);

/* *out is absent when the key is not there. */
int change_get(struct allow_change *c, const uint8_t *key, size_t n,
    struct slice *out, struct err *e) CC_CHECK;
int change_put(struct allow_change *c, const uint8_t *key, size_t n,
    struct slice record, struct err *e) CC_CHECK;
int change_del(struct allow_change *c, const uint8_t *key, size_t n, struct err *e)
    CC_CHECK;
/* Call fn for each key of a kind.  It may change what it is called for; 1 ends
 * the walk. */
typedef int change_walk_fn(struct allow_change *c, struct slice key,
    struct slice record, void *ctx, struct err *e);
int change_walk(struct allow_change *c, uint8_t kind, change_walk_fn *fn, void *ctx,
    struct err *e) CC_CHECK;

/* c->rec begins anew with the items of `old` (absent: none) but those that `goes`
 * (NULL: all stay), which *gone counts. */
typedef bool change_goes_fn(const struct allow_item *it, const void *ctx);
int change_keep(struct allow_change *c, struct slice old,
    change_goes_fn *goes, const void *ctx, uint64_t *gone, struct err *e)
    CC_CHECK;
/* c->rec as the items of a value's key: written, or the key removed when it has
 * none; the set's counts follow.  `old`: what is there, or absent. */
int change_items(struct allow_change *c, const uint8_t *key, size_t n,
    struct slice old, struct err *e) CC_CHECK;

#endif
