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
#include "store/history.h"
#include "store/presence.h"
#include "store/record_id.h"
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
same_version(int64_t modified, int64_t version)
{
	return modified == TSTAMP_NONE || modified / 1000 == version / 1000;
}

static bool
has_version(const struct probe *q, uint64_t row, int64_t version)
{
	struct object_rec r;

	return object_head(q, row, &r) && same_version(r.modified, version);
}

/* An identifier whose object is gone is listed: remember it on. */
static int
remember(const struct probe *q, const struct idkey *id, int64_t when)
{
	struct store_poll *p = q->p;

	if (!history_stale(&p->src, when, p->start) ||
	    p->nrelisted == LIMIT_RELISTED)
		return 0;
	if (p->relisted == NULL)
		p->relisted = malloc(LIMIT_RELISTED * sizeof(*p->relisted));
	if (p->relisted == NULL)
		return ENOMEM;
	p->relisted[p->nrelisted++] = *id;
	return 0;
}

/* The entry of an id, which is listed; 0, or an LMDB code. */
static int
find_id(const struct probe *q, const struct idkey *id, struct id_rec *entry)
{
	uint8_t k[ID_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	id_key(k, id->b, q->p->src.id);
	rc = mdb_cursor_get(q->cur, &key, &val, MDB_SET);
	if (rc != 0)
		return rc;
	if (id_rec_decode((struct slice){val.mv_data, val.mv_size},
	    entry) != 0)
		return MDB_CORRUPTED;
	if (CC_UNLIKELY(entry->row == 0))
		return remember(q, id, entry->when);
	/* Listed, even if its new bytes turn out to be unfit. */
	if (rowset_add(&q->p->seen, entry->row) != 0)
		return entry->row < LIMIT_ROWS ? ENOMEM : MDB_CORRUPTED;
	return 0;
}

/* The bytes that the store has, unless others of the same object are on their
 * way: then these come last, and stand again. */
static int
has_bytes(const struct probe *q, const struct id_rec *id, uint64_t hash,
    bool *has)
{
	struct rowset *coming = &q->p->coming;

	*has = id->hash == hash;
	if (id->row == 0)
		return 0;
	if (*has)
		*has = !rowset_has(coming, id->row);
	else if (rowset_add(coming, id->row) != 0)
		return ENOMEM;
	return 0;
}

/* 0, or an LMDB code. */
static int
probe_one(const struct probe *q, uint32_t i, bool *known)
{
	struct id_rec id;
	int rc;

	*known = false;
	rc = find_id(q, &q->ids[i], &id);
	if (rc != 0)
		return rc == MDB_NOTFOUND ? 0 : rc;
	if (q->hashes != NULL)
		rc = has_bytes(q, &id, q->hashes[i], known);
	else if (CC_UNLIKELY(id.row == 0))
		*known = same_version(id.modified, q->versions[i]);
	else
		*known = has_version(q, id.row, q->versions[i]);
	if (*known && q->p->want_raw && id.row != 0)
		*known = has_raw(q, id.row);
	return rc;
}

/* *rc is 0 or an LMDB code, for probe_end().  -1 with e set: there is nothing to
 * end. */
static int
probe_begin(struct probe *q, int *rc, struct err *e)
{
	struct env *env = q->p->s->env;

	if (env_begin(env, false, &q->txn, e) != 0)
		return -1;
	*rc = mdb_cursor_open(q->txn, env->dbi[TABLE_IDS], &q->cur);
	return 0;
}

static int
probe_end(struct probe *q, int rc, struct err *e)
{
	if (rc != 0)
		env_fail(e, q->p->s->env, rc, "reading identifiers");
	if (q->cur != NULL)
		mdb_cursor_close(q->cur);
	mdb_txn_abort(q->txn);
	return rc == 0 ? 0 : -1;
}

static int
probe_all(struct probe *q, size_t n, uint8_t *known, struct err *e)
{
	struct store_poll *p = q->p;
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
	if (probe_begin(q, &rc, e) != 0) {
		free(pairs);
		return -1;
	}
	for (i = 0; i < n && rc == 0; i++) {
		rc = probe_one(q, pairs[i].index, &yes);
		if (yes)
			known[pairs[i].index / 8] |=
			    (uint8_t)(1u << pairs[i].index % 8);
	}
	free(pairs);
	return probe_end(q, rc, e);
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

/* ---- containers ------------------------------------------------------------ */

#define PARTS_DEPTH 2 /* a container, a report that holds a part of it */

/* The object and, down to a depth, what its record says it holds.  0, or an LMDB
 * code.  What is not there is not listed. */
static int
parts_of(const struct probe *q, const struct idkey *id, unsigned depth,
    uint64_t *listed)
{
	struct object_rec r;
	struct slice parts;
	struct idkey part;
	struct id_rec entry;
	int rc = find_id(q, id, &entry);

	if (rc != 0)
		return rc == MDB_NOTFOUND ? 0 : rc;
	++*listed;
	if (depth == 0 || id->b[0] != STIX_REPORT || entry.row == 0 ||
	    !object_head(q, entry.row, &r) || !object_rec_holds(&r))
		return 0;
	/* They cannot be read today either. */
	q->p->lost += object_rec_rejected(&r);
	/* Bytes of a record stay as long as the transaction. */
	parts = object_rec_get(&r, TAG_PARTS);
	for (; rc == 0 && parts.n >= IDKEY_LEN; parts.p += IDKEY_LEN,
	    parts.n -= IDKEY_LEN) {
		memcpy(part.b, parts.p, IDKEY_LEN);
		rc = parts_of(q, &part, depth - 1, listed);
	}
	return rc;
}

int
store_poll_parts(struct store_poll *p, const struct idkey *ids, size_t n,
    uint64_t *listed, struct err *e)
{
	struct probe q = {.p = p, .ids = ids};
	size_t i;
	int rc;

	*listed = 0;
	if (!p->known_source)
		return 0;
	if (probe_begin(&q, &rc, e) != 0)
		return -1;
	for (i = 0; i < n && rc == 0; i++)
		rc = parts_of(&q, &ids[i], PARTS_DEPTH, listed);
	return probe_end(&q, rc, e);
}
