/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What was told of objects that are there again: ends, listings, identifiers that
 * outlived them; and what was met.
 */
#include <errno.h>
#include <string.h>

#include "base/value.h"
#include "store/apply.h"
#include "store/presence.h"
#include "store/restore.h"
#include "store/sighting.h"

struct work {
	struct apply a;
	struct batch b;
	struct rowset rows;
};

static int
begin(struct work *w, struct store *s, struct slice source, struct err *e)
{
	uint16_t id;

	memset(w, 0, sizeof(*w));
	batch_init(&w->b);
	rowset_init(&w->rows);
	if (source_id(s, source_is_named, &source, &id, e) != 0)
		return -1;
	if (id == 0)
		return err_set(e, ERR_SYNTAX, "no source '%.*s' was described",
		    SLICE_ARG(source));
	/* Its time is that of what it tells, not of today. */
	return touch_begin(&w->a, &w->b, s, id, 0, e);
}

static int
finish(struct work *w, int rc, struct err *e)
{
	if (w->a.s != NULL) {
		w->a.now = w->a.head.written;
		if (rc == 0)
			rc = touch_finish(&w->a, e);
		else
			touch_drop(&w->a);
	}
	rowset_free(&w->rows);
	batch_free(&w->b);
	return rc;
}

/* The row of an identifier; 0: it was not taken again. */
static int
row_of(struct work *w, const struct idkey *id, struct id_rec *rec,
    struct err *e)
{
	uint8_t k[ID_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	*rec = (struct id_rec){.row = 0};
	id_key(k, id->b, w->a.src.id);
	rc = mdb_cursor_get(w->a.ids, &key, &val, MDB_SET);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return env_fail(e, w->a.env, rc, "reading identifiers");
	if (id_rec_decode((struct slice){val.mv_data, val.mv_size}, rec) != 0)
		return env_damaged(w->a.env, TABLE_IDS, e);
	return 0;
}

/* ---- ends ------------------------------------------------------------------- */

static int
end_one(struct work *w, const struct restore_end *v, struct buf *room,
    struct rowset *withdrawn, struct err *e)
{
	struct object_rec o;
	struct slice record;
	struct id_rec id;

