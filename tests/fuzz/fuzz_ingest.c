/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents of any kind through the whole fetcher, its output into the keeper's
 * decoder.
 *
 * Promises: whatever a feed sends, every record that the fetcher makes is one
 * that the store takes, every object is either taken or counted as rejected, and
 * every original comes back out of its block byte for byte.
 *
 * The first byte: 1 keep originals, 2 allow bogons, 4 break the document into
 * small portions.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/digest.h"
#include "sync/ingest.h"
#include "sync/deviation.h"
#include "sync/keeper.h"

/* What a socket holds, so that one thread can play both ends. */
#define INPUT_MAX KIB(16)
#define SEED 5
#define WAITING_MAX 65536

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct play {
	struct keeper keeper;
	struct block_reader *reader;
	uint64_t blocks;
	uint64_t records, rejected;
	uint64_t hashes[WAITING_MAX]; /* of records that wait for a block */
	size_t waiting;
	bool raw;
};

static void
promise(bool kept)
{
	if (!kept)
		abort();
}

static int
on_add(void *ctx, struct slice record, struct err *e)
{
	struct play *t = ctx;
	struct object_rec r;

	promise(object_rec_decode(record, false, &r, e) == 0);
	promise(((r.flags & OBJ_RAW) != 0) == t->raw);
	t->records++;
	if (t->raw) {
		promise(r.index == t->waiting && t->waiting < WAITING_MAX);
		t->hashes[t->waiting++] = r.hash;
	}
	return 0;
}

static int
on_block(void *ctx, struct slice block, struct err *e)
{
	struct play *t = ctx;
	struct slice s;
	size_t i;

	t->blocks++;
	for (i = 0; i < t->waiting; i++) {
		promise(block_reader_get(t->reader, t->blocks, block,
		    (uint16_t)i, &s, e) == 0);
		promise(digest64(s.p, s.n, SEED) == t->hashes[i]);
	}
	t->waiting = 0;
	return 0;
}

static bool
on_settled(void *ctx)
{
	struct play *t = ctx;

	return t->waiting == 0;
}

static void
on_reject(void *ctx, enum reject_reason why, enum reject_loss loss, uint64_t n,
    struct slice s)
{
	struct play *t = ctx;

	(void)s;
	promise(loss == LOSS_ENTRY || why >= REJECT_BAD_PATTERN);
	if (loss == LOSS_ENTRY)
		t->rejected += n;
}

static void
on_note(void *ctx, struct slice s)
{
	(void)ctx;
	(void)s;
}

static void
on_deviation(void *ctx, unsigned d, uint64_t n, struct slice s)
{
	(void)ctx;
	(void)d;
	(void)n;
	(void)s;
}

static bool
on_full(void *ctx, bool idle)
{
	(void)ctx, (void)idle;
	return false;
}

static const struct keeper_ops ops = {
	.add = on_add, .block = on_block, .settled = on_settled,
	.reject = on_reject,
	.note = on_note,
	.deviation = on_deviation,
	.full = on_full,
};

/* All that the fetcher has sent. */
static void
take(struct play *t, struct msg_link *l)
{
	struct err e = ERR_INIT;
	struct msg m;
	int r;

	while (!t->keeper.finished) {
		r = msg_next(l, &m, &e);
		promise(r >= 0 && !l->eof);
		if (r == 1)
			promise(keeper_frame(&t->keeper, &m, &e) == 0);
		else
			promise(msg_wait(l, -1, &e) == 0);
	}
}

static void
play(struct ingest *g, const char *p, size_t n, size_t portion,
    struct ingest_facts *facts)
{
	struct err e = ERR_INIT;
	size_t part;
	int rc = ingest_begin(g, &e);

	promise(rc == 0);
	for (; n > 0 && rc == 0; p += part, n -= part) {
		part = n < portion ? n : portion;
		rc = ingest_bytes(g, p, part, &e);
	}
	if (rc == 0)
		rc = ingest_end(g, facts, &e);
	promise(rc == 0 || e.code == ERR_SYNTAX || e.code == ERR_LIMIT);
	if (rc != 0) {
		ingest_abandon(g);
		facts->objects = UINT64_MAX;
		err_clear(&e);
	}
	promise(ingest_checkpoint(g, SLICE("c"), &e) == 0);
	promise(ingest_finish(g, true, NULL, &e) == 0);
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct play *t = calloc(1, sizeof(*t));
	struct ingest_facts facts = {0};
	struct err e = ERR_INIT;
	struct msg_link link;
	struct ingest *g;
	struct job job;
	int fds[2];

	if (t == NULL || n < 1 || n > INPUT_MAX) {
		free(t);
		return 0;
	}
	job_init(&job);
	job.keep_raw = t->raw = (p[0] & 1) != 0;
	job.allow_bogons = (p[0] & 2) != 0;
	job.seed = SEED;
	promise(socketpair(AF_UNIX, SOCK_STREAM, 0, fds) == 0);
	promise(msg_link_init(&link, fds[1], MSG_FETCHER, KIB(64), 0, &e) == 0);
	g = ingest_new(fds[0], &job, &e);
	t->reader = block_reader_new();
	promise(g != NULL && t->reader != NULL);
	keeper_init(&t->keeper, &ops, t);
	play(g, (const char *)p + 1, n - 1, (p[0] & 4) != 0 ? 3 : n, &facts);
	take(t, &link);
	promise(t->waiting == 0);
	if (facts.objects != UINT64_MAX) {
		promise(facts.taken == t->records);
		promise(facts.rejected == t->rejected);
		promise(facts.objects == facts.taken + facts.rejected);
	}
	ingest_free(g);
	msg_link_free(&link);
	keeper_free(&t->keeper);
	block_reader_free(t->reader);
	job_free(&job);
	free(t);
	return 0;
}
