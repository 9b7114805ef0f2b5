/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Snapshots: a transaction with its cursors and scratch memory, pooled by the
 * store so that begin and end cost a mutex and no allocation.
 */
#include <stdlib.h>

#include "store/reader_private.h"

/* -- the filter, shared by the store's snapshots -- */

/* Let go of a mapping; under the mutex. */
static void
filter_drop(struct filter_ref *ref)
{
	if (ref == NULL || --ref->refs != 0)
		return;
	filter_unmap(ref->filter);
	free(ref);
}

void
store_filter_free(struct tw_store *store)
{
	filter_drop(store->filter);
	store->filter = NULL;
}

/* Does the filter know every value of this store?  Not when either file was
 * replaced by an older or newer one of the same store: it is then behind, or
 * more than the one commit ahead that a running keeper may be. */
static bool
filter_fits(struct tw_snapshot *s, const struct filter *f)
{
	uint64_t before = filter_generation(f);
	struct head head;
	int rc;

	if (mdb_txn_renew(s->txn) != 0)
		return false;
	rc = head_read(s->store->env, s->txn, &head, NULL);
	mdb_txn_reset(s->txn);
	return rc == 0 && filter_generation(f) >= head.generation &&
	    before <= head.generation + 1;
}

/* Give the snapshot the newest filter, mapping it when the store has none or
 * an old one.  Without one everything works, slower. */
static void
filter_take(struct tw_snapshot *s)
{
	struct tw_store *store = s->store;
	struct filter_ref *ref;
	MDB_envinfo info;
	struct filter *f;

	pthread_mutex_lock(&store->mutex);
	if (store->filter != NULL && filter_superseded(store->filter->filter))
		store_filter_free(store);
	if (store->filter == NULL &&
	    mdb_env_info(store->env->mdb, &info) == 0 &&
	    info.me_last_txnid != store->filter_txn) {
		/* one attempt per commit: it needs system calls */
		store->filter_txn = info.me_last_txnid;
		f = filter_map(store->path, store->filter_uuid);
		if (f != NULL && !filter_fits(s, f)) {
			filter_unmap(f);
			f = NULL;
		}
		ref = f != NULL ? malloc(sizeof(*ref)) : NULL;
		if (ref != NULL) {
			*ref = (struct filter_ref){f, 1};
			store->filter = ref;
			store->filter_txn = 0;
		} else if (f != NULL) {
			filter_unmap(f);
		}
	}
	if (s->filter != store->filter) {
		filter_drop(s->filter);
		s->filter = store->filter;
		if (s->filter != NULL)
			s->filter->refs++;
	}
	pthread_mutex_unlock(&store->mutex);
}

/* Renewing looks after the filter, so that look-ups need not. */
static void
filter_check(struct tw_snapshot *s)
{
	MDB_envinfo info;

	if (CC_LIKELY(s->filter != NULL)) {
		if (CC_UNLIKELY(filter_superseded(s->filter->filter)))
			filter_take(s);
		return;
	}
	if (mdb_env_info(s->store->env->mdb, &info) == 0 &&
	    info.me_last_txnid != s->filter_txn) {
		s->filter_txn = info.me_last_txnid;
		filter_take(s);
	}
}

/* -- life -- */

/* Free what is ours; `txn` too, which a forked child must not: that would give
 * back the parent's reader slot. */
static void
snap_free(struct tw_snapshot *s, bool with_txn)
{
	int i;

	for (i = 0; i < TABLE_COUNT; i++) {
		if (s->cursor[i] != NULL)
			mdb_cursor_close(s->cursor[i]);
	}
	if (s->txn != NULL && with_txn)
		mdb_txn_abort(s->txn);
	arena_free(&s->scratch);
	buf_free(&s->text);
	block_reader_free(s->blocks);
	free(s);
}

static int
snap_open(struct tw_snapshot *s)
{
	struct env *env = s->store->env;
	int i, rc, dead;

	rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &s->txn);
	if (rc == MDB_READERS_FULL) {
		/* readers that were killed still have theirs */
		(void)mdb_reader_check(env->mdb, &dead);
		rc = mdb_txn_begin(env->mdb, NULL, MDB_RDONLY, &s->txn);
	}
	for (i = 0; rc == 0 && i < TABLE_COUNT; i++)
		rc = mdb_cursor_open(s->txn, env->dbi[i], &s->cursor[i]);
	if (rc != 0)
		return snap_lmdb(s, rc, "a read transaction");
	mdb_txn_reset(s->txn);
	return TW_OK;
}

/* Take the memory that look-ups need before they run. */
static int
snap_reserve(struct tw_snapshot *s)
{
	arena_init(&s->scratch, SCRATCH_MAX);
	buf_init(&s->text, LIMIT_VALUE * 4);
	if (arena_alloc(&s->scratch, SCRATCH_BYTES) == NULL ||
	    buf_room(&s->text, LIMIT_VALUE) == NULL)
		return TW_MEMORY;
	arena_reset(&s->scratch);
	return TW_OK;
}

static int
snap_new(struct tw_store *store, struct tw_snapshot **out)
{
	struct tw_snapshot *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return TW_MEMORY;
	s->store = store;
	s->opening = store->opening;
	if ((rc = snap_reserve(s)) != TW_OK || (rc = snap_open(s)) != TW_OK) {
		snap_free(s, true);
		return rc;
	}
	*out = s;
	return TW_OK;
}

