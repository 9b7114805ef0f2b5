/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon measures, and who is told: a file, an HTTP endpoint, whoever
 * asks on the control socket.  The text is made when somebody wants it, at most
 * once a second.
 */
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fs.h"
#include "base/tstamp.h"
#include "sync/daemon_int.h"
#include "sync/facts.h"

#define FRESH TSTAMP_SECOND              /* a text is served so long */
#define FILE_EVERY (15 * TSTAMP_SECOND)  /* as collectors look */
#define COUNT_EVERY (900 * TSTAMP_SECOND)
#define BACKLOG 16

/* ---- counting ------------------------------------------------------------ */

static uint64_t
number(const json_t *o, const char *key)
{
	json_int_t n = json_integer_value(json_object_get(o, key));

	return n > 0 ? (uint64_t)n : 0;
}

/* Members of an object, by words of ours. */
static void
add_words(uint64_t *to, int n, const char *(*word)(int i), const json_t *o)
{
	int i;

	for (i = 0; i < n; i++)
		to[i] += number(o, word(i));
}

/* The counts of a poll, as `pull --json` tells them. */
static void
add_counts(struct metric_source *x, const json_t *o)
{
	add_words(x->changes, METRIC_CHANGES, metric_change_name, o);
	add_words(x->rejected, REJECT_REASONS, reject_name,
	    json_object_get(o, "rejected_by"));
	add_words(x->requests, TALLY_CLASSES, tally_name,
	    json_object_get(o, "requests"));
	x->pages += number(o, "pages");
	x->bytes += number(o, "bytes");
	x->new_claims += number(o, "claims");
	x->new_values += number(o, "values");
}

static void
add_poll(struct exposure *x, const struct worker *w, int64_t took)
{
	struct metric_source *s = metrics_find(&x->m, w->name);
	json_t *o = w->json != NULL ? json_loads(w->json, 0, NULL) : NULL;
	enum metric_result result = w->failure.code == ERR_NONE ?
	    RESULT_COMPLETE : json_is_string(json_object_get(o, "held")) ?
	    RESULT_HELD : RESULT_FAILED;

	/* Somebody else polls it: that is none. */
	if (s != NULL && w->failure.code != ERR_BUSY) {
		histogram_add(&x->m.polls, took);
		s->polls[result]++;
		s->last_duration = took;
		add_counts(s, o);
	}
	json_decref(o);
}

void
daemon_metrics_ended(struct daemon *d, const struct worker *w)
{
	static const struct {
		enum daemon_task task;
		enum metric_task as;
	} rows[] = {{TASK_SWEEP, METRIC_SWEEP}, {TASK_SNAPSHOT,
	    METRIC_SNAPSHOT}, {TASK_PAUSE, METRIC_PAUSE}, {TASK_RESUME,
	    METRIC_RESUME}, {TASK_COUNT, METRIC_COUNT}};
	struct metrics *m = &d->metrics.m;
	size_t i;

	if (work_is_poll(w->task))
		add_poll(&d->metrics, w, d->now.ticks - w->started.ticks);
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		if (rows[i].task != w->task)
			continue;
		if (w->failure.code == ERR_NONE)
			m->done[rows[i].as]++;
		else
			m->failed[rows[i].as]++;
	}
}

void
daemon_metrics_report(struct daemon *d, const struct report *r)
{
	struct metrics *m = &d->metrics.m;

	if (r->kind == REPORT_COMMIT) {
		histogram_add(&m->commits, (int64_t)r->ns);
	} else if (r->kind == REPORT_COUNT) {
		m->active = r->active;
		m->suppressed = r->suppressed;
		m->counted = true;
	}
}

/* ---- the text ------------------------------------------------------------ */

static void
take_status(void *ctx, const struct tw_status *s)
{
	struct daemon *d = ctx;

	metrics_store(&d->metrics.m, s);
}

/* By what the store says of it now, or NULL. */
static void
judge(const struct daemon *d, struct metric_source *x,
    const struct tw_source *s)
{
	struct health h;

	if (watch_health(&d->watch, x->name, s, d->now.wall, &h))
		metrics_judged(x, &h);
}

