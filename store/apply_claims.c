/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The claims tree: the rows behind values that several objects claim.
 */
#include <string.h>

#include "base/tstamp.h"
#include "store/apply.h"
#include "store/bytes.h"
#include "store/sighting.h"
#include "store/undo.h"

#define CLAIM_KEY_LEN 16

static void
claim_key(uint8_t out[CLAIM_KEY_LEN], uint64_t id, uint64_t row)
{
	be64_put(out, id);
	be64_put(out + 8, row);
}

static int
claim_put(struct apply *a, uint8_t k[CLAIM_KEY_LEN], const struct claim_rec *c,
    struct err *e)
{
	uint8_t v[CLAIM_REC_LEN];
	MDB_val key = {CLAIM_KEY_LEN, k}, val = {sizeof(v), v};
	int rc;

	claim_rec_encode(c, v);
	rc = mdb_cursor_put(a->claims, &key, &val, 0);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing claims");
}

int
claims_add(struct apply *a, uint64_t id, const struct value_op *op,
    bool *added, struct err *e)
{
	struct claim_rec c = {.flags = op->flags, .source = a->src.id}, old;
	uint8_t k[CLAIM_KEY_LEN], v[CLAIM_REC_LEN];
	MDB_val key = {sizeof(k), k}, val = {sizeof(v), v};
	int rc;

	claim_key(k, id, a->b->items[op->item].row);
	claim_rec_encode(&c, v);
	rc = mdb_cursor_put(a->claims, &key, &val, MDB_NOOVERWRITE);
	*added = rc == 0;
	if (rc == 0)
		return 0;
	if (rc != MDB_KEYEXIST)
		return env_fail(e, a->env, rc, "writing claims");
	if (claim_rec_decode((struct slice){val.mv_data, val.mv_size},
	    &old) != 0)
		return env_damaged(a->env, TABLE_CLAIMS, e);
	*added = (old.flags & CLAIM_PAST) != 0;
	return claim_put(a, k, &c, e);
}

int
claims_remove(struct apply *a, uint64_t id, uint64_t row, bool past,
    bool *removed, struct err *e)
{
	uint8_t k[CLAIM_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	struct claim_rec c;
	int rc;

	*removed = false;
	claim_key(k, id, row);
	rc = mdb_cursor_get(a->claims, &key, &val, MDB_SET);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return env_fail(e, a->env, rc, "reading claims");
	if (claim_rec_decode((struct slice){val.mv_data, val.mv_size},
	    &c) != 0)
		return env_damaged(a->env, TABLE_CLAIMS, e);
	*removed = (c.flags & CLAIM_PAST) == 0;
	if (past) {
		c.flags |= CLAIM_PAST;
		return claim_put(a, k, &c, e);
	}
	rc = mdb_cursor_del(a->claims, 0);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing claims");
}

static struct undo_value
op_value(const struct value_op *op)
{
	return (struct undo_value){op->type, op->prefix,
	    {(const char *)op->key, op->keylen}};
}

enum { SIGHTED_UNKNOWN, SIGHTED_NONE, SIGHTED_SOME };

/* When was the value last met here?  Most stores have no sightings: that is asked
 * once in a commit. */
static int
claims_met(struct apply *a, const struct value_op *op, int64_t *met,
    struct err *e)
{
	MDB_dbi dbi = a->env->dbi[TABLE_SIGHTINGS];
	uint8_t k[SIGHTING_KEY_MAX];
	MDB_val key = {0, k}, val;
	struct sighting s;
	MDB_stat st;
	size_t pos;
	int rc;

	if (a->sighted == SIGHTED_UNKNOWN) {
		if ((rc = mdb_stat(a->txn, dbi, &st)) != 0)
			return env_fail(e, a->env, rc, "reading sightings");
		a->sighted = st.ms_entries != 0 ? SIGHTED_SOME :
		    SIGHTED_NONE;
	}
	if (a->sighted == SIGHTED_NONE)
		return 0;
	key.mv_size = sighting_key(op->type, op->prefix,
	    (struct slice){(const char *)op->key, op->keylen}, k);
	rc = mdb_get(a->txn, dbi, &key, &val);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return env_fail(e, a->env, rc, "reading sightings");
	if (sighting_decode((struct slice){val.mv_data, val.mv_size}, &s,
	    &pos) != 0)
		return env_damaged(a->env, TABLE_SIGHTINGS, e);
	*met = s.last;
	return 0;
}

int
claims_sighted(struct apply *a, const struct object_rec *o, bool *yes,
    struct err *e)
{
	struct object_value v;
	enum object_tag tag;
	struct slice bytes;
	struct value_op op;
	int64_t met = TSTAMP_NONE;
	size_t pos = 0;

	*yes = false;
	if ((o->flags & OBJ_CLAIMS) == 0)
		return 0;
	while (!*yes && object_rec_next(o, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE)
			continue;
		if (object_value_decode(bytes, &v) != 0)
			return env_damaged(a->env, TABLE_OBJECTS, e);
		op = (struct value_op){.type = v.value.type,
		    .prefix = v.value.prefix, .key = v.value.key,
		    .keylen = v.value.keylen};
		if (claims_met(a, &op, &met, e) != 0)
			return -1;
		*yes = met != TSTAMP_NONE;
		if (a->sighted == SIGHTED_NONE)
			break;
	}
	return 0;
}

int
claims_stand(struct apply *a, uint64_t row, const struct object_rec *now,
    uint8_t flags, const struct value_op *op, struct claim_stand *st,
    struct err *e)
{
	struct undo_value v;
	struct object_rec old;
	int rc;

	*st = (struct claim_stand){.o = *now, .flags = flags,
	    .terms = apply_terms(a, now->source, e), .met = TSTAMP_NONE};
	if (st->terms == NULL)
		return -1;
	if (CC_UNLIKELY(terms_meet(st->terms, op->type)) &&
	    claims_met(a, op, &st->met, e) != 0)
		return -1;
	if (CC_LIKELY(!undo_hides(now, st->terms->hidden_from)))
		return 0;
	v = op_value(op);
	rc = undo_version(a->undo, row, st->terms->hidden_from, &old, NULL);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "reading undo");
	if (rc == 0 && undo_says(&old, &v, &st->flags, NULL))
		st->o = old;
	else
		st->flags |= CLAIM_PAST;
	return 0;
}

