/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which version of an object speaks, under the terms of its source: the reader's
 * side of store/undo.h.
 */
#include "store/reader_private.h"
#include "store/sighting.h"

static int
undo_cursor(struct tw_snapshot *s, MDB_cursor **cur)
{
	return table_cursor(s, TABLE_UNDO, cur);
}

/* A claim that is past: tell what it was, and since when. */
static int
past_fill(struct tw_snapshot *s, uint64_t row, const struct undo_value *v,
    struct stand *st)
{
	struct object_rec old;
	struct slice record;
	struct err e = ERR_INIT;
	MDB_cursor *cur;
	uint32_t poll;
	int rc;

	st->reason = END_MOVED;
	if (undo_says(&st->o, v, NULL, NULL)) {
		st->reason = END_ROLLED_BACK; /* it is there, and hidden */
		return TW_OK;
	}
	if ((rc = undo_cursor(s, &cur)) != TW_OK)
		return rc;
	rc = undo_holder(cur, row, v, &old, &record, &poll);
	if (rc == MDB_NOTFOUND)
		return TW_OK;
	if (rc != 0)
		return snap_lmdb(s, rc, "undo");
	if (object_rec_decode(record, true, &st->o, &e) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: row %ju of undo cannot be"
		    " read", s->store->path, (uintmax_t)row);
	st->record = record;
	return snap_poll_start(s, st->source, poll, &st->when);
}

int
snap_version(struct tw_snapshot *s, uint64_t row, struct object_rec *o,
    struct slice *record)
{
	struct source_slot *source;
	struct object_rec old;
	MDB_cursor *cur;
	int rc;

	if ((rc = snap_source(s, o->source, &source)) != TW_OK ||
	    CC_LIKELY(!undo_hides(o, source->terms.hidden_from)))
		return rc;
	if ((rc = undo_cursor(s, &cur)) != TW_OK)
		return rc;
	rc = undo_version(cur, row, source->terms.hidden_from, &old, record);
	if (rc == MDB_NOTFOUND)
		return TW_NOT_FOUND;
	if (rc != 0)
		return snap_lmdb(s, rc, "undo");
	*o = old;
	return TW_OK;
}

int
snap_sighting(struct tw_snapshot *s, const struct undo_value *v,
    struct slice *record)
{
	uint8_t key[SIGHTING_KEY_MAX];
	MDB_val k, d;
	size_t n;
	int rc;

	n = sighting_key(v->type, v->prefix, v->key, key);
	if (n == 0)
		return TW_NOT_FOUND;
	rc = table_get(s, TABLE_SIGHTINGS, key, n, &k, &d);
	if (rc == TW_OK)
		*record = val_slice(&d);
	return rc;
}

/* When was the value last met here, as far as the view's time knows? */
static int
stand_met(struct tw_snapshot *s, const struct undo_value *v, int64_t *met)
{
	struct slice record;
	struct sighting all;
	size_t pos;
	int rc;

	rc = snap_sighting(s, v, &record);
	if (rc != TW_OK)
		return rc == TW_NOT_FOUND ? TW_OK : rc;
	if (sighting_decode(record, &all, &pos) != 0)
		return snap_fail(s, TW_DAMAGED, "%s: a sighting cannot be read"
		    " (run 'taxiway verify')", s->store->path);
	*met = all.last;
	/* Of what lies between the first and the last one nothing is known. */
	if (CC_UNLIKELY(s->past) && all.last > s->known)
		*met = all.first <= s->known ? all.first : TSTAMP_NONE;
	return TW_OK;
}

int
snap_stand(struct tw_snapshot *s, uint64_t row, uint8_t flags, bool multi,
    const struct undo_value *v, bool full, struct stand *st)
{
	struct object_rec old;
	struct slice record;
	uint8_t own;
	int rc;

	/* Looking back, what is past has its time. */
	full = full || s->back;
	st->flags = flags;
	st->reason = 0;
	st->when = TSTAMP_NONE;
	st->met = TSTAMP_NONE;
	rc = full ? snap_object(s, row, &st->o, &st->record) :
	    snap_object_head(s, row, &st->o);
	if (rc != TW_OK ||
	    (rc = snap_source(s, st->o.source, &st->source)) != TW_OK)
		return rc;
	if (CC_UNLIKELY(terms_meet(&st->source->terms, v->type)) &&
	    (rc = stand_met(s, v, &st->met)) != TW_OK)
		return rc;
	/* The entry cannot say that its one claim has moved, nor what it was
	 * while something was hidden; the object can. */
	if (!multi)
		st->flags = undo_says(&st->o, v, &own, NULL) ? own :
		    flags | CLAIM_PAST;
	if (CC_UNLIKELY(undo_hides(&st->o, st->source->terms.hidden_from))) {
		old = st->o;
		rc = snap_version(s, row, &old, &record);
		if (rc < TW_OK)
			return rc;
		st->flags |= CLAIM_PAST;
		if (rc == TW_OK && undo_says(&old, v, &flags, NULL)) {
			st->flags = flags;
			st->o = old;
			st->record = record;
		}
	}
	if (full && (st->flags & CLAIM_PAST) != 0)
		return past_fill(s, row, v, st);
	return TW_OK;
}

int
snap_holder(struct tw_snapshot *s, uint64_t row, const struct undo_value *v,
    struct object_rec *o)
{
	struct object_rec old;
	MDB_cursor *cur;
	int rc;

	if ((rc = snap_object(s, row, o, NULL)) != TW_OK ||
	    undo_says(o, v, NULL, NULL))
		return rc;
	if ((rc = undo_cursor(s, &cur)) != TW_OK)
		return rc;
	rc = undo_holder(cur, row, v, &old, NULL, NULL);
	if (rc == MDB_NOTFOUND)
		return TW_OK;
	if (rc != 0)
		return snap_lmdb(s, rc, "undo");
	*o = old;
	return TW_OK;
}

bool
value_of_key(enum table t, struct slice key, struct undo_value *v)
{
	if (key.n < 2 + (size_t)(t == TABLE_NETS))
		return false;
	v->type = (uint8_t)key.p[0];
	v->prefix = value_full_prefix(v->type);
	v->key = (struct slice){key.p + 1, key.n - 1};
	if (t == TABLE_NETS)
		v->prefix = (uint8_t)v->key.p[--v->key.n];
	return true;
}
