/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the daemon answers.  Times are RFC 3339; keys are documented in
 * taxiway-run(8).
 */
#include <string.h>
#include <unistd.h>

#include "base/tstamp.h"
#include "sync/daemon_int.h"
#include "sync/landlock.h"

#define MS (TSTAMP_SECOND / 1000)

static void
put(json_t *o, const char *key, json_t *value)
{
	/* A key that is missing for lack of memory: the line is refused by
	 * whoever reads it, not half believed. */
	(void)json_object_set_new(o, key, value);
}

static json_t *
time_json(int64_t wall)
{
	char text[TSTAMP_TEXT_MAX];

	if (wall == 0 || wall == TSTAMP_NONE || wall == TSTAMP_NEVER)
		return json_null();
	tstamp_format(wall, 0, text);
	return json_string(text);
}

static json_t *
event(const char *name)
{
	json_t *o = json_object();

	put(o, "event", json_string(name));
	return o;
}

/* ---- status -------------------------------------------------------------- */

unsigned
daemon_waiting(const struct daemon *d)
{
	enum schedule_why why;
	unsigned i, n = 0;

	for (i = 0; i < d->schedule.n; i++) {
		(void)schedule_due(&d->schedule, &d->schedule.v[i], d->now,
		    &why);
		n += why == SCHEDULE_SLOTS || why == SCHEDULE_SAME_HOST;
	}
	return n;
}

unsigned
daemon_upkeep(const struct daemon *d)
{
	unsigned i, n = 0;

	for (i = 0; i < LIMIT_WORKERS; i++)
		n += d->workers[i].pid != 0 &&
		    !work_is_poll(d->workers[i].task);
	return n;
}

int64_t
daemon_next(const struct daemon *d, const struct schedule_entry *x,
    enum schedule_why *why)
{
	int64_t due = schedule_due(&d->schedule, x, d->now, why);

	return *why == SCHEDULE_RUNNING || due == INT64_MAX ? 0 :
	    tstamp_add(d->now.wall, due - d->now.ticks);
}

static json_t *
sandbox_json(const struct daemon *d)
{
	const struct sandbox *s = &d->plan.sandbox;
	const char *missing = sandbox_missing(s);
	json_t *o = json_object();

	put(o, "mode", json_string(sandbox_mode_name(s->mode)));
	put(o, "landlock", json_integer(s->landlock));
	put(o, "ports", json_boolean(s->landlock >= LANDLOCK_ABI_PORTS));
	put(o, "seccomp", json_boolean(s->seccomp));
	put(o, "missing", missing != NULL ? json_string(missing) :
	    json_null());
	put(o, "daemon", json_boolean(d->plan.own_sandbox.landlock > 0 ||
	    d->plan.own_sandbox.seccomp));
	return o;
}

static json_t *
daemon_json(const struct daemon *d)
{
	json_t *o = json_object(), *in = json_object();

	put(in, "pid", json_integer(getpid()));
	put(in, "version", json_string(d->o->version));
	put(in, "since", time_json(d->began.wall));
	put(in, "configuration", json_string(d->o->config));
	put(in, "loaded", time_json(d->loaded));
	put(in, "refused", d->refused.code != ERR_NONE ?
	    json_string(d->refused.text) : json_null());
	put(in, "sources", json_integer(d->plan.nsources));
	put(in, "running", json_integer(d->schedule.running));
	put(in, "waiting", json_integer(daemon_waiting(d)));
	put(in, "upkeep", json_integer(daemon_upkeep(d)));
	put(in, "sandbox", sandbox_json(d));
	put(o, "daemon", in);
	return o;
}

static json_t *
running_json(const struct daemon *d, const struct worker *w)
{
	json_t *o = json_object();

	put(o, "pid", json_integer(w->pid));
	put(o, "since", time_json(w->started.wall));
	put(o, "ms", json_integer((d->now.ticks - w->started.ticks) / MS));
	put(o, "pages", json_integer((json_int_t)w->progress.pages));
	put(o, "bytes", json_integer((json_int_t)w->progress.bytes));
	put(o, "objects", json_integer((json_int_t)w->progress.objects));
	return o;
}

