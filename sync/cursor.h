/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cursor text: what a source wants to know again at its next poll.  JSON
 * with a version, opaque to the keeper, at most CURSOR_MAX bytes.
 *
 * It holds a digest of the settings it is good for: with another URL, collection,
 * start date or filter it is dropped (P16).  It also remembers where the
 * collection was found, so that a poll without news is one request (P20), and
 * what a document's server needs for a conditional request.  No secrets.
 */
#ifndef SYNC_CURSOR_H
#define SYNC_CURSOR_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "sync/ingest.h"
#include "sync/job.h"
#include "sync/range.h"

#define CURSOR_MAX LIMIT_CHECKPOINT
#define CURSOR_VERSION 1
#define CURSOR_SETTINGS 33 /* hex digits and a NUL */

/* Strings are owned but for `dialect`, NULL when not set. */
struct cursor {
	char settings[CURSOR_SETTINGS];
	char *objects;   /* TAXII: URL of the collection's objects */
	int64_t since;   /* TAXII: added_after of the next poll; STIX: newest
	                  * change of an object; TSTAMP_NONE */
	uint32_t limit;  /* TAXII: page size that works; 0: as set */
	const char *dialect; /* TAXII: of dialect_row(), NULL: the usual */
	enum range_form range; /* TAXII 2.0: what the server has taken */
	int64_t walked;  /* TAXII: when a whole walk was last done, TSTAMP_NONE */
	bool unfiltered; /* TAXII: added_after is not to be sent */
	uint32_t page, page_size; /* MISP: the next one of a walk; 0: none */
	int64_t began;   /* MISP: when that walk began, TSTAMP_NONE */
	char *etag;      /* document: of the version that was read to its end */
	char *modified;  /* document: its Last-Modified, as it came */
	uint64_t body;   /* document: digest of its bytes, as sent; 0: none */
	char *beside;    /* document: its digest, as the file beside it told */
	int64_t read;    /* document: when it was last read whole, TSTAMP_NONE */
	char *paging;    /* pages: the state of paging.h */
};

/* An empty cursor for the job's settings. */
void cursor_init(struct cursor *c, const struct job *job);
void cursor_free(struct cursor *c);
int cursor_encode(const struct cursor *c, struct buf *out, struct err *e)
    CC_CHECK;
/* As the checkpoint of all that was handed over. */
int cursor_checkpoint(const struct cursor *c, struct ingest *g, struct err *e)
    CC_CHECK;
/*
 * Fill an initialised cursor from the job's text.  0: taken; 1: there is none, or
 * it is for other settings or of another version, the cursor stays empty; -1 with
 * e set: it is damaged, the cursor stays empty.
 */
int cursor_decode(struct slice text, struct cursor *c, struct err *e) CC_CHECK;

#endif
