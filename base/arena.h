/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A bump allocator for things that die together: one object, one batch.
 *
 * Memory is uninitialised and aligned to 8 bytes.  Everything is given back at
 * once by arena_reset() (which keeps the blocks for reuse) or arena_free().
 * Total use never passes the maximum given at initialisation.  Not
 * thread-safe.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/cc.h"
#include "base/slice.h"

struct arena_block;

struct arena {
	struct arena_block *head;  /* block in use; older ones behind it */
	struct arena_block *spare; /* blocks kept by arena_reset() */
	size_t used;               /* bytes handed out since the last reset */
	size_t max;                /* used never passes this */
};

void arena_init(struct arena *a, size_t max);
void arena_reset(struct arena *a);
void arena_free(struct arena *a);
/* NULL when the maximum or the memory is reached. */
void *arena_alloc(struct arena *a, size_t n) CC_CHECK;
/* A copy of n bytes; NULL like arena_alloc().  n == 0 gives a valid pointer. */
void *arena_dup(struct arena *a, const void *p, size_t n) CC_CHECK;
/* A copy of a slice (followed by a NUL); p == NULL when out of room. */
struct slice arena_slice(struct arena *a, struct slice s) CC_CHECK;

#endif
