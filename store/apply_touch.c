/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Commits without a poll: rows that are there already, and what follows from
 * them.
 */
#include <string.h>

#include "store/apply.h"
#include "store/bytes.h"
#include "store/presence.h"

int
touch_begin(struct apply *a, struct batch *b, struct store *s, uint16_t source,
    int64_t now, struct err *e)
{
	struct source_rec none = {.id = source};
	uint8_t k[2];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	*a = (struct apply){.s = s, .b = b, .now = now};
	if (apply_open(a, &none, e) != 0)
		return -1;
	be16_put(k, source);
	rc = mdb_get(a->txn, a->env->dbi[TABLE_SOURCES], &key, &val);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "reading its sources");
	if (rc != 0 || source_rec_decode(source,
	    (struct slice){val.mv_data, val.mv_size}, &a->src) != 0)
		return apply_damaged(a, TABLE_SOURCES, e);
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
		return apply_damaged(a, TABLE_OBJECTS, e);
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
