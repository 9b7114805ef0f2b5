/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/chain.h"

#include <string.h>

#include "base/limits.h"

void
chain_init(struct chain *c, struct taxii *talk, const char *url,
    const struct job *filters)
{
	memset(c, 0, sizeof(*c));
	c->talk = talk;
	c->url = url;
	c->filters = filters;
	c->begin.since = TSTAMP_NONE;
	c->begin.limit = filters->page_limit;
	c->begin.now = talk->job->now;
}

/* Has the server been found to speak TAXII 2.0? */
static bool
is_older(const struct chain *c)
{
	return dialect_row(c->talk->dialect)->v20;
}

static int
get(struct chain *c, const struct page_step *step, const char *range,
    struct taxii_got *got, struct err *e)
{
	struct taxii_ask ask = {.range = range, .once = step->next.p != NULL};

	memset(got, 0, sizeof(*got));
	buf_reset(&c->ask);
	if (taxii_page_url(c->url, step, c->filters, &c->ask, e) != 0) {
		got->lost = true;
		return -1;
	}
	ask.url = c->ask.p;
	if (c->get(c->ctx, &ask, got, e) != 0)
		return -1;
	c->answered = true;
	return 0;
}

static int
checkpoint(struct chain *c, int64_t since, bool end, struct err *e)
{
	return c->checkpoint != NULL ? c->checkpoint(c->ctx, since, end, e) : 0;
}

/* May the request be sent again, and how?  RETRY_STOP with e as it was. */
static enum retry_how
again(struct chain *c, const struct taxii_got *got, bool cursor,
    struct err *e)
{
	const struct http_reply *reply = &got->reply;

	if (got->lost || reply->head == NULL)
		return RETRY_STOP;
	c->missing = !c->answered && reply->failure == HTTP_FAIL_NONE &&
	    reply->head->status == 404;
	return taxii_failed(c->talk, reply, got->garbled, cursor, e);
}

static bool
is_refused(struct chain *c, const struct taxii_got *got)
{
	return !got->lost && got->reply.head != NULL &&
	    taxii_negotiate(c->talk, &got->reply);
}

/* --- TAXII 2.1: pages by cursor or date ----------------------------------- */

/* What is wrong with the response as such. */
static uint64_t
odd_reply(const struct http_head *h)
{
	uint64_t d = 0;

	if (h->status == 206)
		d |= DEVIATION_BIT(DEVIATION_PARTIAL_STATUS);
	if (http_head_markup(h))
		d |= DEVIATION_BIT(DEVIATION_MARKUP_TYPE);
	else if (strcmp(h->content_type, "application/taxii+json") != 0)
		d |= DEVIATION_BIT(DEVIATION_CONTENT_TYPE);
	if (h->odd_date)
		d |= DEVIATION_BIT(DEVIATION_DATE_FORMAT);
	if (h->bad_date)
		d |= DEVIATION_BIT(DEVIATION_DATE_UNREADABLE);
	return d;
}

static int
facts_of(const struct taxii_got *got, char room[TAXII_NUMBER],
    struct page_reply *r, struct err *e)
{
	*r = (struct page_reply){
		.first = got->reply.head->first,
		.last = got->reply.head->last,
		.date = got->reply.head->date,
		.objects = got->facts.objects,
		.content = got->facts.content,
		.deviations = odd_reply(got->reply.head),
	};
	if (got->empty)
		return 0;
	if (taxii_paging(got->facts.skeleton, room, r, e) != 0)
		return err_context(e, "%s", got->reply.shown);
	return 0;
}

static enum page_again
again_of(enum retry_how how, bool garbled)
{
	switch (how) {
	case RETRY_RESTART:
		return garbled ? PAGE_AGAIN_GARBLED : PAGE_AGAIN_RESTART;
	case RETRY_UNCURSOR:
		return PAGE_AGAIN_UNCURSOR;
	case RETRY_SMALLER:
		return PAGE_AGAIN_SMALLER;
	default:
		return PAGE_AGAIN_SAME;
	}
}

/* What the machine may still know where trying again does not help.  True: *step
 * is the next one. */
static bool
end_of_hope(struct chain *c, const struct taxii_got *got,
    struct page_step *step)
{
	const struct http_reply *reply = &got->reply;
	struct page_step s;

	if (got->lost || reply->head == NULL)
		return false;
	if (reply->failure == HTTP_FAIL_CUT && reply->head->status == 0)
		s = page_again(&c->page, PAGE_AGAIN_UNFILTER);
	else if (reply->failure == HTTP_FAIL_NONE && step->next.p != NULL &&
	    reply->head->status == 416)
		s = page_again(&c->page, PAGE_AGAIN_END);
	else
		return false;
	if (s.act == PAGE_FAIL)
		return false;
	*step = s;
	return true;
}

/* The page could not be had.  0 with the next step, -1 with e set. */
static int
recover(struct chain *c, const struct taxii_got *got, struct page_step *step,
    struct err *e)
{
	struct err cause = *e;
	enum retry_how how;

