/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/allow_write.h"
#include "store/rollback.h"
#include "store/sighting.h"
#include "store/upkeep.h"
#include "store/wall.h"
#include "tests/unit/life_play.h"

static const char *const names[LIFE_SOURCES] = {"s0", "s1", "s2", "s3"};

/* The clock of everything that is read in this process. */
static int64_t wall_clock;

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

int
__wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	if (id != CLOCK_REALTIME || wall_clock == 0)
		return __real_clock_gettime(id, ts);
	ts->tv_sec = (time_t)(wall_clock / TSTAMP_SECOND);
	ts->tv_nsec = 0;
	return 0;
}

bool
play_wrong(struct play *p, const char *fmt, ...)
{
	va_list ap;
	int n;

	if (p->why[0] != '\0')
		return false;
	n = snprintf(p->why, sizeof(p->why), "step %u: ", p->step);
	va_start(ap, fmt);
	vsnprintf(p->why + n, sizeof(p->why) - (size_t)n, fmt, ap);
	va_end(ap);
	return false;
}

static void trace(const struct play *p, const char *fmt, ...) CC_PRINTF(2, 3);

static void
trace(const struct play *p, const char *fmt, ...)
{
	va_list ap;

	if (!p->trace)
		return;
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
}

static void
set_clock(struct play *p, int64_t now)
{
	p->l.now = wall_clock = now;
}

/* ---- telling a store what the model is told -------------------------------- */

static void
line_of(const struct life_line *l, uint8_t type, struct ageing *a)
{
	if (!l->there)
		return;
	a->lines[a->nlines++] = (struct ageing_line){.type = type,
	    .base = l->base, .threshold = l->threshold,
	    .unstated = l->unstated, .delta = l->delta, .ttl = l->ttl,
	    .tau = l->tau};
}

static void
ageing_of(const struct life_terms *t, struct ageing *a)
{
	ageing_default(a);
	a->until = t->until;
	a->never = t->never;
	a->max_validity = t->max_validity;
	a->max_future = t->max_future;
	a->freeze = t->freeze;
	a->expected = t->expected;
	line_of(&t->address, VALUE_IPV4, a);
	line_of(&t->other, VALUE_NONE, a);
}

static void
encode(struct play *p, unsigned id, const struct life_version *v)
{
	struct object_rec head = {.id = id_of(STIX_INDICATOR, id),
	    .flags = (uint16_t)((v->claims ? OBJ_CLAIMS : 0) |
	        (v->revoked ? OBJ_REVOKED : 0) |
	        (v->benign ? OBJ_BENIGN : 0)),
	    .confidence = v->confidence, .tlp = v->tlp, .created = v->created,
	    .modified = v->modified, .valid_from = v->from,
	    .valid_until = v->until, .hash = v->hash};
	struct object_value ov;
	unsigned i;

	buf_reset(&p->rec);
	object_rec_begin(&p->rec, &head);
	for (i = 0; i < v->nvalues; i++) {
		ov = (struct object_value){.value = p->l.values[v->value[i]],
		    .oflags = v->compound[i] ? OVF_COMPOUND : 0};
		object_rec_add_value(&p->rec, &ov);
	}
}

struct polling {
	struct play *p;
	struct store_poll *poll;
	struct life_tell t;
	uint64_t rng;
	uint64_t objects;
};

/* For people; what is not stated lies far away. */
static intmax_t
hours_of(int64_t t)
{
	return t / LIFE_HOUR - LIFE_EPOCH / LIFE_HOUR;
}

static bool
tell_one(struct polling *x, unsigned id, const struct life_version *v,
    bool ask)
{
	struct play *p = x->p;
	struct idkey key = id_of(STIX_INDICATOR, id);
	struct err e = ERR_INIT;
	uint8_t known = 0;

	trace(p, "  #%u hash %jx modified %jd from %jd until %jd%s%s%s "
	    "conf %u tlp %u:", id, (uintmax_t)v->hash & 0xffff,
	    hours_of(v->modified),
	    hours_of(v->from),
	    hours_of(v->until),
	    v->revoked ? " revoked" : "", v->benign ? " benign" : "",
	    v->claims ? "" : " no claims", v->confidence, v->tlp);
	for (unsigned i = 0; i < v->nvalues; i++)
		trace(p, " %s%s", v->compound[i] ? "&" : "",
		    p->l.text[v->value[i]]);
	trace(p, "%s\n", ask ? " (ask)" : "");
	if (ask && store_known(x->poll, &key, &v->hash, 1, &known, &e) != 0)
		return play_wrong(p, "store_known: %s", e.text);
	encode(p, id, v);
	if (known != 0)
		store_poll_unchanged(x->poll, 1);
	else if (store_batch_add(x->poll, buf_view(&p->rec), &e) != 0)
		return play_wrong(p, "store_batch_add: %s", e.text);
	life_poll_tell(&p->l, &x->t, id, v, known == 0);
	return true;
}

