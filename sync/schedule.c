/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/schedule.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/tstamp.h"

#define MINUTE (60 * TSTAMP_SECOND)
#define HOUR (60 * MINUTE)
#define NEVER INT64_MAX

#define RETRY_FIRST MINUTE            /* after the first failure; then doubled */
#define RETRY_STUBBORN (15 * MINUTE)  /* the same where a person must act */
#define BUSY_AGAIN (30 * TSTAMP_SECOND)
#define JITTER_MOST (5 * MINUTE)
#define SPREAD_EACH (TSTAMP_SECOND / 4)
#define JUMP MINUTE                   /* that a clock is set by, to matter */
#define OVERSLEPT (30 * TSTAMP_SECOND)

static const struct {
	const char *name, *text;
} whys[SCHEDULE_WHYS] = {
	[SCHEDULE_RUNNING] = {"running", "is being polled"},
	[SCHEDULE_DUE] = {"due", "is about to start"},
	[SCHEDULE_BY_RULE] = {"schedule", "by its schedule"},
	[SCHEDULE_SPREAD_OUT] = {"spread", "was missed; what was missed starts "
	    "one after another"},
	[SCHEDULE_RETRY] = {"retry", "again after a failure"},
	[SCHEDULE_SERVER] = {"server", "the server wants to be left alone until "
	    "then"},
	[SCHEDULE_BUSY] = {"busy", "another process polled it"},
	[SCHEDULE_CHANGED] = {"changed", "its settings changed"},
	[SCHEDULE_ASKED] = {"asked", "was asked for"},
	[SCHEDULE_SLOTS] = {"slots", "waits for another poll to end "
	    "(polls-at-once)"},
	[SCHEDULE_SAME_HOST] = {"host", "waits for another poll of the same "
	    "host to end (polls-per-host)"},
	[SCHEDULE_OFF] = {"off", "by its configuration ('enabled')"},
	[SCHEDULE_PAUSED] = {"paused", "until 'taxiway resume'"},
	[SCHEDULE_UNDONE] = {"rolled-back", "was rolled back; until 'taxiway "
	    "restore' or 'taxiway forget'"},
	[SCHEDULE_BY_HAND] = {"by-hand", "has no schedule: 'taxiway pull' polls "
	    "it"},
};

const char *
schedule_why_name(enum schedule_why why)
{
	return whys[why].name;
}

const char *
schedule_why_text(enum schedule_why why)
{
	return whys[why].text;
}

/* ---- numbers ------------------------------------------------------------- */

static int64_t
later(int64_t t, int64_t by)
{
	int64_t sum;

	return __builtin_add_overflow(t, by, &sum) ? NEVER : sum;
}

/* 0 … most - 1, the same whenever it is asked for. */
static int64_t
dice(const struct schedule *s, const struct schedule_entry *x, uint64_t what,
    int64_t most)
{
	if (most <= 0)
		return 0;
	return (int64_t)(digest64(x->name, strlen(x->name), s->seed ^
	    (what * 0x9e3779b97f4a7c15u)) % (uint64_t)most);
}

static int64_t
jitter_of(const struct schedule *s, const struct schedule_entry *x)
{
	int64_t most = x->rule.jitter;

	if (most < 0) {
		most = x->rule.every > 0 ? x->rule.every / 20 : MINUTE;
		if (most > JITTER_MOST)
			most = JITTER_MOST;
	}
	return dice(s, x, x->polls, most);
}

static uint32_t
failures_of(const struct schedule_entry *x)
{
	return x->failures > x->crashes ? x->failures : x->crashes;
}

/* Doubled from failure to failure, up to a bound, and a little more, so that
 * sources of one server that fail together do not come back together. */
static int64_t
back_off(const struct schedule *s, const struct schedule_entry *x)
{
	int64_t most = x->rule.retry_max, wait;
	uint32_t n = failures_of(x), i;

	if (most <= 0) {
		most = x->rule.every > 0 ? x->rule.every : 24 * HOUR;
		most = most < HOUR ? HOUR : most > 24 * HOUR ? 24 * HOUR : most;
	}
	wait = x->stubborn ? RETRY_STUBBORN : RETRY_FIRST;
	for (i = 1; i < n && wait < most; i++)
		wait *= 2;
	if (wait > most)
		wait = most;
	return wait + dice(s, x, x->polls + (uint64_t)n, wait / 8);
}