static json_t *
source_json(struct daemon *d, const struct schedule_entry *x)
{
	const struct worker *w = work_find(d, TASK_POLL, x->name);
	json_t *o = json_object();
	enum schedule_why why;

	put(o, "source", json_string(x->name));
	put(o, "next", time_json(daemon_next(d, x, &why)));
	put(o, "why", json_string(schedule_why_name(why)));
	put(o, "text", json_string(schedule_why_text(why)));
	put(o, "running", w != NULL ? running_json(d, w) : json_null());
	return o;
}

static void
answer_status(struct daemon *d, struct control_client *c)
{
	const char *name = c->request.name;
	struct err e = ERR_INIT;
	unsigned i;

	if (name[0] != '\0' && schedule_find(&d->schedule, name) == NULL)
		err_set(&e, ERR_NOT_FOUND, "no source '%s' in %s", name,
		    d->o->config);
	else
		control_say(c, daemon_json(d));
	for (i = 0; e.code == ERR_NONE && i < d->schedule.n; i++)
		if (!d->schedule.v[i].gone && (name[0] == '\0' ||
		    strcmp(name, d->schedule.v[i].name) == 0))
			control_say(c, source_json(d, &d->schedule.v[i]));
	control_end(c, &e);
}

static void
answer_metrics(struct daemon *d, struct control_client *c)
{
	struct slice text = daemon_metrics_page(d).text;
	json_t *o = json_object();

	put(o, "metrics", json_stringn(text.p, text.n));
	control_say(c, o);
	control_end(c, NULL);
}

/* ---- the others ---------------------------------------------------------- */

static void
answer_pull(struct daemon *d, struct control_client *c)
{
	struct schedule_entry *x = schedule_find(&d->schedule, c->request.name);
	enum control_verb verb = c->request.verb;
	bool full = verb == CONTROL_FULL || verb == CONTROL_FORCE_FULL;
	struct err e = ERR_INIT;
	json_t *o;

	if (x == NULL || x->gone) {
		err_set(&e, ERR_NOT_FOUND, "no source '%s' in %s",
		    c->request.name, d->o->config);
		control_end(c, &e);
		return;
	}
	if (x->off && verb != CONTROL_FORCE && verb != CONTROL_FORCE_FULL) {
		err_set(&e, ERR_CONFIG, "%s: is off, by 'enabled' of its "
		    "configuration; %s polls it all the same", x->name,
		    control_verb_name(full ? CONTROL_FORCE_FULL :
		    CONTROL_FORCE));
		control_end(c, &e);
		return;
	}
	/* Who comes while it runs gets what comes of that poll; a full walk is
	 * another one, behind it. */
	if (!x->running || full) {
		schedule_ask(x);
		x->full = x->full || full;
	}
	o = event(x->running ? "running" : "queued");
	put(o, "source", json_string(x->name));
	control_say(c, o);
}

static void
answer_pause(struct daemon *d, struct control_client *c)
{
	enum daemon_task task = c->request.verb == CONTROL_PAUSE ? TASK_PAUSE :
	    TASK_RESUME;
	struct err e = ERR_INIT;

	if (schedule_find(&d->schedule, c->request.name) == NULL)
		err_set(&e, ERR_NOT_FOUND, "no source '%s' in %s",
		    c->request.name, d->o->config);
	else if (work_start(d, task, c->request.name, &e) != NULL)
		return; /* its end is told to who waits */
	control_end(c, &e);
}

static void
answer_reload(struct daemon *d, struct control_client *c)
{
	struct err e = ERR_INIT;
	struct buf more;
	const char *p, *end;
	json_t *o;

	buf_init(&more, LIMIT_CONFIG);
	if (daemon_reload(d, &more, &e) != 0) {
		for (p = buf_view(&more).p; (end = strchr(p, '\n')) != NULL;
		    p = end + 1) {
			o = event("complaint");
			put(o, "text", json_stringn(p, (size_t)(end - p)));
			control_say(c, o);
		}
	}
	buf_free(&more);
	control_end(c, &e);
}

