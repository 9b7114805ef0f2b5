/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A commit: one transaction around everything a batch brings.
 */
#include "store/apply.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/statvfs.h>
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/bytes.h"
#include "store/presence.h"

int
apply_pairs(struct apply *a, uint32_t n, struct err *e)
{
	struct sort_pair *pairs;

	if (n <= a->pairs_cap)
		return 0;
	/* The second half is the sort's. */
	pairs = realloc(a->pairs, 2 * (size_t)n * sizeof(*pairs));
	if (pairs == NULL)
		return err_set(e, ERR_MEMORY, "no memory to sort %u entries",
		    n);
	a->pairs = pairs;
	a->pairs_cap = n;
	return 0;
}

int
apply_object(struct apply *a, uint64_t row, struct object_rec *r,
    struct slice *record, struct err *e)
{
	uint8_t k[8];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	be64_put(k, row);
	rc = mdb_get(a->txn, a->env->dbi[TABLE_OBJECTS], &key, &val);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "reading objects");
	if (rc != 0 || object_rec_head(
	    (struct slice){val.mv_data, val.mv_size}, r) != 0)
		return env_damaged(a->env, TABLE_OBJECTS, e);
	if (record != NULL)
		*record = (struct slice){val.mv_data, val.mv_size};
	return 0;
}

/* A source that the store does not have gets the next number. */
static int
number_source(struct apply *a, struct err *e)
{
	MDB_val key, val;
	MDB_cursor *cur;
	unsigned last = 0;
	int rc;

	if (a->src.id != 0)
		return 0;
	rc = mdb_cursor_open(a->txn, a->env->dbi[TABLE_SOURCES], &cur);
	if (rc != 0)
		return env_fail(e, a->env, rc, "reading its sources");
	rc = mdb_cursor_get(cur, &key, &val, MDB_LAST);
	mdb_cursor_close(cur);
	if (rc == 0 && key.mv_size == 2)
		last = be16_get(key.mv_data);
	else if (rc != MDB_NOTFOUND)
		return rc == 0 ? env_damaged(a->env, TABLE_SOURCES, e) :
		    env_fail(e, a->env, rc, "reading its sources");
	if (last >= UINT16_MAX)
		return err_set(e, ERR_LIMIT, "store '%s': no number left for "
		    "source '%.*s'", a->env->path, SLICE_ARG(a->src.name));
	a->src.id = (uint16_t)(last + 1);
	return 0;
}

int
apply_source_read(struct apply *a, uint16_t source, struct source_rec *r,
    struct err *e)
{
	uint8_t k[2];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	be16_put(k, source);
	rc = mdb_get(a->txn, a->env->dbi[TABLE_SOURCES], &key, &val);
	if (rc != 0 && rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "reading its sources");
	if (rc != 0 || source_rec_decode(source,
	    (struct slice){val.mv_data, val.mv_size}, r) != 0)
		return env_damaged(a->env, TABLE_SOURCES, e);
	return 0;
}

/*
 * What other transactions write into the record of a source that is polled:
 * upkeep and the verbs that undo.  The poll holds all else.
 */
static int
refresh_source(struct apply *a, struct err *e)
{
	struct source_rec *s = &a->src, r;

	if (a->p == NULL || !a->p->known_source)
		return 0;
	if (apply_source_read(a, s->id, &r, e) != 0)
		return -1;
	s->objects = r.objects;
	s->claims = r.claims;
	s->revoked = r.revoked;
	s->patterns = r.patterns;
	s->hidden_from = r.hidden_from;
	s->frozen = r.frozen;
	s->unsettled = r.unsettled;
	s->settle_row = r.settle_row;
	s->settle_why = r.settle_why;
	s->undo_from = r.undo_from;
	s->hidden_at = r.hidden_at;
	s->buried = r.buried;
	s->polls_kept = r.polls_kept;
	s->missing = r.missing;
	s->withdrawn = r.withdrawn;
	s->held_hides = r.held_hides;
	s->held_row = r.held_row;
	s->paused = r.paused;
	if (terms_differ(s, &r) && s->objects != 0)
		apply_unsettle(a);
	return 0;
}

