/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The change log: which values joined the active set in this generation, left
 * it or stand there otherwise, and why; in parts that fit twice on a page, and
 * no more of them than the log may hold.
 */
#include "store/apply.h"
#include "store/bytes.h"

/* Half of a page less headers, so that two parts fill one. */
#define LOG_PART 2000

static void
log_key(uint8_t out[12], uint64_t generation, uint32_t part)
{
	be64_put(out, generation);
	be32_put(out + 8, part);
}

static int
log_write(struct apply *a, struct err *e)
{
	uint8_t k[12];
	MDB_val key = {sizeof(k), k}, val = {a->log.n, a->log.p};
	int rc;

	if (a->log.n == 0)
		return 0;
	log_key(k, a->generation, a->log_part++);
	rc = mdb_cursor_put(a->changes, &key, &val, MDB_APPEND);
	if (rc != 0)
		return env_fail(e, a->env, rc, "writing the change log");
	buf_reset(&a->log);
	return 0;
}

static int
log_change(struct apply *a, enum change_op op, uint8_t why,
    const struct value_op *v, struct err *e)
{
	struct change c = {.op = (uint8_t)op, .why = why, .type = v->type,
	    .prefix = v->prefix, .key = {(const char *)v->key, v->keylen}};

	if (a->log.n != 0 && a->log.n + v->keylen + 5 > LOG_PART &&
	    log_write(a, e) != 0)
		return -1;
	if (change_encode(&a->log, &c) != 0)
		return err_set(e, ERR_MEMORY, "no memory for the change log");
	return 0;
}

int
log_told(struct apply *a, const struct value_op *v,
    const struct entry_now *now, bool fresh, bool told, bool quiet,
    struct err *e)
{
	uint8_t why = a->why;

	if (now->next < a->head.next_change)
		a->head.next_change = now->next;
	if (told && !now->active) {
		a->head.active--;
		/* The clock and its producer need no other reason. */
		if (why == WHY_NONE || why == WHY_BEGUN ||
		    now->why != WHY_MOVED)
			why = now->why;
		return log_change(a, CHANGE_REMOVE, why, v, e);
	}
	if (!now->active)
		return 0;
	if (told) {
		if (why == WHY_NONE)
			why = WHY_CHANGED;
		else if (why == WHY_RELEASED)
			why = WHY_POLICY; /* it was named, or is, not held */
		return quiet ? 0 : log_change(a, CHANGE_UPDATE, why, v, e);
	}
	a->head.active++;
	if (now->released && (why == WHY_NONE || why == WHY_BEGUN))
		why = WHY_RELEASED;
	else if (why == WHY_NONE)
		why = fresh ? WHY_NEW : WHY_RENEWED;
	return log_change(a, CHANGE_ADD, why, v, e);
}

int
log_entry(struct apply *a, const struct value_op *v, struct value_rec *rec,
    bool fresh, bool told, bool quiet, struct err *e)
{
	struct entry_now now;

	if (entry_now(a, rec, v, &now, e) != 0)
		return -1;
	rec->flags &= (uint16_t)~VREC_TOLD;
	if (now.active)
		rec->flags |= VREC_TOLD;
	return log_told(a, v, &now, fresh, told, quiet, e);
}

int
log_gone(struct apply *a, const struct value_op *v,
    const struct value_rec *old, struct err *e)
{
	if ((old->flags & VREC_TOLD) == 0)
		return 0;
	a->head.active--;
	return log_change(a, CHANGE_REMOVE,
	    a->why != WHY_NONE ? a->why : WHY_MOVED, v, e);
}

int
log_drop(struct apply *a, uint32_t most, uint32_t *dropped, struct err *e)
{
	MDB_val key, val;
	MDB_stat st;
	int rc;

	*dropped = 0;
	rc = mdb_stat(a->txn, a->env->dbi[TABLE_CHANGES], &st);
	if (rc != 0)
		return env_fail(e, a->env, rc, "measuring the change log");
	if (st.ms_leaf_pages <= a->s->log_pages)
		return 0;
	for (; *dropped < most; ++*dropped) {
		/* Two parts fill a page. */
		if (*dropped / 2 > st.ms_leaf_pages - a->s->log_pages)
			return 0;
		rc = mdb_cursor_get(a->changes, &key, &val, MDB_FIRST);
		if (rc == MDB_NOTFOUND)
			return 0;
		if (rc == 0 && key.mv_size != 12)
			return env_damaged(a->env, TABLE_CHANGES, e);
		if (rc == 0 && be64_get(key.mv_data) >= a->generation)
			return 0;
		if (rc == 0) {
			a->head.oldest_change = be64_get(key.mv_data) + 1;
			a->head_changed = true;
			rc = mdb_cursor_del(a->changes, 0);
		}
		if (rc != 0)
			return env_fail(e, a->env, rc,
			    "shortening the change log");
	}
	return 0;
}

/* Twice what this commit added, so that a log that has outgrown its room shrinks
 * to the limit over some commits and no single one pays for it.  A generation that
 * lost a part is gone as a whole. */
int
log_finish(struct apply *a, struct err *e)
{
	uint32_t dropped;

	if (log_write(a, e) != 0)
		return -1;
	return log_drop(a, 2 * a->log_part + 16, &dropped, e);
}
