/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/hooks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/tstamp.h"
#include "sync/facts.h"

#define MS (TSTAMP_SECOND / 1000)
#define GRACE TSTAMP_SECOND   /* between being asked to end and being ended */
#define NICE 5

const char *
hook_name(enum hook h)
{
	return h == HOOK_CHANGE ? "on-change" : "on-problem";
}

/* ---- what is to be told -------------------------------------------------- */

static bool
wanted(const struct hooks *h, enum hook which)
{
	return h->terms != NULL && h->terms->argv[which] != NULL;
}

void
hooks_look(struct hooks *h)
{
	struct fact_changes c;
	struct err e = ERR_INIT;

	/* What cannot be read now is told by who reads the same store. */
	if (!h->watching || h->changed || h->stopping ||
	    facts_changes(h->store, h->told, 1, &c, &e) != 0)
		return;
	h->changed = c.resync || c.added + c.updated + c.removed > 0;
	if (!h->changed)
		h->told = c.generation;
}

void
hooks_problem(struct hooks *h, const struct hook_problem *p)
{
	if (!wanted(h, HOOK_PROBLEM) || h->stopping)
		return;
	if (h->queue == NULL)
		h->queue = calloc(LIMIT_HOOK_QUEUE, sizeof(*h->queue));
	if (h->queue == NULL) {
		h->dropped++;
		return;
	}
	if (h->queued == LIMIT_HOOK_QUEUE) {
		/* The newest state is what counts. */
		h->first = (h->first + 1) % LIMIT_HOOK_QUEUE;
		h->queued--;
		h->dropped++;
	}
	h->queue[(h->first + h->queued++) % LIMIT_HOOK_QUEUE] = *p;
}

/* ---- starting ------------------------------------------------------------ */

static void
failed(struct hooks *h, enum hook which, int64_t ms, const struct err *e)
{
	LOG(h->log, EVENT_PROGRAM_FAILED, log_text(LOG_OF, hook_name(which)),
	    log_number(LOG_MS, ms), log_text(LOG_ERROR, e->text));
}

/* Its descriptors: in is a file with the line, out and said are one pipe. */
static int
start_with(struct hooks *h, enum hook which, const struct hook_words *w,
    int rules, struct err *e)
{
	struct hook_run *r = &h->run[which];
	struct program p = {.argv = h->terms->argv[which], .env = w->env.v,
	    .dir = "/", .in = w->file, .memory = MIB(LIMIT_EXEC_MEMORY),
	    .time = (rlim_t)(h->terms->timeout / TSTAMP_SECOND + 1),
	    .file = LIMIT_EXEC_FILE, .files = LIMIT_EXEC_FILES,
	    .nice = NICE, .other = h->terms->other, .uid = h->terms->uid,
	    .gid = h->terms->gid, .rules = rules};
	int said[2];
	int rc;

	if (pipe2(said, O_CLOEXEC) != 0)
		return err_sys(e, ERR_IO, errno, "pipe to the program");
	p.out = p.said = said[1];
	r->name = strdup(p.argv[0]);
	rc = r->name == NULL ? err_set(e, ERR_MEMORY, "out of memory") :
	    fcntl(said[0], F_SETFL, O_NONBLOCK) != 0 ?
	    err_sys(e, ERR_IO, errno, "pipe to the program") :
	    program_start(&p, &r->pid, e);
	close(said[1]);
	if (rc == 0) {
		r->fd = said[0];
		return 0;
	}
	close(said[0]);
	free(r->name);
	*r = (struct hook_run){.fd = -1};
	return -1;
}

static int
start_fenced(struct hooks *h, enum hook which, const struct hook_words *w,
    struct err *e)
{
	int rules, rc;

	if (confine_program(&h->terms->sandbox, h->terms->fence, h->store,
	    &rules, e) != 0)
		return -1;
	rc = start_with(h, which, w, rules, e);
	if (rules > 0)
		close(rules);
	return rc;
}

