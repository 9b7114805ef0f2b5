/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a listing makes of the rows of its source when it has come to its end.
 *
 * A whole listing that is believed is numbered (source_rec.walks).  Live rows
 * that it lacks form a group of that number; a row that is listed again leaves
 * its group.  A group that enough listings confirmed, and that is old enough,
 * goes to those that upkeep withdraws.  Age is measured between listings and not
 * by the clock: while a source is out of order nothing of it is withdrawn.
 */
#include "store/presence.h"

#include <string.h>

#include "store/bytes.h"

struct ending {
	struct apply *a;
	const struct rowset *seen;
	struct rowset live, known;
	uint32_t poll;
	int64_t now;
	uint64_t fresh;  /* rows from here on leave at once; 0: none do */
};

static const uint64_t *
chunk_or_none(const struct rowset *s, uint32_t chunk)
{
	static const uint64_t none[ROWSET_WORDS];
	const uint64_t *w = rowset_chunk(s, chunk);

	return w != NULL ? w : none;
}

/* Groups lose what was listed or has ended; `known` gets what is left. */
static int
groups_shrink(struct ending *x, enum rows_kind kind, struct err *e)
{
	struct apply *a = x->a;
	struct rows_key k = {.kind = (uint8_t)kind, .source = a->src.id};
	const uint64_t *live, *seen;
	struct rows_rec r;
	uint64_t *known, lost;
	unsigned i;
	int rc;

	for (; (rc = rows_next(a->env, a->txn, &k, &r, e)) == 1; k.chunk++) {
		live = chunk_or_none(&x->live, k.chunk);
		seen = chunk_or_none(x->seen, k.chunk);
		known = rowset_room(&x->known, k.chunk);
		if (known == NULL)
			return err_set(e, ERR_MEMORY, "no memory for the rows "
			    "of a source");
		for (i = 0, lost = 0; i < ROWSET_WORDS; i++) {
			lost |= r.words[i] & (seen[i] | ~live[i]);
			r.words[i] &= live[i] & ~seen[i];
			known[i] |= r.words[i];
		}
		if (lost != 0 && rows_write(a->env, a->txn, &k, &r, e) != 0)
			return -1;
	}
	return rc;
}

/* Live rows that are neither listed nor in a group are one from now on. */
static int
group_found(struct ending *x, struct err *e)
{
	struct apply *a = x->a;
	struct rows_key k = {.kind = ROWS_MISSING, .source = a->src.id,
	    .walk = a->src.walks};
	const uint64_t *live, *seen, *known;
	struct rows_rec r = {.poll = x->poll, .time = x->now};
	unsigned i, n;

	for (; k.chunk < x->live.n; k.chunk++) {
		live = rowset_chunk(&x->live, k.chunk);
		if (live == NULL)
			continue;
		seen = chunk_or_none(x->seen, k.chunk);
		known = chunk_or_none(&x->known, k.chunk);
		for (i = 0; i < ROWSET_WORDS; i++)
			r.words[i] = live[i] & ~seen[i] & ~known[i];
		n = rows_count(r.words);
		a->counts.missing += n;
		if (n != 0 && rows_write(a->env, a->txn, &k, &r, e) != 0)
			return -1;
	}
	return 0;
}

static bool
group_is_due(const struct ending *x, uint32_t walk, int64_t time)
{
	const struct source_rec *s = &x->a->src;

	return s->walks - walk + 1 >= s->absent_polls &&
	    x->now - time >= s->absent_grace;
}

/* Leave in *due the rows that are fresh, and in *r the others. */
static void
split_fresh(const struct ending *x, uint32_t chunk, struct rows_rec *r,
    struct rows_rec *due)
{
	uint64_t row = (uint64_t)chunk * ROWSET_CHUNK;
	unsigned i, bit;

	*due = *r;
	for (i = 0; i < ROWSET_WORDS; i++, row += 64) {
		if (x->fresh == 0 || row + 64 <= x->fresh)
			due->words[i] = 0;
		for (bit = 0; bit < 64 && row + bit < x->fresh; bit++)
			due->words[i] &= ~(UINT64_C(1) << bit);
		r->words[i] &= ~due->words[i];
	}
}

