/* SPDX-License-Identifier: BSD-2-Clause */
/* A source by what its record says. */
#include "store/batch.h"
#include "store/bytes.h"

int
source_search(struct env *env, MDB_txn *txn, source_fits_fn *fits,
    void *ctx, struct source_rec *r, struct err *e)
{
	MDB_cursor *cur;
	MDB_val key, val;
	int rc;

	rc = mdb_cursor_open(txn, env->dbi[TABLE_SOURCES], &cur);
	if (rc != 0)
		return env_fail(e, env, rc, "reading its sources");
	while ((rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) == 0) {
		if (key.mv_size != 2 || source_rec_decode(
		    be16_get(key.mv_data),
		    (struct slice){val.mv_data, val.mv_size}, r) != 0)
			rc = MDB_CORRUPTED;
		if (rc != 0 || fits(r, ctx))
			break;
	}
	mdb_cursor_close(cur);
	if (rc == 0)
		return 1;
	return rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, env, rc, "reading its sources");
}

int
source_id(struct store *s, source_fits_fn *fits, void *ctx,
    uint16_t *id, struct err *e)
{
	struct source_rec r;
	MDB_txn *txn;
	int rc;

	*id = 0;
	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = source_search(s->env, txn, fits, ctx, &r, e);
	if (rc > 0)
		*id = r.id;
	mdb_txn_abort(txn);
	return rc < 0 ? -1 : 0;
}

bool
source_is_named(const struct source_rec *r, void *ctx)
{
	return slice_eq(r->name, *(const struct slice *)ctx);
}

bool
source_stands(const struct source_rec *r, void *ctx)
{
	return r->forgotten == 0 && source_is_named(r, ctx);
}