static void
start(struct hooks *h, enum hook which, const struct hook_words *w,
    uint64_t generation, int64_t now)
{
	struct hook_run *r = &h->run[which];
	struct err e = ERR_INIT;

	*r = (struct hook_run){.fd = -1, .started = now,
	    .until = now + h->terms->timeout, .generation = generation};
	if (w->failed)
		err_set(&e, ERR_MEMORY, "out of memory");
	else if (start_fenced(h, which, w, &e) == 0) {
		LOG(h->log, EVENT_PROGRAM_STARTED,
		    log_text(LOG_OF, hook_name(which)),
		    log_number(LOG_PID, r->pid));
		return;
	}
	failed(h, which, 0, &e);
}

static void
start_change(struct hooks *h, int64_t now)
{
	struct hook_words w;
	struct fact_changes c;
	struct err e = ERR_INIT;

	if (!h->changed || now < h->not_before || h->run[HOOK_CHANGE].pid != 0)
		return;
	h->changed = false;
	h->not_before = now + h->terms->change_every;
	if (facts_changes(h->store, h->since, LIMIT_HOOK_CHANGES, &c,
	    &e) != 0) {
		failed(h, HOOK_CHANGE, 0, &e);
		return;
	}
	h->told = c.generation;
	hook_words_change(&w, h->store, h->since, &c);
	start(h, HOOK_CHANGE, &w, c.generation, now);
	hook_words_free(&w);
}

static void
start_problem(struct hooks *h, int64_t now)
{
	const struct hook_problem *p;
	struct hook_words w;

	if (h->dropped > 0) {
		LOG(h->log, EVENT_PROGRAM_DROPPED,
		    log_text(LOG_OF, hook_name(HOOK_PROBLEM)),
		    log_number(LOG_COUNT, (int64_t)h->dropped));
		h->dropped = 0;
	}
	if (h->queued == 0 || h->run[HOOK_PROBLEM].pid != 0)
		return;
	p = &h->queue[h->first];
	h->first = (h->first + 1) % LIMIT_HOOK_QUEUE;
	h->queued--;
	if (!wanted(h, HOOK_PROBLEM))
		return;
	hook_words_problem(&w, h->store, p);
	start(h, HOOK_PROBLEM, &w, 0, now);
	hook_words_free(&w);
}

/* ---- while it runs, and its end ------------------------------------------ */

/* Lines that are whole, or with `all` also the rest. */
static void
tell_lines(struct hooks *h, enum hook which, bool all)
{
	struct hook_run *r = &h->run[which];
	const char *end;
	struct slice s;

	while (r->said.n > 0) {
		s = (struct slice){r->said.text, r->said.n};
		end = memchr(s.p, '\n', s.n);
		if (end == NULL && !all && s.n < PROGRAM_SAID)
			return;
		if (end != NULL)
			s.n = (size_t)(end - s.p);
		if (s.n > 0) {
			memcpy(r->last.text, s.p, s.n);
			r->last.n = s.n;
		}
		if (s.n > 0 && r->lines++ < LIMIT_HOOK_LINES)
			LOG(h->log, EVENT_PROGRAM_SAID,
			    log_text(LOG_OF, hook_name(which)),
			    log_slice(LOG_TEXT, s));
		s.n += end != NULL;
		r->said.n -= s.n;
		memmove(r->said.text, r->said.text + s.n, r->said.n);
	}
}

/* Portion by portion, so that no line is lost as long as lines are told. */
static void
listen_to(struct hooks *h, enum hook which)
{
	struct hook_run *r = &h->run[which];
	ssize_t n;
	int i;

	for (i = 0; i < 64 && r->fd >= 0; i++) {
		n = read(r->fd, r->said.text + r->said.n,
		    PROGRAM_SAID - r->said.n);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
			return;
		if (n <= 0) {
			close(r->fd);
			r->fd = -1;
			return;
		}
		r->said.n += (size_t)n;
		tell_lines(h, which, false);
	}
}

