/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/ingest.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "sync/ingest_int.h"
#include "sync/pace.h"
#include "sync/tally.h"

#define PROGRESS_EVERY MIB(4)
#ifndef BLOCK_LEVEL
#define BLOCK_LEVEL 1
#endif
#define HELD_HEAD 16 /* more than there is in front of a text that is held */
#define ARENA_MAX (LIMIT_OBJECT + MIB(8))

/* ---- what the splitter calls --------------------------------------------- */

static int
on_object(void *ctx, struct slice object, uint64_t offset)
{
	struct ingest *g = ctx;
	struct ingest_item item = {object, offset,
	    digest64(object.p, object.n, g->job->seed)};
	int rc;

	g->facts.objects++;
	twice_fetch(&g->twice, item.hash);
	/* Order matters: two pages with the same objects swapped differ. */
	g->facts.content = digest64(&item.hash, sizeof(item.hash),
	    g->facts.content);
	rc = g->ask != NULL ? ask_add(g, &item) : ingest_object(g, &item);
	g->facts.twice += twice_add(&g->twice, item.hash);
	return rc == 0 ? 0 : 1;
}

static int
on_bad(void *ctx, const char *reason, struct slice head, uint64_t offset)
{
	struct ingest *g = ctx;
	struct ingest_item item = {head, offset, 0};
	enum reject_reason why = REJECT_JSON;
	int i;

	for (i = 0; i < REJECT_REASONS; i++)
		if (strcmp(reject_name(i), reason) == 0)
			why = (enum reject_reason)i;
	g->facts.objects++;
	g->facts.rejected++;
	return send_reject(g, why, LOSS_ENTRY, &item, SLICE_NONE, NULL) == 0 ?
	    0 : 1;
}

static int
on_document(void *ctx, json_t *skeleton, uint64_t objects)
{
	struct ingest *g = ctx;

	(void)objects;
	g->facts.documents++;
	json_decref(g->facts.skeleton);
	g->facts.skeleton = json_incref(skeleton);
	return 0;
}

static const struct split_ops split_ops = {on_object, on_bad, on_document};

/* ---- life ---------------------------------------------------------------- */

struct ingest *
ingest_new(int fd, const struct job *job, struct err *e)
{
	struct ingest *g = calloc(1, sizeof(*g));

	if (g == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return NULL;
	}
	g->job = job;
	arena_init(&g->arena, ARENA_MAX);
	buf_init(&g->record, LIMIT_RECORD);
	buf_init(&g->text, LIMIT_VALUE);
	buf_init(&g->id, LIMIT_VALUE);
	buf_init(&g->held, REJECT_REASONS * LIMIT_EXAMPLES *
	    (LIMIT_REMARK + HELD_HEAD));
	buf_init(&g->frame, LIMIT_FRAME_RECORDS + LIMIT_RECORD + 8);
	if (msg_link_init(&g->link, fd, MSG_KEEPER, LIMIT_QUEUE, -1, e) != 0)
		goto fail;
	g->split = split_new(&split_ops, g);
	if (job->keep_raw)
		g->pack = pack_new(BLOCK_LEVEL, g->frame.max);
	if (g->split == NULL || (job->keep_raw && g->pack == NULL)) {
		err_set(e, ERR_MEMORY, "out of memory");
		goto fail;
	}
	if (job->ask && ask_new(g, e) != 0)
		goto fail;
	return g;
fail:
	g->link.fd = -1; /* stays the caller's */
	ingest_free(g);
	return NULL;
}

void
ingest_free(struct ingest *g)
{
	if (g == NULL)
		return;
	json_decref(g->facts.skeleton);
	ask_free(g);
	ingest_markings_free(g);
	pack_free(g->pack);
	split_free(g->split);
	buf_free(&g->frame);
	buf_free(&g->held);
	buf_free(&g->record);
	buf_free(&g->text);
	buf_free(&g->id);
	arena_free(&g->arena);
	twice_free(&g->twice);
	seen_free(&g->named);
	msg_link_free(&g->link);
	free(g);
}

/* ---- documents ----------------------------------------------------------- */

/* Pass the final error on. */
static int
ingest_broken(struct ingest *g, struct err *e)
{
	return err_set(e, g->err.code, "%s", g->err.text);
}

int
ingest_begin(struct ingest *g, struct err *e)
{
	if (g->err.code != ERR_NONE || ask_drain(g) != 0)
		return ingest_broken(g, e);
	json_decref(g->facts.skeleton);
	g->facts = (struct ingest_facts){.newest = TSTAMP_NONE};
	twice_reset(&g->twice);
	split_reset(g->split);
	return 0;
}

