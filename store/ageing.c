/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/ageing.h"

#include "base/value.h"
#include "store/decay.h"

#define CONFIDENCE_NONE 255

const struct ageing_line *
ageing_line(const struct ageing *a, uint8_t type)
{
	const struct ageing_line *l, *rest = NULL;

	for (l = a->lines; l < a->lines + a->nlines; l++) {
		if (l->type == type)
			return l;
		if (l->type == VALUE_NONE)
			rest = l;
	}
	return rest;
}

int64_t
ageing_shortest_slide(const struct ageing *a, uint8_t listing)
{
	const struct ageing_line *l;
	int64_t shortest = TSTAMP_NEVER, life;

	for (l = a->lines; l < a->lines + a->nlines; l++) {
		/* How long a score takes depends on where it begins. */
		life = l->tau != 0 ? 0 : l->ttl != 0 ? l->ttl : TSTAMP_NEVER;
		if (ageing_is_sliding(l, listing) && life < shortest)
			shortest = life;
	}
	return shortest;
}

enum ageing_anchor
ageing_anchor(const struct ageing *a, const struct ageing_facts *f)
{
	const struct ageing_line *l =
	    a->nlines != 0 ? ageing_line(a, f->type) : NULL;

	if (l != NULL && !ageing_is_sliding(l, f->listing))
		return l->base == AGEING_LAST_SEEN ||
		    l->base == AGEING_MODIFIED ? ANCHOR_NEWEST : ANCHOR_FIRST;
	return ANCHOR_NONE;
}

bool
ageing_is_ahead(const struct ageing *a, const struct ageing_facts *f)
{
	/* Only what lies in the future of its own version may have to be
	 * bounded. */
	return a->max_future != 0 && f->valid_from > f->modified &&
	    f->valid_from > f->created;
}

/* valid_from, as far ahead as the policy allows. */
static int64_t
begin_time(const struct ageing *a, const struct ageing_facts *f)
{
	int64_t most;

	if (!ageing_is_ahead(a, f) || f->brought == TSTAMP_NONE)
		return f->valid_from;
	most = tstamp_add(f->brought, a->max_future);
	return f->valid_from > most ? most : f->valid_from;
}

/* A source's clock may run ahead of ours: what it says of the past is not
 * younger than the poll that brought it. */
static int64_t
not_behind(int64_t t, int64_t seen)
{
	return t != TSTAMP_NONE && seen != TSTAMP_NONE && t > seen ? seen : t;
}

/* Where the time to live begins; NONE when nothing tells. */
static int64_t
base_time(const struct ageing_line *l, const struct ageing_facts *f,
    int64_t from)
{
	int64_t t = f->seen;

	if (l->base == AGEING_CREATED)
		t = not_behind(f->created, f->seen);
	else if (l->base == AGEING_MODIFIED)
		t = not_behind(f->modified, f->seen);
	else if (l->base == AGEING_VALID_FROM)
		t = from;
	if (t == TSTAMP_NONE)
		t = f->seen;
	if (t == TSTAMP_NONE)
		t = f->modified != TSTAMP_NONE ? f->modified : f->created;
	return t == TSTAMP_NONE ? from : t;
}

static uint8_t
base_score(const struct ageing_line *l, uint8_t confidence)
{
	return confidence != CONFIDENCE_NONE ? confidence : l->unstated;
}

static struct decay
decay_of(const struct ageing_line *l)
{
	return (struct decay){l->tau, l->delta, l->threshold};
}

/* How long a claim lives by this line; 0: for ever. */
static int64_t
line_life(const struct ageing_line *l, uint8_t confidence, uint8_t *rule)
{
	const struct decay decay = decay_of(l);
	int64_t life;

	*rule = AGEING_TTL;
	if (l->tau == 0)
		return l->ttl;
	life = decay_life(&decay, base_score(l, confidence));
	if (l->ttl != 0 && l->ttl <= life)
		return l->ttl;
	*rule = AGEING_DECAY;
	return life;
}

/* The policy's own end into *out, sightings aside; false when it sets none.
 * *base is where it is counted from; NONE for a sliding one. */
static bool
end_of_source(const struct ageing *a, const struct ageing_facts *f,
    struct ageing_end *out, int64_t *base)
{
	const struct ageing_line *l =
	    a->nlines != 0 ? ageing_line(a, f->type) : NULL;
	int64_t life;

	*base = TSTAMP_NONE;
	if (l == NULL)
		return false;
	life = line_life(l, f->confidence, &out->rule);
	if (life == 0)
		return false;
	if (ageing_is_sliding(l, f->listing)) {
		out->ends = ENDS_SLIDING;
		out->end = life;
		return true;
	}
	*base = base_time(l, f, out->from);
	if (*base == TSTAMP_NONE)
		return false;
	out->ends = a->freeze != 0 ? ENDS_LAGGED : ENDS_FIXED;
	out->end = tstamp_add(*base, life);
	/* The source's lag is added later; what it was before this claim came
	 * is not this claim's. */
	if (a->freeze != 0)
		out->end = tstamp_add(out->end, -f->frozen);
	return true;
}

/* `t` as a sighting puts it off. */
static int64_t
put_off(const struct ageing_end *end, int64_t t)
{
	int64_t most = tstamp_add(t, end->spare);

	if (end->met == TSTAMP_NONE || end->met <= t)
		return t;
	return end->met < most ? end->met : most;
}

/* The policy's own end into *out; false when it sets none. */
static bool
end_of_line(const struct ageing *a, const struct ageing_facts *f,
    struct ageing_end *out)
{
	const struct ageing_line *l;
	struct decay decay;
	int64_t base, life;

