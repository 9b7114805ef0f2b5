/* SPDX-License-Identifier: BSD-2-Clause */
/* What polls and people do, and what follows for a value. */
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/ageing.h"
#include "taxiway.h"
#include "tests/unit/life.h"

#define HISTORY (80 * LIFE_DAY) /* what ended before that may be gone */

void
life_make(struct life *l)
{
	static const struct {
		enum value_type type;
		const char *text;
	} values[LIFE_VALUES] = {
	    {VALUE_IPV4, "198.51.100.1"}, {VALUE_DOMAIN, "evil.example"},
	    {VALUE_IPV4, "192.0.2.9"}, {VALUE_IPV4, "203.0.113.0/24"},
	    {VALUE_IPV6, "2001:db8::1"}, {VALUE_DOMAIN, "a.evil.example"},
	    {VALUE_URL, "http://evil.example/a"}, {VALUE_MUTEX, "m"},
	    {VALUE_IPV4, "203.0.113.77"},
	};
	unsigned i;

	memset(l, 0, sizeof(*l));
	l->now = LIFE_EPOCH;
	for (i = 0; i < LIFE_VALUES; i++) {
		l->values[i] = value_of(values[i].type, values[i].text);
		l->text[i] = values[i].text;
		l->met[i] = TSTAMP_NONE;
	}
}

/* ---- versions ---------------------------------------------------------- */

static bool
wins(const struct life_version *new, const struct life_version *old)
{
	if (old->revoked && !new->revoked)
		return false; /* it never rises again */
	if (new->modified != old->modified)
		return new->modified > old->modified;
	return new->modified == TSTAMP_NONE ||
	    (new->revoked && !old->revoked);
}

static bool
version_says(const struct life_version *v, unsigned value)
{
	unsigned i;

	for (i = 0; v->claims && i < v->nvalues; i++) {
		if (v->value[i] == value)
			return true;
	}
	return false;
}

/* The version that stands, as far as what came before poll `hidden` tells; -1:
 * none does. */
static int
standing(const struct life_object *o, uint32_t hidden)
{
	int i;

	for (i = (int)o->nversions - 1; i >= 0; i--) {
		if (hidden == 0 || o->version[i].poll < hidden)
			return i;
	}
	return -1;
}

static const struct life_event *
newest_event(const struct life_object *o, uint32_t hidden)
{
	unsigned i;

	for (i = o->nevents; i > 0; i--) {
		if (hidden == 0 || o->event[i - 1].poll < hidden)
			return &o->event[i - 1];
	}
	return NULL;
}

static bool
has_ended(const struct life_object *o, uint32_t hidden)
{
	const struct life_event *v = newest_event(o, hidden);

	return v != NULL && v->ended;
}

static void
event_add(struct life_object *o, uint32_t poll, bool ended, int64_t when)
{
	o->event[o->nevents++] = (struct life_event){poll, ended, when};
}

bool
life_says(const struct life_source *s, unsigned id, unsigned value)
{
	const struct life_object *o = &s->o[id];

	return o->nversions != 0 &&
	    version_says(&o->version[o->nversions - 1].v, value);
}

/* ---- a poll ------------------------------------------------------------ */

bool
life_may_poll(const struct life_source *s)
{
	return s->hidden == 0 || s->hidden == s->held_hides;
}

void
life_poll_begin(struct life *l, unsigned source, struct life_tell *t)
{
	struct life_source *s = &l->s[source];
	struct life_poll *p = &s->poll[s->polls + 1];

	*t = (struct life_tell){.source = source, .poll = s->polls + 1,
	    .held_times = s->held ? s->held_times : 0,
	    .held_print = s->held ? s->held_print : 0};
	*p = (struct life_poll){.start = l->now};
	if (s->there)
		p->frozen = s->frozen + life_lag(&s->terms, s->success,
		    l->now);
}

/* Does a version make a value active that no listing may bring? */
static bool
brings_canary(const struct life_version *v)
{
	unsigned i;

	for (i = 0; v->claims && !v->revoked && !v->benign &&
	    i < v->nvalues; i++) {
		if (v->value[i] == LIFE_CANARY && !v->compound[i])
			return true;
	}
	return false;
}

