/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Blocks of original bytes, compressed beside everything else.
 *
 * Compression is a third of a fetcher's work, and the only part that nothing
 * waits for: one block is filled while the one before is compressed on a thread
 * of its own.  The thread touches nothing but that block's writer, and the
 * caller leaves that one alone from pack_close() to pack_take().  Where no thread
 * can be had pack_close() compresses itself.
 *
 * One caller; pack_free() may come at any time.
 */
#ifndef SYNC_PACK_H
#define SYNC_PACK_H

#include <stdbool.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "store/record.h"

struct pack;

struct pack *pack_new(int level) CC_CHECK; /* NULL: out of memory */
void pack_free(struct pack *p);

/* The block that is being filled. */
struct block_writer *pack_open(struct pack *p);
/* It is full: compress it.  The one before must have been taken. */
void pack_close(struct pack *p);
/* Was one closed and not taken? */
bool pack_closed(const struct pack *p);
/* Wait for it.  The bytes are borrowed until the next pack_close().  -1 with e
 * set: out of memory. */
int pack_take(struct pack *p, struct slice *block, struct err *e) CC_CHECK;

#endif
