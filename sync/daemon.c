/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/daemon.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include "base/clock_hook.h"
#include "base/digest.h"
#include "base/tstamp.h"
#include "sync/clock.h"
#include "sync/control_path.h"
#include "sync/daemon_int.h"
#include "sync/facts.h"
#include "sync/ticks.h"

#define STOP_PATIENCE (8 * TSTAMP_SECOND) /* then workers are killed */
#define MS (TSTAMP_SECOND / 1000)

static int64_t
earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t
after(int64_t t, int64_t by)
{
	return by > 0 ? t + by : INT64_MAX;
}

/* ---- facts of the store -------------------------------------------------- */

struct learning {
	struct daemon *d;
	const char *name; /* NULL: all */
};

static void
learn_one(void *ctx, tw_snapshot *snap, const char *name,
    const struct tw_source *s)
{
	const struct learning *l = ctx;
	struct schedule_facts f = facts_of(s);
	struct schedule_entry *x;

	(void)snap;
	if (l->name != NULL && strcmp(l->name, name) != 0)
		return;
	watch_learn(&l->d->watch, name, s);
	x = schedule_find(&l->d->schedule, name);
	if (x != NULL)
		schedule_learn(x, &f, l->d->now);
}

/* A source is in another state now. */
static void
state_changed(void *ctx, const struct hook_problem *p)
{
	struct daemon *d = ctx;
	char since[TSTAMP_TEXT_MAX] = "";

	if (p->since != 0)
		tstamp_format(p->since, 0, since);
	LOG(d->o->log, p->problem ? EVENT_SOURCE_PROBLEM : EVENT_SOURCE_WELL,
	    log_text(LOG_SOURCE, p->source), log_text(LOG_STATE, p->state),
	    log_text(LOG_WAS, p->was), log_text(LOG_SINCE, since),
	    log_text(LOG_ERROR, p->error), log_text(LOG_ADVICE, p->advice));
	hooks_problem(&d->hooks, p);
}

static void
judge(struct daemon *d)
{
	d->judged = d->now.ticks;
	watch_judge(&d->watch, d->now.wall, state_changed, d);
}

/* Ask the store about one source (NULL: all). */
static void
learn(struct daemon *d, const char *name)
{
	struct learning l = {d, name};
	struct fact_reader r = {learn_one, NULL, &l};
	struct err e = ERR_INIT;

	if (facts_read(d->plan.store, &r, &e) != 0)
		LOG(d->o->log, EVENT_STORE_UNREADABLE,
		    log_text(LOG_ERROR, e.text));
	judge(d);
}

/* ---- the configuration --------------------------------------------------- */

static void
take_plan(struct daemon *d, struct daemon_plan *plan)
{
	d->plan = *plan;
	d->o->ops->adopt(d->o->ctx, &d->plan);
	hooks_terms(&d->hooks, &d->plan.hooks, d->plan.store);
	d->schedule.at_once = plan->polls_at_once;
	d->schedule.per_host = plan->polls_per_host;
	d->loaded = d->now.wall;
	d->sweep_at = after(d->now.ticks, plan->sweep_every);
	d->snapshot_at = after(d->now.ticks, plan->snapshot_every);
}

/* A line for each complaint behind the first. */
static void
log_more(struct daemon *d, const struct buf *more)
{
	const char *p = buf_view(more).p, *end;

	for (; (end = strchr(p, '\n')) != NULL; p = end + 1)
		LOG(d->o->log, EVENT_RELOAD_COMPLAINT, log_slice(LOG_ERROR,
		    (struct slice){p, (size_t)(end - p)}));
}

int
daemon_reload(struct daemon *d, struct buf *more, struct err *e)
{
	struct daemon_plan plan = {.file = -1};

	notify_send(&d->notify, "RELOADING=1\nMONOTONIC_USEC=%lld\n"
	    "STATUS=reading the configuration",
	    /* on the clock that systemd compares with */
	    (long long)(ticks_now() / 1000));
	if (d->o->ops->load(d->o->ctx, &plan, more, e) != 0)
		goto refuse;
	if (strcmp(plan.store, d->plan.store) != 0) {
		err_set(e, ERR_CONFIG, "%s: store: changed to '%s'; that needs "
		    "a restart", d->o->config, plan.store);
		goto refuse;
	}
	if (daemon_metrics_listen(d, plan.metrics_listen, e) != 0 ||
	    watch_load(&d->watch, plan.sources, plan.nsources, e) != 0 ||
	    schedule_load(&d->schedule, plan.sources, plan.nsources, d->now,
	    e) != 0)
		goto refuse;
	d->o->ops->release(d->o->ctx, &d->plan);
	take_plan(d, &plan);
	daemon_metrics_plan(d);
	err_clear(&d->refused);
	learn(d, NULL);
	LOG(d->o->log, EVENT_RELOADED, log_number(LOG_SOURCES,
	    d->plan.nsources));
	notify_send(&d->notify, "READY=1\nSTATUS=sources: %u", d->plan.nsources);
	return 0;
refuse:
	d->o->ops->release(d->o->ctx, &plan);
	err_clear(&d->refused);
	err_set(&d->refused, ERR_CONFIG, "%s", e->text);
	LOG(d->o->log, EVENT_RELOAD_REFUSED, log_text(LOG_ERROR, e->text));
	log_more(d, more);
	notify_send(&d->notify, "READY=1\nSTATUS=a newer configuration was "
	    "refused: %s", e->text);
	return -1;
}

