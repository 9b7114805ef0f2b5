/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Pausing a source.  A small transaction of its own beside a poll that may be
 * running, whose next commit keeps it.  Only to make a source takes the lease:
 * its first poll would make it too.
 */
#include "store/apply.h"
#include "store/bytes.h"

int
store_pause(struct store *s, const char *name, bool pause, int64_t now,
    bool *changed, struct err *e)
{
	struct slice wanted = slice_str(name);
	struct source_rec r = {.name = wanted};
	struct batch b;
	struct apply a = {.s = s, .b = &b, .now = now};
	int lease = -1, rc;

	*changed = false;
	if (wanted.n == 0 || wanted.n > LIMIT_SOURCE_NAME)
		return err_set(e, ERR_USAGE, "a source name has 1 to %d bytes",
		    LIMIT_SOURCE_NAME);
	if (source_id(s, source_stands, &wanted, &r.id, e) != 0)
		return -1;
	if (r.id == 0 && !pause)
		return 0;
	if (r.id == 0 && lease_take(s, wanted, &lease, e) != 0)
		return -1;
	batch_init(&b);
	rc = r.id != 0 ? touch_begin(&a, &b, s, r.id, now, e) :
	    apply_open(&a, &r, e);
	*changed = rc == 0 && (a.src.paused != 0) != pause;
	if (*changed) {
		a.src.paused = pause ? now : 0;
		rc = touch_finish(&a, e);
	} else {
		touch_drop(&a);
	}
	batch_free(&b);
	lease_give(lease);
	return rc;
}
