/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Withdrawing what listings no longer name, and taking back what they name
 * again.  What is to be done lies in the tree `rows`; each transaction takes a
 * part of one chunk or a few of them, in the order of the rows.
 */
#include "store/apply.h"
#include "store/bytes.h"
#include "store/presence.h"
#include "store/upkeep.h"

/* Records of one transaction, so that they and their pages fit in memory. */
#define WITHDRAW_BYTES MIB(8)

struct moving {
	struct apply a;
	struct batch b;
	struct rowset done;
	struct buf room, away;
	enum rows_kind from;
};

/* A source with rows of a kind, or 0. */
static int
find_work(struct store *s, enum rows_kind kind, uint16_t *source,
    struct err *e)
{
	uint8_t room[ROWS_KEY_LEN];
	struct rows_key k = {.kind = (uint8_t)kind};
	MDB_val key = {sizeof(room), room}, val;
	MDB_cursor *cur;
	MDB_txn *txn;
	int rc;

	*source = 0;
	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = mdb_cursor_open(txn, s->env->dbi[TABLE_ROWS], &cur);
	if (rc == 0) {
		rows_key_put(room, &k);
		rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE);
		if (rc == 0 && rows_key_get((struct slice){key.mv_data,
		    key.mv_size}, &k) == 0 && k.kind == kind)
			*source = k.source;
		mdb_cursor_close(cur);
	}
	mdb_txn_abort(txn);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, s->env, rc, "reading rows");
}

static int
row_leaves(struct moving *m, const struct rows_rec *group,
    struct slice record, struct err *e)
{
	struct object_end end = {.reason = END_WITHDRAWN,
	    .poll = group->poll, .when = group->time};

	return object_rec_end(record, &end, &m->room) == 0 ? 0 :
	    err_set(e, ERR_MEMORY, "no memory to withdraw");
}

/* The record that returns, in m->room, begins another time of it. */
static int
row_begins(struct moving *m, const struct episodes *times, uint32_t poll,
    struct err *e)
{
	struct object_rec r;
	struct buf swap;

	buf_reset(&m->away);
	/* One that is too large for its times goes without. */
	if (episodes_put(buf_view(&m->room), times, &m->away) == 0) {
		swap = m->room;
		m->room = m->away;
		m->away = swap;
	}
	if (object_rec_head(buf_view(&m->room), &r) != 0)
		return env_damaged(m->a.env, TABLE_OBJECTS, e);
	object_rec_patch((uint8_t *)m->room.p, r.source, poll, r.poll,
	    r.block);
	return 0;
}

/* That it was away is what a rollback of the poll that listed it again shows.
 * *moves: not what has neither ended nor expired any more. */
static int
row_returns(struct moving *m, uint64_t row, const struct rows_rec *group,
    const struct object_rec *r, struct slice record, bool *moves,
    struct err *e)
{
	enum episode_return how;
	struct episodes times;

	if (episode_begin(&m->a, row, r, r, group->poll, &times, &how, e) != 0)
		return -1;
	*moves = how != EPISODE_STAYS || (r->flags & OBJ_ENDED) != 0;
	if (!*moves)
		return 0;
	buf_reset(&m->away);
	if (object_rec_return(record, group->poll, &m->away, &m->room) != 0)
		return err_set(e, ERR_MEMORY, "no memory for what returns");
	if (undo_save(&m->a, row, group->poll, buf_view(&m->away), e) != 0)
		return -1;
	return how == EPISODE_ANEW ? row_begins(m, &times, group->poll, e) : 0;
}

/* One row: its record as it is to be. */
static int
move_row(struct moving *m, uint64_t row, const struct rows_rec *group,
    struct err *e)
{
	struct object_rec r;
	struct slice record;
	bool moves = true;
	int rc;

