/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A feed of MISP: manifest.json, which lists events, and a file for each of them,
 * over http(s) or in a folder.
 *
 * The manifest is read whole, unless the server, or the digest of its bytes, says
 * that it did not change (doc_read.h).  Of
 * an event, the store keeps a record with the digest of its entry; one that has
 * the same entry is listed with all that it holds, and not fetched.  The record
 * of an event follows what it holds, so a poll that is killed goes on with the
 * next event.  At the end all events are told, and what no event holds any more is
 * absent.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/digest.h"
#include "base/grow.h"
#include "base/hex.h"
#include "base/limits.h"
#include "sync/cursor.h"
#include "sync/doc_read.h"
#include "sync/misp_doc.h"
#include "sync/misp_io.h"
#include "sync/source.h"
#include "sync/url.h"

#define INDEX "manifest.json"

struct entry {
	struct idkey id;
	uint64_t digest;         /* as ingest_known() has it */
	size_t name, at, n;      /* in `texts`: its name, and its JSON */
	bool known;
};

struct feed {
	const struct job *job;
	struct ingest *g;
	struct misp_io io;
	struct misp_doc doc;
	struct cursor cursor;
	/* the manifest */
	struct json_pick_ops ops;
	struct json_pick pick;
	struct tree tree;
	struct arena arena;
	struct buf texts;
	struct entry *entries;
	size_t n, cap;
	uint64_t seen, unwanted;
	int64_t newest;          /* change of an event, TSTAMP_NONE */
	/* the event at hand */
	struct misp_event event;
	bool checked;            /* its entry has a digest */
	uint8_t sum[SHA256_LEN];
	struct sha256 sha;
	struct buf held;         /* until it has come and been checked */
	bool streams;            /* it is too large for that */
	uint64_t fetched, lost;
	unsigned failed_row;     /* that the server failed on, in a row */
	char first_lost[200];
};

/* ---- the manifest ---------------------------------------------------------- */

static int
keep_entry(struct feed *f, const struct misp_event *ev, struct slice name,
    struct slice bytes, struct err *e)
{
	struct entry *entry;

	if (f->n == LIMIT_EVENTS)
		return err_set(e, ERR_LIMIT, "the manifest has more than %u "
		    "events", LIMIT_EVENTS);
	if (f->n == f->cap) {
		entry = grow(f->entries, &f->cap, sizeof(*entry));
		if (entry == NULL)
			return err_set(e, ERR_MEMORY, "out of memory");
		f->entries = entry;
	}
	entry = &f->entries[f->n];
	*entry = (struct entry){.id = ev->id, .name = f->texts.n,
	    .at = f->texts.n + name.n + 1, .n = bytes.n,
	    .digest = ingest_claim_digest(f->g, bytes, f->doc.settings)};
	buf_slice(&f->texts, name);
	buf_char(&f->texts, '\0');
	if (buf_slice(&f->texts, bytes) != 0)
		return err_set(e, ERR_LIMIT, "the manifest is larger than %u "
		    "bytes", LIMIT_MANIFEST);
	f->n++;
	return 0;
}

static int
on_entry(void *ctx, unsigned place, struct slice name, struct slice bytes,
    uint64_t offset, struct err *e)
{
	struct feed *f = ctx;
	struct misp_json o = {&f->tree, 0};
	struct err why = ERR_INIT;

	(void)place;
	f->seen++;
	arena_reset(&f->arena);
	if (tree_read(&f->tree, &f->arena, bytes, &why) != 0)
		return ingest_reject(f->g, REJECT_JSON, bytes, offset,
		    why.text, e);
	if (misp_event_read(o, name, &f->arena, &f->event) != 0)
		return ingest_reject(f->g, REJECT_BAD_ID, bytes, offset, NULL,
		    e);
	ingest_newest(&f->newest, f->event.time, f->job->now);
	if (!misp_event_wanted(&f->doc.wish, &f->event, o, f->job->now)) {
		f->unwanted++;
		return 0;
	}
	return keep_entry(f, &f->event, name, bytes, e);
}

