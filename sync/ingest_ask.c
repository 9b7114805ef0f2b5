/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Objects whose bytes are known are not parsed.  Objects are held in chunks
 * while the keeper is asked about their digests; it answers from the store while
 * the next chunks are read.  Chunks are taken in order, so objects keep theirs.
 */
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "stix/object.h"
#include "sync/claim.h"
#include "sync/ingest_int.h"

#define CHUNKS (LIMIT_ASK_AHEAD + 1) /* one is being filled */
#define CHUNK_KEEP MIB(2)            /* larger ones are not kept */

struct ask_item {
	size_t at, n;
	size_t record;   /* bytes of a ready record in front of it; 0: none */
	uint64_t offset, hash;
	bool asked, marking;
};

struct ask_chunk {
	struct buf bytes;
	struct ask_item items[LIMIT_ASK];
	unsigned n, asked;
	/* the question, as it is sent */
	uint64_t hashes[LIMIT_ASK];
	struct idkey ids[LIMIT_ASK];
};

struct ask {
	unsigned first;  /* oldest chunk */
	unsigned count;  /* chunks that wait for an answer */
	struct ask_chunk chunks[CHUNKS];
};

int
ask_new(struct ingest *g, struct err *e)
{
	unsigned i;

	g->ask = calloc(1, sizeof(*g->ask));
	if (g->ask == NULL)
		return err_set(e, ERR_MEMORY, "out of memory for questions");
	for (i = 0; i < CHUNKS; i++)
		buf_init(&g->ask->chunks[i].bytes,
		    LIMIT_ASK_BYTES + LIMIT_RECORD + LIMIT_OBJECT);
	return 0;
}

void
ask_free(struct ingest *g)
{
	unsigned i;

	if (g->ask == NULL)
		return;
	for (i = 0; i < CHUNKS; i++)
		buf_free(&g->ask->chunks[i].bytes);
	free(g->ask);
	g->ask = NULL;
}

static struct ask_chunk *
ask_filling(struct ask *a)
{
	return &a->chunks[(a->first + a->count) % CHUNKS];
}

/* About `n` objects, at most LIMIT_ASK: a number of 8 bytes and an identifier
 * each. */
static int
send_question(struct ingest *g, enum msg_type type, const void *numbers,
    const struct idkey *ids, uint32_t n)
{
	char body[LIMIT_ASK * (sizeof(uint64_t) + sizeof(*ids))];
	size_t at = n * sizeof(uint64_t);

	memcpy(body, numbers, at);
	memcpy(body + at, ids, n * sizeof(*ids));
	if (msg_send(&g->link, type, (struct slice){(char *)&n, sizeof(n)},
	    (struct slice){body, at + n * sizeof(*ids)}, &g->err) != 0)
		return -1;
	/* The keeper may be idle, waiting for just this. */
	return msg_push(&g->link, &g->err);
}

/* The bits of the answer to the oldest question.  Borrowed. */
static int
ask_answer(struct ingest *g, uint32_t asked, const uint8_t **bits)
{
	struct msg m;
	uint32_t n;

	if (msg_await(&g->link, &m, &g->err) != 0)
		return -1;
	if (m.type != MSG_ANSWER || !msg_take(&m.body, &n, sizeof(n)) ||
	    n != asked || m.body.n != (n + 7) / 8)
		return err_set(&g->err, ERR_PROTO, "keeper sent an answer "
		    "that does not fit its question");
	*bits = (const uint8_t *)m.body.p;
	return 0;
}

static int
take_unknown(struct ingest *g, const struct ask_chunk *c,
    const struct ask_item *it, const struct ingest_item *item)
{
	if (it->record == 0)
		return ingest_object(g, item);
	buf_reset(&g->record);
	if (buf_add(&g->record, c->bytes.p + it->at - it->record,
	    it->record) != 0)
		return err_set(&g->err, ERR_MEMORY, "out of memory for "
		    "records");
	return ingest_record(g, item);
}

/* A question beside the objects: by versions, or by digests. */
static int
ask_apart(struct ingest *g, enum msg_type type, const struct idkey *ids,
    const void *numbers, uint32_t n, uint8_t *known)
{
	const uint8_t *bits;

	if (ask_drain(g) != 0 || send_all(g) != 0 ||
	    send_question(g, type, numbers, ids, n) != 0 ||
	    ask_answer(g, n, &bits) != 0)
		return -1;
	memcpy(known, bits, (n + 7) / 8);
	return 0;
}

static int
ask_by(struct ingest *g, enum msg_type type, const struct idkey *ids,
    const void *numbers, size_t n, uint8_t *known, struct err *e)
{
	if (n == 0 || n > LIMIT_ASK)
		return err_set(e, ERR_INTERNAL, "a question of %zu objects", n);
	if (g->err.code == ERR_NONE &&
	    ask_apart(g, type, ids, numbers, (uint32_t)n, known) == 0)
		return 0;
	return err_set(e, g->err.code, "%s", g->err.text);
}

int
ingest_unchanged(struct ingest *g, uint64_t n, struct err *e)
{
	while (g->err.code == ERR_NONE && n > 0) {
		uint32_t some = n < UINT32_MAX ? (uint32_t)n : UINT32_MAX;

		if (send_known(g, some) != 0)
			break;
		n -= some;
	}
	return g->err.code == ERR_NONE ? 0 :
	    err_set(e, g->err.code, "%s", g->err.text);
}

