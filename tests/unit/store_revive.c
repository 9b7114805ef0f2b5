/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What ends and comes back, once more: a model of `ageing-revive` after any
 * sequence of polls.  Some objects with a value each, of one source; what each of
 * them is, since when, and when it was here before is computed here by the rules
 * of taxiway.yaml(5), without a function of store/, and held against a store.
 *
 * TAXIWAY_REVIVE="SEED [SEQUENCES]" plays others.
 */
#include "tests/unit/unit.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/ageing.h"
#include "store/episode.h"
#include "store/upkeep.h"
#include "taxiway.h"
#include "tests/unit/store_util.h"

#define OBJECTS 5
#define STEPS 40
#define EPISODES 64
#define HOUR (INT64_C(3600) * TSTAMP_SECOND)
#define BEGIN (INT64_C(1767225600) * TSTAMP_SECOND)

struct time_here {
	int64_t from, to;
	unsigned why;
};

/* A version of an object, as its source told it. */
struct said {
	int64_t created, modified, until; /* until: NONE, it states no end */
	uint64_t hash;
};

struct object {
	bool there;
	struct said v;
	int64_t first, newest;   /* polls: that brought it, and this version */
	bool ended;              /* withdrawn */
	int64_t end;
	bool missing;
	unsigned since;          /* walk that lacked it first */
	unsigned n;
	struct time_here before[EPISODES]; /* oldest first */
};

struct play {
	uint64_t rng;
	/* terms */
	uint8_t listing, base;
	int64_t ttl;             /* 0: none */
	unsigned absent;
	bool revive;
	/* model */
	int64_t now, success, started; /* end and start of polls; 0: none */
	unsigned returned;       /* by the newest poll */
	unsigned walks;
	unsigned listed;         /* by the newest whole listing, a bit for each */
	struct object o[OBJECTS];
	uint64_t made;
	/* store */
	struct folder f;
	struct store *s;
	tw_store *r;
	char why[300];
};

static unsigned long sequences = 60;
static uint64_t first_seed = 1;
static unsigned drawn[3]; /* anew, gone on, returned as it was */

static bool
wrong(struct play *p, unsigned id, const char *what, intmax_t store,
    intmax_t model)
{
	snprintf(p->why, sizeof(p->why), "h%u.example, hour %jd: %s is %jd, to "
	    "the model %jd", id, (intmax_t)((p->now - BEGIN) / HOUR), what,
	    store, model);
	return false;
}

/* ---- the rules ----------------------------------------------------------- */

/* When it ends by its own; NEVER where the next poll puts that off. */
static int64_t
end_of(const struct play *p, const struct said *v, int64_t first,
    int64_t newest)
{
	int64_t from = first;

	if (v->until != TSTAMP_NONE)
		return v->until;
	if (p->ttl == 0)
		return TSTAMP_NEVER;
	if (p->base == AGEING_LAST_SEEN && p->listing == LISTING_SNAPSHOT)
		return TSTAMP_NEVER;
	if (p->base == AGEING_LAST_SEEN)
		from = newest;
	else if (p->base == AGEING_MODIFIED)
		from = v->modified < newest ? v->modified : newest;
	else if (p->base == AGEING_CREATED)
		from = v->created < first ? v->created : first;
	return from + p->ttl;
}

/* And as it is read. */
static int64_t
end_now(const struct play *p, const struct object *o)
{
	if (o->v.until == TSTAMP_NONE && p->ttl != 0 &&
	    p->base == AGEING_LAST_SEEN && p->listing == LISTING_SNAPSHOT)
		return (p->success != 0 ? p->success : p->started) + p->ttl;
	return end_of(p, &o->v, o->first, o->newest);
}

enum coming { STAYS, ANEW, GOES_ON };

/* The poll of this moment says `back` of it: is that a return? */
static enum coming
comes(const struct play *p, const struct object *o, const struct said *back,
    bool was_listed, struct time_here *t)
{
	bool on;

	if (!p->revive || o->newest >= p->now)
		return STAYS;
	*t = (struct time_here){o->first, o->end, END_WITHDRAWN};
	if (!o->ended) {
		t->to = end_of(p, &o->v, o->first, o->newest);
		t->why = EPISODE_EXPIRED;
	}
	if (t->to > p->now || t->from >= t->to)
		return STAYS;
	on = t->why == EPISODE_EXPIRED && p->listing == LISTING_WINDOW &&
	    was_listed;
	/* What would be over at once does not come back. */
	if (end_of(p, back, on ? o->first : p->now, p->now) <= p->now)
		return STAYS;
	return on ? GOES_ON : ANEW;
}