static int
on_large_entry(void *ctx, unsigned place, uint64_t offset, struct err *e)
{
	struct feed *f = ctx;

	(void)place;
	f->seen++;
	return ingest_reject(f->g, REJECT_TOO_LARGE, SLICE(""), offset, NULL,
	    e);
}

static int
manifest_begin(void *ctx, struct err *e)
{
	struct feed *f = ctx;

	json_pick_reset(&f->pick);
	buf_reset(&f->texts);
	f->n = 0;
	f->seen = f->unwanted = 0;
	f->newest = TSTAMP_NONE;
	return ingest_begin(f->g, e);
}

static int
manifest_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct feed *f = ctx;

	return json_pick_bytes(&f->pick, p, n, e);
}

static void
manifest_abandon(void *ctx)
{
	struct feed *f = ctx;

	ingest_abandon(f->g);
}

/* The manifest is an object of events: something else has none, or a name that
 * is no uuid. */
static int
manifest_end(struct feed *f, uint64_t bytes, struct err *e)
{
	struct ingest_facts facts;
	json_t *rest = json_pick_end(&f->pick, e);
	bool object = json_is_object(rest);

	json_decref(rest);
	if (rest == NULL)
		return -1;
	if (!object || (f->seen > 0 && f->n + f->unwanted == 0))
		return err_set(e, ERR_SYNTAX, "JSON, but no manifest of a MISP "
		    "feed: its members are not events by uuid");
	if (ingest_claims_end(f->g, bytes, &facts, e) != 0)
		return -1;
	/* The feed is of when its newest event was changed. */
	if (f->newest != TSTAMP_NONE && ingest_stated(f->g, f->newest, e) != 0)
		return -1;
	return ingest_page(f->g, bytes, e);
}

/* 0 with *fresh; -1 with e set. */
static int
read_manifest(struct feed *f, bool *fresh, struct err *e)
{
	const struct misp_sink sink = {manifest_begin, manifest_bytes,
	    manifest_abandon, f};
	const struct misp_ask ask = {.name = INDEX, .cursor = &f->cursor};
	struct misp_got got;
	char room[URL_SHOWN];

	if (misp_io_get(&f->io, &ask, &sink, &got, e) != 0)
		return -1;
	*fresh = got.status != 304;
	if (!*fresh)
		return 0;
	if (got.status != 200)
		return err_set(e, ERR_NOT_FOUND, "%s: there is no manifest: is "
		    "it a MISP feed?", misp_io_shown(&f->io, room));
	if (manifest_end(f, got.bytes, e) != 0)
		return err_context(e, "%s", misp_io_shown(&f->io, room));
	return 0;
}

/* Entries that the store has as they are. */
static int
ask_entries(struct feed *f, struct err *e)
{
	static const size_t most = LIMIT_ASK;
	uint64_t digests[LIMIT_ASK];
	struct idkey ids[LIMIT_ASK];
	uint8_t known[(LIMIT_ASK + 7) / 8];
	size_t from, n, i, k;

	for (from = 0; f->job->ask && from < f->n; from += n) {
		n = f->n - from < most ? f->n - from : most;
		for (i = 0; i < n; i++) {
			ids[i] = f->entries[from + i].id;
			digests[i] = f->entries[from + i].digest;
		}
		if (ingest_known(f->g, ids, digests, n, known, e) != 0)
			return -1;
		for (i = k = 0; i < n; i++) {
			if ((known[i / 8] >> i % 8 & 1) == 0)
				continue;
			f->entries[from + i].known = true;
			ids[k++] = ids[i];
		}
		if (k > 0 && ingest_parts(f->g, ids, k, e) != 0)
			return -1;
	}
	return 0;
}

/* ---- events ---------------------------------------------------------------- */

static int
event_begin(void *ctx, struct err *e)
{
	struct feed *f = ctx;

	sha256_init(&f->sha);
	buf_reset(&f->held);
	f->streams = false;
	return misp_doc_begin(&f->doc, &f->event, e);
}

static int
event_flush(struct feed *f, struct err *e)
{
	f->streams = true;
	return f->held.n == 0 ? 0 :
	    misp_doc_bytes(&f->doc, f->held.p, f->held.n, e);
}

