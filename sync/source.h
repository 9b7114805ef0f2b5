/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A source: how one kind of feed is read.  One struct of function pointers each,
 * listed in source.c; a new kind is a new file and a row there.
 *
 * A source runs in the fetcher.  It downloads, feeds the bytes to the ingest and
 * checkpoints; it does not parse objects, knows no store and keeps no state but
 * its cursor.
 */
#ifndef SYNC_SOURCE_H
#define SYNC_SOURCE_H

#include "base/cc.h"
#include "base/err.h"
#include "sync/ingest.h"
#include "sync/job.h"

struct source_ops {
	const char *kind;  /* stable name: configuration, status, store */
	const char *title; /* for people */
	bool delta;        /* it tells what changed, unless the operator says
	                    * what its listing means */
	bool document;     /* one document, which may be had elsewhere, too
	                    * (sync/mirror.h) */
	bool feed;         /* no STIX: read by sync/feed_options.h */
	/* Can this job's url be of this kind?  Cheap, no I/O; the rows are asked
	 * in order where the job names no kind.  NULL: by that name only. */
	bool (*claims)(const struct job *job);
	/*
	 * Poll once.  0 when the listing was read to its end, with the last
	 * checkpoint given; -1 with e set otherwise, what was handed over before
	 * stands.  e->code says what kind of failure it is: ERR_AUTH stops
	 * retries, ERR_NET may be tried again, ERR_LIMIT and ERR_PROTO want a
	 * look by a person.  Must not retry longer than the job's time-outs.
	 */
	int (*poll)(const struct job *job, struct ingest *g, struct err *e);
};

/* By the job's kind or url.  NULL with e set when nothing fits. */
const struct source_ops *source_find(const struct job *job, struct err *e);
/* Row i of the table, NULL behind the last: for help and documentation. */
const struct source_ops *source_at(unsigned i);

extern const struct source_ops source_taxii21; /* source_taxii21.c */
extern const struct source_ops source_taxii20; /* the same */
extern const struct source_ops source_stix;    /* source_stix.c: a document over
                                                * http(s) or from a file */
extern const struct source_ops source_lines; /* source_feed.c: lists */
extern const struct source_ops source_csv;   /* source_feed.c: tables */
extern const struct source_ops source_json;  /* source_json.c */
extern const struct source_ops source_rules; /* source_rules.c */

extern const struct source_ops source_mispfeed; /* source_mispfeed.c */
extern const struct source_ops source_misp;     /* source_misp.c */
extern const struct source_ops source_exec;     /* source_exec.c */
extern const struct source_ops source_opencti;  /* source_opencti.c: events */

#endif