static void
begin_anew(struct play *p, struct object *o, const struct time_here *t)
{
	assert_true(o->n < EPISODES);
	o->before[o->n++] = *t;
	o->first = p->now;
}

/* It is told; *unchanged: with the bytes that stand. */
static void
told(struct play *p, struct object *o, const struct said *v, bool was_listed)
{
	struct time_here t;
	enum coming how;

	if (o->there && v->hash == o->v.hash)
		return;
	if (!o->there) {
		*o = (struct object){.there = true, .first = p->now};
	} else {
		how = comes(p, o, v, was_listed, &t);
		drawn[how == GOES_ON] += how != STAYS;
		if (how == ANEW)
			begin_anew(p, o, &t);
	}
	o->v = *v;
	o->newest = p->now;
	o->ended = o->missing = false;
}

/* At the end of a poll, and of the upkeep behind it: what it named. */
static void
named(struct play *p, struct object *o, bool was_listed)
{
	struct time_here t;
	enum coming how = STAYS;

	o->missing = false;
	if (!o->ended && p->listing != LISTING_WINDOW)
		return;
	how = comes(p, o, &o->v, was_listed, &t);
	if (!o->ended && how == STAYS)
		return;
	drawn[how == ANEW ? 0 : how == GOES_ON ? 1 : 2]++;
	p->returned++;
	if (how == ANEW)
		begin_anew(p, o, &t);
	o->ended = false;
	o->newest = p->now;
}

static void
lacked(struct play *p, struct object *o)
{
	if (!o->there || o->ended)
		return;
	if (!o->missing) {
		o->missing = true;
		o->since = p->walks;
	}
	if (p->walks - o->since + 1 < p->absent)
		return;
	o->missing = false;
	o->ended = true;
	o->end = p->now;
}

/* ---- a poll --------------------------------------------------------------- */

static struct said
new_version(struct play *p)
{
	struct said v = {.hash = ++p->made * 2654435761u,
	    .created = p->now - rng_below(&p->rng, 20) * HOUR,
	    .modified = p->now - rng_below(&p->rng, 3) * HOUR,
	    .until = TSTAMP_NONE};

	if (rng_below(&p->rng, 4) == 0)
		v.until = p->now + ((int64_t)rng_below(&p->rng, 40) - 6) *
		    HOUR;
	/* An end in front of the beginning would not be one. */
	if (v.until <= v.created)
		v.until = TSTAMP_NONE;
	return v;
}

static void
send_record(struct play *p, struct store_poll *poll, unsigned id,
    const struct said *v)
{
	struct object_rec head = {.id = id_of(STIX_INDICATOR, id),
	    .flags = OBJ_CLAIMS, .confidence = 50, .created = v->created,
	    .modified = v->modified, .valid_from = v->created,
	    .valid_until = v->until, .hash = v->hash};
	struct object_value ov;
	struct err e = ERR_INIT;
	uint8_t known = 0;
	struct buf rec;
	char text[32];

	if (rng_below(&p->rng, 2) == 0 && store_known(poll, &head.id, &v->hash,
	    1, &known, &e) != 0)
		fail_msg("store_known: %s", e.text);
	if (known != 0) {
		store_poll_unchanged(poll, 1);
		return;
	}
	snprintf(text, sizeof(text), "h%u.example", id);
	ov = (struct object_value){.value = value_of(VALUE_DOMAIN, text)};
	buf_init(&rec, LIMIT_RECORD);
	object_rec_begin(&rec, &head);
	object_rec_add_value(&rec, &ov);
	if (store_batch_add(poll, buf_view(&rec), &e) != 0)
		fail_msg("store_batch_add: %s", e.text);
	buf_free(&rec);
}

static struct store_poll *
begin_poll(struct play *p)
{
	const struct store_guards guards = {.absent_polls = p->absent,
	    .revive = p->revive, .limits = {.may_be_empty = true,
	    .grow = 1000, .reject = 100, .top_share = 100}};
	struct ageing ageing;
	struct store_source src = {.name = "s", .kind = "stix", .url = "",
	    .collection = "", .listing = p->listing, .ageing = &ageing,
	    .guards = &guards};
	struct store_poll *poll;
	struct err e = ERR_INIT;

	ageing_default(&ageing);
	ageing.freeze = 0;
	if (p->ttl != 0)
		ageing.lines[ageing.nlines++] = (struct ageing_line){
		    .type = VALUE_NONE, .base = p->base, .ttl = p->ttl};
	if (store_poll_begin(p->s, &src, p->now, &poll, &e) != 0)
		fail_msg("store_poll_begin: %s", e.text);
	return poll;
}