/* Is there room on the disk for what this commit may take? */
static int
check_room(const struct store *s, const struct batch *b, struct err *e)
{
	uint64_t keep = s->limit.min_free;
	struct statvfs v;

	if (keep == 0 || statvfs(s->path, &v) != 0 ||
	    (uint64_t)v.f_bavail * v.f_frsize >= keep + b->arena.used)
		return 0;
	return err_set(e, ERR_FULL, "store '%s': its file system would have "
	    "less than %llu bytes left (store-min-free)", s->path,
	    (unsigned long long)keep);
}

/* a->txn, what it needs, and the source as it stands. */
int
apply_open(struct apply *a, const struct source_rec *src, struct err *e)
{
	MDB_cursor **const cursors[] = {&a->ids, &a->objects, &a->claims,
	    &a->changes, &a->values[0], &a->values[1], &a->undo};
	static const enum table tables[] = {TABLE_IDS, TABLE_OBJECTS,
	    TABLE_CLAIMS, TABLE_CHANGES, TABLE_VALUES, TABLE_NETS,
	    TABLE_UNDO};
	size_t i;
	int rc;

	a->env = a->s->env;
	a->src = *src;
	buf_init(&a->log, KIB(4));
	buf_init(&a->old, LIMIT_RECORD);
	arena_init(&a->scratch, LIMIT_BATCH_BYTES);
	a->terms = calloc(UINT16_MAX + 1, sizeof(struct source_terms *));
	if (a->terms == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a commit");
	if (check_room(a->s, a->b, e) != 0 ||
	    env_begin(a->env, true, &a->txn, e) != 0)
		return -1;
	if (head_read(a->env, a->txn, &a->head, e) != 0 ||
	    number_source(a, e) != 0 || refresh_source(a, e) != 0)
		return -1;
	a->generation = a->head.generation + 1;
	a->row_base = a->head.next_row;
	for (i = 0, rc = 0; i < ARRAY_LEN(cursors) && rc == 0; i++)
		rc = mdb_cursor_open(a->txn, a->env->dbi[tables[i]],
		    cursors[i]);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "beginning to write");
}

/* Cursors of a write transaction end with it. */
void
apply_close(struct apply *a)
{
	unsigned i;

	if (a->txn != NULL)
		mdb_txn_abort(a->txn);
	arena_free(&a->scratch);
	rowset_free(&a->born);
	rowset_free(&a->renewed);
	rowset_free(&a->gone);
	rowset_free(&a->guilty[0]);
	rowset_free(&a->guilty[1]);
	rowset_free(&a->flawed);
	rowset_free(&a->judged);
	buf_free(&a->log);
	buf_free(&a->old);
	for (i = 0; a->terms != NULL && i <= a->terms_last; i++)
		free(a->terms[i]);
	free(a->terms);
	free(a->ops);
	free(a->links);
	free(a->pairs);
	free(a->cursor);
}

int
apply_decide(struct apply *a, struct err *e)
{
	if (a->b->unblocked != 0)
		return err_set(e, ERR_INTERNAL, "%u objects lack the block of "
		    "their original bytes", a->b->unblocked);
	/* A generation without values needs a filter that is complete too. */
	if ((a->b->n != 0 || a->data) && filter_prepare(a, e) != 0)
		return -1;
	if (a->b->n == 0)
		return 0;
	return apply_ids(a, e) != 0 ? -1 : presence_guard(a, e);
}

int
apply_write(struct apply *a, struct err *e)
{
	if (a->b->n == 0)
		return 0;
	if (apply_objects(a, e) != 0 || presence_flush(a, e) != 0)
		return -1;
	return log_finish(a, e);
}

void
apply_count(struct store_counts *to, const struct store_counts *c)
{
	unsigned i;

	to->added += c->added;
	to->updated += c->updated;
	to->unchanged += c->unchanged;
	to->older += c->older;
	to->revoked += c->revoked;
	to->rejected += c->rejected;
	to->values += c->values;
	to->claims += c->claims;
	to->removed += c->removed;
	to->patterns += c->patterns;
	to->stale += c->stale;
	to->commits += c->commits;
	if (c->newest > to->newest)
		to->newest = c->newest;
	to->bad_dates += c->bad_dates;
	for (i = 0; i < REJECT_REASONS; i++)
		to->reasons[i] += c->reasons[i];
	to->missing += c->missing;
	to->withdrawn += c->withdrawn;
	to->returned += c->returned;
	to->listed = c->listed;
	to->whole = c->whole;
	to->held = c->held;
	memcpy(to->held_text, c->held_text, sizeof(to->held_text));
}

