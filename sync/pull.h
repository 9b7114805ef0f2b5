/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One poll from end to end: the keeper's side of it.
 *
 * pull_run() starts a fetcher (fork, then exec of this program with the hidden
 * verb PULL_FETCHER_VERB, its only descriptor a socket), sends it the job, merges
 * the frames that come back into the store and commits.  Frames are checked as
 * if they came from an enemy; a fetcher that crashes, hangs or lies costs this
 * poll and nothing that was committed.
 *
 * Used by `taxiway pull` (and, later, by the daemon).  Blocks until the poll is
 * over.  Does not print.
 */
#ifndef SYNC_PULL_H
#define SYNC_PULL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/log.h"
#include "store/store.h"
#include "sync/job.h"
#include "sync/tally.h"

#define PULL_FETCHER_VERB "_fetch"
#define PULL_FETCHER_FD 3 /* SPAWN_FD */

struct pull_progress {
	uint64_t pages, bytes, objects;
	int64_t elapsed;     /* ns since the start */
	int64_t waiting;     /* ns until the rate allows another request; 0 */
	bool committing;
};

/* A poll that was made once, to be made again under its own number and at its
 * own time, for `taxiway import`.  It says nothing about what is absent. */
struct pull_replay {
	uint32_t poll;
	int64_t now;
};

struct pull_opts {
	const char *program;  /* path of the executable to start as the fetcher */
	bool dry_run;
	/* This process does nothing after this poll that needs more than the
	 * store: once the fetcher has its job, confine_store(). */
	bool closes;
	/* Called about five times a second and after each commit; may be NULL.
	 * A return other than 0 stops the poll at the next commit boundary. */
	int (*progress)(void *ctx, const struct pull_progress *p);
	/* A commit was made and took so long; may be NULL. */
	void (*committed)(void *ctx, int64_t ns);
	void *ctx;
	struct log *log;      /* notes and warnings; may be NULL */
	const volatile int *stop; /* set by a signal handler; may be NULL */
	const struct store_guards *guards; /* NULL: the defaults */
	const struct pull_replay *replay; /* NULL: a poll like any other */
	const struct store_limit *limit; /* of the store's size; NULL: none */
	/* The provider bears no more: the start is written down before it is
	 * asked anything (store/store.h). */
	bool announce;
};

struct pull_result {
	bool complete;
	bool same; /* the feed is as it was: nothing of it was read again */
	uint64_t requests[TALLY_CLASSES]; /* by how they were answered */
	struct store_counts counts;
	struct pull_progress progress;
};

/*
 * Poll `job`'s source into the store.  `store_path` is created when missing.
 * 0 when complete; -1 with e set.  ERR_STORE, ERR_VERSION, ERR_FULL, ERR_BUSY
 * concern the store; everything else is the source's failure, which was also
 * recorded in the store.  *result is filled in every case.
 */
int pull_run(const char *store_path, struct job *job,
    const struct pull_opts *opts, struct pull_result *result, struct err *e)
    CC_CHECK;

/*
 * A poll that could not begin (a secret, or a file that its job is to have, cannot
 * be had) is recorded in the store as one that failed, under the terms that the
 * job has.  Of a job that was not read so far as these (job.ageing), and of a dry
 * run, nothing is.  That it could not be recorded is logged.
 */
void pull_failed(const char *store_path, struct job *job,
    const struct pull_opts *opts, const struct err *failure);

/* The body of the hidden verb: read the job from fd, poll, report.  `trust` is
 * what the environment says of authorities.  Returns the exit status of the
 * process (0 unless the pipe broke). */
struct ruleset_trust;
int fetcher_main(int fd, const struct ruleset_trust *trust);

#endif
