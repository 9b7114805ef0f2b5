/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading one tree through the cursor that a snapshot keeps for it.
 *
 * A cursor, and not mdb_get(): it gives the key's place in the map, which is
 * what results borrow, and it is allocated once.  Every view renews it when the
 * tree is first touched.
 */
#include "store/reader_private.h"

static int
cursor_ready(struct tw_snapshot *s, enum table t)
{
	int rc;

	if (CC_LIKELY(s->cursor_view[t] == s->view))
		return TW_OK;
	rc = mdb_cursor_renew(s->txn, s->cursor[t]);
	if (rc != 0)
		return snap_lmdb(s, rc, table_info[t].name);
	s->cursor_view[t] = s->view;
	return TW_OK;
}

int
table_cursor(struct tw_snapshot *s, enum table t, MDB_cursor **cur)
{
	*cur = s->cursor[t];
	return cursor_ready(s, t);
}

/* `absent` is the answer for "no such key". */
static int
cursor_move(struct tw_snapshot *s, enum table t, MDB_val *k, MDB_val *d,
    MDB_cursor_op op, int absent)
{
	int rc;

	if ((rc = cursor_ready(s, t)) != TW_OK)
		return rc;
	rc = mdb_cursor_get(s->cursor[t], k, d, op);
	if (CC_LIKELY(rc == 0))
		return TW_OK;
	if (rc == MDB_NOTFOUND)
		return absent;
	return snap_lmdb(s, rc, table_info[t].name);
}

/* LMDB does not write through a key that it is given, but its type says so. */
static MDB_val
val_of(const void *p, size_t n)
{
	MDB_val v = {n, (void *)(uintptr_t)p};

	return v;
}

int
table_get(struct tw_snapshot *s, enum table t, const void *key, size_t n,
    MDB_val *k, MDB_val *d)
{
	*k = val_of(key, n);
	return cursor_move(s, t, k, d, MDB_SET_KEY, TW_NOT_FOUND);
}

int
table_seek(struct tw_snapshot *s, enum table t, const void *key, size_t n,
    MDB_val *k, MDB_val *d)
{
	if (n == 0)
		return cursor_move(s, t, k, d, MDB_FIRST, TW_END);
	*k = val_of(key, n);
	return cursor_move(s, t, k, d, MDB_SET_RANGE, TW_END);
}

int
table_before(struct tw_snapshot *s, enum table t, const void *key, size_t n,
    MDB_val *k, MDB_val *d)
{
	int rc = table_seek(s, t, key, n, k, d);

	if (rc == TW_END)
		return cursor_move(s, t, k, d, MDB_LAST, TW_END);
	if (rc != TW_OK)
		return rc;
	return cursor_move(s, t, k, d, MDB_PREV, TW_END);
}

int
table_next(struct tw_snapshot *s, enum table t, MDB_val *k, MDB_val *d)
{
	return cursor_move(s, t, k, d, MDB_NEXT, TW_END);
}

int
table_after(struct tw_snapshot *s, enum table t, const void *key, size_t n,
    MDB_val *k, MDB_val *d)
{
	int rc;

	if (n != 0 && s->cursor_view[t] == s->view &&
	    mdb_cursor_get(s->cursor[t], k, d, MDB_GET_CURRENT) == 0 &&
	    k->mv_size == n && memcmp(k->mv_data, key, n) == 0)
		return table_next(s, t, k, d);
	rc = table_seek(s, t, key, n, k, d);
	if (rc != TW_OK || n == 0 || k->mv_size != n ||
	    memcmp(k->mv_data, key, n) != 0)
		return rc;
	return table_next(s, t, k, d);
}
