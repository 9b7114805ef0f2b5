/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Long values are keyed by a digest.  Two texts of one digest cannot be told
 * apart by the tree, so the second one is refused, and counted.
 */
#include <string.h>

#include "store/apply.h"
#include "store/bytes.h"

struct slice
apply_text_of(const struct object_rec *r, const struct value_op *op)
{
	struct object_value v;
	enum object_tag tag;
	struct slice bytes;
	size_t pos = 0;

	while (object_rec_next(r, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE || object_value_decode(bytes, &v) != 0)
			continue;
		if (v.value.type == op->type && v.value.keylen == op->keylen &&
		    memcmp(v.value.key, op->key, op->keylen) == 0)
			return v.value.text;
	}
	return SLICE_NONE;
}

int
apply_any_row(struct apply *a, const struct value_rec *r, uint64_t *row,
    struct err *e)
{
	uint8_t k[16] = {0};
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	*row = r->row;
	if ((r->flags & VREC_MULTI) == 0)
		return 0;
	be64_put(k, r->row);
	rc = mdb_cursor_get(a->claims, &key, &val, MDB_SET_RANGE);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "reading claims");
	if (rc != 0 || key.mv_size != 16 || be64_get(key.mv_data) != r->row)
		return env_damaged(a->env, TABLE_CLAIMS, e);
	*row = be64_get((const uint8_t *)key.mv_data + 8);
	return 0;
}

static bool
links_any(const struct apply *a, const struct group *g)
{
	uint32_t i;

	for (i = 0; i < g->n; i++) {
		if ((group_op(a, g, i)->kind & OP_LINK) != 0)
			return true;
	}
	return false;
}

int
group_texts(struct apply *a, struct group *g, struct err *e)
{
	struct slice known = SLICE_NONE, text;
	const struct item *it;
	struct value_op *op;
	struct object_rec r;
	uint32_t i, k = 0;
	uint64_t row = 0;

	if (group_find(a, g, e) != 0 ||
	    (g->exists && apply_any_row(a, &g->rec, &row, e) != 0))
		return -1;
	/* What only goes needs no text, and its row may be gone already. */
	if (row != 0 && links_any(a, g)) {
		if (apply_object(a, row, &r, NULL, e) != 0)
			return -1;
		known = apply_text_of(&r, g->op);
	}
	for (i = 0; i < g->n; i++) {
		op = group_op(a, g, i);
		it = &a->b->items[op->item];
		text = SLICE_NONE;
		if ((op->kind & OP_LINK) != 0 && object_rec_head(
		    (struct slice){(char *)it->rec, it->len}, &r) == 0)
			text = apply_text_of(&r, op);
		if (known.p == NULL)
			known = text;
		if (text.p != NULL && !slice_eq(text, known)) {
			a->counts.rejected++;
			a->counts.reasons[REJECT_VALUE_OTHER]++;
			op->kind &= (uint8_t)~OP_LINK;
		}
		if (op->kind != 0)
			g->pairs[k++] = g->pairs[i];
	}
	g->n = k;
	if (k > 0)
		g->op = group_op(a, g, 0);
	return 0;
}