static bool
tell_commit(struct polling *x)
{
	struct err e = ERR_INIT;

	trace(x->p, "  commit\n");
	if (store_batch_commit(x->poll, NULL, NULL, x->p->l.now, &e) != 0)
		return play_wrong(x->p, "commit: %s", e.text);
	life_poll_commit(&x->p->l, &x->t);
	play_note(x->p);
	return true;
}

static bool
tell_object(struct polling *x, unsigned id)
{
	struct life_object *o = &x->p->l.s[x->t.source].o[id];
	bool again = rng_below(&x->rng, 100) < 60, ask;
	struct life_version v;

	x->objects++;
	ask = rng_below(&x->rng, 2) == 0;
	life_random_version(&x->p->l, &x->rng, &v);
	if (again && o->nversions != 0)
		v = o->version[o->nversions - 1].v;
	if (!tell_one(x, id, &v, ask && o->nversions != 0))
		return false;
	if (rng_below(&x->rng, 100) >= 5)
		return true;
	/* It is there twice: this need not be the newer one. */
	life_random_version(&x->p->l, &x->rng, &v);
	return tell_one(x, id, &v, false);
}

static bool
tell_listing(struct polling *x)
{
	static const unsigned shares[] = {100, 100, 85, 85, 50, 20, 0};
	unsigned share = shares[rng_below(&x->rng, 7)], id;

	for (id = 0; id < LIFE_IDS; id++) {
		if (rng_below(&x->rng, 100) >= share)
			continue;
		if (!tell_object(x, id))
			return false;
		if (rng_below(&x->rng, 100) < 12 && !tell_commit(x))
			return false;
	}
	return true;
}

static bool
same_counts(struct polling *x, const struct store_counts *c)
{
	const struct life_counts *m = &x->t.counts;
	const struct {
		const char *what;
		uint64_t store, model;
	} rows[] = {
	    {"added", c->added, m->added}, {"updated", c->updated, m->updated},
	    {"unchanged", c->unchanged, m->unchanged},
	    {"older", c->older, m->older}, {"revoked", c->revoked, m->revoked},
	    {"stale", c->stale, m->stale},
	    {"missing", c->missing, m->missing},
	    {"withdrawn", c->withdrawn, m->withdrawn},
	    {"returned", c->returned, m->returned},
	    {"rejected", c->rejected, m->rejected},
	    {"held", c->held != HELD_NOT, m->held},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].store != rows[i].model)
			return play_wrong(x->p, "the poll counts %ju %s, the "
			    "model %ju", (uintmax_t)rows[i].store,
			    rows[i].what, (uintmax_t)rows[i].model);
	}
	return true;
}

static enum life_extent
extent_of(struct polling *x, unsigned kind)
{
	uint8_t listing = x->p->l.s[x->t.source].wanted.listing;

	if (kind == LIFE_SAME)
		return LIFE_AGAIN;
	switch (listing) {
	case LISTING_SNAPSHOT:
		return rng_below(&x->rng, 10) == 0 ? LIFE_WALK : LIFE_DOCUMENT;
	case LISTING_DELTA:
		return rng_below(&x->rng, 2) == 0 ? LIFE_WALK : LIFE_PART_OF;
	default:
		return rng_below(&x->rng, 2) == 0 ? LIFE_DOCUMENT :
		    LIFE_PART_OF;
	}
}

/* Records that are no good, and how many the listing says that it has. */
static void
tell_numbers(struct polling *x, enum life_extent extent,
    struct store_end *end)
{
	unsigned n = rng_below(&x->rng, 8);

