/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The terms of the sources that a commit meets, each read once.
 */
#include <stdlib.h>

#include "base/tstamp.h"
#include "store/apply.h"
#include "store/bytes.h"

static void
find_poll(void *ctx, uint16_t source, uint32_t poll, struct terms_poll *out)
{
	const struct apply *a = ctx;
	struct poll_rec r;
	uint8_t k[6];
	MDB_val key = {sizeof(k), k}, val;

	if (a->p != NULL && source == a->src.id && poll == a->p->poll) {
		out->start = a->p->start;
		out->frozen = a->p->frozen;
		return;
	}
	be16_put(k, source);
	be32_put(k + 2, poll);
	if (mdb_get(a->txn, a->env->dbi[TABLE_POLLS], &key, &val) != 0 ||
	    poll_rec_decode(source, poll,
	    (struct slice){val.mv_data, val.mv_size}, &r) != 0)
		return;
	out->start = r.start;
	out->frozen = r.frozen;
}

struct source_terms *
apply_terms(struct apply *a, uint16_t source, struct err *e)
{
	struct source_terms *t = a->terms[source];
	struct source_rec r;

	if (CC_LIKELY(t != NULL))
		return t;
	if (source == a->src.id)
		r = a->src;
	else if (apply_source_read(a, source, &r, e) != 0)
		return NULL;
	t = malloc(sizeof(*t));
	if (t == NULL) {
		err_set(e, ERR_MEMORY, "no memory for a source's terms");
		return NULL;
	}
	terms_of(&r, t);
	t->find = find_poll;
	t->ctx = a;
	a->terms[source] = t;
	if (source > a->terms_last)
		a->terms_last = source;
	return t;
}

void
apply_forget_terms(struct apply *a, uint16_t source)
{
	free(a->terms[source]);
	a->terms[source] = NULL;
}

void
apply_unsettle(struct apply *a)
{
	if (a->src.unsettled == 0)
		a->head.unsettled++;
	a->src.unsettled = 1;
	a->src.settle_row = 0;
	a->src.settle_why = WHY_POLICY;
	a->data = true;
}

void
apply_settled(struct apply *a)
{
	if (a->src.unsettled != 0)
		a->head.unsettled--;
	a->src.unsettled = 0;
	a->src.settle_row = 0;
	a->src.settle_why = WHY_NONE;
	a->head_changed = true;
}
