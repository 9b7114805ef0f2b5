/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A batch in one transaction, or in two.
 *
 * What a batch may hold is a matter of the pages that it meets, most of them
 * leaves of the two trees with random keys.  Two transactions that meet one of
 * these trees each bear two to three times as many objects in the same memory,
 * and so write each page that much less often.  In a first load, where nothing
 * waits for the disk, a large batch therefore goes in halves: identifiers and
 * rows, then values.
 *
 * In between its rows have no entries yet, and the first half says so: the source
 * is unsettled from the first of them on (source_rec.settle_row), which the
 * second half takes back.  Killed between the two, the cursor stands before the
 * batch, and upkeep settles the source from that row on.
 */
#include <stdlib.h>
#include <string.h>

#include "store/apply.h"
#include "store/presence.h"

/* The cursor outlives the call; its copy is made while it may still fail. */
static int
copy_cursor(struct apply *a, struct err *e)
{
	struct slice cursor = a->src.cursor;

	if (cursor.p == a->p->src.cursor.p)
		return 0;
	a->cursor = malloc(cursor.n + 1);
	if (a->cursor == NULL)
		return err_set(e, ERR_MEMORY, "no memory for a cursor");
	memcpy(a->cursor, cursor.p, cursor.n);
	a->cursor[cursor.n] = '\0';
	a->src.cursor.p = a->cursor;
	return 0;
}

/* The poll goes on from what is committed. */
static void
adopt(struct apply *a)
{
	struct store_poll *p = a->p;

	if (a->cursor != NULL) {
		free(p->cursor);
		p->cursor = a->cursor;
		a->cursor = NULL;
	}
	a->src.error = SLICE("");
	p->updated = p->updated || a->updates != 0;
	p->nrelisted = 0;
	p->src = a->src;
	p->known_source = true;
}

/* The small records, and the commit. */
static int
finish(struct apply *a, const struct commit *c, struct err *e)
{
	struct store_poll *p = a->p;
	struct store_counts total = p->counts;

	apply_count(&total, &a->counts);
	if (!p->dry_run) {
		if (apply_polled(a, c, total.rejected, e) != 0 ||
		    apply_poll(a, c, &total, e) != 0 ||
		    copy_cursor(a, e) != 0 ||
		    apply_publish(a, c->end != NULL, e) != 0)
			return -1;
		adopt(a);
	}
	p->counts = total;
	return 0;
}

static int
commit_whole(struct store_poll *p, struct batch *b, const struct commit *c,
    struct err *e)
{
	struct apply a = {.p = p, .s = p->s, .b = b, .dry_run = p->dry_run,
	    .now = c->now};
	int rc = -1;

	a.counts.commits = 1;
	if (apply_open(&a, &p->src, e) == 0 && ids_relisted(&a, e) == 0 &&
	    apply_decide(&a, e) == 0 && apply_write(&a, e) == 0 &&
	    presence_end(&a, c->end, e) == 0)
		rc = finish(&a, c, e);
	apply_close(&a);
	return rc;
}

/* ---- in parts ------------------------------------------------------------ */

/* Where a part that begins at `from` ends: not within what shares a block. */
static uint32_t
part_end(const struct batch *b, uint32_t from)
{
	uint32_t to;

	if (b->n - from <= BATCH_LEAST)
		return b->n;
	for (to = from + BATCH_LEAST; to < b->n; to++) {
		if (b->items[to].block == NO_BLOCK ||
		    b->items[to].block != b->items[to - 1].block)
			break;
	}
	return to;
}

/* A batch that was to go in halves and cannot: commits of a few objects, of which
 * the last one brings what the commit was asked to. */
static int
commit_parts(struct store_poll *p, const struct commit *c, struct err *e)
{
	const struct commit some = {.now = c->now};
	uint32_t from, to;

	for (from = 0; from < p->batch.n; from = to) {
		struct batch part = p->batch; /* a view */

		to = part_end(&part, from);
		part.items += from;
		part.n = to - from;
		if (commit_whole(p, &part, to < p->batch.n ? &some : c, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- in halves ----------------------------------------------------------- */

/* Are the batch's rows new, and all that is to be settled afterwards? */
static bool
only_adds(const struct apply *a)
{
	uint32_t i;

	for (i = 0; i < a->b->n; i++) {
		if (a->b->items[i].fate == FATE_UPDATE)
			return false;
	}
	return a->src.unsettled == 0;
}

static int
rows_commit(struct apply *a, struct err *e)
{
	const struct commit c = {.now = a->now};

	apply_unsettle(a);
	a->src.settle_row = a->row_base;
	a->src.settle_why = WHY_NEW;
	a->rows_only = true;
	return apply_write(a, e) != 0 ? -1 : finish(a, &c, e);
}

/* Identifiers and rows.  *done: false when the batch has to go in parts, and
 * nothing was written. */
static int
rows_half(struct apply *a, bool *done, struct err *e)
{
	*done = false;
	if (apply_open(a, &a->p->src, e) != 0 || ids_relisted(a, e) != 0 ||
	    apply_decide(a, e) != 0)
		return -1;
	if (!only_adds(a))
		return 0;
	*done = true;
	return rows_commit(a, e);
}

/* Has nobody settled the source meanwhile, nor begun to? */
static bool
still_pending(const struct apply *a, uint64_t first_row)
{
	return a->src.unsettled != 0 && a->src.settle_why == WHY_NEW &&
	    a->src.settle_row == first_row;
}

/* The values of the rows that `rows` wrote. */
static int
values_half(struct apply *a, struct apply *rows, const struct commit *c,
    struct err *e)
{
	uint32_t i;

	a->ops = rows->ops;
	a->nops = rows->nops;
	a->ops_cap = rows->ops_cap;
	rows->ops = NULL;
	a->counts.commits = 1;
	if (apply_open(a, &a->p->src, e) != 0)
		return -1;
	if (still_pending(a, rows->row_base)) {
		apply_settled(a);
	} else {
		/* What upkeep made of them is found, and not counted twice. */
		for (i = 0; i < a->b->n; i++) {
			if (a->b->items[i].fate == FATE_ADD)
				a->b->items[i].fate = FATE_TOUCH;
		}
	}
	a->data = true;
	if (filter_prepare(a, e) != 0 || apply_values(a, e) != 0 ||
	    log_finish(a, e) != 0 || presence_end(a, c->end, e) != 0)
		return -1;
	return finish(a, c, e);
}

static int
commit_halves(struct store_poll *p, const struct commit *c, struct err *e)
{
	struct apply rows = {.p = p, .s = p->s, .b = &p->batch, .now = c->now};
	struct apply values = rows;
	bool done = false;
	int rc;

	rc = rows_half(&rows, &done, e);
	if (rc == 0 && done) {
		rc = values_half(&values, &rows, c, e);
		apply_close(&values);
	}
	apply_close(&rows);
	if (rc != 0 || done)
		return rc;
	p->updated = true;
	return commit_parts(p, c, e);
}

int
apply_commit(struct store_poll *p, const struct commit *c, struct err *e)
{
	int rc = batch_is_large(p) ? commit_halves(p, c, e) :
	    commit_whole(p, &p->batch, c, e);

	/* What could not be committed is not tried again: the cursor still
	 * stands before it. */
	batch_reset(&p->batch);
	rowset_free(&p->coming);
	return rc;
}
