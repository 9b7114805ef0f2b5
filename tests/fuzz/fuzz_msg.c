/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A fetcher's whole output, made up by an enemy, into the keeper: frames,
 * records, blocks, questions, cursors.
 *
 * Promises: no frame is read past its end; the keeper commits only where every
 * record has its original bytes, and a checkpoint only with all of its objects;
 * nothing is taken after the last frame or after an error; text for people is
 * printable.
 *
 * The first byte says in which portions the rest arrives.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf8.h"
#include "sync/deviation.h"
#include "sync/keeper.h"

int LLVMFuzzerTestOneInput(const uint8_t *p, size_t n);

struct enemy {
	struct keeper keeper;
	uint64_t records, raw_waiting, known, unchanged, commits;
	bool over;
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
	struct enemy *t = ctx;
	struct object_rec r;

	promise(!t->over);
	if (object_rec_decode(record, false, &r, e) != 0)
		return -1;
	t->records++;
	t->raw_waiting += (r.flags & OBJ_RAW) != 0;
	return 0;
}

static int
on_block(void *ctx, struct slice block, struct err *e)
{
	struct enemy *t = ctx;
	struct block_rec b;

	promise(!t->over);
	if (block_rec_decode(block, &b) != 0)
		return err_set(e, ERR_PROTO, "damaged block");
	t->raw_waiting = 0;
	return 0;
}

static int
on_known(void *ctx, const struct idkey *ids, const uint64_t *hashes, size_t n,
    uint8_t *bits, struct err *e)
{
	struct enemy *t = ctx;
	size_t i;

	(void)e;
	promise(n > 0 && n <= LIMIT_ASK);
	for (i = 0; i < n; i++)
		if (((hashes[i] ^ ids[i].b[IDKEY_LEN - 1]) & 1) != 0) {
			bits[i / 8] |= (uint8_t)(1u << (i % 8));
			t->known++;
		}
	return 0;
}

static int
on_versions(void *ctx, const struct idkey *ids, const int64_t *versions,
    size_t n, uint8_t *bits, struct err *e)
{
	return on_known(ctx, ids, (const uint64_t *)(const void *)versions, n,
	    bits, e);
}

static int
on_parts(void *ctx, const struct idkey *ids, size_t n, uint64_t *listed,
    struct err *e)
{
	struct enemy *t = ctx;

	(void)e;
	promise(n > 0 && n <= LIMIT_ASK && ids != NULL);
	*listed = n;
	t->known += n;
	return 0;
}

static bool
on_settled(void *ctx)
{
	struct enemy *t = ctx;

	return t->raw_waiting == 0;
}

static void
on_unchanged(void *ctx, uint64_t n)
{
	struct enemy *t = ctx;

	t->unchanged += n;
	promise(t->unchanged <= t->known);
}

static void
printable(struct slice s)
{
	char copy[ERR_TEXT_MAX];

	promise(s.n <= sizeof(copy));
	if (s.n > 0)
		memcpy(copy, s.p, s.n);
	utf8_clean(copy, s.n);
	promise(s.n == 0 || memcmp(copy, s.p, s.n) == 0);
}

static void
on_reject(void *ctx, enum reject_reason why, enum reject_loss loss, uint64_t n,
    struct slice s)
{
	(void)ctx;
	(void)n;
	promise((unsigned)why < REJECT_REASONS);
	promise((unsigned)loss < REJECT_LOSSES);
	printable(s);
}

static void
on_note(void *ctx, struct slice s)
{
	(void)ctx;
	printable(s);
}

static void
on_deviation(void *ctx, unsigned d, uint64_t n, struct slice s)
{
	(void)ctx;
	promise(d < DEVIATIONS && n <= UINT32_MAX && s.n <= LIMIT_REMARK);
}

static bool
on_full(void *ctx, bool idle)
{
	struct enemy *t = ctx;

	(void)idle;
	return t->records % 3 == 0;
}

static int
on_commit(void *ctx, const struct slice *cursor,
    const struct keeper_progress *p, struct err *e)
{
	struct enemy *t = ctx;

	(void)e;
	promise(!t->over && t->raw_waiting == 0);
	promise(cursor == NULL || cursor->n <= LIMIT_CHECKPOINT);
	promise(p->objects == t->records + t->unchanged);
	t->commits++;
	return 0;
}

static int
on_answer(void *ctx, struct slice head, struct slice bits, struct err *e)
{
	(void)ctx;
	(void)e;
	promise(head.n + bits.n <= msg_limit(MSG_KEEPER, MSG_ANSWER));
	return 0;
}

static const struct keeper_ops ops = {
	.add = on_add, .block = on_block, .known = on_known,
	.versions = on_versions, .parts = on_parts,
	.settled = on_settled,
	.unchanged = on_unchanged, .reject = on_reject, .note = on_note,
	.deviation = on_deviation,
	.full = on_full, .commit = on_commit, .answer = on_answer,
};

/* Everything that has arrived; false when the poll is over. */
static bool
take(struct enemy *t, struct msg_in *in)
{
	struct err e = ERR_INIT;
	struct msg m;
	bool finished;
	int r;

	while ((r = msg_in_next(in, &m, &e)) == 1) {
		finished = t->keeper.finished;
		if (keeper_frame(&t->keeper, &m, &e) != 0) {
			promise(e.code != ERR_NONE && e.text[0] != '\0');
			t->over = true;
			return false;
		}
		promise(!finished);
	}
	if (r < 0)
		promise(e.code == ERR_PROTO);
	return r == 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *p, size_t n)
{
	struct enemy *t = calloc(1, sizeof(*t));
	struct msg_in in;
	size_t portion, room, at;
	char *to;

	if (t == NULL || n == 0) {
		free(t);
		return 0;
	}
	keeper_init(&t->keeper, &ops, t);
	msg_in_init(&in, MSG_FETCHER);
	portion = p[0] == 0 ? n : p[0];
	for (at = 1; at < n; at += room) {
		to = msg_in_room(&in, &room);
		if (to == NULL)
			break;
		promise(room > 0);
		room = room < portion ? room : portion;
		room = room < n - at ? room : n - at;
		memcpy(to, p + at, room);
		in.tail += room;
		if (!take(t, &in))
			break;
	}
	if (t->keeper.finished && !t->keeper.complete) {
		promise(t->keeper.failure.code != ERR_NONE);
		printable(slice_str(t->keeper.failure.text));
	}
	msg_in_free(&in);
	keeper_free(&t->keeper);
	free(t);
	return 0;
}
