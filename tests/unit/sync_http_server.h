/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A web server in a thread, for unit tests: one connection at a time, each
 * request answered by a function of the test.
 */
#ifndef TESTS_SYNC_HTTP_SERVER_H
#define TESTS_SYNC_HTTP_SERVER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"

struct server;

enum server_then {
	SERVER_KEEP, /* the connection stays open */
	SERVER_CLOSE /* it is closed after the reply, which may be empty */
};

/* `request` is the whole head; write the whole reply, status line and all. */
typedef enum server_then server_answer(void *ctx, unsigned number,
    const char *request, struct buf *reply);

struct server *server_start(server_answer *answer, void *ctx);
void server_stop(struct server *s);
unsigned server_port(const struct server *s);
/* After server_stop() of none, safe between requests only. */
unsigned server_requests(const struct server *s);
unsigned server_connections(const struct server *s);
/* Request number n, from 0. */
const char *server_request(const struct server *s, unsigned n);
void server_forget(struct server *s);

/* A whole reply with Content-Length.  `lines` are further header lines, each
 * with its line end. */
void server_reply(struct buf *out, int status, const char *type,
    const char *lines, const char *body);

#endif
