/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a record to a verdict: the entry of a value holds all of it, except where
 * one interval cannot tell the truth (VREC_COMPLEX); then the claims are asked
 * one by one.
 */
#include "base/tlp.h"
#include "store/reader_private.h"

void
claim_walk_start(struct claim_walk *w, const struct value_rec *r)
{
	*w = (struct claim_walk){
	    .id = r->row,
	    .multi = (r->flags & VREC_MULTI) != 0,
	    .compound = (r->flags & VREC_COMPOUND) != 0,
	};
}

static int
walk_damaged(struct tw_snapshot *s, const struct claim_walk *w)
{
	return snap_fail(s, TW_DAMAGED, "%s: the claims of value %ju cannot be"
	    " read (run 'taxiway verify')", s->store->path, (uintmax_t)w->id);
}

int
claim_walk_next(struct tw_snapshot *s, struct claim_walk *w, uint64_t *row,
    bool *compound)
{
	struct claim_rec rec;
	uint8_t key[16];
	MDB_val k, d;
	int rc;

	if (!w->multi) {
		if (w->begun)
			return TW_END;
		w->begun = true;
		*row = w->id;
		*compound = w->compound;
		return TW_OK;
	}
	be64_put(key, w->id);
	be64_put(key + 8, w->after);
	rc = w->begun
	    ? table_after(s, TABLE_CLAIMS, key, sizeof(key), &k, &d)
	    : table_seek(s, TABLE_CLAIMS, key, sizeof(key), &k, &d);
	if (rc == TW_END || (rc == TW_OK && (k.mv_size < 8 ||
	    memcmp(k.mv_data, key, 8) != 0)))
		return w->begun ? TW_END : walk_damaged(s, w);
	if (rc != TW_OK)
		return rc;
	if (k.mv_size != 16 || claim_rec_decode(val_slice(&d), &rec) != 0)
		return walk_damaged(s, w);
	w->begun = true;
	w->after = be64_get((const uint8_t *)k.mv_data + 8);
	*row = w->after;
	*compound = (rec.flags & OVF_COMPOUND) != 0;
	return TW_OK;
}

int64_t
object_end(const struct object_rec *o)
{
	return o->valid_until == TSTAMP_NONE ? TSTAMP_NEVER : o->valid_until;
}

int
object_state(const struct object_rec *o, int64_t now)
{
	if (o->flags & OBJ_REVOKED)
		return TW_REVOKED;
	if (o->flags & OBJ_BENIGN)
		return TW_BENIGN;
	if (now < o->valid_from)
		return TW_PENDING;
	return now < object_end(o) ? TW_ACTIVE : TW_EXPIRED;
}

static int
record_state(const struct value_rec *r, int64_t now)
{
	if (r->flags & VREC_REVOKED)
		return TW_REVOKED;
	if (r->flags & VREC_BENIGN)
		return TW_BENIGN;
	if (now < r->valid_from)
		return TW_PENDING;
	return now < r->expires_at ? TW_ACTIVE : TW_EXPIRED;
}

/* What the claims say at one time. */
struct at_time {
	bool covered;    /* some claim is active */
	bool ahead;      /* some claim begins later */
	bool compound;   /* all that are active are */
	int64_t reach;   /* the latest end of those */
	uint8_t confidence, tlp;
};

static int
claim_at_time(struct tw_snapshot *s, uint64_t row, bool compound, int64_t at,
    struct at_time *out)
{
	struct source_slot *source;
	struct object_rec o;
	uint8_t tlp;
	int rc, state;

	if ((rc = snap_object_head(s, row, &o)) != TW_OK)
		return rc;
	state = object_state(&o, at);
	out->ahead = out->ahead || state == TW_PENDING;
	if (state != TW_ACTIVE)
		return TW_OK;
	if ((rc = snap_source(s, o.source, &source)) != TW_OK)
		return rc;
	tlp = o.tlp != TLP_UNKNOWN ? o.tlp : source->rec.default_tlp;
	out->compound = compound && (out->compound || !out->covered);
	out->covered = true;
	if (object_end(&o) > out->reach)
		out->reach = object_end(&o);
	if (o.confidence != CONFIDENCE_UNKNOWN &&
	    (out->confidence == CONFIDENCE_UNKNOWN ||
	    o.confidence > out->confidence))
		out->confidence = o.confidence;
	if (tlp != TLP_UNKNOWN && (out->tlp == TLP_UNKNOWN || tlp < out->tlp))
		out->tlp = tlp;
	return TW_OK;
}

static int
claims_at_time(struct tw_snapshot *s, const struct value_rec *r, int64_t at,
    struct at_time *out)
{
	struct claim_walk w;
	uint64_t row;
	bool compound;
	int rc;

	*out = (struct at_time){.reach = at, .confidence = CONFIDENCE_UNKNOWN};
	claim_walk_start(&w, r);
	while ((rc = claim_walk_next(s, &w, &row, &compound)) == TW_OK) {
		rc = claim_at_time(s, row, compound, at, out);
		if (rc != TW_OK)
			return rc;
	}
	return rc == TW_END ? TW_OK : rc;
}

/* One interval cannot tell the truth about this value: ask its claims. */
static int
complex_fill(struct tw_snapshot *s, const struct value_rec *r,
    struct tw_match *m)
{
	struct at_time here, later;
	int pass, rc;

	if ((rc = claims_at_time(s, r, s->now, &here)) != TW_OK)
		return rc;
	if (!here.covered) {
		m->state = here.ahead ? TW_PENDING : TW_EXPIRED;
		return TW_OK;
	}
	m->state = TW_ACTIVE;
	m->confidence = here.confidence;
	m->tlp = here.tlp;
	m->flags = here.compound ? TW_COMPOUND : 0;
	/* Another claim may begin before this one ends and reach further. */
	for (pass = 1; pass < COMPLEX_PASSES && here.reach != TSTAMP_NEVER;
	    pass++) {
		rc = claims_at_time(s, r, here.reach, &later);
		if (rc != TW_OK)
			return rc;
		if (!later.covered)
			break;
		here.reach = later.reach;
	}
	m->expires_at = here.reach;
	return TW_OK;
}

int
match_fill(struct tw_snapshot *s, const struct value_rec *r, uint8_t type,
    struct slice key, struct tw_match *m)
{
	int rc;

	*m = (struct tw_match){
	    .type = type,
	    .state = (uint8_t)record_state(r, s->now),
	    .confidence = r->confidence,
	    .tlp = r->tlp,
	    .flags = r->flags & VREC_COMPOUND ? TW_COMPOUND : 0,
	    .claims = r->nclaims,
	    .valid_from = r->valid_from,
	    .expires_at = r->expires_at,
	    .key = str_of(key),
	    .row = r->row,
	    .recflags = r->flags | snap_mark(s),
	};
	if ((r->flags & VREC_COMPLEX) && m->state == TW_ACTIVE) {
		if ((rc = complex_fill(s, r, m)) != TW_OK)
			return rc;
	}
	m->valid_until = m->expires_at;
	m->active = m->state == TW_ACTIVE;
	return TW_OK;
}

int
match_record(struct tw_snapshot *s, const struct tw_match *m,
    struct value_rec *r)
{
	uint64_t mark = m->recflags & UINT64_C(0xffffffff00000000);

	if (!s->live || mark != snap_mark(s))
		return snap_fail(s, TW_ARGUMENT, "the match is not of this"
		    " view: look it up again after a renewal");
	*r = (struct value_rec){
	    .flags = (uint16_t)m->recflags,
	    .row = m->row,
	};
	return TW_OK;
}
