/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What else a pass looks through: sightings, buried identifiers, records of
 * polls, the change log.
 */
#include <string.h>

#include "base/tstamp.h"
#include "base/value.h"
#include "store/bytes.h"
#include "store/record_id.h"
#include "store/sighting.h"
#include "store/upkeep_history.h"

/* ---- sightings ------------------------------------------------------------ */

/* The longest of all sources. */
static int64_t
matched_most(const struct history *h)
{
	int64_t most = 0;
	uint32_t i;

	for (i = 0; i < h->nsources; i++) {
		if (h->sources[i].there && h->sources[i].keep.matched > most)
			most = h->sources[i].keep.matched;
	}
	return most;
}

static bool
is_net_key(const MDB_val *key)
{
	const uint8_t *k = key->mv_data;

	return (k[0] == VALUE_IPV4 && key->mv_size == 6) ||
	    (k[0] == VALUE_IPV6 && key->mv_size == 18);
}

static int
sighting_entry(struct history *h, MDB_cursor *cur, const MDB_val *key,
    const MDB_val *val, int64_t most, struct err *e)
{
	struct apply *a = &h->a;
	MDB_val k = *key, entry;
	struct sighting s;
	size_t pos;
	int rc;

	if (key->mv_size < 2 || sighting_decode((struct slice){val->mv_data,
	    val->mv_size}, &s, &pos) != 0)
		return env_damaged(a->env, TABLE_SIGHTINGS, e);
	if (tstamp_add(s.last, most) > a->now)
		return 0;
	rc = mdb_get(a->txn, a->env->dbi[is_net_key(key) ? TABLE_NETS :
	    TABLE_VALUES], &k, &entry);
	if (rc == 0)
		return 0;
	if (rc == MDB_NOTFOUND)
		rc = mdb_cursor_del(cur, 0);
	if (rc != 0)
		return env_fail(e, a->env, rc, "removing sightings");
	h->changed++;
	return 0;
}

/* Walk a tree from h->at.key on. */
typedef int entry_fn(struct history *h, MDB_cursor *cur, const MDB_val *key,
    const MDB_val *val, int64_t arg, struct err *e);

static int
walk(struct history *h, enum table t, entry_fn *entry, int64_t arg,
    struct err *e)
{
	uint8_t copy[WALK_KEY_MAX];
	MDB_val key = {h->at.keylen, h->at.key}, val;
	MDB_cursor *cur;
	uint32_t before;
	int rc = mdb_cursor_open(h->a.txn, h->a.env->dbi[t], &cur);

	if (rc == 0)
		rc = mdb_cursor_get(cur, &key, &val,
		    key.mv_size != 0 ? MDB_SET_RANGE : MDB_FIRST);
	while (rc == 0) {
		if (!history_room(h))
			return history_stop(h, t, &key, e);
		if (key.mv_size > sizeof(copy))
			return env_damaged(h->a.env, t, e);
		memcpy(copy, key.mv_data, key.mv_size);
		key.mv_data = copy;
		before = h->changed;
		if (entry(h, cur, &key, &val, arg, e) != 0)
			return -1;
		/* Behind one that went the cursor stands on the next; but at
		 * the end of a page only a search finds it. */
		rc = mdb_cursor_get(cur, &key, &val,
		    h->changed != before ? MDB_SET_RANGE : MDB_NEXT);
	}
	if (rc != MDB_NOTFOUND)
		return env_fail(e, h->a.env, rc, "reading");
	history_done(h);
	return 0;
}

int
history_sightings(struct history *h, struct err *e)
{
	return walk(h, TABLE_SIGHTINGS, sighting_entry, matched_most(h), e);
}

/* ---- buried identifiers --------------------------------------------------- */

static int
name_entry(struct history *h, MDB_cursor *cur, const MDB_val *key,
    const MDB_val *val, int64_t arg, struct err *e)
{
	struct history_source *s;
	struct id_rec id;
	int rc;

	(void)arg;
	if (key->mv_size != ID_KEY_LEN)
		return 0; /* a relationship's end */
	if (id_rec_decode((struct slice){val->mv_data, val->mv_size},
	    &id) != 0)
		return env_damaged(h->a.env, TABLE_IDS, e);
	if (id.row != 0)
		return 0;
	s = history_source(h, be16_get((const uint8_t *)key->mv_data +
	    ID_KEY_SOURCE), e);
	if (s == NULL)
		return -1;
	if (tstamp_add(id.when, s->keep.ids) > h->a.now && !s->forgotten)
		return 0;
	rc = mdb_cursor_del(cur, 0);
	if (rc != 0)
		return env_fail(e, h->a.env, rc, "removing identifiers");
	s->buried--;
	s->unburied = true;
	h->changed++;
	return 0;
}

static int
count_buried(struct history *h, struct err *e)
{
	uint32_t i;

	for (i = 0; i < h->nsources; i++) {
		if (!h->sources[i].unburied)
			continue;
		if (history_load(h, (uint16_t)i, e) != 0)
			return -1;
		h->a.src.buried = h->sources[i].buried;
		h->sources[i].unburied = false;
		if (apply_source(&h->a, e) != 0)
			return -1;
	}
	return 0;
}

