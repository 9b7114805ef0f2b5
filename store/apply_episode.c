/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What had ended and comes back: does it begin anew (store/episode.h)?
 */
#include "base/tstamp.h"
#include "store/apply.h"
#include "store/presence.h"
#include "store/undo.h"

/* The latest end of the claims on the object's values; NEVER: one goes on, or an
 * end that the next complete poll puts off. */
static int
claims_end(struct apply *a, uint64_t row, const struct object_rec *o,
    struct source_terms *t, int64_t *end, struct err *e)
{
	struct object_value v;
	struct claim_stand st;
	struct ageing_end one;
	struct value_op op;
	enum object_tag tag;
	struct slice bytes;
	size_t pos = 0;
	int64_t at;

	*end = TSTAMP_NONE;
	while (object_rec_next(o, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE || object_value_decode(bytes, &v) != 0)
			continue;
		op = (struct value_op){.type = v.value.type,
		    .prefix = v.value.prefix, .key = v.value.key,
		    .keylen = v.value.keylen};
		if (claims_stand(a, row, o, 0, &op, &st, e) != 0)
			return -1;
		terms_end(t, o, op.type, st.met, &one);
		at = one.ends == ENDS_SLIDING ? TSTAMP_NEVER :
		    ageing_resolve(&t->ageing, &t->clock, &one, a->now, NULL);
		if (at > *end)
			*end = at;
	}
	if (*end == TSTAMP_NONE)
		*end = TSTAMP_NEVER;
	return 0;
}

int
episode_over(struct apply *a, uint64_t row, const struct object_rec *o,
    struct episode *out, bool *over, struct err *e)
{
	struct source_terms *t = apply_terms(a, a->src.id, e);
	struct object_end end;

	*over = false;
	if (t == NULL)
		return -1;
	if (t->hidden_from != 0 || (o->flags & OBJ_BENIGN) != 0)
		return 0;
	out->from = terms_poll_start(t, o->poll_first);
	if (object_rec_ended(o, &end)) {
		out->to = end.when;
		out->why = end.reason;
	} else if ((o->flags & OBJ_REVOKED) != 0) {
		out->to = o->modified;
		if (out->to == TSTAMP_NONE || out->to < out->from)
			out->to = terms_poll_start(t, o->poll);
		out->why = EPISODE_REVOKED;
	} else {
		if (claims_end(a, row, o, t, &out->to, e) != 0)
			return -1;
		out->why = EPISODE_EXPIRED;
	}
	if (out->from == TSTAMP_NONE)
		out->from = o->created;
	/* What had ended before it came was never here. */
	*over = out->to != TSTAMP_NONE && out->to <= a->now &&
	    out->from < out->to;
	return 0;
}

/* Would its claims last, with these polls as its first and its newest one? */
static int
would_last(struct apply *a, uint64_t row, const struct object_rec *back,
    uint32_t first, uint32_t poll, bool *lasts, struct err *e)
{
	struct source_terms *t = apply_terms(a, a->src.id, e);
	struct object_rec next = *back;
	int64_t end;

	if (t == NULL)
		return -1;
	next.poll_first = first;
	next.poll = poll;
	next.source = a->src.id;
	if (claims_end(a, row, &next, t, &end, e) != 0)
		return -1;
	*lasts = end > a->now;
	return 0;
}

int
episode_begin(struct apply *a, uint64_t row, const struct object_rec *old,
    const struct object_rec *back, uint32_t poll, struct episodes *out,
    enum episode_return *how, struct err *e)
{
	struct episode one;
	bool over, lasts, stayed = false;

	*how = EPISODE_STAYS;
	episodes_of(old, out);
	if (CC_LIKELY(a->src.revive == 0) || old->poll >= poll ||
	    (back->flags & OBJ_REVOKED) != 0)
		return 0;
	if (episode_over(a, row, old, &one, &over, e) != 0)
		return -1;
	if (!over)
		return 0;
	/* What a window lists on and on was never away. */
	if (one.why == EPISODE_EXPIRED && a->src.listing == LISTING_WINDOW &&
	    presence_was_listed(a, row, poll, &stayed, e) != 0)
		return -1;
	/* What would be over at once does not come back. */
	if (would_last(a, row, back, stayed ? old->poll_first : poll, poll,
	    &lasts, e) != 0)
		return -1;
	if (!lasts)
		return 0;
	*how = stayed ? EPISODE_GOES_ON : EPISODE_ANEW;
	if (!stayed)
		episodes_add(out, &one);
	return 0;
}
