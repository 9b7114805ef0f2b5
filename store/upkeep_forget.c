/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Removing forgotten sources, in the order of their rows; the source's own
 * record goes last.
 */
#include "base/limits.h"
#include "store/apply.h"
#include "store/bytes.h"
#include "store/presence.h"
#include "store/upkeep.h"

/* Records of one transaction, so that they and their pages fit in memory. */
#define FORGET_BYTES MIB(8)

static int
find_forgotten(struct store *s, uint16_t *source, struct err *e)
{
	struct source_rec r;
	MDB_cursor *cur;
	MDB_val key, val;
	MDB_txn *txn;
	int rc;

	*source = 0;
	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = mdb_cursor_open(txn, s->env->dbi[TABLE_SOURCES], &cur);
	if (rc != 0) {
		mdb_txn_abort(txn);
		return env_fail(e, s->env, rc, "reading its sources");
	}
	while (*source == 0 &&
	    (rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) == 0) {
		if (key.mv_size != 2 || source_rec_decode(
		    be16_get(key.mv_data),
		    (struct slice){val.mv_data, val.mv_size}, &r) != 0) {
			rc = MDB_CORRUPTED;
			break;
		}
		if (r.forgotten != 0)
			*source = r.id;
	}
	mdb_cursor_close(cur);
	mdb_txn_abort(txn);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, s->env, rc, "reading its sources");
}

/* Take its rows from settle_row on, as many as one transaction bears; *end says
 * that there are no more. */
static int
take_rows(struct apply *a, bool *end, struct err *e)
{
	MDB_val key, val;
	struct object_rec r;
	struct slice record;
	uint64_t seen;
	uint8_t k[8];
	int rc;

	*end = false;
	be64_put(k, a->src.settle_row);
	key = (MDB_val){sizeof(k), k};
	rc = mdb_cursor_get(a->objects, &key, &val, MDB_SET_RANGE);
	for (seen = 0; rc == 0; seen++) {
		record = (struct slice){val.mv_data, val.mv_size};
		if (key.mv_size != 8 || object_rec_head(record, &r) != 0)
			return apply_damaged(a, TABLE_OBJECTS, e);
		if (seen == LIMIT_UPKEEP_SCAN ||
		    a->b->n == LIMIT_UPKEEP_ROWS / 2 ||
		    a->b->arena.used >= FORGET_BYTES) {
			a->src.settle_row = be64_get(key.mv_data);
			return 0;
		}
		if (r.source == a->src.id) {
			if (touch_row(a, be64_get(key.mv_data), record, false,
			    e) != 0)
				return -1;
			a->b->items[a->b->n - 1].fate = FATE_REMOVE;
		}
		rc = mdb_cursor_get(a->objects, &key, &val, MDB_NEXT);
	}
	if (rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "reading objects");
	*end = true;
	return 0;
}

/* Its polls and its record. */
static int
source_gone(struct apply *a, struct err *e)
{
	uint8_t k[6];
	MDB_cursor *cur;
	MDB_val key, val;
	int rc;

	rc = mdb_cursor_open(a->txn, a->env->dbi[TABLE_POLLS], &cur);
	while (rc == 0) {
		be16_put(k, a->src.id);
		be32_put(k + 2, 0);
		key = (MDB_val){sizeof(k), k};
		rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE);
		if (rc == 0 && be16_get(key.mv_data) != a->src.id)
			rc = MDB_NOTFOUND;
		if (rc == 0)
			rc = mdb_cursor_del(cur, 0);
	}
	if (rc == MDB_NOTFOUND) {
		be16_put(k, a->src.id);
		key = (MDB_val){2, k};
		rc = mdb_del(a->txn, a->env->dbi[TABLE_SOURCES], &key, NULL);
	}
	if (rc != 0)
		return env_fail(e, a->env, rc, "removing a source");
	apply_settled(a);
	a->data = true;
	return 0;
}

static int
forget_some(struct apply *a, struct err *e)
{
	bool end;

	if (take_rows(a, &end, e) != 0 || filter_prepare(a, e) != 0 ||
	    apply_objects(a, e) != 0 || log_finish(a, e) != 0)
		return -1;
	if ((end ? source_gone(a, e) : apply_source(a, e)) != 0)
		return -1;
	return apply_publish(a, false, e);
}

int
upkeep_forget(struct store *s, int64_t now, bool *worked, struct err *e)
{
	struct batch b;
	struct apply a;
	uint16_t source;
	int rc;

	*worked = false;
	if (find_forgotten(s, &source, e) != 0)
		return -1;
	if (source == 0)
		return 0;
	batch_init(&b);
	rc = touch_begin(&a, &b, s, source, now, e);
	/* Another process may have been faster. */
	if (rc == 0 && a.src.forgotten != 0) {
		a.why = WHY_FORGOTTEN;
		rc = forget_some(&a, e);
		*worked = true;
	}
	touch_drop(&a);
	batch_free(&b);
	return rc;
}
