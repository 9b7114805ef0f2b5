/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Workers: started, listened to, waited for.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/tstamp.h"
#include "sync/daemon_int.h"
#include "sync/spawn.h"

static const char *const tasks[DAEMON_TASKS] = {
	[TASK_POLL] = "poll",
	[TASK_FULL] = "full",
	[TASK_SWEEP] = "sweep",
	[TASK_SNAPSHOT] = "snapshot",
	[TASK_PAUSE] = "pause",
	[TASK_RESUME] = "resume",
	[TASK_COUNT] = "count",
};

const char *
daemon_task_name(enum daemon_task t)
{
	return tasks[t];
}

enum daemon_task
daemon_task_code(const char *name)
{
	unsigned i;

	for (i = 0; i < DAEMON_TASKS; i++)
		if (strcmp(tasks[i], name) == 0)
			break;
	return (enum daemon_task)i;
}

unsigned
work_count(const struct daemon *d)
{
	unsigned i, n = 0;

	for (i = 0; i < LIMIT_WORKERS; i++)
		n += d->workers[i].pid != 0;
	return n;
}

bool
work_is_poll(enum daemon_task t)
{
	return t == TASK_POLL || t == TASK_FULL;
}

struct worker *
work_find(struct daemon *d, enum daemon_task task, const char *name)
{
	struct worker *w;
	unsigned i;

	for (i = 0; i < LIMIT_WORKERS; i++) {
		w = &d->workers[i];
		if (w->pid != 0 && strcmp(w->name, name) == 0 &&
		    (w->task == task ||
		    (work_is_poll(w->task) && work_is_poll(task))))
			return w;
	}
	return NULL;
}

/* The words that the worker is started with (cmd/verb_run.c reads them). */
static int
start_process(struct daemon *d, struct worker *w, struct err *e)
{
	char level[8];
	const char *argv[] = {"taxiway", DAEMON_WORKER_VERB,
	    daemon_task_name(w->task), d->plan.store, d->o->config, level,
	    w->name, d->o->no_sandbox ? DAEMON_NO_SANDBOX : "", NULL};
	struct spawn s = {.program = d->o->program, .env = environ,
	    .argv = (char *const *)(uintptr_t)argv, .file = d->plan.file,
	    .talks = true, .death = SIGTERM};

	snprintf(level, sizeof(level), "%d", d->o->log->level);
	return spawn(&s, &w->pid, &w->fd, e);
}

struct worker *
work_start(struct daemon *d, enum daemon_task task, const char *name,
    struct err *e)
{
	struct schedule_entry *x;
	struct worker *w = d->workers;

	while (w < d->workers + LIMIT_WORKERS && w->pid != 0)
		w++;
	if (w == d->workers + LIMIT_WORKERS)
		return err_set(e, ERR_LIMIT, "more than %u workers at once",
		    LIMIT_WORKERS), NULL;
	*w = (struct worker){.task = task, .fd = -1, .started = d->now};
	snprintf(w->name, sizeof(w->name), "%s", name);
	x = schedule_find(&d->schedule, name);
	if (x != NULL)
		w->polls = x->polls;
	buf_init(&w->in, REPORT_LINE);
	if (start_process(d, w, e) != 0) {
		w->pid = 0;
		return NULL;
	}
	(void)fcntl(w->fd, F_SETFL, O_NONBLOCK);
	return w;
}

/* ---- what they say ------------------------------------------------------- */

static void
keep_text(char **to, struct slice text)
{
	free(*to);
	*to = strndup(text.p, text.n);
}

static void
take_line(struct daemon *d, struct worker *w, struct slice line)
{
	struct report r;

	if (report_parse(line, &r) != 0)
		return; /* the last line will be missed, if it was that */
	switch (r.kind) {
	case REPORT_LOG:
		log_relay(d->o->log, r.text);
		break;
	case REPORT_PROGRESS:
		w->progress = r;
		LOG(d->o->log, EVENT_POLL_PROGRESS,
		    log_text(LOG_SOURCE, w->name),
		    log_number(LOG_COUNT, (int64_t)r.objects),
		    log_number(LOG_MS, (d->now.ticks - w->started.ticks) /
		    (TSTAMP_SECOND / 1000)));
		daemon_tell_progress(d, w);
		break;
	case REPORT_COMMIT:
	case REPORT_COUNT:
		daemon_metrics_report(d, &r);
		break;
	case REPORT_TEXT:
		keep_text(&w->text, r.text);
		break;
	case REPORT_JSON:
		keep_text(&w->json, r.text);
		break;
	case REPORT_END:
		w->told = true;
		w->status = r.number;
		if (r.code != ERR_NONE)
			err_set(&w->failure, r.code, "%.*s",
			    SLICE_ARG(r.text));
		break;
	}
}

static void
take_lines(struct daemon *d, struct worker *w)
{
	struct slice all = buf_view(&w->in), line;
	const char *end;

	while ((end = memchr(all.p, '\n', all.n)) != NULL) {
		line = (struct slice){all.p, (size_t)(end - all.p)};
		take_line(d, w, line);
		all.n -= line.n + 1;
		all.p = end + 1;
	}
	if (all.n > 0)
		memmove(w->in.p, all.p, all.n);
	w->in.n = all.n;
}

void
work_read(struct daemon *d, struct worker *w)
{
	char *room;
	ssize_t n;

	while (w->fd >= 0) {
		/* A line that does not fit is none of ours: skip it. */
		if (w->in.n + 512 > REPORT_LINE)
			w->in.n = 0;
		room = buf_room(&w->in, 512);
		n = room != NULL ? read(w->fd, room, 512) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			close(w->fd);
			w->fd = -1;
			return;
		}
		w->in.n += (size_t)n;
		take_lines(d, w);
	}
}

/* ---- how they end -------------------------------------------------------- */

static void
say_death(struct worker *w, int status, bool stopping)
{
	if (w->told)
		return;
	w->status = 3;
	if (stopping && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM)
		err_set(&w->failure, ERR_IO, "stopped before its end");
	else if (WIFSIGNALED(status))
		err_set(&w->failure, ERR_INTERNAL, "worker ended by signal %d "
		    "(%s)", WTERMSIG(status), strsignal(WTERMSIG(status)));
	else
		err_set(&w->failure, ERR_INTERNAL, "worker ended with status "
		    "%d before the end of its work", WEXITSTATUS(status));
}

void
work_reap(struct daemon *d)
{
	struct worker *w;
	int status;

	for (w = d->workers; w < d->workers + LIMIT_WORKERS; w++) {
		if (w->pid == 0 || waitpid(w->pid, &status, WNOHANG) != w->pid)
			continue;
		work_read(d, w);
		say_death(w, status, d->stop_by != 0);
		daemon_ended(d, w);
		if (w->fd >= 0)
			close(w->fd);
		buf_free(&w->in);
		free(w->text);
		free(w->json);
		*w = (struct worker){.fd = -1};
	}
}

void
work_signal(struct daemon *d, int sig)
{
	unsigned i;

	for (i = 0; i < LIMIT_WORKERS; i++)
		if (d->workers[i].pid != 0)
			kill(d->workers[i].pid, sig);
}