int
history_names(struct history *h, struct err *e)
{
	uint64_t buried = 0;
	uint32_t i;

	/* As they are by now: rows may have been buried before. */
	for (i = 0; i < h->nsources; i++) {
		if (!h->sources[i].there)
			continue;
		if (history_load(h, (uint16_t)i, e) != 0)
			return -1;
		h->sources[i].buried = h->a.src.buried;
		buried += h->a.src.buried;
	}
	if (buried == 0) {
		history_done(h);
		return 0;
	}
	if (walk(h, TABLE_IDS, name_entry, 0, e) != 0)
		return -1;
	return count_buried(h, e);
}

/* ---- records of polls ----------------------------------------------------- */

/* Records before this one of a source may go; 0: it is not worth looking. */
static uint32_t
polls_over(const struct history *h, const struct history_source *s)
{
	uint32_t kept = h->a.s->polls_kept;

	if (!s->there || s->polls <= kept ||
	    s->polls - kept <= s->polls_kept + kept / 4)
		return 0;
	return s->polls - kept;
}

/* A set of rows holds polls as well. */
static int
name_poll(struct history_source *s, uint32_t poll, struct err *e)
{
	if (rowset_add(&s->named, poll) != 0)
		return err_set(e, ERR_MEMORY, "no memory for polls");
	return 0;
}

static int
name_polls(struct history *h, enum table t, struct err *e)
{
	struct history_source *s;
	struct object_rec o;
	MDB_val key, val;
	MDB_cursor *cur;
	int rc = mdb_cursor_open(h->a.txn, h->a.env->dbi[t], &cur);

	if (rc != 0)
		return env_fail(e, h->a.env, rc, "reading objects");
	while ((rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) == 0) {
		if (object_rec_head((struct slice){val.mv_data, val.mv_size},
		    &o) != 0)
			rc = env_damaged(h->a.env, t, e);
		else if ((s = history_source(h, o.source, e)) == NULL ||
		    (polls_over(h, s) != 0 &&
		    (name_poll(s, o.poll_first, e) != 0 ||
		    name_poll(s, o.poll, e) != 0)))
			rc = -1;
		if (rc != 0)
			break;
	}
	mdb_cursor_close(cur);
	if (rc == -1 || rc == MDB_NOTFOUND)
		return rc == -1 ? -1 : 0;
	return env_fail(e, h->a.env, rc, "reading objects");
}

int
history_named(struct history *h, struct err *e)
{
	bool any = false;
	uint32_t i;

	for (i = 0; i < h->nsources; i++)
		any = any || polls_over(h, &h->sources[i]) != 0;
	h->named = true;
	if (!any)
		return 0;
	if (name_polls(h, TABLE_OBJECTS, e) != 0)
		return -1;
	return name_polls(h, TABLE_UNDO, e);
}

static int
drop_polls(struct history *h, uint16_t id, struct err *e)
{
	struct history_source *s = &h->sources[id];
	uint32_t over = polls_over(h, s), poll = 0;
	struct env *env = h->a.env;
	MDB_val key, val;
	MDB_cursor *cur;
	uint8_t k[6];
	int rc = mdb_cursor_open(h->a.txn, env->dbi[TABLE_POLLS], &cur);

	while (rc == 0) {
		be16_put(k, id);
		be32_put(k + 2, poll);
		key = (MDB_val){sizeof(k), k};
		rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE);
		if (rc != 0 || key.mv_size != sizeof(k) ||
		    be16_get(key.mv_data) != id)
			break;
		poll = be32_get((const uint8_t *)key.mv_data + 2);
		if (poll >= over)
			break;
		if (!rowset_has(&s->named, poll) && poll != s->complete &&
		    poll != s->held) {
			rc = mdb_cursor_del(cur, 0);
			h->changed++;
		}
		poll++;
	}
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, env, rc, "removing polls");
	if (history_load(h, id, e) != 0)
		return -1;
	h->a.src.polls_kept = over;
	return apply_source(&h->a, e);
}

int
history_polls(struct history *h, struct err *e)
{
	bool any = false;
	uint32_t i;

	for (i = 0; i < h->nsources; i++)
		any = any || polls_over(h, &h->sources[i]) != 0;
	if (any && !h->named) {
		h->full = true; /* the next call begins with history_named() */
		return 0;
	}
	for (i = 0; any && i < h->nsources; i++) {
		if (polls_over(h, &h->sources[i]) != 0 &&
		    drop_polls(h, (uint16_t)i, e) != 0)
			return -1;
	}
	history_done(h);
	return 0;
}

/* ---- the change log ------------------------------------------------------- */

int
history_log(struct history *h, struct err *e)
{
	uint32_t dropped, portion = h->a.s->portion;

	if (log_drop(&h->a, portion, &dropped, e) != 0)
		return -1;
	if (dropped == portion)
		h->full = true;
	else
		history_done(h);
	return 0;
}
