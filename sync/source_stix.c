/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * STIX documents: bundles, envelopes, arrays, objects one after the other, over
 * http(s) or from a file, packed or not.  The whole listing each time.
 */
#include <string.h>

#include "base/limits.h"
#include "sync/decode.h"
#include "sync/doc_read.h"
#include "sync/feed_options.h"
#include "sync/source.h"
#include "sync/url.h"

#define STIX_ACCEPT "application/stix+json, application/json;q=0.9, */*;q=0.5"

struct stix {
	struct ingest *g;
	struct decoder decoder;
	uint64_t objects, taken; /* of all documents */
	int64_t now, newest;     /* change of an object, TSTAMP_NONE */
	uint64_t passed;         /* files beside documents that are none … */
	char other[64];          /* … and the first one's name */
};

static int
stix_begin(void *ctx, struct err *e)
{
	struct stix *s = ctx;

	decoder_reset(&s->decoder);
	return ingest_begin(s->g, e);
}

/* What breaks with its first byte was never meant to be read here. */
static int
stix_text(void *ctx, const char *p, size_t n, struct err *e)
{
	const struct stix *s = ctx;

	if (ingest_bytes(s->g, p, n, e) == 0)
		return 0;
	if (strncmp(e->text, "offset 0:", 9) == 0)
		err_context(e, "not a STIX document");
	return -1;
}

static int
stix_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct stix *s = ctx;

	return decoder_bytes(&s->decoder, p, n, stix_text, s, e);
}

static int
stix_end(void *ctx, uint64_t bytes, struct err *e)
{
	struct ingest_facts facts = {0};
	struct stix *s = ctx;

	if (decoder_end(&s->decoder, stix_text, s, e) != 0 ||
	    ingest_end(s->g, &facts, e) != 0)
		return -1;
	ingest_newest(&s->newest, facts.newest, s->now);
	s->objects += facts.objects;
	s->taken += facts.taken + facts.filtered;
	return ingest_page(s->g, bytes, e);
}

static void
stix_abandon(void *ctx)
{
	const struct stix *s = ctx;

	ingest_abandon(s->g);
}

static void
stix_passed(void *ctx, const char *name)
{
	struct stix *s = ctx;

	if (s->passed++ == 0)
		snprintf(s->other, sizeof(s->other), "%s", name);
}

static int
tell_passed(const struct stix *s, struct err *e)
{
	char note[160];

	if (s->passed == 0)
		return 0;
	snprintf(note, sizeof(note), "%llu file%s passed over: no STIX, and "
	    "not named like it (%s%s)", (unsigned long long)s->passed,
	    s->passed == 1 ? "" : "s", s->other, s->passed == 1 ? "" : ", …");
	return ingest_note(s->g, note, e);
}

/* What has records of another format, and not one of STIX, is no empty document;
 * one file of many that is so, is rejected as its objects are. */
static int
check_any(const struct stix *s, struct err *e)
{
	if (s->objects == 0 || s->taken > 0)
		return 0;
	return err_set(e, ERR_SYNTAX, "none of its %llu records is an object of"
	    " STIX, with a type and an id; `taxiway try` says what it seems to "
	    "be", (unsigned long long)s->objects);
}

/* A bundle is of when its newest object was changed.  What is known is not parsed
 * again: the cursor holds what it said. */
static int
state_newest(const struct stix *s, struct cursor *c, struct err *e)
{
	if (s->newest != TSTAMP_NONE && (c->since == TSTAMP_NONE ||
	    s->newest > c->since))
		c->since = s->newest;
	return c->since == TSTAMP_NONE ? 0 : ingest_stated(s->g, c->since, e);
}

static int
poll_stix(const struct job *job, struct ingest *g, struct err *e)
{
	struct doc_want want = {.accept = STIX_ACCEPT};
	struct feed_options options;
	struct stix s = {.g = g, .now = job->now, .newest = TSTAMP_NONE};
	const struct doc_sink sink = {stix_begin, stix_bytes, stix_end,
	    stix_abandon, &s, stix_passed, NULL};
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct cursor c;
	bool fresh;
	int rc;

	if (decoder_init(&s.decoder, NULL, x) != 0 ||
	    feed_options_parse(job->feed, job->nfeed, &options, x) != 0)
		return -1;
	want.member = options.archive_member;
	cursor_init(&c, job);
	if (cursor_decode(slice_str(job->cursor), &c, NULL) < 0) {
		/* Damaged: it stays empty, and all is read. */
	}
	rc = doc_read(job, g, &c, &want, &sink, &fresh, x);
	if (rc == 0)
		rc = tell_passed(&s, x);
	if (rc == 0)
		rc = check_any(&s, x);
	if (rc == 0)
		rc = ingest_extent(g, fresh ? STORE_DOCUMENT : STORE_SAME,
		    STORE_UNDECLARED, x);
	if (rc == 0)
		rc = state_newest(&s, &c, x);
	if (rc == 0)
		rc = cursor_checkpoint(&c, g, x);
	cursor_free(&c);
	feed_options_free(&options);
	return rc;
}

/* A file, or a path that ends like a document's name. */
static bool
claims_stix(const struct job *job)
{
	static const char *const tails[] = {".json", ".jsonl", ".ndjson",
	    ".stix", ".stix2", ".gz", ".txt"};
	struct url u;

	if (url_parse(slice_str(job->url), &u, NULL) != 0)
		return false;
	if (u.scheme == URL_FILE)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(tails); i++)
		if (slice_ends_nocase(u.path, tails[i]))
			return true;
	return false;
}

const struct source_ops source_stix = {
	.kind = "stix",
	.title = "STIX document",
	.document = true,
	.claims = claims_stix,
	.poll = poll_stix,
};
