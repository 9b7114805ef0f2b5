/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker of the daemon: the body of the hidden verb DAEMON_WORKER_VERB.
 *
 *   taxiway _work TASK STORE CONFIG LEVEL NAME SANDBOX
 *
 * The configuration's text comes as SPAWN_FILE_FD; CONFIG is only where it was
 * read from; SANDBOX is DAEMON_NO_SANDBOX or nothing.  What it does is reported
 * over SPAWN_FD (sync/report.h).  SIGTERM stops it at the next commit.
 */
#ifndef CMD_WORKER_H
#define CMD_WORKER_H

#define WORKER_ARGC 8

int worker_main(char **argv);

#endif