	if (row_of(w, &v->id, &id, e) != 0)
		return -1;
	if (id.row == 0)
		return 0;
	if (apply_object(&w->a, id.row, &o, &record, e) != 0)
		return -1;
	buf_reset(room);
	if (object_rec_end(record, &v->end, room) != 0 ||
	    rowset_add(&w->rows, id.row) != 0 ||
	    (v->end.reason == END_WITHDRAWN &&
	    rowset_add(withdrawn, id.row) != 0))
		return err_set(e, ERR_MEMORY, "out of memory");
	return touch_row(&w->a, id.row, buf_view(room), true, e);
}

int
restore_ends(struct store *s, struct slice source,
    const struct restore_end *v, size_t n, struct err *e)
{
	struct rowset withdrawn;
	struct work w;
	struct buf room;
	size_t i;
	int rc;

	if (n == 0)
		return 0;
	buf_init(&room, 2 * LIMIT_RECORD);
	rowset_init(&withdrawn);
	rc = begin(&w, s, source, e);
	for (i = 0; i < n && rc == 0; i++)
		rc = end_one(&w, &v[i], &room, &withdrawn, e);
	if (rc == 0)
		rc = rows_take(w.a.env, w.a.txn, ROWS_LIVE, w.a.src.id,
		    &w.rows, NULL, e);
	if (rc == 0)
		rc = rows_put(w.a.env, w.a.txn, ROWS_WITHDRAWN, w.a.src.id,
		    &withdrawn, e);
	if (rc == 0)
		w.a.src.withdrawn += rowset_count(&withdrawn);
	rc = finish(&w, rc, e);
	rowset_free(&withdrawn);
	buf_free(&room);
	return rc;
}

/* ---- listings --------------------------------------------------------------- */

static int
put_chunks(struct work *w, const struct rows_key *group, uint32_t poll,
    int64_t time, struct err *e)
{
	struct rows_key k = *group;
	struct rows_rec r;
	const uint64_t *words;
	unsigned i, before;

	k.source = w->a.src.id;
	for (k.chunk = 0; k.chunk < w->rows.n; k.chunk++) {
		words = rowset_chunk(&w->rows, k.chunk);
		if (words == NULL)
			continue;
		if (rows_read(w->a.env, w->a.txn, &k, &r, e) != 0)
			return -1;
		before = rows_count(r.words);
		for (i = 0; i < ROWSET_WORDS; i++)
			r.words[i] |= words[i];
		r.poll = poll;
		r.time = time;
		if (k.kind == ROWS_MISSING)
			w->a.src.missing += rows_count(r.words) - before;
		if (rows_write(w->a.env, w->a.txn, &k, &r, e) != 0)
			return -1;
	}
	return 0;
}

int
restore_set(struct store *s, struct slice source,
    const struct rows_key *group, uint32_t poll, int64_t time,
    const struct idkey *ids, size_t n, struct err *e)
{
	struct id_rec id;
	struct work w;
	size_t i;
	int rc;

	if (group->kind == ROWS_LIVE || group->kind == ROWS_WITHDRAWN ||
	    group->kind >= ROWS_KINDS)
		return 0;
	rc = begin(&w, s, source, e);
	for (i = 0; i < n && rc == 0; i++) {
		rc = row_of(&w, &ids[i], &id, e);
		if (rc == 0 && id.row != 0 && rowset_add(&w.rows, id.row) != 0)
			rc = err_set(e, ERR_MEMORY, "out of memory");
	}
	if (rc == 0)
		rc = put_chunks(&w, group, poll, time, e);
	return finish(&w, rc, e);
}

/* ---- what is gone, and what was met ------------------------------------------ */

static int
bury_one(struct work *w, const struct restore_buried *v, struct err *e)
{
	uint8_t k[ID_KEY_LEN], rec[ID_REC_MAX];
	MDB_val key = {sizeof(k), k}, val = {id_rec_encode(&v->rec, rec), rec};
	int rc;

	id_key(k, v->id.b, w->a.src.id);
	rc = mdb_cursor_put(w->a.ids, &key, &val, MDB_NOOVERWRITE);
	if (rc == 0)
		w->a.src.buried++;
	return rc == 0 || rc == MDB_KEYEXIST ? 0 :
	    env_fail(e, w->a.env, rc, "writing identifiers");
}

int
restore_buried(struct store *s, struct slice source,
    const struct restore_buried *v, size_t n, struct err *e)
{
	struct work w;
	size_t i;
	int rc;

	if (n == 0)
		return 0;
	rc = begin(&w, s, source, e);
	for (i = 0; i < n && rc == 0; i++)
		rc = bury_one(&w, &v[i], e);
	return finish(&w, rc, e);
}

static bool
sighting_good(const struct restore_sighting *v)
{
	struct sighting_by by;
	struct sighting all;
	size_t pos;
	int more;

	if (v->key.n < 2 || v->key.n > SIGHTING_KEY_MAX ||
	    value_type_name((uint8_t)v->key.p[0]) == NULL ||
	    sighting_decode(v->record, &all, &pos) != 0)
		return false;
	while ((more = sighting_next(v->record, &pos, &by)) == 1)
		;
	return more == 0;
}

int
restore_sightings(struct store *s, const struct restore_sighting *v, size_t n,
    struct err *e)
{
	MDB_txn *txn;
	MDB_val key, val;
	size_t i;
	int rc = 0;

	for (i = 0; i < n; i++) {
		if (!sighting_good(&v[i]))
			return err_set(e, ERR_SYNTAX, "a sighting cannot be "
			    "read");
	}
	if (n == 0)
		return 0;
	if (env_begin(s->env, true, &txn, e) != 0)
		return -1;
	for (i = 0; i < n && rc == 0; i++) {
		key = (MDB_val){v[i].key.n, (void *)(uintptr_t)v[i].key.p};
		val = (MDB_val){v[i].record.n,
		    (void *)(uintptr_t)v[i].record.p};
		rc = mdb_put(txn, s->env->dbi[TABLE_SIGHTINGS], &key, &val, 0);
	}
	if (rc != 0)
		mdb_txn_abort(txn);
	else if ((rc = mdb_txn_commit(txn)) == EIO)
		rc = env_write_error(s->env);
	if (rc != 0)
		return env_fail(e, s->env, rc, "writing sightings");
	(void)env_make_whole(s->env, NULL);
	return 0;
}
