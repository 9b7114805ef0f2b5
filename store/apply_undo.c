/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Versions that a poll overwrote.
 *
 * One entry for each row and poll: what stood there before that poll.  Further
 * versions of the same poll are no way back to anywhere.
 */
#include "store/apply.h"
#include "store/undo.h"

int
undo_save(struct apply *a, uint64_t row, struct slice record, struct err *e)
{
	uint8_t k[UNDO_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	/* A put may move the page that the record lies on. */
	buf_reset(&a->old);
	if (buf_slice(&a->old, record) != 0)
		return err_set(e, ERR_MEMORY, "no memory for a version");
	val = (MDB_val){a->old.n, a->old.p};
	undo_key(k, row, a->p->poll);
	rc = mdb_cursor_put(a->undo, &key, &val, MDB_NOOVERWRITE);
	if (rc == MDB_KEYEXIST)
		return apply_damaged(a, TABLE_UNDO, e);
	return rc == 0 ? 0 : env_fail(e, a->env, rc, "writing undo");
}
