/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Rows that go altogether: the object, its versions, its claims, its links, its
 * identifier.
 */
#include <string.h>

#include "store/apply.h"
#include "store/bytes.h"
#include "store/undo.h"

/* What a version that goes leaves behind. */
static int
drop_version(struct apply *a, const struct object_rec *old, uint32_t item,
    struct err *e)
{
	if (values_collect(a, old, item, OP_DROP, false, e) != 0)
		return -1;
	return raw_bury(a, old, e);
}

/* Delete them, from the first on. */
static int
drop_undo(struct apply *a, uint64_t row, struct err *e)
{
	uint8_t k[UNDO_KEY_LEN];
	MDB_val key, val;
	uint32_t poll;
	uint64_t at;
	int rc;

	undo_key(k, row, 0);
	for (;;) {
		key = (MDB_val){sizeof(k), k};
		rc = mdb_cursor_get(a->undo, &key, &val, MDB_SET_RANGE);
		if (rc == MDB_NOTFOUND)
			return 0;
		if (rc == 0 && !undo_key_read(&key, &at, &poll))
			return apply_damaged(a, TABLE_UNDO, e);
		if (rc == 0 && at != row)
			return 0;
		if (rc == 0)
			rc = mdb_cursor_del(a->undo, 0);
		if (rc != 0)
			return env_fail(e, a->env, rc, "writing undo");
	}
}

static int
drop_key(struct apply *a, MDB_cursor *cur, void *k, size_t n, struct err *e)
{
	MDB_val key = {n, k}, val;
	int rc = mdb_cursor_get(cur, &key, &val, MDB_SET);

	if (rc == 0)
		rc = mdb_cursor_del(cur, 0);
	return rc == 0 || rc == MDB_NOTFOUND ? 0 :
	    env_fail(e, a->env, rc, "removing objects");
}

int
object_remove(struct apply *a, uint32_t i, struct err *e)
{
	struct item *it = &a->b->items[i];
	uint8_t id[IDKEY_LEN + 3], k[8];
	struct object_rec r;

	if (object_rec_head((struct slice){(char *)it->rec, it->len}, &r) != 0)
		return err_set(e, ERR_INTERNAL, "record of a batch changed");
	if (undo_each(a, it->row, i, drop_version, e) != 0 ||
	    drop_undo(a, it->row, e) != 0 ||
	    values_collect(a, &r, i, OP_UNLINK, false, e) != 0 ||
	    links_collect(a, &r, it->row, false, e) != 0 ||
	    raw_bury(a, &r, e) != 0)
		return -1;
	object_count(a, &r, -1);
	a->head.objects--;
	a->src.objects--;
	a->data = true;
	memcpy(id, r.id.b, IDKEY_LEN);
	id[IDKEY_LEN] = 0;
	be16_put(id + IDKEY_LEN + 1, r.source);
	be64_put(k, it->row);
	if (drop_key(a, a->ids, id, sizeof(id), e) != 0)
		return -1;
	return drop_key(a, a->objects, k, sizeof(k), e);
}
