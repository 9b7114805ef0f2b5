/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/feed_walk.h"

#include <fnmatch.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/duration.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/feed_request.h"
#include "sync/kill.h"

/* --- what the options mean ---------------------------------------------- */

/* Does the job ask for anything but one GET of its URL? */
static bool
needs_http(const struct feed_options *o)
{
	return o->method != NULL || o->body != NULL || o->params.n > 0 ||
	    o->page_kind != NULL || o->digest != NULL || o->head;
}

/* What a status means by `request-status`; ctx is the options. */
static enum doc_meaning
meaning_of(const void *ctx, int status)
{
	const struct feed_options *o = ctx;
	char code[12];

	snprintf(code, sizeof(code), "%d", status);
	for (uint32_t i = o->statuses.n; i > 0; i--) {
		const struct opt_pair *p = &o->statuses.v[i - 1];

		if (p->key != NULL && strcmp(p->key, code) == 0)
			return strcmp(p->value, "empty") == 0 ? DOC_EMPTY :
			    DOC_UNCHANGED;
	}
	/* The file of an hour that nothing happened in. */
	if (status == 404 && o->page_kind != NULL &&
	    strcmp(o->page_kind, "time-bucket") == 0)
		return DOC_EMPTY;
	return DOC_FAILURE;
}

/* "30d" before now, or a time. */
static int
read_since(const char *text, int64_t now, int64_t *out, struct err *e)
{
	int64_t t;

	if (text == NULL)
		return 0;
	if (duration_parse(slice_str(text), FEED_TIME_MAX, &t) == 0) {
		*out = tstamp_add(now, -t);
		return 0;
	}
	if (tstamp_parse_liberal(slice_str(text), out) == 0)
		return 0;
	return err_set(e, ERR_CONFIG, "request-since: '%s' is neither a time "
	    "nor a length of time such as 30d", text);
}

static int64_t
length_of(const char *text, int64_t otherwise)
{
	int64_t t;

	return text != NULL && duration_parse(slice_str(text), FEED_TIME_MAX,
	    &t) == 0 ? t : otherwise;
}

/* One document, always at the same place. */
static bool
is_fixed(enum paging_kind kind, unsigned places)
{
	return kind == PAGING_NONE && (places & ~(TEMPLATE_BIT(TEMPLATE_KEY) |
	    TEMPLATE_BIT(TEMPLATE_SECRET))) == 0;
}

/* And *places, all that the request has. */
static int
work_out(const struct feed_options *o, const struct job *job,
    struct paging_opts *p, unsigned *places, struct err *e)
{
	*places = 0;
	*p = (struct paging_opts){
		.kind = o->page_kind != NULL ?
		    paging_kind_of(slice_str(o->page_kind)) : PAGING_NONE,
		.size = o->page_size,
		.ceiling = o->page_ceiling,
		.pages = o->page_max,
		.step = length_of(o->page_step, 3600 * TSTAMP_SECOND),
		.lag = length_of(o->page_lag, 0),
		.keep = o->page_keep,
		.bootstrap = o->page_start != NULL,
		.probe = job->trial,
		.bare = o->page_index_bare,
		.ordered = o->page_base != NULL,
		.since = TSTAMP_NONE,
		.overlap = length_of(o->overlap, 0),
		.now = job->now,
	};
	p->first = p->kind == PAGING_PAGE;
	if (p->kind == PAGING_CURSOR || p->kind == PAGING_GRAPHQL)
		p->start = slice_str(o->page_first);
	else if (o->page_first != NULL)
		p->first = strtoull(o->page_first, NULL, 10);
	if (feed_request_places(o, job->url, places, e) != 0 ||
	    read_since(o->since, job->now, &p->since, e) != 0)
		return -1;
	p->delta = (*places & TEMPLATE_BIT(TEMPLATE_SINCE)) != 0;
	p->marked = (*places & TEMPLATE_BIT(TEMPLATE_MARK)) != 0;
	if (p->step < TSTAMP_SECOND)
		return err_set(e, ERR_CONFIG, "page-step: less than a second");
	if (o->digest != NULL && p->kind != PAGING_NONE)
		return err_set(e, ERR_CONFIG, "request-digest: goes with one "
		    "document, without page-kind");
	if (o->digest != NULL && o->content_path != NULL)
		return err_set(e, ERR_CONFIG, "request-digest: goes without "
		    "content-path");
	if (o->head && !is_fixed(p->kind, *places))
		return err_set(e, ERR_CONFIG, "request-head: goes with one "
		    "document that is always at the same place");
	return feed_request_check(o, p->kind, *places, e);
}

