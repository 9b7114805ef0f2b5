/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/keeper.h"

#include <string.h>

#include "base/utf8.h"
#include "sync/deviation.h"
#include "sync/kill.h"

void
keeper_init(struct keeper *k, const struct keeper_ops *ops, void *ctx)
{
	memset(k, 0, sizeof(*k));
	k->ops = ops;
	k->ctx = ctx;
	k->declared = STORE_UNDECLARED;
	buf_init(&k->cursor, LIMIT_CHECKPOINT);
}

void
keeper_free(struct keeper *k)
{
	buf_free(&k->cursor);
}

const struct slice *
keeper_cursor(const struct keeper *k, struct slice *room)
{
	if (!k->cursor_new)
		return NULL;
	*room = buf_view(&k->cursor);
	return room;
}

static int
bad(struct err *e, const char *what)
{
	return err_set(e, ERR_PROTO, "fetcher sent %s", what);
}

/* Text for people: short, one line, printable. */
static struct slice
clean(struct slice s, char *room, size_t max)
{
	size_t n = utf8_cut(s, s.n < max ? s.n : max);

	if (n > 0)
		memcpy(room, s.p, n);
	utf8_clean(room, n);
	return (struct slice){room, n};
}

/* ---- commits ------------------------------------------------------------- */

int
keeper_commit(struct keeper *k, struct err *e)
{
	struct slice room;

	kill_point("keeper:commit:before");
	if (k->ops->commit(k->ctx, keeper_cursor(k, &room), &k->progress,
	    e) != 0)
		return -1;
	k->cursor_new = false;
	kill_point("keeper:commit:after");
	return 0;
}

/* Is it time, with every record complete? */
static bool
is_due(const struct keeper *k, bool idle)
{
	return k->ops->full(k->ctx, idle) && k->ops->settled(k->ctx);
}

bool
keeper_ready(const struct keeper *k)
{
	return !k->finished && is_due(k, true);
}

static int
commit_if_full(struct keeper *k, struct err *e)
{
	return is_due(k, false) ? keeper_commit(k, e) : 0;
}

/* What the fetcher does next cannot be undone: it must be on the disk first. */
static int
take_commit(struct keeper *k, struct slice body, struct err *e)
{
	const uint32_t none = 0;

	if (body.n != 1 || !k->ops->settled(k->ctx))
		return bad(e, "a malformed wish for a commit");
	if (k->cursor_new && keeper_commit(k, e) != 0)
		return -1;
	return k->ops->answer(k->ctx, (struct slice){(const char *)&none,
	    sizeof(none)}, SLICE(""), e);
}

/* ---- frames -------------------------------------------------------------- */

static int
take_objects(struct keeper *k, struct slice body, struct err *e)
{
	uint32_t n;

	/* An honest fetcher closes a block long before. */
	k->waiting = k->ops->settled(k->ctx) ? body.n : k->waiting + body.n;
	if (k->waiting > LIMIT_FRAME)
		return bad(e, "too many objects without their block");
	do {
		if (!msg_take(&body, &n, sizeof(n)) || n > body.n ||
		    n > LIMIT_RECORD)
			return bad(e, "a malformed frame of objects");
		if (k->ops->add(k->ctx, (struct slice){body.p, n}, e) != 0)
			return err_context(e, "fetcher sent a bad record");
		body.p += n;
		body.n -= n;
		k->progress.objects++;
	} while (body.n > 0);
	return commit_if_full(k, e);
}

static int
take_block(struct keeper *k, struct slice body, struct err *e)
{
	if (k->ops->settled(k->ctx))
		return bad(e, "a block that no object waits for");
	if (k->ops->block(k->ctx, body, e) != 0)
		return err_context(e, "fetcher sent a bad block");
	return commit_if_full(k, e);
}

static int
take_known(struct keeper *k, struct slice body, struct err *e)
{
	uint32_t n;

	if (!msg_take(&body, &n, sizeof(n)) || body.n > 0 || n > k->may_know)
		return bad(e, "a wrong count of known objects");
	k->may_know -= n;
	k->progress.objects += n;
	k->ops->unchanged(k->ctx, n);
	return 0;
}