static int
event_bytes(void *ctx, const char *p, size_t n, struct err *e)
{
	struct feed *f = ctx;

	if (f->checked)
		sha256_add(&f->sha, p, n);
	if (!f->streams && f->held.n + n <= LIMIT_EVENT_HELD)
		return buf_add(&f->held, p, n) == 0 ? 0 :
		    err_set(e, ERR_MEMORY, "out of memory for an event");
	if (!f->streams && event_flush(f, e) != 0)
		return -1;
	return misp_doc_bytes(&f->doc, p, n, e);
}

static void
event_abandon(void *ctx)
{
	struct feed *f = ctx;

	misp_doc_abandon(&f->doc);
}

static int
event_end(struct feed *f, struct slice original, uint64_t bytes,
    struct err *e)
{
	uint8_t sum[SHA256_LEN];

	if (f->checked) {
		sha256_done(&f->sha, sum);
		if (memcmp(sum, f->sum, sizeof(sum)) != 0)
			return err_set(e, ERR_PROTO, "its SHA-256 is not that "
			    "of the manifest (misp-integrity)");
	}
	if (!f->streams)
		misp_doc_look(&f->doc, buf_view(&f->held));
	if (!f->streams && event_flush(f, e) != 0)
		return -1;
	return misp_doc_end(&f->doc, original, bytes, e);
}

/* The entry again, as the event that claims inherit from. */
static int
read_entry(struct feed *f, const struct entry *entry, struct err *e)
{
	struct slice text = {f->texts.p + entry->at, entry->n}, digest;
	const char *mode = f->doc.options.misp_integrity;
	struct misp_json o = {&f->tree, 0};

	arena_reset(&f->arena);
	if (tree_read(&f->tree, &f->arena, text, e) != 0 ||
	    misp_event_read(o, (struct slice){f->texts.p + entry->name, 36},
	    &f->arena, &f->event) != 0)
		return err_set(e, ERR_INTERNAL, "an entry of the manifest "
		    "changed");
	digest = misp_text(o, "integrity:sha256");
	f->checked = (mode == NULL || strcmp(mode, "check") == 0) &&
	    digest.n == 2 * SHA256_LEN &&
	    hex_decode(digest.p, f->sum, SHA256_LEN) == 0;
	return 0;
}

/* An event that cannot be had or read costs the poll its end, not the others. */
static int
lose_event(struct feed *f, const struct entry *entry, const struct err *why,
    struct err *e)
{
	struct slice text = {f->texts.p + entry->at, entry->n};

	if (f->lost++ == 0)
		snprintf(f->first_lost, sizeof(f->first_lost), "%.199s",
		    why->text);
	return ingest_reject(f->g, why->code == ERR_LIMIT ? REJECT_TOO_LARGE :
	    REJECT_RECORD, text, 0, why->text, e);
}

/* Is it the event that is at fault, and not the way to it?  A server that fails on
 * one after the other is down. */
static bool
is_its_own(struct feed *f, const struct misp_got *got, const struct err *why)
{
	f->failed_row = why->code == ERR_NET ? f->failed_row + 1 : 0;
	return got->own && f->failed_row < LIMIT_LOST_ITEMS;
}

static int
fetch_event(struct feed *f, const struct entry *entry, struct err *e)
{
	const struct misp_sink sink = {event_begin, event_bytes, event_abandon,
	    f};
	struct slice text = {f->texts.p + entry->at, entry->n};
	struct err own = ERR_INIT;
	char name[36 + sizeof(".json")];
	const struct misp_ask ask = {.name = name};
	struct misp_got got;
	char room[URL_SHOWN];
	int rc;

	if (read_entry(f, entry, e) != 0)
		return -1;
	snprintf(name, sizeof(name), "%s.json", f->texts.p + entry->name);
	f->fetched++;
	rc = misp_io_get(&f->io, &ask, &sink, &got, &own);
	if (rc == 0 && got.status != 200) {
		rc = err_set(&own, ERR_PROTO, "%s: the manifest lists it, but "
		    "it is not there", misp_io_shown(&f->io, room));
		got.own = true;
	} else if (rc == 0 && event_end(f, text, got.bytes, &own) != 0) {
		rc = err_context(&own, "%s", misp_io_shown(&f->io, room));
		got.own = own.code == ERR_SYNTAX || own.code == ERR_PROTO ||
		    own.code == ERR_LIMIT;
		misp_doc_abandon(&f->doc);
	}
	if (rc == 0) {
		f->failed_row = 0;
		return 0;
	}
	if (is_its_own(f, &got, &own))
		return lose_event(f, entry, &own, e);
	return err_set(e, own.code, "%s", own.text);
}

