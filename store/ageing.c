/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/ageing.h"

#include <string.h>

#include "base/duration.h"
#include "base/value.h"
#include "store/bytes.h"
#include "store/decay.h"

/* Encoded: 0 version, 1 until, 2 lines, 3 five durations; then lines of 1 type,
 * 1 base, 1 threshold, 1 unstated, 4 delta, 8 ttl, 8 tau. */
#define AGEING_VERSION 1
#define HEAD_LEN (3 + 5 * 8)
#define LINE_LEN 24
#define CONFIDENCE_NONE 255
#define LONGEST (LIMIT_AGEING_DAYS * AGEING_DAY)

static const char *const listing_names[LISTING_KINDS] = {
    [LISTING_APPEND] = "append",
    [LISTING_SNAPSHOT] = "snapshot",
    [LISTING_WINDOW] = "window",
    [LISTING_DELTA] = "delta",
    [LISTING_DIFF] = "diff",
};

const char *
listing_name(int kind)
{
	return kind >= 0 && kind < LISTING_KINDS ? listing_names[kind] : NULL;
}

int
listing_code(struct slice name)
{
	int i;

	for (i = 0; i < LISTING_KINDS; i++) {
		if (slice_is(name, listing_names[i]))
			return i;
	}
	return -1;
}

const char *
ageing_rule_name(int rule)
{
	static const char *const names[AGEING_RULES] = {
	    [AGEING_NO_END] = "no-end",
	    [AGEING_STATED] = "valid-until",
	    [AGEING_TTL] = "ttl",
	    [AGEING_DECAY] = "decay",
	    [AGEING_MOST] = "max-validity",
	};

	return rule >= 0 && rule < AGEING_RULES ? names[rule] : NULL;
}

/* Is there nothing but what is stated? */
static bool
is_plain(const struct ageing *a)
{
	return a->nlines == 0 && a->until == UNTIL_HONOUR &&
	    a->max_validity == 0;
}

void
ageing_default(struct ageing *a)
{
	a->until = UNTIL_HONOUR;
	a->nlines = 0;
	a->never = AGEING_NEVER;
	a->max_validity = 0;
	a->max_future = AGEING_MAX_FUTURE;
	a->freeze = AGEING_FREEZE;
	a->expected = AGEING_EXPECTED;
	a->plain = true;
}

static void
durations(struct ageing *a, int64_t *out[5])
{
	int64_t *const all[5] = {&a->never, &a->max_validity, &a->max_future,
	    &a->freeze, &a->expected};

	memcpy(out, all, sizeof(all));
}

static bool
is_default(const struct ageing *a)
{
	struct ageing d;

	ageing_default(&d);
	return a->until == d.until && a->nlines == 0 && a->never == d.never &&
	    a->max_validity == d.max_validity &&
	    a->max_future == d.max_future && a->freeze == d.freeze &&
	    a->expected == d.expected;
}

int
ageing_encode(const struct ageing *a, struct buf *out)
{
	struct ageing copy = *a;
	const struct ageing_line *l;
	int64_t *d[5];
	uint8_t *p;
	unsigned i;

	if (is_default(a))
		return 0;
	p = (uint8_t *)buf_room(out, HEAD_LEN + a->nlines * (size_t)LINE_LEN);
	if (p == NULL)
		return -1;
	out->n += HEAD_LEN + a->nlines * (size_t)LINE_LEN;
	p[0] = AGEING_VERSION;
	p[1] = a->until;
	p[2] = a->nlines;
	durations(&copy, d);
	for (i = 0; i < 5; i++)
		le64_put(p + 3 + 8 * (size_t)i, (uint64_t)*d[i]);
	for (i = 0, p += HEAD_LEN; i < a->nlines; i++, p += LINE_LEN) {
		l = &a->lines[i];
		p[0] = l->type;
		p[1] = l->base;
		p[2] = l->threshold;
		p[3] = l->unstated;
		le32_put(p + 4, l->delta);
		le64_put(p + 8, (uint64_t)l->ttl);
		le64_put(p + 16, (uint64_t)l->tau);
	}
	return 0;
}

static bool
line_valid(const struct ageing_line *l)
{
	return l->type < VALUE_TYPE_COUNT && l->base < AGEING_BASES &&
	    l->threshold <= 100 && l->unstated <= 100 && l->ttl >= 0 &&
	    l->ttl <= LONGEST && l->tau >= 0 && l->tau <= LONGEST &&
	    l->delta <= LIMIT_AGEING_DELTA &&
	    (l->tau == 0 || l->delta != 0);
}

static int
decode(const uint8_t *p, size_t n, struct ageing *a)
{
	struct ageing_line *l;
	int64_t *d[5];
	unsigned i;

	if (n < HEAD_LEN || p[0] != AGEING_VERSION || p[1] >= UNTIL_POLICIES ||
	    p[2] > LIMIT_AGEING_LINES ||
	    n != HEAD_LEN + p[2] * (size_t)LINE_LEN)
		return -1;
	a->until = p[1];
	a->nlines = p[2];
	durations(a, d);
	for (i = 0; i < 5; i++) {
		*d[i] = le64_get_signed(p + 3 + 8 * (size_t)i);
		if (*d[i] < 0 || (d[i] != &a->never && *d[i] > LONGEST))
			return -1;
	}
	for (i = 0, p += HEAD_LEN; i < a->nlines; i++, p += LINE_LEN) {
		l = &a->lines[i];
		*l = (struct ageing_line){.type = p[0], .base = p[1],
		    .threshold = p[2], .unstated = p[3],
		    .delta = le32_get(p + 4), .ttl = le64_get_signed(p + 8),
		    .tau = le64_get_signed(p + 16)};
		if (!line_valid(l))
			return -1;
	}
	return 0;
}

