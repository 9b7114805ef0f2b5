/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A model of the store: the newest version of every object of a small world, by
 * rules written down as plainly as can be, and a check of a store against it.
 */
#ifndef TESTS_UNIT_STORE_WORLD_H
#define TESTS_UNIT_STORE_WORLD_H

#include "base/buf.h"
#include "store/env.h"
#include "tests/unit/store_util.h"

#define WORLD_SOURCES 3
#define WORLD_IDS 48       /* per source; the last ones are relationships */
#define WORLD_RELATIONS 10
#define WORLD_VALUES 32
#define WORLD_POLLS 64     /* per source, at most */
#define WORLD_CLAIMS 5     /* values of one object, at most */

/* What the sources say of claims without a marking. */
extern const uint8_t world_tlp[WORLD_SOURCES];

struct version {
	bool there;
	uint64_t hash;
	int64_t modified, from, until;
	uint16_t flags;        /* enum object_flag */
	uint8_t confidence, tlp;
	unsigned nvalues;
	unsigned value[WORLD_CLAIMS];  /* index into the world's values */
	bool compound[WORLD_CLAIMS], suffix[WORLD_CLAIMS];
	unsigned end[2];       /* relationship: ids at its ends */
	uint32_t poll_first, poll;
	uint32_t number;       /* of the original bytes, see world_raw() */
	uint64_t row;          /* learned from the store, then to be kept */
};

struct world {
	uint64_t rng;
	uint64_t seed;         /* of the store's digests */
	struct value values[WORLD_VALUES];
	struct version now[WORLD_SOURCES][WORLD_IDS];
	/* what a poll overwrote, if it came with an earlier one */
	struct version before[WORLD_SOURCES][WORLD_IDS][WORLD_POLLS];
	uint32_t polls[WORLD_SOURCES];
	uint32_t made;         /* records so far */
	uint64_t buried;       /* original bytes no longer referred to */
	uint64_t generation;
	/* of the running poll */
	struct store_counts counts;
	bool changed;          /* an object was written since the last commit */
};

void world_make(struct world *w, uint64_t seed);
/* Make the next version of something and say what it becomes of it: `record`
 * and `raw` are filled; index is its place in the block. */
void world_step(struct world *w, unsigned source, uint16_t index,
    struct buf *record, struct buf *raw);
bool world_is_net(const struct value *v);
/* Read everything back. */
void world_check(struct world *w, const char *path);

#endif
