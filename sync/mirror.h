/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Mirrors: the addresses where one document is to be had, asked in order until
 * one gives it.
 *
 * The next one is asked where the one before is not there, or gives something
 * else in the document's place: no connection, a fault of TLS, a time-out, a
 * status of 404, 410 or 5xx, a login page.  Not where the answer is about us (401,
 * 403, 407, 429, and what else a server refuses), nor when records were handed
 * over: two versions of a listing are not mixed, so that poll fails.
 *
 * What an address said about its version (ETag, digests) is sent to that address
 * only, and only if it answered the newest poll: another's "not modified" says
 * nothing of what stands.  The cursor sees to that: its digest holds the address.
 */
#ifndef SYNC_MIRROR_H
#define SYNC_MIRROR_H

#include <stddef.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/ingest.h"
#include "sync/job.h"
#include "sync/source.h"

/* The job's addresses: its url, then those of url_also.  NULL behind the last. */
const char *mirror_url(const struct job *job, size_t i);
/* The same job for address i alone.  All of it is borrowed, nothing freed. */
struct job mirror_job(const struct job *job, size_t i);

/*
 * As ops->poll().  Which address answered is told where it is not the first: by the
 * count of DEVIATION_MIRROR, 1 for the first of url_also, and its text; an
 * error names all that were asked, and its code is that of the first.
 */
int mirror_poll(const struct source_ops *ops, const struct job *job,
    struct ingest *g, struct err *e) CC_CHECK;

#endif
