/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building a store again from what was told to another (store/dump.h): what the
 * polls that are played again (store_source.poll) cannot say themselves.
 *
 *   restore_begin → { restore_source → polls → restore_first, restore_poll }* →
 *   restore_source
 *
 * Not thread-safe; each call is one transaction.
 */
#ifndef STORE_RESTORE_H
#define STORE_RESTORE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/idkey.h"
#include "base/slice.h"
#include "store/store.h"

/* The seed of digests, so that what a source sends next is known again.  The
 * store must be empty. */
int restore_seed(struct store *s, uint64_t seed, struct err *e) CC_CHECK;

/*
 * Put the record of a source.  One that is not there yet becomes the next, as if
 * it had not been polled; one that is keeps what follows from its objects (their
 * counts) and gets all else.  The name is in the record.
 */
int restore_source(struct store *s, struct slice record, struct err *e)
    CC_CHECK;
/* The record of a poll of that source. */
int restore_poll(struct store *s, struct slice source, uint32_t poll,
    struct slice record, struct err *e) CC_CHECK;

/* Objects of a source whose first poll brought a version that is not kept. */
struct restore_first {
	struct idkey id;
	uint32_t poll;
};
int restore_first(struct store *s, struct slice source,
    const struct restore_first *v, size_t n, struct err *e) CC_CHECK;

#endif