static int
put_record(struct apply *a, enum table t, uint8_t *k, size_t n,
    struct buf *rec, struct err *e)
{
	MDB_val key = {n, k}, val = {rec->n, rec->p};
	int rc = mdb_put(a->txn, a->env->dbi[t], &key, &val, 0);

	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing");
}

int
apply_poll(struct apply *a, const struct commit *c,
    const struct store_counts *total, struct err *e)
{
	const struct store_poll *p = a->p;
	struct poll_rec r = {.source = a->src.id, .poll = p->poll,
	    .complete = c->end != NULL && c->end->complete, .start = p->start,
	    .end = c->end != NULL ? c->now : 0, .pages = p->progress.pages,
	    .bytes = p->progress.bytes, .objects = p->progress.objects,
	    .added = total->added, .updated = total->updated,
	    .unchanged = total->unchanged, .revoked = total->revoked,
	    .older = total->older, .rejected = total->rejected,
	    .values = total->values, .stale = total->stale,
	    .newest = total->newest,
	    .bad_dates = total->bad_dates, .frozen = p->frozen,
	    .whole = total->whole, .held = total->held,
	    .listed = total->listed, .missing = total->missing,
	    .withdrawn = total->withdrawn, .returned = total->returned};
	struct buf rec;
	uint8_t k[6];
	int rc;

	memcpy(r.reasons, total->reasons, sizeof(total->reasons));
	r.ndeviations = p->ndeviations;
	memcpy(r.deviations, p->deviations,
	    p->ndeviations * sizeof(p->deviations[0]));
	if (c->end != NULL && c->end->error != NULL)
		r.error = slice_str(c->end->error);
	else if (total->held != HELD_NOT)
		r.error = slice_str(total->held_text);
	be16_put(k, r.source);
	be32_put(k + 2, r.poll);
	buf_init(&rec, KIB(64));
	rc = poll_rec_encode(&r, &rec);
	if (rc != 0)
		err_set(e, ERR_MEMORY, "no memory for the poll's record");
	else
		rc = put_record(a, TABLE_POLLS, k, sizeof(k), &rec, e);
	buf_free(&rec);
	return rc;
}

int
apply_source(struct apply *a, struct err *e)
{
	struct buf rec;
	uint8_t k[2];
	int rc;

	be16_put(k, a->src.id);
	buf_init(&rec, LIMIT_RECORD);
	rc = source_rec_encode(&a->src, &rec);
	if (rc != 0)
		err_set(e, ERR_MEMORY, "no memory for the source's record");
	else
		rc = put_record(a, TABLE_SOURCES, k, sizeof(k), &rec, e);
	buf_free(&rec);
	return rc;
}

/* Where ends that slide are counted from. */
static int64_t
slide_base(const struct source_rec *s)
{
	return s->last_success != 0 ? s->last_success : s->last_poll;
}

void
apply_slid(struct apply *a, const struct source_rec *was)
{
	/* Of a new source, its first poll began it. */
	int64_t base = was->id != 0 ? slide_base(was) : a->src.last_poll;
	struct source_terms t;
	int64_t shortest;

	if (slide_base(&a->src) == base)
		return;
	terms_of(&a->src, &t);
	shortest = ageing_shortest_slide(&t.ageing, t.listing);
	if (shortest == TSTAMP_NEVER || tstamp_add(a->now, -base) < shortest)
		return;
	if (a->now < a->head.next_change)
		a->head.next_change = a->now;
	a->head_changed = true;
}

/* A poll came to its end: an outage, if there was one, is over. */
void
apply_completed(struct apply *a, uint32_t poll)
{
	struct source_rec *s = &a->src;
	struct source_terms t;

	terms_of(s, &t);
	s->frozen = tstamp_add(s->frozen, ageing_lag(&t.ageing, &t.clock,
	    a->now));
	s->complete_poll = poll;
	s->last_success = a->now;
}

