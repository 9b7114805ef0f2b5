/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Local sightings: that a listed value was met here, how often, when first and
 * last, and who said so.  A sighting is of an entry of `values` or `nets`, under
 * the same key, and outlives it: when the value is listed again, it is known that
 * it was met before.
 *
 * Record: u8 version, varint count, i64 first, i64 last, then for each reporter,
 * who reported last first: u8 length and bytes of the name, varint count, i64
 * last.  Pure but for sighting_store().
 */
#ifndef STORE_SIGHTING_H
#define STORE_SIGHTING_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"

struct sighting {
	uint64_t count;       /* saturating */
	int64_t first, last;
};

struct sighting_by {
	struct slice who;     /* borrowed; may be empty */
	uint64_t count;
	int64_t last;
};

/* The key of a value's record; its length, 0 when no value has such a key. */
#define SIGHTING_KEY_MAX (1 + LIMIT_VALUE_KEY + 64 + 1)
size_t sighting_key(uint8_t type, uint8_t prefix, struct slice key,
    uint8_t out[SIGHTING_KEY_MAX]);

/* The head of a record, and *pos for sighting_next().  0, or -1. */
int sighting_decode(struct slice bytes, struct sighting *out, size_t *pos)
    CC_CHECK;
/* The next reporter: 1, 0 at the end, -1 when damaged. */
int sighting_next(struct slice bytes, size_t *pos, struct sighting_by *out)
    CC_CHECK;
/* `old` (empty: none) and one more, as a record.  Of more than LIMIT_REPORTERS
 * those are dropped who have not reported for the longest time; a name is cut at
 * LIMIT_REPORTER bytes.  0, or -1: `old` is damaged, or no memory. */
int sighting_merge(struct slice old, const struct sighting *s,
    struct slice who, struct buf *out) CC_CHECK;

struct store;
/* A value or network of the store was met.  *known is false, and nothing is
 * written, when it has no entry.  Where a source's score of it decays, what its
 * entry says is made anew, and the change log tells it, as of `now`. */
struct sighted {
	uint8_t type, prefix;
	struct slice key;
};
int store_seen(struct store *st, const struct sighted *v,
    const struct sighting *s, struct slice who, int64_t now, bool *known,
    struct err *e) CC_CHECK;

#endif
