/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests that are signed with a shared secret (HMAC-SHA256, RFC 2104) in place
 * of carrying it:
 *   AUTH_SIGN_PATH   ThreatConnect: over "path?query:METHOD:time", base64, in
 *                    Authorization: TC user:…, with a header Timestamp
 *   AUTH_SIGN_BODY   Shadowserver: over the body, hex, in HMAC2
 *   AUTH_SIGN_QUERY  DomainTools: over user, time and path, hex, as parameters
 *                    api_username, timestamp and signature
 *   AUTH_SIGN_AZURE  Azure Storage: over method, header fields, account, path
 *                    and parameters (sign_azure.c), base64, in Authorization:
 *                    SharedKey user:…, with x-ms-date and x-ms-version; the
 *                    secret is base64
 * The secret is the job's password, the user the job's user.  Pure.
 */
#ifndef SYNC_SIGN_H
#define SYNC_SIGN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/digest.h"
#include "base/err.h"
#include "base/slice.h"
#include "sync/job.h"

/* Is it one of these? */
bool sign_has(enum auth_kind kind);
/* Can the job's secret sign?  -1 with e set (ERR_CONFIG); it quotes nothing. */
int sign_check(const struct job *j, struct err *e) CC_CHECK;

struct sign_request {
	const char *method;  /* "GET" */
	struct slice url;    /* as it goes out */
	struct slice body;
	int64_t now;
};

/* Header lines, each with a NUL behind it; none for other kinds.  Those that are
 * in `out` already go out with them, and may be signed. */
int sign_lines(const struct job *j, const struct sign_request *r,
    struct buf *out) CC_CHECK;
/* Further parameters, behind the URL that is in `out` already. */
int sign_query(const struct job *j, int64_t now, struct buf *out) CC_CHECK;

int sign_check_azure(const struct job *j, struct err *e) CC_CHECK;
int sign_azure(const struct job *j, const struct sign_request *r,
    struct buf *out) CC_CHECK;

void hmac_sha256(struct slice key, struct slice text,
    uint8_t out[SHA256_LEN]);

#endif
