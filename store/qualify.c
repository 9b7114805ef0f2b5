/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How far to trust a verdict, and who may hear it.
 *
 * A TLP ceiling leaves claims out before anything is combined: what is withheld
 * shows in no count, no date, no confidence and no threat.
 */
#include "base/tlp.h"
#include "store/reader_private.h"

void
tw_snapshot_tlp_max(tw_snapshot *s, int tlp)
{
	if (s != NULL)
		s->tlp_max = tlp > TLP_UNKNOWN && tlp <= TLP_RED ?
		    (uint8_t)tlp : TLP_UNKNOWN;
}

int
snap_permits_object(struct tw_snapshot *s, const struct object_rec *o,
    bool *yes)
{
	struct source_slot *source;
	int rc = TW_OK;

	if (CC_LIKELY(s->tlp_max == TLP_UNKNOWN) || o->tlp != TLP_UNKNOWN) {
		*yes = snap_permits(s, o->tlp);
		return TW_OK;
	}
	if ((rc = snap_source(s, o->source, &source)) == TW_OK)
		*yes = snap_permits(s, source->rec.default_tlp);
	return rc;
}

/* ---- combining ------------------------------------------------------------- */

#define GROUPS 64     /* independent ones told apart */
#define ONE 10000u    /* certainty */

/* Out of 100, by reliability: not stated, A … F. */
static const uint8_t weights[] = {100, 100, 85, 65, 40, 10, 50};

/* Sources that tell the same, and the most certain thing they say. */
struct group {
	struct slice name; /* empty: one source by itself */
	uint16_t source;
	uint16_t certain;  /* of ONE */
};

struct quality {
	struct group groups[GROUPS];
	unsigned ngroups;
	uint64_t sources[(UINT16_MAX + 1) / 64]; /* a bit for each seen */
	bool stated;       /* some confidence was */
};

static struct group *
group_of(struct quality *q, const struct source_rec *r)
{
	struct group *g;

	for (g = q->groups; g < q->groups + q->ngroups; g++) {
		if (r->group.n != 0 ? slice_eq(g->name, r->group) :
		    g->name.n == 0 && g->source == r->id)
			return g;
	}
	if (q->ngroups == GROUPS)
		return NULL;
	q->ngroups++;
	*g = (struct group){.name = r->group, .source = r->id};
	return g;
}

static void
quality_add(struct quality *q, const struct source_rec *r,
    const struct claim_now *c, struct tw_quality *out)
{
	uint64_t bit = UINT64_C(1) << r->id % 64;
	struct group *g = group_of(q, r);
	unsigned certain;

	out->claims++;
	out->sources += (q->sources[r->id / 64] & bit) == 0;
	q->sources[r->id / 64] |= bit;
	if (c->score != TW_UNKNOWN &&
	    (out->score == TW_UNKNOWN || c->score > out->score))
		out->score = c->score;
	if (c->confidence == CONFIDENCE_UNKNOWN)
		return;
	if (out->confidence == TW_UNKNOWN || c->confidence > out->confidence)
		out->confidence = c->confidence;
	q->stated = true;
	certain = (unsigned)weights[r->reliability] * c->score;
	if (g != NULL && certain > g->certain)
		g->certain = (uint16_t)certain;
}

/* 1 − Π (1 − r · c), to the nearest percent. */
static uint8_t
fuse(const struct quality *q)
{
	uint64_t doubt = UINT64_C(1) << 32;
	unsigned i;

	for (i = 0; i < q->ngroups; i++)
		doubt = doubt * (ONE - q->groups[i].certain) / ONE;
	return (uint8_t)(100 -
	    ((doubt * 100 + (UINT64_C(1) << 31) - 1) >> 32));
}

/* An allow-list bounds all of it; what was not stated is bounded too. */
static void
quality_cap(struct tw_quality *out, uint8_t cap)
{
	uint8_t *const all[] = {&out->confidence, &out->fused, &out->score};
	size_t i;

	for (i = 0; i < ARRAY_LEN(all); i++)
		if (*all[i] > cap)
			*all[i] = cap;
}

int
tw_qualify(tw_snapshot *s, const struct tw_match *match,
    struct tw_quality *out)
{
	struct quality q = {.ngroups = 0};
	struct value_rec rec;
	struct claim_walk w;
	struct claim_now c;
	struct undo_value v;
	struct stand st;
	uint64_t row;
	uint8_t flags;
	int rc;

	if (s == NULL || match == NULL || out == NULL)
		return TW_ARGUMENT;
	*out = (struct tw_quality){.confidence = TW_UNKNOWN,
	    .fused = TW_UNKNOWN, .score = TW_UNKNOWN};
	if ((rc = match_record(s, match, &rec)) != TW_OK)
		return rc;
	v = (struct undo_value){(uint8_t)match->type, match->prefix,
	    {match->key.p, match->key.n}};
	claim_walk_start(&w, &rec);
	while ((rc = claim_walk_next(s, &w, &row, &flags)) == TW_OK) {
		if ((rc = snap_stand(s, row, flags, w.multi, &v, false,
		    &st)) != TW_OK ||
		    (rc = claim_now(s, &st, v.type, s->now, &c)) != TW_OK)
			return rc;
		if (c.state == TW_ACTIVE && snap_permits(s, c.tlp))
			quality_add(&q, &st.source->rec, &c, out);
	}
	if (rc != TW_END)
		return rc;
	out->groups = q.ngroups;
	if (q.stated)
		out->fused = fuse(&q);
	if (match->flags & TW_CAPPED)
		quality_cap(out, match->confidence);
	return TW_OK;
}