	if (extent == LIFE_AGAIN || !end->complete)
		return;
	if (rng_below(&x->rng, 5) == 0 && n != 0) {
		x->t.rejected = n;
		store_poll_reject(x->poll, REJECT_JSON, LOSS_ENTRY, n);
		trace(x->p, "  %u records are no good\n", n);
	}
	if (rng_below(&x->rng, 5) != 0)
		return;
	x->t.declares = end->has_declared = true;
	x->t.declared = (unsigned)x->objects + x->t.rejected +
	    (rng_below(&x->rng, 4) == 0);
	end->declared = x->t.declared;
	trace(x->p, "  %u declared\n", x->t.declared);
}

static bool
poll_end(struct polling *x, unsigned kind)
{
	static const enum store_extent extents[] = {STORE_PART,
	    STORE_DOCUMENT, STORE_WALK, STORE_SAME};
	enum life_extent extent = extent_of(x, kind);
	struct store_end end = {.complete = kind != LIFE_CUT,
	    .extent = extents[extent], .state = kind == LIFE_CUT ?
	        SOURCE_FAILING : SOURCE_OK,
	    .error = kind == LIFE_CUT ? "cut off" : NULL};
	struct store_counts counts;
	struct err e = ERR_INIT;
	struct store_poll *poll = x->poll;

	tell_numbers(x, extent, &end);
	/* Records of the listing, not versions. */
	end.progress.objects = x->objects;
	trace(x->p, "  end, extent %d%s\n", extent,
	    end.complete ? "" : ", cut off");
	x->poll = NULL;
	if (store_poll_end(poll, &end, x->p->l.now, &counts, &e) != 0)
		return play_wrong(x->p, "store_poll_end: %s", e.text);
	/* One commit, which tells the log before the source is what it is. */
	life_poll_commit(&x->p->l, &x->t);
	play_note(x->p);
	life_poll_end(&x->p->l, &x->t, kind != LIFE_CUT, extent);
	return same_counts(x, &counts);
}

static bool
begin(struct polling *x, unsigned source)
{
	struct play *p = x->p;
	struct life_terms *t = &p->l.s[source].wanted;
	struct store_guards guards = {.absent_polls = t->absent_polls,
	    .absent_grace = t->grace, .values = p->guard,
	    .limits = {.may_be_empty = !t->strict,
	    .shrink = t->strict ? 50 : 0, .grow = 1000,
	    .reject = t->strict ? 50 : 100,
	    .top_share = 100, .repeats = t->repeats,
	    .repeat_accept = t->repeats != 0}};
	static const char *const groups[] = {NULL, "g1", "g2"};
	struct ageing ageing;
	struct store_source src = {.name = names[source], .kind = "stix",
	    .url = "", .collection = "", .default_tlp = t->tlp,
	    .listing = t->listing, .reliability = t->reliability,
	    .group = groups[t->group], .ageing = &ageing, .guards = &guards};
	bool may = life_may_poll(&p->l.s[source]);
	struct err e = ERR_INIT;

	ageing_of(t, &ageing);
	if (store_poll_begin(p->s, &src, p->l.now, &x->poll, &e) != 0) {
		x->poll = NULL;
		return may ? play_wrong(p, "no poll: %s", e.text) : true;
	}
	if (!may)
		return play_wrong(p, "a source that was rolled back is polled");
	life_poll_begin(&p->l, source, &x->t);
	return true;
}

static bool open_all(struct play *p);
static void close_all(struct play *p);

/* Nothing is left of this process but what lies on the disk by now. */
static bool
crash(struct polling *x)
{
	struct play *p = x->p;
	struct folder to;
	bool ok = play_copy(p, &to);

	trace(p, "  crash\n");
	store_poll_drop(x->poll);
	x->poll = NULL;
	close_all(p);
	folder_remove(&p->f);
	p->f = to;
	return open_all(p) && ok;
}

static bool
poll_rest(struct polling *x, unsigned kind)
{
	if (kind != LIFE_SAME && !tell_listing(x))
		return false;
	if (kind != LIFE_KILLED)
		return poll_end(x, kind);
	return tell_commit(x) && (rng_below(&x->rng, 2) != 0 || crash(x));
}

