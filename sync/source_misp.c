/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A MISP instance: attributes, or events, by its REST interface, page by page.
 *
 * Asked for is what changed since the last walk began (by the server's clock, and
 * a little before that); deleted attributes too, once the store has any, so that
 * deletions arrive.  A page is asked for until one is empty: an instance drops
 * what the key may not see after it has counted, so a short page is no end.
 * Where a walk breaks off, the next poll goes on with its next page.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/cursor.h"
#include "sync/doc_read.h"
#include "sync/misp_doc.h"
#include "sync/misp_io.h"
#include "sync/source.h"

#define PAGE_DEFAULT 1000u
#define PAGE_EVENTS 20u /* they may be large */
#define OVERLAP (300 * TSTAMP_SECOND)

/* What is asked for: `misp-scope`. */
struct scope {
	const char *search, *thing;
	uint32_t page;
};

struct walk {
	const struct scope *scope;
	const struct job *job;
	struct ingest *g;
	struct misp_io io;
	struct misp_doc doc;
	struct cursor cursor;
	int64_t since;       /* of this walk; TSTAMP_NONE: all */
	int64_t began;       /* by the server's clock */
	uint32_t page, limit;
	bool resumed;        /* its first pages came in an earlier poll */
	int64_t total;       /* results that the first page told of; -1 */
	uint64_t seen, last; /* elements; digest of the last page */
};

static const struct scope scopes[] = {
	{"attributes/restSearch", "attribute", PAGE_DEFAULT},
	{"events/restSearch", "event", PAGE_EVENTS},
};

static bool
of_events(const struct walk *w)
{
	return w->scope == &scopes[1];
}

/* ---- the question ---------------------------------------------------------- */

static int
put(json_t *o, const char *key, json_t *v)
{
	return v != NULL ? json_object_set_new(o, key, v) : -1;
}

