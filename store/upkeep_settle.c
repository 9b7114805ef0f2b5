/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Settling: the entries of a source whose terms changed are made anew, in the
 * order of its rows.
 */
#include <string.h>

#include "base/limits.h"
#include "store/apply.h"
#include "store/bytes.h"
#include "store/upkeep.h"

static bool
is_unsettled(const struct source_rec *r, void *ctx)
{
	(void)ctx;
	return r->unsettled != 0 && r->forgotten == 0;
}

/* The first source that is unsettled, or 0. */
static int
find_source(struct store *s, uint16_t *source, struct err *e)
{
	struct source_rec r = {.id = 0};
	struct head head;
	MDB_txn *txn;
	int rc;

	if (env_begin(s->env, false, &txn, e) != 0)
		return -1;
	rc = head_read(s->env, txn, &head, e);
	if (rc == 0 && head.unsettled != 0)
		rc = source_search(s->env, txn, is_unsettled, NULL, &r, e);
	*source = rc > 0 ? r.id : 0;
	mdb_txn_abort(txn);
	return rc < 0 ? -1 : 0;
}

int
upkeep_settle(struct store *s, int64_t now, bool *worked, struct err *e)
{
	struct batch b;
	struct apply a;
	uint16_t source;
	bool end;
	int rc = -1;

	*worked = false;
	if (find_source(s, &source, e) != 0)
		return -1;
	if (source == 0)
		return 0;
	batch_init(&b);
	if (touch_begin(&a, &b, s, source, now, e) != 0)
		goto out;
	/* Another process may have been faster. */
	if (a.src.unsettled == 0) {
		rc = 0;
		goto out;
	}
	a.why = a.src.settle_why != WHY_NONE ? a.src.settle_why : WHY_POLICY;
	if (touch_rows(&a, s->portion, FATE_TOUCH, &end, e) != 0)
		goto out;
	if (end)
		apply_settled(&a);
	*worked = true;
	rc = touch_finish(&a, e);
	batch_free(&b);
	return rc;
out:
	touch_drop(&a);
	batch_free(&b);
	return rc;
}
