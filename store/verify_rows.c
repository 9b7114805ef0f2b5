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

static int
chunk_of(struct verify *v, enum rows_kind kind, uint16_t source,
    uint32_t chunk)
{
	struct rows_key key;

	memset(&key, 0, sizeof(key)); /* compared with its padding */
	key.kind = (uint8_t)kind;
	key.source = source;
	key.chunk = chunk;
	return chunk_read(v, &key);
}

int
verify_live(struct verify *v, uint64_t row, const struct object_rec *o)
{
	struct source_sum *sum = &v->sums[o->source];
	unsigned at = row % ROWSET_CHUNK;
	struct object_end end;
	bool ended = object_rec_ended(o, &end);
	struct source_slot *source;
	int rc;

	if ((rc = snap_source(v->s, o->source, &source)) != TW_OK ||
	    source->rec.forgotten != 0)
		return rc;
	if (ended && end.reason != END_WITHDRAWN)
		return TW_OK;
	rc = chunk_of(v, ended ? ROWS_WITHDRAWN : ROWS_LIVE, o->source,
	    (uint32_t)(row / ROWSET_CHUNK));
	if (rc != TW_OK)
		return rc;
	sum->live += !ended;
	sum->withdrawn += ended;
	if ((v->chunk.words[at / 64] >> at % 64 & 1) == 0)
		verify_bad(v, "rows: object row %ju is not among those of its "
		    "source that %s", (uintmax_t)row,
		    ended ? "were withdrawn" : "live");
	return TW_OK;
}

/* Rows of some kinds are rows of another too. */
static int
check_within(struct verify *v, const struct rows_key *key,
    const struct rows_rec *r)
{
	static const uint8_t within[ROWS_KINDS] = {
	    [ROWS_MISSING] = ROWS_LIVE, [ROWS_LEAVING] = ROWS_LIVE,
	    [ROWS_RETURNING] = ROWS_WITHDRAWN,
	};
	uint64_t words[ROWSET_WORDS] = {0};
	unsigned i;
	int rc;

	if (within[key->kind] == 0)
		return TW_OK;
	/* What returns had been withdrawn, or lives and had expired. */
	if (key->kind == ROWS_RETURNING) {
		rc = chunk_of(v, ROWS_LIVE, key->source, key->chunk);
		if (rc != TW_OK)
			return rc;
		memcpy(words, v->chunk.words, sizeof(words));
	}
	rc = chunk_of(v, within[key->kind], key->source, key->chunk);
	if (rc != TW_OK)
		return rc;
	for (i = 0; i < ROWSET_WORDS; i++) {
		if ((r->words[i] & ~v->chunk.words[i] & ~words[i]) == 0)
			continue;
		verify_bad(v, "rows: chunk %u of source %u, kind %u, has rows"
		    " that have ended or returned already", key->chunk,
		    key->source, key->kind);
		break;
	}
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
	v->sums[key.source].rows[key.kind] += rows_count(r.words);
	return check_within(v, &key, &r);
}

static void
same(struct verify *v, unsigned source, const char *what, uint64_t rows,
    uint64_t counted)
{
	if (rows != counted)
		verify_bad(v, "rows: source %u has %ju %s, %ju are counted",
		    source, (uintmax_t)rows, what, (uintmax_t)counted);
}

void
verify_row_counts(struct verify *v)
{
	const struct source_sum *sum;
	struct source_slot *slot;
	struct tw_source src;
	uint16_t id = 0;

	while (tw_source_next(v->s, &id, &src) == TW_OK) {
		sum = &v->sums[id];
		same(v, id, "live rows", sum->rows[ROWS_LIVE], sum->live);
		same(v, id, "rows that were withdrawn",
		    sum->rows[ROWS_WITHDRAWN], sum->withdrawn);
		if (snap_source(v->s, id, &slot) != TW_OK)
			continue;
		same(v, id, "missing rows", sum->rows[ROWS_MISSING],
		    slot->rec.missing);
		same(v, id, "withdrawn rows", sum->rows[ROWS_WITHDRAWN],
		    slot->rec.withdrawn);
		same(v, id, "buried identifiers", sum->buried,
		    slot->rec.buried);
	}
}
