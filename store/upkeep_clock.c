/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the clock alone does to the active set, told to the change log: values
 * whose end passed, or whose valid_from came, since somebody last looked.
 *
 * No index of ends is kept, which every load would pay for: when the time in
 * head.next_change has come, `values` and `nets` are walked (some 0.1 s a
 * million), and VREC_TOLD in each entry says what the log has.  A walk is made
 * in many transactions; the key where the next one begins is the record "clock"
 * of the meta table.  While there is one, head.next_change gathers the times of
 * the walk and of the commits between its parts.
 *
 * A clock that was set back makes values active again: then there is a walk too.
 */
#include "base/limits.h"
#include "base/tstamp.h"
#include "store/upkeep.h"
#include "store/upkeep_walk.h"

#define CLOCK_NAME "clock"

static bool
clock_moved(const struct head *h, int64_t now)
{
	return h->next_change <= now || now < h->written;
}

/* Is there anything to look at?  Asked without the writer's lock. */
static int
clock_due(struct store *s, int64_t now, bool *due, struct err *e)
{
	struct walk_place at = {.running = false};
	struct head head;
	MDB_txn *txn;
	int rc;

	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = head_read(s->env, txn, &head, e);
	if (rc == 0)
		rc = walk_place_read(s, txn, CLOCK_NAME, WALK_PHASES, &at, e);
	mdb_txn_abort(txn);
	if (rc == 0)
		*due = at.running || clock_moved(&head, now);
	return rc;
}

/* One entry: what the log says against what is. */
static int
clock_entry(struct apply *a, const struct value_op *v, struct value_rec *rec,
    bool *changed, struct err *e)
{
	uint16_t was = rec->flags;

	if (log_entry(a, v, rec, false, (was & VREC_TOLD) != 0, true, e) != 0)
		return -1;
	*changed = rec->flags != was;
	return 0;
}

static int
clock_part(struct apply *a, struct err *e)
{
	const struct source_rec none = {.id = 0};
	struct walk_place at = {.running = false};

	if (apply_open(a, &none, e) != 0 ||
	    walk_place_read(a->s, a->txn, CLOCK_NAME, WALK_PHASES, &at,
	    e) != 0)
		return -1;
	if (!at.running) {
		if (!clock_moved(&a->head, a->now))
			return 0; /* another process was faster */
		at = (struct walk_place){.running = true};
		a->head.next_change = TSTAMP_NEVER;
		a->head.written = a->now;
	}
	a->head_changed = true;
	a->why = WHY_BEGUN;
	if (walk_part(a, &at, clock_entry, e) != 0)
		return -1;
	return walk_finish(a, CLOCK_NAME, &at, e);
}

int
upkeep_clock(struct store *s, int64_t now, bool *worked, struct err *e)
{
	struct batch b;
	struct apply a = {.s = s, .b = &b, .now = now};
	int rc;

	*worked = false;
	if (clock_due(s, now, worked, e) != 0)
		return -1;
	if (!*worked)
		return 0;
	batch_init(&b);
	rc = clock_part(&a, e);
	apply_close(&a);
	batch_free(&b);
	return rc;
}
