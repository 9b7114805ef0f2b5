/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/upkeep_history.h"

#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"
#include "store/bytes.h"
#include "store/presence.h"
#include "store/upkeep.h"

/* Of one transaction: the rows change in random trees, as a removal's do. */
#define HISTORY_CHANGES (LIMIT_UPKEEP_ROWS / 2)
#define HISTORY_BYTES MIB(4)

#define HISTORY_NAME "history"

/* ---- where it has come ---------------------------------------------------- */

void
history_done(struct history *h)
{
	h->at.phase = (uint8_t)((h->at.phase + 1) % HISTORY_PHASES);
	h->at.keylen = 0;
}

int
history_stop(struct history *h, enum table t, const MDB_val *key,
    struct err *e)
{
	if (key->mv_size > sizeof(h->at.key))
		return env_damaged(h->a.env, t, e);
	h->at.keylen = key->mv_size;
	memcpy(h->at.key, key->mv_data, key->mv_size);
	h->full = true;
	return 0;
}

bool
history_room(struct history *h)
{
	return ++h->seen <= LIMIT_UPKEEP_SCAN &&
	    h->changed < h->a.s->portion / 2 && h->bytes < HISTORY_BYTES;
}

/* ---- sources -------------------------------------------------------------- */

/* Every source is asked. */
static bool
takes_pass(const struct source_rec *r, void *ctx)
{
	struct store_history keep;
	int64_t *pass = ctx;

	history_of(r, &keep);
	if (history_pass(&keep) < *pass)
		*pass = history_pass(&keep);
	return false;
}

/* Shortest time between two passes; NEVER when there is no source. */
static int
pass_of(struct env *env, MDB_txn *txn, int64_t *pass, struct err *e)
{
	struct source_rec r;

	*pass = TSTAMP_NEVER;
	return source_search(env, txn, takes_pass, pass, &r, e);
}

static int
is_due(struct store *s, MDB_txn *txn, int64_t now, bool *due,
    struct walk_place *at, struct err *e)
{
	int64_t pass, begun;

	*at = (struct walk_place){.mark = (uint64_t)s->id.created};
	if (walk_place_read(s, txn, HISTORY_NAME, HISTORY_PHASES, at,
	    e) != 0 || pass_of(s->env, txn, &pass, e) != 0)
		return -1;
	begun = (int64_t)at->mark;
	/* A clock that was set back begins one, too. */
	*due = at->phase != HISTORY_IDLE || (pass != TSTAMP_NEVER &&
	    (now < begun || now - begun >= pass));
	return 0;
}

static int
fill_source(struct history *h, struct history_source *to,
    const struct source_rec *r, struct err *e)
{
	struct rows_key k = {.kind = ROWS_RETURNING, .source = r->id};
	struct rows_rec rows;
	int returning;

	returning = rows_next(h->a.env, h->a.txn, &k, &rows, e);
	if (returning < 0)
		return -1;
	*to = (struct history_source){.there = true,
	    .forgotten = r->forgotten != 0, .polls = r->polls,
	    .busy = returning != 0 || lease_held(h->a.s, r->name),
	    .polls_kept = r->polls_kept, .complete = r->complete_poll,
	    .held = r->held_poll, .hidden_from = r->hidden_from,
	    .hidden_at = r->hidden_from != 0 &&
	    r->hidden_from != r->held_hides ? r->hidden_at : 0,
	    .buried = r->buried};
	history_of(r, &to->keep);
	return 0;
}

static int
load_sources(struct history *h, struct err *e)
{
	struct source_rec r;
	MDB_cursor *cur;
	MDB_val key, val;
	int rc;

	rc = mdb_cursor_open(h->a.txn, h->a.env->dbi[TABLE_SOURCES], &cur);
	if (rc != 0)
		return env_fail(e, h->a.env, rc, "reading its sources");
	rc = mdb_cursor_get(cur, &key, &val, MDB_LAST);
	if (rc == 0 && key.mv_size == 2)
		h->nsources = be16_get(key.mv_data) + 1u;
	h->sources = calloc(h->nsources + 1u, sizeof(*h->sources));
	if (h->sources == NULL)
		rc = err_set(e, ERR_MEMORY, "no memory for the sources");
	for (; rc == 0; rc = rc != 0 ? rc :
	    mdb_cursor_get(cur, &key, &val, MDB_PREV)) {
		if (key.mv_size != 2 || be16_get(key.mv_data) >= h->nsources ||
		    source_rec_decode(be16_get(key.mv_data), (struct slice){
		    val.mv_data, val.mv_size}, &r) != 0)
			rc = env_damaged(h->a.env, TABLE_SOURCES, e);
		else
			rc = fill_source(h, &h->sources[r.id], &r, e);
	}
	mdb_cursor_close(cur);
	if (rc == -1 || rc == MDB_NOTFOUND)
		return rc == -1 ? -1 : 0;
	return env_fail(e, h->a.env, rc, "reading its sources");
}

struct history_source *
history_source(struct history *h, uint16_t id, struct err *e)
{
	if (id < h->nsources && h->sources[id].there)
		return &h->sources[id];
	env_damaged(h->a.env, TABLE_SOURCES, e);
	return NULL;
}

