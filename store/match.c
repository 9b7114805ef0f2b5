/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From a record to a verdict: the entry of a value holds all of it, except where
 * one interval cannot tell the truth (VREC_COMPLEX); then the claims are asked
 * one by one.
 */
#include "base/tlp.h"
#include "store/episode.h"
#include "store/reader_private.h"
#include "store/verdict.h"

void
claim_walk_start(struct claim_walk *w, const struct value_rec *r)
{
	*w = (struct claim_walk){
	    .id = r->row,
	    .multi = (r->flags & VREC_MULTI) != 0,
	    .flags = (uint8_t)((r->flags & VREC_COMPOUND ? OVF_COMPOUND : 0) |
		(r->flags & VREC_SUFFIX ? CLAIM_SUFFIX : 0)),
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
    uint8_t *flags)
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
		*flags = w->flags;
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
	*flags = rec.flags;
	return TW_OK;
}

/* -- one claim -- */

static int
object_state(const struct source_terms *t, const struct object_rec *o)
{
	if (terms_past(t, o))
		return TW_ENDED;
	if (o->flags & OBJ_REVOKED)
		return TW_REVOKED;
	return o->flags & OBJ_BENIGN ? TW_BENIGN : TW_ACTIVE;
}

/* An active class within its interval. */
static int
state_at(int state, int64_t from, int64_t end, int64_t at)
{
	if (state != TW_ACTIVE)
		return state;
	if (at < from)
		return TW_PENDING;
	return at < end ? TW_ACTIVE : TW_EXPIRED;
}

/* Before an object came back, what it was in its times until then. */
static int
claim_before(struct tw_snapshot *s, const struct stand *st, int64_t at,
    struct claim_now *out)
{
	const struct episode *one;
	struct episodes times;
	int64_t began;
	int rc;

	rc = snap_poll_start(s, st->source, st->o.poll_first, &began);
	if (rc != TW_OK || began == TSTAMP_NONE || at >= began)
		return rc;
	episodes_of(&st->o, &times);
	one = episodes_at(&times, at);
	if (one == NULL) {
		/* It was away: over, and not yet here again. */
		out->from = times.kept != 0 ? times.v[0].from : began;
		out->end = times.kept != 0 ? times.v[0].to : began;
		return TW_OK;
	}
	out->end = one->to;
	/* The first of them began as an object says of itself. */
	if (one->from != times.first || out->from > one->from)
		out->from = one->from;
	return TW_OK;
}

/* What is known by now of a claim, for a time that lies back. */
static int
claim_back(struct tw_snapshot *s, const struct stand *st, int64_t at,
    struct claim_now *out)
{
	int64_t until;
	int rc;

	if ((rc = past_from(s, st, &out->from)) != TW_OK ||
	    (rc = past_until(s, st, &until)) != TW_OK)
		return rc;
	if (until < out->end)
		out->end = until;
	if (CC_UNLIKELY((st->o.flags & OBJ_AGAIN) != 0) &&
	    (rc = claim_before(s, st, at, out)) != TW_OK)
		return rc;
	if (at < until)
		out->state = state_at(TW_ACTIVE, out->from, out->end, at);
	return TW_OK;
}

int
claim_now(struct tw_snapshot *s, const struct stand *st, uint8_t type,
    int64_t at, struct claim_now *out)
{
	struct source_slot *source = st->source;
	const struct object_rec *o = &st->o;
	struct ageing_end end;
	int state = TW_ENDED, rc;

	terms_end(&source->terms, o, type, st->met, &end);
	*out = (struct claim_now){
	    .from = end.from,
	    .confidence = o->confidence,
	    .tlp = o->tlp != TLP_UNKNOWN ? o->tlp : source->rec.default_tlp,
	    .rejected = end.rejected,
	};
	out->end = ageing_resolve(&source->terms.ageing, &source->terms.clock,
	    &end, s->now, &out->rule);
	out->score = terms_score(&source->terms, o, type, st->met, at);
	if ((st->flags & CLAIM_PAST) == 0)
		state = object_state(&source->terms, o);
	out->state = state_at(state, out->from, out->end, at);
	if (CC_UNLIKELY(s->back) && (rc = claim_back(s, st, at, out)) != TW_OK)
		return rc;
	if (CC_UNLIKELY(s->past) && o->poll_first >= source->known)
		out->state = TW_UNSEEN;
	return TW_OK;
}

/* -- all of them -- */