int
ingest_bytes(struct ingest *g, const char *p, size_t n, struct err *e)
{
	int rc;

	if (g->err.code != ERR_NONE)
		return ingest_broken(g, e);
	g->facts.bytes += n;
	g->open_bytes += n;
	rc = split_feed(g->split, p, n, e);
	if (rc < 0)
		return -1;
	if (rc > 0)
		return ingest_broken(g, e);
	if (g->page_bytes + g->open_bytes > g->shown + PROGRESS_EVERY &&
	    send_progress(g, g->page_bytes + g->open_bytes) != 0)
		return ingest_broken(g, e);
	return 0;
}

/*
 * A list of objects that is none must not pass for an empty one; nor any other
 * JSON (of another format, an error of a server's framework) for an empty
 * document.  An empty envelope has nothing, or `more` and `next`.
 */
static int
skeleton_check(json_t *skeleton, uint64_t objects, struct err *e)
{
	json_t *list = json_object_get(skeleton, "objects");
	const char *type = json_string_value(json_object_get(skeleton, "type"));

	if (list != NULL && !json_is_array(list) && !json_is_null(list))
		return err_set(e, ERR_SYNTAX, "the member 'objects' is no "
		    "list");
	if (objects > 0 || list != NULL || json_object_size(skeleton) == 0 ||
	    (type != NULL && strcmp(type, "bundle") == 0) ||
	    json_object_get(skeleton, "more") != NULL ||
	    json_object_get(skeleton, "next") != NULL)
		return 0;
	return err_set(e, ERR_SYNTAX, "JSON, but neither a STIX bundle, a "
	    "TAXII envelope nor STIX objects: there is no member 'objects'");
}

int
ingest_end(struct ingest *g, struct ingest_facts *facts, struct err *e)
{
	int rc;

	if (g->err.code != ERR_NONE)
		return ingest_broken(g, e);
	rc = split_finish(g->split, e);
	if (rc == 0)
		rc = skeleton_check(g->facts.skeleton, g->facts.objects, e);
	if (g->err.code != ERR_NONE || ask_drain(g) != 0)
		return ingest_broken(g, e);
	*facts = g->facts;
	return rc == 0 ? 0 : -1;
}

void
ingest_abandon(struct ingest *g)
{
	if (g->err.code == ERR_NONE)
		(void)!ask_drain(g); /* the error stays in g->err */
	split_reset(g->split);
}

/* ---- another try --------------------------------------------------------- */

void
ingest_hold(struct ingest *g)
{
	g->holding = true;
}

bool
ingest_take_back(struct ingest *g)
{
	/* What waits for an answer may turn out to be known, and count. */
	if (g->err.code != ERR_NONE || ask_drain(g) != 0 || g->handed)
		return false;
	split_reset(g->split);
	buf_reset(&g->held);
	memset(g->rejects, 0, sizeof(g->rejects));
	memset(g->examples, 0, sizeof(g->examples));
	seen_free(&g->named);
	g->named_off = false;
	g->open_bytes = 0;
	return true;
}

/* ---- beside the objects -------------------------------------------------- */

int
ingest_pace(struct ingest *g, int64_t closed, int64_t *wait, struct err *e)
{
	*wait = 0;
	/* One question at a time: no others are open behind this. */
	if (g->err.code == ERR_NONE && ask_drain(g) == 0)
		return pace_ask(&g->link, closed, wait, e);
	return ingest_broken(g, e);
}

int
ingest_checkpoint(struct ingest *g, struct slice cursor, struct err *e)
{
	if (g->err.code != ERR_NONE)
		return ingest_broken(g, e);
	if (cursor.n > LIMIT_CHECKPOINT)
		return err_set(e, ERR_LIMIT, "cursor of %zu bytes is longer "
		    "than %u", cursor.n, LIMIT_CHECKPOINT);
	if (ask_drain(g) != 0 || send_all(g) != 0 ||
	    msg_send(&g->link, MSG_CHECKPOINT, SLICE_NONE, cursor,
	    &g->err) != 0 || msg_push(&g->link, &g->err) != 0)
		return ingest_broken(g, e);
	return 0;
}

int
ingest_commit(struct ingest *g, struct err *e)
{
	struct msg m;
	uint32_t n = 1;

	if (g->err.code != ERR_NONE || ask_drain(g) != 0 || send_all(g) != 0 ||
	    msg_send(&g->link, MSG_COMMIT, SLICE("\1"), SLICE_NONE,
	    &g->err) != 0 || msg_flush(&g->link, &g->err) != 0 ||
	    msg_await(&g->link, &m, &g->err) != 0)
		return ingest_broken(g, e);
	if (m.type == MSG_ANSWER && msg_take(&m.body, &n, sizeof(n)) &&
	    n == 0 && m.body.n == 0)
		return 0;
	err_set(&g->err, ERR_PROTO, "keeper sent an answer that does not fit "
	    "its question");
	return ingest_broken(g, e);
}

