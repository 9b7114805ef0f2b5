/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Versions and objects whose history is over.
 */
#include <string.h>

#include "base/tstamp.h"
#include "store/bytes.h"
#include "store/poll_find.h"
#include "store/record_id.h"
#include "store/undo.h"
#include "store/upkeep_history.h"

/* ---- versions ------------------------------------------------------------- */

static int
find_after(struct history *h, uint16_t id, const struct history_source *s,
    int64_t t, uint32_t *poll, struct err *e)
{
	struct env *env = h->a.env;
	MDB_cursor *cur;
	int rc = mdb_cursor_open(h->a.txn, env->dbi[TABLE_POLLS], &cur);

	if (rc == 0) {
		rc = poll_find_after(cur, id, s->polls, t, poll);
		mdb_cursor_close(cur);
	}
	return rc == 0 ? 0 : env_fail(e, env, rc, "reading polls");
}

/* Which versions of a source are over. */
static int
ask_source(struct history *h, uint16_t id, struct history_source *s,
    struct err *e)
{
	int64_t now = h->a.now;

	if (s->asked)
		return 0;
	s->asked = true;
	if (find_after(h, id, s, tstamp_add(now, -s->keep.ended), &s->undo,
	    e) != 0 || find_after(h, id, s, tstamp_add(now, -s->keep.matched),
	    &s->undo_matched, e) != 0)
		return -1;
	/* What stands there while later polls are hidden. */
	if (s->hidden_from != 0 && s->undo > s->hidden_from)
		s->undo = s->hidden_from;
	if (s->undo_matched > s->undo)
		s->undo_matched = s->undo;
	return 0;
}

static int
undo_entry(struct history *h, uint64_t row, uint32_t poll, const MDB_val *val,
    struct err *e)
{
	struct history_source *s;
	struct object_rec old;
	bool over;

	if (object_rec_head((struct slice){val->mv_data, val->mv_size},
	    &old) != 0)
		return env_damaged(h->a.env, TABLE_UNDO, e);
	if ((s = history_source(h, old.source, e)) == NULL)
		return -1;
	if (s->forgotten)
		return 0; /* upkeep_forget() */
	if (ask_source(h, old.source, s, e) != 0 ||
	    trim_over(&h->a, s->undo, s->undo_matched, poll, &old, &over,
	    e) != 0)
		return -1;
	if (!over)
		return 0;
	h->bytes += val->mv_size;
	/* One row comes once, whatever the number of its versions. */
	if (h->nrows != 0 && h->rows[h->nrows - 1].row == row)
		return 0;
	return history_take(h, row, old.source, FATE_TRIM, 0, e);
}

int
history_undo(struct history *h, struct err *e)
{
	MDB_val key = {h->at.keylen, h->at.key}, val;
	uint32_t poll;
	uint64_t row;
	int rc;

	rc = mdb_cursor_get(h->a.undo, &key, &val,
	    key.mv_size != 0 ? MDB_SET_RANGE : MDB_FIRST);
	for (; rc == 0; rc = mdb_cursor_get(h->a.undo, &key, &val, MDB_NEXT)) {
		if (!undo_key_read(&key, &row, &poll))
			return env_damaged(h->a.env, TABLE_UNDO, e);
		if (!history_room(h)) {
			if (history_stop(h, TABLE_UNDO, &key, e) != 0)
				return -1;
			break;
		}
		if (undo_entry(h, row, poll, &val, e) != 0)
			return -1;
	}
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, h->a.env, rc, "reading undo");
	if (rc == MDB_NOTFOUND)
		history_done(h);
	return history_apply(h, e);
}

/* ---- objects -------------------------------------------------------------- */

/* An object, and what is found of it. */
struct judged {
	uint64_t row;
	struct object_rec o;
	struct history_source *s;
	struct source_terms *t;
	int64_t since;   /* it counts for nothing; NEVER: it may yet */
	enum fate fate;  /* what becomes of it then */
};

/* When the poll began that brought the version; NONE when its record is gone. */
static int64_t
brought(struct judged *j)
{
	struct terms_poll p = {.start = TSTAMP_NONE};

	j->t->find(j->t->ctx, j->t->source, j->o.poll, &p);
	return p.start;
}

