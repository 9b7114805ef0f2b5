/* SPDX-License-Identifier: BSD-2-Clause */
/* When a claim was seen: by polls, and by the word of its feed. */
#include "store/reader_private.h"
#include "store/rowset.h"

/* Polls that are looked through for the one that saw a claim last.  With more in
 * between, nothing is known but that it was brought. */
#define SEEN_POLLS 4096

/* -- absence -- */

/* The group of rows that the newest whole listings lack, and in which this row
 * is; TW_NOT_FOUND where it is in none, or that is not known. */
static int
absence_find(struct tw_snapshot *s, uint16_t source, uint64_t row,
    struct rows_key *key, struct rows_rec *r)
{
	struct rows_key at = {.kind = ROWS_MISSING, .source = source};
	uint8_t room[ROWS_KEY_LEN];
	MDB_val k, d;
	int rc;

	/* What was missing at an earlier time is not kept. */
	if (s->past || row / ROWSET_CHUNK >= ROWSET_CHUNKS)
		return TW_NOT_FOUND;
	at.chunk = (uint32_t)(row / ROWSET_CHUNK);
	for (;;) {
		rows_key_put(room, &at);
		rc = table_seek(s, TABLE_ROWS, room, sizeof(room), &k, &d);
		if (rc != TW_OK)
			return rc == TW_END ? TW_NOT_FOUND : rc;
		if (rows_key_get(val_slice(&k), key) != 0 ||
		    rows_rec_decode(val_slice(&d), r) != 0)
			return snap_fail(s, TW_DAMAGED, "%s: a set of rows "
			    "cannot be read", s->store->path);
		if (key->kind != at.kind || key->source != at.source)
			return TW_NOT_FOUND;
		if (key->chunk == at.chunk && (r->words[row % ROWSET_CHUNK /
		    64] >> row % 64 & 1) != 0)
			return TW_OK;
		/* On to this chunk of the group, or of the next one. */
		at.walk = key->walk + (key->chunk >= at.chunk);
		if (at.walk == 0)
			return TW_NOT_FOUND;
	}
}

int
tw_claim_absence(tw_snapshot *s, const struct tw_claim *c,
    struct tw_absence *out)
{
	const struct source_rec *source;
	struct source_slot *slot;
	struct rows_key key;
	struct rows_rec r;
	int rc;

	if (s == NULL || c == NULL || out == NULL || !s->live ||
	    c->view != snap_mark(s))
		return TW_ARGUMENT;
	if ((rc = snap_source(s, c->source_id, &slot)) != TW_OK ||
	    (rc = absence_find(s, c->source_id, c->row, &key, &r)) != TW_OK)
		return rc;
	source = &slot->rec;
	*out = (struct tw_absence){.since = r.time,
	    .not_before = tstamp_add(r.time, source->absent_grace),
	    .listings = source->walks - key.walk + 1,
	    .after = source->absent_polls};
	return TW_OK;
}

/* -- when polls saw it -- */

/* What ends a walk over the polls before one that lacked, or ended, a claim. */
struct lack {
	uint32_t poll;      /* that one */
	uint32_t listings;  /* had it lacked so many of those before … */
	int64_t grace;      /* … and for so long, it had ended sooner */
	bool whole;         /* whole listings count, not all complete polls */
};

/* The end of the newest poll that is known to have had it; TSTAMP_NONE. */
static int
lack_before(struct tw_snapshot *s, uint16_t source, const struct lack *l,
    int64_t *had)
{
	uint32_t poll = l->poll, listings = 0, n;
	struct poll_rec r;
	int64_t newest = 0;
	int rc;

	*had = TSTAMP_NONE;
	for (n = 0; n < SEEN_POLLS; n++) {
		rc = snap_poll_before(s, source, poll, &r);
		if (rc != TW_OK)
			return rc == TW_END ? TW_OK : rc;
		poll = r.poll;
		if (!r.complete || (l->whole && (!r.whole || r.held != 0)))
			continue;
		if (listings++ == 0)
			newest = r.end;
		if (listings < l->listings ||
		    tstamp_add(r.end, l->grace) > newest)
			continue;
		*had = r.end;
		return TW_OK;
	}
	return TW_OK;
}

/* Which poll lacked the claim first, or ended it?  No number: none did.  Since
 * when what was withdrawn had been missing is not kept, but a listing that
 * lacked it so long before its last would have ended it then. */
static int
lack_of(struct tw_snapshot *s, const struct source_rec *source,
    const struct object_end *end, uint64_t row, struct lack *l)
{
	struct rows_key key;
	struct rows_rec r;
	int rc;

	*l = (struct lack){.poll = 0};
	if (end->reason == END_WITHDRAWN) {
		*l = (struct lack){.poll = end->poll, .whole = true,
		    .listings = source->absent_polls,
		    .grace = source->absent_grace};
	} else if (end->reason == END_REMOVED) {
		l->poll = end->poll;
	} else if (end->reason == 0 && source->missing != 0) {
		rc = absence_find(s, source->id, row, &key, &r);
		if (rc == TW_OK)
			*l = (struct lack){.poll = r.poll, .whole = true};
		return rc == TW_NOT_FOUND ? TW_OK : rc;
	}
	return TW_OK;
}

/* A claim was last confirmed by its source's newest complete poll, or by the last
 * one before its object was missing, and never before the poll that brought
 * it. */
int
claim_seen(struct tw_snapshot *s, struct source_slot *source,
    const struct object_end *end, const struct object_rec *o,
    struct tw_claim *c)
{
	int64_t brought, last = source->terms.clock.success, had;
	struct lack l;
	int rc;

	rc = snap_poll_start(s, source, o->poll_first, &c->first_seen);
	if (rc == TW_OK)
		rc = snap_poll_start(s, source, o->poll, &brought);
	if (rc == TW_OK)
		rc = lack_of(s, &source->rec, end, c->row, &l);
	if (rc != TW_OK)
		return rc;
	if (l.poll != 0) {
		rc = lack_before(s, source->rec.id, &l, &had);
		if (rc != TW_OK)
			return rc;
		/* A view of the past may be of before that. */
		last = had < last ? had : last;
	}
	c->last_seen = brought > last ? brought : last;
	return TW_OK;
}

/* -- when its feed says that it was seen -- */

int
tw_claim_stated(tw_snapshot *s, const struct tw_claim *c,
    struct tw_stated *out)
{
	const uint8_t *p;
	struct object_rec o;
	struct slice bytes;
	int rc;

	if (s == NULL || c == NULL || out == NULL)
		return TW_ARGUMENT;
	if ((rc = claim_record(s, c, &o)) != TW_OK)
		return rc;
	bytes = object_rec_get(&o, TAG_SEEN);
	if (bytes.n != 3 * sizeof(uint64_t))
		return TW_NOT_FOUND;
	p = (const uint8_t *)bytes.p;
	*out = (struct tw_stated){.first = (int64_t)le64_get(p),
	    .last = (int64_t)le64_get(p + 8)};
	/* One that is not stated, or not so many, is no number. */
	if ((int64_t)le64_get(p + 16) > 0)
		out->count = le64_get(p + 16);
	return TW_OK;
}
