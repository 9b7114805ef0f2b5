/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * TAXII 2.1: carries out what the page machine (page.h) decides.  Once a server
 * is found to speak 2.0 only, taxii20.c takes over.
 */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/cursor.h"
#include "sync/page.h"
#include "sync/source.h"
#include "sync/taxii.h"
#include "sync/taxii20.h"
#include "sync/taxii_walk.h"

struct poll {
	const struct job *job;
	struct ingest *ingest;
	struct taxii talk;
	struct cursor cursor;
	struct page page;
	struct buf url;       /* of the request under way */
	bool missing;         /* the first page does not exist */
	bool whole;           /* everything is listed in this poll … */
	bool again;           /* … of a source that has been read before */
};

/* Has the server been found to speak TAXII 2.0? */
static bool
is_older(const struct poll *poll)
{
	return dialect_row(poll->talk.dialect)->v20;
}

/* --- one page ------------------------------------------------------------- */

static int
get_page(struct poll *poll, const struct page_step *step,
    struct taxii_got *got, struct err *e)
{
	struct taxii_ask ask = {.once = step->next.p != NULL};

	memset(got, 0, sizeof(*got));
	buf_reset(&poll->url);
	if (taxii_page_url(poll->cursor.objects, step, poll->job, &poll->url,
	    e) != 0) {
		got->lost = true;
		return -1;
	}
	ask.url = poll->url.p;
	return taxii_page(&poll->talk, &ask, got, e);
}

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

/* --- steps ---------------------------------------------------------------- */

static int
checkpoint(struct poll *poll, int64_t since, struct err *e)
{
	struct cursor *c = &poll->cursor;
	uint32_t limit = page_learned_limit(&poll->page);
	uint32_t set = poll->job->page_limit;
	struct buf text;
	int rc;

	buf_init(&text, CURSOR_MAX);
	c->since = since;
	c->dialect = dialect_row(poll->talk.dialect)->name;
	/* The page machine has learned nothing where it was not used. */
	if (limit != 0 && !is_older(poll)) {
		c->unfiltered = poll->page.unfiltered;
		c->limit = limit < (set != 0 ? set : PAGE_LIMIT) ? limit : 0;
	}
	rc = cursor_encode(c, &text, e);
	if (rc == 0)
		rc = ingest_checkpoint(poll->ingest, buf_view(&text), e);
	buf_free(&text);
	return rc;
}

