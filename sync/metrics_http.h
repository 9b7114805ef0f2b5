/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The metrics over HTTP: GET and HEAD of /metrics and /healthz, nothing else, one
 * request a connection.  metrics_http.c is the only user of libmicrohttpd, and
 * may be built without.
 *
 * It has no thread: the caller waits for metrics_http_fd() and then calls
 * metrics_http_run(), which does what can be done without waiting.  What is
 * served is a text that the caller has ready.  Connections, their memory and the
 * time without progress are bounded.
 */
#ifndef SYNC_METRICS_HTTP_H
#define SYNC_METRICS_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

struct metrics_page {
	struct slice text;   /* valid during the call */
	uint64_t edition;    /* another text, another number */
	bool well;           /* for /healthz */
};
/* Asked for each request. */
typedef struct metrics_page metrics_page_fn(void *ctx);

struct metrics_http;

bool metrics_http_built(void); /* is it there at all? */
/* Takes fd, a socket that listens and does not block.  NULL with e set; fd is
 * closed then, too. */
struct metrics_http *metrics_http_open(int fd, metrics_page_fn *page,
    void *ctx, struct err *e);
void metrics_http_close(struct metrics_http *h); /* NULL is accepted */
int metrics_http_fd(const struct metrics_http *h);
void metrics_http_run(struct metrics_http *h);
/* ns until it wants to run without an event; -1: never. */
int64_t metrics_http_wait(struct metrics_http *h);

#endif