/* Did one that stood there do so before, for all to see? */
static bool
had_canary(const struct life_source *s, const struct life_object *o)
{
	const struct life_version *v;

	if (o->nversions == 0)
		return false;
	v = &o->version[o->nversions - 1].v;
	return !v->revoked && !v->benign &&
	    !has_ended(o, 0) && version_says(v, LIFE_CANARY) &&
	    (s->hidden == 0 ||
	    o->version[o->nversions - 1].poll < s->hidden);
}

/* What is stale is told by the type of the first value. */
static bool
is_stale(const struct life *l, struct life_source *s,
    const struct life_object *o)
{
	const struct life_version *v = &o->version[o->nversions - 1].v;
	int64_t success = s->success, frozen = s->frozen;
	struct life_span span;

	if (!v->claims || v->nvalues == 0 || v->revoked || v->benign)
		return false;
	s->frozen += life_lag(&s->terms, success, l->now);
	s->success = l->now; /* when this poll is complete */
	life_span(s, o, o->nversions - 1,
	    l->values[v->value[0]].type == VALUE_IPV4, TSTAMP_NONE, l->now,
	    &span);
	s->success = success;
	s->frozen = frozen;
	return span.end <= l->now;
}

/* The first commit that a poll makes brings its terms. */
static void
first_commit(struct life *l, struct life_tell *t)
{
	struct life_source *s = &l->s[t->source];

	if (t->first_commit)
		return;
	t->first_commit = true;
	s->there = true;
	s->polls = t->poll;
	s->started = s->poll[t->poll].start;
	s->terms = s->wanted;
}

void
life_poll_tell(struct life *l, struct life_tell *t, unsigned id,
    const struct life_version *v, bool sent)
{
	struct life_source *s = &l->s[t->source];
	struct life_object *o = &s->o[id];
	struct life_version *was;

	t->sent += sent;
	t->listed |= 1u << id;
	was = o->nversions != 0 ? &o->version[o->nversions - 1].v : NULL;
	if (was != NULL && was->hash == v->hash) {
		t->counts.unchanged++;
		return;
	}
	if (was != NULL && !wins(v, was)) {
		if (v->modified == was->modified)
			t->counts.unchanged++;
		else
			t->counts.older++;
		return;
	}
	if ((t->brought >> id & 1) == 0 && !had_canary(s, o))
		t->judged |= 1u << id;
	t->brought |= 1u << id;
	o->next = LIFE_STAYS;
	o->missing = false;
	o->held = o->held || s->held;
	if (o->nversions == 0)
		t->counts.added++;
	else
		t->counts.updated++;
	if (v->revoked && (o->nversions == 0 || !was->revoked))
		t->counts.revoked++;
	/* Of two versions of one poll the first was never seen by anybody. */
	if (o->nversions == 0 || o->version[o->nversions - 1].poll != t->poll)
		o->nversions++;
	o->version[o->nversions - 1].poll = t->poll;
	o->version[o->nversions - 1].v = *v;
	if (has_ended(o, 0))
		event_add(o, t->poll, false, l->now);
}

static void
hide(struct life_source *s, uint32_t poll)
{
	if (s->hidden == 0)
		s->hidden = s->held_hides = poll;
}

static void
hold(struct life_source *s, const struct life_tell *t, uint64_t print,
    uint32_t times)
{
	unsigned i;

	s->held = true;
	s->held_poll = t->poll;
	s->held_print = print;
	s->held_times = times;
	for (i = 0; i < LIFE_IDS; i++)
		s->o[i].held = (t->listed >> i & 1) != 0;
}

static bool
lists_guilty(const struct life_source *s, uint32_t listed)
{
	unsigned i;

	for (i = 0; i < LIFE_IDS; i++) {
		if (s->o[i].guilty && (listed >> i & 1) != 0)
			return true;
	}
	return false;
}

