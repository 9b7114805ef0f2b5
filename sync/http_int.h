/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the parts of HTTP share: http.c (libcurl: one exchange), http_fetch.c (a
 * request: redirects, tokens, pace), http_lines.c (what goes out), http_body.c
 * (what comes in), http_error.c (failures in words).  For no one else.
 */
#ifndef SYNC_HTTP_INT_H
#define SYNC_HTTP_INT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <time.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "sync/auth.h"
#include "sync/http.h"
#include "sync/http_origin.h"
#include "sync/url.h"

/* http_error.c: what kept an answer from coming. */
enum http_trouble {
	HTTP_NO_TROUBLE, HTTP_RESOLVE, HTTP_CONNECT, HTTP_TIMEOUT, HTTP_PROXY,
	HTTP_NOT_HTTP, HTTP_BAD_URL, HTTP_MEMORY, HTTP_DECODE, HTTP_CUT,
	HTTP_TLS_CLIENT, HTTP_TLS_CA, HTTP_TLS_PEER, HTTP_TLS_PIN,
	HTTP_TLS_OTHER
};

struct http {
	void *curl;                  /* http.c's */
	char *detail;                /* libcurl's own words; http.c's */
	const struct job *job;
	struct auth auth;
	struct origins trusted;
	time_t end;                  /* of the poll, monotonic, s */
	struct buf url, next;        /* the URL asked; where it redirects to */
	struct buf wire;             /* (secret) the URL with what proves us */
	struct buf lines;            /* (secret) header lines, each with a NUL */
	struct buf error_body;
	struct http_head head;
	char shown[URL_SHOWN];       /* the URL asked, as errors may name it */
	/* of the request under way */
	const struct http_get *get;
	struct err *e;
	uint64_t body;
	bool sniffed;
	unsigned sent;               /* times that the request went out */
	enum http_failure failure;
	enum http_trouble trouble;   /* of the newest exchange */
	long verify;                 /* of http_examine() */
};

/* Credentials of a request for a token. */
struct http_basic {
	const char *user, *password;
};

/* Only the head of the answer is wanted. */
static inline bool
http_is_head(const struct http_get *get)
{
	return get->method != NULL && strcmp(get->method, "HEAD") == 0;
}

/* http_fetch.c: what remains of the poll's time, s; -1 with e set when none. */
long http_time_left(struct http *h, struct err *e);
/* http_lines.c.  The header lines of h->get, into h->lines; with all that the
 * job adds where the origin is `trusted`, and what proves us unless `bare`. */
int http_lines(struct http *h, bool trusted, bool bare) CC_CHECK;
/* h->url as it goes out, into h->wire, a string. */
int http_wire(struct http *h, bool trusted, bool bare) CC_CHECK;
/* A path's last '/' as the policy wants it; url may be changed. */
int http_slash(struct buf *url, enum slash_policy policy) CC_CHECK;

/* http_body.c: the next bytes of the body.  -1: no more of it; with h->failure
 * set when that is a failure, and h->e. */
int http_body(struct http *h, const char *p, size_t n) CC_CHECK;

/* http.c: send h->get to h->url, once.  0 when there was an answer; -1 with e
 * and h->failure set.  `basic` instead of the job's credentials. */
int http_exchange(struct http *h, const struct http_basic *basic,
    struct err *e) CC_CHECK;
/* Set up and clean up libcurl. */
int http_curl_open(struct http *h, struct err *e) CC_CHECK;
void http_curl_close(struct http *h);

/* http_error.c: set e, h->failure and h->trouble.  `verify` is the result of
 * X509_verify(), `why` in libcurl's words.  Returns -1. */
int http_trouble_err(struct http *h, enum http_trouble t, long verify,
    const char *why, struct err *e);

#endif
