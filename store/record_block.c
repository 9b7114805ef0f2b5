/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks: the original bytes of neighbouring objects, compressed together.
 *
 * 0 version, 1 codec, 2 count, 4 raw length, 8 lengths (count * 4 bytes), then
 * the payload.
 */
#include "store/record.h"

#include <stdlib.h>
#include <zstd.h>

#include "base/limits.h"
#include "store/bytes.h"

#define BLOCK_HEAD 8
#define BLOCK_OBJECTS 65535u
/* The last object of a block may be as large as an object gets. */
#define BLOCK_RAW_MAX (LIMIT_BLOCK_RAW + LIMIT_OBJECT)

enum { CODEC_STORED = 0, CODEC_ZSTD = 1 };

int
block_rec_decode(struct slice bytes, struct block_rec *b)
{
	const uint8_t *p = (const uint8_t *)bytes.p;
	uint64_t sum = 0;
	size_t i, lengths;

	if (bytes.n < BLOCK_HEAD || p[0] != RECORD_VERSION ||
	    p[1] > CODEC_ZSTD)
		return -1;
	b->codec = p[1];
	b->count = le16_get(p + 2);
	b->raw_len = le32_get(p + 4);
	lengths = (size_t)b->count * 4;
	if (b->raw_len > BLOCK_RAW_MAX || bytes.n - BLOCK_HEAD < lengths)
		return -1;
	for (i = 0; i < lengths; i += 4)
		sum += le32_get(p + BLOCK_HEAD + i);
	if (sum != b->raw_len)
		return -1;
	b->lengths = (struct slice){bytes.p + BLOCK_HEAD, lengths};
	b->payload = (struct slice){bytes.p + BLOCK_HEAD + lengths,
	    bytes.n - BLOCK_HEAD - lengths};
	if (b->codec == CODEC_STORED && b->payload.n != b->raw_len)
		return -1;
	return 0;
}

struct block_writer {
	ZSTD_CCtx *zstd;
	int level;
	struct buf raw, lengths, out;
	unsigned count;
};

struct block_writer *
block_writer_new(int level)
{
	struct block_writer *w = calloc(1, sizeof(*w));

	if (w == NULL)
		return NULL;
	w->zstd = ZSTD_createCCtx();
	if (w->zstd == NULL) {
		free(w);
		return NULL;
	}
	w->level = level;
	buf_init(&w->raw, BLOCK_RAW_MAX);
	buf_init(&w->lengths, BLOCK_OBJECTS * 4);
	buf_init(&w->out,
	    BLOCK_HEAD + BLOCK_OBJECTS * 4 + ZSTD_COMPRESSBOUND(BLOCK_RAW_MAX));
	return w;
}

void
block_writer_free(struct block_writer *w)
{
	if (w == NULL)
		return;
	ZSTD_freeCCtx(w->zstd);
	buf_free(&w->raw);
	buf_free(&w->lengths);
	buf_free(&w->out);
	free(w);
}

int
block_writer_add(struct block_writer *w, struct slice object)
{
	uint8_t *len;

	if (w->count == BLOCK_OBJECTS || object.n > LIMIT_OBJECT ||
	    w->raw.n + object.n > BLOCK_RAW_MAX)
		return -1;
	/* Room first, so that a failure leaves the block as it was. */
	len = (uint8_t *)buf_room(&w->lengths, 4);
	if (len == NULL || buf_room(&w->raw, object.n) == NULL)
		return -1;
	buf_slice(&w->raw, object);
	le32_put(len, (uint32_t)object.n);
	w->lengths.n += 4;
	return (int)w->count++;
}

size_t
block_writer_raw(const struct block_writer *w)
{
	return w->raw.n;
}

unsigned
block_writer_count(const struct block_writer *w)
{
	return w->count;
}

