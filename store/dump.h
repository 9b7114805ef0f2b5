/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * All that a store was told, in the order in which it was told: sources, their
 * polls by the time they began, and behind each poll the versions that it
 * brought and that are still there, those a later poll overwrote included.  Told
 * to another store in this order, it comes to say the same (taxiway export
 * --format store, taxiway import).
 *
 * The order is made in memory, 24 bytes a version.  Everything borrows from the
 * snapshot, which must not be renewed meanwhile.
 */
#ifndef STORE_DUMP_H
#define STORE_DUMP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "store/env.h"
#include "store/record.h"
#include "taxiway.h"

struct dump;

struct dump_poll {
	uint16_t source;
	uint32_t poll;
	int64_t start;          /* TSTAMP_NONE when the record is gone */
	struct slice record;    /* encoded poll_rec; absent then */
	size_t first, n;        /* its versions, for dump_version() */
};

struct dump_version {
	uint32_t poll_first;    /* poll that brought the id */
	bool current;           /* no later poll overwrote it */
	struct object_rec rec;
	struct tw_object object;
};

/* What holds for the store as a whole. */
struct dump_head {
	uint64_t seed, objects;
	uint32_t normaliser;
};

/* Results are those of taxiway.h; the snapshot has the text of a failure. */
int dump_open(tw_snapshot *s, struct dump **out) CC_CHECK;
void dump_close(struct dump *d);
int dump_head(struct dump *d, struct dump_head *out) CC_CHECK;
/* The record of a source, *id starting at 0.  TW_OK or TW_END. */
int dump_source(struct dump *d, uint16_t *id, struct slice *name,
    struct slice *record) CC_CHECK;
/* The records of allow-lists that cannot be found anew; the cursor starts zeroed.
 * TW_OK or TW_END. */
int dump_allow(struct dump *d, struct tw_cursor *at, struct slice *key,
    struct slice *record) CC_CHECK;
/* Poll i in that order.  TW_OK or TW_END. */
int dump_poll(struct dump *d, size_t i, struct dump_poll *out) CC_CHECK;
/* Version i; `with_json`: with its original bytes where they are kept. */
int dump_version(struct dump *d, size_t i, bool with_json,
    struct dump_version *out) CC_CHECK;
/* The next entry of a tree, *key being absent at first.  TW_OK or TW_END.  One
 * tree at a time. */
int dump_next(struct dump *d, enum table t, struct slice *key,
    struct slice *record) CC_CHECK;
/* The identifier of the object at a row. */
int dump_id(struct dump *d, uint64_t row, struct idkey *id) CC_CHECK;

#endif