int
feed_walk_opts(const struct feed_options *o, const struct job *job,
    struct paging_opts *p, struct err *e)
{
	unsigned places;

	return work_out(o, job, p, &places, e);
}

/* --- the walk ----------------------------------------------------------- */

struct run {
	const struct feed_walk *w;
	const struct feed_options *o;
	struct doc_want want;
	struct doc_talk talk;
	struct cursor cursor;
	struct paging_opts opts;
	struct paging paging;
	struct feed_request request;
	struct doc_got got;
	struct unwrap unwrap;    /* where content-path is given */
	struct buf control;      /* an index, or what tells the first number */
	const char *header;      /* of page-next, or NULL */
	struct buf resolved;     /* the URL of the next page, made absolute, or
	                          * the place of that of an index */
	bool conditional;        /* one document, always at the same place */
	bool fresh;
	uint64_t nlost;          /* documents without which it went on */
	struct err first_lost;   /* why, of the first one */
	uint64_t listed;         /* items on this page of the index */
};

static int
save(struct run *r, struct err *e)
{
	struct buf text;
	int rc = 0;

	buf_init(&text, CURSOR_MAX);
	free(r->cursor.paging);
	r->cursor.paging = NULL;
	/* A place that does not fit is not kept: the next poll starts anew. */
	if (paging_save(&r->paging, &text) == 0) {
		r->cursor.paging = buf_take(&text);
		rc = cursor_checkpoint(&r->cursor, r->w->ingest, e);
	}
	buf_free(&text);
	return rc;
}

/* The header or the link that tells the next page. */
static struct slice
header_next(const struct run *r)
{
	const char *next = r->o->page_next;
	const struct http_head *h = r->got.reply.head;

	if (next == NULL)
		return SLICE_NONE;
	if (strcmp(next, "link") == 0)
		return slice_str(h->link);
	return r->header != NULL ? slice_str(h->wanted) : SLICE_NONE;
}

static int
resolve(struct run *r, struct slice *next, struct err *e)
{
	struct url base;

	buf_reset(&r->resolved);
	if (url_parse(slice_str(r->got.reply.url), &base, e) != 0 ||
	    url_resolve(&base, *next, &r->resolved, e) != 0)
		return err_context(e, "%s: the next page",
		    r->got.reply.shown);
	if (feed_may_go(r->w->job, "the next page", &base,
	    buf_view(&r->resolved), e) != 0)
		return -1;
	*next = buf_view(&r->resolved);
	return 0;
}

/* --- one request -------------------------------------------------------- */

static int
control_begin(void *ctx, struct err *e)
{
	struct run *r = ctx;

	(void)e;
	buf_reset(&r->control);
	return 0;
}

static int
control_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct run *r = ctx;

	return buf_add(&r->control, p, n) == 0 ? 0 : err_set(e, ERR_LIMIT,
	    "the index is larger than %u bytes", FEED_INDEX);
}

static int
control_end(void *ctx, uint64_t bytes, struct err *e)
{
	(void)ctx;
	(void)bytes;
	(void)e;
	return 0;
}

static void
control_abandon(void *ctx)
{
	(void)ctx;
}

