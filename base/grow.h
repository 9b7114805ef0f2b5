/* SPDX-License-Identifier: BSD-2-Clause */
/* An array that grows. */
#ifndef BASE_GROW_H
#define BASE_GROW_H

#include <stdlib.h>

/*
 * Room for more than *cap elements of `size` bytes: what takes the place of p,
 * *cap grown, or NULL, and p and *cap stay.  What the array is bounded by keeps
 * the product in range.
 */
static inline void *
grow(void *p, size_t *cap, size_t size)
{
	size_t more = *cap == 0 ? 64 : *cap + *cap / 2;
	void *q = realloc(p, more * size);

	if (q != NULL)
		*cap = more;
	return q;
}

#endif