/* ---- when ---------------------------------------------------------------- */

static int64_t
by_calendar(const struct schedule_entry *x, struct schedule_clock now)
{
	int64_t after = x->last_wall, next = TSTAMP_NEVER, t;
	unsigned i;

	/* A poll of the future: the clock was wrong then. */
	if (after > later(now.wall, TSTAMP_DAY))
		after = now.wall;
	for (i = 0; i < x->rule.ntimes; i++) {
		t = calendar_next(&x->rule.at[i], after);
		if (t < next)
			next = t;
	}
	if (next == TSTAMP_NEVER)
		return NEVER;
	/* What lies before `now` by more than ticks can tell is simply due. */
	return next <= now.wall ? now.ticks - (now.wall - next) :
	    later(now.ticks, next - now.wall);
}

static int64_t
by_rule(const struct schedule *s, const struct schedule_entry *x,
    struct schedule_clock now)
{
	int64_t due = x->rule.every > 0 ? later(x->last, x->rule.every) :
	    by_calendar(x, now);

	return later(due, jitter_of(s, x));
}

static int64_t
newest(const struct schedule_entry *x)
{
	return x->ended > x->last ? x->ended : x->last;
}

/* Not before that, whatever wants it. */
static int64_t
floor_of(const struct schedule_entry *x)
{
	int64_t least = later(newest(x), SCHEDULE_LEAST);
	int64_t own = x->asked_at == SCHEDULE_NONE ? SCHEDULE_NONE :
	    later(x->asked_at, x->rule.floor);

	return own > least ? own : least;
}

/* Without regard to who else runs. */
static int64_t
due_of(const struct schedule *s, const struct schedule_entry *x,
    struct schedule_clock now, enum schedule_why *why)
{
	int64_t woken = x->born > s->woken ? x->born : s->woken, due;

	if (x->asked)
		return *why = SCHEDULE_ASKED, INT64_MIN;
	if (x->off)
		return *why = SCHEDULE_OFF, NEVER;
	if (x->paused)
		return *why = SCHEDULE_PAUSED, NEVER;
	if (x->undone)
		return *why = SCHEDULE_UNDONE, NEVER;
	if (x->rule.every == 0 && x->rule.ntimes == 0)
		return *why = SCHEDULE_BY_HAND, NEVER;
	*why = SCHEDULE_BY_RULE;
	if (x->last == SCHEDULE_NONE) {
		due = woken - 1; /* it is missed since it is there */
	} else if (x->changed) {
		*why = SCHEDULE_CHANGED;
		due = later(x->last, SCHEDULE_LEAST);
	} else if (failures_of(x) > 0) {
		*why = SCHEDULE_RETRY;
		due = later(newest(x), back_off(s, x));
	} else {
		due = by_rule(s, x, now);
	}
	if (newest(x) != SCHEDULE_NONE && due < floor_of(x))
		due = floor_of(x);
	if (x->busy_until > due)
		return *why = SCHEDULE_BUSY, x->busy_until;
	if (x->not_before > due)
		return *why = SCHEDULE_SERVER, x->not_before;
	if (due < woken)
		return *why = SCHEDULE_SPREAD_OUT, later(woken, x->offset);
	return due;
}

static unsigned
running_at(const struct schedule *s, const char *host)
{
	unsigned i, n = 0;

	for (i = 0; i < s->n; i++)
		n += s->v[i].running && strcmp(s->v[i].host, host) == 0;
	return n;
}

/* Is there room for one more? */
static bool
has_room(const struct schedule *s, const struct schedule_entry *x,
    enum schedule_why *why)
{
	if (s->running >= s->at_once)
		return *why = SCHEDULE_SLOTS, false;
	if (x->host[0] != '\0' && running_at(s, x->host) >= s->per_host)
		return *why = SCHEDULE_SAME_HOST, false;
	return true;
}

