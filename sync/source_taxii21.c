/* SPDX-License-Identifier: BSD-2-Clause */
/* TAXII: where the collection is, what of it is read, and how far that went. */
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/chain.h"
#include "sync/cursor.h"
#include "sync/source.h"
#include "sync/taxii.h"
#include "sync/taxii_walk.h"

struct poll {
	const struct job *job;
	struct ingest *ingest;
	struct taxii talk;
	struct cursor cursor;
	struct chain chain;
	bool whole;           /* everything is listed in this poll … */
	bool again;           /* … of a source that has been read before */
};

/* --- steps ---------------------------------------------------------------- */

/* The end of the listing: was it whole? */
static void
note_walk(struct poll *poll, bool whole)
{
	poll->whole = poll->whole && whole;
	if (poll->whole)
		poll->cursor.walked = poll->job->now;
}

static int
checkpoint(struct poll *poll, int64_t since, struct err *e)
{
	struct cursor *c = &poll->cursor;

	c->since = since;
	c->dialect = dialect_row(poll->talk.dialect)->name;
	return cursor_checkpoint(c, poll->ingest, e);
}

/* What the listing has shown of the server; a limit is only worth remembering
 * where it is smaller than the usual one. */
static void
learn(struct poll *poll)
{
	struct cursor *c = &poll->cursor;
	uint32_t limit, usual = poll->job->page_limit;

	if (poll->chain.older) {
		c->range = range_learned(&poll->chain.range, &limit);
		usual = usual != 0 ? usual : RANGE_LIMIT;
	} else {
		c->unfiltered = poll->chain.page.unfiltered;
		limit = page_learned_limit(&poll->chain.page);
		usual = usual != 0 ? usual : PAGE_LIMIT;
	}
	if (limit != 0)
		c->limit = limit < usual ? limit : 0;
}

static int
take_checkpoint(void *ctx, int64_t since, bool end, struct err *e)
{
	struct poll *poll = ctx;

	if (end)
		note_walk(poll, poll->chain.whole);
	else if (poll->again) /* a walk that breaks off is begun anew; the
	                       * delta goes on */
		return 0;
	learn(poll);
	return checkpoint(poll, since, e);
}

static int
get_page(void *ctx, const struct taxii_ask *ask, struct taxii_got *got,
    struct err *e)
{
	struct poll *poll = ctx;

	return taxii_page(&poll->talk, ask, got, e);
}

static int
run_pages(struct poll *poll, int64_t since, struct err *e)
{
	const struct job *job = poll->job;
	struct chain *c = &poll->chain;

	chain_init(c, &poll->talk, poll->cursor.objects, job);
	c->get = get_page;
	c->checkpoint = take_checkpoint;
	c->ctx = poll;
	c->form = poll->cursor.range;
	c->begin.since = since;
	c->begin.types = taxii_types(job);
	c->begin.sure = job->nmatch_types > 0;
	c->begin.unfiltered = poll->cursor.unfiltered;
	c->begin.uncursor = job->by_date;
	if (poll->cursor.limit != 0 && (c->begin.limit == 0 ||
	    poll->cursor.limit < c->begin.limit))
		c->begin.limit = poll->cursor.limit;
	return chain_run(c, e);
}

/* --- the poll ------------------------------------------------------------- */

static int
take_place(struct poll *poll, struct buf *url, struct err *e)
{
	free(poll->cursor.objects);
	poll->cursor.objects = buf_take(url);
	return poll->cursor.objects != NULL ? 0 :
	    err_set(e, ERR_MEMORY, "out of memory");
}

static int
find_objects(struct poll *poll, struct err *e)
{
	struct buf url;
	int rc;

	buf_init(&url, LIMIT_URL);
	rc = taxii_find(&poll->talk, &url, e);
	if (rc == 0)
		rc = take_place(poll, &url, e);
	buf_free(&url);
	return rc;
}

/* A collection that is not where it used to be: look for it again, once.  -1
 * with the first failure in e when it is not found elsewhere. */
static int
run_moved(struct poll *poll, int64_t start, struct err *e)
{
	struct buf url;
	int rc;

	buf_init(&url, LIMIT_URL);
	rc = taxii_moved(&poll->talk, poll->cursor.objects, &url, e);
	if (rc == 0)
		rc = take_place(poll, &url, e);
	if (rc == 0)
		rc = taxii_note(&poll->talk, e, "the collection has moved to"
		    " %.300s: reading it from the start", poll->cursor.objects);
	if (rc == 0)
		rc = run_pages(poll, start, e);
	buf_free(&url);
	return rc;
}

/* Asked for, or its time has come. */
static bool
is_walk_due(const struct poll *poll)
{
	const struct job *job = poll->job;
	int64_t every = job->full_every * TSTAMP_DAY;

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

	/* A manifest of 2.0 knows no version of an object that was edited. */
	if (dialect_row(poll->talk.dialect)->v20)
		return 1;
	rc = taxii_walk(&poll->talk, &poll->cursor, start, &since, e);
	if (rc != 0)
		return rc;
	note_walk(poll, true);
	return checkpoint(poll, since, e);
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
	if (rc != 0 && known && poll->chain.missing) {
		poll->whole = true;
		rc = run_moved(poll, start, e);
	}
	/* What is absent from a whole listing counts as absent. */
	return rc == 0 && poll->whole ? ingest_extent(poll->ingest, STORE_WALK,
	    STORE_UNDECLARED, e) : rc;
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
const struct source_ops source_taxii20 = {
	.kind = "taxii20",
	.title = "TAXII 2.0 collection",
	.delta = true,
	.poll = poll_taxii21,
};
