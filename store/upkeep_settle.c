/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settling: the entries of a source whose terms changed are made anew, in the
 * order of its rows.
 */
#include <string.h>

#include "base/limits.h"
#include "store/apply.h"
#include "store/bytes.h"
#include "store/upkeep.h"

/* Records of one transaction, so that they and their pages fit in memory. */
#define SETTLE_BYTES MIB(8)

/* The first source that is unsettled, or 0. */
static int
find_source(struct store *s, uint16_t *source, struct err *e)
{
	struct source_rec r;
	struct head head;
	MDB_cursor *cur;
	MDB_val key, val;
	MDB_txn *txn;
	int rc;

	*source = 0;
	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = head_read(s->env, txn, &head, e);
	if (rc != 0 || head.unsettled == 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	rc = mdb_cursor_open(txn, s->env->dbi[TABLE_SOURCES], &cur);
	if (rc != 0) {
		mdb_txn_abort(txn);
		return env_fail(e, s->env, rc, "reading its sources");
	}
	while (*source == 0 &&
	    (rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) == 0) {
		if (key.mv_size != 2 || source_rec_decode(
		    be16_get(key.mv_data),
		    (struct slice){val.mv_data, val.mv_size}, &r) != 0)
			rc = MDB_CORRUPTED;
		else if (r.unsettled != 0 && r.forgotten == 0)
			*source = r.id;
		if (rc != 0)
			break;
	}
	mdb_cursor_close(cur);
	mdb_txn_abort(txn);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, s->env, rc, "reading its sources");
}

/* Touch the source's rows from settle_row on, as many as one transaction bears;
 * *end says that there are no more. */
static int
touch_rows(struct apply *a, bool *end, struct err *e)
{
	MDB_val key, val;
	struct object_rec r;
	struct slice record;
	uint8_t k[8];
	uint64_t seen;
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
		    a->b->n == LIMIT_UPKEEP_ROWS ||
		    a->b->arena.used >= SETTLE_BYTES) {
			a->src.settle_row = be64_get(key.mv_data);
			return 0;
		}
		if (r.source == a->src.id && (r.flags & OBJ_CLAIMS) != 0 &&
		    touch_row(a, be64_get(key.mv_data), record, false, e) != 0)
			return -1;
		rc = mdb_cursor_get(a->objects, &key, &val, MDB_NEXT);
	}
	if (rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "reading objects");
	*end = true;
	return 0;
}

int
upkeep_settle(struct store *s, int64_t now, bool *worked, struct err *e)
{
	struct batch b;
	struct apply a;
	uint16_t source;
	bool end;
	int rc = -1;

	*worked = false;
	if (find_source(s, &source, e) != 0)
		return -1;
	if (source == 0)
		return 0;
	batch_init(&b);
	if (touch_begin(&a, &b, s, source, now, e) != 0)
		goto out;
	/* Another process may have been faster. */
	if (a.src.unsettled == 0) {
		rc = 0;
		goto out;
	}
	a.why = a.src.settle_why != WHY_NONE ? a.src.settle_why : WHY_POLICY;
	if (touch_rows(&a, &end, e) != 0)
		goto out;
	if (end)
		apply_settled(&a);
	*worked = true;
	rc = touch_finish(&a, e);
	batch_free(&b);
	return rc;
out:
	touch_drop(&a);
	batch_free(&b);
	return rc;
}
