/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is wrong with how a feed is to be read, before anything is: all of it at
 * once, for a person who writes a configuration.  Pure.
 *
 * Columns that a document names itself are not known yet, and checked when it is
 * read.
 */
#ifndef SYNC_FEED_CHECK_H
#define SYNC_FEED_CHECK_H

#include "base/err.h"
#include "sync/feed_options.h"

/* `why` is ERR_CONFIG, "OPTION: …". */
typedef void feed_complaint_fn(void *ctx, const struct err *why);

/* `kind` of the source; NULL: not stated.  The number of complaints. */
unsigned feed_check(const struct feed_options *f, const char *kind,
    feed_complaint_fn *complain, void *ctx);

#endif
