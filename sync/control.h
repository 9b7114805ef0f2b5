/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The control socket of the daemon, "PATH-sock" beside the store PATH, mode
 * 0660: one line protocol, documented in taxiway-run(8).
 *
 *   request   VERB [NAME] \n        a name is the rest of the line, spaces too
 *   reply     {…} \n                any number of JSON objects, a line each
 *             ok \n                 or
 *             error WORD TEXT \n    the end of the reply; WORD of err_name()
 *
 * A connection may ask again after the end of a reply.  Requests are bounded,
 * so is their number, and what is not read for a while is closed: a client that
 * is slow, silent or hostile costs its own connection.
 *
 * Not thread-safe.
 */
#ifndef SYNC_CONTROL_H
#define SYNC_CONTROL_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

#define CONTROL_PATIENCE 10 /* s for a request, and for each part of a reply */

enum control_verb {
	CONTROL_PING, CONTROL_STATUS, CONTROL_METRICS, CONTROL_PULL, CONTROL_FULL,
	CONTROL_FORCE, CONTROL_FORCE_FULL, /* also a source that is off */
	CONTROL_PAUSE, CONTROL_RESUME, CONTROL_RELOAD, CONTROL_VERBS
};

struct control_request {
	enum control_verb verb;
	char name[LIMIT_SOURCE_NAME + 1]; /* "": none was given */
};

const char *control_verb_name(enum control_verb v);
/* Does it do anything?  Then it is for those who are trusted. */
bool control_verb_changes(enum control_verb v);
/* One line without its end.  0, or -1 with e set (ERR_USAGE).  Pure. */
int control_parse(struct slice line, struct control_request *out,
    struct err *e) CC_CHECK;

struct control_client {
	int fd;              /* -1: the place is free */
	uid_t uid;           /* of who connected; -1: not known */
	bool trusted;        /* root, or the user that the daemon runs as */
	bool waits;          /* for the end of a reply */
	bool closing;        /* when all is sent */
	struct control_request request; /* the newest */
	struct buf in, out;
	size_t sent;         /* of out */
	int64_t since;       /* ticks: of the newest progress */
};

struct control {
	int fd;              /* -1: not open */
	char *path;
	struct control_client v[LIMIT_CONTROL_CLIENTS];
};

/* A request has come; it is to be answered now or later by control_say() and
 * control_end(). */
typedef void control_handler_fn(void *ctx, struct control_client *c);

/* `store` is the path of the store. */
int control_open(struct control *c, const char *store, struct err *e) CC_CHECK;
void control_close(struct control *c);

/* What to poll for: at most CONTROL_FDS, the number is returned. */
#define CONTROL_FDS (1 + LIMIT_CONTROL_CLIENTS)
nfds_t control_fds(const struct control *c, struct pollfd *p);
/* Serve what poll(2) found (n entries of the same p), and close who took too
 * long. */
void control_serve(struct control *c, const struct pollfd *p, nfds_t n,
    int64_t ticks, control_handler_fn *fn, void *ctx);
/* Ticks at which somebody has taken too long; INT64_MAX: nobody is there. */
int64_t control_deadline(const struct control *c);

/* A line of a reply; the object is taken over, NULL is out of memory. */
void control_say(struct control_client *c, json_t *line);
/* The end of a reply; e NULL or unset: it went well. */
void control_end(struct control_client *c, const struct err *e);

#endif