int
snap_fold(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, struct value_rec *out)
{
	struct verdict_claim c;
	struct claim_walk w;
	struct stand st;
	bool first = true;
	uint64_t row;
	uint8_t flags;
	int rc;

	*out = *r;
	claim_walk_start(&w, r);
	while ((rc = claim_walk_next(s, &w, &row, &flags)) == TW_OK) {
		rc = snap_stand(s, row, flags, w.multi, v, false, &st);
		if (rc != TW_OK)
			return rc;
		verdict_claim(&st.o, st.flags, &st.source->terms, v->type,
		    st.met, row, &c);
		if (!snap_permits(s, c.tlp))
			continue;
		if (first)
			verdict_first(out, &c, (r->flags & VREC_DIGEST) != 0);
		else
			verdict_fold(out, &c);
		first = false;
	}
	out->row = r->row;
	out->flags |= r->flags & (VREC_MULTI | VREC_ALLOWED);
	if (rc == TW_END)
		rc = first ? TW_NOT_FOUND : TW_OK;
	return rc;
}

/* What the claims say at one time. */
struct at_time {
	bool covered;    /* some claim is active */
	bool ahead;      /* some claim begins later */
	unsigned states; /* 1 << enum tw_state of each … */
	uint32_t claims; /* … of so many */
	int64_t from;    /* the earliest beginning */
	bool compound;   /* all that are active are */
	int64_t reach;   /* the latest end of those */
	int64_t ended;   /* the latest end of those that are over */
	uint8_t confidence, tlp;
};

static int
claim_at_time(struct tw_snapshot *s, const struct stand *st, uint8_t type,
    int64_t at, struct at_time *out)
{
	bool compound = (st->flags & OVF_COMPOUND) != 0;
	struct claim_now c;
	int rc;

	if ((rc = claim_now(s, st, type, at, &c)) != TW_OK)
		return rc;
	if (!snap_permits(s, c.tlp))
		return TW_OK;
	out->states |= 1u << c.state;
	out->claims++;
	if (c.from < out->from)
		out->from = c.from;
	out->ahead = out->ahead || c.state == TW_PENDING;
	if (c.state == TW_EXPIRED && c.end > out->ended)
		out->ended = c.end;
	if (c.state != TW_ACTIVE)
		return TW_OK;
	out->compound = compound && (out->compound || !out->covered);
	out->covered = true;
	if (c.end > out->reach)
		out->reach = c.end;
	if (c.confidence != CONFIDENCE_UNKNOWN &&
	    (out->confidence == CONFIDENCE_UNKNOWN ||
	    c.confidence > out->confidence))
		out->confidence = c.confidence;
	if (c.tlp != TLP_UNKNOWN &&
	    (out->tlp == TLP_UNKNOWN || c.tlp < out->tlp))
		out->tlp = c.tlp;
	return TW_OK;
}

static int
claims_at_time(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, int64_t at, struct at_time *out)
{
	struct claim_walk w;
	struct stand st;
	uint64_t row;
	uint8_t flags;
	int rc;

	*out = (struct at_time){.reach = at, .ended = TSTAMP_NONE,
	    .from = TSTAMP_NEVER,
	    .confidence = CONFIDENCE_UNKNOWN};
	claim_walk_start(&w, r);
	while ((rc = claim_walk_next(s, &w, &row, &flags)) == TW_OK) {
		rc = snap_stand(s, row, flags, w.multi, v, false, &st);
		if (rc == TW_OK)
			rc = claim_at_time(s, &st, v->type, at, out);
		if (rc != TW_OK)
			return rc;
	}
	return rc == TW_END ? TW_OK : rc;
}

/* Until when is it active, given that it is?  Another claim may begin before one
 * ends and reach further. */
static int
reach_fill(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, struct at_time *here, struct tw_match *m)
{
	struct at_time later;
	int pass, rc;

	m->state = TW_ACTIVE;
	m->confidence = here->confidence;
	m->tlp = here->tlp;
	m->flags = here->compound ? TW_COMPOUND : 0;
	for (pass = 1; pass < COMPLEX_PASSES && here->reach != TSTAMP_NEVER;
	    pass++) {
		rc = claims_at_time(s, r, v, here->reach, &later);
		if (rc != TW_OK)
			return rc;
		if (!later.covered)
			break;
		here->reach = later.reach;
	}
	m->expires_at = here->reach;
	return TW_OK;
}

/* One interval cannot tell the truth about this value: ask its claims. */
static int
complex_fill(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, struct tw_match *m)
{
	struct at_time here;
	int rc;

	if ((rc = claims_at_time(s, r, v, s->now, &here)) != TW_OK)
		return rc;
	if (here.covered)
		return reach_fill(s, r, v, &here, m);
	m->state = here.ahead ? TW_PENDING : TW_EXPIRED;
	if (!here.ahead && here.ended != TSTAMP_NONE)
		m->expires_at = here.ended;
	return TW_OK;
}

