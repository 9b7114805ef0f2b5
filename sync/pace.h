/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The pace of requests over the pipe: the fetcher asks, the keeper's side takes
 * a request out of the bucket of the source's origin (rate.h), which all polls
 * of the host share.
 *
 *   MSG_PACE   i64 closed: 0, a question; else a time until which the server
 *              wants to be left alone: no answer
 *   MSG_PACED  u8 granted, i64 ns to wait
 */
#ifndef SYNC_PACE_H
#define SYNC_PACE_H

#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "sync/job.h"
#include "sync/msg.h"

/* In the fetcher: struct pacer's `ask`, of a connection that has no other
 * question open.  -1 with e set when the wait would be too long (ERR_NET). */
int pace_ask(struct msg_link *l, int64_t closed, int64_t *wait, struct err *e)
    CC_CHECK;
/* In the keeper: the body of a MSG_PACE.  A job without rate_path is granted
 * everything.  *wait: ns that the fetcher will sleep now. */
int pace_answer(struct msg_link *l, const struct job *job, struct slice body,
    int64_t *wait, struct err *e) CC_CHECK;

#endif
