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
presence_flush(struct apply *a, struct err *e)
{
	static const enum rows_kind ended[] = {ROWS_WITHDRAWN, ROWS_RETURNING};
	unsigned i;

	if (rows_put(a->env, a->txn, ROWS_LIVE, a->src.id, &a->born, e) != 0)
		return -1;
	for (i = 0; i < ARRAY_LEN(ended); i++) {
		if (rows_take(a->env, a->txn, ended[i], a->src.id, &a->born,
		    e) != 0)
			return -1;
	}
	return 0;
}
