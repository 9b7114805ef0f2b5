/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/restore.h"

#include <string.h>

#include "base/limits.h"
#include "store/batch.h"
#include "store/bytes.h"
#include "store/record_id.h"

struct work {
	struct env *env;
	MDB_txn *txn;
	struct source_rec src; /* the source of that name; id 0: none */
	struct buf rec;
};

static int
put(struct work *w, enum table t, const uint8_t *k, size_t n, struct err *e)
{
	MDB_val key = {n, (void *)(uintptr_t)k}, val = {w->rec.n, w->rec.p};
	int rc = mdb_put(w->txn, w->env->dbi[t], &key, &val, 0);

	return rc == 0 ? 0 : env_fail(e, w->env, rc, "writing");
}

struct wanted {
	struct slice name;
	uint16_t last; /* the number of the last source that was asked */
};

static bool
is_wanted(const struct source_rec *r, void *ctx)
{
	struct wanted *w = ctx;

	w->last = r->id;
	return slice_eq(r->name, w->name);
}

/* Find the source; while there is none *last is the highest number given. */
static int
find(struct work *w, struct slice name, uint16_t *last, struct err *e)
{
	struct wanted wanted = {name, 0};
	int rc = source_search(w->env, w->txn, is_wanted, &wanted, &w->src, e);

	if (rc == 0)
		w->src = (struct source_rec){.id = 0};
	*last = wanted.last;
	return rc < 0 ? -1 : 0;
}

static int
begin(struct work *w, struct store *s, struct err *e)
{
	*w = (struct work){.env = s->env};
	buf_init(&w->rec, LIMIT_RECORD);
	return env_begin(s->env, true, &w->txn, e);
}

static int
finish(struct work *w, int rc, struct err *e)
{
	if (w->txn != NULL && rc == 0) {
		rc = mdb_txn_commit(w->txn);
		if (rc != 0)
			rc = env_fail(e, w->env, rc, "committing");
	} else if (w->txn != NULL) {
		mdb_txn_abort(w->txn);
	}
	buf_free(&w->rec);
	return rc;
}

static int
need_source(struct work *w, struct slice name, struct err *e)
{
	uint16_t last;

	if (find(w, name, &last, e) != 0)
		return -1;
	if (w->src.id == 0)
		return err_set(e, ERR_SYNTAX, "no source '%.*s' was described "
		    "before its polls", SLICE_ARG(name));
	return 0;
}

/* ---- the store ------------------------------------------------------------ */

int
restore_seed(struct store *s, uint64_t seed, struct err *e)
{
	struct identity id = s->id;
	struct work w;
	struct head h;
	int rc;

	rc = begin(&w, s, e);
	if (rc == 0)
		rc = head_read(w.env, w.txn, &h, e);
	if (rc == 0 && h.generation != 0)
		rc = err_set(e, ERR_STORE, "store '%s': it is not empty",
		    s->path);
	id.seed = seed;
	if (rc == 0)
		rc = identity_write(w.env, w.txn, &id, e);
	rc = finish(&w, rc, e);
	if (rc == 0)
		s->id = id;
	return rc;
}

/* ---- sources and polls ---------------------------------------------------- */

/*
 * Its objects were taken under no terms but its default TLP, and at times that
 * were corrected since: where more than that decides about claims, their entries
 * are to be made anew.
 */
static int
settle_later(struct work *w, struct source_rec *r, struct err *e)
{
	bool was = w->src.unsettled != 0;
	struct head h;

	r->unsettled = r->objects != 0 &&
	    (r->ageing.n != 0 || r->hidden_from != 0);
	r->settle_row = 0;
	if (was == (r->unsettled != 0))
		return 0;
	if (head_read(w->env, w->txn, &h, e) != 0)
		return -1;
	h.unsettled += (uint64_t)(r->unsettled != 0) - (uint64_t)was;
	return head_write(w->env, w->txn, &h, e);
}