/* ---- work ---------------------------------------------------------------- */

static void
start_failed(struct daemon *d, const char *what, const char *name,
    const struct err *e)
{
	LOG(d->o->log, EVENT_NOT_STARTED, log_text(LOG_TASK, what),
	    log_text(LOG_SOURCE, name), log_text(LOG_ERROR, e->text));
}

static void
start_polls(struct daemon *d)
{
	struct schedule_entry *x;
	struct worker *w;
	struct err e = ERR_INIT;

	while ((x = schedule_pick(&d->schedule, d->now)) != NULL) {
		enum daemon_task task = x->full ? TASK_FULL : TASK_POLL;

		x->full = false;
		w = work_start(d, task, x->name, &e);
		if (w == NULL) {
			start_failed(d, "poll", x->name, &e);
			err_clear(&e);
			schedule_end(&d->schedule, x, false, true, d->now);
			return;
		}
		daemon_tell_started(d, w);
		LOG(d->o->log, EVENT_POLL_STARTED,
		    log_text(LOG_SOURCE, x->name),
		    log_text(LOG_TASK, daemon_task_name(task)),
		    log_number(LOG_PID, w->pid));
	}
}

/* Upkeep that has come due, one of a kind at a time. */
static void
start_upkeep(struct daemon *d, enum daemon_task task, int64_t *at,
    int64_t every)
{
	struct err e = ERR_INIT;

	if (*at > d->now.ticks)
		return;
	*at = after(d->now.ticks, every);
	if (work_find(d, task, "") == NULL &&
	    work_start(d, task, "", &e) == NULL)
		start_failed(d, daemon_task_name(task), "", &e);
}

static void
poll_ended(struct daemon *d, const struct worker *w)
{
	struct schedule_entry *x;
	bool told;

	learn(d, w->name);
	x = schedule_find(&d->schedule, w->name);
	if (x == NULL)
		return;
	told = x->polls != w->polls || w->failure.code == ERR_NONE;
	schedule_end(&d->schedule, x, told, w->failure.code == ERR_BUSY,
	    d->now);
}

void
daemon_ended(struct daemon *d, const struct worker *w)
{
	const struct log_field fields[] = {
		log_text(LOG_TASK, daemon_task_name(w->task)),
		log_text(LOG_SOURCE, w->name),
		log_number(LOG_MS, (d->now.ticks - w->started.ticks) / MS),
		log_text(LOG_TEXT, w->text),
		log_text(LOG_ERROR, w->failure.text), {0}
	};
	bool poll = work_is_poll(w->task), failed = w->failure.code != ERR_NONE;

	if (poll)
		poll_ended(d, w);
	else if (w->name[0] != '\0')
		learn(d, w->name);
	daemon_metrics_ended(d, w);
	hooks_look(&d->hooks);
	daemon_tell_ended(d, w);
	log_write(d->o->log, failed ?
	    (poll ? EVENT_POLL_FAILED : EVENT_TASK_FAILED) :
	    poll ? EVENT_POLL_ENDED : EVENT_TASK_ENDED, fields);
}

/* ---- signals and time ---------------------------------------------------- */

static void
stop(struct daemon *d)
{
	if (d->stop_by != 0) { /* asked twice: at once */
		d->stop_by = d->now.ticks;
		return;
	}
	d->stop_by = d->now.ticks + STOP_PATIENCE;
	LOG(d->o->log, EVENT_STOPPING, log_number(LOG_COUNT, work_count(d)));
	notify_send(&d->notify, "STOPPING=1\nSTATUS=waiting for commits");
	work_signal(d, SIGTERM);
	hooks_stop(&d->hooks, d->now.ticks);
}