	if (apply_object(&m->a, row, &r, &record, e) != 0)
		return -1;
	if (rowset_add(&m->done, row) != 0)
		return err_set(e, ERR_MEMORY, "no memory to withdraw");
	buf_reset(&m->room);
	if (m->from != ROWS_LEAVING)
		rc = row_returns(m, row, group, &r, record, &moves, e);
	else if ((r.flags & OBJ_ENDED) != 0)
		return 0; /* it is so already */
	else
		rc = row_leaves(m, group, record, e);
	if (rc != 0 || !moves)
		return rc;
	return touch_row(&m->a, row, buf_view(&m->room), true, e);
}

static bool
is_full(const struct moving *m)
{
	return m->b.n >= m->a.s->portion ||
	    m->b.arena.used >= WITHDRAW_BYTES;
}

static int
move_chunk(struct moving *m, const struct rows_key *k, struct rows_rec *r,
    struct err *e)
{
	unsigned i, bit;

	for (i = 0; i < ROWSET_WORDS && !is_full(m); i++) {
		while (r->words[i] != 0) {
			bit = (unsigned)__builtin_ctzll(r->words[i]);
			if (move_row(m, (uint64_t)k->chunk * ROWSET_CHUNK +
			    i * 64 + bit, r, e) != 0)
				return -1;
			r->words[i] &= r->words[i] - 1;
		}
	}
	return rows_write(m->a.env, m->a.txn, k, r, e);
}

static int
move_rows(struct moving *m, struct err *e)
{
	struct env *env = m->a.env;
	MDB_txn *txn = m->a.txn;
	uint16_t source = m->a.src.id;
	bool leaves = m->from == ROWS_LEAVING;
	struct rows_key k = {.kind = (uint8_t)m->from, .source = source};
	struct rows_rec r;
	uint64_t n = 0;
	int rc = 1;

	while (!is_full(m) && (rc = rows_next(env, txn, &k, &r, e)) == 1) {
		if (move_chunk(m, &k, &r, e) != 0)
			return -1;
		k.chunk++;
	}
	if (rc < 0)
		return -1;
	if (rows_take(env, txn, leaves ? ROWS_LIVE : ROWS_WITHDRAWN, source,
	    &m->done, &n, e) != 0)
		return -1;
	/* What had expired returns without having been withdrawn. */
	m->a.src.withdrawn += leaves ? rowset_count(&m->done) : -n;
	if (rows_put(env, txn, leaves ? ROWS_WITHDRAWN : ROWS_LIVE, source,
	    &m->done, e) != 0)
		return -1;
	return presence_lift(&m->a, e);
}

static int
move_some(struct store *s, uint16_t source, enum rows_kind from, int64_t now,
    struct err *e)
{
	struct moving m = {.from = from};
	int rc = -1;

	batch_init(&m.b);
	rowset_init(&m.done);
	buf_init(&m.room, 2 * LIMIT_RECORD);
	buf_init(&m.away, 2 * LIMIT_RECORD);
	if (touch_begin(&m.a, &m.b, s, source, now, e) != 0) {
		touch_drop(&m.a);
	} else {
		m.a.why = from == ROWS_LEAVING ? WHY_WITHDRAWN : WHY_RETURNED;
		if (move_rows(&m, e) != 0)
			touch_drop(&m.a);
		else
			rc = touch_finish(&m.a, e);
	}
	buf_free(&m.room);
	buf_free(&m.away);
	rowset_free(&m.done);
	batch_free(&m.b);
	return rc;
}

int
upkeep_withdraw(struct store *s, int64_t now, bool *worked, struct err *e)
{
	static const enum rows_kind kinds[] = {ROWS_RETURNING, ROWS_LEAVING};
	uint16_t source;
	unsigned i;

	*worked = false;
	for (i = 0; i < ARRAY_LEN(kinds); i++) {
		if (find_work(s, kinds[i], &source, e) != 0)
			return -1;
		if (source == 0)
			continue;
		*worked = true;
		return move_some(s, source, kinds[i], now, e);
	}
	return 0;
}