	if (is_refused(c, got)) {
		err_clear(e);
		return 0;
	}
	how = again(c, got, step->next.p != NULL, e);
	if (how == RETRY_STOP) {
		if (!end_of_hope(c, got, step))
			return -1;
		err_clear(e);
		return 0;
	}
	*step = page_again(&c->page, again_of(how, got->garbled));
	if (step->act != PAGE_FAIL || step->text != NULL)
		return 0;
	*e = cause;
	return -1;
}

static int
ask_page(struct chain *c, struct page_step *step, struct err *e)
{
	struct taxii_got got;
	struct page_reply r;
	char room[TAXII_NUMBER];

	if (get(c, step, NULL, &got, e) != 0)
		return recover(c, &got, step, e);
	if (is_older(c))
		return 0;
	if (facts_of(&got, room, &r, e) != 0)
		return -1;
	*step = page_reply(&c->page, &r);
	return 0;
}

static int
ask_manifest(struct chain *c, struct page_step *step, struct err *e)
{
	int64_t last = TSTAMP_NONE;
	json_t *doc = NULL;

	buf_reset(&c->ask);
	if (taxii_page_url(c->url, step, c->filters, &c->ask, e) != 0)
		return -1;
	/* Many servers have none: then the machine says what is missing. */
	if (taxii_json(c->talk, c->ask.p, &doc, e) == 0)
		last = taxii_manifest_date(doc, c->page.held);
	json_decref(doc);
	err_clear(e);
	*step = page_manifest(&c->page, last);
	return 0;
}

/* Until the end, or until the server is found to speak 2.0. */
static int
run_pages(struct chain *c, struct err *e)
{
	struct page_step step = page_start(&c->page, &c->begin);
	int rc = 0;

	while (rc == 0 && !is_older(c)) {
		bool end = step.act == PAGE_DONE;

		c->whole = end && page_whole(&c->page);
		rc = taxii_deviations(c->talk, step.deviations, e);
		if (rc == 0 && step.checkpoint)
			rc = checkpoint(c, step.since, end, e);
		if (rc != 0 || end)
			return rc;
		if (step.act == PAGE_FAIL)
			return taxii_give_up(c->url, step.code, step.text, e);
		rc = step.act == PAGE_MANIFEST ? ask_manifest(c, &step, e) :
		    ask_page(c, &step, e);
	}
	return rc;
}

/* --- TAXII 2.0: ranges ---------------------------------------------------- */

static struct range_reply
range_facts(const struct taxii_got *got)
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
recover_range(struct chain *c, const struct taxii_got *got,
    struct range_step *step, struct err *e)
{
	const struct http_reply *reply = &got->reply;
	struct err cause = *e;
	int status = !got->lost && reply->head != NULL &&
	    reply->failure == HTTP_FAIL_NONE ? reply->head->status : 0;
	enum retry_how how;

	if (is_refused(c, got)) {
		*step = range_again(&c->range, false);
	} else if (status == 400 || status == 416) {
		struct range_reply r = range_facts(got);

		*step = range_refused(&c->range, status, r.total);
	} else {
		how = again(c, got, false, e);
		if (how == RETRY_STOP)
			return -1;
		*step = range_again(&c->range, how == RETRY_SMALLER);
	}
	err_clear(e);
	if (step->act != RANGE_FAIL || step->text != NULL)
		return 0;
	*e = cause;
	return -1;
}

static int
ask_range(struct chain *c, struct range_step *step, struct err *e)
{
	struct page_step page = {.added_after = step->added_after};
	char text[RANGE_TEXT];
	struct range_reply r;
	struct taxii_got got;

	if (get(c, &page, range_text(step, text), &got, e) != 0)
		return recover_range(c, &got, step, e);
	r = range_facts(&got);
	*step = range_reply(&c->range, &r);
	return 0;
}

static int
run_ranges(struct chain *c, struct err *e)
{
	struct range_step step = range_start(&c->range, c->form,
	    c->begin.since, c->begin.limit, c->begin.now);
	int rc = taxii_note(c->talk, e, "the server speaks TAXII 2.0");

	c->older = true;
	while (rc == 0) {
		bool end = step.act == RANGE_DONE;

		c->whole = end && range_whole(&c->range);
		rc = taxii_deviations(c->talk, step.deviations, e);
		if (rc == 0 && step.checkpoint)
			rc = checkpoint(c, step.since, end, e);
		if (rc != 0 || end)
			return rc;
		if (step.act == RANGE_FAIL)
			return taxii_give_up(c->url, step.code, step.text, e);
		rc = ask_range(c, &step, e);
	}
	return rc;
}

int
chain_run(struct chain *c, struct err *e)
{
	int rc;

	buf_init(&c->ask, LIMIT_URL);
	rc = run_pages(c, e);
	if (rc == 0 && is_older(c))
		rc = run_ranges(c, e);
	buf_free(&c->ask);
	return rc;
}