/* Whatever else the poll may bring, a canary is one. */
void
life_poll_commit(struct life *l, struct life_tell *t)
{
	struct life_source *s = &l->s[t->source];
	struct life_object *o;
	unsigned i, sent;

	first_commit(l, t);
	t->counts.held = false;
	for (i = 0; i < LIFE_IDS; i++) {
		o = &s->o[i];
		if ((t->brought >> i & 1) == 0)
			continue;
		t->counts.stale += is_stale(l, s, o);
		o->guilty = (t->judged >> i & 1) != 0 &&
		    brings_canary(&o->version[o->nversions - 1].v);
	}
	t->brought = t->judged = 0;
	sent = t->sent;
	t->sent = 0;
	if (sent == 0 || !lists_guilty(s, t->listed))
		return;
	hold(s, t, 0, 1);
	hide(s, t->poll);
	t->counts.held = true;
}

static unsigned
count_listed(uint32_t listed)
{
	return (unsigned)__builtin_popcount(listed);
}

/* The middle of the sizes of the last ten listings that were believed. */
static unsigned
usual_size(const struct life_source *s, uint32_t poll, unsigned *newest)
{
	unsigned sizes[10], n = 0, i, j, swap;
	uint32_t p;

	for (p = poll - 1; p > 0 && p >= s->sizes_from && n < 10; p--) {
		if (s->poll[p].whole && s->poll[p].believed)
			sizes[n++] = s->poll[p].listed;
	}
	*newest = n > 0 ? sizes[0] : 0;
	for (i = 0; i < n; i++) {
		for (j = i + 1; j < n; j++) {
			if (sizes[j] < sizes[i]) {
				swap = sizes[i];
				sizes[i] = sizes[j];
				sizes[j] = swap;
			}
		}
	}
	if (n == 0)
		return 0;
	return (sizes[(n - 1) / 2] + sizes[n / 2]) / 2;
}

static bool
is_whole(const struct life_source *s, const struct life_tell *t,
    enum life_extent extent)
{
	bool snapshot = s->terms.listing == LISTING_SNAPSHOT;

	if (extent == LIFE_WALK)
		return snapshot || s->terms.listing == LISTING_DELTA;
	if (extent == LIFE_AGAIN)
		return snapshot && s->complete_poll != 0 &&
		    s->complete_poll == t->poll - 1;
	return extent == LIFE_DOCUMENT && snapshot;
}

static bool
anything_stands(const struct life_source *s)
{
	unsigned i;

	for (i = 0; i < LIFE_IDS; i++) {
		if (s->o[i].nversions != 0 && !has_ended(&s->o[i], 0))
			return true;
	}
	return false;
}

static void
believe(struct life_source *s, uint32_t listed, bool again, bool confirmed,
    uint32_t poll, int64_t now, struct life_counts *c)
{
	struct life_object *o;
	unsigned i;
	bool due;

	s->walks++;
	for (i = 0; i < LIFE_IDS; i++) {
		o = &s->o[i];
		if (o->nversions == 0)
			continue;
		if (!again && (listed >> i & 1) != 0) {
			o->missing = false;
		} else if (!again) {
			if (o->next == LIFE_RETURNS)
				o->next = LIFE_STAYS;
			if (!o->missing && !has_ended(o, 0) &&
			    o->next != LIFE_LEAVES) {
				o->missing = true;
				o->since_walk = s->walks;
				o->since = now;
				c->missing++;
			}
		}
		due = o->missing && (confirmed ||
		    (s->walks - o->since_walk + 1 >= s->terms.absent_polls &&
		    now - o->since >= s->terms.grace) ||
		    /* what only a bad listing brought goes at once */
		    (s->held_hides != 0 &&
		    o->version[0].poll >= s->held_hides));
		if (!due)
			continue;
		o->missing = false;
		o->next = LIFE_LEAVES;
		o->next_poll = poll;
		o->next_when = now;
		c->withdrawn++;
	}
}

static void
release(struct life_source *s)
{
	unsigned i;

	s->held = false;
	s->held_print = 0;
	for (i = 0; i < LIFE_IDS; i++)
		s->o[i].held = false;
}

