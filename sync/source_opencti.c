/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The live stream of an OpenCTI platform: Server-Sent Events that never end.  A
 * poll reads from where the last one ended to where the stream was when it
 * connected, saves its place with the objects, and hangs up.
 *
 * The first poll, and one whose place the stream no longer has, asks the platform
 * to tell what it has stored first (`recover`).
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/cursor.h"
#include "sync/source.h"
#include "sync/stream.h"
#include "sync/taxii.h"

#define BATCH 500                      /* events between two checkpoints … */
#define BATCH_BYTES MIB(4)             /* … or bytes of objects */
#define POLL_TIME (600 * TSTAMP_SECOND) /* the rest is for the next poll */
#define IDLE 6                         /* heartbeats without an event */
#define CONNECTIONS 10000              /* of one poll */
#define CONNECTION_BYTES (LIMIT_BODY / 2)

/* Why the bytes of a connection are not taken any more. */
enum turn { GO_ON, AGAIN, ENOUGH };

struct poll {
	const struct job *job;
	struct ingest *g;
	struct taxii taxii;
	struct cursor cursor;
	struct stream stream;
	struct events events;
	bool recover;            /* what is stored is asked for, too */
	bool whole;              /* from the beginning, in this poll */
	enum turn turn;
	uint64_t bytes;          /* of the connection */
	int64_t until;
};

/* --- the place ---------------------------------------------------------------- */

static int
checkpoint(struct poll *p, struct err *e)
{
	if (!p->stream.moved && p->stream.waiting == 0)
		return 0;
	if (stream_flush(&p->stream, e) != 0)
		return -1;
	free(p->cursor.paging);
	if (asprintf(&p->cursor.paging, "%" PRIu64 "-%" PRIu64,
	    p->stream.last.ms, p->stream.last.n) < 0) {
		p->cursor.paging = NULL;
		return err_set(e, ERR_MEMORY, "out of memory");
	}
	return cursor_checkpoint(&p->cursor, p->g, e);
}

static int
begin(struct poll *p, struct err *e)
{
	const char *after = p->job->added_after;
	int64_t since = 0;

	cursor_init(&p->cursor, p->job);
	if (cursor_decode(slice_str(p->job->cursor), &p->cursor, NULL) < 0) {
		/* Damaged: it stays empty, and all is read. */
	}
	if (!p->job->full && stream_id_parse(slice_str(p->cursor.paging),
	    &p->stream.last))
		return 0;
	if (after != NULL && tstamp_parse(slice_str(after), &since) != 0)
		return err_set(e, ERR_CONFIG, "added-after: '%.40s' is no time",
		    after);
	p->recover = true;
	p->whole = after == NULL;
	if (since > 0)
		p->stream.last.ms = (uint64_t)(since / (TSTAMP_SECOND / 1000));
	return 0;
}

static int
make_url(const struct poll *p, struct buf *out, struct err *e)
{
	const char *url = p->job->url;
	char now[TSTAMP_TEXT_MAX];

	buf_reset(out);
	buf_printf(out, "%s%cfrom=%" PRIu64 "-%" PRIu64, url,
	    strchr(url, '?') != NULL ? '&' : '?', p->stream.last.ms,
	    p->stream.last.n);
	if (p->recover) {
		tstamp_format(p->job->now, 3, now);
		buf_str(out, "&recover=");
		url_escape(out, slice_str(now));
	}
	buf_str(out, "&listen-delete=true");
	return buf_ok(out) ? 0 : err_set(e, ERR_LIMIT, "the URL is longer "
	    "than %u bytes", LIMIT_URL);
}

/* --- one connection ------------------------------------------------------------ */

static void
turn_to(struct poll *p, enum turn turn)
{
	if (p->turn == GO_ON)
		p->turn = turn;
}

/* Has the stream thrown away what comes behind our place? */
static bool
is_torn(const struct poll *p)
{
	const struct stream *s = &p->stream;

	return s->connected && !p->recover && s->first.ms > 0 &&
	    stream_id_compare(s->last, s->first) < 0;
}

static int
look(struct poll *p, struct err *e)
{
	const struct stream *s = &p->stream;

	if (is_torn(p)) {
		p->recover = true;
		turn_to(p, AGAIN);
		return ingest_note(p->g, "the stream does not go back to where"
		    " the last poll ended: what is stored is asked for", e);
	}
	if (stream_caught_up(s) || s->idle >= IDLE ||
	    tstamp_now() >= p->until)
		turn_to(p, ENOUGH);
	else if (p->bytes > CONNECTION_BYTES)
		turn_to(p, AGAIN);
	if (s->waiting >= BATCH || s->bytes >= BATCH_BYTES)
		return checkpoint(p, e);
	return 0;
}

static int
on_event(void *ctx, const struct event *ev, struct err *e)
{
	struct poll *p = ctx;

	if (p->turn != GO_ON)
		return 0;
	return stream_event(&p->stream, ev, e) != 0 ? -1 : look(p, e);
}

static int
on_too_long(void *ctx, struct err *e)
{
	struct poll *p = ctx;

	return stream_lost(&p->stream, e);
}