static json_t *
list_of(const struct opt_list *l, bool no)
{
	json_t *list = json_array();
	uint32_t i;

	for (i = 0; list != NULL && i < l->n; i++) {
		bool is_no = l->v[i][0] == '!';

		if (is_no == no && json_array_append_new(list,
		    json_string(l->v[i] + is_no)) != 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static int
put_list(json_t *o, const char *key, const struct opt_list *l)
{
	return l->n == 0 ? 0 : put(o, key, list_of(l, false));
}

static int
put_tags(json_t *o, const struct opt_list *l)
{
	json_t *tags;

	if (l->n == 0)
		return 0;
	tags = json_object();
	if (tags == NULL || put(tags, "OR", list_of(l, false)) != 0 ||
	    put(tags, "NOT", list_of(l, true)) != 0) {
		json_decref(tags);
		return -1;
	}
	return put(o, "tags", tags);
}

/* Seconds since 1970, as a text. */
static int
put_time(json_t *o, const char *key, int64_t t)
{
	return t == TSTAMP_NONE ? 0 : put(o, key, json_sprintf("%lld",
	    (long long)(t / TSTAMP_SECOND)));
}

static const char *
since_key(const struct walk *w)
{
	const char *what = w->doc.options.misp_since;

	if (what != NULL && strcmp(what, "publish") == 0)
		return "publish_timestamp";
	if (of_events(w))
		return "timestamp";
	if (what != NULL && strcmp(what, "event") == 0)
		return "event_timestamp";
	return "timestamp";
}

static int
put_filters(const struct walk *w, json_t *o)
{
	const struct feed_options *f = &w->doc.options;
	int64_t age;

	if (put_tags(o, &f->misp_tags) != 0 ||
	    put_list(o, "type", &f->misp_types) != 0 ||
	    put_list(o, "org", &f->misp_orgs) != 0 ||
	    put_time(o, since_key(w), w->since) != 0)
		return -1;
	if (!f->misp_unpublished && put(o, "published", json_true()) != 0)
		return -1;
	if (f->misp_warninglists &&
	    put(o, "enforceWarninglist", json_true()) != 0)
		return -1;
	/* Of whole events the age is looked at here. */
	if (f->misp_event_age != NULL && !of_events(w) && json_object_get(o,
	    "event_timestamp") == NULL && duration_parse(slice_str(
	    f->misp_event_age), INT64_MAX, &age) == 0 &&
	    put_time(o, "event_timestamp", w->job->now - age) != 0)
		return -1;
	/* What was never for detection, or is gone, matters only where the
	 * store may have it from before. */
	if (w->job->ask)
		return put(o, "deleted", json_pack("[i,i]", 0, 1));
	return f->misp_no_ids ? 0 : put(o, "to_ids", json_true());
}

/* The body of the request, to be freed; NULL: out of memory. */
static char *
question(const struct walk *w)
{
	json_t *o = json_pack("{s:s,s:i,s:i,s:b,s:b}", "returnFormat", "json",
	    "page", (int)w->page, "limit", (int)w->limit,
	    "includeEventTags", 1, "includeEventUuid", 1);
	char *text = NULL;

	if (o != NULL && put_filters(w, o) == 0)
		text = json_dumps(o, JSON_COMPACT);
	json_decref(o);
	return text;
}

/* ---- pages ----------------------------------------------------------------- */

static int
page_begin(void *ctx, struct err *e)
{
	struct walk *w = ctx;

	return misp_doc_begin(&w->doc, NULL, e);
}

static int
page_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct walk *w = ctx;

	return misp_doc_bytes(&w->doc, p, n, e);
}

static void
page_abandon(void *ctx)
{
	struct walk *w = ctx;

	misp_doc_abandon(&w->doc);
}

/* The server cannot give so much at a time: half of it, from the same place. */
static int
smaller(struct walk *w, struct err *e)
{
	if (w->limit < 2)
		return err_set(e, ERR_LIMIT, "the server refuses pages of a "
		    "single %s", w->scope->thing);
	w->limit /= 2;
	w->page = 2 * (w->page - 1) + 1;
	w->last = 0;
	return 0;
}

/* 0 with *got; -1 with e set. */
static int
get_page(struct walk *w, struct misp_got *got, struct err *e)
{
	const struct misp_sink sink = {page_begin, page_bytes, page_abandon, w};
	struct misp_ask ask = {.name = w->scope->search};
	char room[URL_SHOWN], *body = question(w);
	int rc;

	if (body == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	ask.post = slice_str(body);
	rc = misp_io_get(&w->io, &ask, &sink, got, e);
	free(body);
	if (rc != 0 || got->status == 413)
		return rc;
	if (got->status != 200)
		return err_set(e, ERR_NOT_FOUND, "%s: not found: is it the URL "
		    "of a MISP instance?", misp_io_shown(&w->io, room));
	if (misp_doc_end(&w->doc, SLICE_NONE, got->bytes, e) == 0)
		return 0;
	misp_doc_abandon(&w->doc);
	return err_context(e, "%s", misp_io_shown(&w->io, room));
}

static int
checkpoint(struct walk *w, struct err *e)
{
	return cursor_checkpoint(&w->cursor, w->g, e);
}

/* A page came: 1 when it was the last one, 0, or -1 with e set. */
static int
take_page(struct walk *w, const struct misp_got *got, struct err *e)
{
	if (w->page == 1 && !w->resumed) {
		if (got->head.date != TSTAMP_NONE)
			w->began = got->head.date;
		w->total = got->head.results;
	}
	if (w->doc.elements == 0)
		return 1;
	w->seen += w->doc.elements;
	if (w->page > 1 && w->doc.content == w->last) {
		if (w->doc.elements == w->limit)
			return err_set(e, ERR_PROTO, "page %u is the same as "
			    "the one before it: the server does not page",
			    w->page);
		return 1;
	}
	w->last = w->doc.content;
	if (w->page == LIMIT_PAGES)
		return err_set(e, ERR_LIMIT, "more than %u pages", LIMIT_PAGES);
	w->page++;
	w->cursor.page = w->page;
	w->cursor.page_size = w->limit;
	w->cursor.since = w->since;
	w->cursor.began = w->began;
	return checkpoint(w, e);
}

static int
walk_pages(struct walk *w, struct err *e)
{
	struct misp_got got;
	int rc;

	do {
		rc = get_page(w, &got, e);
		if (rc == 0)
			rc = got.status == 413 ? smaller(w, e) :
			    take_page(w, &got, e);
	} while (rc == 0);
	return rc < 0 ? -1 : 0;
}

/* ---- the source ------------------------------------------------------------ */

/* Where to begin: where the last walk broke off, or what is new since it began, or
 * with all there is. */
static int
begin(struct walk *w, struct err *e)
{
	struct cursor *c = &w->cursor;
	const struct job *job = w->job;
	bool full = job->full;

	cursor_init(c, job);
	if (cursor_decode(slice_str(job->cursor), c, NULL) < 0) {
		/* Damaged: it stays empty, and all is read. */
	}
	w->limit = job->page_limit != 0 ? job->page_limit :
	    w->scope->page;
	w->page = 1;
	w->total = -1;
	w->began = job->now;
	w->since = c->since;
	if (job->full_every != 0 && c->page == 0 && c->since != TSTAMP_NONE)
		full = full || c->walked == TSTAMP_NONE ||
		    job->now - c->walked >= job->full_every * TSTAMP_DAY;
	if (!full && c->page > 1 && c->page_size > 0) {
		w->page = c->page;
		w->limit = c->page_size;
		w->began = c->began;
		w->resumed = true;
		return ingest_note(w->g, "going on with the page that the last "
		    "poll broke off before", e);
	}
	if (full)
		w->since = TSTAMP_NONE;
	else if (w->since == TSTAMP_NONE && job->added_after != NULL &&
	    tstamp_parse(slice_str(job->added_after), &w->since) != 0)
		return err_set(e, ERR_CONFIG, "added-after: '%.40s' is no time",
		    job->added_after);
	return 0;
}

/* All pages came: the next walk begins where this one did, or a little before. */
static int
finish(struct walk *w, struct err *e)
{
	const char *text = w->doc.options.misp_overlap;
	int64_t overlap = OVERLAP;
	bool whole = w->since == TSTAMP_NONE && !w->resumed;

	if (text != NULL &&
	    duration_parse(slice_str(text), INT64_MAX, &overlap) != 0)
		overlap = OVERLAP;
	if (!w->resumed && w->total > 0 && (uint64_t)w->total > w->seen) {
		/* Some of them may have been left out for want of rights. */
		whole = false;
		if (ingest_note(w->g, of_events(w) ? "the server counted more "
		    "events than it sent" : "the server counted more "
		    "attributes than it sent", e) != 0)
			return -1;
	}
	if (w->since == TSTAMP_NONE)
		w->cursor.walked = w->job->now;
	w->cursor.since = w->began - overlap;
	w->cursor.page = w->cursor.page_size = 0;
	w->cursor.began = TSTAMP_NONE;
	if (whole && ingest_extent(w->g, STORE_WALK, STORE_UNDECLARED, e) != 0)
		return -1;
	return checkpoint(w, e);
}

static int
poll_walk(struct walk *w, struct err *e)
{
	const char *scope;

	if (misp_doc_init(&w->doc, w->job, w->g, e) != 0)
		return -1;
	scope = w->doc.options.misp_scope;
	w->scope = &scopes[scope != NULL && strcmp(scope, "events") == 0];
	if (of_events(w))
		misp_doc_events(&w->doc);
	if (misp_io_open(&w->io, w->job, w->g, w->scope->search, e) != 0)
		return -1;
	if (w->io.file)
		return err_set(e, ERR_CONFIG, "a file is no MISP instance: "
		    "that has an https: or http: URL");
	if (begin(w, e) != 0 || walk_pages(w, e) != 0)
		return -1;
	return finish(w, e);
}

static int
poll_misp(const struct job *job, struct ingest *g, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct walk *w = calloc(1, sizeof(*w));
	int rc;

	if (w == NULL)
		return err_set(x, ERR_MEMORY, "out of memory");
	w->job = job;
	w->g = g;
	rc = poll_walk(w, x);
	misp_io_close(&w->io);
	misp_doc_free(&w->doc);
	cursor_free(&w->cursor);
	free(w);
	return rc;
}

/* An instance cannot be told from another server by its URL: no claims. */
const struct source_ops source_misp = {
	.kind = "misp", .title = "MISP instance",
	.feed = true, .delta = true, .poll = poll_misp,
};