static void
take_signals(struct daemon *d)
{
	struct signalfd_siginfo s;
	struct err e = ERR_INIT;
	struct buf more;

	while (read(d->signals, &s, sizeof(s)) == (ssize_t)sizeof(s)) {
		if (s.ssi_signo == SIGTERM || s.ssi_signo == SIGINT) {
			stop(d);
		} else if (s.ssi_signo == SIGHUP && d->stop_by == 0) {
			buf_init(&more, LIMIT_CONFIG);
			if (daemon_reload(d, &more, &e) != 0)
				err_clear(&e);
			buf_free(&more);
		}
	}
	work_reap(d);
}

static void
sign_of_life(struct daemon *d)
{
	int64_t every = d->notify.watchdog / 2;

	if (every == 0 || d->now.ticks - d->alive < every)
		return;
	d->alive = d->now.ticks;
	notify_send(&d->notify, "WATCHDOG=1");
}

/* ms until the loop has something to do by itself. */
static int
patience(struct daemon *d)
{
	int64_t wait = schedule_wait(&d->schedule, d->now);
	int64_t at = control_deadline(&d->control);

	if (d->stop_by != 0)
		wait = d->killed ? SCHEDULE_LOOK : d->stop_by - d->now.ticks;
	else
		at = earlier(at, earlier(d->sweep_at, d->snapshot_at));
	if (d->notify.watchdog != 0)
		at = earlier(at, d->alive + d->notify.watchdog / 2);
	at = earlier(at, daemon_metrics_deadline(d));
	at = earlier(at, hooks_due(&d->hooks));
	at = earlier(at, log_tick(d->o->log, d->now.ticks));
	if (at != INT64_MAX)
		wait = earlier(wait, at - d->now.ticks);
	/* Rounded up: early is once more for nothing. */
	return wait <= 0 ? 0 : (int)(wait / MS + 1);
}

/* ---- the loop ------------------------------------------------------------ */

static void
look(struct daemon *d)
{
	d->now = clock_now();
	if (schedule_tick(&d->schedule, d->now))
		LOG(d->o->log, EVENT_CLOCK_JUMPED,
		    log_number(LOG_SOURCES, d->plan.nsources));
	sign_of_life(d);
	/* Time alone makes a source late. */
	if (d->now.ticks - d->judged >= SCHEDULE_LOOK / 2)
		judge(d);
	hooks_turn(&d->hooks, d->now.ticks);
	if (d->stop_by == 0) {
		start_polls(d);
		start_upkeep(d, TASK_SWEEP, &d->sweep_at, d->plan.sweep_every);
		start_upkeep(d, TASK_SNAPSHOT, &d->snapshot_at,
		    d->plan.snapshot_every);
		daemon_metrics_tick(d);
	} else if (d->now.ticks >= d->stop_by && !d->killed) {
		d->killed = true;
		work_signal(d, SIGKILL);
	}
}

/* A test that moves the clocks is told that nothing is left to do at this
 * moment, and wakes us itself. */
static int
tell_test(const struct daemon *d, int ms)
{
	unsigned long long turn = clock_hook_turn();

	if (turn == 0)
		return ms;
	notify_send(&d->notify, "X_TURN=%llu\nX_WAIT=%d\nX_WORKERS=%u", turn,
	    ms, work_count(d));
	return -1;
}

static void
turn(struct daemon *d)
{
	struct pollfd p[2 + LIMIT_WORKERS + CONTROL_FDS + HOOKS];
	struct worker *of[2 + LIMIT_WORKERS];
	nfds_t n = 1, i, m, h, http = 0;

	p[0] = (struct pollfd){.fd = d->signals, .events = POLLIN};
	for (i = 0; i < LIMIT_WORKERS; i++) {
		if (d->workers[i].pid == 0 || d->workers[i].fd < 0)
			continue;
		of[n] = &d->workers[i];
		p[n++] = (struct pollfd){.fd = d->workers[i].fd,
		    .events = POLLIN};
	}
	m = control_fds(&d->control, p + n);
	h = hooks_fds(&d->hooks, p + n + m);
	if (d->metrics.http != NULL) {
		http = 1;
		p[n + m + h] = (struct pollfd){.events = POLLIN,
		    .fd = metrics_http_fd(d->metrics.http)};
	}
	if (poll(p, n + m + h + http, tell_test(d, patience(d))) < 0)
		return;
	d->now = clock_now();
	for (i = 1; i < n; i++)
		if (p[i].revents != 0)
			work_read(d, of[i]);
	if (p[0].revents != 0)
		take_signals(d);
	/* It may have something to do by itself, too. */
	if (d->metrics.http != NULL)
		metrics_http_run(d->metrics.http);
	control_serve(&d->control, p + n, m, d->now.ticks, daemon_asked, d);
}

