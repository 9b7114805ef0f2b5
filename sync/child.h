/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fetcher as the keeper sees it: a process and a connection to it.
 * Used by a poll (pull.c) and a discovery (discover.c).
 */
#ifndef SYNC_CHILD_H
#define SYNC_CHILD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/exec_run.h"
#include "sync/job.h"
#include "sync/msg.h"

struct child {
	const char *program; /* borrowed */
	pid_t pid;          /* 0: none, or waited for */
	struct msg_link link;
	const struct job *job; /* that was sent; borrowed */
	int64_t paced;      /* ticks until which it waits for its rate */
	int status;         /* of waitpid(), once it has ended */
	bool killed;        /* by us */
	struct exec_run exec; /* the program whose output it reads, if any */
	int64_t closed;     /* until when the server wants to be left alone, as
	                     * the fetcher says; 0: it does not */
};

/*
 * Start `program` with the hidden verb: nothing open but the socket (as
 * PULL_FETCHER_FD) and /dev/null, an environment of SSL_CERT_FILE and
 * SSL_CERT_DIR alone.  It dies with this process.  `poll` is the job of a poll,
 * else NULL: where a program of the operator's lists the claims, the fetcher gets
 * the reading end of its output as SPAWN_FILE_FD.
 */
int child_start(struct child *c, const char *program, const struct job *poll,
    struct err *e) CC_CHECK;
/* Send the first frame, and leave no copy of it.  Of a poll, the operator's
 * program is started before. */
int child_send_job(struct child *c, enum msg_mode mode, const struct job *job,
    struct err *e) CC_CHECK;
/* Like msg_next(), but questions for the pace are answered on the way, and what
 * the program has to say is taken. */
int child_next(struct child *c, struct msg *m, struct err *e) CC_CHECK;
/* The fetcher came to its end: did the program too?  -1 with e set to what it said
 * last. */
int child_judge(struct child *c, struct err *e) CC_CHECK;
/* End the process if need be, and wait for it: `ms` to end by itself, 0 to kill
 * it at once.  The connection is closed, and the operator's program ended.  Safe to
 * repeat. */
void child_end(struct child *c, int ms);
/* It closed its end before its last frame: wait for it and say why.  Also makes
 * that of an e which only says that nobody reads.  Always -1. */
int child_failure(struct child *c, struct err *e);

#endif
