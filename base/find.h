/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The first byte of a kind, or of some, where it is likely to be near, as the end
 * of a field or of a word is: a call of memchr() takes longer than to look at the
 * sixteen bytes at hand.
 */
#ifndef BASE_FIND_H
#define BASE_FIND_H

#include <stddef.h>
#include <string.h>

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
#include <emmintrin.h>
#endif

/* The first `c` in [p, end), p not NULL; NULL where there is none. */
static inline const char *
find_near(const char *p, const char *end, char c)
{
#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
	const __m128i wanted = _mm_set1_epi8(c);

	for (; end - p >= 16; p += 16) {
		unsigned hits = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(
		    _mm_loadu_si128((const __m128i *)(const void *)p), wanted));

		if (hits != 0)
			return p + __builtin_ctz(hits);
	}
#endif
	return p < end ? memchr(p, c, (size_t)(end - p)) : NULL;
}

/* The first byte in [p, end) that is one of four; `end` where there is none. */
static inline const char *
find_any(const char *p, const char *end, const char set[4])
{
#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
	const __m128i a = _mm_set1_epi8(set[0]), b = _mm_set1_epi8(set[1]);
	const __m128i c = _mm_set1_epi8(set[2]), d = _mm_set1_epi8(set[3]);

	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		unsigned hits = (unsigned)_mm_movemask_epi8(_mm_or_si128(
		    _mm_or_si128(_mm_cmpeq_epi8(v, a), _mm_cmpeq_epi8(v, b)),
		    _mm_or_si128(_mm_cmpeq_epi8(v, c), _mm_cmpeq_epi8(v, d))));

		if (hits != 0)
			return p + __builtin_ctz(hits);
	}
#endif
	while (p < end && *p != set[0] && *p != set[1] && *p != set[2] &&
	    *p != set[3])
		p++;
	return p;
}

#endif
