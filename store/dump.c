/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/dump.h"

#include "store/allow.h"

#include <stdlib.h>

#include "base/tstamp.h"
#include "base/grow.h"
#include "store/reader_private.h"
#include "store/undo.h"

/* A version, by where it lies. */
struct place {
	uint64_t row;
	uint32_t undo;   /* poll that overwrote it; 0: none did */
	uint32_t poll;   /* that brought it */
	uint16_t source;
};

struct dump {
	struct tw_snapshot *s;
	struct place *places;
	size_t nplaces, places_cap;
	struct dump_poll *polls;
	size_t npolls, polls_cap;
};

static int
out_of_memory(struct dump *d)
{
	return snap_fail(d->s, TW_MEMORY, "no memory to put %zu versions into"
	    " order", d->nplaces);
}

static int
place_add(struct dump *d, uint64_t row, uint32_t undo,
    const struct object_rec *o)
{
	struct place *p;

	if (d->nplaces == d->places_cap) {
		p = grow(d->places, &d->places_cap, sizeof(*p));
		if (p == NULL)
			return out_of_memory(d);
		d->places = p;
	}
	d->places[d->nplaces++] = (struct place){row, undo, o->poll,
	    o->source};
	return TW_OK;
}

static int
walk_versions(struct dump *d, enum table t)
{
	struct object_rec o;
	MDB_val k, v;
	uint32_t undo = 0;
	uint64_t row;
	int rc;

	for (rc = table_seek(d->s, t, NULL, 0, &k, &v); rc == TW_OK;
	    rc = table_next(d->s, t, &k, &v)) {
		if (t == TABLE_OBJECTS && k.mv_size == 8)
			row = be64_get(k.mv_data);
		else if (t != TABLE_UNDO || !undo_key_read(&k, &row, &undo))
			return snap_fail(d->s, TW_DAMAGED, "%s: a key of %s"
			    " has %zu bytes", d->s->store->path,
			    table_info[t].name, k.mv_size);
		if (object_rec_head(val_slice(&v), &o) != 0)
			return snap_fail(d->s, TW_DAMAGED, "%s: row %ju of %s"
			    " cannot be read", d->s->store->path,
			    (uintmax_t)row, table_info[t].name);
		/* One that was away is the same as that which came back. */
		if ((o.flags & OBJ_AWAY) != 0)
			continue;
		rc = place_add(d, row, undo, &o);
		if (rc != TW_OK)
			return rc;
	}
	return rc == TW_END ? TW_OK : rc;
}

static int
poll_add(struct dump *d, uint16_t source, uint32_t poll, struct slice record)
{
	struct poll_rec r = {.start = TSTAMP_NONE};
	struct dump_poll *p;

	if (record.p != NULL &&
	    poll_rec_decode(source, poll, record, &r) != 0)
		return snap_fail(d->s, TW_DAMAGED, "%s: the record of poll %u"
		    " of source %u cannot be read", d->s->store->path, poll,
		    source);
	if (d->npolls == d->polls_cap) {
		p = grow(d->polls, &d->polls_cap, sizeof(*p));
		if (p == NULL)
			return out_of_memory(d);
		d->polls = p;
	}
	d->polls[d->npolls++] = (struct dump_poll){.source = source,
	    .poll = poll, .start = r.start, .record = record};
	return TW_OK;
}

static int
walk_polls(struct dump *d)
{
	MDB_val k, v;
	int rc;

	for (rc = table_seek(d->s, TABLE_POLLS, NULL, 0, &k, &v); rc == TW_OK;
	    rc = table_next(d->s, TABLE_POLLS, &k, &v)) {
		if (k.mv_size != 6)
			return snap_fail(d->s, TW_DAMAGED, "%s: a key of polls"
			    " has %zu bytes", d->s->store->path, k.mv_size);
		rc = poll_add(d, be16_get(k.mv_data),
		    be32_get((const uint8_t *)k.mv_data + 2), val_slice(&v));
		if (rc != TW_OK)
			return rc;
	}
	return rc == TW_END ? TW_OK : rc;
}

static int
compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/* Versions by source and poll, then as they came. */
static int
place_compare(const void *x, const void *y)
{
	const struct place *a = x, *b = y;

	if (a->source != b->source)
		return compare(a->source, b->source);
	if (a->poll != b->poll)
		return compare(a->poll, b->poll);
	return compare(a->row, b->row);
}

static int
poll_compare_id(const void *x, const void *y)
{
	const struct dump_poll *a = x, *b = y;

	return a->source != b->source ? compare(a->source, b->source) :
	    compare(a->poll, b->poll);
}

static int
poll_compare_start(const void *x, const void *y)
{
	const struct dump_poll *a = x, *b = y;

	if (a->start != b->start)
		return (a->start > b->start) - (a->start < b->start);
	return poll_compare_id(x, y);
}

/* Both run in the order of source and poll: give each poll its versions, and
 * those whose poll has no record any more one without. */
static int
join(struct dump *d)
{
	size_t known = d->npolls, i = 0, k = 0, from;
	const struct place *p;
	int rc;

	while (k < d->nplaces) {
		p = &d->places[k];
		for (from = k; k < d->nplaces && d->places[k].source ==
		    p->source && d->places[k].poll == p->poll; k++)
			;
		while (i < known && (d->polls[i].source < p->source ||
		    (d->polls[i].source == p->source &&
		    d->polls[i].poll < p->poll)))
			i++;
		if (i < known && d->polls[i].source == p->source &&
		    d->polls[i].poll == p->poll) {
			d->polls[i].first = from;
			d->polls[i].n = k - from;
			continue;
		}
		rc = poll_add(d, p->source, p->poll, SLICE_NONE);
		if (rc != TW_OK)
			return rc;
		d->polls[d->npolls - 1].first = from;
		d->polls[d->npolls - 1].n = k - from;
	}
	return TW_OK;
}

