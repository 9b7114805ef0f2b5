/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What stands at a row when polls of its source are hidden.
 *
 * A source may be shown as it was before poll N (`rollback SOURCE@N`): its
 * record says hidden_from = N, 0 for "nothing is hidden".  Objects whose version
 * came earlier stand as they are.  For a later one the tree `undo` has, under
 * (row, poll), what each poll overwrote: of these the first with poll >= N was
 * there before N.  An object that N or a later poll brought stands for nothing.
 *
 * What a value's claim says follows: that of the version that stands, when it
 * names the value; else the claim is past.
 *
 * This is the one place that decides it, for readers, the writer's fold and
 * verify.  Pure but for the caller's cursor; results borrow from the
 * transaction.
 */
#ifndef STORE_UNDO_H
#define STORE_UNDO_H

#include <lmdb.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "store/record.h"

/* A value as objects name it. */
struct undo_value {
	uint8_t type, prefix;
	struct slice key;
};

#define UNDO_KEY_LEN 12
void undo_key(uint8_t out[UNDO_KEY_LEN], uint64_t row, uint32_t poll);
/* False when the bytes are no key of `undo`. */
bool undo_key_read(const MDB_val *key, uint64_t *row, uint32_t *poll);

/* Is the version at the row hidden? */
static inline bool
undo_hides(const struct object_rec *o, uint32_t hidden_from)
{
	return hidden_from != 0 && o->poll >= hidden_from;
}

/*
 * The version before poll `hidden_from`, given `cur` on the tree `undo`: 0 with
 * *old filled (its head; `record`, which may be NULL, all of it), MDB_NOTFOUND
 * when there was none, or another code of LMDB (MDB_CORRUPTED for a record that
 * cannot be read).
 */
int undo_version(MDB_cursor *cur, uint64_t row, uint32_t hidden_from,
    struct object_rec *old, struct slice *record) CC_CHECK;

/*
 * Does the version say anything of this value, and what (flags of claim_rec)?
 * One that names it several times claims it once: as part of an AND only when it
 * always is, for sub-domains when it ever is.  `flags` and `digest` may be NULL.
 */
bool undo_says(const struct object_rec *o, const struct undo_value *v,
    uint8_t *flags, bool *digest);

/*
 * The newest version at the row, before what stands there, that says something of
 * the value, and the poll that overwrote it: 0, MDB_NOTFOUND, or another code.
 */
int undo_holder(MDB_cursor *cur, uint64_t row, const struct undo_value *v,
    struct object_rec *old, struct slice *record, uint32_t *poll) CC_CHECK;

#endif
