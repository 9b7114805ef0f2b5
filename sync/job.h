/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A job: everything one fetcher may know about its one source.
 *
 * cmd/ fills it from the configuration or the command line, the keeper completes
 * it from the store (cursor, seed, what is known) and sends it over the pipe as
 * the first frame; the fetcher opens no configuration and no secret file.
 *
 * Strings are NUL-terminated, owned by the job, NULL when not set.  Secrets are
 * the fields marked (secret); job_free() wipes them, and nothing prints them.
 */
#ifndef SYNC_JOB_H
#define SYNC_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"

enum auth_kind {
	AUTH_NONE, AUTH_BASIC, AUTH_BEARER,
	AUTH_HEADER  /* header_name: header_value */
	/* a client certificate goes with any of them */
};

struct job_blob {   /* a file's contents, read by the keeper's side */
	char *p;
	size_t n;
};

struct job {
	char *name;          /* of the source, ≤ LIMIT_SOURCE_NAME */
	char *kind;          /* "taxii21", "stix", or NULL: found out from url */
	char *url;           /* discovery, API root, collection, or a document;
	                      * http:, https:, file: or a path made file: */
	char *collection;    /* id, alias or title; NULL: the only readable one */

	enum auth_kind auth;
	char *user, *password;            /* (secret) may be empty strings */
	char *token;                      /* (secret) bearer */
	char *header_name, *header_value; /* (secret) */
	struct job_blob client_cert;      /* PEM */
	struct job_blob client_key;       /* (secret) PEM; empty: in client_cert */
	char *client_key_password;        /* (secret) */
	struct job_blob ca_bundle;        /* PEM; empty: the system's */
	char *proxy;                      /* (secret: may hold a password) */
	char **headers; size_t nheaders;  /* extra request headers, "Name: value" */

	char *added_after;   /* start date of a first poll, RFC 3339, or NULL */
	char **match_types; size_t nmatch_types; /* match[type] */
	uint32_t page_limit; /* objects asked for in a page; 0: the default, 10000 */
	uint32_t connect_timeout, low_speed_time, total_timeout; /* s; 0: default */
	uint64_t max_body;   /* bytes of one response; 0: LIMIT_BODY */
	bool allow_http_redirect_host;    /* other hosts may be followed (P21) */
	bool insecure_roots; /* API roots on other hosts or plain http allowed */

	bool keep_raw;       /* original bytes are sent and stored */
	bool allow_bogons;
	uint8_t default_tlp;

	/* from the store */
	uint64_t seed;       /* for digest64 */
	char *cursor;        /* what the source's own code last checkpointed */
	bool ask;            /* ask the keeper which objects are known */
	int64_t now;         /* wall clock at the start, ns */
};

void job_init(struct job *j);
/* Free everything, wiping secrets first. */
void job_free(struct job *j);
/* To and from the bytes of the first frame (tagged fields, because secrets are any
 * bytes and no copy may stay behind in a JSON library); decode checks every
 * field.  Wipe `out` after use. */
int job_encode(const struct job *j, struct buf *out, struct err *e) CC_CHECK;
int job_decode(struct slice bytes, struct job *j, struct err *e) CC_CHECK;

#endif
