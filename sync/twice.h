/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a document hold the same bytes twice?  A set of the digests of its
 * objects, of bounded size: of the objects after the first TWICE_MAX of a
 * document nothing is said.  Not thread-safe.
 */
#ifndef SYNC_TWICE_H
#define SYNC_TWICE_H

#include <stdbool.h>
#include <stdint.h>

#define TWICE_MAX 16384u

struct twice {
	uint64_t *table; /* 2 * TWICE_MAX, 0: free; owned, NULL before use */
	unsigned n;
};

/* The place of a digest that will be added soon is on its way from memory. */
void twice_fetch(const struct twice *t, uint64_t digest);
/* Was it there before?  False, too, when the set is full or memory is out. */
bool twice_add(struct twice *t, uint64_t digest);
void twice_reset(struct twice *t);
void twice_free(struct twice *t);

#endif