	if (!end_of_source(a, f, out, &base))
		return false;
	if (f->met == TSTAMP_NONE || out->rule != AGEING_DECAY ||
	    f->met <= base)
		return true;
	l = ageing_line(a, f->type);
	decay = decay_of(l);
	life = decay_life(&decay, base_score(l, f->confidence));
	out->met = tstamp_add(f->met, life);
	out->spare = l->ttl != 0 ? l->ttl - life : AGEING_LONGEST * 2;
	if (out->ends == ENDS_FIXED) {
		out->end = put_off(out, out->end);
		out->met = TSTAMP_NONE;
	}
	return true;
}

/* The stated end as the policy takes it; NEVER when there is none. */
static int64_t
end_stated(const struct ageing *a, const struct ageing_facts *f,
    struct ageing_end *out)
{
	if (f->valid_until == TSTAMP_NONE || f->valid_until >= a->never)
		return TSTAMP_NEVER;
	if (f->valid_until <= f->valid_from) {
		out->rejected = true;
		return TSTAMP_NEVER;
	}
	return f->valid_until;
}

static int64_t
bounded(const struct ageing *a, const struct ageing_facts *f,
    const struct ageing_end *out, int64_t end, uint8_t *rule)
{
	int64_t from = out->from, most;

	if (a->max_validity == 0)
		return end;
	if (from == TSTAMP_NONE)
		from = f->created != TSTAMP_NONE ? f->created : f->modified;
	if (from == TSTAMP_NONE)
		return end;
	most = tstamp_add(from, a->max_validity);
	if (most >= end)
		return end;
	*rule = AGEING_MOST;
	return most;
}

static void
end_join(const struct ageing *a, struct ageing_end *out, int64_t stated,
    uint8_t rule)
{
	bool fixed = out->ends == ENDS_FIXED;
	bool earlier = stated < out->end;

	if (a->until == UNTIL_IGNORE)
		return;
	if (a->until == UNTIL_HONOUR ||
	    (fixed && earlier == (a->until == UNTIL_CAP))) {
		out->end = stated;
		out->ends = ENDS_FIXED;
		out->met = TSTAMP_NONE;
		out->rule = rule;
	} else if (!fixed) {
		out->stated = stated;
		out->join = a->until;
	}
}

void
ageing_end(const struct ageing *a, const struct ageing_facts *f,
    struct ageing_end *out)
{
	uint8_t rule = AGEING_STATED;
	int64_t stated;

	*out = (struct ageing_end){.from = begin_time(a, f),
	    .stated = TSTAMP_NONE, .met = TSTAMP_NONE};
	stated = end_stated(a, f, out);
	if (stated != TSTAMP_NEVER)
		stated = bounded(a, f, out, stated, &rule);
	if (end_of_line(a, f, out)) {
		if (stated != TSTAMP_NEVER)
			end_join(a, out, stated, rule);
		return;
	}
	if (stated == TSTAMP_NEVER || a->until == UNTIL_IGNORE) {
		rule = AGEING_NO_END;
		stated = bounded(a, f, out, TSTAMP_NEVER, &rule);
	}
	out->ends = ENDS_FIXED;
	out->end = stated;
	out->rule = rule;
}

int64_t
ageing_lag(const struct ageing *a, const struct ageing_clock *c, int64_t now)
{
	int64_t due, late;

	if (c->success == 0 || a->freeze == 0)
		return 0;
	due = tstamp_add(c->success, a->expected);
	if (now <= due)
		return 0;
	late = tstamp_add(now, -due);
	return late < a->freeze ? late : a->freeze;
}

int64_t
ageing_shift(const struct ageing *a, const struct ageing_clock *c,
    unsigned ends, int64_t end, int64_t now)
{
	int64_t lag;

	if (ends == ENDS_FIXED || end == TSTAMP_NEVER)
		return end;
	lag = ageing_lag(a, c, now);
	if (ends == ENDS_SLIDING)
		end = tstamp_add(end, c->success != 0 ? c->success :
		    c->started);
	else
		end = tstamp_add(end, c->frozen);
	return tstamp_add(end, lag);
}

int64_t
ageing_resolve(const struct ageing *a, const struct ageing_clock *c,
    const struct ageing_end *end, int64_t now, uint8_t *rule)
{
	int64_t t = put_off(end, ageing_shift(a, c, end->ends, end->end, now));
	bool earlier = end->stated < t;
	uint8_t why = end->rule;

	if (end->join != 0 && earlier == (end->join == UNTIL_CAP)) {
		t = end->stated;
		why = AGEING_STATED;
	}
	if (rule != NULL)
		*rule = why;
	return t;
}

uint8_t
ageing_score(const struct ageing *a, const struct ageing_clock *c,
    const struct ageing_facts *f, int64_t now)
{
	const struct ageing_line *l =
	    a->nlines != 0 ? ageing_line(a, f->type) : NULL;
	struct ageing_end own = {.from = begin_time(a, f)};
	int64_t base, end, life, age;
	struct decay decay;
	uint8_t rule;

	if (l == NULL || l->tau == 0 || !end_of_source(a, f, &own, &base))
		return f->confidence;
	end = ageing_shift(a, c, own.ends, own.end, now);
	life = line_life(l, f->confidence, &rule);
	/* The age, less the outages that were made good. */
	age = tstamp_add(tstamp_add(now, life), -end);
	if (f->met != TSTAMP_NONE && tstamp_add(now, -f->met) < age)
		age = tstamp_add(now, -f->met);
	decay = decay_of(l);
	return decay_score(&decay, base_score(l, f->confidence), age);
}