/* One value: the later of j->since and the end of the claim on it. */
static int
value_end(struct history *h, struct judged *j, const struct object_value *v,
    struct err *e)
{
	const struct value_op op = {.type = v->value.type,
	    .prefix = v->value.prefix, .key = v->value.key,
	    .keylen = v->value.keylen};
	struct claim_stand st;
	struct ageing_end end;
	int64_t t;

	if (claims_stand(&h->a, j->row, &j->o, 0, &op, &st, e) != 0)
		return -1;
	terms_end(j->t, &j->o, op.type, st.met, &end);
	t = ageing_resolve(&j->t->ageing, &j->t->clock, &end, h->a.now, NULL);
	/* A poll that goes well puts that end off again. */
	if (end.ends == ENDS_SLIDING)
		t = TSTAMP_NEVER;
	if (t > j->since)
		j->since = t;
	return 0;
}

/* Every claim has expired, and no listing says that it is there. */
static int
judge_expired(struct history *h, struct judged *j, struct err *e)
{
	struct object_value v;
	struct ageing_end end;
	enum object_tag tag;
	struct slice bytes;
	bool any = false;
	size_t pos = 0;

	if (j->t->listing == LISTING_SNAPSHOT ||
	    (j->o.flags & (OBJ_CLAIMS | OBJ_PATTERN | OBJ_RULE)) == 0)
		return 0;
	j->fate = FATE_BURY;
	/* Most that have an end state it: no need to look at the values. */
	if (j->t->ageing.plain && j->o.valid_until != TSTAMP_NONE &&
	    j->o.valid_until > h->a.now && j->o.valid_until >
	    j->o.valid_from)
		return 0;
	j->since = TSTAMP_NONE;
	while ((j->o.flags & OBJ_CLAIMS) != 0 && j->since != TSTAMP_NEVER &&
	    object_rec_next(&j->o, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE)
			continue;
		if (object_value_decode(bytes, &v) != 0)
			return env_damaged(h->a.env, TABLE_OBJECTS, e);
		any = true;
		if (value_end(h, j, &v, e) != 0)
			return -1;
	}
	if (any)
		return 0;
	terms_end(j->t, &j->o, VALUE_NONE, TSTAMP_NONE, &end);
	j->since = end.ends == ENDS_SLIDING ? TSTAMP_NEVER : ageing_resolve(
	    &j->t->ageing, &j->t->clock, &end, h->a.now, NULL);
	return 0;
}

/* Has any source an object of this identifier? */
static int
has_object(struct history *h, const uint8_t *id, bool *has, struct err *e)
{
	uint8_t k[ID_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	struct id_rec r;
	int rc;

	*has = false;
	id_key(k, id, 0); /* in front of every source */
	rc = mdb_cursor_get(h->a.ids, &key, &val, MDB_SET_RANGE);
	for (; rc == 0 && !*has; rc = mdb_cursor_get(h->a.ids, &key, &val,
	    MDB_NEXT)) {
		if (key.mv_size != sizeof(k) ||
		    memcmp(key.mv_data, id, IDKEY_LEN) != 0 ||
		    ((uint8_t *)key.mv_data)[IDKEY_LEN] != 0)
			return 0;
		if (id_rec_decode((struct slice){val.mv_data, val.mv_size},
		    &r) != 0)
			return env_damaged(h->a.env, TABLE_IDS, e);
		*has = r.row != 0;
	}
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, h->a.env, rc, "reading identifiers");
}

static bool
is_claimer(const uint8_t *id)
{
	return id[0] == STIX_INDICATOR ||
	    (id[0] >= STIX_ARTIFACT && id[0] <= STIX_X509_CERTIFICATE);
}

/* Context of an indicator or observable that is gone. */
static int
judge_relationship(struct history *h, struct judged *j, struct err *e)
{
	const struct slice ends[] = {object_rec_get(&j->o, TAG_SOURCE_REF),
	    object_rec_get(&j->o, TAG_TARGET_REF)};
	const uint8_t *id;
	int64_t came;
	unsigned i;
	bool has;

	if (j->o.id.b[0] != STIX_RELATIONSHIP ||
	    j->t->listing == LISTING_SNAPSHOT)
		return 0;
	came = brought(j);
	if (!history_over(&j->s->keep, came, came, false, h->a.now))
		return 0;
	for (i = 0; i < ARRAY_LEN(ends); i++) {
		id = (const uint8_t *)ends[i].p;
		if (ends[i].n != IDKEY_LEN || !is_claimer(id))
			continue;
		if (has_object(h, id, &has, e) != 0)
			return -1;
		if (!has) {
			j->since = came;
			j->fate = FATE_REMOVE;
			return 0;
		}
	}
	return 0;
}