int64_t
schedule_due(const struct schedule *s, const struct schedule_entry *x,
    struct schedule_clock now, enum schedule_why *why)
{
	int64_t due;

	if (x->running)
		return *why = SCHEDULE_RUNNING, now.ticks;
	due = due_of(s, x, now, why);
	if (due > now.ticks)
		return due;
	if (has_room(s, x, why) && !x->asked)
		*why = SCHEDULE_DUE;
	return now.ticks;
}

int64_t
schedule_wait(struct schedule *s, struct schedule_clock now)
{
	int64_t wait = SCHEDULE_LOOK, due;
	enum schedule_why why;
	unsigned i;

	for (i = 0; i < s->n; i++) {
		if (s->v[i].running)
			continue;
		due = due_of(s, &s->v[i], now, &why);
		/* Who waits for room is looked at when a poll ends. */
		if (due <= now.ticks && !has_room(s, &s->v[i], &why))
			continue;
		if (due <= now.ticks)
			wait = 0;
		else if (due - now.ticks < wait)
			wait = due - now.ticks;
	}
	s->expected = later(now.ticks, wait);
	return wait;
}

struct schedule_entry *
schedule_pick(struct schedule *s, struct schedule_clock now)
{
	struct schedule_entry *best = NULL;
	int64_t least = now.ticks, due;
	enum schedule_why why;
	unsigned i;

	for (i = 0; i < s->n; i++) {
		if (s->v[i].running)
			continue;
		due = due_of(s, &s->v[i], now, &why);
		if (due > least || (best != NULL && due == least) ||
		    !has_room(s, &s->v[i], &why))
			continue;
		least = due;
		best = &s->v[i];
	}
	if (best == NULL)
		return NULL;
	best->running = true;
	best->asked = best->changed = false;
	best->last = now.ticks;
	best->last_wall = now.wall;
	best->asked_before = best->asked_at;
	best->asked_at = now.ticks;
	best->started = true;
	s->running++;
	return best;
}

/* ---- what happens -------------------------------------------------------- */

void
schedule_wake(struct schedule *s, struct schedule_clock now)
{
	int64_t window = 0;
	enum schedule_why why;
	unsigned i;

	s->woken = now.ticks;
	for (i = 0; i < s->n && window < SCHEDULE_SPREAD; i++)
		if (!s->v[i].running &&
		    due_of(s, &s->v[i], now, &why) <= now.ticks +
		    SCHEDULE_SPREAD)
			window += SPREAD_EACH;
	for (i = 0; i < s->n; i++)
		s->v[i].offset = dice(s, &s->v[i], (uint64_t)now.ticks, window);
}

bool
schedule_tick(struct schedule *s, struct schedule_clock now)
{
	int64_t drift = (now.wall - s->seen.wall) -
	    (now.ticks - s->seen.ticks);
	bool jumped = drift > JUMP || drift < -JUMP ||
	    now.ticks > later(s->expected, OVERSLEPT);

	s->seen = now;
	s->expected = later(now.ticks, SCHEDULE_LOOK);
	if (jumped)
		schedule_wake(s, now);
	return jumped;
}

void
schedule_init(struct schedule *s, uint64_t seed, struct schedule_clock now)
{
	*s = (struct schedule){.seed = seed, .at_once = 1, .per_host = 1,
	    .woken = now.ticks, .expected = later(now.ticks, SCHEDULE_LOOK),
	    .seen = now};
}

void
schedule_free(struct schedule *s)
{
	free(s->v);
	s->v = NULL;
	s->n = 0;
}

struct schedule_entry *
schedule_find(const struct schedule *s, const char *name)
{
	unsigned i;

	for (i = 0; i < s->n; i++)
		if (strcmp(s->v[i].name, name) == 0)
			return &s->v[i];
	return NULL;
}

/* The new entry of a source, after the old one if there is one. */
static void
entry_make(struct schedule *s, const struct schedule_source *c,
    struct schedule_entry *to, struct schedule_clock now)
{
	struct schedule_entry *old = schedule_find(s, c->name);

