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
#include "store/store.h"
#include "sync/deviation.h"
#include "sync/fence.h"

enum auth_kind {
	AUTH_NONE, AUTH_BASIC,
	AUTH_BEARER, /* Authorization: `scheme` token */
	AUTH_HEADER, /* header_name: header_value */
	AUTH_QUERY,  /* ?query_name=token, on the wire only */
	AUTH_OAUTH2, /* client credentials at token_url, then AUTH_BEARER */
	AUTH_LOGIN,  /* user and password as JSON at token_url, then the same */
	AUTH_SIGN_PATH, AUTH_SIGN_BODY, AUTH_SIGN_QUERY, /* sign.h */
	AUTH_SIGN_AZURE,
	AUTH_PLACED  /* where {key} stands in the request (sync/template.h) */
	/* a client certificate goes with any of them */
};

/* The '/' at the end of a path, for servers that insist. */
enum slash_policy { SLASH_KEEP, SLASH_ADD, SLASH_REMOVE };

/*
 * Asks the keeper when the next request may go out (rate.h).  In the fetcher,
 * set by fetcher.c; not sent.  `closed`: 0, a question (for a job with a rate),
 * or the time until which the server wants to be left alone.  0 with the ns to
 * wait in *wait; -1 with e set.
 */
struct pacer {
	int (*ask)(void *ctx, int64_t closed, int64_t *wait, struct err *e);
	void *ctx;
};

struct job_blob {   /* a file's contents, read by the keeper's side */
	char *p;
	size_t n;
};

/* A program that lists claims, for the keeper alone: not sent. */
struct job_exec {
	char **argv; size_t nargv; /* NULL at the end; NULL: no program */
	char **env; size_t nenv;   /* "NAME=VALUE" (secret) */
	char *dir;                 /* that it runs in; NULL: "/" */
	uint32_t memory;           /* MiB of its data; 0: the default */
	struct fence fence;        /* what else it may do with files */
	const char *store;         /* of the poll; borrowed */
};

struct job {
	char *name;          /* of the source, ≤ LIMIT_SOURCE_NAME */
	char *kind;          /* "taxii21", "stix", or NULL: found out from url */
	char *url;           /* discovery, API root, collection, or a document;
	                      * http:, https:, file: or a path made file: */
	char **url_also; size_t nurl_also; /* where else that document is to be
	                      * had, in order (mirror.h); likewise */
	char *collection;    /* id, alias or title; NULL: the only readable one */

	enum auth_kind auth;
	char *user, *password;            /* (secret) may be empty strings */
	char *token;                      /* (secret) bearer */
	char *header_name, *header_value; /* (secret) goes with any other kind */
	char *scheme;        /* in front of a token; NULL: Bearer, "": nothing */
	char *query_name;    /* of AUTH_QUERY; the value is in token */
	char *token_url;     /* where tokens are had */
	char *client_id;
	char *client_secret;              /* (secret) */
	char *scope;         /* words, or NULL */
	bool client_in_body; /* id and secret as fields, not by basic */
	char **token_params; size_t ntoken_params; /* more fields, "name=value" */
	char **secrets; size_t nsecrets;  /* (secret) "NAME=value", where
	                      * {secret:NAME} stands in the request */
	struct job_blob client_cert;      /* PEM, or (secret) PKCS#12 */
	struct job_blob client_key;       /* (secret) PEM; empty: in client_cert */
	char *client_key_password;        /* (secret) */
	struct job_blob ca_bundle;        /* PEM; empty: the system's */
	char *proxy;                      /* (secret: may hold a password) */
	char *pinned_key;    /* "sha256//BASE64;…" of the server's public key */
	char **headers; size_t nheaders;  /* extra request headers, "Name: value" */
	char **query; size_t nquery;      /* extra parameters, "name=value" */
	char *accept;        /* instead of what the source asks for */
	uint8_t slash;       /* enum slash_policy */
	bool http1;          /* never HTTP/2 */
	bool empty_404;      /* a collection's 404 means "no objects" */
	uint32_t rate_requests, rate_period; /* so many in so many s; 0: any */

	char *added_after;   /* start date of a first poll, RFC 3339, or NULL */
	char **match_types; size_t nmatch_types; /* match[type] */
	char **match_ids; size_t nmatch_ids;     /* match[id] */
	char **match_specs; size_t nmatch_specs; /* match[spec_version] */
	uint32_t page_limit; /* objects asked for in a page; 0: the default, 10000 */
	uint32_t connect_timeout, low_speed_time, total_timeout; /* s; 0: default */
	uint32_t low_speed_limit; /* bytes/s; 0: the default */
	uint32_t most_tries; /* of one request; 0: the default */
	uint32_t retry_first, retry_longest; /* s between them; 0: default */
	uint8_t ip_family;   /* 4 or 6; 0: either */
	bool tls13;          /* nothing older than TLS 1.3 */
	char **expect; size_t nexpect; /* content types that a document may have
	                      * (globs); none: any */
	uint64_t max_body;   /* bytes of one response; 0: LIMIT_BODY */
	bool allow_http_redirect_host;    /* other hosts may be followed (P21) */
	bool full;           /* TAXII: a whole walk, now … */
	uint32_t full_every; /* … or days after the last one; 0: never */
	bool by_date;        /* TAXII: pages by date, never by cursor */
	uint8_t deviations[DEVIATIONS]; /* enum deviation_action, by kind */
	bool insecure_roots; /* API roots on other hosts or plain http allowed */

	char **feed; size_t nfeed; /* how a feed that is not STIX is read:
	                      * "name=value" of sync/feed_options.h */
	bool part;           /* a window, or an archive: the store, which judges
	                      * whole listings, does not judge its documents */
	bool may_be_empty;   /* one without entries is a document, too */
	bool keep_raw;       /* original bytes are sent and stored */
	bool allow_bogons;
	uint8_t default_tlp;

	struct job_exec exec;

	/* Terms of the source, for the keeper alone: not sent. */
	uint8_t listing;     /* enum listing_kind */
	uint8_t reliability; /* 1 … 6: A … F; 0 not stated */
	char *group;
	struct ageing *ageing; /* NULL: the default */
	struct store_history history;

	/* of a request by the operator (client.h); not of a poll */
	char *op;            /* "get" … */
	char *object;        /* id of an object, or of a status */
	char *match_version; /* all, first, last or times, with commas */
	bool srv;            /* discover: servers by SRV of the URL's host */
	uint32_t wait;       /* s to follow a status that is pending */

	/* from the store */
	uint64_t seed;       /* for digest64 */
	char *cursor;        /* what the source's own code last checkpointed */
	bool ask;            /* ask the keeper which objects are known */
	bool listed;         /* the newest poll came to its end and was believed:
	                      * a conditional request may say that nothing
	                      * changed since */
	bool once;           /* a person waits: nothing is tried again */
	bool trial;          /* nothing is kept (check, try, a dry run): so
	                      * nothing is acknowledged, and no session begun
	                      * that a poll goes on with */
	int64_t now;         /* wall clock at the start, ns */

	uint8_t sandbox;     /* enum sandbox_mode (sync/confine.h) */

	/* not sent */
	char *facts[SOURCE_FACTS]; /* of the source, for people; or NULL */
	int spool;           /* the fetcher's unpack_spool(), or 0 */
	const struct pacer *pacer; /* NULL: nobody to ask */
	uint64_t *tally;     /* requests by enum tally_class; NULL: not counted */
	char *rate_path;     /* of the file of rates, NULL: none is kept */
	bool rate_make;      /* it may be made */
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