/* Where an item is, when the index names its URL. */
static int
check_item(const struct run *r, const struct paging_step *s, struct err *e)
{
	struct url index;

	if (s->act != PAGING_ASK_ITEM || r->o->page_item != NULL)
		return 0;
	if (url_parse(slice_str(r->w->job->url), &index, e) != 0)
		return -1;
	return feed_may_go(r->w->job, "an item of the index", &index,
	    buf_view(&r->request.url), e);
}

static int
send_request(struct run *r, const struct paging_step *s, struct err *e)
{
	const struct doc_sink control = {control_begin, control_bytes,
	    control_end, control_abandon, r, NULL, NULL};
	bool is_page = s->act == PAGING_ASK || s->act == PAGING_ASK_ITEM;
	struct doc_request d = {
		.header = r->header,
		.once = s->once,
		.xml = s->act == PAGING_ASK_INDEX && r->o->page_index_xml,
		.text = s->act == PAGING_ASK_INDEX &&
		    r->o->page_index == NULL,
		.done = s->act == PAGING_ASK_ACK,
		.cursor = r->conditional ? &r->cursor : NULL,
	};

	r->got = (struct doc_got){.fresh = false};
	if (feed_request_make(&r->request, s, e) != 0 ||
	    check_item(r, s, e) != 0)
		return -1;
	if (!is_page)
		buf_reset(&r->control); /* there may be no answer at all */
	*r->w->newer = r->opts.delta && s->since != TSTAMP_NONE;
	r->want.unwrap = is_page && r->o->content_path != NULL ? &r->unwrap :
	    NULL;
	d.url = r->request.url.p;
	d.method = r->request.method;
	d.content_type = r->request.type;
	d.content = buf_view(&r->request.body);
	return doc_get(&r->talk, &d, is_page ? &r->w->sink : &control,
	    &r->got, e);
}

static int
index_item(void *ctx, struct slice name)
{
	struct run *r = ctx;
	char text[LIMIT_URL + 1];

	const char *match = r->o->page_match, *base = r->o->page_base;

	r->listed++;
	if (match == NULL && base == NULL)
		return paging_item(&r->paging, name, false) ? 0 : 1;
	if (name.n > LIMIT_URL)
		return 0;
	snprintf(text, sizeof(text), "%.*s", SLICE_ARG(name));
	if (match != NULL && fnmatch(match, text, 0) != 0)
		return 0;
	return paging_item(&r->paging, name, base != NULL &&
	    (*base == '!' ? fnmatch(base + 1, text, 0) != 0 :
	    fnmatch(base, text, 0) == 0)) ? 0 : 1;
}

/* A page of an index: its items, and where the next one is. */
static int
index_facts(struct run *r, struct paging_reply *p, struct err *e)
{
	r->listed = 0;
	if (r->got.missing)
		return 0;
	if (feed_index(r->o, buf_view(&r->control), index_item, r, e) != 0 ||
	    feed_index_next(r->o, buf_view(&r->control), &r->resolved,
	    e) != 0)
		return err_context(e, "%s", r->got.reply.shown);
	p->next = buf_view(&r->resolved);
	p->records = r->listed;
	return 0;
}

/* The next step after a request that went well. */
static int
reply_facts(struct run *r, const struct paging_step *s,
    struct paging_reply *p, struct err *e)
{
	*p = (struct paging_reply){.date = r->got.reply.head->date,
	    .missing = r->got.missing};
	if (s->act == PAGING_ASK_ACK)
		return 0;
	if (s->act == PAGING_ASK_INDEX)
		return index_facts(r, p, e);
	if (s->act == PAGING_ASK_START)
		return feed_number(buf_view(&r->control),
		    r->o->page_start_at != NULL ? r->o->page_start_at :
		    r->o->page_next,
		    &r->control, &p->next, e);
	if (r->got.fresh && r->w->facts(r->w->sink.ctx, p, e) != 0)
		return -1;
	if (p->next.n == 0)
		p->next = header_next(r);
	if (p->total > 0)
		*r->w->declared = p->total;
	return r->opts.kind == PAGING_NEXT_URL && p->next.n > 0 ?
	    resolve(r, &p->next, e) : 0;
}

