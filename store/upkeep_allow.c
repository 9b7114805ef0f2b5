/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Allow-lists changed: every entry of `values` and `nets` is looked at again, so
 * that those are marked that some list holds, and the change log tells what is
 * suppressed and what is released.  Until then readers ask the lists for each
 * value that they find (head.allow_open).
 */
#include "store/allow_fold.h"
#include "store/upkeep.h"
#include "store/upkeep_walk.h"

#define ALLOW_NAME "allow"

static int
allow_entry(struct apply *a, const struct value_op *v, struct value_rec *rec,
    bool *changed, struct err *e)
{
	bool was = (rec->flags & VREC_ALLOWED) != 0;
	bool told = (rec->flags & VREC_TOLD) != 0, is, quiet;
	uint16_t before = rec->flags;
	struct entry_now now;

	/* Neither held before nor now: nothing to reckon. */
	if (!was && !allow_concerns(a, v))
		return 0;
	if (entry_now(a, rec, v, &now, e) != 0)
		return -1;
	is = (rec->flags & VREC_ALLOWED) != 0;
	if (!was && !is)
		return 0;
	rec->flags &= (uint16_t)~VREC_TOLD;
	if (now.active)
		rec->flags |= VREC_TOLD;
	quiet = was == is && !now.regarded;
	/* What the clock did meanwhile is told here, too, by its own reason. */
	a->why = was ? WHY_RELEASED : WHY_BEGUN;
	if (told && now.active && !was)
		a->why = WHY_POLICY;
	*changed = rec->flags != before;
	return log_told(a, v, &now, false, told, quiet, e);
}

/* Is there anything to look at?  Asked without the writer's lock. */
static int
allow_due(struct store *s, bool *due, struct err *e)
{
	struct head head;
	MDB_txn *txn;
	int rc;

	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = head_read(s->env, txn, &head, e);
	mdb_txn_abort(txn);
	*due = rc == 0 && head.allow_open != 0;
	return rc;
}

static int
allow_part(struct apply *a, struct err *e)
{
	const struct source_rec none = {.id = 0};
	struct walk_place at = {.running = false};

	if (apply_open(a, &none, e) != 0 ||
	    walk_place_read(a->s, a->txn, ALLOW_NAME, WALK_PHASES, &at,
	    e) != 0)
		return -1;
	if (a->head.allow_open == 0)
		return 0; /* another process was faster */
	a->head_changed = true;
	a->allow_walk = true;
	if (allow_fold_begin(a, e) != 0)
		return -1;
	/* They changed again: from the beginning. */
	if (!at.running || at.mark != a->allow.set.serial)
		at = (struct walk_place){.running = true,
		    .mark = a->allow.set.serial};
	if (walk_part(a, &at, allow_entry, e) != 0)
		return -1;
	if (!at.running)
		a->head.allow_open = 0;
	return walk_finish(a, ALLOW_NAME, &at, e);
}

int
upkeep_allow(struct store *s, int64_t now, bool *worked, struct err *e)
{
	struct batch b;
	struct apply a = {.s = s, .b = &b, .now = now};
	int rc;

	if (allow_due(s, worked, e) != 0)
		return -1;
	if (!*worked)
		return 0;
	batch_init(&b);
	rc = allow_part(&a, e);
	apply_close(&a);
	batch_free(&b);
	return rc;
}
