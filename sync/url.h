/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * URLs, as far as TAXII needs them: http, https and file, cut into parts and
 * put together again.  Strict on purpose: what the parser here and the one in
 * the HTTP library could read in two ways (back slashes, white space, user names
 * in the authority) is refused, because the origin decides who gets to see a
 * password.  Pure, thread-safe.
 */
#ifndef SYNC_URL_H
#define SYNC_URL_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

enum url_scheme { URL_HTTP, URL_HTTPS, URL_FILE };

/* Borrows the text it was parsed from. */
struct url {
	enum url_scheme scheme;
	struct slice host;  /* as written, brackets of an IPv6 address kept */
	uint16_t port;      /* the scheme's own when none was written */
	struct slice path;  /* with its first '/', or empty */
	struct slice query; /* without '?'; p == NULL when absent */
};

/* A fragment is dropped.  -1 with e set (ERR_USAGE) naming what is wrong; the
 * text is quoted only where it cannot hold a password. */
int url_parse(struct slice text, struct url *out, struct err *e) CC_CHECK;
/* Scheme, host and port are the same. */
bool url_same_origin(const struct url *a, const struct url *b);
/* "https://host" or "https://host:8443". */
int url_origin(const struct url *u, struct buf *out);
/* For errors and logs: origin and path, cut, a query (it may hold a key) as
 * "?...". */
#define URL_SHOWN 320
void url_show(const struct url *u, char out[URL_SHOWN]);
/* The absolute URL that `ref` means on a page at `base` (RFC 3986 section 5.2,
 * without the removal of dot segments, which the HTTP library does). */
int url_resolve(const struct url *base, struct slice ref, struct buf *out,
    struct err *e) CC_CHECK;
/* Append with everything but unreserved characters percent-encoded (P14). */
int url_escape(struct buf *out, struct slice text);
/* "%41" to "A", in place; what is no escape stays. */
void url_unescape(char *text);

#endif