static void
upkeep(struct play *p)
{
	struct err e = ERR_INIT;
	bool more = true;
	unsigned n;

	for (n = 0; more; n++) {
		if (store_upkeep(p->s, p->now, &more, &e) != 0)
			fail_msg("upkeep: %s", e.text);
		assert_true(n < 500);
	}
}

static bool
end_poll(struct play *p, struct store_poll *poll, unsigned listed,
    bool complete)
{
	bool walks = p->listing == LISTING_DELTA;
	struct store_end end = {.complete = complete,
	    .extent = walks ? STORE_WALK : STORE_DOCUMENT,
	    .state = complete ? SOURCE_OK : SOURCE_FAILING,
	    .error = complete ? NULL : "cut off"};
	struct store_counts counts;
	struct err e = ERR_INIT;
	unsigned i;

	end.progress.objects = (unsigned)__builtin_popcount(listed);
	if (store_poll_end(poll, &end, p->now, &counts, &e) != 0)
		fail_msg("store_poll_end: %s", e.text);
	assert_int_equal(counts.held, HELD_NOT);
	upkeep(p);
	for (i = 0; i < OBJECTS; i++)
		if ((listed >> i & 1) != 0)
			named(p, &p->o[i], (p->listed >> i & 1) != 0);
	if (complete) {
		p->success = p->now;
		p->listed = listed;
		p->walks++;
	}
	for (i = 0; i < OBJECTS && complete; i++)
		if ((p->listing == LISTING_SNAPSHOT || walks) &&
		    (listed >> i & 1) == 0)
			lacked(p, &p->o[i]);
	return counts.returned == p->returned || wrong(p, OBJECTS,
	    "how many return", (intmax_t)counts.returned, p->returned);
}

static bool
poll_once(struct play *p)
{
	static const unsigned shares[] = {100, 80, 80, 50, 20};
	unsigned share = shares[rng_below(&p->rng, ARRAY_LEN(shares))];
	struct store_poll *poll = begin_poll(p);
	unsigned listed = 0, i;
	struct object *o;
	struct said v;

	p->started = p->now;
	p->returned = 0;
	for (i = 0; i < OBJECTS; i++) {
		if (rng_below(&p->rng, 100) >= share)
			continue;
		o = &p->o[i];
		v = new_version(p);
		if (o->there && (rng_below(&p->rng, 100) < 60 ||
		    v.modified <= o->v.modified))
			v = o->v;
		send_record(p, poll, i, &v);
		told(p, o, &v, (p->listed >> i & 1) != 0);
		listed |= 1u << i;
	}
	return end_poll(p, poll, listed, rng_below(&p->rng, 10) != 0);
}

/* ---- what the store says --------------------------------------------------- */

static bool
check_times(struct play *p, tw_snapshot *snap, const struct tw_claim *c,
    unsigned id)
{
	const struct object *o = &p->o[id];
	const struct time_here *t;
	struct tw_episode one;
	unsigned i;
	int rc;

	for (i = 0; i <= o->n && i <= EPISODES_KEPT; i++) {
		rc = tw_claim_episode(snap, c, i, &one);
		if (i == o->n || i == EPISODES_KEPT)
			return rc == TW_NOT_FOUND || wrong(p, id,
			    "one more time", rc, TW_NOT_FOUND);
		if (rc != TW_OK)
			return wrong(p, id, "a time before", rc, i);
		t = &o->before[o->n - 1 - i];
		if (one.from != t->from || one.to != t->to)
			return wrong(p, id, "a time before began, in hours",
			    (one.from - BEGIN) / HOUR,
			    (t->from - BEGIN) / HOUR);
		if (one.before != o->n || one.ended != t->why)
			return wrong(p, id, "why it ended", one.ended, t->why);
	}
	return true;
}