int
ageing_decode(struct slice bytes, struct ageing *a)
{
	int rc = 0;

	if (bytes.n != 0)
		rc = decode((const uint8_t *)bytes.p, bytes.n, a);
	if (bytes.n == 0 || rc != 0)
		ageing_default(a);
	else
		a->plain = is_plain(a);
	return rc;
}

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

static bool
is_sliding(const struct ageing_line *l, const struct ageing_facts *f)
{
	return l->base == AGEING_LAST_SEEN && f->listing == LISTING_SNAPSHOT;
}

int64_t
ageing_shortest_slide(const struct ageing *a, uint8_t listing)
{
	const struct ageing_facts f = {.listing = listing};
	const struct ageing_line *l;
	int64_t shortest = TSTAMP_NEVER, life;

	for (l = a->lines; l < a->lines + a->nlines; l++) {
		/* How long a score takes depends on where it begins. */
		life = l->tau != 0 ? 0 : l->ttl != 0 ? l->ttl : TSTAMP_NEVER;
		if (is_sliding(l, &f) && life < shortest)
			shortest = life;
	}
	return shortest;
}

enum ageing_anchor
ageing_anchor(const struct ageing *a, const struct ageing_facts *f)
{
	const struct ageing_line *l =
	    a->nlines != 0 ? ageing_line(a, f->type) : NULL;

	if (l != NULL && !is_sliding(l, f))
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

/* How long a claim lives by this line; 0: for ever. */
static int64_t
line_life(const struct ageing_line *l, uint8_t confidence, uint8_t *rule)
{
	int64_t life;

	*rule = AGEING_TTL;
	if (l->tau == 0)
		return l->ttl;
	life = decay_life(l, base_score(l, confidence));
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
	if (is_sliding(l, f)) {
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
	int64_t base, life;

	if (!end_of_source(a, f, out, &base))
		return false;
	if (f->met == TSTAMP_NONE || out->rule != AGEING_DECAY ||
	    f->met <= base)
		return true;
	l = ageing_line(a, f->type);
	life = decay_life(l, base_score(l, f->confidence));
	out->met = tstamp_add(f->met, life);
	out->spare = l->ttl != 0 ? l->ttl - life : LONGEST * 2;
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
	uint8_t rule;

	if (l == NULL || l->tau == 0 || !end_of_source(a, f, &own, &base))
		return f->confidence;
	end = ageing_shift(a, c, own.ends, own.end, now);
	life = line_life(l, f->confidence, &rule);
	/* The age, less the outages that were made good. */
	age = tstamp_add(tstamp_add(now, life), -end);
	if (f->met != TSTAMP_NONE && tstamp_add(now, -f->met) < age)
		age = tstamp_add(now, -f->met);
	return decay_score(l, base_score(l, f->confidence), age);
}

static const char *const base_names[AGEING_BASES] = {
    [AGEING_FIRST_SEEN] = "first-seen",
    [AGEING_LAST_SEEN] = "last-seen",
    [AGEING_CREATED] = "created",
    [AGEING_MODIFIED] = "modified",
    [AGEING_VALID_FROM] = "valid-from",
};

static const char *const until_names[UNTIL_POLICIES] = {
    [UNTIL_HONOUR] = "honour",
    [UNTIL_CAP] = "cap",
    [UNTIL_FLOOR] = "floor",
    [UNTIL_IGNORE] = "ignore",
};

static int
code_of(struct slice name, const char *const *names, int n)
{
	int i;

	for (i = 0; i < n; i++) {
		if (slice_is(name, names[i]))
			return i;
	}
	return -1;
}

int
ageing_base_code(struct slice name)
{
	return code_of(name, base_names, AGEING_BASES);
}

int
ageing_until_code(struct slice name)
{
	return code_of(name, until_names, UNTIL_POLICIES);
}

static void
print_line(const struct ageing *a, const struct ageing_line *l,
    uint8_t listing, struct buf *out)
{
	const struct ageing_facts f = {.listing = listing};

	if (l->ttl != 0) {
		buf_str(out, ", ttl ");
		duration_print(l->ttl, out);
	}
	if (l->tau != 0) {
		buf_str(out, ", decay over ");
		duration_print(l->tau, out);
		buf_printf(out, " with exponent 1/%u.%03u, ends below score %u, "
		    "unstated confidence counts as %u", l->delta / 1000,
		    l->delta % 1000, l->threshold, l->unstated);
	}
	buf_printf(out, ", since %s", base_names[l->base]);
	if (is_sliding(l, &f))
		buf_str(out, " (the newest complete poll)");
	if (l->tau != 0)
		buf_str(out, " or since it was met here");
	if (a->freeze == 0) {
		buf_str(out, ", outages do not hold it up");
		return;
	}
	buf_str(out, ", held up by an outage (no complete poll for ");
	duration_print(a->expected, out);
	buf_str(out, ") for ");
	duration_print(a->freeze, out);
	buf_str(out, " at most");
}

int
ageing_print(const struct ageing *a, uint8_t type, uint8_t listing,
    struct buf *out)
{
	const struct ageing_line *l =
	    a->nlines != 0 ? ageing_line(a, type) : NULL;

	buf_printf(out, "valid_until: %s", until_names[a->until]);
	if (a->max_validity != 0) {
		buf_str(out, ", for at most ");
		duration_print(a->max_validity, out);
	}
	if (l != NULL && (l->ttl != 0 || l->tau != 0))
		print_line(a, l, listing, out);
	return buf_ok(out) ? 0 : -1;
}
