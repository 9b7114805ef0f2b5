/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Two questions about the past.
 *
 * What would a reader have been told then (tw_snapshot_known_at())?  What was
 * known is one half: a source is shown as it was before the first poll that began
 * later, by the mechanism of a rollback (store/undo.h), and its outages as they
 * were.  Every value is folded from its claims.  What was rolled back since stays
 * so; what was removed for good, ended claims older than the history, is not
 * there to be told.
 *
 * Was it active then, as is known now (tw_snapshot_at() with a time before the
 * newest commit: a look back)?  A claim counts from its beginning, although it
 * came later, to its end: one that was withdrawn, revoked or moved since counts
 * up to then, one that was taken back (rolled back, benign) not at all.
 */
#include "store/episode.h"
#include "store/poll_find.h"
#include "store/reader_private.h"

#define PAST_POLLS 1000 /* looked through for one that was complete */

/* The first poll that began behind the view's time; polls + 1 when none did. */
static int
past_first(struct tw_snapshot *s, const struct source_rec *src,
    uint32_t *first)
{
	MDB_cursor *cur;
	int rc;

	if ((rc = table_cursor(s, TABLE_POLLS, &cur)) != TW_OK)
		return rc;
	rc = poll_find_after(cur, src->id, src->polls, s->known, first);
	return rc == 0 ? TW_OK : snap_lmdb(s, rc, "reading polls");
}

/* The source's clock as its last polls before `first` left it. */
static int
past_clock(struct tw_snapshot *s, const struct source_rec *src,
    uint32_t first, struct ageing_clock *clock)
{
	struct poll_rec r;
	uint32_t poll, n;
	int rc;

	*clock = (struct ageing_clock){.success = 0};
	for (poll = first - 1, n = 0; poll != 0 && n < PAST_POLLS;
	    poll--, n++) {
		rc = snap_poll(s, src->id, poll, &r);
		if (rc < TW_OK)
			return rc;
		if (rc != TW_OK)
			continue;
		if (clock->started == 0) {
			clock->started = r.start;
			clock->frozen = r.frozen;
		}
		if (r.complete && r.end <= s->known) {
			clock->success = r.end;
			return TW_OK;
		}
	}
	return TW_OK;
}

int
past_terms(struct tw_snapshot *s, struct source_slot *slot)
{
	struct source_terms *t = &slot->terms;
	uint32_t first;
	int rc;

	if ((rc = past_first(s, &slot->rec, &first)) != TW_OK)
		return rc;
	slot->known = first;
	if (first > slot->rec.polls)
		return TW_OK;
	if (t->hidden_from == 0 || first < t->hidden_from)
		t->hidden_from = first;
	return past_clock(s, &slot->rec, first, &t->clock);
}

int
past_view(struct tw_snapshot *s)
{
	bool was = s->past;
	int64_t newest;
	size_t i;
	int rc;

	s->past = s->back = false;
	if (s->clock_set || s->known_set) {
		if ((rc = snap_head(s)) != TW_OK)
			return rc;
		newest = s->head.written;
		s->past = s->known_set && s->known < newest;
		if (s->past)
			newest = s->known;
		if (s->known_set && !s->clock_set)
			s->now = s->known;
		s->back = s->now < newest;
	}
	/* Terms are those of a time. */
	for (i = 0; (was || s->past) && i < SOURCE_CACHE; i++)
		s->sources[i].txn = 0;
	return TW_OK;
}

int
past_from(struct tw_snapshot *s, const struct stand *st, int64_t *from)
{
	int64_t created = st->o.created;
	int rc;

	if (*from != TSTAMP_NONE)
		return TW_OK;
	/* What does not say when it begins did so when it was made, or else
	 * when it was seen first; a source's clock may be ahead. */
	rc = snap_poll_start(s, st->source, st->o.poll_first, from);
	if (created != TSTAMP_NONE && (*from == TSTAMP_NONE ||
	    created < *from))
		*from = created;
	return rc;
}

int
past_until(struct tw_snapshot *s, const struct stand *st, int64_t *until)
{
	const struct object_rec *o = &st->o;
	struct object_end end;
	int64_t t;
	int rc;

	*until = TSTAMP_NEVER;
	if ((st->flags & CLAIM_PAST) != 0)
		*until = st->reason == END_MOVED ? st->when : TSTAMP_NONE;
	else if (terms_past(&st->source->terms, o))
		*until = object_rec_ended(o, &end) ? end.when : TSTAMP_NONE;
	if ((o->flags & OBJ_BENIGN) != 0)
		*until = TSTAMP_NONE;
	if ((o->flags & OBJ_REVOKED) == 0)
		return TW_OK;
	t = o->modified;
	if (t == TSTAMP_NONE &&
	    (rc = snap_poll_start(s, st->source, o->poll, &t)) != TW_OK)
		return rc;
	if (t < *until)
		*until = t;
	return TW_OK;
}

void
past_leave(struct tw_snapshot *s)
{
	size_t i;

	s->past = s->back = false;
	for (i = 0; i < SOURCE_CACHE; i++)
		s->sources[i].txn = 0;
}

int
past_unseen(struct tw_snapshot *s, const struct value_rec *r, bool *yes)
{
	struct source_slot *source;
	struct episodes times;
	struct claim_walk w;
	struct object_rec o;
	uint64_t row;
	uint8_t flags;
	int rc;

	claim_walk_start(&w, r);
	*yes = true;
	while (*yes && (rc = claim_walk_next(s, &w, &row, &flags)) == TW_OK) {
		if ((rc = snap_object_head(s, row, &o)) != TW_OK ||
		    (rc = snap_source(s, o.source, &source)) != TW_OK)
			return rc;
		episodes_of(&o, &times);
		*yes = o.poll_first >= source->known &&
		    (times.n == 0 || times.first > s->known);
	}
	return !*yes || rc == TW_END ? TW_OK : rc;
}
