/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/rollback.h"

#include <stdio.h>
#include <string.h>

#include "store/apply.h"
#include "store/bytes.h"
#include "store/rowset.h"
#include "store/undo.h"

/* The number of a source. */
static int
find_source(struct store *s, const char *name, uint16_t *id, struct err *e)
{
	struct slice wanted = slice_str(name);

	if (source_id(s, source_stands, &wanted, id, e) != 0)
		return -1;
	if (*id == 0)
		return err_set(e, ERR_NOT_FOUND, "store '%s': no source '%s'; "
		    "'taxiway status' lists them", s->path, name);
	return 0;
}

typedef int change_fn(struct apply *a, void *ctx, struct err *e);

/* One commit about a source that nobody polls. */
static int
change(struct store *s, const char *name, int64_t now, change_fn *fn,
    void *ctx, struct err *e)
{
	struct batch b;
	struct apply a;
	uint16_t id;
	int lease, rc;

	if (find_source(s, name, &id, e) != 0 ||
	    lease_take(s, slice_str(name), &lease, e) != 0)
		return -1;
	batch_init(&b);
	rc = touch_begin(&a, &b, s, id, now, e);
	if (rc == 0)
		rc = fn(&a, ctx, e);
	if (rc == 0)
		rc = touch_finish(&a, e);
	else
		touch_drop(&a);
	batch_free(&b);
	lease_give(lease);
	return rc;
}

static int
do_rollback(struct apply *a, void *ctx, struct err *e)
{
	const uint32_t *poll = ctx;

	if (*poll == 0 || *poll > a->src.polls)
		return err_set(e, ERR_USAGE, "source '%.*s': there is no poll "
		    "%u; the newest is %u", SLICE_ARG(a->src.name), *poll,
		    a->src.polls);
	if (*poll > 1 && *poll < a->src.undo_from)
		return err_set(e, ERR_USAGE, "source '%.*s': what stood before "
		    "poll %u is not kept any more; it can go back to before "
		    "poll %u, or altogether", SLICE_ARG(a->src.name), *poll,
		    a->src.undo_from);
	a->src.held_hides = 0; /* from now on it is a person's word */
	if (a->src.hidden_from == *poll)
		return 0;
	a->src.hidden_from = *poll;
	a->src.hidden_at = a->now;
	apply_unsettle(a);
	a->src.settle_why = WHY_ROLLED_BACK;
	return 0;
}

int
store_rollback(struct store *s, const char *source, uint32_t poll,
    int64_t now, struct err *e)
{
	return change(s, source, now, do_rollback, &poll, e);
}

static int
do_restore(struct apply *a, void *ctx, struct err *e)
{
	uint32_t *poll = ctx;

	(void)e;
	*poll = a->src.hidden_from;
	if (*poll == 0)
		return 0;
	a->src.hidden_from = a->src.held_hides = 0;
	a->src.hidden_at = 0;
	apply_unsettle(a);
	a->src.settle_why = WHY_RESTORED;
	return 0;
}

int
store_restore(struct store *s, const char *source, int64_t now,
    uint32_t *poll, struct err *e)
{
	return change(s, source, now, do_restore, poll, e);
}

/* What listings said of its rows is of no use any more. */
static int
drop_rows(struct apply *a, struct err *e)
{
	struct rows_key k;
	MDB_cursor *cur;
	MDB_val key, val;
	int rc;

	rc = mdb_cursor_open(a->txn, a->env->dbi[TABLE_ROWS], &cur);
	while (rc == 0 &&
	    (rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) == 0) {
		if (rows_key_get((struct slice){key.mv_data, key.mv_size},
		    &k) == 0 && k.source == a->src.id)
			rc = mdb_cursor_del(cur, 0);
	}
	if (rc != MDB_NOTFOUND)
		return env_fail(e, a->env, rc, "writing rows");
	a->src.missing = a->src.withdrawn = 0;
	return 0;
}

static int
do_forget(struct apply *a, void *ctx, struct err *e)
{
	char name[LIMIT_SOURCE_NAME + 1];
	int n;

	(void)ctx;
	n = snprintf(name, sizeof(name), "forgotten:%u:%.*s", a->src.id,
	    SLICE_ARG(a->src.name));
	a->src.name = arena_slice(&a->b->arena, (struct slice){name,
	    n < (int)sizeof(name) ? (size_t)n : sizeof(name) - 1});
	if (a->src.name.p == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a source");
	a->src.hidden_from = 1;
	a->src.forgotten = 1;
	apply_unsettle(a);
	a->src.settle_why = WHY_FORGOTTEN;
	return drop_rows(a, e);
}

int
store_forget(struct store *s, const char *source, int64_t now, struct err *e)
{
	return change(s, source, now, do_forget, NULL, e);
}

/* ---- counting ------------------------------------------------------------- */

/* What becomes of one object. */
static int
count_one(const struct object_rec *o, uint64_t row, uint32_t poll,
    MDB_cursor *undo, struct rollback_counts *out)
{
	struct object_rec old;
	struct object_end end;
	int rc;

	if (!undo_hides(o, poll)) {
		out->ends += object_rec_ended(o, &end) && end.poll >= poll;
		return 0;
	}
	rc = undo_version(undo, row, poll, &old, NULL);
	out->versions += rc == 0;
	out->objects += rc == MDB_NOTFOUND;
	return rc == MDB_NOTFOUND ? 0 : rc;
}

int
store_rollback_count(struct store *s, const char *source, uint32_t poll,
    struct rollback_counts *out, struct err *e)
{
	struct object_rec o;
	MDB_cursor *cur = NULL, *undo = NULL;
	MDB_val key, val;
	MDB_txn *txn;
	uint16_t id;
	int rc;

	*out = (struct rollback_counts){.objects = 0};
	if (find_source(s, source, &id, e) != 0 ||
	    env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = mdb_cursor_open(txn, s->env->dbi[TABLE_OBJECTS], &cur);
	if (rc == 0)
		rc = mdb_cursor_open(txn, s->env->dbi[TABLE_UNDO], &undo);
	while (rc == 0 &&
	    (rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) == 0) {
		if (key.mv_size != 8 || object_rec_head(
		    (struct slice){val.mv_data, val.mv_size}, &o) != 0)
			rc = MDB_CORRUPTED;
		else if (o.source == id)
			rc = count_one(&o, be64_get(key.mv_data), poll, undo,
			    out);
	}
	if (undo != NULL)
		mdb_cursor_close(undo);
	if (cur != NULL)
		mdb_cursor_close(cur);
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : env_fail(e, s->env, rc,
	    "reading objects");
}
