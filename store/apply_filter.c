/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter while a batch is applied.
 *
 * It is made ready before the first change of the transaction: a larger one is
 * then built from what is committed, and only grows by the batch.  Built later
 * it would lack what the transaction removes, and if that is then not
 * committed, readers would miss values.
 */
#include <string.h>

#include "store/apply.h"

#define CAPACITY_LEAST UINT64_C(131072)
#define CAPACITY_STEEP UINT64_C(4194304) /* grow by 4 up to here, then by 2 */

static int
fill_table(struct apply *a, struct filter *f, bool net, struct err *e)
{
	MDB_val key, val;
	const uint8_t *k;
	int rc;

	rc = mdb_cursor_get(a->values[net], &key, &val, MDB_FIRST);
	while (rc == 0) {
		k = key.mv_data;
		if (!net && key.mv_size > 1)
			filter_add(f, k[0], k + 1, key.mv_size - 1);
		else if (net && key.mv_size >= 6)
			filter_add_net(f, k[0], k + 1, k[key.mv_size - 1]);
		rc = mdb_cursor_get(a->values[net], &key, &val, MDB_NEXT);
	}
	return rc == MDB_NOTFOUND ? 0 : env_fail(e, a->env, rc,
	    "reading values");
}

/*
 * Build one for `need` keys from the tree, and put it in place of the old one.
 * No room or no right for it is no reason to fail: readers do without, as long
 * as none is left behind that lacks values.
 */
static int
rebuild(struct apply *a, uint64_t need, struct err *e)
{
	struct store *s = a->s;
	struct filter *f;
	struct err why = ERR_INIT;
	uint64_t capacity = CAPACITY_LEAST;

	while (capacity < need)
		capacity *= capacity < CAPACITY_STEEP ? 4 : 2;
	if (filter_build(s->path, s->id.uuid, capacity, &f, &why) != 0)
		return 0;
	if (fill_table(a, f, false, e) != 0 || fill_table(a, f, true, e) != 0) {
		filter_unmap(f);
		return -1;
	}
	filter_complete(f, a->head.generation);
	/* In a first load all is synced at its end; the first one of all is by
	 * the commit that follows. */
	if (filter_publish(f, s->filter, s->loading < 0 &&
	    a->head.generation > 0, &why) != 0) {
		filter_unmap(f);
		return 0;
	}
	filter_unmap(s->filter);
	s->filter = f;
	return 0;
}

int
filter_prepare(struct apply *a, struct err *e)
{
	struct store *s = a->s;
	uint64_t had = a->head.values + a->head.nets, need = a->b->nvalues;

	a->filter = NULL;
	if (a->dry_run)
		return 0;
	if (s->filter != NULL && filter_superseded(s->filter)) {
		filter_unmap(s->filter);
		s->filter = NULL;
	}
	if (s->filter == NULL &&
	    filter_open(s->path, s->id.uuid, 0, &s->filter, e) != 0)
		return -1;
	if (s->filter == NULL ||
	    filter_generation(s->filter) < a->head.generation) {
		if (rebuild(a, had + need, e) != 0)
			return -1;
	} else if (filter_count(s->filter) + need >
	    filter_capacity(s->filter)) {
		if (rebuild(a, 2 * (had + need), e) != 0)
			return -1;
	}
	/* One that lacks values and could not be replaced stays as it is: this
	 * commit would call it complete. */
	if (s->filter != NULL &&
	    filter_generation(s->filter) < a->head.generation)
		return 0;
	a->filter = s->filter;
	return 0;
}