static int
give_up(const struct run *r, const struct paging_step *s, struct err *e)
{
	return err_set(e, s->code, "%s: %s", r->got.reply.shown, s->text);
}

/* Is it the place in the walk that the server does not know? */
static bool
is_refused(const struct run *r)
{
	const struct http_reply *reply = &r->got.reply;

	return reply->failure == HTTP_FAIL_NONE && reply->head != NULL &&
	    (reply->head->status == 400 || reply->head->status == 404 ||
	    reply->head->status == 410);
}

/* The poll goes on without it, and ends with what was wrong with the first. */
static int
lose(struct run *r, struct err *why, struct err *e)
{
	if (ingest_note(r->w->ingest, why->text, e) != 0)
		return -1;
	if (r->nlost++ == 0) {
		r->first_lost = *why;
		/* It is the document that is gone, not the feed. */
		if (why->code == ERR_MOVED)
			r->first_lost.code = ERR_HTTP;
	}
	err_clear(why);
	return 0;
}

/* The request failed, or what it brought: what now?  -1 when e stands. */
static int
after_failure(struct run *r, struct paging_step *s, struct err *e)
{
	struct paging_step other = {.act = PAGING_FAIL};
	struct err why = *e, broken = ERR_INIT;

	if (s->act == PAGING_ASK_ACK)
		return err_context(e, "page-ack");
	if (s->act == PAGING_ASK_ITEM) {
		if (doc_own_fault(&r->got, e))
			other = paging_skip(&r->paging);
		if (other.act != PAGING_FAIL && lose(r, &why, &broken) != 0) {
			*e = broken;
			return -1;
		}
	} else if (is_refused(r)) {
		other = paging_refused(&r->paging);
	}
	if (other.act == PAGING_FAIL)
		return -1;
	err_clear(e);
	*s = other;
	return 0;
}

static int
take_step(struct run *r, struct paging_step *s, struct err *e)
{
	struct err *barren = r->w->barren;
	struct paging_reply p;

	if (send_request(r, s, e) != 0)
		return after_failure(r, s, e);
	r->fresh = r->got.fresh || r->got.missing;
	if (reply_facts(r, s, &p, e) != 0)
		return s->act == PAGING_ASK_ITEM ? after_failure(r, s, e) : -1;
	if (barren->code != ERR_NONE) {
		err_context(barren, "%s", r->got.reply.shown);
		if (lose(r, barren, e) != 0)
			return -1;
	}
	*s = paging_reply(&r->paging, &p);
	return s->act == PAGING_FAIL ? give_up(r, s, e) : 0;
}

/* What the documents that were lost make of the poll. */
static int
tell_lost(const struct run *r, struct err *e)
{
	const char *what = r->opts.kind == PAGING_QUEUE ?
	    "acknowledged all the same: pages of the queue without a usable "
	    "record" : r->paging.partial ?
	    "no more were asked for: items of the index that cannot be read" :
	    "the others were read: items of the index that cannot be";

	if (r->nlost == 0)
		return 0;
	return err_set(e, r->first_lost.code, "%.700s (%s: %" PRIu64 ")",
	    r->first_lost.text, what, r->nlost);
}

static int
finish(struct run *r, struct err *e)
{
	const struct feed_walk *w = r->w;
	enum store_extent x = STORE_PART;
	uint64_t declared = *w->declared;

	if (r->conditional)
		x = r->fresh ? STORE_DOCUMENT : STORE_SAME;
	else if (paging_whole(&r->paging))
		x = STORE_WALK;
	if (declared != STORE_UNDECLARED)
		declared -= *w->lost < declared ? *w->lost : declared;
	if (ingest_extent(w->ingest, x, declared, e) != 0)
		return -1;
	return save(r, e) == 0 ? tell_lost(r, e) : -1;
}

