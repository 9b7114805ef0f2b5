/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Identifiers: one walk over the tree in key order decides what is new, what
 * is a newer version and what is neither.
 *
 * Within a source: newest `modified` wins; at the same `modified` the first
 * version stays, unless neither states one (then the newest arrival wins) or
 * the other one revokes; revoked is final.  That is STIX.  A feed of another kind
 * is believed as it speaks: what it says last stands, it may take a revocation
 * back, and a revocation of what was never there is nothing to keep.
 */
#include <string.h>

#include "base/tstamp.h"
#include "store/apply.h"
#include "store/bytes.h"
#include "store/history.h"
#include "store/presence.h"
#include "store/record_id.h"

#define NO_ITEM UINT32_MAX

/* The version of an object that stands so far. */
struct standing {
	bool is_new;       /* the store does not have the id, or no object */
	bool buried;       /* no object any more: as the id remembers it */
	bool loaded;       /* flags and modified are filled */
	uint32_t item;     /* item that brought it, or NO_ITEM: stored */
	uint64_t row, hash;
	int64_t modified;
	uint16_t flags;
};

static const uint8_t *
item_id(const struct item *it)
{
	return it->rec + OBJECT_ID_AT;
}

static int
id_compare(const void *ctx, uint32_t a, uint32_t b)
{
	const struct item *items = ctx;

	return memcmp(item_id(&items[a]) + 8, item_id(&items[b]) + 8,
	    IDKEY_LEN - 8);
}

static int
standing_load(struct apply *a, struct standing *st, struct err *e)
{
	struct object_rec r;

	if (st->loaded)
		return 0;
	if (apply_object(a, st->row, &r, NULL, e) != 0)
		return -1;
	st->modified = r.modified;
	st->flags = r.flags;
	st->loaded = true;
	return 0;
}

static void
standing_take(struct apply *a, struct standing *st, uint32_t i)
{
	struct item *it = &a->b->items[i];

	if (st->item != NO_ITEM)
		a->b->items[st->item].fate = FATE_DROP;
	it->fate = st->is_new ? FATE_ADD : FATE_UPDATE;
	it->row = st->is_new ? a->row_base + i : st->row;
	st->item = i;
	st->row = it->row;
	st->hash = it->hash;
	st->modified = it->modified;
	st->flags = it->flags;
	st->loaded = true;
}

static bool
is_newer(const struct item *it, const struct standing *st)
{
	if ((it->flags & OBJ_FEED) != 0)
		return true;
	if ((st->flags & OBJ_REVOKED) != 0 && (it->flags & OBJ_REVOKED) == 0)
		return false;
	if (it->modified != st->modified)
		return it->modified > st->modified;
	if (it->modified == TSTAMP_NONE)
		return true;
	return (it->flags & OBJ_REVOKED) != 0 &&
	    (st->flags & OBJ_REVOKED) == 0;
}

static bool
is_removal(const struct item *it)
{
	return (it->flags & OBJ_FEED) != 0 && (it->flags & OBJ_REVOKED) != 0;
}

static int
decide(struct apply *a, struct standing *st, uint32_t i, struct err *e)
{
	const struct item *it = &a->b->items[i];

	if (it->hash == st->hash) {
		a->counts.unchanged++;
		if (st->buried || !a->p->want_raw || (it->flags & OBJ_RAW) == 0)
			return 0;
		if (standing_load(a, st, e) != 0)
			return -1;
		if ((st->flags & OBJ_RAW) == 0)
			standing_take(a, st, i);
		return 0;
	}
	if (st->buried && is_removal(it)) {
		a->counts.unchanged++; /* it is gone already */
		return 0;
	}
	if (standing_load(a, st, e) != 0)
		return -1;
	if (!is_newer(it, st)) {
		if (it->modified == st->modified)
			a->counts.unchanged++;
		else
			a->counts.older++;
		return 0;
	}
	if (st->buried) {
		a->counts.added++;
		a->src.buried--;
		st->buried = false;
	} else {
		a->counts.updated++;
	}
	if ((it->flags & OBJ_REVOKED) != 0 && (st->flags & OBJ_REVOKED) == 0)
		a->counts.revoked++;
	standing_take(a, st, i);
	return 0;
}

static int
id_put(struct apply *a, uint8_t k[ID_KEY_LEN], const struct id_rec *id,
    struct err *e)
{
	uint8_t v[ID_REC_MAX];
	MDB_val key = {ID_KEY_LEN, k}, val = {id_rec_encode(id, v), v};
	int rc = mdb_cursor_put(a->ids, &key, &val, 0);

	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing identifiers");
}

/* A source that lists a buried identifier keeps it from being forgotten. */
static int
id_relisted(struct apply *a, uint8_t k[ID_KEY_LEN], struct id_rec *id,
    struct err *e)
{
	if (id->row != 0 || !history_stale(&a->src, id->when, a->now))
		return 0;
	id->when = a->now;
	return id_put(a, k, id, e);
}

