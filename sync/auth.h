/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Who we are, for one source: what a request carries to prove it, and how a
 * token is had where the source wants one.  No I/O: http_fetch.c sends what is
 * made here.  Not thread-safe.
 *
 * Kinds with a token of their own (AUTH_OAUTH2, RFC 6749 section 4.4;
 * AUTH_LOGIN, as OpenTAXII's management/auth does it) get it once, keep it for
 * the poll, and get another one when its time is up, or when the server answers
 * 401 or 403 to one of an earlier request: once for each request.
 */
#ifndef SYNC_AUTH_H
#define SYNC_AUTH_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "sync/job.h"

struct auth {
	const struct job *job;  /* borrowed */
	struct buf token;       /* (secret) the one that was had; empty: none */
	int64_t until;          /* wall clock, ns; TSTAMP_NEVER: not said */
};

void auth_init(struct auth *a, const struct job *job);
void auth_free(struct auth *a); /* wipes */

/* Must a token be had before the next request? */
bool auth_needs_token(const struct auth *a, int64_t now);
/* Forget the token; false where there is none to forget. */
bool auth_drop_token(struct auth *a);

/* What asks for a token: a POST.  The strings are in the buffers. */
struct auth_request {
	struct buf body, user, password; /* (secret) */
	const char *type;  /* Content-Type; static */
	bool basic;        /* user and password go by basic authentication */
};

/* -1 with e set (ERR_LIMIT).  To be freed in either case. */
int auth_request(const struct auth *a, struct auth_request *out,
    struct err *e) CC_CHECK;
void auth_request_free(struct auth_request *r); /* wipes */
/* Take the answer, JSON.  -1 with e set (ERR_AUTH); it quotes nothing. */
int auth_take_token(struct auth *a, struct slice body, int64_t now,
    struct err *e) CC_CHECK;

/* The header lines that prove it, each with a NUL behind it; none where none is
 * needed (basic authentication is http.c's).  A header of its own may stand
 * beside any other kind. */
int auth_lines(const struct auth *a, struct buf *out) CC_CHECK;

/*
 * Overwrite every secret of the job that stands in a text with asterisks: a
 * server may send back what it was sent.  Those of less than AUTH_REDACT bytes
 * are not looked for; they would be found in any text.
 */
#define AUTH_REDACT 6
void auth_redact(const struct auth *a, char *text, size_t n);

#endif
