/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Views of the past (tw_snapshot_at() with a time before the newest commit): what
 * a reader would have been told then.
 *
 * The clock is one half of it.  The other is what was known: a source is shown as
 * it was before the first poll that began later, by the mechanism of a rollback
 * (store/undo.h), and its outages as they were.  Every value is folded from its
 * claims.  What was rolled back since stays so; what was removed for good, ended
 * claims older than the history, is not there to be told.
 */
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
	rc = poll_find_after(cur, src->id, src->polls, s->now, first);
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
		if (r.complete && r.end <= s->now) {
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
	size_t i;
	int rc;

	s->past = false;
	if (s->clock_set) {
		if ((rc = snap_head(s)) != TW_OK)
			return rc;
		s->past = s->now < s->head.written;
	}
	/* Terms are those of a time. */
	for (i = 0; (was || s->past) && i < SOURCE_CACHE; i++)
		s->sources[i].txn = 0;
	return TW_OK;
}

void
past_leave(struct tw_snapshot *s)
{
	size_t i;

	s->past = false;
	for (i = 0; i < SOURCE_CACHE; i++)
		s->sources[i].txn = 0;
}

int
past_unseen(struct tw_snapshot *s, const struct value_rec *r, bool *yes)
{
	struct source_slot *source;
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
		*yes = o.poll_first >= source->known;
	}
	return !*yes || rc == TW_END ? TW_OK : rc;
}
