/* SPDX-License-Identifier: BSD-2-Clause */
/* The rows of each source against its objects and against each other. */
#include <string.h>

#include "store/verify.h"

/* The chunk of a key into v->chunk, which keeps the one read last: objects come
 * in the order of their rows. */
static int
chunk_read(struct verify *v, const struct rows_key *key)
{
	uint8_t room[ROWS_KEY_LEN];
	MDB_val k, d;
	int rc;

	if (memcmp(key, &v->chunk_key, sizeof(*key)) == 0)
		return TW_OK;
	v->chunk_key = *key;
	memset(&v->chunk, 0, sizeof(v->chunk));
	rows_key_put(room, key);
	rc = table_get(v->s, TABLE_ROWS, room, sizeof(room), &k, &d);
	if (rc == TW_NOT_FOUND)
		return TW_OK;
	if (rc == TW_OK && rows_rec_decode(val_slice(&d), &v->chunk) != 0)
		memset(&v->chunk, 0, sizeof(v->chunk)); /* the walk tells */
	return rc;
}

int
verify_live(struct verify *v, uint64_t row, const struct object_rec *o)
{
	struct rows_key key;
	unsigned at = row % ROWSET_CHUNK;
	int rc;

	memset(&key, 0, sizeof(key));
	key.kind = ROWS_LIVE;
	key.source = o->source;
	key.chunk = (uint32_t)(row / ROWSET_CHUNK);
	if ((rc = chunk_read(v, &key)) != TW_OK)
		return rc;
	v->sums[o->source].live++;
	if ((v->chunk.words[at / 64] >> at % 64 & 1) == 0)
		verify_bad(v, "rows: object row %ju is not among those of its "
		    "source", (uintmax_t)row);
	return TW_OK;
}

int
verify_rows(struct verify *v, const MDB_val *k, const MDB_val *d)
{
	struct rows_key key;
	struct rows_rec r;

	if (rows_key_get(val_slice(k), &key) != 0) {
		verify_bad(v, "rows: a key of %zu bytes cannot be read",
		    k->mv_size);
		return TW_OK;
	}
	if (rows_rec_decode(val_slice(d), &r) != 0) {
		verify_bad(v, "rows: chunk %u of source %u cannot be read",
		    key.chunk, key.source);
		return TW_OK;
	}
	if (key.kind == ROWS_LIVE)
		v->sums[key.source].live_rows += rows_count(r.words);
	return TW_OK;
}

void
verify_row_counts(struct verify *v)
{
	unsigned i;

	for (i = 0; i <= UINT16_MAX; i++) {
		if (v->sums[i].live != v->sums[i].live_rows)
			verify_bad(v, "rows: source %u has %ju live rows and "
			    "%ju live objects", i,
			    (uintmax_t)v->sums[i].live_rows,
			    (uintmax_t)v->sums[i].live);
	}
}
