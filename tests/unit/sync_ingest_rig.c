/* SPDX-License-Identifier: BSD-2-Clause */
#include "tests/unit/sync_ingest_rig.h"

#include <sys/socket.h>

static struct slice
copy(struct slice s)
{
	char *p = malloc(s.n + 1);

	memcpy(p, s.p, s.n);
	return (struct slice){p, s.n};
}

static int
rig_add(void *ctx, struct slice record, struct err *e)
{
	struct object_rec r;
	struct rig *t = ctx;

	if (object_rec_decode(record, false, &r, e) != 0 ||
	    t->n == RECORDS_MAX) {
		t->bad_records++;
		return -1;
	}
	t->raw += (r.flags & OBJ_RAW) != 0;
	t->records[t->n++] = copy(record);
	return 0;
}

static int
rig_block(void *ctx, struct slice block, struct err *e)
{
	struct block_rec b;
	struct rig *t = ctx;

	if (block_rec_decode(block, &b) != 0)
		return err_set(e, ERR_PROTO, "block");
	t->blocks += b.count;
	free((char *)(uintptr_t)t->block.p);
	t->block = copy(block);
	return 0;
}

static int
rig_known(void *ctx, const struct idkey *ids, const uint64_t *hashes, size_t n,
    uint8_t *bits, struct err *e)
{
	struct rig *t = ctx;
	size_t i, k;

	(void)ids;
	(void)e;
	t->asked += n;
	for (i = 0; i < n; i++)
		for (k = 0; k < t->nknown; k++)
			if (t->known[k] == hashes[i])
				bits[i / 8] |= (uint8_t)(1u << (i % 8));
	return 0;
}

static int
rig_versions(void *ctx, const struct idkey *ids, const int64_t *versions,
    size_t n, uint8_t *bits, struct err *e)
{
	return rig_known(ctx, ids, (const uint64_t *)(const void *)versions, n,
	    bits, e);
}

static int
rig_parts(void *ctx, const struct idkey *ids, size_t n, uint64_t *listed,
    struct err *e)
{
	(void)ctx;
	(void)ids;
	(void)e;
	*listed = n;
	return 0;
}

static bool
rig_settled(void *ctx)
{
	struct rig *t = ctx;

	return t->blocks == t->raw;
}

static void
rig_unchanged(void *ctx, uint64_t n)
{
	struct rig *t = ctx;

	t->unchanged += n;
}

static void
rig_reject(void *ctx, enum reject_reason why, enum reject_loss loss, uint64_t n,
    struct slice s)
{
	struct rig *t = ctx;

	t->rejects[why] += n;
	t->losses[loss] += n;
	if (s.n > 0)
		snprintf(t->example, sizeof(t->example), "%.*s", SLICE_ARG(s));
}

static void
rig_note(void *ctx, struct slice s)
{
	(void)ctx;
	(void)s;
}

static void
rig_deviation(void *ctx, unsigned d, uint64_t n, struct slice s)
{
	struct rig *t = ctx;

	(void)s;
	t->deviations[d] += n;
}

static bool
rig_full(void *ctx, bool idle)
{
	struct rig *t = ctx;
	struct slice room;
	const struct slice *c = keeper_cursor(&t->keeper, &room);

	(void)idle;
	/* Not a commit: just a look at what belongs to the checkpoint. */
	if (c != NULL && c->n < sizeof(t->cursor)) {
		memcpy(t->cursor, c->p, c->n);
		t->cursor[c->n] = '\0';
	}
	return false;
}

static int
rig_commit(void *ctx, const struct slice *cursor,
    const struct keeper_progress *p, struct err *e)
{
	(void)ctx;
	(void)cursor;
	(void)p;
	(void)e;
	return 0;
}

static int
rig_answer(void *ctx, struct slice head, struct slice bits, struct err *e)
{
	struct rig *t = ctx;

	if (msg_send(&t->link, MSG_ANSWER, head, bits, e) != 0)
		return -1;
	return msg_push(&t->link, e);
}

static const struct keeper_ops rig_ops = {
	.add = rig_add, .block = rig_block, .known = rig_known,
	.versions = rig_versions, .parts = rig_parts,
	.settled = rig_settled,
	.unchanged = rig_unchanged, .reject = rig_reject, .note = rig_note,
	.deviation = rig_deviation,
	.full = rig_full, .commit = rig_commit, .answer = rig_answer,
};

static void *
rig_thread(void *arg)
{
	struct rig *t = arg;
	struct msg m;
	int r;

	while (!t->keeper.finished && !t->link.eof) {
		r = msg_next(&t->link, &m, &t->err);
		if (r < 0 || (r == 0 && msg_wait(&t->link, -1, &t->err) != 0))
			break;
		if (r == 1 && m.type == MSG_CHECKPOINT)
			t->records_at_cursor = t->n;
		if (r == 1 && keeper_frame(&t->keeper, &m, &t->err) != 0)
			break;
	}
	rig_full(t, false);
	return NULL;
}

struct rig *
rig_new(void)
{
	struct rig *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	job_init(&t->job);
	t->job.keep_raw = false;
	t->job.seed = SEED;
	return t;
}

void
rig_start(struct rig *t)
{
	struct err e = ERR_INIT;
	int fds[2];

	assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
	assert_int_equal(msg_link_init(&t->link, fds[1], MSG_FETCHER, KIB(64),
	    1000, &e), 0);
	keeper_init(&t->keeper, &rig_ops, t);
	t->g = ingest_new(fds[0], &t->job, &e);
	assert_non_null(t->g);
	assert_int_equal(pthread_create(&t->thread, NULL, rig_thread, t), 0);
}

void
rig_finish(struct rig *t)
{
	struct err e = ERR_INIT;

	assert_int_equal(ingest_finish(t->g, true, NULL, &e), 0);
	assert_int_equal(pthread_join(t->thread, NULL), 0);
	ingest_free(t->g);
	t->g = NULL;
	assert_string_equal(t->err.text, "");
	assert_true(t->keeper.complete);
	assert_int_equal(t->bad_records, 0);
}

void
rig_free(struct rig *t)
{
	size_t i;

	for (i = 0; i < t->n; i++)
		free((char *)(uintptr_t)t->records[i].p);
	free((char *)(uintptr_t)t->block.p);
	keeper_free(&t->keeper);
	msg_link_free(&t->link);
	job_free(&t->job);
	free(t);
}

void
feed(struct rig *t, struct slice doc, struct ingest_facts *facts)
{
	struct err e = ERR_INIT;

	assert_int_equal(ingest_begin(t->g, &e), 0);
	assert_int_equal(ingest_bytes(t->g, doc.p, doc.n, &e), 0);
	assert_int_equal(ingest_end(t->g, facts, &e), 0);
}

struct object_rec
record(const struct rig *t, size_t i)
{
	struct err e = ERR_INIT;
	struct object_rec r;

	assert_true(i < t->n);
	assert_int_equal(object_rec_decode(t->records[i], false, &r, &e), 0);
	return r;
}
