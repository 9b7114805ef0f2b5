/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Is the listing that a poll has read to be believed?  The facts are gathered
 * here, credible_judge() decides, and what it refuses is put aside.
 */
#include <stdio.h>
#include <string.h>

#include "store/bytes.h"
#include "store/guard.h"
#include "store/presence.h"

#define POLLS_LOOKED_AT 200 /* for the sizes of the last believed ones */

/* Does what the poll lacks mean anything, if it is believed? */
bool
presence_is_whole(const struct source_rec *s, const struct store_end *end)
{
	if (end == NULL || !end->complete)
		return false;
	switch (end->extent) {
	case STORE_DOCUMENT:
		return s->listing == LISTING_SNAPSHOT;
	case STORE_WALK:
		return s->listing == LISTING_SNAPSHOT ||
		    s->listing == LISTING_DELTA;
	case STORE_SAME:
		return s->listing == LISTING_SNAPSHOT &&
		    s->complete_poll == s->polls - 1 && s->complete_poll != 0;
	default:
		return false;
	}
}

/* What was lost whole is listed, too: the feed has it, only nobody can read it.  Of
 * what the store knows already nothing is read again: it remembers its flaws. */
static void
count_records(const struct store_poll *p, uint64_t known_flawed,
    struct credible_facts *f)
{
	f->listed = p->progress.objects + p->lost;
	f->rejected = p->lost +
	    (p->flawed > known_flawed ? p->flawed : known_flawed);
	/* Counted by the fetcher, which is not trusted. */
	if (f->rejected > f->listed)
		f->rejected = f->listed;
}

/* Sizes of the last listings that were whole and believed, newest first. */
static int
sizes_read(struct apply *a, uint64_t sizes[CREDIBLE_SIZES], unsigned *n,
    struct err *e)
{
	struct poll_rec r;
	uint32_t poll = a->p->poll;
	unsigned looked;
	uint8_t k[6];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	*n = 0;
	be16_put(k, a->src.id);
	for (looked = 0; looked < POLLS_LOOKED_AT && *n < CREDIBLE_SIZES &&
	    --poll > 0 && poll >= a->src.sizes_from; looked++) {
		be32_put(k + 2, poll);
		rc = mdb_get(a->txn, a->env->dbi[TABLE_POLLS], &key, &val);
		if (rc == MDB_NOTFOUND)
			continue;
		if (rc != 0)
			return env_fail(e, a->env, rc, "reading polls");
		if (poll_rec_decode(a->src.id, poll,
		    (struct slice){val.mv_data, val.mv_size}, &r) != 0)
			return env_damaged(a->env, TABLE_POLLS, e);
		if (r.whole && r.held == HELD_NOT)
			sizes[(*n)++] = r.listed;
	}
	return 0;
}

static int
standing(struct apply *a, uint64_t *n, struct err *e)
{
	struct rows_key k = {.kind = ROWS_LIVE, .source = a->src.id};
	struct rows_rec r;
	int rc;

	for (*n = 0; (rc = rows_next(a->env, a->txn, &k, &r, e)) == 1;
	    k.chunk++)
		*n += rows_count(r.words);
	return rc;
}

/* Rows of a kind that this poll listed. */
static int
count_seen(struct apply *a, enum rows_kind kind, uint64_t *n, struct err *e)
{
	struct rows_key k = {.kind = (uint8_t)kind, .source = a->src.id};
	struct rows_rec r;
	const uint64_t *w;
	unsigned i;
	int rc;

	for (*n = 0; (rc = rows_next(a->env, a->txn, &k, &r, e)) == 1;
	    k.chunk++) {
		w = rowset_chunk(&a->p->seen, k.chunk);
		for (i = 0; w != NULL && i < ROWSET_WORDS; i++)
			*n += (uint64_t)__builtin_popcountll(
			    r.words[i] & w[i]);
	}
	return rc;
}

int
presence_facts(struct apply *a, const struct store_end *end,
    struct credible_facts *f, struct err *e)
{
	const struct guard *values = a->p->guards.values;
	uint64_t flawed;

	*f = (struct credible_facts){.open = end == NULL,
	    .whole = end != NULL ? presence_is_whole(&a->src, end) :
	    a->src.listing == LISTING_SNAPSHOT};
	if (count_seen(a, ROWS_CANARY, &f->canaries, e) != 0 ||
	    count_seen(a, ROWS_TOP, &f->tops, e) != 0 ||
	    count_seen(a, ROWS_FLAWED, &flawed, e) != 0)
		return -1;
	count_records(a->p, flawed, f);
	f->top_size = values != NULL ? guard_tops(values) : 0;
	if (!f->whole)
		return 0;
	f->grows = a->src.listing == LISTING_DELTA;
	if (sizes_read(a, f->sizes, &f->nsizes, e) != 0)
		return -1;
	if (end == NULL)
		return 0;
	f->declared = end->declared;
	f->has_declared = end->has_declared;
	/* It was judged when it came. */
	if (end->extent == STORE_SAME)
		f->listed = f->nsizes > 0 ? f->sizes[0] : 0;
	return f->listed == f->rejected ? standing(a, &f->standing, e) : 0;
}