static bool
do_poll(struct play *p, const struct life_step *step)
{
	struct polling x = {.p = p, .rng = step->seed};
	struct life_source *s = &p->l.s[step->source];
	bool ok;

	if (s->polls + 2 >= LIFE_POLLS)
		return true;
	if (!begin(&x, step->source))
		return false;
	if (x.poll == NULL)
		return true;
	trace(p, " poll %u of %s, listing %s%s, repeats %u\n", x.t.poll,
	    names[step->source], listing_name(s->wanted.listing),
	    s->wanted.strict ? ", strict" : "", s->wanted.repeats);
	if (rng_below(&x.rng, 3) == 0)
		set_clock(p, p->l.now + LIFE_HOUR);
	ok = poll_rest(&x, step->kind);
	store_poll_drop(x.poll);
	return ok;
}

/* ---- what people do ---------------------------------------------------------- */

/* An action on a source that is not there is refused. */
static bool
result(struct play *p, const struct life_step *step, const char *what, int rc,
    const struct err *e)
{
	bool there = p->l.s[step->source].there;

	if (rc != 0 && there)
		return play_wrong(p, "%s: %s", what, e->text);
	if (rc == 0 && !there)
		return play_wrong(p, "%s of a source that is not there", what);
	return true;
}

static bool
do_rollback(struct play *p, const struct life_step *step)
{
	struct life_source *s = &p->l.s[step->source];
	uint64_t rng = step->seed;
	uint32_t poll = s->polls == 0 ? 1 : 1 + rng_below(&rng, s->polls);
	struct err e = ERR_INIT;
	int rc;

	trace(p, " rollback of %s to before %u\n", names[step->source], poll);
	rc = store_rollback(p->s, names[step->source], poll, p->l.now, &e);
	if (s->there && rc == 0) {
		s->hidden = poll;
		s->held_hides = 0;
	}
	return result(p, step, "rollback", rc, &e);
}

static bool
do_restore(struct play *p, const struct life_step *step)
{
	struct life_source *s = &p->l.s[step->source];
	struct err e = ERR_INIT;
	uint32_t poll = 0, was = s->hidden;
	int rc;

	rc = store_restore(p->s, names[step->source], p->l.now, &poll, &e);
	if (s->there && rc == 0) {
		s->hidden = 0;
		s->held_hides = 0;
		if (poll != was)
			return play_wrong(p, "restored from poll %u, not %u",
			    poll, was);
	}
	return result(p, step, "restore", rc, &e);
}

static bool
do_forget(struct play *p, const struct life_step *step)
{
	struct life_source *s = &p->l.s[step->source];
	struct life_terms wanted = s->wanted;
	struct err e = ERR_INIT;
	int rc;

	rc = store_forget(p->s, names[step->source], p->l.now, &e);
	if (!result(p, step, "forget", rc, &e))
		return false;
	p->l.forgetting = p->l.forgetting || s->there;
	memset(s, 0, sizeof(*s));
	s->wanted = wanted;
	return true;
}

static bool
do_accept(struct play *p, const struct life_step *step)
{
	struct life_source *s = &p->l.s[step->source];
	struct store_counts c;
	struct err e = ERR_INIT;
	int rc;

	rc = store_accept(p->s, names[step->source], p->l.now, &c, &e);
	if (!result(p, step, "accept", rc, &e) || rc != 0)
		return p->why[0] == '\0';
	if ((c.held != HELD_NOT) != s->held)
		return play_wrong(p, "accepting '%s', held by the model: %d",
		    held_name(c.held), s->held);
	life_accept(&p->l, step->source);
	return true;
}

static bool
do_seen(struct play *p, const struct life_step *step)
{
	uint64_t rng = step->seed;
	unsigned value = rng_below(&rng, LIFE_VALUES);
	const struct value *v = &p->l.values[value];
	int64_t at = p->l.now - rng_below(&rng, 4) * LIFE_HOUR;
	const struct sighted what = {(uint8_t)v->type, v->prefix,
	    {(const char *)v->key, v->keylen}};
	const struct sighting one = {1, at, at};
	struct life_verdict all;
	struct err e = ERR_INIT;
	bool known, must = false;
	unsigned i;

	trace(p, " %s is seen\n", p->l.text[value]);
	life_verdict(&p->l, value, p->l.now, &all);
	if (store_seen(p->s, &what, &one, SLICE("us"), p->l.now, &known,
	    &e) != 0)
		return play_wrong(p, "store_seen: %s", e.text);
	for (i = 0; i < all.n; i++)
		must = must || !all.claim[i].old;
	if (must && !known)
		return play_wrong(p, "%s is not known", p->l.text[value]);
	if (known && at > p->l.met[value])
		p->l.met[value] = at;
	return true;
}

