/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * How many events of one kind, and of one source, are written: LOG_BURST at once
 * and then one in LOG_REFILL.  What was not is counted and told in its time.
 * Pure, with a clock that is passed in (ns that never go back).
 */
#ifndef SYNC_LOG_LIMIT_H
#define SYNC_LOG_LIMIT_H

#include "base/cc.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/log.h"

#define LOG_BURST 20
#define LOG_REFILL (10 * TSTAMP_SECOND)
#define LOG_TELL (30 * TSTAMP_SECOND) /* between two counts of one kind */
#define LOG_BUCKETS 256u

struct log_bucket {
	uint64_t key;        /* of event and source; 0: free */
	enum log_event event;
	char source[LIMIT_SOURCE_NAME + 1];
	int64_t full;        /* when it is full again; ≤ now: it is */
	int64_t tell;        /* when what was suppressed is to be told */
	uint64_t suppressed;
};

/* The first bucket is for all that finds no other. */
struct log_limit {
	struct log_bucket v[LOG_BUCKETS];
	uint32_t pending;    /* buckets with something to tell */
};

/* Nothing was told as yet. */
void log_limit_init(struct log_limit *l);
/* May it be written now? */
bool log_limit_allow(struct log_limit *l, const struct log_record *r,
    int64_t now);
/* A bucket whose count is to be told now, or, with `all`, has any; it begins at 0
 * again.  False when there is none. */
bool log_limit_take(struct log_limit *l, int64_t now, bool all,
    struct log_bucket *out);
/* When that is to be asked again; INT64_MAX: never. */
int64_t log_limit_due(const struct log_limit *l);

#endif