/* A poll without a record began when the next one of its source did. */
static void
place_unknown(struct dump *d)
{
	size_t i;

	for (i = d->npolls; i-- > 1;)
		if (d->polls[i - 1].start == TSTAMP_NONE &&
		    d->polls[i - 1].source == d->polls[i].source)
			d->polls[i - 1].start = d->polls[i].start;
}

int
dump_open(tw_snapshot *s, struct dump **out)
{
	struct dump *d;
	int rc;

	if ((rc = snap_fix(s)) != TW_OK)
		return rc;
	d = calloc(1, sizeof(*d));
	if (d == NULL)
		return snap_fail(s, TW_MEMORY, "no memory");
	d->s = s;
	if ((rc = walk_versions(d, TABLE_OBJECTS)) == TW_OK &&
	    (rc = walk_versions(d, TABLE_UNDO)) == TW_OK &&
	    (rc = walk_polls(d)) == TW_OK) {
		if (d->nplaces != 0)
			qsort(d->places, d->nplaces, sizeof(*d->places),
			    place_compare);
		rc = join(d);
	}
	if (rc != TW_OK) {
		dump_close(d);
		return rc;
	}
	if (d->npolls != 0) {
		qsort(d->polls, d->npolls, sizeof(*d->polls),
		    poll_compare_id);
		place_unknown(d);
		qsort(d->polls, d->npolls, sizeof(*d->polls),
		    poll_compare_start);
	}
	*out = d;
	return TW_OK;
}

void
dump_close(struct dump *d)
{
	if (d == NULL)
		return;
	free(d->places);
	free(d->polls);
	free(d);
}

int
dump_head(struct dump *d, struct dump_head *out)
{
	struct tw_snapshot *s = d->s;
	struct identity id;
	int rc;

	if ((rc = snap_head(s)) != TW_OK)
		return rc;
	err_clear(&s->err);
	if (identity_read(s->store->env, s->txn, &id, &s->err) != 0)
		return result_of(&s->err);
	*out = (struct dump_head){.seed = id.seed, .objects = d->nplaces,
	    .normaliser = id.normaliser};
	return TW_OK;
}

int
dump_source(struct dump *d, uint16_t *id, struct slice *name,
    struct slice *record)
{
	struct source_rec r;
	uint8_t key[2];
	MDB_val k, v;
	int rc;

	if (*id == UINT16_MAX)
		return TW_END;
	be16_put(key, (uint16_t)(*id + 1));
	rc = table_seek(d->s, TABLE_SOURCES, key, sizeof(key), &k, &v);
	if (rc != TW_OK)
		return rc;
	*record = val_slice(&v);
	if (k.mv_size != 2 ||
	    source_rec_decode(be16_get(k.mv_data), *record, &r) != 0)
		return snap_fail(d->s, TW_DAMAGED, "%s: the record of a source"
		    " cannot be read", d->s->store->path);
	*id = r.id;
	*name = r.name;
	return TW_OK;
}

int
dump_allow(struct dump *d, struct tw_cursor *at, struct slice *key,
    struct slice *record)
{
	MDB_val k, v;
	int rc;

	if (at->length == 0) { /* behind the set */
		at->key[0] = ALLOW_KEY_SET;
		at->length = 1;
	}
	rc = table_after(d->s, TABLE_ALLOW, at->key, at->length, &k, &v);
	if (rc != TW_OK)
		return rc;
	if (k.mv_size == 0 || k.mv_size > sizeof(at->key) ||
	    *(uint8_t *)k.mv_data >= ALLOW_KEY_HELD)
		return TW_END;
	memcpy(at->key, k.mv_data, k.mv_size);
	at->length = (uint16_t)k.mv_size;
	*key = val_slice(&k);
	*record = val_slice(&v);
	return TW_OK;
}

int
dump_poll(struct dump *d, size_t i, struct dump_poll *out)
{
	if (i >= d->npolls)
		return TW_END;
	*out = d->polls[i];
	return TW_OK;
}

int
dump_version(struct dump *d, size_t i, bool with_json,
    struct dump_version *out)
{
	enum table t;
	struct slice record;
	uint8_t key[UNDO_KEY_LEN];
	const struct place *p;
	MDB_val k, v;
	int rc;

	if (i >= d->nplaces)
		return TW_END;
	p = &d->places[i];
	t = p->undo != 0 ? TABLE_UNDO : TABLE_OBJECTS;
	undo_key(key, p->row, p->undo);
	rc = table_get(d->s, t, key, p->undo != 0 ? sizeof(key) : 8, &k, &v);
	if (rc != TW_OK)
		return rc == TW_NOT_FOUND ? TW_DAMAGED : rc;
	record = val_slice(&v);
	err_clear(&d->s->err);
	if (object_rec_decode(record, true, &out->rec, &d->s->err) != 0)
		return TW_DAMAGED;
	out->poll_first = out->rec.poll_first;
	out->current = p->undo == 0;
	return snap_object_view(d->s, p->row, &out->rec, record,
	    with_json, &out->object);
}

int
dump_next(struct dump *d, enum table t, struct slice *key,
    struct slice *record)
{
	MDB_val k, v;
	int rc = key->p == NULL ? table_seek(d->s, t, NULL, 0, &k, &v) :
	    table_next(d->s, t, &k, &v);

	if (rc != TW_OK)
		return rc;
	*key = val_slice(&k);
	*record = val_slice(&v);
	return TW_OK;
}

int
dump_id(struct dump *d, uint64_t row, struct idkey *id)
{
	struct object_rec o;
	int rc = snap_object_head(d->s, row, &o);

	if (rc == TW_OK)
		*id = o.id;
	return rc;
}