int
history_load(struct history *h, uint16_t id, struct err *e)
{
	batch_reset(&h->b);
	if (apply_source_read(&h->a, id, &h->a.src, e) != 0)
		return -1;
	/* Its texts lie in a page that this transaction may write. */
	return source_texts(&h->a.src, &h->b.arena, e);
}

/* ---- rows that change ----------------------------------------------------- */

int
history_take(struct history *h, uint64_t row, uint16_t source,
    enum fate fate, size_t bytes, struct err *e)
{
	if (h->rows == NULL)
		h->rows = malloc(HISTORY_CHANGES * sizeof(*h->rows));
	if (h->rows == NULL)
		return err_set(e, ERR_MEMORY, "no memory to remove objects");
	/* history_room() was asked. */
	h->rows[h->nrows++] = (struct history_row){row, source,
	    (uint8_t)fate};
	h->changed++;
	h->bytes += bytes;
	return 0;
}

static int
row_compare(const void *x, const void *y)
{
	const struct history_row *a = x, *b = y;

	if (a->source != b->source)
		return a->source < b->source ? -1 : 1;
	return (a->row > b->row) - (a->row < b->row);
}

/* All rows of one source. */
static int
apply_rows(struct history *h, const struct history_row *rows, uint32_t n,
    struct err *e)
{
	struct history_source *src = &h->sources[rows[0].source];
	struct apply *a = &h->a;
	struct object_rec r;
	struct slice record;
	uint32_t i;
	int rc;

	if (history_load(h, rows[0].source, e) != 0)
		return -1;
	a->trim = src->undo;
	a->trim_matched = src->undo_matched;
	/* What a rollback hid is not told again unless it is asked for. */
	if (src->hidden_at != 0)
		a->src.cursor = SLICE("");
	for (i = 0; i < n; i++) {
		if (apply_object(a, rows[i].row, &r, &record, e) != 0 ||
		    touch_row(a, rows[i].row, record, false, e) != 0)
			return -1;
		h->b.items[i].fate = rows[i].fate;
	}
	rc = apply_objects(a, e);
	if (rc == 0)
		rc = presence_flush(a, e);
	rowset_free(&a->born);
	rowset_free(&a->gone);
	rowset_init(&a->born);
	rowset_init(&a->gone);
	return rc == 0 ? apply_source(a, e) : -1;
}

int
history_apply(struct history *h, struct err *e)
{
	uint32_t i, j;

	if (h->nrows == 0)
		return 0;
	qsort(h->rows, h->nrows, sizeof(*h->rows), row_compare);
	for (i = 0; i < h->nrows; i = j) {
		for (j = i + 1; j < h->nrows &&
		    h->rows[j].source == h->rows[i].source; j++)
			;
		if (apply_rows(h, h->rows + i, j - i, e) != 0)
			return -1;
	}
	h->nrows = 0;
	h->a.head_changed = true;
	return 0;
}

/* ---- a transaction -------------------------------------------------------- */

static int
history_part(struct history *h, bool *worked, struct err *e)
{
	static history_fn *const phases[HISTORY_PHASES] = {
	    [HISTORY_UNDO] = history_undo, [HISTORY_ROWS] = history_rows,
	    [HISTORY_SIGHTINGS] = history_sightings,
	    [HISTORY_NAMES] = history_names,
	    [HISTORY_POLLS] = history_polls, [HISTORY_LOG] = history_log,
	};
	const struct source_rec none = {.id = 0};
	struct apply *a = &h->a;

	if (apply_open(a, &none, e) != 0 ||
	    is_due(a->s, a->txn, a->now, worked, &h->at, e) != 0)
		return -1;
	if (!*worked)
		return 0; /* another process was faster */
	if (h->at.phase == HISTORY_IDLE) {
		h->at.mark = (uint64_t)a->now;
		history_done(h);
	}
	if (!h->named && load_sources(h, e) != 0)
		return -1;
	while (!h->full && h->at.phase != HISTORY_IDLE) {
		if (phases[h->at.phase](h, e) != 0)
			return -1;
	}
	h->at.running = true; /* for the time of the last one, too */
	return walk_finish(a, HISTORY_NAME, &h->at, e);
}

int
upkeep_history(struct store *s, int64_t now, bool *worked, struct err *e)
{
	struct history h = {.a = {.s = s, .now = now}};
	MDB_txn *txn;
	uint32_t i;
	int rc;

	*worked = false;
	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = is_due(s, txn, now, worked, &h.at, e);
	if (rc == 0 && *worked && h.at.phase == HISTORY_POLLS) {
		h.a.env = s->env;
		h.a.txn = txn;
		rc = load_sources(&h, e);
		if (rc == 0)
			rc = history_named(&h, e);
		h.a.txn = NULL;
	}
	mdb_txn_abort(txn);
	batch_init(&h.b);
	h.a.b = &h.b;
	if (rc == 0 && *worked) {
		rc = history_part(&h, worked, e);
		apply_close(&h.a);
	}
	batch_free(&h.b);
	for (i = 0; i < h.nsources && h.sources != NULL; i++)
		rowset_free(&h.sources[i].named);
	free(h.sources);
	free(h.rows);
	return rc;
}
