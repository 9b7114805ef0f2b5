/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The requests of a feed, made of its options and the place in its walk; and the
 * small documents that tell where to go.  For feed_walk.c.
 */
#ifndef SYNC_FEED_REQUEST_H
#define SYNC_FEED_REQUEST_H

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/tstamp.h"
#include "sync/feed_options.h"
#include "sync/job.h"
#include "sync/paging.h"
#include "sync/template.h"
#include "sync/url.h"

#define FEED_INDEX MIB(8)  /* bytes of an index */
#define FEED_TIME_MAX (36500 * TSTAMP_DAY)

/* All places that the request of a feed has. */
int feed_request_places(const struct feed_options *o, const char *url,
    unsigned *places, struct err *e) CC_CHECK;
/* Does {key} stand in it? */
bool feed_request_has_key(const struct feed_options *o, const char *url);
/* Do kind, options and places go together?  -1 with e set (ERR_CONFIG). */
int feed_request_check(const struct feed_options *o, enum paging_kind kind,
    unsigned places, struct err *e) CC_CHECK;

struct feed_request {
	const struct feed_options *o;
	const struct job *job;
	const char *method, *type; /* NULL: a GET without a body */
	struct buf url;            /* a string; places of secrets still stand
	                            * in it */
	struct buf body;           /* (secret) with the secrets filled in */
};

void feed_request_init(struct feed_request *r, const struct feed_options *o,
    const struct job *job);
void feed_request_free(struct feed_request *r); /* wipes */
int feed_request_make(struct feed_request *r, const struct paging_step *s,
    struct err *e) CC_CHECK;

/* `what` ("the next page") is at a URL that a reply of `here` names: on the feed's
 * own server, unless the operator allows others; credentials do not go there.  -1
 * with e set. */
int feed_may_go(const struct job *job, const char *what, const struct url *here,
    struct slice url, struct err *e) CC_CHECK;

/* Each name that an index holds: at page-index in its JSON or XML, or one a
 * line. */
int feed_index(const struct feed_options *o, struct slice text,
    int (*item)(void *ctx, struct slice name), void *ctx, struct err *e)
    CC_CHECK;
/* The place of its next page into `room`, emptied before; nothing: it is the
 * last. */
int feed_index_next(const struct feed_options *o, struct slice text,
    struct buf *room, struct err *e) CC_CHECK;
/* The number at a path of a small document; *out lies in `room`, whose contents
 * `text` may be. */
int feed_number(struct slice text, const char *path, struct buf *room,
    struct slice *out, struct err *e) CC_CHECK;

#endif
