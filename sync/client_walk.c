/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/client_walk.h"

#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/limits.h"
#include "stix/split.h"
#include "sync/page.h"
#include "sync/range.h"
#include "sync/seen.h"

struct run {
	const struct walk *w;
	struct split *split;
	struct buf whole;      /* a document that is not split */
	struct seen seen;
	struct buf url;
	struct err *e;         /* of the page under way */
	bool stopped;          /* the caller wants no more */
	bool answered, missing;
	/* facts of the page under way */
	uint64_t objects, content;
	json_t *skeleton;
	struct page page;
	struct range range;
};

/* --- one page ------------------------------------------------------------- */

static int
take_item(struct run *r, struct slice item)
{
	uint64_t digest = digest64(item.p, item.n, 0);

	r->objects++;
	r->content = digest64(&digest, sizeof(digest), r->content);
	if (seen_add(&r->seen, digest))
		return 0;
	if (r->w->item(r->w->ctx, item, r->e) == 0)
		return 0;
	r->stopped = true;
	return 1;
}

static int
on_object(void *ctx, struct slice object, uint64_t offset)
{
	(void)offset;
	return take_item(ctx, object);
}

/* What is no object is told from nothing else here. */
static int
on_bad(void *ctx, const char *reason, struct slice head, uint64_t offset)
{
	struct run *r = ctx;

	(void)head;
	r->objects++;
	return taxii_note(r->w->talk, r->e, "an item at byte %llu is passed"
	    " over: %s", (unsigned long long)offset, reason) == 0 ? 0 : 1;
}

static int
on_document(void *ctx, json_t *skeleton, uint64_t objects)
{
	struct run *r = ctx;

	(void)objects;
	json_decref(r->skeleton);
	r->skeleton = json_incref(skeleton);
	return 0;
}

static const struct split_ops split_ops = {on_object, on_bad, on_document};

static int
take_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct run *r = ctx;

	if (r->w->member == NULL)
		return split_feed(r->split, p, n, e) == 0 ? 0 : -1;
	if (buf_add(&r->whole, p, n) == 0)
		return 0;
	return err_set(e, ERR_LIMIT, "the document is larger than the %u bytes"
	    " allowed", LIMIT_BODY_CONTROL);
}

static int
end_whole(struct run *r, struct err *e)
{
	json_t *list, *v;
	size_t i;

	r->skeleton = json_loadb(buf_view(&r->whole).p, r->whole.n, 0, NULL);
	if (!json_is_object(r->skeleton))
		return err_set(e, ERR_SYNTAX, "not a JSON object");
	list = json_object_get(r->skeleton, r->w->member);
	json_array_foreach(list, i, v) {
		struct slice s = slice_str(json_string_value(v));

		if (s.p != NULL && take_item(r, s) != 0)
			return -1;
	}
	return 0;
}

static void
begin_page(struct run *r, struct err *e)
{
	json_decref(r->skeleton);
	r->skeleton = NULL;
	r->objects = r->content = 0;
	r->e = e;
	split_reset(r->split);
	buf_reset(&r->whole);
}

/* 0; -1 with e set and what the verdict needs. */
static int
get_page(struct run *r, const struct page_step *step, const char *range,
    struct http_reply *reply, bool *garbled, struct err *e)
{
	const struct dialect_row *row = dialect_row(r->w->talk->dialect);
	struct http_get get = {
		.accept = r->w->objects ? row->stix : row->taxii,
		.range = range,
		.max_body = r->w->member != NULL ? LIMIT_BODY_CONTROL :
		    LIMIT_BODY,
		.once = step->next.p != NULL,
		.bytes = take_bytes,
		.ctx = r,
	};
	bool ours;
	int rc;

	*garbled = false;
	memset(reply, 0, sizeof(*reply));
	begin_page(r, e);
	buf_reset(&r->url);
	if (taxii_page_url(r->w->url, step, r->w->filters, &r->url, e) != 0) {
		r->stopped = true;
		return -1;
	}
	get.url = r->url.p;
	rc = http_fetch(r->w->talk->http, &get, reply, e);
	ours = rc == 0 || reply->failure == HTTP_FAIL_SINK;
	if (rc == 0 && reply->head->status != 200 &&
	    reply->head->status != 206)
		return http_status_err(reply, e);
	if (rc == 0)
		rc = r->w->member != NULL ? end_whole(r, e) :
		    split_finish(r->split, e) == 0 ? 0 : -1;
	*garbled = rc != 0 && e->code == ERR_SYNTAX;
	if (rc != 0 && ours)
		err_context(e, "%s", reply->shown);
	if (rc == 0)
		taxii_agreed(r->w->talk, reply, r->skeleton);
	return rc;
}

/* --- TAXII 2.1 ------------------------------------------------------------ */

static bool
is_older(const struct run *r)
{
	return dialect_row(r->w->talk->dialect)->v20;
}

static enum page_again
again_of(enum retry_how how)
{
	return how == RETRY_RESTART ? PAGE_AGAIN_RESTART :
	    how == RETRY_UNCURSOR ? PAGE_AGAIN_UNCURSOR :
	    how == RETRY_SMALLER ? PAGE_AGAIN_SMALLER : PAGE_AGAIN_SAME;
}

/* May the request be sent again?  0 with *how, -1 with e as it was. */
static int
again(struct run *r, const struct http_reply *reply, bool garbled, bool cursor,
    enum retry_how *how, struct err *e)
{
	*how = RETRY_SAME;
	if (r->stopped || reply->head == NULL)
		return -1;
	if (taxii_negotiate(r->w->talk, reply)) {
		err_clear(e);
		return 0;
	}
	r->missing = !r->answered && reply->failure == HTTP_FAIL_NONE &&
	    reply->head->status == 404;
	*how = taxii_failed(r->w->talk, reply, garbled, cursor, e);
	return *how == RETRY_STOP ? -1 : 0;
}