static void
unhide(struct life_source *s)
{
	if (s->held_hides != 0 && s->hidden == s->held_hides)
		s->hidden = 0;
	s->held_hides = 0;
}

static void
pardon(struct life_source *s)
{
	unsigned i;

	for (i = 0; i < LIFE_IDS; i++)
		s->o[i].guilty = false;
	unhide(s);
}

/* Once nothing of what was bad is left, the rest shows again. */
static void
lift(struct life_source *s)
{
	unsigned i;

	for (i = 0; i < LIFE_IDS; i++) {
		if (s->o[i].next == LIFE_LEAVES)
			return;
	}
	if (!s->held)
		unhide(s);
}

/* What a poll names is there, whatever became of the poll. */
static void
named(struct life *l, struct life_tell *t)
{
	struct life_source *s = &l->s[t->source];
	struct life_object *o;
	unsigned i;

	for (i = 0; i < LIFE_IDS; i++) {
		o = &s->o[i];
		if ((t->listed >> i & 1) == 0)
			continue;
		o->missing = false;
		if (o->next == LIFE_LEAVES)
			o->next = LIFE_STAYS;
		if (has_ended(o, 0) && o->next != LIFE_RETURNS) {
			o->next = LIFE_RETURNS;
			o->next_poll = t->poll;
			t->counts.returned++;
		}
		o->held = o->held || s->held;
	}
}

static void
completed(struct life_source *s, uint32_t poll, int64_t now)
{
	s->frozen += life_lag(&s->terms, s->success, now);
	s->success = now;
	s->complete_poll = poll;
}

void
life_poll_end(struct life *l, struct life_tell *t, bool complete,
    enum life_extent extent)
{
	struct life_source *s = &l->s[t->source];
	struct life_poll *p = &s->poll[t->poll];
	unsigned listed = count_listed(t->listed), usual, newest, times;
	bool confirmed = false, bad;
	uint64_t print;

	named(l, t);
	p->end = l->now;
	p->complete = complete;
	if (!complete)
		return;
	p->whole = is_whole(s, t, extent);
	usual = usual_size(s, t->poll, &newest);
	listed += t->rejected;
	t->counts.rejected = t->rejected;
	if (extent == LIFE_AGAIN)
		listed = newest;
	p->listed = listed;
	bad = lists_guilty(s, t->listed) || (p->whole &&
	    ((listed == 0 && s->terms.strict && anything_stands(s)) ||
	    (listed != 0 && s->terms.strict && 2 * listed < usual) ||
	    (s->terms.strict && 2 * t->rejected > listed) ||
	    (t->declares && t->declared != listed)));
	if (bad) {
		print = 1 + ((uint64_t)listed << 32 | t->listed);
		times = t->held_print == print ? t->held_times + 1 : 1;
		if (s->terms.repeats == 0 || times < s->terms.repeats) {
			hold(s, t, print, times);
			if (lists_guilty(s, t->listed))
				hide(s, t->poll);
			t->counts.held = true;
			return;
		}
		pardon(s);
		s->sizes_from = t->poll;
		confirmed = true;
	}
	t->counts.held = false;
	p->believed = true;
	if (p->whole) {
		release(s);
		believe(s, t->listed, extent == LIFE_AGAIN, confirmed, t->poll,
		    l->now, &t->counts);
		lift(s);
	}
	completed(s, t->poll, l->now);
}

void
life_accept(struct life *l, unsigned source)
{
	struct life_source *s = &l->s[source];
	struct life_counts c = {.added = 0};
	uint32_t listed = 0;
	unsigned i;

	if (!s->held)
		return;
	for (i = 0; i < LIFE_IDS; i++)
		listed |= (unsigned)s->o[i].held << i;
	if (s->poll[s->held_poll].whole)
		believe(s, listed, false, true, s->held_poll, l->now, &c);
	pardon(s);
	s->poll[s->held_poll].believed = true;
	s->sizes_from = s->held_poll;
	if (s->polls == s->held_poll)
		completed(s, s->held_poll, l->now);
	release(s);
}