/* A new view: nothing of the old one may be used any more. */
static void
snap_stale(struct tw_snapshot *s)
{
	if (s->live)
		mdb_txn_reset(s->txn);
	s->live = s->filter_good = false;
	if (CC_UNLIKELY(++s->view == 0)) {
		/* after 4 billion renewals old marks could match again */
		memset(s->cursor_view, 0, sizeof(s->cursor_view));
		s->view = 1;
	}
}

int
tw_snapshot_begin(tw_store *store, tw_snapshot **snapshot)
{
	struct tw_snapshot *s;
	int rc;

	if (store == NULL || snapshot == NULL)
		return TW_ARGUMENT;
	*snapshot = NULL;
	if (store_forked(store))
		return TW_FORKED;
	if (store->env == NULL) /* a tw_reopen() that failed */
		return TW_MISSING;
	pthread_mutex_lock(&store->mutex);
	s = store->pool;
	if (s != NULL) {
		store->pool = s->next;
		store->pooled--;
	}
	store->used++;
	pthread_mutex_unlock(&store->mutex);
	if (s == NULL && (rc = snap_new(store, &s)) != TW_OK) {
		pthread_mutex_lock(&store->mutex);
		store->used--;
		pthread_mutex_unlock(&store->mutex);
		return rc;
	}
	s->next = NULL;
	s->clock_set = s->known_set = false;
	s->tlp_max = 0;
	s->allow_name = false;
	s->serial = atomic_fetch_add(&store->serial, 1);
	snap_stale(s);
	filter_check(s);
	*snapshot = s;
	return TW_OK;
}

int
tw_snapshot_renew(tw_snapshot *s)
{
	if (CC_UNLIKELY(s == NULL))
		return TW_ARGUMENT;
	if (CC_UNLIKELY(snap_foreign(s)))
		return snap_refuse(s);
	snap_stale(s);
	filter_check(s);
	return TW_OK;
}

void
tw_snapshot_end(tw_snapshot *s)
{
	struct tw_store *store;

	if (s == NULL)
		return;
	store = s->store;
	if (snap_foreign(s)) {
		snap_free(s, false);
		return;
	}
	snap_stale(s);
	pthread_mutex_lock(&store->mutex);
	store->used--;
	if (store->pooled < POOL_MAX) {
		s->next = store->pool;
		store->pool = s;
		store->pooled++;
		s = NULL;
	} else {
		filter_drop(s->filter);
		s->filter = NULL;
	}
	pthread_mutex_unlock(&store->mutex);
	if (s != NULL)
		snap_free(s, true);
}

void
store_pool_free(struct tw_store *store, bool with_txn)
{
	struct tw_snapshot *s;

	while ((s = store->pool) != NULL) {
		store->pool = s->next;
		filter_drop(s->filter);
		snap_free(s, with_txn);
	}
	store->pooled = 0;
}

/* A view that is fixed already is fixed anew, at the same commit or a later
 * one. */
static void
snap_moved(tw_snapshot *s)
{
	if (s->live && !snap_foreign(s))
		snap_stale(s);
}

void
tw_snapshot_at(tw_snapshot *s, int64_t now)
{
	if (s == NULL)
		return;
	s->clock_set = now != TW_TIME_NONE;
	s->now = s->clock_set ? now : tstamp_now();
	snap_moved(s);
}

void
tw_snapshot_known_at(tw_snapshot *s, int64_t known)
{
	if (s == NULL)
		return;
	s->known_set = known != TW_TIME_NONE;
	s->known = known;
	snap_moved(s);
}

const char *
tw_snapshot_error(const tw_snapshot *s)
{
	return s != NULL ? s->err.text : "";
}

/* -- the view -- */

int
snap_refuse(struct tw_snapshot *s)
{
	return snap_fail(s, TW_FORKED, "the snapshot is of the parent process"
	    " or of before a tw_reopen(): begin a new one");
}

int
snap_fix_slow(struct tw_snapshot *s)
{
	int rc;

	if (snap_foreign(s))
		return snap_refuse(s);
	rc = mdb_txn_renew(s->txn);
	if (rc != 0)
		return snap_lmdb(s, rc, "a read transaction");
	s->live = true;
	if (!s->clock_set)
		s->now = tstamp_now();
	/* Asked behind the renewal: what this view holds was committed before a
	 * filter that is still the newest one could be left behind. */
	s->filter_good =
	    s->filter != NULL && !filter_superseded(s->filter->filter);
	if (CC_UNLIKELY(s->clock_set || s->known_set || s->past || s->back))
		return past_view(s);
	return TW_OK;
}

int
snap_head(struct tw_snapshot *s)
{
	uint64_t txn = mdb_txn_id(s->txn);

	if (s->head_txn == txn) /* the same commit as at the last view */
		return TW_OK;
	s->head_txn = 0;
	err_clear(&s->err);
	if (head_read(s->store->env, s->txn, &s->head, &s->err) != 0)
		return result_of(&s->err);
	s->head_txn = txn;
	return TW_OK;
}