static void
leave(struct hooks *h, enum hook which, const siginfo_t *info, int64_t now)
{
	struct hook_run *r = &h->run[which];
	int64_t ms = (now - r->started) / MS;
	struct err e = ERR_INIT;

	program_kill(r->pid);
	listen_to(h, which);
	tell_lines(h, which, true);
	if (r->fd >= 0)
		close(r->fd);
	if (r->asked)
		err_set(&e, ERR_IO, h->stopping ? "'%s' was ended with the "
		    "daemon" : "'%s' took too long and was ended", r->name);
	if (!r->asked && program_judge(r->name, info, &r->last, &e) == 0) {
		LOG(h->log, EVENT_PROGRAM_ENDED,
		    log_text(LOG_OF, hook_name(which)), log_number(LOG_MS, ms),
		    log_number(LOG_COUNT, r->lines));
		if (which == HOOK_CHANGE)
			h->since = r->generation;
	} else {
		failed(h, which, ms, &e);
	}
	free(r->name);
	*r = (struct hook_run){.fd = -1};
}

static void
ask_to_end(struct hook_run *r, int64_t now)
{
	r->asked = true;
	r->until = now + GRACE;
	kill(-r->pid, SIGTERM);
	kill(r->pid, SIGTERM);
}

static void
look_after(struct hooks *h, enum hook which, int64_t now)
{
	struct hook_run *r = &h->run[which];
	siginfo_t info;

	if (r->pid == 0)
		return;
	listen_to(h, which);
	if (program_ended(r->pid, &info) || (r->asked && now >= r->until))
		leave(h, which, &info, now);
	else if (now >= r->until)
		ask_to_end(r, now);
}

/* ---- the frame ----------------------------------------------------------- */

void
hooks_init(struct hooks *h, struct log *log)
{
	*h = (struct hooks){.log = log};
	for (unsigned i = 0; i < HOOKS; i++)
		h->run[i].fd = -1;
}

void
hooks_terms(struct hooks *h, const struct hook_terms *t, const char *store)
{
	struct fact_changes c;
	struct err e = ERR_INIT;

	h->terms = t;
	h->store = store;
	if (!wanted(h, HOOK_CHANGE)) {
		/* Nobody is left to be told of what came before. */
		h->watching = h->changed = false;
	} else if (!h->watching &&
	    facts_changes(store, UINT64_MAX, 0, &c, &e) == 0) {
		h->since = h->told = c.generation;
		h->watching = true;
	}
}

void
hooks_free(struct hooks *h)
{
	unsigned i;

	for (i = 0; i < HOOKS; i++) {
		struct hook_run *r = &h->run[i];

		if (r->pid != 0)
			program_kill(r->pid);
		if (r->fd >= 0)
			close(r->fd);
		free(r->name);
	}
	free(h->queue);
	*h = (struct hooks){.log = h->log};
}

void
hooks_turn(struct hooks *h, int64_t now)
{
	look_after(h, HOOK_CHANGE, now);
	look_after(h, HOOK_PROBLEM, now);
	if (h->stopping)
		return;
	start_change(h, now);
	start_problem(h, now);
}

int64_t
hooks_due(const struct hooks *h)
{
	int64_t due = INT64_MAX;
	unsigned i;

	for (i = 0; i < HOOKS; i++)
		if (h->run[i].pid != 0 && h->run[i].until < due)
			due = h->run[i].until;
	if (h->changed && h->run[HOOK_CHANGE].pid == 0 && !h->stopping &&
	    h->not_before < due)
		due = h->not_before;
	/* (Queued problems start as soon as the one before has ended.) */
	return due;
}

nfds_t
hooks_fds(const struct hooks *h, struct pollfd *p)
{
	nfds_t n = 0;
	unsigned i;

	for (i = 0; i < HOOKS; i++)
		if (h->run[i].fd >= 0)
			p[n++] = (struct pollfd){.fd = h->run[i].fd,
			    .events = POLLIN};
	return n;
}

void
hooks_stop(struct hooks *h, int64_t now)
{
	unsigned i;

	h->stopping = true;
	for (i = 0; i < HOOKS; i++)
		if (h->run[i].pid != 0 && !h->run[i].asked)
			ask_to_end(&h->run[i], now);
}

bool
hooks_busy(const struct hooks *h)
{
	return h->run[HOOK_CHANGE].pid != 0 || h->run[HOOK_PROBLEM].pid != 0;
}