int
claims_says(struct apply *a, uint64_t row, const struct object_rec *now,
    uint8_t flags, const struct value_op *op, struct verdict_claim *c,
    struct err *e)
{
	struct claim_stand st;

	if (claims_stand(a, row, now, flags, op, &st, e) != 0)
		return -1;
	verdict_claim(&st.o, st.flags, st.terms, op->type, st.met, row, c);
	return 0;
}

/* Does an entry with one claim say what that version of its object says which is
 * the newest?  Not where polls of its source are hidden, or were a moment ago. */
static int
inline_is_newest(struct apply *a, const struct value_rec *r, bool *yes,
    struct err *e)
{
	const struct source_terms *t = apply_terms(a, r->source, e);

	if (t == NULL)
		return -1;
	*yes = (r->flags & VREC_PAST) == 0 && t->hidden_from == 0 &&
	    !t->unsettled &&
	    (r->source != a->src.id || a->src.unsettled == 0);
	return 0;
}

int
claims_inline(struct apply *a, const struct value_rec *r,
    const struct value_op *op, uint8_t *flags, struct err *e)
{
	struct undo_value v = op_value(op);
	struct object_rec o;
	bool newest;

	*flags = 0;
	if ((r->flags & VREC_COMPOUND) != 0)
		*flags |= OVF_COMPOUND;
	if ((r->flags & VREC_SUFFIX) != 0)
		*flags |= CLAIM_SUFFIX;
	if (inline_is_newest(a, r, &newest, e) != 0)
		return -1;
	if (newest)
		return 0;
	if (apply_object(a, r->row, &o, NULL, e) != 0)
		return -1;
	if (!undo_says(&o, &v, flags, NULL))
		*flags |= CLAIM_PAST;
	return 0;
}

int
claims_fold(struct apply *a, uint64_t id, const struct value_op *op,
    struct value_rec *r, uint64_t *n, struct err *e)
{
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
			return env_damaged(a->env, TABLE_CLAIMS, e);
		if (apply_object(a, row, &obj, NULL, e) != 0 ||
		    claims_says(a, row, &obj, claim.flags, op, &c, e) != 0)
			return -1;
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
	uint8_t flags = op->flags;
	struct object_rec r;

	if (object_rec_head((struct slice){(char *)it->rec, it->len}, &r) != 0)
		return err_set(e, ERR_INTERNAL, "record of a batch changed");
	if ((op->kind & OP_LINK) == 0)
		flags |= CLAIM_PAST;
	return claims_says(a, it->row, &r, flags, op, c, e);
}
