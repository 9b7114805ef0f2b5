/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Documents of MISP as they arrive, to claims handed over: the file of an event,
 * or a page of attributes or of events.  None is ever held as a whole; memory is
 * that of one attribute or object, or of one event of such a page.
 */
#ifndef SYNC_MISP_DOC_H
#define SYNC_MISP_DOC_H

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "stix/tree.h"
#include "sync/ingest.h"
#include "sync/job.h"
#include "sync/json_pick.h"
#include "sync/misp.h"

struct misp_doc {
	struct ingest *g;
	struct misp_wish wish;
	struct feed_options options;
	uint64_t settings;       /* digest of them */
	struct json_pick_ops ops;
	struct json_pick pick;
	struct tree tree;
	struct arena arena;      /* of the element at hand */
	/* The event at hand, or NULL: each attribute tells its own. */
	const struct misp_event *event;
	struct misp_event own;
	struct arena tags;       /* of the event's own file */
	bool whole_events;       /* answers list these, not attributes */
	int64_t now;
	bool looking, looked;    /* for them alone; they were found before */
	/* of the document at hand */
	uint64_t elements, rejected;
	uint64_t lost;           /* of these, by the feed's fault */
	uint64_t content;        /* digest of what it holds, in order */
	char first_bad[81];
	int64_t newest;          /* change of what it lists, TSTAMP_NONE */
	/* what the event holds */
	struct idkey *parts;     /* CLAIM_PARTS_MAX of them */
	unsigned nparts, nchunks;
	struct idkey *chunks;    /* reports that hold parts of it */
};

/* Reads the job's options.  To be freed in either case. */
int misp_doc_init(struct misp_doc *d, const struct job *job, struct ingest *g,
    struct err *e) CC_CHECK;
void misp_doc_free(struct misp_doc *d);
/* Answers are lists of whole events, each of at most LIMIT_OBJECT bytes. */
void misp_doc_events(struct misp_doc *d);

/* The file of `event`, which is borrowed until its end; NULL: a page of
 * attributes. */
int misp_doc_begin(struct misp_doc *d, const struct misp_event *event,
    struct err *e) CC_CHECK;
int misp_doc_bytes(struct misp_doc *d, const char *p, size_t n, struct err *e)
    CC_CHECK;
/* Between begin and the first bytes: all of an event's file, where it is at hand,
 * since its tags and galaxies may stand behind the attributes that inherit them.
 * Without this, those that stand in front of them are taken. */
void misp_doc_look(struct misp_doc *d, struct slice file);
/*
 * It is whole.  -1 with e set: cut, not JSON, the file of another event, none of
 * its attributes makes sense.  Of an event, its own record follows what it holds;
 * `original` are the bytes that stand for it.
 */
int misp_doc_end(struct misp_doc *d, struct slice original, uint64_t bytes,
    struct err *e) CC_CHECK;
/* The rest will not come; what was handed over stands. */
void misp_doc_abandon(struct misp_doc *d);

#endif
