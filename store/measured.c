/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * At the end of a poll: what the source contributes.  It is found in a view, while
 * others read and write, and then put into the poll's record in one small write.
 */
#include <errno.h>
#include <stdlib.h>

#include "store/batch.h"
#include "store/measure.h"
#include "store/reader_private.h"

#define MEASURE_LARGE 100000u  /* values; below, any change is worth a look */
#define MEASURE_AGE TSTAMP_DAY

struct measured {
	uint16_t source;
	uint32_t poll;
	bool due;
	struct measure m;
};

/* Has enough happened since the source was measured last? */
static int
measure_due(struct tw_snapshot *s, struct measured *x, int64_t now)
{
	uint64_t changed = 0;
	struct poll_rec r;
	struct measure m;
	uint32_t poll;
	int rc;

	x->due = false;
	rc = snap_poll(s, x->source, x->poll, &r);
	if (rc != TW_OK || !r.complete)
		return rc < TW_OK ? rc : TW_OK;
	x->due = true;
	for (poll = x->poll; poll != 0; poll--) {
		rc = snap_poll(s, x->source, poll, &r);
		if (rc != TW_OK)
			return rc < TW_OK ? rc : TW_OK;
		if (r.measure.n != 0 && measure_decode(r.measure, &m) == 0)
			break;
		changed += r.added + r.updated + r.withdrawn + r.returned;
	}
	if (poll == 0 || now - r.end > MEASURE_AGE)
		return TW_OK;
	x->due = m.volume < MEASURE_LARGE ? changed != 0 :
	    changed > m.volume / 100;
	return TW_OK;
}

static int
measure_look(struct tw_snapshot *s, struct slice name, int64_t now,
    struct measured *x)
{
	struct tw_source source;
	uint16_t id = 0;
	int rc;

	while ((rc = tw_source_next(s, &id, &source)) == TW_OK)
		if (slice_eq(SLICE_OF(source.name), name))
			break;
	if (rc != TW_OK)
		return rc;
	x->source = id;
	x->poll = source.polls;
	if ((rc = measure_due(s, x, now)) != TW_OK || !x->due)
		return rc;
	return snap_measure(s, x->source, &x->m);
}

static int
measure_read(const char *path, struct slice name, int64_t now,
    struct measured *x, struct err *e)
{
	struct tw_snapshot *s = NULL;
	struct tw_error why;
	tw_store *store;
	int rc;

	*x = (struct measured){.source = 0};
	if (tw_open(path, 0, &store, &why) != TW_OK)
		return err_set(e, ERR_STORE, "%s", why.text);
	rc = tw_snapshot_begin(store, &s);
	if (rc == TW_OK)
		rc = measure_look(s, name, now, x);
	if (rc < TW_OK)
		err_set(e, ERR_STORE, "%s", s != NULL && s->err.text[0] != '\0'
		    ? s->err.text : tw_strerror(rc));
	tw_snapshot_end(s);
	tw_close(store);
	return rc < TW_OK ? -1 : 0;
}

/* The poll's record with the measures in it. */
static int
measure_put(struct store *st, MDB_txn *txn, const struct measured *x,
    struct err *e)
{
	uint8_t k[6];
	MDB_val key = {sizeof(k), k}, val;
	struct buf rec, bytes;
	struct poll_rec r;
	int rc;

	be16_put(k, x->source);
	be32_put(k + 2, x->poll);
	rc = mdb_get(txn, st->env->dbi[TABLE_POLLS], &key, &val);
	if (rc == MDB_NOTFOUND) /* forgotten meanwhile */
		return 0;
	if (rc != 0)
		return env_fail(e, st->env, rc, "reading polls");
	if (poll_rec_decode(x->source, x->poll,
	    (struct slice){val.mv_data, val.mv_size}, &r) != 0)
		return err_set(e, ERR_STORE, "store '%s': the record of a poll "
		    "cannot be read; run 'taxiway verify'", st->path);
	buf_init(&rec, KIB(64));
	buf_init(&bytes, KIB(4));
	if (measure_encode(&x->m, &bytes) == 0) {
		r.measure = buf_view(&bytes);
		rc = poll_rec_encode(&r, &rec);
	} else {
		rc = -1;
	}
	if (rc != 0) {
		err_set(e, ERR_MEMORY, "no memory for the poll's record");
	} else {
		val = (MDB_val){rec.n, rec.p};
		rc = mdb_put(txn, st->env->dbi[TABLE_POLLS], &key, &val, 0);
		if (rc != 0)
			env_fail(e, st->env, rc, "writing polls");
	}
	buf_free(&rec);
	buf_free(&bytes);
	return rc == 0 ? 0 : -1;
}

int
store_measure(const char *path, struct slice name, int64_t now,
    struct err *e)
{
	struct measured x;
	struct store *st;
	MDB_txn *txn;
	int rc;

	if (measure_read(path, name, now, &x, e) != 0)
		return -1;
	if (!x.due)
		return 0;
	if (store_open(path, now, &st, e) != 0)
		return -1;
	rc = env_begin(st->env, true, &txn, e);
	if (rc == 0 && (rc = measure_put(st, txn, &x, e)) != 0)
		mdb_txn_abort(txn);
	if (rc == 0 && (rc = mdb_txn_commit(txn)) != 0)
		rc = env_fail(e, st->env, rc == EIO ?
		    env_write_error(st->env) : rc, "committing");
	if (rc == 0)
		(void)env_make_whole(st->env, NULL);
	store_close(st);
	return rc;
}