static void
take_source(void *ctx, tw_snapshot *snap, const char *name,
    const struct tw_source *s)
{
	struct daemon *d = ctx;
	struct metric_source *x = metrics_find(&d->metrics.m, name);
	struct tw_metrics measured;
	int rc;

	if (x == NULL)
		return;
	rc = tw_poll_metrics(snap, s->id, s->polls, &measured);
	metrics_stored(x, s, rc == TW_OK ? &measured : NULL);
	judge(d, x, s);
}

static void
look(struct daemon *d)
{
	const struct fact_reader r = {take_source, take_status, d};
	struct metrics *m = &d->metrics.m;
	struct err e = ERR_INIT;
	enum schedule_why why;
	unsigned i;

	for (i = 0; i < m->n; i++)
		judge(d, &m->sources[i], NULL);
	/* A store that is not there yet is no trouble. */
	m->readable = facts_read(d->plan.store, &r, &e) == 0;
	m->started = d->began.wall;
	m->loaded = d->loaded;
	m->refused = d->refused.code != ERR_NONE;
	m->configured = d->plan.nsources;
	m->running = d->schedule.running;
	m->waiting = daemon_waiting(d);
	m->upkeep = daemon_upkeep(d);
	for (i = 0; i < d->schedule.n; i++) {
		const struct schedule_entry *x = &d->schedule.v[i];
		struct metric_source *s = metrics_find(m, x->name);

		if (s != NULL)
			s->next = daemon_next(d, x, &why);
	}
}

struct metrics_page
daemon_metrics_page(void *ctx)
{
	struct daemon *d = ctx;
	struct exposure *x = &d->metrics;

	if (x->edition == 0 || d->now.ticks - x->made >= FRESH) {
		look(d);
		buf_reset(&x->text);
		if (metrics_print(&x->m, &x->text) != 0)
			buf_reset(&x->text);
		x->made = d->now.ticks;
		x->edition++;
	}
	return (struct metrics_page){buf_view(&x->text), x->edition,
	    x->m.readable != 0};
}

/* ---- a file -------------------------------------------------------------- */

/* Whole or not at all: under another name first, which collectors do not look
 * at.  It is not synced, which could take long: after a crash it is made anew. */
static int
replace(const char *path, struct slice text, struct err *e)
{
	char *fresh;
	int fd, rc = -1;

	if (asprintf(&fresh, "%s.new", path) < 0)
		return err_set(e, ERR_MEMORY, "out of memory");
	fd = open(fresh, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC |
	    O_NOFOLLOW | O_NONBLOCK, 0644);
	if (fd < 0)
		err_sys(e, ERR_IO, errno, "'%s'", fresh);
	else {
		/* A collector is another user, whatever the umask. */
		(void)!fchmod(fd, 0644);
		rc = fs_write_all(fd, fresh, text, e);
	}
	if (fd >= 0 && close(fd) != 0 && rc == 0)
		rc = err_sys(e, ERR_IO, errno, "'%s'", fresh);
	if (rc == 0 && rename(fresh, path) != 0)
		rc = err_sys(e, ERR_IO, errno, "'%s'", path);
	free(fresh);
	return rc;
}

/* Once it is told that it cannot be written, until it can again. */
static void
write_file(struct daemon *d)
{
	struct exposure *x = &d->metrics;
	struct metrics_page page = daemon_metrics_page(d);
	struct err e = ERR_INIT;

	if (page.text.n > 0 && replace(x->file, page.text, &e) == 0)
		x->unwritten = false;
	else if (!x->unwritten) {
		x->unwritten = true;
		LOG(d->o->log, EVENT_METRICS_FILE, log_text(LOG_ERROR,
		    page.text.n > 0 ? e.text : "out of memory"));
	}
}

static void
drop_file(struct exposure *x)
{
	/* What nobody writes any more is not to be taken for the present. */
	if (x->file != NULL)
		(void)unlink(x->file);
	free(x->file);
	x->file = NULL;
}

/* ---- the daemon's turns -------------------------------------------------- */