	if (old != NULL) {
		*to = *old;
		old->kept = true;
		to->changed = old->changed || old->print != c->print;
	} else {
		*to = (struct schedule_entry){.born = now.ticks,
		    .last = SCHEDULE_NONE, .ended = SCHEDULE_NONE,
		    .asked_at = SCHEDULE_NONE, .asked_before = SCHEDULE_NONE,
		    .not_before = SCHEDULE_NONE,
		    .busy_until = SCHEDULE_NONE};
		snprintf(to->name, sizeof(to->name), "%s", c->name);
	}
	snprintf(to->host, sizeof(to->host), "%s", c->host);
	to->rule = c->rule;
	to->off = c->off;
	to->print = c->print;
	to->kept = to->gone = false;
}

int
schedule_load(struct schedule *s, const struct schedule_source *v, unsigned n,
    struct schedule_clock now, struct err *e)
{
	struct schedule_entry *list = calloc((size_t)n + s->running + 1,
	    sizeof(*list));
	int64_t woken = s->woken;
	unsigned i, m = n;

	if (list == NULL)
		return err_set(e, ERR_MEMORY, "out of memory for the schedule");
	for (i = 0; i < n; i++)
		entry_make(s, &v[i], &list[i], now);
	/* What still runs is dropped when it ends. */
	for (i = 0; i < s->n; i++) {
		if (s->v[i].kept || !s->v[i].running)
			continue;
		list[m] = s->v[i];
		list[m].rule = (struct schedule_rule){.every = 0};
		list[m].asked = false;
		list[m++].gone = true;
	}
	free(s->v);
	s->v = list;
	s->n = m;
	schedule_wake(s, now);
	s->woken = woken; /* only who is new is missed */
	return 0;
}

/* A time of the past on the clock that is never set; `now` for the future. */
static int64_t
past_ticks(int64_t wall, struct schedule_clock now)
{
	int64_t age;

	if (__builtin_sub_overflow(now.wall, wall, &age) || age < 0)
		age = 0;
	return now.ticks - age;
}

/* Facts of another poll: the floor counts from the newest request.  Of a poll
 * that was started here and sent none, the one before it stands. */
static void
learn_asked(struct schedule_entry *x, const struct schedule_facts *f,
    struct schedule_clock now)
{
	int64_t t = past_ticks(f->last_asked, now);

	if (x->started && f->last_asked < f->last_poll)
		x->asked_at = x->asked_before;
	x->started = false;
	if (f->last_asked != 0 && t > x->asked_at)
		x->asked_at = t;
}

void
schedule_learn(struct schedule_entry *x, const struct schedule_facts *f,
    struct schedule_clock now)
{
	/* What was counted on the ticks once is not told by the wall clock again:
	 * that may have been set since. */
	bool known = x->last != SCHEDULE_NONE && f->polls == x->polls;
	int64_t t, wait;

	x->polls = f->polls;
	x->failures = f->failures;
	x->stubborn = f->stubborn;
	x->paused = f->paused;
	x->undone = f->undone;
	if (known)
		return;
	learn_asked(x, f, now);
	/* A poll that was started here is known better. */
	t = past_ticks(f->last_poll, now);
	if (f->last_poll != 0 && !x->running && t > x->last) {
		x->last = t;
		x->last_wall = f->last_poll;
	}
	x->not_before = SCHEDULE_NONE;
	wait = f->retry_at - now.wall;
	/* A wait from a clock that was wrong is not believed. */
	if (f->retry_at != 0 && wait > 0 && wait <= 7 * TSTAMP_DAY)
		x->not_before = later(now.ticks, wait);
}

void
schedule_end(struct schedule *s, struct schedule_entry *x, bool told,
    bool busy, struct schedule_clock now)
{
	unsigned i;

	x->running = false;
	x->ended = now.ticks;
	s->running--;
	if (told || busy)
		x->crashes = 0;
	else if (x->crashes < UINT32_MAX)
		x->crashes++;
	if (busy)
		x->busy_until = later(now.ticks, BUSY_AGAIN);
	if (x->gone) {
		i = (unsigned)(x - s->v);
		memmove(x, x + 1, (s->n - i - 1) * sizeof(*x));
		s->n--;
	}
}

void
schedule_ask(struct schedule_entry *x)
{
	x->asked = true;
}