static bool
check_one(struct play *p, tw_snapshot *snap, unsigned id)
{
	const struct object *o = &p->o[id];
	struct tw_match m;
	struct tw_claim c;
	size_t found, n;
	char text[32];
	int state;

	snprintf(text, sizeof(text), "h%u.example", id);
	assert_int_equal(tw_lookup(snap, TW_TYPE_AUTO, text, TW_LENGTH,
	    TW_FIND_EXACT, &m, 1, &found), TW_OK);
	if (found != o->there)
		return wrong(p, id, "found", (intmax_t)found, o->there);
	if (!o->there)
		return true;
	assert_int_equal(tw_claims(snap, &m, &c, 1, &n), TW_OK);
	assert_int_equal(n, 1);
	state = o->ended ? TW_ENDED : p->now < end_now(p, o) ? TW_ACTIVE :
	    TW_EXPIRED;
	if (c.state != state)
		return wrong(p, id, "its state", c.state, state);
	if (c.first_seen != o->first)
		return wrong(p, id, "first seen, in hours",
		    (c.first_seen - BEGIN) / HOUR, (o->first - BEGIN) / HOUR);
	return check_times(p, snap, &c, id);
}

static bool
check(struct play *p)
{
	tw_snapshot *snap;
	bool ok = true;
	unsigned i;

	assert_int_equal(tw_snapshot_begin(p->r, &snap), TW_OK);
	tw_snapshot_at(snap, p->now);
	for (i = 0; i < OBJECTS && ok; i++)
		ok = check_one(p, snap, i);
	tw_snapshot_end(snap);
	return ok;
}

/* ---- sequences ---------------------------------------------------------------- */

static void
random_terms(struct play *p)
{
	static const uint8_t bases[] = {AGEING_FIRST_SEEN, AGEING_FIRST_SEEN,
	    AGEING_LAST_SEEN, AGEING_MODIFIED, AGEING_CREATED};
	static const uint8_t listings[] = {LISTING_WINDOW, LISTING_WINDOW,
	    LISTING_SNAPSHOT, LISTING_SNAPSHOT, LISTING_DELTA, LISTING_APPEND};

	p->listing = listings[rng_below(&p->rng, ARRAY_LEN(listings))];
	p->base = bases[rng_below(&p->rng, ARRAY_LEN(bases))];
	p->ttl = rng_below(&p->rng, 6) == 0 ? 0 :
	    (8 + rng_below(&p->rng, 60)) * HOUR;
	p->absent = 1 + rng_below(&p->rng, 2);
	p->revive = rng_below(&p->rng, 6) != 0;
}

static bool
play(uint64_t seed, char why[400])
{
	struct play p = {.rng = seed, .now = BEGIN};
	struct err e = ERR_INIT;
	struct tw_error te;
	bool ok = true;
	unsigned step;

	random_terms(&p);
	folder_make(&p.f);
	if (store_open(p.f.store, p.now, &p.s, &e) != 0)
		fail_msg("store_open: %s", e.text);
	assert_int_equal(tw_open(p.f.store, 0, &p.r, &te), TW_OK);
	for (step = 0; step < STEPS && ok; step++) {
		p.now += (1 + rng_below(&p.rng, 30)) * HOUR;
		ok = poll_once(&p) && check(&p);
		/* And as time goes on without any. */
		if (ok && rng_below(&p.rng, 3) == 0) {
			p.now += rng_below(&p.rng, 50) * HOUR;
			upkeep(&p);
			ok = check(&p);
		}
	}
	tw_close(p.r);
	store_close(p.s);
	folder_remove(&p.f);
	snprintf(why, 400, "step %u, listing %u, base %u, ttl %jd h, revive "
	    "%d: %s", step, p.listing, p.base, (intmax_t)(p.ttl / HOUR),
	    p.revive, p.why);
	return ok;
}

static void
test_what_comes_back(void **state)
{
	char why[400];
	unsigned long i;

	(void)state;
	for (i = 0; i < sequences; i++)
		if (!play(first_seed + i, why))
			fail_msg("seed %ju: %s", (uintmax_t)(first_seed + i),
			    why);
	/* Each kind of return was drawn, and often. */
	for (i = 0; i < ARRAY_LEN(drawn) && sequences >= 60; i++)
		assert_true(drawn[i] >= 20);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_comes_back),
	};
	const char *text = getenv("TAXIWAY_REVIVE");
	char *end;

	if (text != NULL) {
		first_seed = strtoull(text, &end, 10);
		sequences = *end != '\0' ? strtoul(end, NULL, 10) : 1;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