/* A return other than 0 with p->turn set hangs up, and is no failure. */
static int
on_bytes(void *ctx, const char *bytes, size_t n, struct err *e)
{
	struct poll *p = ctx;
	const char *type = http_last(p->taxii.http)->content_type;

	if (strcmp(type, "text/event-stream") != 0)
		return err_set(e, ERR_PROTO, "the server answers with %s, not"
		    " with a stream of events: is this the URL of a live"
		    " stream?", *type != '\0' ? type : "no content type");
	p->bytes += n;
	if (events_bytes(&p->events, bytes, n, e) != 0)
		return -1;
	/* A server that only keeps the line open says no event. */
	if (tstamp_now() >= p->until)
		turn_to(p, ENOUGH);
	return p->turn == GO_ON ? 0 : err_set(e, ERR_INTERNAL, "enough");
}

/* Read until enough was read, or the server ends it.  -1: it failed. */
static int
connect_once(struct poll *p, const char *url, struct http_reply *reply,
    struct err *e)
{
	struct http_get get = {
		.url = url,
		.accept = "text/event-stream",
		.max_body = LIMIT_BODY,
		.text = true,
		.bytes = on_bytes,
		.ctx = p,
	};
	int rc;

	p->turn = GO_ON;
	p->bytes = 0;
	events_reset(&p->events);
	stream_connect(&p->stream);
	rc = http_fetch(p->taxii.http, &get, reply, e);
	if (rc != 0 && reply->failure == HTTP_FAIL_SINK && p->turn != GO_ON) {
		err_clear(e);
		rc = 0;
	} else if (rc != 0 && reply->failure == HTTP_FAIL_SINK) {
		err_context(e, "%s", reply->shown);
	} else if (rc == 0 && reply->head->status != 200) {
		rc = http_status_err(reply, e);
	}
	return rc;
}

/* What was whole before a failure stands. */
static int
settle(struct poll *p, int rc, struct err *e)
{
	struct err own = ERR_INIT;

	if (checkpoint(p, &own) == 0)
		return rc;
	if (rc == 0)
		return err_set(e, own.code, "%s", own.text);
	return -1;
}

/* --- the poll ------------------------------------------------------------------ */

/* The server has ended it: there may be more, unless it had nothing to say. */
static void
after_end(struct poll *p)
{
	turn_to(p, p->stream.events > 0 && tstamp_now() < p->until ? AGAIN :
	    ENOUGH);
}

static int
read_stream(struct poll *p, struct buf *url, struct err *e)
{
	struct stream_id before;
	struct http_reply reply;
	unsigned i;
	bool asked;
	int rc;

	for (i = 0; i < CONNECTIONS; i++) {
		before = p->stream.last;
		asked = p->recover;
		if (make_url(p, url, e) != 0)
			return -1;
		rc = connect_once(p, url->p, &reply, e);
		if (settle(p, rc, e) != 0) {
			if (p->stream.events > 0)
				p->taxii.attempt = 0;
			if (taxii_failed(&p->taxii, &reply, false, false, e) !=
			    RETRY_SAME)
				return -1;
			continue;
		}
		p->taxii.reached = true;
		p->taxii.attempt = 0;
		after_end(p);
		if (p->turn == ENOUGH)
			return 0;
		if (asked == p->recover &&
		    stream_id_compare(p->stream.last, before) <= 0)
			return err_set(e, ERR_PROTO, "%s: the stream gives the"
			    " same events again: it does not heed `from`",
			    reply.shown);
	}
	return err_set(e, ERR_LIMIT, "%s: ended by the server %u times",
	    reply.shown, CONNECTIONS);
}

static int
poll_time(struct poll *p, struct err *e)
{
	int64_t most = POLL_TIME;

	/* Hanging up is better than being cut off. */
	if (p->job->total_timeout != 0 && (int64_t)p->job->total_timeout * 3 /
	    4 * TSTAMP_SECOND < most)
		most = (int64_t)p->job->total_timeout * 3 / 4 * TSTAMP_SECOND;
	p->until = tstamp_now() + most;
	return taxii_open(&p->taxii, p->job, p->g, e);
}

static int
run(struct poll *p, struct err *e)
{
	struct buf url;
	int rc;

	if (begin(p, e) != 0 || poll_time(p, e) != 0)
		return -1;
	buf_init(&url, LIMIT_URL);
	rc = read_stream(p, &url, e);
	buf_free(&url);
	taxii_close(&p->taxii);
	if (rc != 0)
		return -1;
	/* Everything that the platform has, and nothing left out. */
	if (p->whole && stream_caught_up(&p->stream) &&
	    ingest_extent(p->g, STORE_WALK, STORE_UNDECLARED, e) != 0)
		return -1;
	return cursor_checkpoint(&p->cursor, p->g, e);
}

static int
poll_opencti(const struct job *job, struct ingest *g, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct poll *p = calloc(1, sizeof(*p));
	const struct events_ops ops = {on_event, on_too_long, p};
	int rc;

	if (p == NULL)
		return err_set(x, ERR_MEMORY, "out of memory");
	p->job = job;
	p->g = g;
	stream_init(&p->stream, g, job->now);
	events_init(&p->events, &ops);
	rc = run(p, x);
	if (rc != 0 && p->stream.begun)
		ingest_abandon(g);
	events_free(&p->events);
	stream_free(&p->stream);
	cursor_free(&p->cursor);
	free(p);
	return rc;
}

/* A stream cannot be told from another server by its URL: no claims. */
const struct source_ops source_opencti = {
	.kind = "opencti", .title = "OpenCTI stream",
	.delta = true, .poll = poll_opencti,
};