static struct undo_value
allow_name(const struct value *v)
{
	return (struct undo_value){(uint8_t)v->type, v->prefix,
	    {(const char *)v->key, v->keylen}};
}

static bool
do_allow(struct play *p, const struct life_step *step)
{
	uint64_t rng = step->seed;
	unsigned entry = rng_below(&rng, LIFE_ALLOWS);
	struct life_allow *a = &p->l.allow[entry];
	struct value v = life_allow_value(&p->l, entry);
	struct undo_value name = allow_name(&v);
	struct allow_own own = {.mode = ALLOW_INFORM, .added = p->l.now,
	    .who = SLICE("us"), .reason = SLICE("ours")};
	struct err e = ERR_INIT;

	life_random_allow(&p->l, &rng, entry, a);
	own.expires = a->expires;
	if (a->blocks)
		own.mode = ALLOW_BLOCK;
	trace(p, " entry %u, scope %u, %s, until %jd\n", entry, a->scope,
	    allow_mode_name(own.mode), hours_of(a->expires));
	return store_allow_add(p->s, &name, a->scope, &own, &e) == 0 ||
	    play_wrong(p, "allow add: %s", e.text);
}

static bool
do_disallow(struct play *p, const struct life_step *step)
{
	uint64_t rng = step->seed;
	unsigned entry = rng_below(&rng, LIFE_ALLOWS);
	struct value v = life_allow_value(&p->l, entry);
	struct undo_value name = allow_name(&v);
	struct err e = ERR_INIT;
	bool found;

	trace(p, " entry %u\n", entry);
	if (store_allow_remove(p->s, &name, &found, &e) != 0)
		return play_wrong(p, "allow remove: %s", e.text);
	if (found != p->l.allow[entry].there)
		return play_wrong(p, "an entry is there, or not");
	p->l.allow[entry].there = false;
	return true;
}

/* ---- time, and what is done in it -------------------------------------------- */

static bool
do_clock(struct play *p, const struct life_step *step)
{
	static const int64_t hours[] = {1, 1, 3, 6, 12, 24, 48, 120, 400, -1,
	    -5, -30};
	uint64_t rng = step->seed;

	set_clock(p, p->l.now + hours[rng_below(&rng, ARRAY_LEN(hours))] *
	    LIFE_HOUR);
	if (p->l.now < LIFE_EPOCH)
		set_clock(p, LIFE_EPOCH);
	/* No history ends within the sequence. */
	if (p->l.now > LIFE_EPOCH + LIFE_LONGEST)
		set_clock(p, LIFE_EPOCH + LIFE_LONGEST);
	return true;
}

static bool
do_upkeep(struct play *p, const struct life_step *step)
{
	struct err e = ERR_INIT;
	bool more = true;
	unsigned n;

	(void)step;
	for (n = 0; more; n++) {
		if (store_upkeep(p->s, p->l.now, &more, &e) != 0)
			return play_wrong(p, "upkeep: %s", e.text);
		if (n > 500)
			return play_wrong(p, "upkeep never ends");
	}
	life_upkeep(&p->l);
	p->swept = true;
	return true;
}

/* One transaction: how far it came is asked of the store. */
static bool
do_part(struct play *p, const struct life_step *step)
{
	struct err e = ERR_INIT;
	bool more, pending;
	unsigned s, what;

	(void)step;
	if (store_upkeep(p->s, p->l.now, &more, &e) != 0)
		return play_wrong(p, "upkeep: %s", e.text);
	for (s = 0; s < LIFE_SOURCES; s++) {
		for (what = LIFE_LEAVES; what <= LIFE_RETURNS; what++) {
			if (!play_pending(p, s, (int)what, &pending))
				return false;
			if (!pending)
				life_upkeep_of(&p->l, s, (int)what);
		}
	}
	return play_forgetting(p, &p->l.forgetting);
}

static bool
do_terms(struct play *p, const struct life_step *step)
{
	uint64_t rng = step->seed;
	struct life_terms *t = &p->l.s[step->source].wanted;
	uint8_t listing = t->listing;

	life_random_terms(&rng, t);
	/* Most sources stay what they are. */
	if (rng_below(&rng, 4) != 0)
		t->listing = listing;
	return true;
}

