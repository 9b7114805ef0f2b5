/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/taxii20.h"

#include "sync/range.h"

struct poll {
	struct taxii *talk;
	struct cursor *cursor;
	struct range range;
	struct buf url;
	bool answered;       /* a page came */
	bool missing;
};

static int
checkpoint(struct poll *p, int64_t since, struct err *e)
{
	struct cursor *c = p->cursor;
	uint32_t limit, set = p->talk->job->page_limit;
	struct buf text;
	int rc;

	c->since = since;
	c->dialect = dialect_row(p->talk->dialect)->name;
	c->range = range_learned(&p->range, &limit);
	if (limit != 0)
		c->limit = limit < (set != 0 ? set : RANGE_LIMIT) ? limit : 0;
	buf_init(&text, CURSOR_MAX);
	rc = cursor_encode(c, &text, e);
	if (rc == 0)
		rc = ingest_checkpoint(p->talk->ingest, buf_view(&text), e);
	buf_free(&text);
	return rc;
}

static int
ask_url(struct poll *p, const struct range_step *step, struct err *e)
{
	struct page_step page = {.added_after = step->added_after};

	buf_reset(&p->url);
	return taxii_page_url(p->cursor->objects, &page, p->talk->job, &p->url,
	    e);
}

static struct range_reply
reply_of(const struct taxii_got *got)
{
	const struct http_head *head = got->reply.head;
	struct range_reply r = {
		.status = got->empty ? 200 : head->status,
		.first = head->first,
		.last = head->last,
		.date = head->date,
		.objects = got->facts.objects,
		.content = got->facts.content,
	};

	range_parse(slice_str(head->content_range), &r);
	return r;
}

/* The range was not served.  0 with the next step, -1 with e set. */
static int
recover(struct poll *p, const struct taxii_got *got, struct range_step *step,
    struct err *e)
{
	const struct http_reply *reply = &got->reply;
	struct err cause = *e;
	int status = reply->failure == HTTP_FAIL_NONE ? reply->head->status : 0;

	if (got->lost)
		return -1;
	if (taxii_negotiate(p->talk, reply)) {
		*step = range_again(&p->range, false);
	} else if (status == 400 || status == 416) {
		struct range_reply r = reply_of(got);

		*step = range_refused(&p->range, status, r.total);
	} else {
		enum retry_how how = taxii_failed(p->talk, reply,
		    got->garbled, false, e);

		p->missing = status == 404 && !p->answered;
		if (how == RETRY_STOP)
			return -1;
		*step = range_again(&p->range, how == RETRY_SMALLER);
	}
	err_clear(e);
	if (step->act != RANGE_FAIL || step->text != NULL)
		return 0;
	*e = cause;
	return -1;
}

static int
do_ask(struct poll *p, struct range_step *step, struct err *e)
{
	struct taxii_ask ask = {.range = NULL};
	struct range_reply r;
	struct taxii_got got;
	char range[RANGE_TEXT];

	if (ask_url(p, step, e) != 0)
		return -1;
	ask.url = p->url.p;
	ask.range = range_text(step, range);
	if (taxii_page(p->talk, &ask, &got, e) != 0)
		return recover(p, &got, step, e);
	p->answered = true;
	r = reply_of(&got);
	*step = range_reply(&p->range, &r);
	return 0;
}

static int
run(struct poll *p, struct range_step step, struct err *e)
{
	int rc = 0;

	while (rc == 0) {
		rc = taxii_deviations(p->talk, step.deviations, e);
		if (rc == 0 && step.checkpoint)
			rc = checkpoint(p, step.since, e);
		if (rc != 0 || step.act == RANGE_DONE)
			return rc;
		if (step.act == RANGE_FAIL)
			return taxii_give_up(p->cursor->objects, step.code,
			    step.text, e);
		rc = do_ask(p, &step, e);
	}
	return rc;
}

int
taxii20_pages(struct taxii *t, struct cursor *c, int64_t since, bool *missing,
    struct err *e)
{
	struct poll p = {.talk = t, .cursor = c};
	uint32_t limit = t->job->page_limit;
	int rc;

	if (c->limit != 0 && (limit == 0 || c->limit < limit))
		limit = c->limit;

	buf_init(&p.url, LIMIT_URL);
	rc = taxii_note(t, e, "the server speaks TAXII 2.0");
	if (rc == 0)
		rc = run(&p, range_start(&p.range, c->range, since,
		    limit, t->job->now), e);
	*missing = p.missing;
	buf_free(&p.url);
	return rc;
}