static void
move_objects(struct life_source *s, int what)
{
	struct life_object *o;
	unsigned i;

	for (i = 0; i < LIFE_IDS; i++) {
		o = &s->o[i];
		if (o->next != what)
			continue;
		event_add(o, o->next_poll, what == LIFE_LEAVES, o->next_when);
		o->next = LIFE_STAYS;
		if (what == LIFE_LEAVES)
			continue;
		/* It came anew, as it was. */
		o->version[o->nversions] = o->version[o->nversions - 1];
		o->version[o->nversions++].poll = o->next_poll;
	}
}

void
life_upkeep_of(struct life *l, unsigned source, int what)
{
	move_objects(&l->s[source], what);
	lift(&l->s[source]);
}

void
life_upkeep(struct life *l)
{
	unsigned i;

	l->forgetting = false;
	for (i = 0; i < LIFE_SOURCES; i++) {
		life_upkeep_of(l, i, LIFE_RETURNS);
		life_upkeep_of(l, i, LIFE_LEAVES);
	}
}

/* ---- what it comes to -------------------------------------------------- */

/* A claim that counts no more: why, and whether it may be gone altogether. */
static void
past_claim(const struct life *l, const struct life_source *s,
    const struct life_object *o, unsigned value, struct life_claim *c)
{
	const struct life_event *end = newest_event(o, s->hidden);
	bool ended = end != NULL && end->ended;
	int at = standing(o, s->hidden);

	c->state = TW_ENDED;
	if (at >= 0 && version_says(&o->version[at].v, value)) {
		c->ended = END_WITHDRAWN;
		c->old = l->now - end->when > HISTORY;
		return;
	}
	c->ended = version_says(&o->version[o->nversions - 1].v, value) ?
	    END_ROLLED_BACK : END_MOVED;
	c->old = l->now - s->poll[o->version[o->nversions - 1].poll].start >
	    HISTORY || (ended && l->now - end->when > HISTORY);
}

static bool
ever_said(const struct life_object *o, unsigned value)
{
	unsigned i;

	for (i = 0; i < o->nversions; i++) {
		if (version_says(&o->version[i].v, value))
			return true;
	}
	return false;
}

/* Named twice, it is part of an AND only when it always is. */
static bool
says_compound(const struct life_version *v, unsigned value)
{
	unsigned i;

	for (i = 0; i < v->nvalues; i++) {
		if (v->value[i] == value && !v->compound[i])
			return false;
	}
	return true;
}

static bool
claim_of(const struct life *l, unsigned source, unsigned id, unsigned value,
    int64_t now, struct life_claim *c)
{
	const struct life_source *s = &l->s[source];
	const struct life_object *o = &s->o[id];
	const struct life_version *v;
	struct life_span span;
	int at;

	if (!s->there || o->nversions == 0 || !ever_said(o, value))
		return false;
	*c = (struct life_claim){.source = source, .id = id,
	    .reliability = s->terms.reliability, .group = s->terms.group};
	at = standing(o, s->hidden);
	if (at < 0 || has_ended(o, s->hidden) ||
	    !version_says(&o->version[at].v, value)) {
		past_claim(l, s, o, value, c);
		return true;
	}
	v = &o->version[at].v;
	life_span(s, o, (unsigned)at, l->values[value].type == VALUE_IPV4,
	    l->met[value], now, &span);
	c->from = span.from;
	c->end = span.end;
	c->score = span.score;
	c->confidence = v->confidence;
	c->tlp = v->tlp != 0 ? v->tlp : s->terms.tlp;
	c->compound = says_compound(v, value);
	c->state = v->revoked ? TW_REVOKED : v->benign ? TW_BENIGN :
	    now < span.from ? TW_PENDING :
	    now < span.end ? TW_ACTIVE : TW_EXPIRED;
	return true;
}

