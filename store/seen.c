/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A local sighting is written.  Where a source's score of the value decays, the
 * value is folded anew in the same transaction, through a row of that source.
 */
#include <errno.h>
#include <string.h>

#include "base/limits.h"
#include "base/value.h"
#include "store/apply.h"
#include "store/batch.h"
#include "store/bytes.h"
#include "store/sighting.h"

struct met {
	struct store *st;
	const struct sighted *v;
	const struct sighting *s;
	struct slice who;
	uint8_t key[SIGHTING_KEY_MAX];
	size_t keylen;
	enum table table;
	/* What met_look() finds: */
	bool known;       /* the value has an entry */
	uint16_t source;  /* one whose score of it decays; 0: none does */
	uint64_t row;     /* of a claim of that source */
};

static int
met_put(const struct met *m, MDB_txn *txn, struct err *e)
{
	struct env *env = m->st->env;
	MDB_val k = {m->keylen, (void *)(uintptr_t)m->key}, old = {0, NULL};
	MDB_val val;
	struct buf rec;
	int rc;

	rc = mdb_get(txn, env->dbi[TABLE_SIGHTINGS], &k, &old);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, env, rc, "reading sightings");
	buf_init(&rec, KIB(4));
	if (sighting_merge(rc == 0 ?
	    (struct slice){old.mv_data, old.mv_size} : SLICE(""), m->s, m->who,
	    &rec) != 0) {
		buf_free(&rec);
		return err_set(e, ERR_STORE, "store '%s': a sighting cannot be "
		    "read; run 'taxiway verify'", m->st->path);
	}
	val = (MDB_val){rec.n, rec.p};
	rc = mdb_put(txn, env->dbi[TABLE_SIGHTINGS], &k, &val, 0);
	buf_free(&rec);
	return rc == 0 ? 0 : env_fail(e, env, rc, "writing sightings");
}

/* Does the score of this source decay?  Then the row is one to fold by. */
static int
met_source(struct met *m, MDB_txn *txn, uint16_t source, uint64_t row,
    struct err *e)
{
	struct env *env = m->st->env;
	struct source_terms terms;
	struct source_rec r;
	uint8_t k[2];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	be16_put(k, source);
	rc = mdb_get(txn, env->dbi[TABLE_SOURCES], &key, &val);
	if (rc == 0 && source_rec_decode(source,
	    (struct slice){val.mv_data, val.mv_size}, &r) != 0)
		rc = MDB_CORRUPTED;
	if (rc != 0)
		return env_fail(e, env, rc, "reading its sources");
	terms_of(&r, &terms);
	/* Upkeep removes what is forgotten. */
	if (r.forgotten == 0 && terms_meet(&terms, m->v->type)) {
		m->source = source;
		m->row = row;
	}
	return 0;
}

/* The same for each claim of a value with several, until one is found. */
static int
met_claims(struct met *m, MDB_txn *txn, uint64_t id, struct err *e)
{
	uint8_t k[16];
	MDB_val key = {sizeof(k), k}, val;
	uint16_t last = 0;
	struct claim_rec c;
	MDB_cursor *cur;
	int rc;

	rc = mdb_cursor_open(txn, m->st->env->dbi[TABLE_CLAIMS], &cur);
	if (rc != 0)
		return env_fail(e, m->st->env, rc, "reading claims");
	be64_put(k, id);
	be64_put(k + 8, 0);
	rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE);
	while (rc == 0 && m->source == 0 && key.mv_size == sizeof(k) &&
	    be64_get(key.mv_data) == id) {
		if (claim_rec_decode((struct slice){val.mv_data, val.mv_size},
		    &c) != 0) {
			rc = MDB_CORRUPTED;
			break;
		}
		/* One that is past will do: where polls are hidden, it may be
		 * what counts. */
		if (c.source != last && met_source(m, txn, c.source,
		    be64_get((uint8_t *)key.mv_data + 8), e) != 0) {
			mdb_cursor_close(cur);
			return -1;
		}
		last = c.source;
		rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT);
	}
	mdb_cursor_close(cur);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, m->st->env, rc, "reading claims");
}

static int
met_look(struct met *m, MDB_txn *txn, struct err *e)
{
	MDB_val k = {m->keylen, m->key}, val;
	struct value_rec r;
	int rc;

	m->known = false;
	m->source = 0;
	rc = mdb_get(txn, m->st->env->dbi[m->table], &k, &val);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc == 0 && value_rec_decode(
	    (struct slice){val.mv_data, val.mv_size}, &r) != 0)
		rc = MDB_CORRUPTED;
	if (rc != 0)
		return env_fail(e, m->st->env, rc, "reading values");
	m->known = true;
	if ((r.flags & VREC_MULTI) != 0)
		return met_claims(m, txn, r.row, e);
	return met_source(m, txn, r.source, r.row, e);
}

/* In a transaction of its own; nothing follows from it. */
static int
met_record(struct met *m, struct err *e)
{
	struct env *env = m->st->env;
	MDB_txn *txn;
	int rc;

	if (env_begin(env, true, &txn, e) != 0)
		return -1;
	if (met_look(m, txn, e) != 0 ||
	    (m->known && met_put(m, txn, e) != 0)) {
		mdb_txn_abort(txn);
		return -1;
	}
	/* Its terms have just changed: upkeep folds all of the source. */
	rc = mdb_txn_commit(txn);
	if (rc == EIO)
		rc = env_write_error(env);
	if (rc != 0)
		return env_fail(e, env, rc, "committing");
	(void)env_make_whole(env, NULL);
	return 0;
}

/* Touch the row, behind what is written here. */
static int
met_touch(struct met *m, struct apply *a, struct err *e)
{
	struct object_rec r;
	struct slice record;
	uint16_t source = m->source;

	if (met_look(m, a->txn, e) != 0 ||
	    (m->known && met_put(m, a->txn, e) != 0))
		return -1;
	if (m->source != source)
		return 0; /* another process was faster: as in met_record() */
	if (apply_object(a, m->row, &r, &record, e) != 0)
		return -1;
	return touch_row(a, m->row, record, false, e);
}

static int
met_refold(struct met *m, int64_t now, struct err *e)
{
	struct apply a;
	struct batch b;
	int rc = -1;

	batch_init(&b);
	if (touch_begin(&a, &b, m->st, m->source, now, e) == 0 &&
	    met_touch(m, &a, e) == 0)
		rc = touch_finish(&a, e);
	else
		touch_drop(&a);
	batch_free(&b);
	return rc;
}

int
store_seen(struct store *st, const struct sighted *v, const struct sighting *s,
    struct slice who, int64_t now, bool *known, struct err *e)
{
	struct met m = {.st = st, .v = v, .s = s, .who = who};
	MDB_txn *txn;
	int rc;

	*known = false;
	m.keylen = sighting_key(v->type, v->prefix, v->key, m.key);
	if (m.keylen == 0)
		return 0;
	m.table = m.keylen > 1 + v->key.n ? TABLE_NETS : TABLE_VALUES;
	if (env_begin(st->env, false, &txn, e) != 0)
		return -1;
	rc = met_look(&m, txn, e);
	mdb_txn_abort(txn);
	if (rc != 0 || !m.known)
		return rc;
	rc = m.source != 0 ? met_refold(&m, now, e) : met_record(&m, e);
	*known = rc == 0 && m.known;
	return rc;
}