static bool
open_all(struct play *p)
{
	const struct wall_boot boot = {.id = "one boot", .ticks = LIFE_HOUR};
	struct err e = ERR_INIT;
	struct tw_error te;

	if (store_open(p->f.store, p->l.now, &p->s, &e) != 0)
		return play_wrong(p, "store_open: %s", e.text);
	if (p->walled)
		store_wall(p->s, &boot);
	if (tw_open(p->f.store, 0, &p->r, &te) != TW_OK)
		return play_wrong(p, "tw_open: %s", te.text);
	if (tw_snapshot_begin(p->r, &p->snap) != TW_OK)
		return play_wrong(p, "tw_snapshot_begin");
	return true;
}

static void
close_all(struct play *p)
{
	tw_snapshot_end(p->snap);
	tw_close(p->r);
	store_close(p->s);
	p->snap = NULL;
	p->r = NULL;
	p->s = NULL;
}

static bool
do_reopen(struct play *p, const struct life_step *step)
{
	(void)step;
	close_all(p);
	return open_all(p);
}

static const struct {
	const char *name;
	bool (*play)(struct play *p, const struct life_step *step);
} kinds[LIFE_KINDS] = {
    [LIFE_POLL] = {"poll", do_poll},
    [LIFE_CUT] = {"poll that breaks off", do_poll},
    [LIFE_KILLED] = {"poll that is killed", do_poll},
    [LIFE_SAME] = {"poll: not modified", do_poll},
    [LIFE_SEEN] = {"seen", do_seen},
    [LIFE_ROLLBACK] = {"rollback", do_rollback},
    [LIFE_RESTORE] = {"restore", do_restore},
    [LIFE_FORGET] = {"forget", do_forget},
    [LIFE_ACCEPT] = {"accept", do_accept},
    [LIFE_TERMS] = {"other terms", do_terms},
    [LIFE_ALLOW] = {"allow", do_allow},
    [LIFE_DISALLOW] = {"allow no more", do_disallow},
    [LIFE_CLOCK] = {"clock", do_clock},
    [LIFE_UPKEEP] = {"upkeep", do_upkeep},
    [LIFE_PART] = {"part of upkeep", do_part},
    [LIFE_REOPEN] = {"reopen", do_reopen},
};

bool
play_step(struct play *p, const struct life_step *step)
{
	p->swept = false;
	trace(p, "%u: %s %s\n", p->step, kinds[step->kind].name,
	    names[step->source]);
	if (!kinds[step->kind].play(p, step) || !play_check(p))
		return false;
	trace(p, "  now %jd\n",
	    (intmax_t)((p->l.now - LIFE_EPOCH) / LIFE_HOUR));
	return step->kind < LIFE_UPKEEP || play_verify(p);
}

static bool
set_up(struct play *p, uint64_t seed)
{
	struct err e = ERR_INIT;
	unsigned i;

	life_make(&p->l);
	p->walled = seed % 2 == 0;
	set_clock(p, LIFE_EPOCH);
	for (i = 0; i < LIFE_SOURCES; i++)
		life_random_terms(&seed, &p->l.s[i].wanted);
	folder_make(&p->f);
	buf_init(&p->rec, LIMIT_RECORD);
	p->guard = guard_new();
	if (p->guard == NULL || guard_add(p->guard, GUARD_CANARY,
	    &p->l.values[LIFE_CANARY], &e) != 0)
		return play_wrong(p, "guard: %s", e.text);
	return open_all(p);
}

bool
play_all(uint64_t seed, const struct life_step *steps, unsigned n, bool trace,
    char why[600])
{
	static struct play p;
	bool ok;

	memset(&p, 0, sizeof(p));
	p.trace = trace;
	ok = set_up(&p, seed);
	for (p.step = 0; ok && p.step < n; p.step++)
		ok = play_step(&p, &steps[p.step]);
	if (ok)
		ok = do_upkeep(&p, NULL) && play_check(&p) && play_verify(&p);
	close_all(&p);
	guard_free(p.guard);
	buf_free(&p.rec);
	folder_remove(&p.f);
	wall_clock = 0;
	memcpy(why, p.why, sizeof(p.why));
	return ok;
}
