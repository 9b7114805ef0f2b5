/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The claims tree: the rows behind values that several objects claim.
 */
#include <string.h>

#include "store/apply.h"
#include "store/bytes.h"

#define CLAIM_KEY_LEN 16

static void
claim_key(uint8_t out[CLAIM_KEY_LEN], uint64_t id, uint64_t row)
{
	be64_put(out, id);
	be64_put(out + 8, row);
}

int
claims_add(struct apply *a, uint64_t id, const struct value_op *op,
    bool *added, struct err *e)
{
	struct claim_rec c = {.flags = op->flags, .source = a->src.id};
	uint8_t k[CLAIM_KEY_LEN], v[CLAIM_REC_LEN];
	MDB_val key = {sizeof(k), k}, val = {sizeof(v), v};
	int rc;

	claim_key(k, id, a->b->items[op->item].row);
	claim_rec_encode(&c, v);
	rc = mdb_cursor_put(a->claims, &key, &val, MDB_NOOVERWRITE);
	*added = rc == 0;
	if (rc == MDB_KEYEXIST) {
		val = (MDB_val){sizeof(v), v};
		rc = mdb_cursor_put(a->claims, &key, &val, 0);
	}
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing claims");
}

int
claims_remove(struct apply *a, uint64_t id, uint64_t row, bool *removed,
    struct err *e)
{
	uint8_t k[CLAIM_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	claim_key(k, id, row);
	rc = mdb_cursor_get(a->claims, &key, &val, MDB_SET);
	*removed = rc == 0;
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc == 0)
		rc = mdb_cursor_del(a->claims, 0);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing claims");
}

int
claims_fold(struct apply *a, uint64_t id, uint8_t type, struct value_rec *r,
    uint64_t *n, struct err *e)
{
	struct source_terms *terms;
	uint8_t k[CLAIM_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	struct verdict_claim c;
	struct claim_rec claim;
	struct object_rec obj;
	uint64_t row;
	int rc;

	*n = 0;
	claim_key(k, id, 0);
	rc = mdb_cursor_get(a->claims, &key, &val, MDB_SET_RANGE);
	while (rc == 0 && key.mv_size == CLAIM_KEY_LEN &&
	    be64_get(key.mv_data) == id) {
		row = be64_get((const uint8_t *)key.mv_data + 8);
		if (claim_rec_decode((struct slice){val.mv_data, val.mv_size},
		    &claim) != 0)
			return apply_damaged(a, TABLE_CLAIMS, e);
		if (apply_object(a, row, &obj, NULL, e) != 0)
			return -1;
		terms = apply_terms(a, obj.source, e);
		if (terms == NULL)
			return -1;
		verdict_claim(&obj, claim.flags, terms, type, row, &c);
		if ((*n)++ == 0)
			verdict_first(r, &c, (r->flags & VREC_DIGEST) != 0);
		else
			verdict_fold(r, &c);
		rc = mdb_cursor_get(a->claims, &key, &val, MDB_NEXT);
	}
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "reading claims");
	if (*n > 1) {
		r->row = id;
		r->flags |= VREC_MULTI;
	}
	return 0;
}

int
claims_of_op(struct apply *a, const struct value_op *op,
    struct verdict_claim *c, struct err *e)
{
	const struct item *it = &a->b->items[op->item];
	struct source_terms *terms = apply_terms(a, a->src.id, e);
	struct object_rec r;

	if (terms == NULL)
		return -1;
	if (object_rec_head((struct slice){(char *)it->rec, it->len}, &r) != 0)
		return err_set(e, ERR_INTERNAL, "record of a batch changed");
	verdict_claim(&r, op->flags, terms, op->type, it->row, c);
	return 0;
}