static int
put_source(struct work *w, struct slice record, struct err *e)
{
	struct source_rec r;
	uint16_t last;
	uint8_t k[2];

	if (source_rec_decode(1, record, &r) != 0 || r.name.n == 0)
		return err_set(e, ERR_SYNTAX, "the record of a source cannot "
		    "be read");
	if (find(w, r.name, &last, e) != 0)
		return -1;
	if (w->src.id == 0 && last == UINT16_MAX)
		return err_set(e, ERR_LIMIT, "no number left for source "
		    "'%.*s'", SLICE_ARG(r.name));
	if (w->src.id == 0) {
		r.polls = r.complete_poll = 0;
		w->src.id = (uint16_t)(last + 1);
	}
	r.objects = w->src.objects;
	r.claims = w->src.claims;
	r.revoked = w->src.revoked;
	r.patterns = w->src.patterns;
	r.missing = w->src.missing;
	r.withdrawn = w->src.withdrawn;
	r.buried = w->src.buried;
	if (settle_later(w, &r, e) != 0)
		return -1;
	be16_put(k, w->src.id);
	if (source_rec_encode(&r, &w->rec) != 0)
		return err_set(e, ERR_MEMORY, "no memory for a source");
	return put(w, TABLE_SOURCES, k, sizeof(k), e);
}

int
restore_source(struct store *s, struct slice record, struct err *e)
{
	struct work w;
	int rc = begin(&w, s, e);

	if (rc == 0)
		rc = put_source(&w, record, e);
	return finish(&w, rc, e);
}

int
restore_poll(struct store *s, struct slice source, uint32_t poll,
    struct slice record, struct err *e)
{
	struct poll_rec r;
	struct work w;
	uint8_t k[6];
	int rc = begin(&w, s, e);

	if (rc == 0)
		rc = need_source(&w, source, e);
	if (rc == 0 && poll_rec_decode(w.src.id, poll, record, &r) != 0)
		rc = err_set(e, ERR_SYNTAX, "the record of a poll cannot be "
		    "read");
	if (rc == 0 && poll_rec_encode(&r, &w.rec) != 0)
		rc = err_set(e, ERR_MEMORY, "no memory for a poll");
	be16_put(k, w.src.id);
	be32_put(k + 2, poll);
	if (rc == 0)
		rc = put(&w, TABLE_POLLS, k, sizeof(k), e);
	return finish(&w, rc, e);
}

/* ---- objects -------------------------------------------------------------- */

static int
patch_first(struct work *w, const struct restore_first *v, struct err *e)
{
	uint8_t k[ID_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	struct object_rec o;
	struct id_rec id;
	int rc;

	id_key(k, v->id.b, w->src.id);
	rc = mdb_get(w->txn, w->env->dbi[TABLE_IDS], &key, &val);
	if (rc == MDB_NOTFOUND)
		return 0; /* it was not taken again */
	if (rc == 0 && id_rec_decode((struct slice){val.mv_data,
	    val.mv_size}, &id) != 0)
		rc = MDB_CORRUPTED;
	if (rc != 0)
		return env_fail(e, w->env, rc, "reading identifiers");
	if (id.row == 0)
		return 0;
	be64_put(k, id.row);
	key = (MDB_val){8, k};
	rc = mdb_get(w->txn, w->env->dbi[TABLE_OBJECTS], &key, &val);
	if (rc != 0)
		return env_fail(e, w->env, rc, "reading objects");
	buf_reset(&w->rec);
	if (object_rec_head((struct slice){val.mv_data, val.mv_size},
	    &o) != 0 || buf_add(&w->rec, val.mv_data, val.mv_size) != 0)
		return err_set(e, ERR_STORE, "an object cannot be read");
	if (v->times.n != 0) {
		buf_reset(&w->rec);
		if (episodes_put((struct slice){val.mv_data, val.mv_size},
		    &v->times, &w->rec) != 0)
			return err_set(e, ERR_STORE, "an object is too large");
	}
	object_rec_patch((uint8_t *)w->rec.p, o.source, v->poll, o.poll,
	    o.block);
	return put(w, TABLE_OBJECTS, k, 8, e);
}

int
restore_first(struct store *s, struct slice source,
    const struct restore_first *v, size_t n, struct err *e)
{
	struct work w;
	size_t i;
	int rc = begin(&w, s, e);

	if (rc == 0)
		rc = need_source(&w, source, e);
	for (i = 0; i < n && rc == 0; i++)
		rc = patch_first(&w, &v[i], e);
	return finish(&w, rc, e);
}