/* Put the rows of a group among those that upkeep withdraws. */
static int
group_leave(struct ending *x, const struct rows_key *from,
    const struct rows_rec *group, struct err *e)
{
	struct apply *a = x->a;
	struct rows_key to = *from;
	struct rows_rec r;
	unsigned i;

	to.kind = ROWS_LEAVING;
	to.walk = a->src.walks;
	if (rows_read(a->env, a->txn, &to, &r, e) != 0)
		return -1;
	for (i = 0; i < ROWSET_WORDS; i++)
		r.words[i] |= group->words[i];
	r.poll = x->poll;
	r.time = x->now;
	a->counts.withdrawn += rows_count(group->words);
	return rows_write(a->env, a->txn, &to, &r, e);
}

/* What is missing after all this; `all`: a person confirmed the listing. */
static int
groups_due(struct ending *x, bool all, struct err *e)
{
	struct apply *a = x->a;
	struct rows_key k = {.kind = ROWS_MISSING, .source = a->src.id};
	struct rows_rec r, due;
	int rc;

	a->src.missing = 0;
	for (; (rc = rows_next(a->env, a->txn, &k, &r, e)) == 1; k.chunk++) {
		if (all || group_is_due(x, k.walk, r.time)) {
			due = r;
			memset(r.words, 0, sizeof(r.words));
		} else {
			split_fresh(x, k.chunk, &r, &due);
		}
		a->src.missing += rows_count(r.words);
		if (rows_empty(due.words))
			continue;
		if (group_leave(x, &k, &due, e) != 0 ||
		    rows_write(a->env, a->txn, &k, &r, e) != 0)
			return -1;
	}
	return rc;
}

/* What was to return and is not listed any more stays away. */
static int
returning_shrink(struct ending *x, struct err *e)
{
	struct apply *a = x->a;
	struct rows_key k = {.kind = ROWS_RETURNING, .source = a->src.id};
	const uint64_t *seen;
	struct rows_rec r;
	uint64_t lost;
	unsigned i;
	int rc;

	for (; (rc = rows_next(a->env, a->txn, &k, &r, e)) == 1; k.chunk++) {
		seen = chunk_or_none(x->seen, k.chunk);
		for (i = 0, lost = 0; i < ROWSET_WORDS; i++) {
			lost |= r.words[i] & ~seen[i];
			r.words[i] &= seen[i];
		}
		if (lost != 0 && rows_write(a->env, a->txn, &k, &r, e) != 0)
			return -1;
	}
	return rc;
}

int
presence_listed(struct apply *a, const struct presence_listing *l,
    struct err *e)
{
	struct ending x = {.a = a, .seen = l->seen, .poll = l->poll,
	    .now = l->time, .fresh = l->fresh};
	int rc = -1;

	rowset_init(&x.live);
	rowset_init(&x.known);
	a->src.walks++;
	/* The same listing again: every row is where it was. */
	if (l->seen == NULL)
		return groups_due(&x, false, e);
	if (rows_load(a->env, a->txn, ROWS_LIVE, a->src.id, &x.live, e) == 0 &&
	    groups_shrink(&x, ROWS_MISSING, e) == 0 &&
	    groups_shrink(&x, ROWS_LEAVING, e) == 0 &&
	    returning_shrink(&x, e) == 0 && group_found(&x, e) == 0)
		rc = groups_due(&x, l->confirmed, e);
	rowset_free(&x.live);
	rowset_free(&x.known);
	return rc;
}

/* Those of the rows of a chunk that are listed again, and not returning yet. */
static bool
chunk_return(struct rows_rec *r, const uint64_t *seen, const uint64_t *known)
{
	uint64_t any = 0;
	unsigned i;

	for (i = 0; i < ROWSET_WORDS; i++) {
		r->words[i] &= seen[i] & ~known[i];
		any |= r->words[i];
	}
	return any != 0;
}