static bool
remark_allowed(struct keeper *k)
{
	return k->remarks < LIMIT_REMARKS && ++k->remarks > 0;
}

static int
take_reject(struct keeper *k, struct slice body, struct err *e)
{
	char room[LIMIT_REMARK];
	struct slice text;
	uint8_t why, loss;
	uint64_t n;

	if (!msg_take(&body, &why, 1) || !msg_take(&body, &loss, 1) ||
	    !msg_take(&body, &n, sizeof(n)) || why >= REJECT_REASONS ||
	    loss >= REJECT_LOSSES || n > UINT32_MAX || body.n > sizeof(room))
		return bad(e, "a malformed count of rejected objects");
	text = clean(body, room, sizeof(room));
	if (text.n > 0 && !remark_allowed(k))
		text.n = 0;
	k->ops->reject(k->ctx, (enum reject_reason)why, (enum reject_loss)loss,
	    n, text);
	return 0;
}

static int
take_deviation(struct keeper *k, struct slice body, struct err *e)
{
	char room[LIMIT_REMARK];
	uint8_t d;
	uint64_t n;

	if (!msg_take(&body, &d, 1) || !msg_take(&body, &n, sizeof(n)) ||
	    deviation_at(d) == NULL || n > UINT32_MAX || body.n > sizeof(room))
		return bad(e, "a malformed count of deviations");
	k->ops->deviation(k->ctx, d, n, clean(body, room, sizeof(room)));
	return 0;
}

static int
take_checkpoint(struct keeper *k, struct slice body, struct err *e)
{
	if (!k->ops->settled(k->ctx))
		return bad(e, "a checkpoint before the block of its objects");
	buf_reset(&k->cursor);
	if (buf_slice(&k->cursor, body) != 0)
		return err_set(e, ERR_MEMORY, "out of memory for a cursor");
	k->cursor_new = true;
	return 0;
}

static int
take_page(struct keeper *k, struct slice body, struct err *e)
{
	uint64_t n[2];

	if (!msg_take(&body, n, sizeof(n)) || body.n > 0 ||
	    n[0] < k->progress.pages || n[1] < k->progress.bytes)
		return bad(e, "a malformed page count");
	k->progress.pages = n[0];
	k->progress.bytes = n[1];
	return 0;
}

static int
take_tally(struct keeper *k, struct slice body, struct err *e)
{
	return msg_take(&body, k->tally, sizeof(k->tally)) && body.n == 0 ? 0 :
	    bad(e, "a malformed tally of requests");
}

static int
take_note(struct keeper *k, struct slice body)
{
	char room[LIMIT_REMARK];

	if (remark_allowed(k))
		k->ops->note(k->ctx, clean(body, room, sizeof(room)));
	return 0;
}

static int
take_ask(struct keeper *k, enum msg_type type, struct slice body,
    struct err *e)
{
	uint8_t bits[(LIMIT_ASK + 7) / 8] = {0};
	uint32_t n, i;

	if (!msg_take(&body, &n, sizeof(n)) || n == 0 || n > LIMIT_ASK ||
	    body.n != n * (sizeof(k->hashes[0]) + sizeof(k->ids[0])) ||
	    !msg_take(&body, k->hashes, n * sizeof(k->hashes[0])) ||
	    !msg_take(&body, k->ids, n * sizeof(k->ids[0])))
		return bad(e, "a malformed question");
	if ((type == MSG_ASK ?
	    k->ops->known(k->ctx, k->ids, k->hashes, n, bits, e) :
	    k->ops->versions(k->ctx, k->ids, k->versions, n, bits, e)) != 0)
		return -1;
	for (i = 0; i < n; i++)
		k->may_know += bits[i / 8] >> (i % 8) & 1;
	return k->ops->answer(k->ctx, (struct slice){(char *)&n, sizeof(n)},
	    (struct slice){(char *)bits, (n + 7) / 8}, e);
}

