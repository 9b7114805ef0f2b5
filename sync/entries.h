/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entries of a feed that is not STIX, from the fields of a record on: mapped,
 * handed over as claims or rejections, counted and judged.  What adapters of
 * lines, tables and JSON have in common.
 *
 * What is not a feed at all (a page of a login, an error in JSON, prose) has no
 * entry that gives a value: its document is refused as a whole, and says so.
 */
#ifndef SYNC_ENTRIES_H
#define SYNC_ENTRIES_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "sync/cursor.h"
#include "sync/doc_read.h"
#include "sync/feed_options.h"
#include "sync/feed_walk.h"
#include "sync/ingest.h"
#include "sync/job.h"
#include "sync/map.h"

#define ENTRIES_SAMPLE 80 /* bytes of a record shown in an error */

struct entries {
	const struct job *job;
	struct ingest *g;
	struct feed_options options;
	struct map *map;
	struct arena arena;      /* of the entry at hand */
	/* of the document at hand */
	uint64_t entries, taken, skipped;
	uint64_t content;        /* digest of it, once it is over */
	bool valued;             /* one had something where its value stands */
	char first_bad[ENTRIES_SAMPLE + 1];
	char why[ENTRIES_SAMPLE + 1];
	int64_t stated;          /* of when it says it is; 0: it does not */
	/* of the poll */
	uint64_t declared;       /* entries that the feed says it has, or
	                          * STORE_UNDECLARED */
	uint64_t lost;           /* of them, those that the store does not count
	                          * as listed: not wanted */
	bool shaped;             /* set by the adapter: its records have names
	                          * for what they hold, which nothing else has */
	bool newer;              /* as in feed_walk.h */
	struct err barren;       /* of the page at hand (feed_walk.h) */
};

/* Reads the job's options.  To be freed in either case. */
int entries_init(struct entries *x, const struct job *job, struct ingest *g,
    struct err *e) CC_CHECK;
void entries_free(struct entries *x);
/* The map for a set of fields; `only` as in struct map_settings. */
int entries_map(struct entries *x, map_resolve_fn *resolve, void *ctx,
    const char *only, struct err *e) CC_CHECK;
/* The same for records that are rules. */
int entries_map_rules(struct entries *x, map_resolve_fn *resolve, void *ctx,
    struct err *e) CC_CHECK;

int entries_begin(struct entries *x, struct err *e) CC_CHECK;
/* A record's fields, read from `original`.  `around` is a digest of what decides
 * about the claim but does not stand in it, 0 for nothing. */
int entries_take(struct entries *x, const struct map_record *record,
    struct slice original, uint64_t offset, uint64_t around, struct err *e)
    CC_CHECK;
/* A record that could not be cut into fields; `why` may be NULL. */
int entries_reject(struct entries *x, enum reject_reason reason,
    struct slice original, uint64_t offset, const char *why, struct err *e)
    CC_CHECK;
/* What the document says of when it is, as it is written; the last one counts.
 * One that cannot be read is told to the operator: what it said before stands. */
int entries_stated(struct entries *x, struct slice text, struct err *e)
    CC_CHECK;
/* The document is over: -1 with e set when none of its entries made sense, but for
 * a page of a queue that is of the feed: then x->barren says so. */
int entries_end(struct entries *x, uint64_t bytes, struct err *e) CC_CHECK;

/* A whole poll, by feed_walk(): one document, a folder, pages.  `facts` as in
 * struct feed_walk. */
int entries_poll(struct entries *x, const struct doc_want *want,
    const struct doc_sink *sink,
    int (*facts)(void *ctx, struct paging_reply *r, struct err *e),
    struct err *e) CC_CHECK;
/* What is known of a page of any entries. */
void entries_facts(const struct entries *x, struct paging_reply *r);

#endif
