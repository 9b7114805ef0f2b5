/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a window listed before.  It withdraws nothing, so the tree of what is
 * missing knows nothing of it; but what it lists on and on was never away, and
 * does not come back when its time to live is over.
 */
#include <string.h>

#include "store/presence.h"

/* All but the listing of that poll. */
static int
forget_but(struct apply *a, uint32_t keep, struct err *e)
{
	static const struct rows_rec none;
	struct rows_key k = {.kind = ROWS_LISTED, .source = a->src.id};
	struct rows_rec r;
	int rc;

	for (; (rc = rows_next(a->env, a->txn, &k, &r, e)) == 1; k.chunk++)
		if (k.walk != keep &&
		    rows_write(a->env, a->txn, &k, &none, e) != 0)
			return -1;
	return rc;
}

/* The newest listing before that poll; 0: none. */
static int
listing_before(struct apply *a, uint32_t poll, uint32_t *walk, struct err *e)
{
	struct rows_key k = {.kind = ROWS_LISTED, .source = a->src.id};
	struct rows_rec r;
	int rc;

	*walk = 0;
	while ((rc = rows_next(a->env, a->txn, &k, &r, e)) == 1 &&
	    k.walk < poll) {
		*walk = k.walk++;
		k.chunk = 0;
	}
	return rc < 0 ? -1 : 0;
}

int
presence_note(struct apply *a, const struct store_end *end, struct err *e)
{
	const struct rowset *seen = &a->p->seen;
	struct rows_key k = {.kind = ROWS_LISTED, .source = a->src.id,
	    .walk = a->p->poll};
	struct rows_rec r = {.poll = a->p->poll, .time = a->now};
	uint32_t before;

	if (a->src.revive == 0 || a->src.listing != LISTING_WINDOW ||
	    end->extent == STORE_PART)
		return forget_but(a, 0, e);
	if (end->extent == STORE_SAME)
		return 0;
	if (listing_before(a, a->p->poll, &before, e) != 0 ||
	    forget_but(a, seen->n > 0 ? before : 0, e) != 0)
		return -1;
	for (k.chunk = 0; k.chunk < seen->n; k.chunk++) {
		const uint64_t *w = rowset_chunk(seen, k.chunk);

		if (w == NULL)
			continue;
		memcpy(r.words, w, sizeof(r.words));
		if (rows_write(a->env, a->txn, &k, &r, e) != 0)
			return -1;
	}
	return 0;
}

int
presence_was_listed(struct apply *a, uint64_t row, uint32_t poll, bool *was,
    struct err *e)
{
	unsigned at = (unsigned)(row % ROWSET_CHUNK);
	struct rows_key k = {.kind = ROWS_LISTED, .source = a->src.id,
	    .chunk = (uint32_t)(row / ROWSET_CHUNK)};
	struct rows_rec r;

	*was = false;
	if (listing_before(a, poll, &k.walk, e) != 0)
		return -1;
	if (k.walk == 0)
		return 0;
	if (rows_read(a->env, a->txn, &k, &r, e) != 0)
		return -1;
	*was = (r.words[at / 64] >> at % 64 & 1) != 0;
	return 0;
}
