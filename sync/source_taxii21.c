/* SPDX-License-Identifier: BSD-2-Clause */
/* TAXII 2.1: carries out what the page machine (page.h) decides. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/cursor.h"
#include "sync/page.h"
#include "sync/source.h"
#include "sync/taxii.h"

#define OBJECTS_KEPT KIB(8) /* a longer URL is found anew at each poll */

struct poll {
	const struct job *job;
	struct ingest *ingest;
	struct taxii talk;
	struct cursor cursor;
	struct page page;
	struct buf url;       /* of the request under way */
	bool begun;           /* a document was begun */
	bool pipe;            /* the keeper is gone: nothing helps */
	bool missing;         /* the first page does not exist */
};

/* --- one page ------------------------------------------------------------- */

/* Which failures of the ingest are the document's fault? */
static bool
is_garbled(const struct err *e)
{
	return e->code == ERR_SYNTAX;
}

static int
take_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct poll *poll = ctx;

	if (!poll->begun) {
		if (ingest_begin(poll->ingest, e) != 0)
			return -1;
		poll->begun = true;
	}
	return ingest_bytes(poll->ingest, p, n, e);
}

static int
end_document(struct poll *poll, const struct http_reply *reply,
    struct ingest_facts *facts, struct err *e)
{
	if (!poll->begun)
		return err_set(e, ERR_SYNTAX, "%s: the response is empty",
		    reply->shown);
	poll->begun = false;
	if (ingest_end(poll->ingest, facts, e) != 0)
		return err_context(e, "%s", reply->shown);
	if (ingest_page(poll->ingest, reply->body, e) != 0) {
		poll->pipe = true;
		return -1;
	}
	return 0;
}

/* 0 with facts; -1 with e set and *reply and *garbled for the verdict. */
static int
get_page(struct poll *poll, const struct page_step *step,
    struct http_reply *reply, struct ingest_facts *facts, bool *garbled,
    struct err *e)
{
	struct http_get get = {
		.accept = TAXII_ACCEPT,
		.max_body = poll->job->max_body != 0 ? poll->job->max_body :
		    LIMIT_BODY,
		.once = step->next.p != NULL,
		.bytes = take_bytes,
		.ctx = poll,
	};
	int rc;

	*garbled = false;
	memset(reply, 0, sizeof(*reply));
	buf_reset(&poll->url);
	if (taxii_page_url(poll->cursor.objects, step, poll->job, &poll->url,
	    e) != 0) {
		poll->pipe = true;
		return -1;
	}
	get.url = poll->url.p;
	rc = http_fetch(poll->talk.http, &get, reply, e);
	if (rc == 0 && (reply->head->status == 200 ||
	    reply->head->status == 206))
		rc = end_document(poll, reply, facts, e);
	else if (rc == 0)
		rc = http_status_err(reply, e);
	else if (reply->failure == HTTP_FAIL_SINK)
		err_context(e, "%s", reply->shown);
	if (poll->begun)
		ingest_abandon(poll->ingest);
	poll->begun = false;
	*garbled = rc != 0 && is_garbled(e);
	return rc;
}

static int
facts_of(const struct http_reply *reply, const struct ingest_facts *facts,
    char room[TAXII_NUMBER], struct page_reply *r, struct err *e)
{
	*r = (struct page_reply){
		.first = reply->head->first,
		.last = reply->head->last,
		.date = reply->head->date,
		.objects = facts->objects,
		.content = facts->content,
	};
	if (taxii_paging(facts->skeleton, room, r, e) != 0)
		return err_context(e, "%s", reply->shown);
	return 0;
}

/* --- steps ---------------------------------------------------------------- */

static int
checkpoint(struct poll *poll, int64_t since, struct err *e)
{
	struct cursor *c = &poll->cursor;
	uint32_t limit = page_learned_limit(&poll->page);
	uint32_t set = poll->job->page_limit;
	char *objects = c->objects;
	struct buf text;
	int rc;

	buf_init(&text, CURSOR_MAX);
	c->since = since;
	c->limit = limit < (set != 0 ? set : PAGE_LIMIT) ? limit : 0;
	if (strlen(objects) > OBJECTS_KEPT)
		c->objects = NULL;
	rc = cursor_encode(c, &text, e);
	c->objects = objects;
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

/* The page could not be had.  0 with the next step, -1 with e set. */
static int
recover(struct poll *poll, const struct http_reply *reply, bool garbled,
    struct page_step *step, struct err *e)
{
	struct err cause = *e;
	enum retry_how how;

	if (poll->pipe)
		return -1;
	how = taxii_failed(&poll->talk, reply, garbled, step->next.p != NULL,
	    e);
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
	struct http_reply reply;
	struct ingest_facts facts = {0};
	struct page_reply r;
	char room[TAXII_NUMBER];
	bool garbled;

	if (get_page(poll, step, &reply, &facts, &garbled, e) != 0)
		return recover(poll, &reply, garbled, step, e);
	poll->talk.reached = true;
	poll->talk.attempt = 0;
	if (facts_of(&reply, &facts, room, &r, e) != 0)
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

static int
give_up(struct poll *poll, const struct page_step *step, struct err *e)
{
	char shown[URL_SHOWN] = "?";
	struct url u;

	if (url_parse(slice_str(poll->cursor.objects), &u, NULL) == 0)
		url_show(&u, shown);
	return err_set(e, step->code, "%s: %s", shown, step->text);
}

static int
run_pages(struct poll *poll, int64_t since, struct err *e)
{
	uint32_t limit = poll->job->page_limit;
	struct page_step step;
	int rc = 0;

	if (poll->cursor.limit != 0 && (limit == 0 ||
	    poll->cursor.limit < limit))
		limit = poll->cursor.limit;
	step = page_start(&poll->page, since, limit, poll->job->now);
	while (rc == 0) {
		if (step.note != NULL)
			rc = taxii_note(&poll->talk, e, "%s", step.note);
		if (rc == 0 && step.checkpoint)
			rc = checkpoint(poll, step.since, e);
		if (rc != 0)
			break;
		if (step.act == PAGE_DONE)
			return 0;
		if (step.act == PAGE_FAIL)
			return give_up(poll, &step, e);
		rc = step.act == PAGE_MANIFEST ? do_manifest(poll, &step, e) :
		    do_ask(poll, &step, e);
	}
	return rc;
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
	rc = run_pages(poll, poll->cursor.since != TSTAMP_NONE ?
	    poll->cursor.since : start, e);
	if (rc != 0 && known && poll->missing)
		rc = run_moved(poll, start, e);
	return rc;
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
	if (rc == 0)
		rc = run(poll, x);
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
	.claims = claims_taxii21,
	.poll = poll_taxii21,
};
