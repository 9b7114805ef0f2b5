/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stretch of the input that is wanted as one slice although it may arrive in
 * several chunks.  Private to stix/split*.c and stix/cut*.c.
 *
 * As long as the stretch lies within one chunk nothing is copied.  Past
 * LIMIT_OBJECT bytes only its head and its length are known.
 */
#ifndef STIX_SPLIT_KEEP_H
#define STIX_SPLIT_KEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/slice.h"

#define KEEP_HEAD 512 /* bytes known of a stretch that is too long */

struct keep {
	struct buf buf;   /* what earlier chunks brought */
	const char *from; /* where the rest begins in this chunk, or NULL */
	uint64_t n;       /* bytes before `from`, whether in buf or not */
	bool over;        /* LIMIT_OBJECT was passed: buf is empty */
	size_t head_n;
	char head[KEEP_HEAD];
};

void keep_init(struct keep *k);
void keep_free(struct keep *k);
/* Begin a new stretch at p. */
void keep_begin(struct keep *k, const char *p);
/* Go on with it at p: in the next chunk, or after a gap. */
void keep_resume(struct keep *k, const char *p);
/* Copy what lies before `to`: the chunk, or this part of the stretch, ends
 * there.  0, or -1 when out of memory. */
int keep_take(struct keep *k, const char *to) CC_CHECK;
/* The stretch ends at `to`.  0 with all of it in *view; 1 when it is longer
 * than LIMIT_OBJECT, with its first bytes there; -1 when out of memory.  *view
 * is valid until the chunk goes or the next call here. */
int keep_end(struct keep *k, const char *to, struct slice *view) CC_CHECK;

#endif
