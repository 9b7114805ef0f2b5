/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/poll_find.h"

#include "store/bytes.h"
#include "store/record.h"

/* The first record from `poll` on, up to `last`. */
static int
record_from(MDB_cursor *cur, uint16_t source, uint32_t poll, uint32_t last,
    struct poll_rec *r)
{
	uint8_t k[6];
	MDB_val key = {sizeof(k), k}, val;
	int rc;

	be16_put(k, source);
	be32_put(k + 2, poll);
	rc = mdb_cursor_get(cur, &key, &val, MDB_SET_RANGE);
	if (rc != 0)
		return rc;
	if (key.mv_size != sizeof(k))
		return MDB_CORRUPTED;
	poll = be32_get((const uint8_t *)key.mv_data + 2);
	if (be16_get(key.mv_data) != source || poll > last)
		return MDB_NOTFOUND;
	return poll_rec_decode(source, poll, (struct slice){val.mv_data,
	    val.mv_size}, r) == 0 ? 0 : MDB_CORRUPTED;
}

int
poll_find_after(MDB_cursor *cur, uint16_t source, uint32_t polls, int64_t t,
    uint32_t *first)
{
	uint32_t low = 1, high = polls, middle;
	struct poll_rec r;
	int rc;

	*first = polls + 1;
	while (low <= high && high != 0) {
		middle = low + (high - low) / 2;
		rc = record_from(cur, source, middle, high, &r);
		if (rc != 0 && rc != MDB_NOTFOUND)
			return rc;
		/* Between them there is none. */
		if (rc == MDB_NOTFOUND) {
			high = middle - 1;
		} else if (r.start > t) {
			*first = middle;
			high = middle - 1;
		} else {
			low = r.poll + 1;
		}
	}
	return 0;
}
