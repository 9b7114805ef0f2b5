/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a fetcher may do to the host: as little as can be.  The one place for it.
 */
#ifndef SYNC_CONFINE_H
#define SYNC_CONFINE_H

#include "base/cc.h"
#include "base/err.h"

/* Builds whose runtime reserves terabytes, writes reports or attaches to itself
 * keep their limits off; reports of a sanitizer are to be seen. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define CONFINE_INSTRUMENTED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define CONFINE_INSTRUMENTED 1
#endif
#endif
#ifndef CONFINE_INSTRUMENTED
#define CONFINE_INSTRUMENTED 0
#endif

/* Does the fetcher keep its parent's stderr? */
#define CONFINE_TALKS CONFINE_INSTRUMENTED

/* Limit this process, for good.  -1 with e set when the system refuses. */
int confine_fetcher(struct err *e) CC_CHECK;

#endif
