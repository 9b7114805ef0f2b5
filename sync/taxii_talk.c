/* SPDX-License-Identifier: BSD-2-Clause */
/* The talk with one server: control documents, waiting and trying again. */
#include <stdio.h>
#include <string.h>

#include "base/tstamp.h"
#include "sync/taxii.h"

#define PATIENCE (180 * TSTAMP_SECOND) /* with failures in a row */

int
taxii_open(struct taxii *t, const struct job *job, struct ingest *g,
    struct err *e)
{
	*t = (struct taxii){.job = job, .ingest = g};
	t->allowed = dialect_allowed(job->kind);
	t->dialect = dialect_next(0, t->allowed);
	t->http = http_open(job, e);
	return t->http != NULL ? 0 : -1;
}

void
taxii_close(struct taxii *t)
{
	http_close(t->http);
	t->http = NULL;
}

int
taxii_note(struct taxii *t, struct err *e, const char *fmt, ...)
{
	char text[512];
	va_list ap;

	if (t->ingest == NULL && t->link == NULL)
		return 0;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	if (t->ingest == NULL)
		return msg_send(t->link, MSG_NOTE, SLICE_NONE,
		    slice_str(text), e);
	return ingest_note(t->ingest, text, e);
}

int
taxii_give_up(const char *objects, int code, const char *text, struct err *e)
{
	char shown[URL_SHOWN] = "?";
	struct url u;

	if (url_parse(slice_str(objects), &u, NULL) == 0)
		url_show(&u, shown);
	return err_set(e, code, "%s: %s", shown, text);
}

int
taxii_deviation(struct taxii *t, enum deviation d, uint64_t n,
    const char *detail, struct err *e)
{
	if (t->ingest == NULL)
		return deviation_action(t->job->deviations, d) ==
		    DEVIATION_IGNORE ? 0 :
		    taxii_note(t, e, "%s", deviation_at(d)->what);
	return ingest_deviation(t->ingest, d, n, detail, e);
}

int
taxii_deviations(struct taxii *t, uint64_t set, struct err *e)
{
	for (unsigned d = 0; d < DEVIATIONS; d++)
		if ((set & DEVIATION_BIT(d)) != 0 &&
		    taxii_deviation(t, (enum deviation)d, 1, NULL, e) != 0)
			return -1;
	return 0;
}