/* What the schedule goes by. */
static void
note_end(struct source_rec *s, const struct store_poll *p,
    const struct store_end *end, uint8_t before, int64_t now)
{
	if (s->state != before || s->state_since == 0)
		s->state_since = now;
	/* Where nobody was asked, what the server said before stands. */
	if (end->complete || !end->unasked || end->retry_at != 0)
		s->retry_at = end->complete ? 0 : end->retry_at;
	if (end->unasked)
		s->last_asked = p->asked_before;
	if (end->complete)
		s->failures = 0;
	else if (s->failures < UINT32_MAX)
		s->failures++;
}

int
apply_polled(struct apply *a, const struct commit *c, uint64_t rejected,
    struct err *e)
{
	struct source_rec *s = &a->src;
	uint8_t keep_raw = s->keep_raw, before = s->state;

	s->rejected = rejected;
	s->error = SLICE("");
	if (a->data)
		s->last_change = c->now;
	if (c->cursor != NULL) {
		if (c->cursor->n > LIMIT_SOURCE_CURSOR)
			return err_set(e, ERR_LIMIT, "source '%.*s': cursor of "
			    "%zu bytes", SLICE_ARG(s->name), c->cursor->n);
		s->cursor = *c->cursor;
	}
	if (c->end != NULL) {
		s->state = (uint8_t)c->end->state;
		if (c->end->complete && c->end->stated != 0)
			s->stated = c->end->stated;
		if (c->end->error != NULL) {
			s->error = slice_str(c->end->error);
			if (s->error.n >= ERR_TEXT_MAX)
				s->error.n = ERR_TEXT_MAX - 1;
		}
		if (c->end->complete && a->counts.held == HELD_NOT)
			apply_completed(a, a->p->poll);
		/* It stays so until a person, or a better listing, decides. */
		if (s->held != HELD_NOT && c->end->complete) {
			s->state = SOURCE_HELD;
			s->error = s->held_text;
		}
		note_end(s, a->p, c->end, before, c->now);
	}
	apply_slid(a, &a->p->stored);
	/* Until a poll went through, the bytes of older objects may still be
	 * missing: the next one is to ask for them again. */
	if (a->p->want_raw && (c->end == NULL || !c->end->complete))
		s->keep_raw = 0;
	if (apply_source(a, e) != 0)
		return -1;
	s->keep_raw = keep_raw;
	return 0;
}

static int
measure(struct apply *a, struct tree_sizes *t, struct err *e)
{
	MDB_stat ids, values, objects;
	int rc;

	rc = mdb_stat(a->txn, a->env->dbi[TABLE_IDS], &ids);
	if (rc == 0)
		rc = mdb_stat(a->txn, a->env->dbi[TABLE_VALUES], &values);
	if (rc == 0)
		rc = mdb_stat(a->txn, a->env->dbi[TABLE_OBJECTS], &objects);
	if (rc != 0)
		return env_fail(e, a->env, rc, "measuring");
	t->ids = (double)ids.ms_leaf_pages;
	t->values = (double)values.ms_leaf_pages;
	t->objects = (double)objects.ms_leaf_pages;
	if (a->b->n != 0)
		t->updates = (double)a->updates / a->b->n;
	return 0;
}

/* Head and filter, when readers are to see something, and the commit; `last`
 * says that nothing follows soon. */
int
apply_publish(struct apply *a, bool last, struct err *e)
{
	struct store *s = a->s;
	int rc;

	first_load_begin(s, &a->head, last);
	if (a->data) {
		a->head.generation = a->generation;
		/* A clock that was set back: let upkeep look at all. */
		if (a->now < a->head.written)
			a->head.next_change = a->now;
		a->head.written = a->now;
		if (a->filter != NULL) {
			filter_complete(a->filter, a->generation);
			if (s->loading < 0 && filter_sync(a->filter, e) != 0)
				return -1;
		}
	}
	if ((a->data || a->head_changed) &&
	    head_write(a->env, a->txn, &a->head, e) != 0)
		return -1;
	if (measure(a, &s->sizes, e) != 0)
		return -1;
	rc = mdb_txn_commit(a->txn);
	a->txn = NULL;
	if (rc == EIO)
		rc = env_write_error(a->env);
	if (rc != 0)
		return env_fail(e, a->env, rc, "committing");
	/* What follows cannot undo the commit, so it cannot fail it. */
	(void)env_make_whole(a->env, NULL);
	return last ? first_load_end(s, e) : 0;
}
