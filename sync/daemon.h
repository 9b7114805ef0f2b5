/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The daemon: a supervisor with a schedule, one loop around poll(2).
 *
 * It stays small and holds nothing that could be lost: no transaction, no
 * secret, no feed.  Each poll, and each piece of upkeep, is done by a worker:
 * this program started again, with the configuration's text in a file without a
 * name, so that what a worker reads is what was checked, whatever lies on the
 * disk meanwhile.  The worker is the poll's keeper (sync/pull.h) and starts the
 * fetcher.  Any of them may be killed at any moment: that costs this poll.
 *
 * It does not print, and does not read the environment or the configuration:
 * that is brought by who runs it.
 */
#ifndef SYNC_DAEMON_H
#define SYNC_DAEMON_H

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "sync/hooks.h"
#include "sync/log.h"
#include "sync/schedule.h"
#include "sync/watch.h"

#define DAEMON_WORKER_VERB "_work"
#define DAEMON_NO_SANDBOX "no-sandbox" /* an argument of it, or "" */

/* What a worker does; its name is an argument of the verb. */
enum daemon_task {
	TASK_POLL, TASK_FULL, TASK_SWEEP, TASK_SNAPSHOT, TASK_PAUSE, TASK_RESUME,
	TASK_COUNT,
	DAEMON_TASKS
};
const char *daemon_task_name(enum daemon_task t); /* "poll" … */
/* DAEMON_TASKS when there is none of that name. */
enum daemon_task daemon_task_code(const char *name);

/* A configuration that was read and checked whole. */
struct daemon_plan {
	struct schedule_source *sources; /* texts live as long as the plan */
	unsigned nsources;
	const char *store;       /* path; a daemon keeps the one it started with */
	unsigned polls_at_once, polls_per_host; /* ≥ 1 */
	int64_t sweep_every;     /* ns; 0: never */
	int64_t snapshot_every;  /* ns; 0: never */
	const char *metrics_file; /* path, or NULL */
	const char *metrics_listen; /* of sync/listen.h, or NULL */
	struct hook_terms hooks;
	struct sandbox sandbox;  /* that all have that are started by it … */
	struct sandbox own_sandbox; /* … and the daemon, since it was */
	int file;                /* the configuration's text, for workers */
	void *own;               /* of who made it */
};

struct daemon_ops {
	/* Read everything anew.  -1 with e set to the first thing that is wrong,
	 * and a line for each of the others in `more`. */
	int (*load)(void *ctx, struct daemon_plan *out, struct buf *more,
	    struct err *e);
	/* Before the first one is in force, and once it listens where only root
	 * may: give up all that is not needed any more, for good. */
	int (*settle)(void *ctx, struct daemon_plan *plan, struct err *e);
	/* This one is in force now. */
	void (*adopt)(void *ctx, const struct daemon_plan *plan);
	void (*release)(void *ctx, struct daemon_plan *plan);
};

struct daemon_opts {
	const struct daemon_ops *ops;
	void *ctx;
	const char *program;     /* to start as a worker */
	const char *config;      /* path of the configuration, for messages */
	const char *version;
	bool no_sandbox;         /* whatever the configuration says */
	/* Of the environment, or NULL (sync/notify.h). */
	const char *notify_socket, *watchdog_usec, *watchdog_pid;
	struct log *log;
};

/*
 * Run until SIGTERM or SIGINT, in the foreground.  0 when stopped in good order;
 * -1 with e set when it could not start (ERR_CONFIG, with the rest of what is
 * wrong in `more`; ERR_BUSY: the store has a daemon already).
 */
int daemon_run(const struct daemon_opts *o, struct buf *more, struct err *e)
    CC_CHECK;

#endif