/* Since when does it count for nothing? */
static int
judge(struct history *h, struct judged *j, struct err *e)
{
	uint32_t hidden = j->s->hidden_from;
	struct object_rec old;
	struct object_end end;
	int64_t came;
	int rc;

	j->since = TSTAMP_NEVER;
	j->fate = FATE_REMOVE;
	if (undo_hides(&j->o, hidden)) {
		/* Where an earlier version stands it is needed. */
		if (j->s->hidden_at == 0 || j->o.poll_first < hidden)
			return 0;
		/* What came back began anew: such a version may be there. */
		rc = (j->o.flags & OBJ_AGAIN) == 0 ? MDB_NOTFOUND :
		    undo_version(h->a.undo, j->row, hidden, &old, NULL);
		if (rc != 0 && rc != MDB_NOTFOUND)
			return env_fail(e, h->a.env, rc, "reading undo");
		if (rc == MDB_NOTFOUND)
			j->since = j->s->hidden_at;
		return 0;
	}
	if (object_rec_ended(&j->o, &end)) {
		if (hidden == 0 || end.poll < hidden)
			j->since = end.when;
		if ((j->o.flags & OBJ_REVOKED) != 0)
			j->fate = FATE_BURY;
		return 0;
	}
	if ((j->o.flags & OBJ_REVOKED) != 0) {
		came = brought(j);
		j->since = j->o.modified > came ? j->o.modified : came;
		j->fate = FATE_BURY;
		return 0;
	}
	if (judge_expired(h, j, e) != 0)
		return -1;
	return j->since == TSTAMP_NEVER ? judge_relationship(h, j, e) : 0;
}

static int
row_entry(struct history *h, uint64_t row, const MDB_val *val, struct err *e)
{
	struct judged j = {.row = row};
	bool matched = false;
	int64_t came;

	if (object_rec_head((struct slice){val->mv_data, val->mv_size},
	    &j.o) != 0)
		return env_damaged(h->a.env, TABLE_OBJECTS, e);
	if ((j.s = history_source(h, j.o.source, e)) == NULL ||
	    (j.t = apply_terms(&h->a, j.o.source, e)) == NULL)
		return -1;
	if (j.s->forgotten || j.s->busy)
		return 0;
	if (judge(h, &j, e) != 0)
		return -1;
	/* Cheap first: most are not over by far. */
	if (!history_over(&j.s->keep, j.since, TSTAMP_NONE, false, h->a.now))
		return 0;
	came = brought(&j);
	if (!history_over(&j.s->keep, j.since, came, false, h->a.now))
		return 0;
	if (claims_sighted(&h->a, &j.o, &matched, e) != 0)
		return -1;
	if (matched &&
	    !history_over(&j.s->keep, j.since, came, true, h->a.now))
		return 0;
	return history_take(h, row, j.o.source, j.fate, val->mv_size, e);
}

int
history_rows(struct history *h, struct err *e)
{
	MDB_val key = {h->at.keylen, h->at.key}, val;
	int rc;

	rc = mdb_cursor_get(h->a.objects, &key, &val,
	    key.mv_size != 0 ? MDB_SET_RANGE : MDB_FIRST);
	for (; rc == 0; rc = mdb_cursor_get(h->a.objects, &key, &val,
	    MDB_NEXT)) {
		if (key.mv_size != 8)
			return env_damaged(h->a.env, TABLE_OBJECTS, e);
		if (!history_room(h)) {
			if (history_stop(h, TABLE_OBJECTS, &key, e) != 0)
				return -1;
			break;
		}
		if (row_entry(h, be64_get(key.mv_data), &val, e) != 0)
			return -1;
	}
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, h->a.env, rc, "reading objects");
	if (rc == MDB_NOTFOUND)
		history_done(h);
	return history_apply(h, e);
}