static int
return_rows(struct apply *a, const struct rowset *seen,
    const struct rowset *known, struct err *e)
{
	struct rows_key k = {.kind = ROWS_WITHDRAWN, .source = a->src.id};
	struct rows_key to = {.kind = ROWS_RETURNING, .source = a->src.id,
	    .walk = a->p->poll};
	struct rows_rec r;
	int rc;

	for (; (rc = rows_next(a->env, a->txn, &k, &r, e)) == 1; k.chunk++) {
		if (!chunk_return(&r, chunk_or_none(seen, k.chunk),
		    chunk_or_none(known, k.chunk)))
			continue;
		to.chunk = k.chunk;
		r.poll = a->p->poll;
		r.time = a->now;
		a->counts.returned += rows_count(r.words);
		if (rows_write(a->env, a->txn, &to, &r, e) != 0)
			return -1;
	}
	return rc;
}

/* Leave of the rows of a chunk those that have expired. */
static int
keep_expired(struct apply *a, uint32_t chunk, struct rows_rec *r,
    struct err *e)
{
	struct episodes times;
	struct object_rec o;
	unsigned i, bit;
	enum episode_return how;
	uint64_t left;

	for (i = 0; i < ROWSET_WORDS; i++) {
		for (left = r->words[i]; left != 0; left &= left - 1) {
			bit = (unsigned)__builtin_ctzll(left);
			if (apply_object(a, (uint64_t)chunk * ROWSET_CHUNK +
			    i * 64 + bit, &o, NULL, e) != 0 ||
			    episode_begin(a, (uint64_t)chunk * ROWSET_CHUNK +
			    i * 64 + bit, &o, &o, a->p->poll, &times, &how,
			    e) != 0)
				return -1;
			if (how == EPISODE_STAYS)
				r->words[i] &= ~(UINT64_C(1) << bit);
		}
	}
	return 0;
}

/* What a window lists is said anew: of what had expired, another time begins, or
 * the same goes on where it never left the listing.  (A snapshot's listing must
 * lack it first, and what only adds lists what is over for ever.) */
static int
return_expired(struct apply *a, const struct rowset *seen,
    const struct rowset *known, struct err *e)
{
	struct rows_key k = {.kind = ROWS_LIVE, .source = a->src.id}, to;
	struct rows_rec r, returning;
	unsigned i;
	int rc;

	for (; (rc = rows_next(a->env, a->txn, &k, &r, e)) == 1; k.chunk++) {
		if (!chunk_return(&r, chunk_or_none(seen, k.chunk),
		    chunk_or_none(known, k.chunk)))
			continue;
		if (keep_expired(a, k.chunk, &r, e) != 0)
			return -1;
		if (rows_empty(r.words))
			continue;
		a->counts.returned += rows_count(r.words);
		to = (struct rows_key){.kind = ROWS_RETURNING,
		    .source = a->src.id, .walk = a->p->poll,
		    .chunk = k.chunk};
		if (rows_read(a->env, a->txn, &to, &returning, e) != 0)
			return -1;
		for (i = 0; i < ROWSET_WORDS; i++)
			r.words[i] |= returning.words[i];
		r.poll = a->p->poll;
		r.time = a->now;
		if (rows_write(a->env, a->txn, &to, &r, e) != 0)
			return -1;
	}
	return rc;
}

int
presence_return(struct apply *a, const struct rowset *seen, struct err *e)
{
	struct rowset known;
	uint64_t missing = 0;
	int rc;

	/* Neither missing nor leaving is what a poll names. */
	if (rows_take(a->env, a->txn, ROWS_MISSING, a->src.id, seen, &missing,
	    e) != 0 ||
	    rows_take(a->env, a->txn, ROWS_LEAVING, a->src.id, seen, NULL,
	    e) != 0)
		return -1;
	a->src.missing -= missing;
	rowset_init(&known);
	rc = rows_load(a->env, a->txn, ROWS_RETURNING, a->src.id, &known, e);
	if (rc == 0)
		rc = return_rows(a, seen, &known, e);
	if (rc == 0 && a->src.revive != 0 && a->src.listing == LISTING_WINDOW)
		rc = return_expired(a, seen, &known, e);
	rowset_free(&known);
	return rc;
}