static int
walk(struct run *r, struct err *e)
{
	struct paging_step s = paging_start(&r->paging, &r->opts,
	    slice_str(r->cursor.paging));
	bool acks;

	while (s.act != PAGING_DONE) {
		if (s.checkpoint && save(r, e) != 0)
			return -1;
		acks = s.act == PAGING_ASK_ACK;
		if ((s.once || acks) && ingest_commit(r->w->ingest, e) != 0)
			return -1;
		if (acks)
			kill_point("fetcher:ack:before");
		if (take_step(r, &s, e) != 0)
			return -1;
		if (acks)
			kill_point("fetcher:ack:after");
	}
	return finish(r, e);
}

/* --- the poll ----------------------------------------------------------- */

/* A file or a folder: nothing to page through. */
static int
read_local(struct run *r, struct err *e)
{
	const struct feed_walk *w = r->w;
	struct paging_reply unused = {0};

	if (needs_http(r->o))
		return err_set(e, ERR_CONFIG, "%s: request- and page- options "
		    "are for http", w->job->url);
	if (doc_read(w->job, w->ingest, &r->cursor, &r->want, &w->sink,
	    &r->fresh, e) != 0)
		return -1;
	if (r->fresh && w->facts != NULL &&
	    w->facts(w->sink.ctx, &unused, e) != 0)
		return -1;
	paging_start(&r->paging, &r->opts, SLICE_NONE);
	r->conditional = true;
	return finish(r, e);
}

static const char *
header_name(const struct feed_options *o)
{
	const char *name = o->page_next;

	if (name == NULL || strncmp(name, "header:", 7) != 0)
		return NULL;
	name += 7;
	return *name != '\0' && strlen(name) < LIMIT_NAME ? name : NULL;
}

static int
run_open(struct run *r, const struct feed_walk *w, struct err *e)
{
	unsigned places;

	r->w = w;
	r->o = w->options;
	r->want = w->want;
	r->want.meaning = meaning_of;
	r->want.meaning_ctx = w->options;
	r->want.reread = length_of(w->options->reread, 0);
	buf_init(&r->control, FEED_INDEX);
	buf_init(&r->resolved, LIMIT_URL);
	cursor_init(&r->cursor, w->job);
	if (cursor_decode(slice_str(w->job->cursor), &r->cursor, NULL) < 0) {
		/* Damaged: it stays empty, and all is read. */
	}
	feed_request_init(&r->request, w->options, w->job);
	r->header = header_name(w->options);
	if (work_out(w->options, w->job, &r->opts, &places, e) != 0)
		return -1;
	r->conditional = is_fixed(r->opts.kind, places);
	r->want.digest = w->options->digest;
	r->want.head = w->options->head;
	if (w->options->content_path == NULL)
		return 0;
	r->want.accept = "application/json";
	r->want.unwrap = &r->unwrap;
	return unwrap_init(&r->unwrap, w->options->content_path,
	    w->options->content_coding != NULL &&
	    strcmp(w->options->content_coding, "plain") == 0, e);
}

static void
run_free(struct run *r)
{
	feed_request_free(&r->request);
	cursor_free(&r->cursor);
	paging_free(&r->paging);
	unwrap_free(&r->unwrap);
	buf_free(&r->control);
	buf_free(&r->resolved);
}

int
feed_walk(const struct feed_walk *w, struct err *e)
{
	struct run *r = calloc(1, sizeof(*r));
	int rc;

	if (r == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	rc = run_open(r, w, e);
	if (rc == 0 && strncmp(w->job->url, "file:", 5) == 0) {
		rc = read_local(r, e);
	} else if (rc == 0) {
		rc = doc_open(&r->talk, w->job, w->ingest, &r->want, e);
		if (rc == 0) {
			rc = walk(r, e);
			doc_close(&r->talk);
		}
	}
	run_free(r);
	free(r);
	return rc;
}
