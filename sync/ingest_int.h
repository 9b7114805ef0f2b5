/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of the ingest share: ingest.c (documents), ingest_ask.c (which
 * objects are known), ingest_object.c (object to record), ingest_send.c
 * (records to frames).  For no one else.
 */
#ifndef SYNC_INGEST_INT_H
#define SYNC_INGEST_INT_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/idkey.h"
#include "base/limits.h"
#include "base/tlp.h"
#include "stix/object.h"
#include "stix/split.h"
#include "store/record.h"
#include "sync/ingest.h"
#include "sync/msg.h"
#include "sync/pack.h"
#include "sync/seen.h"
#include "sync/twice.h"

struct ask;
struct markings;

struct ingest {
	const struct job *job;
	struct msg_link link;
	struct split *split;
	struct arena arena;         /* of the object at hand */

	struct buf record;          /* the object at hand, encoded */
	struct buf text;            /* one value of it, printed */
	struct buf id;              /* what a claim's identifier is made of: the
	                             * source and a NUL, which stay, … */
	size_t id_fixed;            /* … are its first bytes */
	struct buf frame;           /* records on their way */
	struct pack *pack;          /* NULL unless originals are kept */

	struct ask *ask;            /* NULL unless the keeper is asked */
	struct markings *markings;  /* NULL until the feed defines one */

	bool flawed;         /* the object at hand lost something of itself */
	struct ingest_facts facts;  /* of the document at hand */
	struct twice twice;         /* likewise */
	struct seen named;          /* claims named by their values, of the poll */
	bool named_off;             /* one was revoked: the last word counts */
	uint64_t pages, page_bytes; /* of the poll */
	uint64_t open_bytes;        /* not yet part of a page */
	uint64_t shown;             /* bytes at the last MSG_PAGE */
	/* not yet told to the keeper */
	uint64_t rejects[REJECT_REASONS][REJECT_LOSSES];
	uint8_t examples[REJECT_REASONS];
	bool holding, handed;       /* ingest_hold(); something was sent on */
	struct buf held;            /* rejections: u32 length, body, each */
	uint64_t deviations[DEVIATIONS];  /* likewise */
	uint64_t deviated;          /* kinds that the keeper was told of */

	struct err err;             /* set: the pipe is broken, for good */
};

/* One object on its way: where it came from, for messages. */
struct ingest_item {
	struct slice bytes;
	uint64_t offset; /* in its document */
	uint64_t hash;   /* digest64 */
};

/* Each returns 0, or -1 with g->err set. */

/* ingest_object.c */
int ingest_object(struct ingest *g, const struct ingest_item *item) CC_CHECK;
/* A marking definition whose bytes the keeper has: only remember its level. */
void ingest_learn(struct ingest *g, struct slice object);
void ingest_markings_free(struct ingest *g);
/* The record in g->record, made without an object. */
int ingest_record(struct ingest *g, const struct ingest_item *item) CC_CHECK;

/* ingest_record.c: tags of g->record */
void record_text(struct ingest *g, enum object_tag tag, struct slice s);
void record_list(struct ingest *g, enum object_tag tag,
    const struct slice_list *l);
/* "a NUL b" */
void record_pair(struct ingest *g, enum object_tag tag, struct slice a,
    struct slice b);
void record_seen(struct ingest *g, int64_t first, int64_t last, int64_t count);

/* ingest_ask.c */
int ask_new(struct ingest *g, struct err *e) CC_CHECK;
void ask_free(struct ingest *g);
int ask_add(struct ingest *g, const struct ingest_item *item) CC_CHECK;
/* The same for a record that lies ready in g->record. */
int ask_add_record(struct ingest *g, const struct ingest_item *item) CC_CHECK;
/* Take everything that waits for an answer. */
int ask_drain(struct ingest *g) CC_CHECK;

/* ingest_send.c */
/* g->record, and the original where `raw` is set. */
int send_record(struct ingest *g, struct slice original, bool raw) CC_CHECK;
int send_known(struct ingest *g, uint32_t n) CC_CHECK;
/* Count a rejection; `id` and `detail` may be absent and NULL. */
int send_reject(struct ingest *g, enum reject_reason why,
    enum reject_loss loss, const struct ingest_item *item, struct slice id,
    const char *detail) CC_CHECK;
/* Count a deviation; the first of a kind is sent at once, with its detail. */
int send_deviation(struct ingest *g, enum deviation d, uint64_t n,
    const char *detail) CC_CHECK;
/* From here on the poll cannot be taken back: what was held goes out. */
int send_hand_over(struct ingest *g) CC_CHECK;
int send_progress(struct ingest *g, uint64_t bytes) CC_CHECK;
/* Close what is open: the records, the block, the counts. */
int send_all(struct ingest *g) CC_CHECK;

#endif
