/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Building a store again from what was told to another (store/dump.h): what the
 * polls that are played again (store_source.poll) cannot say themselves.
 *
 *   restore_begin → { restore_source → polls → restore_first, restore_ends,
 *   restore_poll }* → restore_set, restore_buried, restore_sightings →
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
#include "store/episode.h"
#include "store/record_id.h"
#include "store/rowset.h"
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

/* Objects of a source whose first poll brought a version that is not kept, or
 * which were here before. */
struct restore_first {
	struct idkey id;
	uint32_t poll;
	struct episodes times; /* n 0: none */
};
int restore_first(struct store *s, struct slice source,
    const struct restore_first *v, size_t n, struct err *e) CC_CHECK;

/* Versions that ended, as they stand now. */
struct restore_end {
	struct idkey id;
	struct object_end end;
};
int restore_ends(struct store *s, struct slice source,
    const struct restore_end *v, size_t n, struct err *e) CC_CHECK;
/* What listings said of objects (store/rowset.h): they are in this group, whose
 * chunk and source are not looked at.  What follows from the objects themselves,
 * ROWS_LIVE and ROWS_WITHDRAWN, is not restored so. */
int restore_set(struct store *s, struct slice source,
    const struct rows_key *group, uint32_t poll, int64_t time,
    const struct idkey *ids, size_t n, struct err *e) CC_CHECK;
/* Identifiers without an object; left alone where the store has them. */
struct restore_buried {
	struct idkey id;
	struct id_rec rec;
};
int restore_buried(struct store *s, struct slice source,
    const struct restore_buried *v, size_t n, struct err *e) CC_CHECK;
/* Records of the tree of sightings, checked here: all of them, or none. */
struct restore_sighting {
	struct slice key, record;
};
int restore_sightings(struct store *s, const struct restore_sighting *v,
    size_t n, struct err *e) CC_CHECK;

#endif
