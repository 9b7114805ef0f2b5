/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/presence.h"

static int
no_room(uint64_t row, struct err *e)
{
	if (row >= LIMIT_ROWS)
		return err_set(e, ERR_STORE, "row %ju is more than a store "
		    "has; run 'taxiway verify'", (uintmax_t)row);
	return err_set(e, ERR_MEMORY, "no memory for the rows of a poll");
}

int
presence_mark(struct store_poll *p, uint64_t row, struct err *e)
{
	return rowset_add(&p->seen, row) == 0 ? 0 : no_room(row, e);
}

int
presence_born(struct apply *a, uint64_t row, struct err *e)
{
	return rowset_add(&a->born, row) == 0 ? 0 : no_room(row, e);
}

int
presence_renewed(struct apply *a, uint64_t row, struct err *e)
{
	return rowset_add(&a->renewed, row) == 0 ? 0 : no_room(row, e);
}

int
presence_gone(struct apply *a, uint64_t row, struct err *e)
{
	return rowset_add(&a->gone, row) == 0 ? 0 : no_room(row, e);
}

/* Take rows out of some kinds, and out of the counts of them. */
static int
take(struct apply *a, const struct rowset *set, const enum rows_kind *kinds,
    size_t n, struct err *e)
{
	uint64_t taken[ROWS_KINDS] = {0};
	size_t i;

	if (set->n == 0)
		return 0;
	for (i = 0; i < n; i++) {
		if (rows_take(a->env, a->txn, kinds[i], a->src.id, set,
		    &taken[kinds[i]], e) != 0)
			return -1;
	}
	a->src.missing -= taken[ROWS_MISSING];
	a->src.withdrawn -= taken[ROWS_WITHDRAWN];
	return 0;
}

int
presence_heard(struct apply *a, const struct rowset *rows, struct err *e)
{
	if (a->src.held == HELD_NOT || rows->n == 0)
		return 0;
	return rows_put(a->env, a->txn, ROWS_HELD, a->src.id, rows, e);
}

int
presence_flush(struct apply *a, struct err *e)
{
	static const enum rows_kind ended[] = {ROWS_WITHDRAWN, ROWS_RETURNING};
	static const enum rows_kind all[] = {ROWS_LIVE, ROWS_MISSING,
	    ROWS_LEAVING, ROWS_WITHDRAWN, ROWS_RETURNING, ROWS_HELD,
	    ROWS_CANARY, ROWS_TOP, ROWS_LISTED, ROWS_FLAWED};
	static const enum rows_kind absent[] = {ROWS_MISSING, ROWS_LEAVING};

	if (take(a, &a->renewed, absent, ARRAY_LEN(absent), e) != 0 ||
	    presence_heard(a, &a->renewed, e) != 0 ||
	    presence_heard(a, &a->born, e) != 0)
		return -1;
	if (rows_put(a->env, a->txn, ROWS_LIVE, a->src.id, &a->born, e) != 0 ||
	    take(a, &a->born, ended, ARRAY_LEN(ended), e) != 0)
		return -1;
	return take(a, &a->gone, all, ARRAY_LEN(all), e);
}
