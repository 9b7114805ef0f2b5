/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fetcher's inner half: document bytes in, frames for the keeper out.
 *
 *   bytes → split → [known? ask the keeper] → scan → reduce → record → frame
 *
 * A source feeds documents as they arrive; it never sees an object.  Memory is
 * bounded: one chunk of objects waiting for an answer, two blocks of original
 * bytes (one is compressed on a thread of its own), two frames.  When the keeper
 * is slower, ingest_bytes() blocks.
 *
 * The first error wins and is final: a broken pipe or a broken promise ends the
 * fetcher, bad objects are only counted.
 */
#ifndef SYNC_INGEST_H
#define SYNC_INGEST_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/idkey.h"
#include "base/slice.h"
#include "store/store.h"
#include "sync/deviation.h"
#include "sync/job.h"

struct ingest;

/* Takes fd over; `job` must outlive it.  NULL with e set: fd stays open. */
struct ingest *ingest_new(int fd, const struct job *job, struct err *e) CC_CHECK;
void ingest_free(struct ingest *g);

/* A document (one HTTP response, one file) begins. */
int ingest_begin(struct ingest *g, struct err *e) CC_CHECK;
/* Its next bytes.  -1 with e set: not JSON, over a limit, pipe broken.  What was
 * complete before is kept. */
int ingest_bytes(struct ingest *g, const char *p, size_t n, struct err *e)
    CC_CHECK;

/* What one document held. */
struct ingest_facts {
	uint64_t documents;   /* top-level values seen */
	uint64_t objects;     /* elements given out by the splitter */
	uint64_t taken;       /* of them, sent on or known */
	uint64_t rejected;
	uint64_t twice;       /* with the same bytes as one before */
	uint64_t odd_ids;     /* of those parsed: the id is not TYPE--UUID */
	uint64_t filtered;    /* that the job's filters do not let pass */
	int64_t newest;       /* modified, of those parsed; TSTAMP_NONE: none */
	uint64_t content;     /* digest over the objects in order (rule P6) */
	json_t *skeleton;     /* of the last document: `more`, `next`, `title` …;
	                       * borrowed until the next ingest_begin(); NULL for
	                       * a bare object */
	uint64_t bytes;
};
/* The document is over.  All of its objects have been handed to the keeper (not
 * yet committed).  -1 when it was truncated. */
int ingest_end(struct ingest *g, struct ingest_facts *facts, struct err *e)
    CC_CHECK;
/*
 * From here on what says nothing but that something could not be read is kept
 * back, until a record is handed over or a checkpoint made.  ingest_take_back()
 * then drops it: true where nothing had been handed over, and the poll is as if
 * it had not begun; false where it cannot begin anew.
 */
void ingest_hold(struct ingest *g);
bool ingest_take_back(struct ingest *g) CC_CHECK;
/* Give up the rest of a document that cannot be read to its end. */
void ingest_abandon(struct ingest *g);

/*
 * Everything up to here may be committed together with this cursor (text, at
 * most 64 KiB, opaque to the keeper).  The keeper commits when its batch is full,
 * always with the newest checkpoint it has; so call it as often as it is true.
 */
int ingest_checkpoint(struct ingest *g, struct slice cursor, struct err *e)
    CC_CHECK;

/* Wait until the newest checkpoint is committed: before a request that the server
 * counts, and will not answer so again. */
int ingest_commit(struct ingest *g, struct err *e) CC_CHECK;

/*
 * Objects that are listed with the `modified` of their newest version, but not
 * sent: bit i of `known` is set when the source has brought that version before.
 * At most LIMIT_ASK of them.
 */
int ingest_versions(struct ingest *g, const struct idkey *ids,
    const int64_t *versions, size_t n, uint8_t *known, struct err *e) CC_CHECK;

/* So many of those known are listed, and unchanged. */
int ingest_unchanged(struct ingest *g, uint64_t n, struct err *e) CC_CHECK;

/* Count a page, for progress. */
int ingest_page(struct ingest *g, uint64_t bytes, struct err *e) CC_CHECK;
/* A remark for the operator ("server ignored added_after"), shown with -v. */
int ingest_note(struct ingest *g, const char *text, struct err *e) CC_CHECK;

/*
 * The server did what it should not, n times: count it, and do what the job
 * says.  `detail` may be NULL; it is told with the first of a kind.  -1 with e
 * set (ERR_PROTO) where the job rejects it.
 */
int ingest_deviation(struct ingest *g, enum deviation d, uint64_t n,
    const char *detail, struct err *e) CC_CHECK;

/*
 * What the poll has read if it comes to its end; without this it is
 * STORE_PART, and absence from it means nothing.  The last word counts.
 *   STORE_DOCUMENT  one document that is the whole listing, from its first byte
 *   STORE_WALK      a walk over the whole collection that was asked for: every
 *                   object it has, all of it begun and ended in this poll (a
 *                   walk that goes on from a cursor did not see the rest)
 *   STORE_SAME      nothing was sent: the server says (304) that the listing is
 *                   that of the newest complete poll.  Only for job.listed.
 * `declared` is the number of records that the listing says it has, or
 * STORE_UNDECLARED.
 */
int ingest_extent(struct ingest *g, enum store_extent x, uint64_t declared,
    struct err *e) CC_CHECK;
/* Of when the feed says it is; may be told of each document. */
int ingest_stated(struct ingest *g, int64_t t, struct err *e) CC_CHECK;
/* For that: *newest, TSTAMP_NONE at first, becomes t where that is newer.  What is
 * yet to come tells nothing. */
static inline void
ingest_newest(int64_t *newest, int64_t t, int64_t now)
{
	if (t > *newest && t <= now)
		*newest = t;
}

/* May the next request go out?  As struct pacer's `ask` (job.h). */
int ingest_pace(struct ingest *g, int64_t closed, int64_t *wait,
    struct err *e) CC_CHECK;

/* How the poll's requests were answered: TALLY_CLASSES counts (tally.h).  To be
 * said before the end. */
int ingest_tally(struct ingest *g, const uint64_t *counts, struct err *e)
    CC_CHECK;

/* The poll is over: complete, or failed with `failure`.  The last frame. */
int ingest_finish(struct ingest *g, bool complete, const struct err *failure,
    struct err *e) CC_CHECK;

#endif
