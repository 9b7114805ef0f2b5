/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * JSON of any shape to the entries of a feed: arrays, maps, NDJSON, wrappers.
 *
 *   document → records (stix/cut.h) → trees (stix/tree.h) → nested records
 *   (json_path.h) → entries (entries.h)
 *
 * Memory does not depend on the size of a document, only on that of its largest
 * record.  What stands around the records is a tree of its own, once the document
 * is over: for paging, for a declared number of records, and to tell a reply
 * that is an error from an empty one.
 */
#ifndef SYNC_JSON_FEED_H
#define SYNC_JSON_FEED_H

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "stix/cut.h"
#include "stix/tree.h"
#include "sync/decode.h"
#include "sync/entries.h"
#include "sync/json_path.h"
#include "sync/map_field.h"

/* A test of a path: FIELD=A|B and the like. */
struct json_test {
	bool given;
	struct json_path path;
	struct predicate test;
};

struct json_feed {
	struct entries x;
	struct arena paths;        /* of the poll */
	struct json_path root;
	unsigned outer;            /* steps of it that the cutter takes … */
	bool within;               /* … none: it leads into records */
	struct slice members[LIMIT_PATH_STEPS];
	struct cut_where where;
	struct cut *cut;
	struct decoder decoder;
	struct json_path *fields;  /* of the map */
	size_t nfields;
	struct json_test trailer, ok, none;
	bool has_count, has_stated;
	struct json_path stated;
	struct json_path count;
	struct tree tree;          /* of the record at hand … */
	struct arena arena;
	uint64_t index;            /* … its number in its document */
	uint64_t offset;
	struct slice record;
	const struct json_place *place;
	struct err *e;
	struct tree around;        /* of the document that is over: */
	struct arena around_arena; /* n == 0: nothing stood around the records */
	/* for paging */
	struct json_path next, total, mark; /* where has_… */
	bool has_next, has_total, has_mark;
	struct json_test more;
	uint64_t records;          /* of the page, nested ones not counted */
	bool falling;              /* marks go down */
	size_t nhigh, nlow, nlast; /* the greatest mark, the smallest, and the
	                            * last one */
	char high[PAGING_MARK], low[PAGING_MARK], last[PAGING_MARK];
};

/* To be freed in either case. */
int json_feed_init(struct json_feed *f, const struct job *job,
    struct ingest *g, struct err *e) CC_CHECK;
void json_feed_free(struct json_feed *f);

/* As struct doc_sink wants them; ctx is the feed. */
int json_feed_begin(void *ctx, struct err *e) CC_CHECK;
int json_feed_bytes(void *ctx, const char *p, size_t n, struct err *e)
    CC_CHECK;
int json_feed_end(void *ctx, uint64_t bytes, struct err *e) CC_CHECK;
void json_feed_abandon(void *ctx);

/* As struct feed_walk wants it. */
int json_feed_facts(void *ctx, struct paging_reply *r, struct err *e)
    CC_CHECK;

#endif
