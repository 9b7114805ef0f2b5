/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Bytes to documents, for doc_read.c: what is packed is unpacked, what was there
 * the last time is noticed.  Private to sync/doc_*.c.
 *
 * The first bytes tell whether what comes is an archive: then it is put aside
 * until its end, and unpacked.  Where a digest is kept, so are the first
 * FEEDER_HELD bytes of anything else: a small document that did not change is
 * not read at all.
 */
#ifndef SYNC_DOC_FEEDER_H
#define SYNC_DOC_FEEDER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/digest.h"
#include "base/sums.h"
#include "sync/doc_read.h"
#include "sync/unpack.h"

#define FEEDER_HELD MIB(2)

struct feeder {
	const struct doc_want *want;
	const struct doc_sink *sink;
	uint64_t max;
	bool decided, begun;
	/* among the files of an archive */
	const char *member;  /* whose first bytes are looked at, or NULL */
	bool passed;         /* it is no document */
	unsigned documents;  /* that are */
	int spool;       /* an archive on its way, or -1 */
	int kept;        /* what it is put into (unpack_spool()) */
	char head[UNPACK_HEAD];
	size_t nhead;
	uint64_t bytes;
	/* where a digest is kept */
	bool digests;
	uint64_t before; /* digest of the last time; 0: none */
	uint64_t digest; /* of this one, once it is over */
	bool same;       /* they are the same: nothing was given to the sink */
	struct sha256 sum;
	struct buf held; /* what the sink has not seen yet */
	/* where it is to have a digest */
	bool expects;
	struct sum checked;
	uint8_t expected[SUM_MAX];
	int aside;       /* all of it, until it is known to have it; or -1 */
};

void feeder_init(struct feeder *f, const struct job *job,
    const struct doc_want *want, const struct doc_sink *sink);
/* Of what comes nothing is handed over unless all of it has this digest. */
void feeder_expect(struct feeder *f, enum sum_kind kind,
    const uint8_t *digest);
/* Give up what is under way, if anything; ready for another. */
void feeder_drop(struct feeder *f);
void feeder_free(struct feeder *f);
/* As http wants it; ctx is the feeder. */
int feeder_bytes(void *ctx, const char *p, size_t n, struct err *e) CC_CHECK;
/* All bytes came. */
int feeder_end(struct feeder *f, struct err *e) CC_CHECK;
/* An archive that lies in a file. */
int feeder_unpack(struct feeder *f, int fd, struct err *e) CC_CHECK;

#endif