int
ingest_versions(struct ingest *g, const struct idkey *ids,
    const int64_t *versions, size_t n, uint8_t *known, struct err *e)
{
	return ask_by(g, MSG_VERSIONS, ids, versions, n, known, e);
}

int
ingest_known(struct ingest *g, const struct idkey *ids,
    const uint64_t *digests, size_t n, uint8_t *known, struct err *e)
{
	return ask_by(g, MSG_ASK, ids, digests, n, known, e);
}

int
ingest_parts(struct ingest *g, const struct idkey *ids, size_t n,
    struct err *e)
{
	uint32_t some = (uint32_t)n;

	if (n == 0 || n > LIMIT_ASK)
		return err_set(e, ERR_INTERNAL, "a list of %zu containers", n);
	if (g->err.code == ERR_NONE && send_hand_over(g) == 0 &&
	    msg_send(&g->link, MSG_PARTS,
	    (struct slice){(char *)&some, sizeof(some)},
	    (struct slice){(const char *)ids[0].b, n * sizeof(*ids)},
	    &g->err) == 0)
		return 0;
	return err_set(e, g->err.code, "%s", g->err.text);
}

static int
ask_take(struct ingest *g, struct ask_chunk *c)
{
	const uint8_t *bits = NULL;
	uint32_t known = 0;
	unsigned i, bit = 0;

	if (c->asked > 0 && ask_answer(g, c->asked, &bits) != 0)
		return -1;
	for (i = 0; i < c->n; i++) {
		const struct ask_item *it = &c->items[i];
		struct ingest_item item = {{c->bytes.p + it->at, it->n},
		    it->offset, it->hash};
		unsigned b = bit;

		bit += it->asked;
		if (it->asked && (bits[b / 8] >> (b % 8) & 1) != 0) {
			known++;
			g->facts.taken++;
			if (it->marking)
				ingest_learn(g, item.bytes);
		} else if (take_unknown(g, c, it, &item) != 0) {
			return -1;
		}
	}
	c->n = c->asked = 0;
	if (c->bytes.cap > CHUNK_KEEP)
		buf_free(&c->bytes);
	else
		buf_reset(&c->bytes);
	return send_known(g, known);
}

static int
ask_take_first(struct ingest *g)
{
	struct ask *a = g->ask;

	if (ask_take(g, &a->chunks[a->first]) != 0)
		return -1;
	a->first = (a->first + 1) % CHUNKS;
	a->count--;
	return 0;
}

static size_t
ask_waiting(const struct ask *a)
{
	size_t n = 0;
	unsigned i;

	for (i = 0; i < CHUNKS; i++)
		n += a->chunks[i].bytes.n;
	return n;
}

/* The chunk that was filled waits from now on. */
static int
ask_close(struct ingest *g)
{
	struct ask *a = g->ask;
	struct ask_chunk *c = ask_filling(a);

	if (c->n == 0)
		return 0;
	if (c->asked > 0 && send_question(g, MSG_ASK, c->hashes, c->ids,
	    c->asked) != 0)
		return -1;
	a->count++;
	/* Many large objects in a row must not add up. */
	while (a->count == CHUNKS ||
	    (a->count > 0 && ask_waiting(a) > LIMIT_OBJECT))
		if (ask_take_first(g) != 0)
			return -1;
	return 0;
}

int
ask_add(struct ingest *g, const struct ingest_item *item)
{
	static const struct slice marking = {"marking-definition--", 20};
	struct ask_chunk *c = ask_filling(g->ask);
	struct ask_item *it = &c->items[c->n];
	struct slice id;

	*it = (struct ask_item){.at = c->bytes.n, .n = item->bytes.n,
	    .offset = item->offset, .hash = item->hash};
	if (buf_slice(&c->bytes, item->bytes) != 0)
		return err_set(&g->err, ERR_MEMORY, "out of memory for "
		    "objects");
	if (stix_object_peek_id(item->bytes, &id) &&
	    idkey_parse(id, &c->ids[c->asked]) >= 0) {
		it->asked = true;
		it->marking = slice_starts(id, marking);
		c->hashes[c->asked++] = item->hash;
	}
	if (++c->n < LIMIT_ASK && c->bytes.n < LIMIT_ASK_BYTES)
		return 0;
	return ask_close(g);
}

int
ask_add_record(struct ingest *g, const struct ingest_item *item)
{
	struct ask_chunk *c = ask_filling(g->ask);
	struct ask_item *it = &c->items[c->n];

	buf_slice(&c->bytes, buf_view(&g->record));
	*it = (struct ask_item){.at = c->bytes.n, .n = item->bytes.n,
	    .record = g->record.n, .offset = item->offset,
	    .hash = item->hash, .asked = true};
	if (buf_slice(&c->bytes, item->bytes) != 0)
		return err_set(&g->err, ERR_MEMORY, "out of memory for "
		    "records");
	memcpy(&c->ids[c->asked], g->record.p + OBJECT_ID_AT, IDKEY_LEN);
	c->hashes[c->asked++] = item->hash;
	if (++c->n < LIMIT_ASK && c->bytes.n < LIMIT_ASK_BYTES)
		return 0;
	return ask_close(g);
}

int
ask_drain(struct ingest *g)
{
	if (g->ask == NULL)
		return 0;
	if (ask_close(g) != 0)
		return -1;
	while (g->ask->count > 0)
		if (ask_take_first(g) != 0)
			return -1;
	return 0;
}
