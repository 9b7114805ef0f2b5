/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A look at an unknown feed: what it seems to be, and what it would give.
 * Nothing is written, no store is needed.
 *
 *   try_guess()   the keeper's side: a fetcher reads the first bytes and sniffs
 *   try_fetch()   the fetcher's side of that
 *   try_sample()  begins a poll by the job's settings; its first claims are kept
 */
#ifndef SYNC_TRY_H
#define SYNC_TRY_H

#include <jansson.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "store/record.h"
#include "sync/job.h"
#include "sync/sniff.h"

#define TRY_CLAIMS 10u

/* {"feed":bool, "what":text, "place":enum sniff_place,
 * "settings":["name=value", …]}: texts of a process that read hostile bytes.
 * NULL with e set: also what the source failed by. */
json_t *try_guess(const char *program, struct job *job, struct err *e)
    CC_CHECK;
json_t *try_fetch(const struct job *job, struct err *e) CC_CHECK;

/* The URL of that place, to be freed; NULL: out of memory. */
char *try_place(const char *url, enum sniff_place place) CC_CHECK;

struct try_result {
	struct buf records[TRY_CLAIMS]; /* encoded, checked object records */
	unsigned nrecords;
	uint64_t objects;    /* that were read … */
	uint64_t claims;     /* … and those that have values, or are rules */
	uint64_t reasons[REJECT_REASONS];
	bool more;           /* it was not read to its end */
	struct err failure;  /* of the source; ERR_NONE: none */
};

void try_result_free(struct try_result *r);
/* 0 also where the source failed; to be freed in either case. */
int try_sample(const char *program, struct job *job, struct try_result *r,
    struct err *e) CC_CHECK;

#endif
