/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/undo.h"

#include <string.h>

#include "store/bytes.h"
#include "store/verdict.h"

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

bool
undo_says(const struct object_rec *o, const struct undo_value *value,
    uint8_t *flags, bool *digest)
{
	struct object_value v;
	enum object_tag tag;
	struct slice bytes;
	bool found = false;
	uint8_t one, all = 0;
	size_t pos = 0;

	if ((o->flags & OBJ_CLAIMS) == 0)
		return false;
	while (object_rec_next(o, &pos, &tag, &bytes)) {
		if (tag != TAG_VALUE || object_value_decode(bytes, &v) != 0 ||
		    v.value.type != value->type ||
		    v.value.prefix != value->prefix ||
		    v.value.keylen != value->key.n ||
		    memcmp(v.value.key, value->key.p, value->key.n) != 0)
			continue;
		one = verdict_flags(&v);
		all = !found ? one : (uint8_t)((all & one & OVF_COMPOUND) |
		    ((all | one) & CLAIM_SUFFIX));
		if (digest != NULL)
			*digest = (v.value.flags & VALUE_DIGEST) != 0;
		found = true;
	}
	if (found && flags != NULL)
		*flags = all;
	return found;
}

int
undo_holder(MDB_cursor *cur, uint64_t row, const struct undo_value *v,
    struct object_rec *old, struct slice *record, uint32_t *poll)
{
	uint8_t k[UNDO_KEY_LEN];
	MDB_val key = {sizeof(k), k}, val;
	struct object_rec o;
	bool found = false;
	uint32_t at_poll;
	uint64_t at;
	int rc;

	undo_key(k, row, 0);
	for (rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE); rc == 0;
	    rc = mdb_cursor_get(cur, &key, &val, MDB_NEXT)) {
		if (!undo_key_read(&key, &at, &at_poll))
			return MDB_CORRUPTED;
		if (at != row)
			break;
		if (object_rec_head((struct slice){val.mv_data, val.mv_size},
		    &o) != 0)
			return MDB_CORRUPTED;
		if (!undo_says(&o, v, NULL, NULL))
			continue;
		found = true;
		*old = o;
		if (record != NULL)
			*record = (struct slice){val.mv_data, val.mv_size};
		if (poll != NULL)
			*poll = at_poll;
	}
	if (rc != 0 && rc != MDB_NOTFOUND)
		return rc;
	return found ? 0 : MDB_NOTFOUND;
}
