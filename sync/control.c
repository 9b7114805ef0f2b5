/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/control.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/tstamp.h"
#include "base/utf8.h"
#include "sync/control_path.h"
#include "sync/listen.h"

#define BACKLOG 64
#define PATIENCE (CONTROL_PATIENCE * TSTAMP_SECOND)

enum named { NO_NAME, MAY_NAME, MUST_NAME };

static const struct {
	const char *name;
	enum named named;
	bool changes;        /* not for everybody who may connect */
} verbs[CONTROL_VERBS] = {
	[CONTROL_PING] = {"ping", NO_NAME, false},
	[CONTROL_STATUS] = {"status", MAY_NAME, false},
	[CONTROL_METRICS] = {"metrics", NO_NAME, false},
	[CONTROL_PULL] = {"pull", MUST_NAME, true},
	[CONTROL_FULL] = {"pull-full", MUST_NAME, true},
	[CONTROL_FORCE] = {"pull-force", MUST_NAME, true},
	[CONTROL_FORCE_FULL] = {"pull-full-force", MUST_NAME, true},
	[CONTROL_PAUSE] = {"pause", MUST_NAME, true},
	[CONTROL_RESUME] = {"resume", MUST_NAME, true},
	[CONTROL_RELOAD] = {"reload", NO_NAME, true},
};

bool
control_verb_changes(enum control_verb v)
{
	return verbs[v].changes;
}

const char *
control_verb_name(enum control_verb v)
{
	return verbs[v].name;
}

int
control_parse(struct slice line, struct control_request *out, struct err *e)
{
	const char *space = memchr(line.p, ' ', line.n);
	struct slice word = {line.p, space != NULL ?
	    (size_t)(space - line.p) : line.n};
	struct slice name = {space != NULL ? space + 1 : line.p + line.n,
	    space != NULL ? line.n - word.n - 1 : 0};
	unsigned v;

	for (v = 0; v < CONTROL_VERBS; v++)
		if (slice_is(word, verbs[v].name))
			break;
	if (v == CONTROL_VERBS)
		return err_set(e, ERR_USAGE, "no such request; taxiway-run(8) "
		    "lists them");
	if ((verbs[v].named == NO_NAME && name.n > 0) ||
	    (verbs[v].named == MUST_NAME && name.n == 0) ||
	    name.n > LIMIT_SOURCE_NAME || memchr(name.p, '\0', name.n) != NULL ||
	    !utf8_valid(name))
		return err_set(e, ERR_USAGE, "%s: %s", verbs[v].name,
		    verbs[v].named == NO_NAME ? "goes without a name" :
		    "goes with the name of a source");
	out->verb = (enum control_verb)v;
	memcpy(out->name, name.p, name.n);
	out->name[name.n] = '\0';
	return 0;
}

/* ---- replies ------------------------------------------------------------- */

static void
drop(struct control_client *c)
{
	if (c->fd >= 0)
		close(c->fd);
	buf_free(&c->in);
	buf_free(&c->out);
	*c = (struct control_client){.fd = -1};
}

void
control_say(struct control_client *c, json_t *line)
{
	char *text = line != NULL ? json_dumps(line, JSON_COMPACT) : NULL;

	json_decref(line);
	if (text == NULL || buf_str(&c->out, text) != 0 ||
	    buf_char(&c->out, '\n') != 0)
		c->closing = true; /* without an end: it is told from a whole */
	free(text);
}

void
control_end(struct control_client *c, const struct err *e)
{
	if (e == NULL || e->code == ERR_NONE)
		buf_str(&c->out, "ok\n");
	else
		buf_printf(&c->out, "error %s %s\n", err_name(e->code),
		    e->text);
	c->waits = false;
}

