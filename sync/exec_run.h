/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A program of the operator's that says what a source lists, as a process of the
 * keeper's.
 *
 * The fetcher may start nothing, so the keeper starts the program and gives the
 * fetcher the reading end of its standard output: what it writes is parsed there
 * and nowhere else.  The program gets no secret of ours: an environment of named
 * variables, /dev/null to read from, no other descriptor, a session and a process
 * group of its own, limits; and it ends with the poll, with all that it started.
 * What it writes on its standard error is kept as far as a message needs it.
 */
#ifndef SYNC_EXEC_RUN_H
#define SYNC_EXEC_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/job.h"
#include "sync/program.h"

struct exec_run {
	const struct job *job; /* borrowed */
	pid_t pid;       /* 0: none, or waited for */
	int out[2];      /* the pipe of its standard output; -1: closed */
	int said_fd;     /* of its standard error */
	struct program_said said; /* the end of that */
};

/* Nothing runs, nothing is open. */
void exec_init(struct exec_run *x);
/* Make the pipe: its reading end is x->out[0], for the fetcher. */
int exec_pipe(struct exec_run *x, struct err *e) CC_CHECK;
/* The fetcher has it. */
void exec_passed(struct exec_run *x);
/* Start job->exec.argv, with the job's cursor in its environment.  -1 with e set:
 * what cannot be started is ERR_CONFIG. */
int exec_start(struct exec_run *x, const struct job *job, struct err *e)
    CC_CHECK;
/* Take what it has said meanwhile, so that it need not wait. */
void exec_drain(struct exec_run *x);
/* Its output is over: wait for its end, a moment, and judge it.  -1 with e set to
 * what it said last, unless it ended well. */
int exec_end(struct exec_run *x, struct err *e) CC_CHECK;
/* End it, and all of its group.  Safe to repeat. */
void exec_kill(struct exec_run *x);

#endif