/* Before the end the manifest is not done with: its version is not kept. */
static int
checkpoint(struct feed *f, bool done, struct err *e)
{
	struct cursor c = f->cursor;

	if (!done) {
		c.etag = c.modified = NULL;
		c.body = 0;
		c.read = TSTAMP_NONE;
	}
	return cursor_checkpoint(&c, f->g, e);
}

static int
walk(struct feed *f, struct err *e)
{
	size_t i;

	for (i = 0; i < f->n; i++) {
		if (f->entries[i].known)
			continue;
		if (fetch_event(f, &f->entries[i], e) != 0 ||
		    checkpoint(f, false, e) != 0)
			return -1;
	}
	if (f->lost > 0 && f->lost == f->fetched)
		return err_set(e, ERR_PROTO, "%s", f->first_lost);
	return 0;
}

static int
poll_all(struct feed *f, struct err *e)
{
	bool fresh;

	if (read_manifest(f, &fresh, e) != 0)
		return -1;
	if (!fresh)
		return ingest_extent(f->g, STORE_SAME, STORE_UNDECLARED,
		    e) == 0 ? checkpoint(f, true, e) : -1;
	if (ask_entries(f, e) != 0 || walk(f, e) != 0)
		return -1;
	if (f->lost == 0 && ingest_extent(f->g, STORE_WALK, STORE_UNDECLARED,
	    e) != 0)
		return -1;
	return checkpoint(f, f->lost == 0, e);
}

/* ---- the source ------------------------------------------------------------ */

static int
feed_open(struct feed *f, struct err *e)
{
	static const char *const root[] = {"", NULL};

	arena_init(&f->arena, MIB(8));
	tree_init(&f->tree);
	buf_init(&f->texts, LIMIT_MANIFEST);
	buf_init(&f->held, LIMIT_EVENT_HELD);
	f->ops = (struct json_pick_ops){on_entry, on_large_entry, f};
	json_pick_init(&f->pick, &f->ops, root, LIMIT_ROW);
	cursor_init(&f->cursor, f->job);
	if (cursor_decode(slice_str(f->job->cursor), &f->cursor, NULL) < 0) {
		/* Damaged: it stays empty, and all is read. */
	}
	if (misp_doc_init(&f->doc, f->job, f->g, e) != 0)
		return -1;
	return misp_io_open(&f->io, f->job, f->g, INDEX, e);
}

static void
feed_free(struct feed *f)
{
	misp_io_close(&f->io);
	misp_doc_free(&f->doc);
	json_pick_free(&f->pick);
	cursor_free(&f->cursor);
	arena_free(&f->arena);
	tree_free(&f->tree);
	buf_free(&f->texts);
	buf_free(&f->held);
	free(f->entries);
	free(f);
}

static int
poll_mispfeed(const struct job *job, struct ingest *g, struct err *e)
{
	struct err local = ERR_INIT, *x = e != NULL ? e : &local;
	struct feed *f = calloc(1, sizeof(*f));
	int rc;

	if (f == NULL)
		return err_set(x, ERR_MEMORY, "out of memory");
	f->job = job;
	f->g = g;
	rc = feed_open(f, x);
	if (rc == 0)
		rc = poll_all(f, x);
	feed_free(f);
	return rc;
}

/* Nothing else is called so. */
static bool
claims_manifest(const struct job *job)
{
	struct url u;

	return url_parse(slice_str(job->url), &u, NULL) == 0 &&
	    slice_ends(u.path, SLICE("/" INDEX));
}

const struct source_ops source_mispfeed = {
	.kind = "mispfeed", .title = "MISP feed",
	.document = true, .feed = true, .delta = true,
	.claims = claims_manifest, .poll = poll_mispfeed,
};
