/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which objects does the store have already, with these very bytes, or in this
 * version?
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "store/batch.h"
#include "store/bytes.h"
#include "store/presence.h"
#include "store/sort.h"

struct probe {
	struct store_poll *p;
	const struct idkey *ids;
	const uint64_t *hashes;   /* NULL: by version */
	const int64_t *versions;
	MDB_txn *txn;
	MDB_cursor *cur;
};

static int
id_compare(const void *ctx, uint32_t a, uint32_t b)
{
	const struct idkey *ids = ctx;

	return memcmp(ids[a].b + 8, ids[b].b + 8, IDKEY_LEN - 8);
}

static bool
object_head(const struct probe *q, uint64_t row, struct object_rec *r)
{
	uint8_t k[8];
	MDB_val key = {sizeof(k), k}, val;

	be64_put(k, row);
	if (mdb_get(q->txn, q->p->s->env->dbi[TABLE_OBJECTS], &key, &val) != 0)
		return false;
	return object_rec_head((struct slice){val.mv_data, val.mv_size},
	    r) == 0;
}

/* A poll that now keeps original bytes wants those of older objects too. */
static bool
has_raw(const struct probe *q, uint64_t row)
{
	struct object_rec r;

	return object_head(q, row, &r) && (r.flags & OBJ_RAW) != 0;
}

/* Listings may cut versions to microseconds.  What has no `modified` has one
 * version only, whatever a listing calls it. */
static bool
has_version(const struct probe *q, uint64_t row, int64_t version)
{
	struct object_rec r;

	return object_head(q, row, &r) && (r.modified == TSTAMP_NONE ||
	    r.modified / 1000 == version / 1000);
}

/* 0, or an LMDB code. */
static int
probe_one(const struct probe *q, uint32_t i, bool *known)
{
	uint64_t row;
	uint8_t k[IDKEY_LEN + 3];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	*known = false;
	memcpy(k, q->ids[i].b, IDKEY_LEN);
	k[IDKEY_LEN] = 0;
	be16_put(k + IDKEY_LEN + 1, q->p->src.id);
	rc = mdb_cursor_get(q->cur, &key, &val, MDB_SET);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return rc;
	if (val.mv_size < 16)
		return MDB_CORRUPTED;
	row = le64_get(val.mv_data);
	*known = q->hashes == NULL ? has_version(q, row, q->versions[i]) :
	    le64_get((const uint8_t *)val.mv_data + 8) == q->hashes[i];
	/* Listed, even if its new bytes turn out to be unfit. */
	if (rowset_add(&q->p->seen, row) != 0)
		return row < LIMIT_ROWS ? ENOMEM : MDB_CORRUPTED;
	if (*known && q->p->want_raw)
		*known = has_raw(q, row);
	return 0;
}

static int
probe_all(struct probe *q, size_t n, uint8_t *known, struct err *e)
{
	struct store_poll *p = q->p;
	struct env *env = p->s->env;
	struct sort_pair *pairs;
	size_t i;
	bool yes;
	int rc;

	memset(known, 0, (n + 7) / 8);
	if (!p->known_source || n == 0)
		return 0;
	pairs = malloc(2 * n * sizeof(*pairs));
	if (pairs == NULL)
		return err_set(e, ERR_MEMORY, "no memory to ask for %zu "
		    "objects", n);
	for (i = 0; i < n; i++)
		pairs[i] = (struct sort_pair){
		    sort_prefix(q->ids[i].b, IDKEY_LEN), (uint32_t)i};
	sort_pairs(pairs, pairs + n, n, id_compare, q->ids);
	if (env_begin(env, false, &q->txn, e) != 0) {
		free(pairs);
		return -1;
	}
	rc = mdb_cursor_open(q->txn, env->dbi[TABLE_IDS], &q->cur);
	for (i = 0; i < n && rc == 0; i++) {
		rc = probe_one(q, pairs[i].index, &yes);
		if (yes)
			known[pairs[i].index / 8] |=
			    (uint8_t)(1u << pairs[i].index % 8);
	}
	if (rc != 0)
		env_fail(e, env, rc, "reading identifiers");
	if (q->cur != NULL)
		mdb_cursor_close(q->cur);
	mdb_txn_abort(q->txn);
	free(pairs);
	return rc == 0 ? 0 : -1;
}

int
store_known(struct store_poll *p, const struct idkey *ids,
    const uint64_t *hashes, size_t n, uint8_t *known, struct err *e)
{
	struct probe q = {.p = p, .ids = ids, .hashes = hashes};

	return probe_all(&q, n, known, e);
}

int
store_known_versions(struct store_poll *p, const struct idkey *ids,
    const int64_t *versions, size_t n, uint8_t *known, struct err *e)
{
	struct probe q = {.p = p, .ids = ids, .versions = versions};

	return probe_all(&q, n, known, e);
}
