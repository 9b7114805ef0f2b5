/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A worker of the daemon: the body of the hidden verb DAEMON_WORKER_VERB.
 *
 *   taxiway _work TASK STORE CONFIG LEVEL NAME
 *
 * The configuration's text comes as SPAWN_FILE_FD; CONFIG is only where it was
 * read from.  What it does is reported over SPAWN_FD (sync/report.h).  SIGTERM
 * stops it at the next commit.
 */
#ifndef CMD_WORKER_H
#define CMD_WORKER_H

#define WORKER_ARGC 7

int worker_main(char **argv);

#endif
