/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starting this program again as another process, with what it is given and
 * nothing else: a socket, an environment, no other descriptor of ours.
 *
 * Used for fetchers (child.c) and for the daemon's workers (worker.c).
 */
#ifndef SYNC_SPAWN_H
#define SYNC_SPAWN_H

#include <stdbool.h>
#include <sys/types.h>

#include "base/cc.h"
#include "base/err.h"

#define SPAWN_NOT_STARTED 127 /* exit status: it never ran */
#define SPAWN_FD 3            /* its end of the socket */
#define SPAWN_FILE_FD 4       /* the file that it is given, if any */

struct spawn {
	const char *program;
	char *const *argv;
	char *const *env;
	int file;        /* a descriptor to hand down, or -1 */
	bool talks;      /* keeps our stderr; else /dev/null */
	bool deaf;       /* takes no notice of SIGINT, SIGTERM and SIGHUP */
	int death;       /* the signal it gets when this process ends */
};

/* Close all above it.  In a new process: it neither allocates nor locks. */
void spawn_close_above(int fd);

/* 0 with the process and our end of the socket (close-on-exec); -1 with e set. */
int spawn(const struct spawn *s, pid_t *pid, int *fd, struct err *e) CC_CHECK;

#endif
