/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A feed over several requests: carries out what the paging machine (paging.h)
 * decides, for any reader of documents.
 *
 *   options → template → request → doc_get → sink → facts → paging → …
 *
 * The state of the walk is saved with the data of each page, so that a poll that
 * is killed goes on where it was; nothing is saved for a page that failed.
 *
 * A bad document does not cost the good ones beside it:
 *   - An item of an index that cannot be read, by its own fault (doc_own_fault()),
 *     is left out (paging_skip()).  All others are taken.
 *   - A page of a queue that is what it should be, but whose records are all
 *     rejected, is acknowledged: it would come again for ever.  What is no page of
 *     the feed (an error, another format) is not.
 * Either poll comes to its end, keeps what it has, and fails with the first such
 * error and their number, so that it is seen.
 */
#ifndef SYNC_FEED_WALK_H
#define SYNC_FEED_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/doc_read.h"
#include "sync/feed_options.h"
#include "sync/ingest.h"
#include "sync/job.h"
#include "sync/paging.h"

struct feed_walk {
	const struct job *job;
	struct ingest *ingest;
	const struct feed_options *options;
	struct doc_want want;
	struct doc_sink sink;
	/* After a page was read: what the reader knows of it (records, content,
	 * next, more, high, falling, total).  The texts are borrowed until the
	 * next page. */
	int (*facts)(void *ctx, struct paging_reply *r, struct err *e);
	uint64_t *declared;  /* of all records, or STORE_UNDECLARED */
	uint64_t *lost;      /* of them, those not counted as listed */
	bool *newer;         /* what is asked for is not all, but what came after
	                      * a time ({since}) */
	struct err *barren;  /* set by the reader: a page that it took, but in
	                      * which nothing was of use (entries_end()) */
};

/* What the options mean for the machine; -1 with e set (ERR_CONFIG). */
int feed_walk_opts(const struct feed_options *o, const struct job *job,
    struct paging_opts *p, struct err *e) CC_CHECK;

/* A whole poll: of one document, a folder, or pages, with its extent and its
 * checkpoints. */
int feed_walk(const struct feed_walk *w, struct err *e) CC_CHECK;

#endif