int
ingest_page(struct ingest *g, uint64_t bytes, struct err *e)
{
	if (g->err.code != ERR_NONE)
		return ingest_broken(g, e);
	g->pages++;
	g->page_bytes += bytes;
	g->open_bytes = 0;
	if (send_progress(g, g->page_bytes) != 0)
		return ingest_broken(g, e);
	return 0;
}

int
ingest_tally(struct ingest *g, const uint64_t *counts, struct err *e)
{
	const struct slice all = {(const char *)counts,
	    TALLY_CLASSES * sizeof(*counts)};

	if (g->err.code != ERR_NONE)
		return ingest_broken(g, e);
	return msg_send(&g->link, MSG_TALLY, SLICE_NONE, all, &g->err) == 0 ?
	    0 : ingest_broken(g, e);
}

int
ingest_note(struct ingest *g, const char *text, struct err *e)
{
	struct slice s = slice_str(text);

	if (g->err.code != ERR_NONE)
		return ingest_broken(g, e);
	if (s.n > LIMIT_REMARK)
		s.n = LIMIT_REMARK;
	/* Often what follows is a wait: whoever looks on sees why. */
	if (msg_send(&g->link, MSG_NOTE, SLICE_NONE, s, &g->err) != 0 ||
	    msg_push(&g->link, &g->err) != 0)
		return ingest_broken(g, e);
	return 0;
}

int
ingest_deviation(struct ingest *g, enum deviation d, uint64_t n,
    const char *detail, struct err *e)
{
	const struct deviation_row *row = deviation_at(d);
	const char *glue = detail != NULL ? ": " : "";

	if (g->err.code != ERR_NONE)
		return ingest_broken(g, e);
	if (row == NULL)
		return err_set(e, ERR_INTERNAL, "deviation %d", (int)d);
	if (send_deviation(g, d, n, detail) != 0)
		return ingest_broken(g, e);
	if (deviation_action(g->job->deviations, d) != DEVIATION_REJECT)
		return 0;
	return err_set(e, ERR_PROTO, "%s%s%.200s (deviation %s; it is borne "
	    "with 'deviations: {%s: ignore}')", row->what, glue,
	    detail != NULL ? detail : "", row->id, row->id);
}

int
ingest_stated(struct ingest *g, int64_t t, struct err *e)
{
	if (g->err.code != ERR_NONE)
		return ingest_broken(g, e);
	if (send_hand_over(g) != 0 || msg_send(&g->link, MSG_STATED, SLICE_NONE,
	    (struct slice){(char *)&t, sizeof(t)}, &g->err) != 0)
		return ingest_broken(g, e);
	return 0;
}

int
ingest_extent(struct ingest *g, enum store_extent x, uint64_t declared,
    struct err *e)
{
	char body[9] = {(char)x};

	if (g->err.code != ERR_NONE)
		return ingest_broken(g, e);
	memcpy(body + 1, &declared, sizeof(declared));
	if (send_hand_over(g) != 0 || msg_send(&g->link, MSG_EXTENT, SLICE_NONE,
	    (struct slice){body, sizeof(body)}, &g->err) != 0)
		return ingest_broken(g, e);
	return 0;
}

/* Something other than the pipe may have ended the ingest: the keeper is told
 * that, and not what the source made of it. */
static const struct err *
finish_cause(const struct ingest *g, const struct err *failure)
{
	return g->err.code != ERR_NONE && g->err.code != ERR_IO ? &g->err :
	    failure;
}

int
ingest_finish(struct ingest *g, bool complete, const struct err *failure,
    struct err *e)
{
	uint32_t code = ERR_NONE;
	struct slice text = SLICE("");
	struct err own = ERR_INIT;
	char head[5];

	if (g->err.code == ERR_NONE && (ask_drain(g) != 0 ||
	    send_all(g) != 0 ||
	    send_progress(g, g->page_bytes + g->open_bytes) != 0))
		complete = false;
	if (g->err.code == ERR_IO)
		return ingest_broken(g, e);
	complete = complete && g->err.code == ERR_NONE;
	failure = finish_cause(g, failure);
	if (failure != NULL && !complete) {
		code = (uint32_t)failure->code;
		text = slice_str(failure->text);
	}
	head[0] = (char)complete;
	memcpy(head + 1, &code, sizeof(code));
	if (msg_send(&g->link, MSG_FINISH,
	    (struct slice){head, sizeof(head)}, text, &own) != 0 ||
	    msg_flush(&g->link, &own) != 0)
		return err_set(e, own.code, "%s", own.text);
	return 0;
}
