/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is a value active now?  For the writer, who tells the change log; a reader
 * comes to the same answer from the same records (match.c).
 */
#include "base/tstamp.h"
#include "store/allow_fold.h"
#include "store/bytes.h"

/* One more interval: is it on, and when does the clock change that? */
static void
now_add(struct entry_now *out, int64_t now, int64_t from, int64_t end)
{
	int64_t next = TSTAMP_NEVER;

	if (end <= from)
		return; /* never active: its end is no reason to look again */
	if (now < from)
		next = from;
	else if (now < end)
		next = end;
	if (now >= from && now < end)
		out->active = true;
	else if (now < from)
		out->why = WHY_PENDING;
	if (next < out->next)
		out->next = next;
}

/* The end of a claim as a time. */
static int64_t
claim_end(struct apply *a, const struct source_terms *t,
    const struct ageing_end *end)
{
	return ageing_resolve(&t->ageing, &t->clock, end, a->now, NULL);
}

static int
now_claim(struct apply *a, uint64_t row, uint8_t flags,
    const struct value_op *v, struct entry_now *out, struct err *e)
{
	struct claim_stand st;
	struct ageing_end end;
	struct object_rec o;

	if (apply_object(a, row, &o, NULL, e) != 0 ||
	    claims_stand(a, row, &o, flags, v, &st, e) != 0)
		return -1;
	if ((st.flags & CLAIM_PAST) != 0 || terms_past(st.terms, &st.o) ||
	    (st.o.flags & (OBJ_REVOKED | OBJ_BENIGN)) != 0)
		return 0;
	terms_end(st.terms, &st.o, v->type, st.met, &end);
	now_add(out, a->now, end.from, claim_end(a, st.terms, &end));
	return 0;
}

/* One interval cannot tell: ask the claims. */
static int
now_complex(struct apply *a, const struct value_rec *r,
    const struct value_op *v, struct entry_now *out, struct err *e)
{
	uint8_t k[16];
	MDB_val key = {sizeof(k), k}, val;
	struct claim_rec c;
	int rc;

	if ((r->flags & VREC_MULTI) == 0)
		return now_claim(a, r->row, 0, v, out, e);
	be64_put(k, r->row);
	be64_put(k + 8, 0);
	rc = mdb_cursor_get(a->claims, &key, &val, MDB_SET_RANGE);
	while (rc == 0 && key.mv_size == sizeof(k) &&
	    be64_get(key.mv_data) == r->row) {
		if (claim_rec_decode((struct slice){val.mv_data, val.mv_size},
		    &c) != 0)
			return env_damaged(a->env, TABLE_CLAIMS, e);
		if (now_claim(a, be64_get((uint8_t *)key.mv_data + 8), c.flags,
		    v, out, e) != 0)
			return -1;
		rc = mdb_cursor_get(a->claims, &key, &val, MDB_NEXT);
	}
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, a->env, rc, "reading claims");
}

/* The end of an entry that moves with its source. */
static int
now_moving(struct apply *a, const struct value_rec *r, struct entry_now *out,
    struct err *e)
{
	const struct source_terms *t = apply_terms(a, r->source, e);

	if (t == NULL)
		return -1;
	now_add(out, a->now, r->valid_from, terms_entry_end(t, r, a->now));
	return 0;
}

static int
now_claims(struct apply *a, const struct value_rec *r,
    const struct value_op *v, struct entry_now *out, struct err *e)
{
	*out = (struct entry_now){.next = TSTAMP_NEVER, .why = WHY_EXPIRED};
	if ((r->flags & VREC_PAST) != 0)
		out->why = WHY_MOVED;
	else if ((r->flags & VREC_REVOKED) != 0)
		out->why = WHY_REVOKED;
	else if ((r->flags & VREC_BENIGN) != 0)
		out->why = WHY_BENIGN;
	else if ((r->flags & VREC_COMPLEX) != 0)
		return now_complex(a, r, v, out, e);
	else if ((r->flags & (VREC_LAGGED | VREC_SLIDING)) != 0)
		return now_moving(a, r, out, e);
	else
		now_add(out, a->now, r->valid_from, r->expires_at);
	return 0;
}

int
entry_now(struct apply *a, struct value_rec *r, const struct value_op *v,
    struct entry_now *out, struct err *e)
{
	if (now_claims(a, r, v, out, e) != 0)
		return -1;
	r->flags &= (uint16_t)~VREC_ALLOWED;
	return allow_concerns(a, v) ? allow_fold(a, r, v, out, e) : 0;
}