void
daemon_asked(void *ctx, struct control_client *c)
{
	struct daemon *d = ctx;
	struct err e = ERR_INIT;
	json_t *o;

	if (d->stop_by != 0) {
		err_set(&e, ERR_BUSY, "the daemon is stopping");
		control_end(c, &e);
		return;
	}
	if (control_verb_changes(c->request.verb))
		LOG(d->o->log, EVENT_CONTROL,
		    log_text(LOG_VERB, control_verb_name(c->request.verb)),
		    log_text(LOG_SOURCE, c->request.name),
		    log_number(LOG_UID, c->uid));
	switch (c->request.verb) {
	case CONTROL_PING:
		o = event("pong");
		put(o, "pid", json_integer(getpid()));
		control_say(c, o);
		control_end(c, NULL);
		break;
	case CONTROL_STATUS:
		answer_status(d, c);
		break;
	case CONTROL_METRICS:
		answer_metrics(d, c);
		break;
	case CONTROL_PULL:
	case CONTROL_FULL:
	case CONTROL_FORCE:
	case CONTROL_FORCE_FULL:
		answer_pull(d, c);
		break;
	case CONTROL_PAUSE:
	case CONTROL_RESUME:
		answer_pause(d, c);
		break;
	case CONTROL_RELOAD:
	default:
		answer_reload(d, c);
		break;
	}
}

/* ---- who waits ----------------------------------------------------------- */

/* Does the client wait for what this worker does? */
static bool
waits_for(const struct control_client *c, const struct worker *w)
{
	if (c->fd < 0 || !c->waits || strcmp(c->request.name, w->name) != 0)
		return false;
	switch (c->request.verb) {
	case CONTROL_PULL:
	case CONTROL_FORCE:
		return work_is_poll(w->task);
	case CONTROL_FULL:
	case CONTROL_FORCE_FULL:
		return w->task == TASK_FULL;
	case CONTROL_PAUSE:
		return w->task == TASK_PAUSE;
	case CONTROL_RESUME:
		return w->task == TASK_RESUME;
	default:
		return false;
	}
}

void
daemon_tell_started(struct daemon *d, const struct worker *w)
{
	struct control_client *c;
	json_t *o;

	for (c = d->control.v; c < d->control.v + LIMIT_CONTROL_CLIENTS; c++) {
		if (!waits_for(c, w))
			continue;
		o = event("started");
		put(o, "pid", json_integer(w->pid));
		control_say(c, o);
	}
}

void
daemon_tell_progress(struct daemon *d, const struct worker *w)
{
	struct control_client *c;
	json_t *o;

	for (c = d->control.v; c < d->control.v + LIMIT_CONTROL_CLIENTS; c++) {
		/* One who does not read gets no more. */
		if (!waits_for(c, w) || c->out.n > 0)
			continue;
		o = running_json(d, w);
		put(o, "event", json_string("progress"));
		put(o, "committing", json_boolean(w->progress.committing));
		control_say(c, o);
	}
}

void
daemon_tell_ended(struct daemon *d, const struct worker *w)
{
	struct control_client *c;
	json_t *o;

	for (c = d->control.v; c < d->control.v + LIMIT_CONTROL_CLIENTS; c++) {
		if (!waits_for(c, w))
			continue;
		o = event("result");
		put(o, "status", json_integer(w->status));
		put(o, "text", w->text != NULL ? json_string(w->text) :
		    json_null());
		put(o, "counts", w->json != NULL ?
		    json_loads(w->json, 0, NULL) : json_null());
		control_say(c, o);
		control_end(c, &w->failure);
	}
}

void
daemon_tell_stop(struct daemon *d)
{
	struct control_client *c;
	struct err e = ERR_INIT;

	err_set(&e, ERR_BUSY, "the daemon stopped");
	for (c = d->control.v; d->control.fd >= 0 &&
	    c < d->control.v + LIMIT_CONTROL_CLIENTS; c++)
		if (c->fd >= 0 && c->waits)
			control_end(c, &e);
}
