/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * HTTP, for one source: requests with streaming bodies over one kept-alive
 * connection.  http.c is the only user of libcurl.
 *
 * Every request is bounded: header bytes, decoded body bytes, connect time, a
 * crawling server, total time.  TLS is 1.2 or newer and always verified.
 * Redirects are followed by hand, on the same origin only, unless the job says
 * otherwise; credentials go to the job's own origin and to those named by
 * http_trust(), nowhere else (P21).  Before each request the job's pacer is
 * asked.  A token that the job's kind of authentication needs is had first, and
 * had anew once when the server answers 401 to it.  Trying again after any other
 * failure is not done here: see retry.h.
 *
 * Secrets are borrowed from the job, which must outlive the handle, and never
 * appear in an error, nor in the body of one: where a server sends them back,
 * they are overwritten.
 */
#ifndef SYNC_HTTP_H
#define SYNC_HTTP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "sync/http_head.h"
#include "sync/job.h"

struct http;

/* `job->url` may be of any scheme; only http and https can be fetched. */
struct http *http_open(const struct job *job, struct err *e) CC_CHECK;
void http_close(struct http *h);
/* Credentials may also go to the origin of this URL: the operator allowed it. */
int http_trust(struct http *h, const char *url, struct err *e) CC_CHECK;

/* What kind of failure kept a response from being read whole. */
enum http_failure {
	HTTP_FAIL_NONE,
	HTTP_FAIL_FINAL,   /* trying again would not help: TLS, limits, bad URL */
	HTTP_FAIL_REACH,   /* nothing was sent: name, refused, no route */
	HTTP_FAIL_CUT,     /* sent, and then time-out, reset or a short body: the
	                    * server may have acted on it */
	HTTP_FAIL_SINK     /* the caller's own `bytes` failed */
};

struct http_get {
	const char *url;
	const char *accept;
	const char *method;          /* NULL: GET; "POST", "DELETE",
	                              * "HEAD" */
	const char *content_type;    /* of the body, with "POST" */
	struct slice content;        /* the body that is sent; its length is
	                              * told beforehand, never chunked */
	const char *range;           /* of a GET: "items=0-99"; NULL: none */
	const char *want;            /* a header of the reply, in any case, that
	                              * is kept in head->wanted; NULL: none */
	bool bare;                   /* without the job's credentials, further
	                              * parameters and redirects: for tokens */
	const char *etag, *modified; /* conditional request; NULL or "" not */
	uint64_t max_body;           /* decoded bytes of a good response */
	bool markup;                 /* JSON may be declared as HTML or XML */
	bool xml;                    /* XML is what is wanted */
	bool text;                   /* the body may be anything but markup */
	bool packed;                 /* or an archive */
	bool untyped;                /* expect-type does not mean it */
	bool once;                   /* never to be sent twice (P8), not even
	                              * when a kept-alive connection turns out
	                              * to be dead */
	/* The body of a 200 or 206 (but for a GET: of any 2xx), decoded, as it
	 * arrives; a return other than 0 (with e set) ends the request.  Called
	 * only after the content type and the first byte looked like JSON,
	 * or with `text` not like markup. */
	int (*bytes)(void *ctx, const char *p, size_t n, struct err *e);
	void *ctx;
};

struct http_reply {
	const struct http_head *head; /* borrowed until the next request */
	struct slice error_body;      /* of any other status, cut to
	                               * HTTP_ERROR_BODY; borrowed likewise */
	const char *url;              /* the one that answered, after redirects;
	                               * borrowed likewise */
	const char *shown;            /* the same, fit for an error text */
	enum http_failure failure;
	uint64_t body;                /* decoded bytes of the body */
};

#define HTTP_ERROR_BODY KIB(64)

/*
 * 0 when the server answered with any final status and, where `bytes` takes it,
 * the whole body was taken.  -1 with e set otherwise: ERR_NET, ERR_TLS, ERR_LIMIT,
 * ERR_PROTO (a login page, a redirect away) or what `bytes` set; reply->failure
 * says whether another try makes sense.  *reply is filled in every case.
 */
int http_fetch(struct http *h, const struct http_get *get,
    struct http_reply *reply, struct err *e) CC_CHECK;

/* The head of the newest response, status 0 when there was none.  Borrowed. */
const struct http_head *http_last(const struct http *h);

/* --- a look at the other end, before anything is asked -------------------- */

enum http_stage {
	HTTP_AT_NAME, HTTP_AT_CONNECTION, HTTP_AT_TLS, HTTP_AT_SERVER
};

struct http_peer {
	enum http_stage stage;  /* that was reached */
	char address[64];       /* of the server, or of the proxy; "": none */
	uint16_t port;
	int64_t resolve, connect, handshake; /* ns that each took */
	char tls[8];            /* "1.3"; "": no TLS */
	bool trusted;
	unsigned chain;         /* certificates that the server sent */
	char subject[160], issuer[160]; /* of the first one */
	int64_t not_after;      /* of the first one that ends; TSTAMP_NONE */
};

/* Connect to the job's URL and shake hands; nothing is requested.  Where the
 * server is not to be trusted, another handshake, without a client certificate,
 * tells what it shows.  0, or -1 with e set to what is wrong; *out is filled in
 * either case. */
int http_examine(struct http *h, struct http_peer *out, struct err *e);

/* Wait; never returns early.  In http_fetch.c. */
void http_sleep(int64_t ns);

/* Set e for a status that is not what was asked for: code, what the server says
 * about it (title and description of a TAXII error) and the way out.  Returns
 * -1.  In http_error.c. */
int http_status_err(const struct http_reply *reply, struct err *e);
/* The same; behind what is said of a 404 stands `instead`, the way out. */
int http_missing_err(const struct http_reply *reply, const char *instead,
    struct err *e);
/* What a result of X509_verify() means and what to do; NULL when not known. */
const char *http_verify_text(long result);

#endif
