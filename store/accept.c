/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A person lets a listing through that was held.
 */
#include <string.h>

#include "base/tstamp.h"
#include "store/apply.h"
#include "store/bytes.h"
#include "store/presence.h"

/* The poll's record, as one that was believed; *whole says what it read. */
static int
clear_poll(struct apply *a, bool *whole, struct err *e)
{
	struct poll_rec r;
	struct buf out;
	uint8_t k[6];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	*whole = false;
	be16_put(k, a->src.id);
	be32_put(k + 2, a->src.held_poll);
	rc = mdb_get(a->txn, a->env->dbi[TABLE_POLLS], &key, &val);
	if (rc == MDB_NOTFOUND)
		return 0;
	if (rc != 0)
		return env_fail(e, a->env, rc, "reading polls");
	if (poll_rec_decode(a->src.id, a->src.held_poll,
	    (struct slice){val.mv_data, val.mv_size}, &r) != 0)
		return env_damaged(a->env, TABLE_POLLS, e);
	*whole = r.whole != 0;
	r.held = HELD_NOT;
	r.error = SLICE("");
	buf_init(&out, KIB(64));
	if (poll_rec_encode(&r, &out) != 0)
		rc = err_set(e, ERR_MEMORY, "no memory for a poll's record");
	if (rc == 0) {
		val = (MDB_val){out.n, out.p};
		key = (MDB_val){sizeof(k), k};
		rc = mdb_put(a->txn, a->env->dbi[TABLE_POLLS], &key, &val, 0);
		if (rc != 0)
			env_fail(e, a->env, rc, "writing polls");
	}
	buf_free(&out);
	return rc == 0 ? 0 : -1;
}

static int
let_through(struct apply *a, struct err *e)
{
	struct source_rec *s = &a->src;
	struct rowset seen;
	struct presence_listing listing = {.seen = &seen,
	    .poll = s->held_poll, .time = a->now, .confirmed = true};
	const struct source_rec was = *s;
	bool whole;
	int rc;

	if (clear_poll(a, &whole, e) != 0)
		return -1;
	rowset_init(&seen);
	rc = rows_load(a->env, a->txn, ROWS_HELD, s->id, &seen, e);
	if (rc == 0 && whole)
		rc = presence_listed(a, &listing, e);
	rowset_free(&seen);
	if (rc != 0 || presence_pardon(a, e) != 0)
		return -1;
	/* Later listings are measured by this one. */
	s->sizes_from = s->held_poll;
	if (s->state == SOURCE_HELD) {
		s->state = SOURCE_OK;
		s->state_since = a->now;
		s->error = SLICE("");
	}
	if (s->polls == s->held_poll)
		apply_completed(a, s->held_poll);
	apply_slid(a, &was);
	return presence_release(a, e);
}

static int
accept_source(struct store *s, uint16_t id, int64_t now,
    struct store_counts *counts, struct err *e)
{
	struct batch b;
	struct apply a;
	uint8_t why;
	int rc = -1;

	batch_init(&b);
	if (touch_begin(&a, &b, s, id, now, e) != 0)
		goto out;
	why = a.src.held;
	if (why == HELD_NOT) {
		rc = 0;
		goto out;
	}
	if (let_through(&a, e) != 0)
		goto out;
	*counts = a.counts;
	counts->held = why;
	rc = touch_finish(&a, e);
	batch_free(&b);
	return rc;
out:
	touch_drop(&a);
	batch_free(&b);
	return rc;
}

int
store_accept(struct store *s, const char *name, int64_t now,
    struct store_counts *counts, struct err *e)
{
	struct slice text = slice_str(name);
	uint16_t id;
	int lease, rc;

	memset(counts, 0, sizeof(*counts));
	if (source_id(s, source_is_named, &text, &id, e) != 0)
		return -1;
	if (id == 0)
		return err_set(e, ERR_NOT_FOUND, "source '%.*s': the store has "
		    "none of that name", SLICE_ARG(text));
	if (lease_take(s, text, &lease, e) != 0)
		return -1;
	rc = accept_source(s, id, now, counts, e);
	lease_give(lease);
	return rc;
}