int
block_writer_finish(struct block_writer *w, struct slice *out, struct err *e)
{
	struct slice raw = buf_view(&w->raw), lengths = buf_view(&w->lengths);
	size_t head = BLOCK_HEAD + lengths.n, bound = ZSTD_compressBound(raw.n);
	size_t n;
	uint8_t *p;

	buf_reset(&w->out);
	p = (uint8_t *)buf_room(&w->out, head + bound);
	if (p == NULL)
		return err_set(e, ERR_MEMORY, "no memory to compress objects");
	n = ZSTD_compressCCtx(w->zstd, p + head, bound, raw.p, raw.n, w->level);
	p[1] = CODEC_ZSTD;
	if (ZSTD_isError(n) || n >= raw.n) {
		p[1] = CODEC_STORED;
		n = raw.n;
		memcpy(p + head, raw.p, n);
	}
	p[0] = RECORD_VERSION;
	le16_put(p + 2, (uint16_t)w->count);
	le32_put(p + 4, (uint32_t)raw.n);
	memcpy(p + BLOCK_HEAD, lengths.p, lengths.n);
	w->out.n = head + n;
	*out = buf_view(&w->out);
	buf_reset(&w->raw);
	buf_reset(&w->lengths);
	w->count = 0;
	return 0;
}

struct block_reader {
	ZSTD_DCtx *zstd;
	uint64_t n;          /* block in raw; valid when have */
	bool have;
	uint16_t count;
	struct buf raw;
	struct buf offsets;  /* u32 each, count + 1 of them */
};

struct block_reader *
block_reader_new(void)
{
	struct block_reader *r = calloc(1, sizeof(*r));

	if (r == NULL)
		return NULL;
	r->zstd = ZSTD_createDCtx();
	if (r->zstd == NULL) {
		free(r);
		return NULL;
	}
	buf_init(&r->raw, BLOCK_RAW_MAX);
	buf_init(&r->offsets, (BLOCK_OBJECTS + 1) * 4);
	return r;
}

void
block_reader_free(struct block_reader *r)
{
	if (r == NULL)
		return;
	ZSTD_freeDCtx(r->zstd);
	buf_free(&r->raw);
	buf_free(&r->offsets);
	free(r);
}

static int
block_unpack(struct block_reader *r, const struct block_rec *b, struct err *e)
{
	const uint8_t *lengths = (const uint8_t *)b->lengths.p;
	uint8_t *offsets;
	uint32_t at = 0;
	size_t i, n;
	char *raw;

	buf_reset(&r->raw);
	buf_reset(&r->offsets);
	raw = buf_room(&r->raw, b->raw_len);
	offsets = (uint8_t *)buf_room(&r->offsets, ((size_t)b->count + 1) * 4);
	if (raw == NULL || offsets == NULL)
		return err_set(e, ERR_MEMORY, "no memory to unpack objects");
	if (b->codec == CODEC_STORED) {
		memcpy(raw, b->payload.p, b->payload.n);
	} else {
		n = ZSTD_decompressDCtx(r->zstd, raw, b->raw_len,
		    b->payload.p, b->payload.n);
		if (ZSTD_isError(n) || n != b->raw_len)
			return err_set(e, ERR_STORE,
			    "damaged block of objects; run 'taxiway verify'");
	}
	for (i = 0; i < b->count; i++) {
		le32_put(offsets + i * 4, at);
		at += le32_get(lengths + i * 4);
	}
	le32_put(offsets + i * 4, at);
	r->raw.n = b->raw_len;
	r->count = b->count;
	return 0;
}

int
block_reader_get(struct block_reader *r, uint64_t n, struct slice block,
    uint16_t index, struct slice *out, struct err *e)
{
	struct block_rec b;
	const uint8_t *offsets;
	uint32_t from;

	if (!r->have || r->n != n) {
		r->have = false;
		if (block_rec_decode(block, &b) != 0)
			return err_set(e, ERR_STORE,
			    "damaged block of objects; run 'taxiway verify'");
		if (block_unpack(r, &b, e) != 0)
			return -1;
		r->n = n;
		r->have = true;
	}
	if (index >= r->count)
		return err_set(e, ERR_STORE, "block of objects without number "
		    "%u; run 'taxiway verify'", index);
	offsets = (const uint8_t *)r->offsets.p + (size_t)index * 4;
	from = le32_get(offsets);
	*out = (struct slice){r->raw.p + from, le32_get(offsets + 4) - from};
	return 0;
}
