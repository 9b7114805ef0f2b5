/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of original bytes, compressed beside everything else.
 *
 * Compression is a third of a fetcher's work, and the only part that nothing
 * waits for: blocks are filled while those before are compressed on a thread of
 * its own.  Several may wait, so that each side goes on while the other has no
 * processor, and few blocks need a wake-up.  The thread touches nothing but the
 * writers of closed blocks, and the caller leaves these alone until pack_take().
 * Where no thread can be had pack_close() compresses itself.
 *
 * One caller; pack_free() may come at any time.
 */
#ifndef SYNC_PACK_H
#define SYNC_PACK_H

#include <stdbool.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "store/record.h"

struct pack;

/* `records`: the most bytes of records of one block.  NULL: out of memory. */
struct pack *pack_new(int level, size_t records) CC_CHECK;
void pack_free(struct pack *p);

/* The block that is being filled. */
struct block_writer *pack_open(struct pack *p);
/* It is full: compress it.  The records that point into it wait beside it:
 * `records` (of the same maximum) is empty afterwards.  Not while pack_due(). */
void pack_close(struct pack *p, struct buf *records);
/* How many were closed and not taken? */
unsigned pack_closed(const struct pack *p);
/* Is the oldest of them to be taken: is it done, or the ring full? */
bool pack_due(struct pack *p);
/* Wait for the oldest of at least one.  What it fills is borrowed until the next
 * pack_close().  -1 with e set: out of memory. */
int pack_take(struct pack *p, struct slice *records, struct slice *block,
    struct err *e) CC_CHECK;

#endif