static int
facts_of(struct run *r, const struct http_reply *reply,
    char room[TAXII_NUMBER], struct page_reply *p, struct err *e)
{
	*p = (struct page_reply){
		.first = reply->head->first,
		.last = reply->head->last,
		.date = reply->head->date,
		.objects = r->objects,
		.content = r->content,
	};
	if (taxii_paging(r->skeleton, room, p, e) != 0)
		return err_context(e, "%s", reply->shown);
	return 0;
}

static int
do_manifest(struct run *r, struct page_step *step, struct err *e)
{
	int64_t last = TSTAMP_NONE;
	json_t *doc = NULL;

	buf_reset(&r->url);
	if (taxii_page_url(r->w->url, step, r->w->filters, &r->url, e) != 0)
		return -1;
	if (taxii_json(r->w->talk, r->url.p, &doc, e) == 0)
		last = taxii_manifest_date(doc, r->page.held);
	json_decref(doc);
	err_clear(e);
	*step = page_manifest(&r->page, last);
	return 0;
}

static int
do_page(struct run *r, struct page_step *step, struct err *e)
{
	struct http_reply reply;
	struct page_reply p;
	char room[TAXII_NUMBER];
	struct err cause;
	enum retry_how how;
	bool garbled;

	if (get_page(r, step, NULL, &reply, &garbled, e) == 0) {
		r->answered = true;
		if (is_older(r))
			return 0;
		if (facts_of(r, &reply, room, &p, e) != 0)
			return -1;
		*step = page_reply(&r->page, &p);
		return 0;
	}
	cause = *e;
	if (again(r, &reply, garbled, step->next.p != NULL, &how, e) != 0)
		return -1;
	if (is_older(r))
		return 0;
	*step = page_again(&r->page, again_of(how));
	if (step->act == PAGE_FAIL && step->text == NULL) {
		*e = cause;
		return -1;
	}
	return 0;
}

static int
run_pages(struct run *r, int64_t since, struct err *e)
{
	const struct job *job = r->w->filters;
	struct page_opts opts = {.since = since, .limit = job->page_limit,
	    .now = job->now};
	struct page_step step = page_start(&r->page, &opts);
	int rc = 0;

	while (rc == 0 && !is_older(r)) {
		if (step.act == PAGE_DONE)
			return rc;
		if (step.act == PAGE_FAIL)
			return taxii_give_up(r->w->url, step.code, step.text,
			    e);
		rc = step.act == PAGE_MANIFEST ? do_manifest(r, &step, e) :
		    do_page(r, &step, e);
	}
	return rc;
}

/* --- TAXII 2.0 ------------------------------------------------------------ */

static int
refused(struct run *r, const struct http_reply *reply, struct range_step *step,
    struct err *e)
{
	struct range_reply told;
	struct err cause = *e;

	range_parse(slice_str(reply->head->content_range), &told);
	*step = range_refused(&r->range, reply->head->status, told.total);
	err_clear(e);
	if (step->act != RANGE_FAIL || step->text != NULL)
		return 0;
	*e = cause;
	return -1;
}

static int
do_range(struct run *r, struct range_step *step, struct err *e)
{
	struct page_step page = {.added_after = step->added_after};
	struct http_reply reply;
	struct range_reply p = {0};
	enum retry_how how;
	bool garbled;
	char text[RANGE_TEXT];

	if (get_page(r, &page, range_text(step, text), &reply, &garbled,
	    e) == 0) {
		r->answered = true;
		range_parse(slice_str(reply.head->content_range), &p);
		p.status = reply.head->status;
		p.first = reply.head->first;
		p.last = reply.head->last;
		p.date = reply.head->date;
		p.objects = r->objects;
		p.content = r->content;
		*step = range_reply(&r->range, &p);
		return 0;
	}
	if (!r->stopped && reply.failure == HTTP_FAIL_NONE &&
	    reply.head != NULL && (reply.head->status == 400 ||
	    reply.head->status == 416))
		return refused(r, &reply, step, e);
	if (again(r, &reply, garbled, false, &how, e) != 0)
		return -1;
	*step = range_again(&r->range, how == RETRY_SMALLER);
	return 0;
}

static int
run_ranges(struct run *r, int64_t since, struct err *e)
{
	const struct job *job = r->w->filters;
	struct range_step step = range_start(&r->range, RANGE_ANY, since,
	    job->page_limit, job->now);
	int rc = 0;

	while (rc == 0) {
		rc = taxii_deviations(r->w->talk, step.deviations, e);
		if (rc != 0 || step.act == RANGE_DONE)
			return rc;
		if (step.act == RANGE_FAIL)
			return taxii_give_up(r->w->url, step.code, step.text !=
			    NULL ? step.text : "the server refuses", e);
		rc = do_range(r, &step, e);
	}
	return rc;
}

int
walk_run(const struct walk *w, int64_t since, struct err *e)
{
	struct run *r = calloc(1, sizeof(*r));
	int rc = 0;

	if (r == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	r->w = w;
	r->split = split_new(&split_ops, r);
	buf_init(&r->url, LIMIT_URL);
	buf_init(&r->whole, LIMIT_BODY_CONTROL);
	if (r->split == NULL)
		rc = err_set(e, ERR_MEMORY, "out of memory");
	if (rc == 0)
		rc = run_pages(r, since, e);
	if (rc == 0 && is_older(r))
		rc = run_ranges(r, since, e);
	if (rc != 0 && r->missing)
		rc = 1;
	json_decref(r->skeleton);
	split_free(r->split);
	seen_free(&r->seen);
	buf_free(&r->url);
	buf_free(&r->whole);
	free(r);
	return rc;
}
