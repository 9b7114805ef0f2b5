/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/rowset.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "store/bytes.h"
#include "store/record.h"

enum { CODEC_BITS = 0, CODEC_RUNS = 1 };
#define HEAD_LEN 14

void
rowset_init(struct rowset *s)
{
	*s = (struct rowset){.n = 0};
}

void
rowset_free(struct rowset *s)
{
	uint32_t i;

	for (i = 0; i < s->n; i++)
		free(s->chunks[i]);
	free(s->chunks);
	rowset_init(s);
}

uint64_t *
rowset_room(struct rowset *s, uint32_t chunk)
{
	uint64_t **chunks;
	uint32_t n;

	if (chunk >= ROWSET_CHUNKS)
		return NULL;
	if (chunk >= s->n) {
		n = chunk + chunk / 2 + 16;
		chunks = realloc(s->chunks, n * sizeof(*chunks));
		if (chunks == NULL)
			return NULL;
		memset(chunks + s->n, 0, (n - s->n) * sizeof(*chunks));
		s->chunks = chunks;
		s->n = n;
	}
	if (s->chunks[chunk] == NULL)
		s->chunks[chunk] = calloc(ROWSET_WORDS, sizeof(uint64_t));
	return s->chunks[chunk];
}

int
rowset_add_slow(struct rowset *s, uint64_t row)
{
	uint64_t *w = row < LIMIT_ROWS ?
	    rowset_room(s, (uint32_t)(row / ROWSET_CHUNK)) : NULL;

	if (w == NULL)
		return -1;
	w[row % ROWSET_CHUNK / 64] |= UINT64_C(1) << row % 64;
	return 0;
}

void
rowset_drop(struct rowset *s, uint64_t row)
{
	uint64_t c = row / ROWSET_CHUNK;

	if (c < s->n && s->chunks[c] != NULL)
		s->chunks[c][row % ROWSET_CHUNK / 64] &=
		    ~(UINT64_C(1) << row % 64);
}

unsigned
rows_count(const uint64_t words[ROWSET_WORDS])
{
	unsigned i, n = 0;

	for (i = 0; i < ROWSET_WORDS; i++)
		n += (unsigned)__builtin_popcountll(words[i]);
	return n;
}

bool
rows_empty(const uint64_t words[ROWSET_WORDS])
{
	uint64_t any = 0;
	unsigned i;

	for (i = 0; i < ROWSET_WORDS; i++)
		any |= words[i];
	return any == 0;
}

uint64_t
rowset_count(const struct rowset *s)
{
	uint64_t n = 0;
	uint32_t i;

	for (i = 0; i < s->n; i++)
		n += s->chunks[i] != NULL ? rows_count(s->chunks[i]) : 0;
	return n;
}

uint64_t
rowset_digest(const struct rowset *s, uint64_t seed)
{
	uint64_t h = seed;
	uint32_t i;

	for (i = 0; i < s->n; i++) {
		if (s->chunks[i] != NULL && !rows_empty(s->chunks[i]))
			h = digest64(s->chunks[i], ROWSET_CHUNK / 8, h + i);
	}
	return h;
}

/* ---- chunks in the tree -------------------------------------------------- */

void
rows_key_put(uint8_t out[ROWS_KEY_LEN], const struct rows_key *k)
{
	out[0] = k->kind;
	be16_put(out + 1, k->source);
	be32_put(out + 3, k->walk);
	be32_put(out + 7, k->chunk);
}

int
rows_key_get(struct slice bytes, struct rows_key *k)
{
	const uint8_t *p = (const uint8_t *)bytes.p;

	if (bytes.n != ROWS_KEY_LEN)
		return -1;
	*k = (struct rows_key){.kind = p[0], .source = be16_get(p + 1),
	    .walk = be32_get(p + 3), .chunk = be32_get(p + 7)};
	return k->kind >= ROWS_LIVE && k->kind < ROWS_KINDS &&
	    k->chunk < ROWSET_CHUNKS ? 0 : -1;
}

/* The first row from `at` on whose bit is `set`; ROWSET_CHUNK when none is. */
static unsigned
find_bit(const uint64_t *words, unsigned at, bool set)
{
	uint64_t w;

	while (at < ROWSET_CHUNK) {
		w = set ? words[at / 64] : ~words[at / 64];
		w >>= at % 64;
		if (w != 0)
			return at + (unsigned)__builtin_ctzll(w);
		at = (at / 64 + 1) * 64;
	}
	return ROWSET_CHUNK;
}

/* Bytes of the runs, or 0 when they take more than `max`. */
static size_t
put_runs(const uint64_t *words, uint8_t *out, size_t max)
{
	unsigned at = 0, from, to;
	size_t n = 0;

	while ((from = find_bit(words, at, true)) < ROWSET_CHUNK) {
		to = find_bit(words, from, false);
		if (n + 4 > max) /* two numbers below 2^14 */
			return 0;
		n += varint_put(out + n, from - at);
		n += varint_put(out + n, to - from);
		at = to;
	}
	return n;
}

static size_t
put_bits(const uint64_t *words, uint8_t *out)
{
	size_t i, n = 0;

	for (i = 0; i < ROWSET_WORDS; i++) {
		le64_put(out + 8 * i, words[i]);
		if (words[i] != 0)
			n = 8 * i + 8 -
			    (size_t)__builtin_clzll(words[i]) / 8;
	}
	return n;
}

size_t
rows_rec_encode(const struct rows_rec *r, uint8_t out[ROWS_REC_MAX])
{
	size_t runs, bits;
	uint8_t room[ROWSET_CHUNK / 8];

	bits = put_bits(r->words, out + HEAD_LEN);
	if (bits == 0)
		return 0;
	out[0] = RECORD_VERSION;
	out[1] = CODEC_BITS;
	le32_put(out + 2, r->poll);
	le64_put(out + 6, (uint64_t)r->time);
	runs = put_runs(r->words, room, sizeof(room));
	if (runs == 0 || runs >= bits)
		return HEAD_LEN + bits;
	out[1] = CODEC_RUNS;
	memcpy(out + HEAD_LEN, room, runs);
	return HEAD_LEN + runs;
}

static int
get_runs(const uint8_t *p, size_t n, uint64_t *words)
{
	uint64_t at = 0, v[2];
	size_t i, used;

	while (n > 0) {
		for (i = 0; i < 2; i++) {
			used = varint_get(p, n, &v[i]);
			if (used == 0 || v[i] > ROWSET_CHUNK)
				return -1;
			p += used;
			n -= used;
		}
		at += v[0];
		if (v[1] == 0 || at + v[1] > ROWSET_CHUNK)
			return -1;
		for (; v[1] > 0; v[1]--, at++)
			words[at / 64] |= UINT64_C(1) << at % 64;
	}
	return 0;
}

int
rows_rec_decode(struct slice bytes, struct rows_rec *r)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	size_t i, n;

	if (bytes.n <= HEAD_LEN || bytes.n > ROWS_REC_MAX ||
	    p[0] != RECORD_VERSION || p[1] > CODEC_RUNS)
		return -1;
	r->poll = le32_get(p + 2);
	r->time = le64_get_signed(p + 6);
	memset(r->words, 0, sizeof(r->words));
	n = bytes.n - HEAD_LEN;
	if (p[1] == CODEC_RUNS)
		return get_runs(p + HEAD_LEN, n, r->words);
	for (i = 0; i < n; i++)
		r->words[i / 8] |= (uint64_t)p[HEAD_LEN + i] << i % 8 * 8;
	return rows_empty(r->words) ? -1 : 0;
}