/* ---- start and end ------------------------------------------------------- */

/* One daemon for a store. */
static int
take_lock(struct daemon *d, struct err *e)
{
	struct flock fl = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
	char *path = daemon_lock_path(d->plan.store, e);

	if (path == NULL)
		return -1;
	d->lock = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (d->lock < 0)
		err_sys(e, ERR_STORE, errno, "'%s'", path);
	else if (fcntl(d->lock, F_OFD_SETLK, &fl) != 0)
		err_set(e, ERR_BUSY, "%s: a daemon runs on this store already; "
		    "'taxiway status' shows it", d->plan.store);
	free(path);
	return e->code == ERR_NONE ? 0 : -1;
}

static int
open_signals(struct daemon *d, struct err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGCHLD);
	if (sigprocmask(SIG_BLOCK, &set, NULL) != 0 ||
	    (d->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK)) < 0)
		return err_sys(e, ERR_IO, errno, "signals");
	return 0;
}

/* A port may be root's; a socket with a name is to be its user's. */
static int
listen_early(struct daemon *d, struct err *e)
{
	const char *where = d->plan.metrics_listen;

	return where == NULL || strncmp(where, "unix:", 5) == 0 ? 0 :
	    daemon_metrics_listen(d, where, e);
}

static int
start(struct daemon *d, struct buf *more, struct err *e)
{
	struct daemon_plan plan = {.file = -1};

	d->now = d->began = clock_now();
	d->watch.began = d->began.wall;
	if (d->o->ops->load(d->o->ctx, &plan, more, e) != 0) {
		d->o->ops->release(d->o->ctx, &plan);
		return -1;
	}
	/* Not the same for all hosts that share a configuration. */
	schedule_init(&d->schedule, digest64(plan.store, strlen(plan.store),
	    (uint64_t)gethostid()), d->now);
	take_plan(d, &plan);
	if (take_lock(d, e) != 0 || listen_early(d, e) != 0 ||
	    d->o->ops->settle(d->o->ctx, &d->plan, e) != 0 ||
	    open_signals(d, e) != 0 ||
	    watch_load(&d->watch, plan.sources, plan.nsources, e) != 0 ||
	    schedule_load(&d->schedule, plan.sources, plan.nsources, d->now,
	    e) != 0)
		return -1;
	learn(d, NULL);
	schedule_wake(&d->schedule, d->now);
	if (control_open(&d->control, d->plan.store, e) != 0 ||
	    daemon_metrics_listen(d, d->plan.metrics_listen, e) != 0)
		return -1;
	daemon_metrics_plan(d);
	return 0;
}

static void
finish(struct daemon *d)
{
	notify_close(&d->notify);
	daemon_tell_stop(d);
	daemon_metrics_free(d);
	control_close(&d->control);
	hooks_free(&d->hooks);
	watch_free(&d->watch);
	schedule_free(&d->schedule);
	d->o->ops->release(d->o->ctx, &d->plan);
	if (d->signals >= 0)
		close(d->signals);
	if (d->lock >= 0)
		close(d->lock);
	free(d);
}

int
daemon_run(const struct daemon_opts *o, struct buf *more, struct err *e)
{
	struct daemon *d = calloc(1, sizeof(*d));
	int rc;

	if (d == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	d->o = o;
	d->plan.file = d->signals = d->lock = d->control.fd = -1;
	daemon_metrics_init(d);
	hooks_init(&d->hooks, o->log);
	notify_open(&d->notify, o->notify_socket, o->watchdog_usec,
	    o->watchdog_pid);
	rc = start(d, more, e);
	if (rc == 0) {
		LOG(o->log, EVENT_STARTED, log_text(LOG_VERSION, o->version),
		    log_number(LOG_SOURCES, d->plan.nsources),
		    log_text(LOG_STORE, d->plan.store),
		    log_number(LOG_PID, getpid()));
		notify_send(&d->notify, "READY=1\nMAINPID=%ld\n"
		    "STATUS=sources: %u", (long)getpid(), d->plan.nsources);
		for (look(d); d->stop_by == 0 || work_count(d) > 0 ||
		    hooks_busy(&d->hooks); look(d))
			turn(d);
		LOG(o->log, EVENT_STOPPED, log_number(LOG_PID, getpid()));
	}
	finish(d);
	return rc;
}
