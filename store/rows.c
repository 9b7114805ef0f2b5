/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The tree `rows`, chunk by chunk.  Its entries are few (one for some thousand
 * rows), so each is looked up by its key; nothing hangs on where a cursor stands
 * after a write.
 */
#include "store/presence.h"

int
rows_read(struct env *env, MDB_txn *txn, const struct rows_key *k,
    struct rows_rec *r, struct err *e)
{
	uint8_t room[ROWS_KEY_LEN];
	MDB_val key = {sizeof(room), room}, val;
	int rc;

	rows_key_put(room, k);
	rc = mdb_get(txn, env->dbi[TABLE_ROWS], &key, &val);
	if (rc == MDB_NOTFOUND) {
		*r = (struct rows_rec){.poll = 0};
		return 0;
	}
	if (rc != 0)
		return env_fail(e, env, rc, "reading rows");
	if (rows_rec_decode((struct slice){val.mv_data, val.mv_size}, r) != 0)
		return env_damaged(env, TABLE_ROWS, e);
	return 0;
}

int
rows_write(struct env *env, MDB_txn *txn, const struct rows_key *k,
    const struct rows_rec *r, struct err *e)
{
	uint8_t room[ROWS_KEY_LEN], rec[ROWS_REC_MAX];
	MDB_val key = {sizeof(room), room}, val = {0, rec};
	int rc;

	rows_key_put(room, k);
	val.mv_size = rows_rec_encode(r, rec);
	if (val.mv_size != 0) {
		rc = mdb_put(txn, env->dbi[TABLE_ROWS], &key, &val, 0);
	} else {
		rc = mdb_del(txn, env->dbi[TABLE_ROWS], &key, NULL);
		if (rc == MDB_NOTFOUND)
			rc = 0;
	}
	return rc == 0 ? 0 : env_fail(e, env, rc, "writing rows");
}

int
rows_next(struct env *env, MDB_txn *txn, struct rows_key *k,
    struct rows_rec *r, struct err *e)
{
	uint8_t room[ROWS_KEY_LEN];
	MDB_val key = {sizeof(room), room}, val;
	MDB_cursor *cur;
	struct rows_key got;
	int rc;

	rows_key_put(room, k);
	rc = mdb_cursor_open(txn, env->dbi[TABLE_ROWS], &cur);
	if (rc != 0)
		return env_fail(e, env, rc, "reading rows");
	rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE);
	mdb_cursor_close(cur);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return env_fail(e, env, rc, "reading rows");
	if (rows_key_get((struct slice){key.mv_data, key.mv_size}, &got) != 0)
		return env_damaged(env, TABLE_ROWS, e);
	if (got.kind != k->kind || got.source != k->source)
		return 0;
	if (rows_rec_decode((struct slice){val.mv_data, val.mv_size}, r) != 0)
		return env_damaged(env, TABLE_ROWS, e);
	*k = got;
	return 1;
}

int
rows_load(struct env *env, MDB_txn *txn, enum rows_kind kind,
    uint16_t source, struct rowset *to, struct err *e)
{
	struct rows_key k = {.kind = (uint8_t)kind, .source = source};
	struct rows_rec r;
	uint64_t *w;
	unsigned i;
	int rc;

	for (; (rc = rows_next(env, txn, &k, &r, e)) == 1; k.chunk++) {
		w = rowset_room(to, k.chunk);
		if (w == NULL)
			return err_set(e, ERR_MEMORY, "no memory for the rows "
			    "of a source");
		for (i = 0; i < ROWSET_WORDS; i++)
			w[i] |= r.words[i];
	}
	return rc;
}

int
rows_put(struct env *env, MDB_txn *txn, enum rows_kind kind,
    uint16_t source, const struct rowset *set, struct err *e)
{
	struct rows_key k = {.kind = (uint8_t)kind, .source = source};
	struct rows_rec r;
	const uint64_t *w;
	uint64_t change;
	unsigned i;

	for (; k.chunk < set->n; k.chunk++) {
		w = rowset_chunk(set, k.chunk);
		if (w == NULL)
			continue;
		if (rows_read(env, txn, &k, &r, e) != 0)
			return -1;
		for (i = 0, change = 0; i < ROWSET_WORDS; i++) {
			change |= w[i] & ~r.words[i];
			r.words[i] |= w[i];
		}
		if (change != 0 && rows_write(env, txn, &k, &r, e) != 0)
			return -1;
	}
	return 0;
}

int
rows_take(struct env *env, MDB_txn *txn, enum rows_kind kind,
    uint16_t source, const struct rowset *set, uint64_t *taken, struct err *e)
{
	struct rows_key k = {.kind = (uint8_t)kind, .source = source};
	struct rows_rec r;
	const uint64_t *w;
	uint64_t change, hit;
	unsigned i;
	int rc;

	for (; (rc = rows_next(env, txn, &k, &r, e)) == 1; k.chunk++) {
		w = rowset_chunk(set, k.chunk);
		if (w == NULL)
			continue;
		for (i = 0, change = 0; i < ROWSET_WORDS; i++) {
			hit = w[i] & r.words[i];
			change |= hit;
			if (taken != NULL)
				*taken += (uint64_t)__builtin_popcountll(hit);
			r.words[i] &= ~w[i];
		}
		if (change != 0 && rows_write(env, txn, &k, &r, e) != 0)
			return -1;
	}
	return rc;
}
