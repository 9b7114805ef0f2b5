/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests to a TAXII server that an operator makes by hand: objects, versions,
 * manifest, adding, deleting, the status of an addition.  Nothing goes to a
 * store.  They run in a fetcher, as a poll does: hostile bytes and secrets stay
 * there, and this side gets results one by one.
 *
 * The job's `op` says what is asked, `object` about which one; filters and
 * credentials are those of a poll.
 *
 *   op         result, once for each
 *   get        an object, byte for byte as the server sent it; the versions of
 *              `object`, or all that the filters let pass
 *   versions   {"version": time} of `object`
 *   manifest   {"id":…, "date_added":…, "version":…, "media_type":…}
 *   push       {"id":…, "version":…, "status":"success" | "failure" |
 *              "pending", "message":…, "request": id of the status};
 *              id is null where the server does not say which
 *   status     the same, of the status `object`
 *   delete     {"id":…, "deleted":true}
 *
 * Filters that a server ignores are applied here, too.
 */
#ifndef SYNC_CLIENT_H
#define SYNC_CLIENT_H

#include <stddef.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "sync/job.h"
#include "sync/msg.h"

struct client_ops {
	/* One result, valid until the return.  Not 0 (with e set): stop. */
	int (*result)(void *ctx, struct slice text, struct err *e);
	/* The next bytes of what is pushed, at most LIMIT_INPUT: their number, 0
	 * at the end, -1 with e set.  `again`: from the start.  NULL where
	 * nothing is. */
	long (*input)(void *ctx, bool again, char *room, struct err *e);
	/* A remark, may be NULL. */
	void (*note)(void *ctx, struct slice text);
	void *ctx;
};

/* Run a fetcher in a mode other than a poll to its end.  `program` as in struct
 * pull_opts.  -1 with e set; results before the failure stand. */
int client_run(const char *program, enum msg_mode mode, struct job *job,
    const struct client_ops *ops, struct err *e) CC_CHECK;

/* The fetcher's side: carry out job->op.  In client_fetch.c. */
int client_serve(struct msg_link *l, const struct job *job, struct err *e)
    CC_CHECK;

#endif
