/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of a poll, for sync/pull*.c alone. */
#ifndef SYNC_PULL_INT_H
#define SYNC_PULL_INT_H

#include "sync/child.h"
#include "sync/keeper.h"
#include "sync/pull.h"

struct pull {
	const struct pull_opts *opts;
	struct job *job;
	struct store *store;
	struct store_poll *poll;
	struct child child;
	struct keeper keeper;
	struct pull_progress progress;
	int64_t began;               /* wall clock */
	int64_t start, heard, shown; /* ticks */
	int64_t told;                /* the wait that was told of, ticks */
	int64_t stop_by;             /* 0: no stop was asked for */
	bool stop, store_failed;
	uint64_t deviated;           /* kinds that were told of */
};

/* Open the store (for a dry run, one that goes with it), begin the poll in it, and
 * tell the job what the store knows of its source.  -1 with e set; p->store and
 * p->poll are what was opened. */
int pull_open(struct pull *p, const char *path, struct err *e) CC_CHECK;
/* Only begin a poll of the job's source, in the store that is open. */
int pull_begin(struct pull *p, struct err *e) CC_CHECK;

#endif
