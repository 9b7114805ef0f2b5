/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Sorting of a batch for one tree: by an 8-byte big-endian prefix of the key
 * first (radix, no comparisons), and by a comparison only where prefixes are
 * equal.  Sorting whole records with a comparison function costs more than the
 * order gains.  Stable.
 */
#ifndef STORE_SORT_H
#define STORE_SORT_H

#include <stddef.h>
#include <stdint.h>

struct sort_pair {
	uint64_t key;   /* prefix, read as a big-endian number */
	uint32_t index; /* of what it belongs to */
};

/* Sort a[0 … n); `tmp` has room for n.  `compare` orders the elements a and b
 * of equal prefix (< 0, 0, > 0); NULL: the prefixes are all. */
void sort_pairs(struct sort_pair *a, struct sort_pair *tmp, size_t n,
    int (*compare)(const void *ctx, uint32_t a, uint32_t b), const void *ctx);
/* The first up to 8 of n bytes as a prefix, padded with zeros. */
uint64_t sort_prefix(const uint8_t *p, size_t n);

#endif
