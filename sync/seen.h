/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A set of digests, to tell the items of a listing from their repetitions: pages
 * may overlap.  It grows up to LIMIT_SEEN; what comes later counts as new.
 */
#ifndef SYNC_SEEN_H
#define SYNC_SEEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Starts as all zeros. */
struct seen {
	uint64_t *slots; /* 0: free */
	size_t size, n;
};

/* Was the digest there before?  Now it is, as far as memory goes. */
bool seen_add(struct seen *s, uint64_t digest);
/* It will be asked for soon: a large set lies far away. */
void seen_soon(const struct seen *s, uint64_t digest);
void seen_free(struct seen *s);

#endif
