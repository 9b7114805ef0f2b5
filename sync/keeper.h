/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The keeper's inner half: frames in, records handed on, commits at the right
 * moments.  Every frame is taken as if an enemy had sent it.
 *
 * What it hands on goes through a struct of functions, so that tests and the
 * fuzzer can stand in for the store; pull.c brings the real one.
 */
#ifndef SYNC_KEEPER_H
#define SYNC_KEEPER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/idkey.h"
#include "base/limits.h"
#include "store/record.h"
#include "store/store.h"
#include "sync/msg.h"
#include "sync/tally.h"

struct keeper_progress {
	uint64_t pages, bytes, objects;
};

struct keeper_ops {
	int (*add)(void *ctx, struct slice record, struct err *e);
	int (*block)(void *ctx, struct slice block, struct err *e);
	int (*known)(void *ctx, const struct idkey *ids, const uint64_t *hashes,
	    size_t n, uint8_t *bits, struct err *e);
	int (*versions)(void *ctx, const struct idkey *ids,
	    const int64_t *versions, size_t n, uint8_t *bits,
	    struct err *e);
	/* *listed: the containers and what they hold. */
	int (*parts)(void *ctx, const struct idkey *ids, size_t n,
	    uint64_t *listed, struct err *e);
	/* Has every record that wants one its block? */
	bool (*settled)(void *ctx);
	void (*unchanged)(void *ctx, uint64_t n);
	/* `example` is empty for a mere count. */
	void (*reject)(void *ctx, enum reject_reason why,
	    enum reject_loss loss, uint64_t n, struct slice example);
	void (*note)(void *ctx, struct slice text);
	/* `detail` is of the first of a kind, and may be empty. */
	void (*deviation)(void *ctx, unsigned d, uint64_t n,
	    struct slice detail);
	/* Is it time to commit?  `idle`: nothing else is to be done. */
	bool (*full)(void *ctx, bool idle);
	/* cursor NULL: as it is. */
	int (*commit)(void *ctx, const struct slice *cursor,
	    const struct keeper_progress *p, struct err *e);
	/* Bytes for the fetcher. */
	int (*answer)(void *ctx, struct slice head, struct slice bits,
	    struct err *e);
};

struct keeper {
	const struct keeper_ops *ops;
	void *ctx;
	struct keeper_progress progress;
	uint64_t tally[TALLY_CLASSES]; /* requests, as the fetcher says */

	struct buf cursor;     /* newest checkpoint */
	bool cursor_new;       /* it has not been committed */
	size_t waiting;        /* bytes of records since all had their block */
	uint64_t may_know;     /* answered "known", not yet counted */
	unsigned remarks;      /* notes and examples so far */

	bool finished, complete;
	uint8_t extent;        /* enum store_extent; of a complete poll */
	uint64_t declared;     /* records, or STORE_UNDECLARED */
	int64_t stated;        /* of when the feed says it is; 0: it does not */
	struct err failure;    /* what the fetcher said, when not complete */

	/* a question, aligned */
	union {
		uint64_t hashes[LIMIT_ASK];
		int64_t versions[LIMIT_ASK];
	};
	struct idkey ids[LIMIT_ASK];
};

void keeper_init(struct keeper *k, const struct keeper_ops *ops, void *ctx);
void keeper_free(struct keeper *k);
/* Take one frame.  -1 with e set: ERR_PROTO for a frame that is not acceptable,
 * else what an operation said; nothing more may be taken then. */
int keeper_frame(struct keeper *k, const struct msg *m, struct err *e) CC_CHECK;
/* With no frame to take: is there enough to commit at once?  Then do so, when
 * still none has come. */
bool keeper_ready(const struct keeper *k);
int keeper_commit(struct keeper *k, struct err *e) CC_CHECK;
/* The newest checkpoint, if it has not been committed; NULL otherwise.
 * Borrowed. */
const struct slice *keeper_cursor(const struct keeper *k, struct slice *room);

#endif
