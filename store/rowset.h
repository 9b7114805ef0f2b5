/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of rows: bits in chunks of ROWSET_CHUNK rows, of which only those exist
 * that hold a row.  A poll marks in one what it listed; the tree `rows` keeps
 * such chunks (struct rows_rec).
 *
 * A million rows are 128 KB.  Adding a row to a chunk that exists is a few
 * instructions.  Not thread-safe.
 */
#ifndef STORE_ROWSET_H
#define STORE_ROWSET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/limits.h"
#include "base/slice.h"

#define ROWSET_CHUNK 8192u
#define ROWSET_WORDS (ROWSET_CHUNK / 64)
#define ROWSET_CHUNKS (LIMIT_ROWS / ROWSET_CHUNK)

struct rowset {
	uint64_t **chunks; /* n of them; NULL: empty */
	uint32_t n;
};

void rowset_init(struct rowset *s);
void rowset_free(struct rowset *s);

/* The chunk's words, made when missing.  NULL: no memory, or chunk is not below
 * ROWSET_CHUNKS. */
uint64_t *rowset_room(struct rowset *s, uint32_t chunk) CC_CHECK;
int rowset_add_slow(struct rowset *s, uint64_t row) CC_CHECK;

/* 0, or -1: no memory, or a row that no store has. */
static inline int
rowset_add(struct rowset *s, uint64_t row)
{
	uint64_t c = row / ROWSET_CHUNK;

	if (CC_UNLIKELY(c >= s->n || s->chunks[c] == NULL))
		return rowset_add_slow(s, row);
	s->chunks[c][row % ROWSET_CHUNK / 64] |= UINT64_C(1) << row % 64;
	return 0;
}

/* NULL: the set has no row in it.  Words of a chunk may all be zero. */
static inline uint64_t *
rowset_chunk(const struct rowset *s, uint32_t chunk)
{
	return chunk < s->n ? s->chunks[chunk] : NULL;
}

static inline bool
rowset_has(const struct rowset *s, uint64_t row)
{
	uint64_t c = row / ROWSET_CHUNK;
	const uint64_t *w = c < s->n ? s->chunks[c] : NULL;

	return w != NULL && (w[row % ROWSET_CHUNK / 64] >> row % 64 & 1) != 0;
}

/* Take a row out that may be in it. */
void rowset_drop(struct rowset *s, uint64_t row);
uint64_t rowset_count(const struct rowset *s);
/* The same for equal sets: tells one listing from another. */
uint64_t rowset_digest(const struct rowset *s, uint64_t seed);

unsigned rows_count(const uint64_t words[ROWSET_WORDS]);
bool rows_empty(const uint64_t words[ROWSET_WORDS]);

/* ---- one chunk as it is stored ------------------------------------------- */

/* Key: u8 enum rows_kind, u16 source, u32 walk, u32 chunk. */
enum rows_kind {
	/* rows of the source that have not ended; walk 0 */
	ROWS_LIVE = 1,
	/* of them, those absent from every whole listing since that walk */
	ROWS_MISSING = 2,
	/* of them, those that are to be withdrawn: work for upkeep */
	ROWS_LEAVING = 3,
	/* rows that ended because they were withdrawn; walk 0 */
	ROWS_WITHDRAWN = 4,
	/* of them, those that were listed again, and of those that live, those
	 * that had expired and begin anew: work for upkeep; walk is the number of
	 * the poll that listed them */
	ROWS_RETURNING = 5,
	/* what the newest poll listed that is held; walk 0 */
	ROWS_HELD = 6,
	/* rows with a canary, or with an entry of the top list, that were not
	 * accepted; walk 0 */
	ROWS_CANARY = 7,
	ROWS_TOP = 8,
	/* what the two newest whole listings of a window name, where what comes
	 * back begins anew; walk is the number of the poll */
	ROWS_LISTED = 9,
	/* rows of which something could not be read (struct item, flawed), and
	 * that were not accepted; walk 0 */
	ROWS_FLAWED = 10,
	ROWS_KINDS = 11
};
#define ROWS_KEY_LEN 11
#define ROWS_REC_MAX (14 + ROWSET_CHUNK / 8)

struct rows_key {
	uint8_t kind;
	uint16_t source;
	uint32_t walk, chunk;
};
void rows_key_put(uint8_t out[ROWS_KEY_LEN], const struct rows_key *k);
/* 0, or -1 when the bytes are no such key. */
int rows_key_get(struct slice bytes, struct rows_key *k) CC_CHECK;

/* u8 version, u8 codec (0 bits, lowest row first, zero bytes at the end cut off;
 * 1 runs: varint rows left out, varint rows in), u32 poll, i64 time, payload. */
struct rows_rec {
	uint32_t poll;  /* that made the group; 0 where it does not matter */
	int64_t time;   /* its end */
	uint64_t words[ROWSET_WORDS];
};
/* Bytes written; 0 when no bit is set. */
size_t rows_rec_encode(const struct rows_rec *r, uint8_t out[ROWS_REC_MAX]);
/* 0, or -1 when the bytes are not such a record, or an empty one. */
int rows_rec_decode(struct slice bytes, struct rows_rec *r) CC_CHECK;

#endif
