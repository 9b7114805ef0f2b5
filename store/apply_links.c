/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The index of relationships: an entry at each end, in the tree of identifiers,
 * for every relationship that is not revoked, and for every version of one in
 * `undo`, so that polls can be taken back.  Where several versions have the same
 * end, the entry says what the newest of them does.
 */
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "store/apply.h"
#include "store/bytes.h"

enum { LINK_OUT = 1, LINK_IN = 2 };

static int
link_add(struct apply *a, const uint8_t *end, unsigned tag, uint64_t row,
    const uint8_t *other, struct slice type, bool put, struct err *e)
{
	struct link_op *op;

	if (a->nlinks == a->links_cap) {
		op = grow(a->links, &a->links_cap, sizeof(*op));
		if (op == NULL)
			return err_set(e, ERR_MEMORY,
			    "no memory for relationships");
		a->links = op;
	}
	op = &a->links[a->nlinks++];
	memcpy(op->key, end, IDKEY_LEN);
	op->key[IDKEY_LEN] = (uint8_t)tag;
	be64_put(op->key + IDKEY_LEN + 1, row);
	memcpy(op->other.b, other, IDKEY_LEN);
	op->put = put;
	op->type = put ? type : SLICE_NONE;
	return 0;
}

int
links_collect(struct apply *a, const struct object_rec *r, uint64_t row,
    bool put, struct err *e)
{
	struct slice from, to, type;

	if (r->id.b[0] != STIX_RELATIONSHIP || (r->flags & OBJ_REVOKED) != 0)
		return 0;
	from = object_rec_get(r, TAG_SOURCE_REF);
	to = object_rec_get(r, TAG_TARGET_REF);
	type = object_rec_get(r, TAG_REL_TYPE);
	if (from.n != IDKEY_LEN || to.n != IDKEY_LEN)
		return 0;
	if (link_add(a, (const uint8_t *)from.p, LINK_OUT, row,
	    (const uint8_t *)to.p, type, put, e) != 0)
		return -1;
	return link_add(a, (const uint8_t *)to.p, LINK_IN, row,
	    (const uint8_t *)from.p, type, put, e);
}

/* The newest version in `undo` that has this end. */
struct end_wanted {
	enum object_tag tag;
	struct slice near;
	struct object_rec old;
	bool found;
};

static int
keep_with_end(struct apply *a, const struct object_rec *old, void *ctx,
    struct err *e)
{
	struct end_wanted *w = ctx;

	(void)a;
	(void)e;
	if ((old->flags & OBJ_REVOKED) == 0 &&
	    slice_eq(object_rec_get(old, w->tag), w->near)) {
		w->old = *old;
		w->found = true;
	}
	return 0;
}

/* Its tail as bytes of the batch. */
static int
undo_with_end(struct apply *a, uint64_t row, struct end_wanted *w,
    struct err *e)
{
	if (undo_each(a, row, keep_with_end, w, e) != 0)
		return -1;
	if (w->found)
		w->old.tail = arena_slice(&a->b->arena, w->old.tail);
	return !w->found || w->old.tail.p != NULL ? 0 :
	    err_set(e, ERR_MEMORY, "no memory for relationships");
}

int
links_drop(struct apply *a, const struct object_rec *r, uint64_t row,
    const struct object_rec *now, struct err *e)
{
	static const enum object_tag tags[] = {TAG_SOURCE_REF,
	    TAG_TARGET_REF};
	struct slice near, far;
	unsigned i;

	if (r->id.b[0] != STIX_RELATIONSHIP || (r->flags & OBJ_REVOKED) != 0)
		return 0;
	for (i = 0; i < 2; i++) {
		struct end_wanted w = {.tag = tags[i], .old = *r};

		near = w.near = object_rec_get(r, tags[i]);
		far = object_rec_get(r, tags[1 - i]);
		if (near.n != IDKEY_LEN || far.n != IDKEY_LEN)
			return 0;
		if (now != NULL && (now->flags & OBJ_REVOKED) == 0 &&
		    slice_eq(object_rec_get(now, tags[i]), near))
			continue;
		if (undo_with_end(a, row, &w, e) != 0)
			return -1;
		far = object_rec_get(&w.old, tags[1 - i]);
		if (far.n == IDKEY_LEN && link_add(a,
		    (const uint8_t *)near.p, i == 0 ? LINK_OUT : LINK_IN, row,
		    (const uint8_t *)far.p, object_rec_get(&w.old,
		    TAG_REL_TYPE), w.found, e) != 0)
			return -1;
	}
	return 0;
}

static int
link_compare(const void *ctx, uint32_t a, uint32_t b)
{
	const struct link_op *ops = ctx;

	return memcmp(ops[a].key + 8, ops[b].key + 8, LINK_KEY_LEN - 8);
}

static int
link_apply(struct apply *a, struct link_op *op, struct err *e)
{
	uint8_t v[IDKEY_LEN + 1024];
	MDB_val key = {LINK_KEY_LEN, op->key}, val = {IDKEY_LEN, v};
	int rc;

	if (!op->put) {
		rc = mdb_cursor_get(a->ids, &key, &val, MDB_SET);
		if (rc == 0)
			rc = mdb_cursor_del(a->ids, 0);
		else if (rc == MDB_NOTFOUND)
			rc = 0;
	} else {
		memcpy(v, op->other.b, IDKEY_LEN);
		if (op->type.n > sizeof(v) - IDKEY_LEN)
			op->type.n = sizeof(v) - IDKEY_LEN;
		if (op->type.n != 0)
			memcpy(v + IDKEY_LEN, op->type.p, op->type.n);
		val.mv_size += op->type.n;
		rc = mdb_cursor_put(a->ids, &key, &val, 0);
	}
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing relationships");
}

int
apply_links(struct apply *a, struct err *e)
{
	uint32_t i, n = a->nlinks;

	if (n == 0)
		return 0;
	if (apply_pairs(a, n, e) != 0)
		return -1;
	for (i = 0; i < n; i++)
		a->pairs[i] = (struct sort_pair){
		    sort_prefix(a->links[i].key, LINK_KEY_LEN), i};
	sort_pairs(a->pairs, a->pairs + n, n, link_compare, a->links);
	for (i = 0; i < n; i++) {
		if (link_apply(a, &a->links[a->pairs[i].index], e) != 0)
			return -1;
	}
	a->nlinks = 0;
	return 0;
}