/* Looking back: what all claims come to, those that count no more included. */
static int
back_fill(struct tw_snapshot *s, const struct value_rec *r,
    const struct undo_value *v, struct tw_match *m)
{
	/* The first of them that some claim is in. */
	static const uint8_t states[] = {TW_PENDING, TW_EXPIRED, TW_BENIGN,
	    TW_REVOKED, TW_ENDED, TW_UNSEEN};
	struct at_time here;
	size_t i;
	int rc;

	if ((rc = claims_at_time(s, r, v, s->now, &here)) != TW_OK)
		return rc;
	if (here.claims == 0)
		return TW_NOT_FOUND;
	m->claims = here.claims;
	m->valid_from = here.from;
	m->expires_at = here.ended != TSTAMP_NONE ? here.ended : TSTAMP_NEVER;
	if (here.covered)
		return reach_fill(s, r, v, &here, m);
	for (i = 0; i < ARRAY_LEN(states); i++) {
		m->state = states[i];
		if ((here.states & 1u << states[i]) != 0)
			break;
	}
	return TW_OK;
}

/* -- the entry -- */

static int
record_class(const struct value_rec *r)
{
	if (CC_LIKELY((r->flags & (VREC_PAST | VREC_REVOKED |
	    VREC_BENIGN)) == 0))
		return TW_ACTIVE;
	if (r->flags & VREC_PAST)
		return TW_ENDED;
	return r->flags & VREC_REVOKED ? TW_REVOKED : TW_BENIGN;
}

/* Some source's terms changed, and upkeep has not come to all that follows: may
 * this entry follow from the old ones? */
static int
entry_doubtful(struct tw_snapshot *s, const struct value_rec *r, bool *yes)
{
	struct source_slot *source;
	int rc;

	*yes = r->nclaims != 1;
	if (*yes)
		return TW_OK;
	if ((rc = snap_source(s, r->source, &source)) == TW_OK)
		*yes = source->terms.unsettled;
	return rc;
}

/* expires_at as a time. */
static int
entry_end(struct tw_snapshot *s, struct value_rec *r)
{
	struct source_slot *source;
	int rc;

	if ((rc = snap_source(s, r->source, &source)) == TW_OK)
		r->expires_at = terms_entry_end(&source->terms, r, s->now);
	return rc;
}

/* The record as it is to be read now. */
static int
entry_fresh(struct tw_snapshot *s, const struct undo_value *v,
    struct value_rec *r)
{
	struct value_rec stored = *r;
	bool ask;
	int rc;

	if ((rc = snap_head(s)) != TW_OK)
		return rc;
	ask = s->past;
	if (CC_UNLIKELY(s->head.unsettled != 0) && !ask &&
	    (rc = entry_doubtful(s, r, &ask)) != TW_OK)
		return rc;
	if (CC_UNLIKELY(s->tlp_max != TLP_UNKNOWN) && !ask) {
		if (r->nclaims == 1 && !snap_permits(s, r->tlp))
			return TW_NOT_FOUND;
		ask = r->nclaims != 1;
	}
	if (ask && (rc = snap_fold(s, &stored, v, r)) != TW_OK)
		return rc;
	if (CC_UNLIKELY((r->flags & (VREC_LAGGED | VREC_SLIDING)) != 0))
		rc = entry_end(s, r);
	return rc;
}

int
match_fill(struct tw_snapshot *s, const struct value_rec *stored,
    const struct undo_value *v, struct tw_match *m)
{
	struct value_rec fresh = *stored, *r = &fresh;
	bool unseen;
	int rc;

	if ((rc = entry_fresh(s, v, r)) != TW_OK)
		return rc;
	*m = (struct tw_match){
	    .type = v->type,
	    .prefix = v->prefix,
	    .state = (uint8_t)state_at(record_class(r), r->valid_from,
		r->expires_at, s->now),
	    .confidence = r->confidence,
	    .tlp = r->tlp,
	    .flags = r->flags & VREC_COMPOUND ? TW_COMPOUND : 0,
	    .claims = r->nclaims,
	    .valid_from = r->valid_from,
	    .expires_at = r->expires_at,
	    .key = str_of(v->key),
	    .row = r->row,
	    .recflags = r->flags | snap_mark(s),
	};
	if (CC_UNLIKELY(s->back)) {
		if ((rc = back_fill(s, stored, v, m)) != TW_OK)
			return rc;
	} else if ((r->flags & VREC_COMPLEX) && m->state == TW_ACTIVE) {
		if ((rc = complex_fill(s, r, v, m)) != TW_OK)
			return rc;
	}
	if (CC_UNLIKELY(s->past && !s->back && m->state == TW_ENDED)) {
		if ((rc = past_unseen(s, stored, &unseen)) != TW_OK)
			return rc;
		if (unseen)
			m->state = TW_UNSEEN;
	}
	m->valid_until = m->expires_at;
	if (CC_UNLIKELY((r->flags & VREC_ALLOWED) != 0 ||
	    s->head.allow_open != 0) &&
	    (rc = snap_allow(s, stored, v, m)) != TW_OK)
		return rc;
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
