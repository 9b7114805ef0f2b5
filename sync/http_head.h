/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The head of an HTTP response: the few header lines that polling needs, taken
 * one by one as they arrive, with fixed room for each.  A line that does not
 * fit its room or does not parse is as good as absent.  Pure, thread-safe.
 */
#ifndef SYNC_HTTP_HEAD_H
#define SYNC_HTTP_HEAD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/limits.h"
#include "base/slice.h"

#define HTTP_SCHEMES 8

struct http_head {
	int status;            /* 0 before the status line */
	size_t bytes;          /* of all header lines, redirects included */
	int64_t date;          /* Date; TSTAMP_NONE when absent, as the next */
	int64_t results;       /* X-Result-Count of a MISP; -1: none */
	int64_t first, last;   /* X-TAXII-Date-Added-First, -Last */
	bool odd_date;         /* one of these is no timestamp with a Z … */
	bool bad_date;         /* … or none that can be read at all */
	char content_type[128]; /* lower case, without parameters */
	char retry_after[64];
	char reset[32];        /* X-RateLimit-Reset and the like */
	char etag[512];
	char modified[64];     /* Last-Modified, as it came */
	char content_range[64]; /* as it came: "items 0-99/200" */
	char location[LIMIT_URL];
	char schemes[128];     /* of WWW-Authenticate: "Basic, Bearer" */
	char link[LIMIT_CURSOR]; /* the target of a Link with rel=next */
	const char *want;      /* the name of a further header, in any case, or
	                        * NULL; survives http_head_init() … */
	char wanted[LIMIT_CURSOR]; /* … and what it said */
};

void http_head_init(struct http_head *h);
/* One header line, with or without its line end; a status line starts anew.
 * -1 when all lines together pass LIMIT_HEADER. */
int http_head_line(struct http_head *h, struct slice line) CC_CHECK;

/* Does the content type promise a web page (HTML, XML)? */
bool http_head_markup(const struct http_head *h);

/*
 * Look for the first byte of a body that is not white space or part of a byte
 * order mark: 0 when there is none among these bytes.  Servers put all sorts of
 * types on JSON, so the body decides: JSON begins with '{' or '['.
 */
char http_sniff(const char *p, size_t n);

#endif
