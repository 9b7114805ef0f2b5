/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * When a claim begins and ends: the rules of ageing, written down a second time,
 * in floating point where the store has none.
 */
#include <math.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/ageing.h"
#include "tests/unit/life.h"

#define NONE TSTAMP_NONE
#define NEVER TSTAMP_NEVER

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t
life_lag(const struct life_terms *t, int64_t success, int64_t now)
{
	int64_t late = now - success - t->expected;

	if (success == 0 || late < 0)
		return 0;
	return earlier(late, t->freeze);
}

/* base · (1 − (age/τ)^(1/δ)) sinks below the threshold at this age. */
static int64_t
decay_ends(const struct life_line *l, unsigned base)
{
	double part;

	if (base <= l->threshold)
		return 1;
	part = pow(1.0 - (double)l->threshold / base, l->delta / 1000.0);
	return (int64_t)((double)l->tau * part);
}

static unsigned
decay_base(const struct life_line *l, uint8_t confidence)
{
	return confidence == CONFIDENCE_UNKNOWN ? l->unstated : confidence;
}

/* How long a claim lives by the line; 0: it sets no end. */
static int64_t
line_life(const struct life_line *l, uint8_t confidence, bool *decays)
{
	int64_t age;

	*decays = false;
	if (!l->there)
		return 0;
	if (l->tau == 0)
		return l->ttl;
	age = decay_ends(l, decay_base(l, confidence));
	if (l->ttl != 0 && l->ttl <= age)
		return l->ttl;
	*decays = true;
	return age;
}

/* Where it begins to live, and what outages had come to by then. */
static int64_t
line_base(const struct life_source *s, const struct life_object *o,
    unsigned version, const struct life_line *l, int64_t from,
    int64_t *frozen)
{
	const struct life_version *v = &o->version[version].v;
	const struct life_poll *first = &s->poll[o->version[0].poll];
	const struct life_poll *newest = &s->poll[o->version[version].poll];
	int64_t t;

	*frozen = first->frozen;
	switch (l->base) {
	case AGEING_LAST_SEEN:
		*frozen = newest->frozen;
		return newest->start;
	case AGEING_CREATED:
		t = earlier(v->created, first->start);
		break;
	case AGEING_MODIFIED:
		*frozen = newest->frozen;
		t = v->modified == NONE ? newest->start :
		    earlier(v->modified, newest->start);
		break;
	case AGEING_VALID_FROM:
		t = from;
		break;
	default:
		t = first->start;
	}
	return t == NONE ? first->start : t;
}

/* The end that is stated, as far as it makes sense and is allowed. */
static int64_t
stated_end(const struct life_terms *t, const struct life_version *v,
    int64_t from, bool *rejected)
{
	int64_t end = v->until;

	if (end == NONE || end >= t->never)
		return NEVER;
	if (end <= v->from) {
		*rejected = true;
		return NEVER;
	}
	if (t->max_validity != 0)
		end = earlier(end, (from != NONE ? from : v->created) +
		    t->max_validity);
	return end;
}

static int64_t
joined(const struct life_terms *t, int64_t stated, int64_t own)
{
	if (stated == NEVER || t->until == UNTIL_IGNORE)
		return own;
	if (t->until == UNTIL_CAP)
		return earlier(stated, own);
	if (t->until == UNTIL_FLOOR)
		return later(stated, own);
	return stated;
}

static uint8_t
score_at(const struct life_line *l, uint8_t confidence, int64_t age)
{
	double base = decay_base(l, confidence);

	if (age <= 0)
		return (uint8_t)base;
	if (age >= l->tau)
		return 0;
	return (uint8_t)floor(base * (1.0 - pow((double)age / (double)l->tau,
	    1000.0 / l->delta)) + 0.5);
}

void
life_span(const struct life_source *s, const struct life_object *o,
    unsigned version, bool address, int64_t met, int64_t now,
    struct life_span *out)
{
	const struct life_terms *t = &s->terms;
	const struct life_version *v = &o->version[version].v;
	const struct life_line *l = address && t->address.there ?
	    &t->address : &t->other;
	int64_t lag = life_lag(t, s->success, now), life, base, frozen = 0;
	int64_t stated, end, most, age;
	bool decays, sliding;

	*out = (struct life_span){.from = v->from, .score = v->confidence};
	most = s->poll[o->version[version].poll].start + t->max_future;
	if (t->max_future != 0 && v->from > most)
		out->from = most;
	stated = stated_end(t, v, out->from, &out->rejected);
	life = line_life(l, v->confidence, &decays);
	if (life == 0) {
		out->end = t->until == UNTIL_IGNORE ? NEVER : stated;
		if (out->end == NEVER && t->max_validity != 0)
			out->end = (out->from != NONE ? out->from :
			    v->created) + t->max_validity;
		return;
	}
	sliding = l->base == AGEING_LAST_SEEN &&
	    t->listing == LISTING_SNAPSHOT;
	/* An outage puts off what the policy says; what had been made good
	 * before the claim came is not its own. */
	if (sliding) {
		base = s->success != 0 ? s->success : s->started;
	} else {
		base = line_base(s, o, version, l, out->from, &frozen);
		if (t->freeze != 0)
			base += s->frozen - frozen;
	}
	base += lag;
	end = base + life;
	age = now - base;
	/* Met here, a score begins anew, but within its time to live. */
	if (met != NONE && decays &&
	    (sliding || met > base - lag - (t->freeze != 0 ?
	    s->frozen - frozen : 0))) {
		most = l->ttl != 0 ? base + l->ttl : NEVER;
		end = later(end, earlier(met + life, most));
	}
	if (met != NONE)
		age = earlier(age, now - met);
	if (l->tau != 0)
		out->score = score_at(l, v->confidence, age);
	out->end = joined(t, stated, end);
}

