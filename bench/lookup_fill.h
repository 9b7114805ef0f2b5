/* SPDX-License-Identifier: BSD-2-Clause */
/* A store for bench_lookup: values of the mix that doc/design.md names. */
#ifndef BENCH_LOOKUP_FILL_H
#define BENCH_LOOKUP_FILL_H

#include <stdint.h>

#define LOOKUP_TEXT_MAX 512 /* bytes of a value's text, with its NUL */
#define LOOKUP_RANDOM UINT64_C(88172645463325252) /* to begin with */

/* xorshift64* */
static inline uint64_t
lookup_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state * UINT64_C(2685821657736338717);
}

/* Make a store of n values, always the same ones; ends the program when that
 * fails. */
void lookup_fill(const char *path, uint64_t n);

#endif
