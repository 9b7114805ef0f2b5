/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Versions that a poll overwrote.
 *
 * One entry for each row and poll: what stood there before that poll.  Further
 * versions of the same poll are no way back to anywhere.
 */
#include "store/apply.h"
#include "store/undo.h"

int
undo_save(struct apply *a, uint64_t row, uint32_t poll, struct slice record,
    struct err *e)
{
	uint8_t k[UNDO_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	/* A put may move the page that the record lies on. */
	buf_reset(&a->old);
	if (buf_slice(&a->old, record) != 0)
		return err_set(e, ERR_MEMORY, "no memory for a version");
	val = (MDB_val){a->old.n, a->old.p};
	undo_key(k, row, poll);
	rc = mdb_cursor_put(a->undo, &key, &val, MDB_NOOVERWRITE);
	if (rc == MDB_KEYEXIST)
		return env_damaged(a->env, TABLE_UNDO, e);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing undo");
}

int
undo_has(struct apply *a, uint64_t row, const struct object_value *v,
    bool *has, struct err *e)
{
	const struct undo_value value = {v->value.type, v->value.prefix,
	    {(const char *)v->value.key, v->value.keylen}};
	struct object_rec old;
	int rc = undo_holder(a->undo, row, &value, &old, NULL, NULL);

	*has = rc == 0;
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, a->env, rc, "reading undo");
}

static int
any_version(struct apply *a, const struct object_rec *old, void *ctx,
    struct err *e)
{
	(void)a;
	(void)old;
	(void)ctx;
	(void)e;
	return 1;
}

int
undo_any(struct apply *a, uint64_t row, bool *any, struct err *e)
{
	int rc = undo_each(a, row, any_version, NULL, e);

	*any = rc == 1;
	return rc < 0 ? -1 : 0;
}

int
undo_each(struct apply *a, uint64_t row, undo_fn *fn, void *ctx,
    struct err *e)
{
	uint8_t k[UNDO_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	struct object_rec old;
	uint32_t poll;
	uint64_t at;
	int rc;

	undo_key(k, row, 0);
	for (rc = mdb_cursor_get(a->undo, &key, &val, MDB_SET_RANGE); rc == 0;
	    rc = mdb_cursor_get(a->undo, &key, &val, MDB_NEXT)) {
		if (!undo_key_read(&key, &at, &poll))
			return env_damaged(a->env, TABLE_UNDO, e);
		if (at != row)
			return 0;
		if (object_rec_head((struct slice){val.mv_data, val.mv_size},
		    &old) != 0)
			return env_damaged(a->env, TABLE_UNDO, e);
		if ((rc = fn(a, &old, ctx, e)) != 0)
			return rc;
	}
	return rc == MDB_NOTFOUND ? 0 : env_fail(e, a->env, rc,
	    "reading undo");
}