/* As much as the socket takes.  False: it is gone. */
static bool
flush(struct control_client *c, int64_t ticks)
{
	ssize_t n;

	while (c->sent < c->out.n) {
		n = send(c->fd, c->out.p + c->sent, c->out.n - c->sent,
		    MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return errno == EAGAIN || errno == EWOULDBLOCK;
		c->sent += (size_t)n;
		c->since = ticks;
	}
	/* A large reply is not kept for ever. */
	if (c->out.cap > KIB(16))
		buf_free(&c->out);
	buf_reset(&c->out);
	c->sent = 0;
	return !c->closing;
}

/* ---- requests ------------------------------------------------------------ */

static void
refuse(struct control_client *c, const struct err *e)
{
	control_end(c, e);
	c->closing = true;
}

static void
serve_line(struct control_client *c, struct slice line,
    control_handler_fn *fn, void *ctx)
{
	struct err e = ERR_INIT;

	if (control_parse(line, &c->request, &e) != 0) {
		refuse(c, &e);
		return;
	}
	if (control_verb_changes(c->request.verb) && !c->trusted) {
		err_set(&e, ERR_AUTH, "%s: only root and the user that the "
		    "daemon runs as may ask for that",
		    verbs[c->request.verb].name);
		control_end(c, &e);
		return;
	}
	c->waits = true;
	fn(ctx, c);
}

/* One request at a time: the next one is read when this one is answered. */
static void
take_lines(struct control_client *c, control_handler_fn *fn, void *ctx)
{
	struct slice all, line;
	const char *end;

	while (!c->waits && !c->closing && c->out.n == 0) {
		all = buf_view(&c->in);
		end = memchr(all.p, '\n', all.n);
		if (end == NULL)
			return;
		line = (struct slice){all.p, (size_t)(end - all.p)};
		if (line.n > 0 && line.p[line.n - 1] == '\r')
			line.n--;
		serve_line(c, line, fn, ctx);
		all.n -= (size_t)(end + 1 - all.p);
		memmove(c->in.p, end + 1, all.n);
		c->in.n = all.n;
	}
}

/* False: it is gone. */
static bool
hear(struct control_client *c, int64_t ticks)
{
	struct err e = ERR_INIT;
	char *room;
	ssize_t n;

	if (c->in.n + 256 >= LIMIT_CONTROL_LINE) {
		err_set(&e, ERR_LIMIT, "a request has at most %u bytes",
		    LIMIT_CONTROL_LINE);
		refuse(c, &e);
		return true;
	}
	room = buf_room(&c->in, 256);
	if (room == NULL)
		return false;
	n = recv(c->fd, room, 256, MSG_DONTWAIT);
	if (n < 0)
		return errno == EAGAIN || errno == EWOULDBLOCK ||
		    errno == EINTR;
	if (n == 0)
		return false;
	c->in.n += (size_t)n;
	if (memchr(room, '\n', (size_t)n) != NULL)
		c->since = ticks; /* a drip does not count */
	return true;
}

static void
serve_client(struct control_client *c, short events, int64_t ticks,
    control_handler_fn *fn, void *ctx)
{
	bool there = true;

	if ((events & (POLLERR | POLLHUP | POLLNVAL)) != 0 &&
	    (events & POLLIN) == 0)
		there = false;
	if (there && (events & POLLIN) != 0)
		there = hear(c, ticks);
	/* Requests that came together are answered one after another. */
	do {
		if (there) {
			take_lines(c, fn, ctx);
			there = flush(c, ticks);
		}
	} while (there && !c->waits && c->out.n == 0 &&
	    memchr(buf_view(&c->in).p, '\n', c->in.n) != NULL);
	/* What waits for us may take its time; what we wait for may not. */
	if (!there || ((!c->waits || c->out.n > 0) &&
	    ticks - c->since > PATIENCE))
		drop(c);
}

static void
greet(struct control *c, int fd, int64_t ticks)
{
	static const char full[] = "error busy too many connections\n";
	struct control_client *to = c->v;
	struct ucred who = {.uid = (uid_t)-1};
	socklen_t n = sizeof(who);

	while (to < c->v + LIMIT_CONTROL_CLIENTS && to->fd >= 0)
		to++;
	if (to == c->v + LIMIT_CONTROL_CLIENTS) {
		(void)send(fd, full, sizeof(full) - 1, MSG_NOSIGNAL);
		close(fd);
		return;
	}
	*to = (struct control_client){.fd = fd, .since = ticks};
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &who, &n) != 0)
		who.uid = (uid_t)-1;
	to->uid = who.uid;
	to->trusted = who.uid == 0 || who.uid == geteuid();
	buf_init(&to->in, LIMIT_CONTROL_LINE);
	buf_init(&to->out, LIMIT_CONTROL_REPLY);
}

/* All that wait, so that a crowd is told at once; but not for ever. */
static void
greet_all(struct control *c, int64_t ticks)
{
	int fd, i;

	for (i = 0; i < BACKLOG; i++) {
		fd = accept4(c->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
		if (fd < 0)
			return;
		greet(c, fd, ticks);
	}
}

nfds_t
control_fds(const struct control *c, struct pollfd *p)
{
	const struct control_client *v;
	nfds_t n = 0;

	if (c->fd < 0)
		return 0;
	p[n++] = (struct pollfd){.fd = c->fd, .events = POLLIN};
	for (v = c->v; v < c->v + LIMIT_CONTROL_CLIENTS; v++) {
		if (v->fd >= 0)
			p[n++] = (struct pollfd){.fd = v->fd, .events =
			    (short)((v->out.n > 0 ? POLLOUT : 0) |
			    (!v->waits && v->out.n == 0 ? POLLIN : 0))};
	}
	return n;
}

void
control_serve(struct control *c, const struct pollfd *p, nfds_t n,
    int64_t ticks, control_handler_fn *fn, void *ctx)
{
	struct control_client *v;
	short events;
	nfds_t i;

	if (c->fd < 0)
		return;
	for (v = c->v; v < c->v + LIMIT_CONTROL_CLIENTS; v++) {
		for (i = 1, events = 0; v->fd >= 0 && i < n; i++)
			if (p[i].fd == v->fd)
				events = p[i].revents;
		if (v->fd >= 0)
			serve_client(v, events, ticks, fn, ctx);
	}
	if (n > 0 && p[0].revents != 0)
		greet_all(c, ticks);
}

int64_t
control_deadline(const struct control *c)
{
	const struct control_client *v;
	int64_t at = INT64_MAX;

	for (v = c->v; v < c->v + LIMIT_CONTROL_CLIENTS; v++)
		if (v->fd >= 0 && (!v->waits || v->out.n > 0) &&
		    v->since + PATIENCE < at)
			at = v->since + PATIENCE + 1;
	return at;
}

/* ---- the socket ---------------------------------------------------------- */

int
control_open(struct control *c, const char *store, struct err *e)
{
	unsigned i;

	*c = (struct control){.fd = -1};
	for (i = 0; i < LIMIT_CONTROL_CLIENTS; i++)
		c->v[i].fd = -1;
	c->path = control_path(store, e);
	if (c->path != NULL)
		c->fd = listen_unix(c->path, BACKLOG, e);
	return c->fd >= 0 ? 0 : -1;
}

void
control_close(struct control *c)
{
	struct control_client *v;

	for (v = c->v; c->fd >= 0 && v < c->v + LIMIT_CONTROL_CLIENTS; v++) {
		if (v->fd >= 0)
			(void)flush(v, 0);
		drop(v);
	}
	if (c->fd >= 0) {
		unlink(c->path);
		close(c->fd);
	}
	c->fd = -1;
	free(c->path);
	c->path = NULL;
}