/* What is wrong with several objects of a page. */
static int
odd_objects(struct taxii *t, const struct ingest_facts *f, struct err *e)
{
	const struct {
		enum deviation d;
		uint64_t n;
	} rows[] = {
		{DEVIATION_DUPLICATES, f->twice},
		{DEVIATION_ID_FORM, f->odd_ids},
		{DEVIATION_MATCH_IGNORED, f->filtered},
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (rows[i].n > 0 && taxii_deviation(t, rows[i].d, rows[i].n,
		    NULL, e) != 0)
			return -1;
	return 0;
}

static enum retry_cause
cause_of(const struct http_reply *reply, bool garbled)
{
	switch (reply->failure) {
	case HTTP_FAIL_REACH:
		return RETRY_REACH;
	case HTTP_FAIL_CUT:
		return RETRY_CUT;
	case HTTP_FAIL_NONE:
		return garbled ? RETRY_GARBLED : RETRY_STATUS;
	case HTTP_FAIL_SINK:
		return garbled ? RETRY_GARBLED : RETRY_FINAL;
	case HTTP_FAIL_FINAL:
	default:
		return RETRY_FINAL;
	}
}

/* What may still be waited.  The time that the tries themselves took counts:
 * three silent minutes are not made nine. */
static int64_t
budget(struct taxii *t)
{
	int64_t now = tstamp_now(), all = PATIENCE;

	if (t->attempt == 0)
		t->trouble = now;
	if (t->job->retry_longest != 0 && all < t->job->retry_longest *
	    TSTAMP_SECOND * (t->job->most_tries > 0 ? t->job->most_tries :
	    RETRY_ATTEMPTS))
		all = t->job->retry_longest * TSTAMP_SECOND *
		    (t->job->most_tries > 0 ? t->job->most_tries :
		    RETRY_ATTEMPTS);
	if (t->job->total_timeout != 0 &&
	    t->job->total_timeout < all / TSTAMP_SECOND)
		all = t->job->total_timeout * TSTAMP_SECOND;
	return now < t->trouble ? 0 : all - (now - t->trouble);
}

enum retry_how
taxii_failed(struct taxii *t, const struct http_reply *reply, bool garbled,
    bool cursor, struct err *e)
{
	struct retry_ask ask = {
		.cause = cause_of(reply, garbled),
		.status = reply->head->status,
		.retry_after = reply->head->retry_after,
		.reset = reply->head->reset,
		.date = reply->head->date,
		.now = tstamp_now(),
		.cursor = cursor,
		.reached = t->reached,
		.attempt = t->attempt,
		.tries = t->job->most_tries,
		.first = t->job->retry_first * TSTAMP_SECOND,
		.longest = t->job->retry_longest * TSTAMP_SECOND,
		.budget = budget(t),
		.seed = t->job->seed ^ (uint64_t)t->job->now,
	};
	struct retry_verdict v = retry_decide(&ask);

	t->reached = t->reached || reply->failure == HTTP_FAIL_NONE;
	if (v.how == RETRY_STOP || (v.how == RETRY_SAME && t->job->once)) {
		if (v.asked > 0)
			err_context(e, "the server asks to come back in %lld"
			    " s", (long long)(v.asked / TSTAMP_SECOND));
		return RETRY_STOP;
	}
	t->attempt++;
	if (v.wait > 0) {
		if (taxii_note(t, NULL, "%s; trying again in %lld ms", e->text,
		    (long long)(v.wait / 1000000)) != 0) {
			/* A broken pipe shows itself at the next use. */
		}
		http_sleep(v.wait);
	}
	err_clear(e);
	return v.how;
}

static int
collect(void *ctx, const char *p, size_t n, struct err *e)
{
	if (buf_add(ctx, p, n) == 0)
		return 0;
	return err_set(e, ERR_MEMORY, "out of memory for a document");
}

/* --- the version ---------------------------------------------------------- */

void
taxii_speak(struct taxii *t, enum dialect d)
{
	if (d != DIALECTS && (t->allowed >> d & 1) != 0)
		t->dialect = d;
}

bool
taxii_negotiate(struct taxii *t, const struct http_reply *reply)
{
	enum dialect next;

	if (reply->failure != HTTP_FAIL_NONE || reply->head->status != 406 ||
	    t->job->accept != NULL)
		return false;
	t->refused |= 1u << t->dialect;
	next = dialect_next(t->refused, t->allowed);
	if (next == DIALECTS)
		return false;
	t->dialect = next;
	t->reached = true;
	return true;
}

/* A bundle with a Content-Range is TAXII 2.0, whatever its type is said to be. */
void
taxii_agreed(struct taxii *t, const struct http_reply *reply, json_t *skeleton)
{
	const char *type = json_string_value(json_object_get(skeleton, "type"));

	t->reached = true;
	t->attempt = 0;
	t->refused = 0;
	t->dialect = dialect_of_reply(reply->head->content_type,
	    reply->head->content_range[0] != '\0' && type != NULL &&
	    strcmp(type, "bundle") == 0, t->dialect, t->allowed);
}

/* --- documents ------------------------------------------------------------ */

/* One try: 0, 1 for a 404, -1. */
static int
get_once(struct taxii *t, const char *url, struct buf *body,
    struct http_reply *reply, struct err *e)
{
	struct http_get get = {
		.url = url,
		.accept = dialect_row(t->dialect)->taxii,
		.max_body = LIMIT_BODY_CONTROL,
		.bytes = collect,
		.ctx = body,
	};

	buf_reset(body);
	if (http_fetch(t->http, &get, reply, e) != 0)
		return -1;
	if (reply->head->status == 200) {
		taxii_agreed(t, reply, NULL);
		return 0;
	}
	http_status_err(reply, e);
	return reply->head->status == 404 ? 1 : -1;
}

static json_t *
parse(const struct buf *body, const struct http_reply *reply, struct err *e)
{
	json_error_t why;
	json_t *doc = json_loadb(body->p != NULL ? body->p : "", body->n,
	    JSON_DECODE_ANY, &why);

	if (doc == NULL)
		err_set(e, ERR_SYNTAX, "%s: not JSON: %s (line %d, column %d)",
		    reply->shown, why.text, why.line, why.column);
	else if (!json_is_object(doc)) {
		json_decref(doc);
		doc = NULL;
		err_set(e, ERR_PROTO, "%s: not a TAXII resource, which is a"
		    " JSON object", reply->shown);
	}
	return doc;
}

int
taxii_json(struct taxii *t, const char *url, json_t **out, struct err *e)
{
	struct taxii_asked a = {.cursor = false};

	return taxii_document(t, url, out, &a, e);
}

int
taxii_document(struct taxii *t, const char *url, json_t **out,
    struct taxii_asked *a, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct http_reply reply;
	struct buf body;
	int rc;

	*out = NULL;
	buf_init(&body, LIMIT_BODY_CONTROL);
	for (;;) {
		bool garbled = false;

		rc = get_once(t, url, &body, &reply, x);
		if (rc == 0) {
			*out = parse(&body, &reply, x);
			garbled = *out == NULL;
		}
		if (rc == 1 || *out != NULL)
			break;
		rc = -1;
		if (taxii_negotiate(t, &reply)) {
			err_clear(x);
			continue;
		}
		if (taxii_failed(t, &reply, garbled, a->cursor, x) !=
		    RETRY_SAME)
			break;
	}
	if (rc >= 0) {
		t->reached = true;
		t->attempt = 0;
		a->head = *reply.head;
	}
	buf_free(&body);
	return rc;
}

/* --- pages of objects ----------------------------------------------------- */

struct page_sink {
	struct ingest *ingest;
	bool begun;          /* a document was begun */
};

static int
take_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct page_sink *sink = ctx;

	if (!sink->begun) {
		if (ingest_begin(sink->ingest, e) != 0)
			return -1;
		sink->begun = true;
	}
	return ingest_bytes(sink->ingest, p, n, e);
}