static enum page_again
again_of(enum retry_how how)
{
	switch (how) {
	case RETRY_RESTART:
		return PAGE_AGAIN_RESTART;
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
end_of_hope(struct poll *poll, const struct http_reply *reply,
    struct page_step *step)
{
	struct page_step s;

	if (reply->failure == HTTP_FAIL_CUT && reply->head->status == 0)
		s = page_again(&poll->page, PAGE_AGAIN_UNFILTER);
	else if (reply->failure == HTTP_FAIL_NONE && step->next.p != NULL &&
	    reply->head->status == 416)
		s = page_again(&poll->page, PAGE_AGAIN_END);
	else
		return false;
	if (s.act == PAGE_FAIL)
		return false;
	*step = s;
	return true;
}

/* The page could not be had.  0 with the next step, -1 with e set. */
static int
recover(struct poll *poll, const struct taxii_got *got,
    struct page_step *step, struct err *e)
{
	const struct http_reply *reply = &got->reply;
	struct err cause = *e;
	enum retry_how how;

	if (got->lost)
		return -1;
	if (taxii_negotiate(&poll->talk, reply)) {
		err_clear(e);
		return 0;
	}
	how = taxii_failed(&poll->talk, reply, got->garbled,
	    step->next.p != NULL, e);
	if (how == RETRY_STOP && end_of_hope(poll, reply, step)) {
		err_clear(e);
		return 0;
	}
	if (how == RETRY_STOP) {
		poll->missing = poll->page.pages == 0 &&
		    reply->failure == HTTP_FAIL_NONE &&
		    reply->head->status == 404;
		return -1;
	}
	*step = page_again(&poll->page, again_of(how));
	if (step->act != PAGE_FAIL || step->text != NULL)
		return 0;
	*e = cause;
	return -1;
}

static int
do_ask(struct poll *poll, struct page_step *step, struct err *e)
{
	struct taxii_got got;
	struct page_reply r;
	char room[TAXII_NUMBER];

	if (get_page(poll, step, &got, e) != 0)
		return recover(poll, &got, step, e);
	if (is_older(poll))
		return 0;
	if (facts_of(&got, room, &r, e) != 0)
		return -1;
	*step = page_reply(&poll->page, &r);
	return 0;
}

static int
do_manifest(struct poll *poll, struct page_step *step, struct err *e)
{
	int64_t last = TSTAMP_NONE;
	json_t *doc = NULL;

	buf_reset(&poll->url);
	if (taxii_page_url(poll->cursor.objects, step, poll->job, &poll->url,
	    e) != 0)
		return -1;
	/* Many servers have none: then the machine says what is missing. */
	if (taxii_json(&poll->talk, poll->url.p, &doc, e) == 0)
		last = taxii_manifest_date(doc, poll->page.held);
	json_decref(doc);
	err_clear(e);
	*step = page_manifest(&poll->page, last);
	return 0;
}

/* The end of the listing: was it whole? */
static void
note_walk(struct poll *poll, bool whole)
{
	poll->whole = poll->whole && whole;
	if (poll->whole)
		poll->cursor.walked = poll->job->now;
}

static int
run_pages(struct poll *poll, int64_t since, struct err *e)
{
	const struct job *job = poll->job;
	struct page_opts opts = {
		.since = since, .limit = job->page_limit, .now = job->now,
		.types = taxii_types(job), .sure = job->nmatch_types > 0,
		.unfiltered = poll->cursor.unfiltered,
		.uncursor = job->by_date,
	};
	struct page_step step;
	int rc = 0;

	if (poll->cursor.limit != 0 && (opts.limit == 0 ||
	    poll->cursor.limit < opts.limit))
		opts.limit = poll->cursor.limit;
	step = page_start(&poll->page, &opts);
	while (rc == 0 && !is_older(poll)) {
		rc = taxii_deviations(&poll->talk, step.deviations, e);
		if (step.act == PAGE_DONE)
			note_walk(poll, page_whole(&poll->page));
		/* A walk that breaks off is begun anew; the delta goes on. */
		if (rc == 0 && step.checkpoint && (!poll->again ||
		    step.act == PAGE_DONE))
			rc = checkpoint(poll, step.since, e);
		if (rc != 0)
			break;
		if (step.act == PAGE_DONE)
			return 0;
		if (step.act == PAGE_FAIL)
			return taxii_give_up(poll->cursor.objects, step.code,
			    step.text, e);
		rc = step.act == PAGE_MANIFEST ? do_manifest(poll, &step, e) :
		    do_ask(poll, &step, e);
	}
	return rc == 0 ? taxii20_pages(&poll->talk, &poll->cursor, since,
	    &poll->missing, e) : rc;
}

/* --- the poll ------------------------------------------------------------- */

static int
find_objects(struct poll *poll, struct err *e)
{
	struct buf url;
	int rc;

	buf_init(&url, LIMIT_URL);
	rc = taxii_find(&poll->talk, &url, e);
	if (rc == 0) {
		free(poll->cursor.objects);
		poll->cursor.objects = buf_take(&url);
		if (poll->cursor.objects == NULL)
			rc = err_set(e, ERR_MEMORY, "out of memory");
	}
	buf_free(&url);
	return rc;
}

/* A collection that is not where it used to be: look for it again, once.  -1
 * with the first failure in e when it is not found elsewhere. */
static int
run_moved(struct poll *poll, int64_t start, struct err *e)
{
	struct err gone = *e;
	char *old = poll->cursor.objects;
	int rc = -1;

	poll->cursor.objects = NULL;
	err_clear(e);
	if (find_objects(poll, e) == 0 &&
	    strcmp(old, poll->cursor.objects) != 0) {
		rc = taxii_note(&poll->talk, e, "the collection has moved to"
		    " %.300s: reading it from the start", poll->cursor.objects);
		if (rc == 0)
			rc = run_pages(poll, start, e);
	} else {
		*e = gone;
		err_context(e, "the collection is not where it was; has the"
		    " feed moved?");
	}
	free(old);
	return rc;
}

/* Asked for, or its time has come. */
static bool
is_walk_due(const struct poll *poll)
{
	const struct job *job = poll->job;
	int64_t every = (int64_t)job->full_every * 86400 * TSTAMP_SECOND;

	return job->full || (every > 0 && (poll->cursor.walked == TSTAMP_NONE ||
	    job->now - poll->cursor.walked >= every));
}

/* By manifest, where there is something to compare it with.  0, 1 when the
 * objects are to be walked, -1. */
static int
run_walk(struct poll *poll, int64_t start, struct err *e)
{
	int64_t since;
	int rc;

	if (is_older(poll))
		return 1;
	rc = taxii_walk(&poll->talk, &poll->cursor, start, &since, e);
	if (rc != 0)
		return rc;
	note_walk(poll, true);
	return checkpoint(poll, since, e);
}

/* What is absent from here on counts as absent. */
static int
end_walk(struct poll *poll, struct err *e)
{
	if (ingest_extent(poll->ingest, STORE_WALK, STORE_UNDECLARED, e) != 0)
		return -1;
	if (!is_older(poll))
		return 0;
	note_walk(poll, true);
	return checkpoint(poll, poll->cursor.since, e);
}

static int
run(struct poll *poll, struct err *e)
{
	const char *added_after = poll->job->added_after;
	int64_t start = TSTAMP_NONE;
	bool known;
	int rc;

	if (added_after != NULL && (tstamp_parse_liberal(slice_str(added_after),
	    &start) != 0 || start == TSTAMP_NEVER))
		return err_set(e, ERR_CONFIG, "added_after '%.64s' is not a"
		    " time (YYYY-MM-DDTHH:MM:SSZ)", added_after);
	known = poll->cursor.objects != NULL;
	if (!known && find_objects(poll, e) != 0)
		return -1;
	poll->again = poll->job->ask && is_walk_due(poll);
	poll->whole = poll->cursor.since == TSTAMP_NONE || poll->again;
	rc = poll->again ? run_walk(poll, start, e) : 1;
	if (rc == 1)
		rc = run_pages(poll, poll->whole ? start : poll->cursor.since,
		    e);
	if (rc != 0 && known && poll->missing) {
		poll->whole = true;
		rc = run_moved(poll, start, e);
	}
	return rc == 0 && poll->whole ? end_walk(poll, e) : rc;
}

static int
poll_taxii21(const struct job *job, struct ingest *g, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct err damage = ERR_INIT;
	struct poll *poll = calloc(1, sizeof(*poll));
	int rc;

	if (poll == NULL)
		return err_set(x, ERR_MEMORY, "out of memory");
	poll->job = job;
	poll->ingest = g;
	buf_init(&poll->url, LIMIT_URL);
	cursor_init(&poll->cursor, job);
	rc = taxii_open(&poll->talk, job, g, x);
	if (rc == 0 && cursor_decode(slice_str(job->cursor), &poll->cursor,
	    &damage) < 0)
		rc = taxii_note(&poll->talk, x, "%s: reading everything again",
		    damage.text);
	if (rc == 0) {
		taxii_speak(&poll->talk, dialect_named(poll->cursor.dialect));
		rc = run(poll, x);
	}
	taxii_close(&poll->talk);
	cursor_free(&poll->cursor);
	buf_free(&poll->url);
	free(poll);
	return rc;
}

static bool
claims_taxii21(const struct job *job)
{
	struct url u;

	if (url_parse(slice_str(job->url), &u, NULL) != 0 ||
	    u.scheme == URL_FILE)
		return false;
	return taxii_path_of(&u).place == TAXII_COLLECTION ||
	    !source_stix.claims(job);
}

const struct source_ops source_taxii21 = {
	.kind = "taxii21",
	.title = "TAXII 2.1 collection",
	.delta = true,
	.claims = claims_taxii21,
	.poll = poll_taxii21,
};

/* The same, held to 2.0: without a kind, the version is agreed on. */
static bool
claims_nothing(const struct job *job)
{
	(void)job;
	return false;
}

const struct source_ops source_taxii20 = {
	.kind = "taxii20",
	.title = "TAXII 2.0 collection",
	.delta = true,
	.claims = claims_nothing,
	.poll = poll_taxii21,
};
