/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commits without a poll: rows that are there already, and what follows from
 * them.
 */
#include <string.h>

#include "store/apply.h"
#include "store/bytes.h"
#include "store/presence.h"

/* Records of one transaction, so that they and their pages fit in memory. */
#define TOUCH_BYTES MIB(8)

int
touch_begin(struct apply *a, struct batch *b, struct store *s, uint16_t source,
    int64_t now, struct err *e)
{
	struct source_rec none = {.id = source};

	*a = (struct apply){.s = s, .b = b, .now = now};
	if (apply_open(a, &none, e) != 0)
		return -1;
	if (apply_source_read(a, source, &a->src, e) != 0)
		return -1;
	/* Its texts lie in a page that this transaction may write. */
	return source_texts(&a->src, &b->arena, e);
}

int
touch_row(struct apply *a, uint64_t row, struct slice record, bool rewritten,
    struct err *e)
{
	struct object_rec r;
	struct item *it;

	if (object_rec_head(record, &r) != 0)
		return env_damaged(a->env, TABLE_OBJECTS, e);
	it = batch_item(a->b);
	if (it == NULL || (it->rec = arena_dup(&a->b->arena, record.p,
	    record.n)) == NULL)
		return err_set(e, ERR_MEMORY, "no memory for %u objects",
		    a->b->n);
	it->len = (uint32_t)record.n;
	it->row = row;
	it->hash = r.hash;
	it->modified = r.modified;
	it->flags = r.flags;
	it->fate = FATE_TOUCH;
	it->rewritten = rewritten;
	return 0;
}

/* Does it say something of a value, or did it once? */
static int
ever_claims(struct apply *a, uint64_t row, const struct object_rec *r,
    bool *yes, struct err *e)
{
	*yes = (r->flags & OBJ_CLAIMS) != 0;
	return *yes ? 0 : undo_any(a, row, yes, e);
}

/* One row, if it is to be touched. */
static int
touch_one(struct apply *a, uint64_t row, struct slice record, enum fate fate,
    struct err *e)
{
	struct object_rec r;
	bool yes = true;

	if (object_rec_head(record, &r) != 0)
		return env_damaged(a->env, TABLE_OBJECTS, e);
	if (r.source != a->src.id)
		return 0;
	if (fate == FATE_TOUCH && ever_claims(a, row, &r, &yes, e) != 0)
		return -1;
	if (!yes)
		return 0;
	if (touch_row(a, row, record, false, e) != 0)
		return -1;
	a->b->items[a->b->n - 1].fate = (uint8_t)fate;
	return 0;
}

int
touch_rows(struct apply *a, uint32_t most, enum fate fate, bool *end,
    struct err *e)
{
	MDB_val key, val;
	uint8_t k[8];
	uint64_t seen;
	int rc;

	*end = false;
	be64_put(k, a->src.settle_row);
	key = (MDB_val){sizeof(k), k};
	rc = mdb_cursor_get(a->objects, &key, &val, MDB_SET_RANGE);
	for (seen = 0; rc == 0; seen++) {
		if (key.mv_size != 8)
			return env_damaged(a->env, TABLE_OBJECTS, e);
		if (seen == LIMIT_UPKEEP_SCAN || a->b->n == most ||
		    a->b->arena.used >= TOUCH_BYTES) {
			a->src.settle_row = be64_get(key.mv_data);
			return 0;
		}
		if (touch_one(a, be64_get(key.mv_data),
		    (struct slice){val.mv_data, val.mv_size}, fate, e) != 0)
			return -1;
		rc = mdb_cursor_get(a->objects, &key, &val, MDB_NEXT);
	}
	if (rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "reading objects");
	*end = true;
	return 0;
}

int
touch_finish(struct apply *a, struct err *e)
{
	int rc = -1;

	if (filter_prepare(a, e) == 0 && apply_objects(a, e) == 0 &&
	    presence_flush(a, e) == 0 && log_finish(a, e) == 0 &&
	    apply_source(a, e) == 0)
		rc = apply_publish(a, false, e);
	touch_drop(a);
	return rc;
}

void
touch_drop(struct apply *a)
{
	apply_close(a);
	batch_reset(a->b);
}