static int
end_document(struct page_sink *sink, struct taxii_got *got, struct err *e)
{
	if (!sink->begun)
		return err_set(e, ERR_SYNTAX, "%s: the response is empty",
		    got->reply.shown);
	sink->begun = false;
	if (ingest_end(sink->ingest, &got->facts, e) != 0)
		return err_context(e, "%s", got->reply.shown);
	if (ingest_page(sink->ingest, got->reply.body, e) == 0)
		return 0;
	got->lost = true;
	return -1;
}

int
taxii_page(struct taxii *t, const struct taxii_ask *ask, struct taxii_got *got,
    struct err *e)
{
	struct page_sink sink = {.ingest = t->ingest};
	struct http_get get = {
		.url = ask->url,
		.accept = dialect_row(t->dialect)->stix,
		.range = ask->range,
		.max_body = t->job->max_body != 0 ? t->job->max_body :
		    LIMIT_BODY,
		.once = ask->once,
		.markup = deviation_action(t->job->deviations,
		    DEVIATION_MARKUP_TYPE) != DEVIATION_REJECT,
		.bytes = take_bytes,
		.ctx = &sink,
	};
	int rc;

	memset(got, 0, sizeof(*got));
	rc = http_fetch(t->http, &get, &got->reply, e);
	if (rc == 0 && (got->reply.head->status == 200 ||
	    got->reply.head->status == 206))
		rc = end_document(&sink, got, e);
	else if (rc == 0 && got->reply.head->status == 404 && t->job->empty_404)
		got->empty = true;
	else if (rc == 0)
		rc = http_missing_err(&got->reply, ": `taxiway discover` lists "
		    "what there is", e);
	else if (got->reply.failure == HTTP_FAIL_SINK)
		err_context(e, "%s", got->reply.shown);
	if (sink.begun)
		ingest_abandon(t->ingest);
	/* Which failures of the ingest are the document's fault? */
	got->garbled = rc != 0 && e->code == ERR_SYNTAX;
	if (rc == 0) {
		taxii_agreed(t, &got->reply, got->facts.skeleton);
		rc = odd_objects(t, &got->facts, e);
		got->lost = rc != 0;
	}
	return rc;
}