/* 1 − Π (1 − r · c): each group of sources once, by what is surest. */
static void
fuse(struct life_verdict *out)
{
	static const double weight[] = {1, 1, .85, .65, .4, .1, .5};
	double best[LIFE_SOURCES + 3] = {0}, c, doubt = 1;
	bool there[LIFE_SOURCES + 3] = {false}, stated = false;
	bool source[LIFE_SOURCES] = {false};
	const struct life_claim *k;
	unsigned i, g;

	for (i = 0; i < out->n; i++) {
		k = &out->claim[i];
		if (k->state != TW_ACTIVE)
			continue;
		source[k->source] = true;
		g = k->group != 0 ? LIFE_SOURCES + 0u + k->group : k->source;
		there[g] = true;
		if (k->confidence == CONFIDENCE_UNKNOWN)
			continue;
		stated = true;
		c = weight[k->reliability] * k->score / 100.0;
		best[g] = c > best[g] ? c : best[g];
	}
	for (g = 0; g < LIFE_SOURCES + 3; g++) {
		out->groups += there[g];
		doubt *= 1 - best[g];
	}
	for (i = 0; i < LIFE_SOURCES; i++)
		out->sources += source[i];
	out->fused = stated ? 100 * (1 - doubt) : -1;
}

/* What is active at a time, of those that count. */
static int64_t
reach(const struct life_verdict *v, int64_t t)
{
	int64_t end = t, next;
	const struct life_claim *c;
	unsigned i;

	for (;;) {
		next = end;
		for (i = 0; i < v->n; i++) {
			c = &v->claim[i];
			if (c->state != TW_ENDED && c->state != TW_REVOKED &&
			    c->state != TW_BENIGN && c->from <= end &&
			    c->end > next)
				next = c->end;
		}
		if (next == end)
			return end;
		end = next;
	}
}

static void
add_active(struct life_verdict *out, const struct life_claim *c)
{
	if (c->confidence != CONFIDENCE_UNKNOWN &&
	    (out->confidence == CONFIDENCE_UNKNOWN ||
	    c->confidence > out->confidence))
		out->confidence = c->confidence;
	if (c->score != CONFIDENCE_UNKNOWN &&
	    (out->score == CONFIDENCE_UNKNOWN || c->score > out->score))
		out->score = c->score;
	if (c->tlp != 0 && (out->tlp == 0 || c->tlp < out->tlp))
		out->tlp = c->tlp;
	out->compound = out->compound && c->compound;
	out->active++;
}

void
life_verdict(const struct life *l, unsigned value, int64_t now,
    struct life_verdict *out)
{
	unsigned s, i, count[TW_SUPPRESSED + 1] = {0};
	struct life_claim *c;

	*out = (struct life_verdict){.from = TSTAMP_NEVER,
	    .end = TSTAMP_NONE, .confidence = CONFIDENCE_UNKNOWN,
	    .score = CONFIDENCE_UNKNOWN, .compound = true};
	for (s = 0; s < LIFE_SOURCES; s++) {
		for (i = 0; i < LIFE_IDS; i++) {
			c = &out->claim[out->n];
			if (!claim_of(l, s, i, value, now, c))
				continue;
			out->n++;
			count[c->state]++;
			if (c->state > TW_EXPIRED)
				continue;
			if (c->from < out->from)
				out->from = c->from;
			/* It never was, and never will be. */
			out->some_state = out->some_state || c->end <= c->from;
			if (c->state == TW_EXPIRED && c->end > out->end)
				out->end = c->end;
			if (c->state == TW_ACTIVE)
				add_active(out, c);
		}
	}
	out->state = count[TW_ACTIVE] ? TW_ACTIVE :
	    count[TW_PENDING] ? TW_PENDING :
	    count[TW_EXPIRED] ? TW_EXPIRED : count[TW_BENIGN] ? TW_BENIGN :
	    count[TW_REVOKED] ? TW_REVOKED : out->n ? TW_ENDED : 0;
	if (out->state == TW_ACTIVE)
		out->end = reach(out, now);
	fuse(out);
	if (out->state == TW_ACTIVE && life_suppressed(l, value, now))
		out->state = TW_SUPPRESSED;
}