static int
rows_forget(struct apply *a, enum rows_kind kind, struct err *e)
{
	static const struct rows_rec none;
	struct rows_key k = {.kind = (uint8_t)kind, .source = a->src.id};
	struct rows_rec r;
	int rc;

	for (; (rc = rows_next(a->env, a->txn, &k, &r, e)) == 1; k.chunk++) {
		if (rows_write(a->env, a->txn, &k, &none, e) != 0)
			return -1;
	}
	return rc;
}

/* What a held listing hid shows again, unless a person took the hiding over. */
static void
unhide(struct apply *a)
{
	struct source_rec *s = &a->src;

	if (s->held_hides != 0 && s->hidden_from == s->held_hides) {
		s->hidden_from = 0;
		apply_forget_terms(a, s->id);
		apply_unsettle(a);
		s->settle_why = WHY_RESTORED;
	}
	s->held_hides = 0;
	s->held_row = 0;
}

int
presence_pardon(struct apply *a, struct err *e)
{
	if (rows_forget(a, ROWS_CANARY, e) != 0 ||
	    rows_forget(a, ROWS_TOP, e) != 0 ||
	    rows_forget(a, ROWS_FLAWED, e) != 0)
		return -1;
	unhide(a);
	return 0;
}

int
presence_lift(struct apply *a, struct err *e)
{
	struct source_rec *s = &a->src;
	struct rows_key k = {.kind = ROWS_LEAVING, .source = s->id};
	struct rows_rec r;
	int rc;

	if (s->held_hides == 0 || s->held != HELD_NOT)
		return 0;
	rc = rows_next(a->env, a->txn, &k, &r, e);
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	unhide(a);
	return 0;
}

int
presence_release(struct apply *a, struct err *e)
{
	struct source_rec *s = &a->src;

	s->held = HELD_NOT;
	s->held_poll = s->held_times = 0;
	s->held_print = 0;
	s->held_text = SLICE("");
	return rows_forget(a, ROWS_HELD, e);
}

/* How often has this very listing been held in a row, this time included? */
static uint32_t
held_again(const struct source_rec *s, uint64_t print)
{
	if (s->held == HELD_NOT || s->held_print != print)
		return 1;
	return s->held_times < UINT32_MAX ? s->held_times + 1 : UINT32_MAX;
}

int
presence_hold(struct apply *a, const struct credible *c, uint64_t print,
    uint32_t times, struct err *e)
{
	struct store_poll *p = a->p;
	struct source_rec *s = &a->src;

	if (presence_release(a, e) != 0)
		return -1;
	credible_text(c, &p->guards.limits, p->held_text);
	if (c->why == HELD_CANARY && p->canary[0] != '\0')
		snprintf(p->held_text, sizeof(p->held_text),
		    "%s: %.63s must never be listed", held_name(c->why),
		    p->canary);
	memcpy(a->counts.held_text, p->held_text, sizeof(p->held_text));
	if (c->why == HELD_CANARY || c->why == HELD_TOP_LIST ||
	    c->why == HELD_LARGE)
		presence_hide(a);
	a->counts.held = (uint8_t)c->why;
	s->held = (uint8_t)c->why;
	s->held_poll = p->poll;
	s->held_times = times;
	s->held_print = print;
	s->held_text = slice_str(p->held_text);
	return rows_put(a->env, a->txn, ROWS_HELD, s->id, &p->seen, e);
}

int
presence_end(struct apply *a, const struct store_end *end, struct err *e)
{
	struct store_poll *p = a->p;
	const struct credible_limits *l = &p->guards.limits;
	struct presence_listing listing = {.seen = &p->seen, .poll = p->poll,
	    .time = a->now};
	struct credible_facts f;
	struct credible c;
	uint64_t print;
	uint32_t times;

	if (end == NULL)
		return 0;
	if (presence_return(a, &p->seen, e) != 0 ||
	    presence_heard(a, &p->seen, e) != 0)
		return -1;
	if (!end->complete)
		return 0;
	if (presence_facts(a, end, &f, e) != 0)
		return -1;
	if (f.whole)
		a->counts.listed = f.listed;
	a->counts.whole = f.whole;
	c = credible_judge(&f, l);
	if (c.why != HELD_NOT) {
		/* Never that of a listing which was held as it came. */
		print = rowset_digest(&p->seen, f.listed) << 1 | 1;
		times = held_again(&p->stored, print);
		if (!l->repeat_accept || times < l->repeats)
			return presence_hold(a, &c, print, times, e);
		if (presence_pardon(a, e) != 0)
			return -1;
		/* Said often enough: this is what the source is now, whatever
		 * was thought of its records as they came. */
		a->counts.held = HELD_NOT;
		a->counts.held_text[0] = '\0';
		a->src.sizes_from = p->poll;
		listing.confirmed = true;
	}
	if (presence_note(a, end, e) != 0)
		return -1;
	if (!f.whole)
		return 0;
	if (end->extent == STORE_SAME)
		listing.seen = NULL;
	if (a->src.held_hides != 0)
		listing.fresh = a->src.held_row;
	if (presence_release(a, e) != 0 ||
	    presence_listed(a, &listing, e) != 0)
		return -1;
	return presence_lift(a, e);
}
