/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Episodes: an object that had ended and came back, where its source is told to
 * take that as a beginning (`ageing-revive: new`).  Since such a return, the poll
 * that brought it back is its first one; the times that it was here before are
 * kept in its record, TAG_EPISODES with OBJ_AGAIN, by the keeper alone.  They go
 * when the object goes.
 *
 * Bytes of the tag: u32 how often it was here before, i64 since when the first of
 * these times, then the newest of them, at most EPISODES_KEPT, newest first: i64
 * from, i64 to, u8 why it ended.
 *
 * Pure, thread-safe.  Times are nanoseconds, ends exclusive.
 */
#ifndef STORE_EPISODE_H
#define STORE_EPISODE_H

#include "base/cc.h"
#include "store/record.h"

/* So many that the tag's length is one byte. */
#define EPISODES_KEPT 6
#define EPISODES_TAG_MIN (4 + 8 + 17)
#define EPISODES_TAG_MAX (4 + 8 + 17 * EPISODES_KEPT)

/* Why a time ended: an enum end_reason, or one of these.  Append only; names are
 * stable. */
enum episode_why {
	EPISODE_EXPIRED = 32,  /* "expired": its end came */
	EPISODE_REVOKED = 33   /* "revoked" */
};
const char *episode_why_name(unsigned why);   /* NULL: not known */

struct episode {
	int64_t from, to;
	uint8_t why;
};

struct episodes {
	uint32_t n;      /* 0: it was never here before */
	int64_t first;   /* since when the first of them */
	unsigned kept;
	struct episode v[EPISODES_KEPT]; /* newest first */
};

/* What a record says; all zero where it has none. */
void episodes_of(const struct object_rec *r, struct episodes *out);
/* 0, or -1 when the bytes are no such tag. */
int episodes_decode(struct slice bytes, struct episodes *out) CC_CHECK;
/* Another one, newer than all. */
void episodes_add(struct episodes *x, const struct episode *one);
/* The record with these instead of those that it has; x->n is not 0.  0, or -1
 * when `out` is full or the record would be too large. */
int episodes_put(struct slice record, const struct episodes *x,
    struct buf *out) CC_CHECK;

/* The one that answers for a time before the object came back: that which was
 * going on then, or the next one.  NULL: none of those that are kept, it was away
 * then. */
const struct episode *episodes_at(const struct episodes *x, int64_t at);

#endif