void
daemon_metrics_tick(struct daemon *d)
{
	struct exposure *x = &d->metrics;
	struct err e = ERR_INIT;

	if (x->file == NULL && x->http == NULL)
		return;
	if (x->file != NULL && d->now.ticks >= x->file_at) {
		x->file_at = d->now.ticks + FILE_EVERY;
		write_file(d);
	}
	/* A walk over all values only when they are others. */
	if (d->now.ticks < x->count_at)
		return;
	x->count_at = d->now.ticks + COUNT_EVERY;
	(void)daemon_metrics_page(d);
	if (x->m.counted && x->counted == x->m.generation)
		return;
	x->counted = x->m.generation;
	if (work_find(d, TASK_COUNT, "") == NULL &&
	    work_start(d, TASK_COUNT, "", &e) == NULL)
		x->m.failed[METRIC_COUNT]++;
}

int64_t
daemon_metrics_deadline(struct daemon *d)
{
	struct exposure *x = &d->metrics;
	bool stopping = d->stop_by != 0; /* then there are no turns */
	int64_t at = INT64_MAX, wait;

	if (x->file != NULL && !stopping)
		at = x->file_at;
	if ((x->file != NULL || x->http != NULL) && !stopping &&
	    x->count_at < at)
		at = x->count_at;
	wait = x->http != NULL ? metrics_http_wait(x->http) : -1;
	if (wait >= 0 && d->now.ticks + wait < at)
		at = d->now.ticks + wait;
	return at;
}

/* ---- the configuration --------------------------------------------------- */

static void
stop_listening(struct exposure *x)
{
	struct listen_address a;
	struct err e = ERR_INIT;

	metrics_http_close(x->http);
	x->http = NULL;
	if (x->listen != NULL && listen_parse(x->listen, &a, &e) == 0 &&
	    a.path != NULL)
		(void)unlink(a.path);
	free(x->listen);
	x->listen = NULL;
}

static bool
same(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

int
daemon_metrics_listen(struct daemon *d, const char *where, struct err *e)
{
	struct exposure *x = &d->metrics;
	struct listen_address a;
	struct metrics_http *http;
	char *copy;
	int fd;

	if (same(x->listen, where))
		return 0;
	if (where == NULL) {
		stop_listening(x);
		return 0;
	}
	copy = strdup(where);
	if (copy == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	http = NULL;
	if (listen_parse(where, &a, e) == 0 &&
	    (fd = listen_open(&a, BACKLOG, e)) >= 0)
		http = metrics_http_open(fd, daemon_metrics_page, d, e);
	if (http == NULL) {
		free(copy);
		e->code = ERR_CONFIG; /* which names it */
		return err_context(e, "metrics-listen: %s", where);
	}
	stop_listening(x);
	x->http = http;
	x->listen = copy;
	return 0;
}

void
daemon_metrics_plan(struct daemon *d)
{
	struct exposure *x = &d->metrics;
	unsigned i;

	if (!same(x->file, d->plan.metrics_file)) {
		drop_file(x);
		x->file = d->plan.metrics_file != NULL ?
		    strdup(d->plan.metrics_file) : NULL;
		x->file_at = d->now.ticks;
	}
	for (i = 0; i < x->m.n; i++)
		x->m.sources[i].kept = false;
	for (i = 0; i < d->plan.nsources; i++)
		if (metrics_add(&x->m, d->plan.sources[i].name) == NULL)
			break; /* no memory: it is not told */
	for (i = 0; i < x->m.n; i++)
		x->m.sources[i].shown = x->m.sources[i].kept;
	x->made = INT64_MIN / 2;
}

void
daemon_metrics_init(struct daemon *d)
{
	struct exposure *x = &d->metrics;

	buf_init(&x->text, LIMIT_METRICS);
	x->m.live = true;
	x->m.version = d->o->version;
}

void
daemon_metrics_free(struct daemon *d)
{
	struct exposure *x = &d->metrics;

	stop_listening(x);
	drop_file(x);
	metrics_free(&x->m);
	buf_free(&x->text);
}