/* ---- at random --------------------------------------------------------- */

static bool
chance(uint64_t *rng, unsigned percent)
{
	return rng_below(rng, 100) < percent;
}

/* No end that a decay sets may lie near a whole hour. */
static bool
is_apart(const struct life_line *l)
{
	static const uint8_t confidences[] = {20, 40, 80, CONFIDENCE_UNKNOWN};
	int64_t rest;
	size_t i;

	for (i = 0; i < sizeof(confidences); i++) {
		rest = decay_ends(l, decay_base(l, confidences[i])) %
		    LIFE_HOUR;
		if (rest != 1 && (rest < 2 * LIFE_NEAR ||
		    rest > LIFE_HOUR - 2 * LIFE_NEAR))
			return false;
	}
	return true;
}

static void
random_line(uint64_t *rng, struct life_line *l)
{
	static const int64_t ttls[] = {0, 12, 48, 240};
	static const uint32_t deltas[] = {1000, 1650, 2300};

	*l = (struct life_line){.there = chance(rng, 60),
	    .base = (uint8_t)rng_below(rng, AGEING_BASES)};
	if (!l->there)
		return;
	l->ttl = ttls[rng_below(rng, 4)] * LIFE_HOUR;
	if (chance(rng, 60))
		return;
	l->threshold = chance(rng, 50) ? 20 : 30;
	l->unstated = 50;
	l->delta = deltas[rng_below(rng, 3)];
	l->tau = 100 * LIFE_HOUR;
	while (!is_apart(l))
		l->tau += 7 * 60 * TSTAMP_SECOND;
}

void
life_random_terms(uint64_t *rng, struct life_terms *t)
{
	bool plain = chance(rng, 30);

	*t = (struct life_terms){.listing = (uint8_t)rng_below(rng, 4),
	    .tlp = (uint8_t)rng_below(rng, 6),
	    .reliability = (uint8_t)rng_below(rng, 7),
	    .group = (uint8_t)rng_below(rng, 3), .never = AGEING_NEVER,
	    .max_future = AGEING_MAX_FUTURE, .freeze = AGEING_FREEZE,
	    .expected = AGEING_EXPECTED,
	    .absent_polls = 1 + rng_below(rng, 3),
	    .grace = rng_below(rng, 3) * 5 * LIFE_HOUR,
	    .strict = chance(rng, 40),
	    .repeats = chance(rng, 20) ? 2 : 0};
	if (chance(rng, 40))
		t->listing = LISTING_SNAPSHOT;
	if (plain)
		return;
	t->until = (uint8_t)rng_below(rng, UNTIL_POLICIES);
	random_line(rng, &t->address);
	random_line(rng, &t->other);
	if (chance(rng, 20))
		t->never = LIFE_EPOCH + 400 * LIFE_HOUR;
	if (chance(rng, 20))
		t->max_validity = 60 * LIFE_HOUR;
	if (chance(rng, 20))
		t->max_future = chance(rng, 50) ? 0 : 10 * LIFE_HOUR;
	if (chance(rng, 40))
		t->freeze = chance(rng, 40) ? 0 : 30 * LIFE_HOUR;
	if (chance(rng, 40))
		t->expected = 3 * LIFE_HOUR;
}

void
life_random_version(struct life *l, uint64_t *rng, struct life_version *v)
{
	unsigned i;

	*v = (struct life_version){.hash = ++l->made * 2654435761u,
	    .created = l->now - LIFE_DAY + rng_below(rng, 30) * LIFE_HOUR,
	    .modified = l->now - 4 * LIFE_HOUR +
	        rng_below(rng, 8) * LIFE_HOUR,
	    .from = l->now - 30 * LIFE_HOUR + rng_below(rng, 40) * LIFE_HOUR,
	    .until = NONE,
	    .confidence = chance(rng, 30) ? CONFIDENCE_UNKNOWN :
	        (uint8_t)(20 << rng_below(rng, 3)),
	    .tlp = chance(rng, 50) ? 0 : (uint8_t)rng_below(rng, 6),
	    .revoked = chance(rng, 8), .benign = chance(rng, 6),
	    .claims = chance(rng, 94),
	    .nvalues = rng_below(rng, LIFE_CLAIMS + 1)};
	if (chance(rng, 6))
		v->modified = NONE;
	else if (chance(rng, 10))
		v->modified -= 20 * LIFE_DAY;
	if (chance(rng, 10))
		v->from = NONE;
	else if (chance(rng, 5))
		v->from += 500 * LIFE_DAY;
	if (v->from != NONE && chance(rng, 60))
		v->until = v->from + ((int64_t)rng_below(rng, 200) - 8) *
		    LIFE_HOUR;
	else if (chance(rng, 30))
		v->until = chance(rng, 50) ? AGEING_NEVER :
		    l->now + rng_below(rng, 60) * LIFE_HOUR;
	for (i = 0; i < v->nvalues; i++) {
		v->value[i] = (uint8_t)(chance(rng, 40) ? rng_below(rng, 2) :
		    rng_below(rng, LIFE_VALUES));
		if (v->value[i] == LIFE_CANARY && chance(rng, 70))
			v->value[i]++;
		v->compound[i] = chance(rng, 20);
	}
}
