/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/undo.h"

#include "store/bytes.h"

void
undo_key(uint8_t out[UNDO_KEY_LEN], uint64_t row, uint32_t poll)
{
	be64_put(out, row);
	be32_put(out + 8, poll);
}

bool
undo_key_read(const MDB_val *key, uint64_t *row, uint32_t *poll)
{
	if (key->mv_size != UNDO_KEY_LEN)
		return false;
	*row = be64_get(key->mv_data);
	*poll = be32_get((const uint8_t *)key->mv_data + 8);
	return true;
}

int
undo_version(MDB_cursor *cur, uint64_t row, uint32_t hidden_from,
    struct object_rec *old, struct slice *record)
{
	uint8_t k[UNDO_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	struct slice bytes;
	uint64_t at;
	uint32_t poll;
	int rc;

	undo_key(k, row, hidden_from);
	rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE);
	if (rc != 0)
		return rc;
	if (!undo_key_read(&key, &at, &poll))
		return MDB_CORRUPTED;
	if (at != row)
		return MDB_NOTFOUND;
	bytes = (struct slice){val.mv_data, val.mv_size};
	if (object_rec_head(bytes, old) != 0)
		return MDB_CORRUPTED;
	/* It came with a hidden poll itself. */
	if (old->poll >= hidden_from)
		return MDB_NOTFOUND;
	if (record != NULL)
		*record = bytes;
	return 0;
}
