/* SPDX-License-Identifier: BSD-2-Clause */
/* The parts of the daemon, for sync/daemon*.c alone. */
#ifndef SYNC_DAEMON_INT_H
#define SYNC_DAEMON_INT_H

#include <poll.h>
#include <sys/types.h>

#include "base/limits.h"
#include "sync/control.h"
#include "sync/daemon.h"
#include "sync/listen.h"
#include "sync/metrics.h"
#include "sync/metrics_http.h"
#include "sync/hooks.h"
#include "sync/notify.h"
#include "sync/report.h"

struct worker {
	pid_t pid;               /* 0: the place is free */
	int fd;                  /* its reports; -1: it closed its end */
	enum daemon_task task;
	char name[LIMIT_SOURCE_NAME + 1]; /* of a source, or "" */
	struct schedule_clock started;
	uint32_t polls;          /* of the source, before */
	struct report progress;  /* the newest; text is not set */
	struct buf in;           /* bytes of a line that is not whole yet */
	char *text, *json;       /* what came of it, or NULL */
	bool told;               /* its last line came … */
	int status;              /* … with this exit status */
	struct err failure;      /* … and this error */
};

/* Metrics, and who is told. */
struct exposure {
	struct metrics m;
	struct buf text;         /* the newest, … */
	int64_t made;            /* … since when (ticks), … */
	uint64_t edition;        /* … and its number; 0: none yet */
	char *file;              /* that is written, or NULL; … */
	int64_t file_at;         /* … ticks */
	bool unwritten;          /* and that was told */
	char *listen;            /* where is listened, or NULL */
	struct metrics_http *http;
	int64_t count_at;        /* ticks */
	uint64_t counted;        /* generation that was counted */
};

struct daemon {
	const struct daemon_opts *o;
	struct daemon_plan plan;
	struct schedule schedule;
	struct schedule_clock now; /* of this turn of the loop */
	struct schedule_clock began;
	struct notify notify;
	int64_t judged;          /* ticks: when states were judged last */
	int64_t alive;           /* ticks of the newest sign of life */
	int64_t sweep_at, snapshot_at; /* ticks; INT64_MAX: never */
	int64_t loaded;          /* wall: when the configuration was read */
	struct err refused;      /* what was wrong with a newer one, if so */
	int signals, lock;       /* descriptors */
	int64_t stop_by;         /* ticks; 0: nobody asked to stop */
	bool killed;             /* it took too long */
	struct worker workers[LIMIT_WORKERS];
	struct control control;
	struct exposure metrics;
	struct hooks hooks;
	struct watch watch;
};

/* ---- daemon_work.c ------------------------------------------------------- */

/* Start a worker.  NULL with e set when that cannot be done. */
struct worker *work_start(struct daemon *d, enum daemon_task task,
    const char *name, struct err *e) CC_CHECK;
unsigned work_count(const struct daemon *d); /* that run */
bool work_is_poll(enum daemon_task t);
struct worker *work_find(struct daemon *d, enum daemon_task task,
    const char *name); /* that runs, or NULL; TASK_POLL is any poll */
/* Take what it says. */
void work_read(struct daemon *d, struct worker *w);
/* Take leave of those that ended. */
void work_reap(struct daemon *d);
void work_signal(struct daemon *d, int sig);

/* ---- daemon_control.c ---------------------------------------------------- */

/* Answer a request; `ctx` is the daemon. */
control_handler_fn daemon_asked;
/* Tell those who wait for it what a worker does, and what came of it. */
void daemon_tell_started(struct daemon *d, const struct worker *w);
void daemon_tell_progress(struct daemon *d, const struct worker *w);
void daemon_tell_ended(struct daemon *d, const struct worker *w);
/* Everybody who still waits is told that it is over. */
void daemon_tell_stop(struct daemon *d);

unsigned daemon_waiting(const struct daemon *d); /* polls that wait for others */
unsigned daemon_upkeep(const struct daemon *d);  /* workers that do not poll */
/* Wall time at which a source is polled next, and why then; 0: it is being
 * polled, or never will be. */
int64_t daemon_next(const struct daemon *d, const struct schedule_entry *x,
    enum schedule_why *why);

/* ---- daemon_metrics.c ---------------------------------------------------- */

void daemon_metrics_init(struct daemon *d);
void daemon_metrics_free(struct daemon *d);
/* Listen there (NULL: nowhere).  -1 with e set, and as before. */
int daemon_metrics_listen(struct daemon *d, const char *where, struct err *e)
    CC_CHECK;
/* There is another plan. */
void daemon_metrics_plan(struct daemon *d);
void daemon_metrics_ended(struct daemon *d, const struct worker *w);
void daemon_metrics_report(struct daemon *d, const struct report *r);
metrics_page_fn daemon_metrics_page; /* `ctx` is the daemon */
/* What is due, unless the daemon stops; and ticks at which something will be
 * (INT64_MAX: nothing). */
void daemon_metrics_tick(struct daemon *d);
int64_t daemon_metrics_deadline(struct daemon *d);

/* ---- daemon.c ------------------------------------------------------------ */

/* Read the configuration anew: all of it, or nothing changes. */
int daemon_reload(struct daemon *d, struct buf *more, struct err *e) CC_CHECK;
/* A worker ended; what came of it is in *w. */
void daemon_ended(struct daemon *d, const struct worker *w);

#endif
