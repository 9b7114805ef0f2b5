/* SPDX-License-Identifier: BSD-2-Clause */
/* The fetcher's side of client.h, in parts. */
#ifndef SYNC_CLIENT_INT_H
#define SYNC_CLIENT_INT_H

#include <jansson.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "sync/msg.h"
#include "sync/taxii.h"

struct client {
	struct msg_link *link;
	const struct job *job;
	struct taxii talk;
	struct buf objects;  /* URL of the collection's objects */
	struct buf url;      /* of the request under way */
	struct arena arena;
};

/* c->url = the collection's URL with `tail` (then the object's id where it has a
 * '%') in place of objects/; what the operator put behind a '?' stays. */
int client_url(struct client *c, const char *tail, struct err *e) CC_CHECK;
/* c->url = the API root's, with `tail` likewise. */
int client_root_url(struct client *c, const char *tail, struct err *e) CC_CHECK;
/* Hand over one result; json is taken. */
int client_result(struct client *c, json_t *json, struct err *e) CC_CHECK;
/* One exchange with retries.  *doc (may be NULL: any answer will do) is to be
 * freed.  The HTTP status in *status.  -1 with e set for what is not below 300. */
struct client_ask {
	const char *method;  /* NULL: GET */
	struct slice body;   /* p == NULL: none */
};
int client_ask(struct client *c, const struct client_ask *ask, json_t **doc,
    int *status, struct err *e) CC_CHECK;

/* Operations; 0, or -1 with e set. */
int client_get(struct client *c, struct err *e) CC_CHECK;
int client_versions(struct client *c, struct err *e) CC_CHECK;
int client_manifest(struct client *c, struct err *e) CC_CHECK;
int client_delete(struct client *c, struct err *e) CC_CHECK;
int client_push(struct client *c, struct err *e) CC_CHECK;     /* client_push.c */
int client_status(struct client *c, struct err *e) CC_CHECK;

#endif