static int
take_parts(struct keeper *k, struct slice body, struct err *e)
{
	uint64_t listed = 0;
	uint32_t n;

	if (!msg_take(&body, &n, sizeof(n)) || n == 0 || n > LIMIT_ASK ||
	    body.n != n * sizeof(k->ids[0]) ||
	    !msg_take(&body, k->ids, n * sizeof(k->ids[0])))
		return bad(e, "a malformed list of containers");
	if (k->ops->parts(k->ctx, k->ids, n, &listed, e) != 0)
		return -1;
	k->progress.objects += listed;
	k->ops->unchanged(k->ctx, listed);
	return 0;
}

static int
take_extent(struct keeper *k, struct slice body, struct err *e)
{
	if (!msg_take(&body, &k->extent, 1) ||
	    !msg_take(&body, &k->declared, sizeof(k->declared)) ||
	    body.n > 0 || k->extent > STORE_SAME)
		return bad(e, "a malformed extent");
	return 0;
}

/* Of several documents, the newest tells. */
static int
take_stated(struct keeper *k, struct slice body, struct err *e)
{
	int64_t t;

	if (!msg_take(&body, &t, sizeof(t)) || body.n > 0)
		return bad(e, "a malformed time");
	if (t > k->stated)
		k->stated = t;
	return 0;
}

/* Failures that are the store's cannot come from the fetcher. */
static int
failure_code(uint32_t code)
{
	switch (code) {
	case ERR_MEMORY: case ERR_IO: case ERR_NET: case ERR_TLS:
	case ERR_AUTH: case ERR_MOVED: case ERR_HTTP: case ERR_PROTO:
	case ERR_SYNTAX: case ERR_LIMIT: case ERR_NOT_FOUND:
	case ERR_CONFIG: case ERR_USAGE:
		return (int)code;
	default:
		return ERR_INTERNAL;
	}
}

static int
take_finish(struct keeper *k, struct slice body, struct err *e)
{
	char room[ERR_TEXT_MAX];
	struct slice text;
	uint8_t complete;
	uint32_t code;

	if (!msg_take(&body, &complete, 1) ||
	    !msg_take(&body, &code, sizeof(code)) || complete > 1 ||
	    body.n > sizeof(room))
		return bad(e, "a malformed end");
	if (!k->ops->settled(k->ctx))
		return bad(e, "its end before the block of its objects");
	if (complete != 0 && k->extent == STORE_SAME &&
	    k->progress.objects > 0)
		return bad(e, "objects of a listing without news");
	k->finished = true;
	k->complete = complete != 0;
	text = clean(body, room, sizeof(room));
	if (!k->complete && text.n > 0)
		err_set(&k->failure, failure_code(code), "%.*s",
		    SLICE_ARG(text));
	else if (!k->complete)
		err_set(&k->failure, failure_code(code), "fetcher gave up");
	return 0;
}

int
keeper_frame(struct keeper *k, const struct msg *m, struct err *e)
{
	kill_point("keeper:frame");
	if (k->finished)
		return bad(e, "more after its end");
	switch (m->type) {
	case MSG_OBJECTS:
		return take_objects(k, m->body, e);
	case MSG_BLOCK:
		return take_block(k, m->body, e);
	case MSG_KNOWN:
		return take_known(k, m->body, e);
	case MSG_REJECT:
		return take_reject(k, m->body, e);
	case MSG_CHECKPOINT:
		return take_checkpoint(k, m->body, e);
	case MSG_PAGE:
		return take_page(k, m->body, e);
	case MSG_TALLY:
		return take_tally(k, m->body, e);
	case MSG_NOTE:
		return take_note(k, m->body);
	case MSG_DEVIATION:
		return take_deviation(k, m->body, e);
	case MSG_ASK:
	case MSG_VERSIONS:
		return take_ask(k, m->type, m->body, e);
	case MSG_COMMIT:
		return take_commit(k, m->body, e);
	case MSG_PARTS:
		return take_parts(k, m->body, e);
	case MSG_EXTENT:
		return take_extent(k, m->body, e);
	case MSG_STATED:
		return take_stated(k, m->body, e);
	case MSG_FINISH:
		return take_finish(k, m->body, e);
	default:
		return bad(e, "a frame that has no place in a poll");
	}
}