int
ids_relisted(struct apply *a, struct err *e)
{
	uint8_t k[ID_KEY_LEN];
	MDB_val key, val;
	struct id_rec id;
	uint32_t i;
	int rc;

	for (i = 0; i < a->p->nrelisted; i++) {
		id_key(k, a->p->relisted[i].b, a->src.id);
		key = (MDB_val){sizeof(k), k};
		rc = mdb_cursor_get(a->ids, &key, &val, MDB_SET);
		if (rc == MDB_NOTFOUND)
			continue;
		if (rc != 0)
			return env_fail(e, a->env, rc, "reading identifiers");
		if (id_rec_decode((struct slice){val.mv_data, val.mv_size},
		    &id) != 0)
			return env_damaged(a->env, TABLE_IDS, e);
		if (id_relisted(a, k, &id, e) != 0)
			return -1;
	}
	return 0;
}

/* Removals of what the store does not have, in front of the items of an id: how
 * many of them are passed over; -1 with e set. */
static int
skip_removals(struct apply *a, const struct sort_pair *pairs, uint32_t n,
    uint32_t *skip, struct err *e)
{
	const struct item *first = &a->b->items[pairs[0].index];
	uint8_t k[ID_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	*skip = 0;
	if (!is_removal(first))
		return 0;
	id_key(k, item_id(first), a->src.id);
	rc = mdb_cursor_get(a->ids, &key, &val, MDB_SET);
	if (rc == 0)
		return 0;
	if (rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "reading identifiers");
	while (*skip < n && is_removal(&a->b->items[pairs[*skip].index]))
		++*skip;
	a->counts.unchanged += *skip;
	return 0;
}

/* All items of one id, in order of arrival. */
static int
resolve(struct apply *a, const struct sort_pair *pairs, uint32_t n,
    struct err *e)
{
	struct item *first = &a->b->items[pairs[0].index];
	struct standing st = {.item = NO_ITEM, .is_new = true};
	struct id_rec id = {.row = a->row_base + pairs[0].index,
	    .hash = first->hash};
	uint8_t k[ID_KEY_LEN], v[ID_REC_MAX];
	MDB_val key = {sizeof(k), k}, val = {id_rec_encode(&id, v), v};
	uint32_t i = 0;
	int rc;

	id_key(k, item_id(first), a->src.id);
	rc = mdb_cursor_put(a->ids, &key, &val, MDB_NOOVERWRITE);
	if (rc == 0) {
		standing_take(a, &st, pairs[0].index);
		a->counts.added++;
		a->counts.revoked += (first->flags & OBJ_REVOKED) != 0;
		i = 1;
	} else if (rc == MDB_KEYEXIST) {
		if (id_rec_decode((struct slice){val.mv_data, val.mv_size},
		    &id) != 0)
			return env_damaged(a->env, TABLE_IDS, e);
		st = (struct standing){.item = NO_ITEM, .row = id.row,
		    .hash = id.hash, .modified = id.modified,
		    .flags = id.flags, .is_new = id.row == 0,
		    .buried = id.row == 0, .loaded = id.row == 0};
	} else {
		return env_fail(e, a->env, rc, "writing identifiers");
	}
	for (; i < n; i++) {
		if (decide(a, &st, pairs[i].index, e) != 0)
			return -1;
	}
	/* Listed, whatever became of the version at hand. */
	if (st.row != 0 && presence_mark(a->p, st.row, e) != 0)
		return -1;
	if (id.row == st.row && id.hash == st.hash)
		return id_relisted(a, k, &id, e);
	id = (struct id_rec){.row = st.row, .hash = st.hash};
	return id_put(a, k, &id, e);
}

/* Key order is a random order of the batch's memory: ask for it ahead. */
static void
look_ahead(const struct apply *a, uint32_t i)
{
	const struct item *items = a->b->items;
	uint32_t n = a->b->n;

	if (i + 16 < n)
		CC_PREFETCH(&items[a->pairs[i + 16].index]);
	if (i + 8 < n)
		CC_PREFETCH(item_id(&items[a->pairs[i + 8].index]));
}

int
apply_ids(struct apply *a, struct err *e)
{
	struct item *items = a->b->items;
	uint32_t i, j, skip, n = a->b->n;

	if (apply_pairs(a, n, e) != 0)
		return -1;
	for (i = 0; i < n; i++) {
		items[i].fate = FATE_DROP;
		a->pairs[i] = (struct sort_pair){
		    sort_prefix(item_id(&items[i]), IDKEY_LEN), i};
	}
	sort_pairs(a->pairs, a->pairs + n, n, id_compare, items);
	for (i = 0; i < n; i = j) {
		look_ahead(a, i);
		for (j = i + 1; j < n &&
		    a->pairs[j].key == a->pairs[i].key &&
		    id_compare(items, a->pairs[i].index,
		    a->pairs[j].index) == 0; j++)
			;
		if (skip_removals(a, a->pairs + i, j - i, &skip, e) != 0)
			return -1;
		if (i + skip < j && resolve(a, a->pairs + i + skip,
		    j - i - skip, e) != 0)
			return -1;
	}
	if (a->counts.added != 0)
		a->head.next_row = a->row_base + n;
	return 0;
}
