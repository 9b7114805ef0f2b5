/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * SHA-256 by the SHA extensions of x86: some six times as fast as the portable
 * rounds, and URLs whose case matters pay for two blocks each.
 */
#include "base/digest_private.h"

#ifdef SHA256_X86
#include <immintrin.h>

__attribute__((target("sha,sse4.1"))) void
sha256_blocks_x86(uint32_t h[8], const uint8_t *p, size_t blocks)
{
	const __m128i swap = _mm_set_epi64x(INT64_C(0x0c0d0e0f08090a0b),
	    INT64_C(0x0405060700010203));
	__m128i badc, abef, cdgh, abef0, cdgh0, w[4];
	unsigned g;

	/* The instructions want the state as A B E F and C D G H, highest
	 * word first. */
	badc = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)h), 0xb1);
	cdgh = _mm_shuffle_epi32(_mm_loadu_si128((const __m128i *)(h + 4)),
	    0x1b);
	abef = _mm_alignr_epi8(badc, cdgh, 8);
	cdgh = _mm_blend_epi16(cdgh, badc, 0xf0);
	for (; blocks > 0; blocks--, p += 64) {
		abef0 = abef;
		cdgh0 = cdgh;
#pragma GCC unroll 16
		for (g = 0; g < 16; g++) { /* four rounds each */
			__m128i *m = &w[g & 3], sum;

			if (g < 4) {
				*m = _mm_shuffle_epi8(_mm_loadu_si128(
				    (const __m128i *)(p + 16 * g)), swap);
			} else {
				__m128i last = w[(g + 3) & 3];

				sum = _mm_add_epi32(
				    _mm_sha256msg1_epu32(*m, w[(g + 1) & 3]),
				    _mm_alignr_epi8(last, w[(g + 2) & 3], 4));
				*m = _mm_sha256msg2_epu32(sum, last);
			}
			sum = _mm_add_epi32(*m, _mm_loadu_si128(
			    (const __m128i *)(sha256_k + 4 * g)));
			cdgh = _mm_sha256rnds2_epu32(cdgh, abef, sum);
			abef = _mm_sha256rnds2_epu32(abef, cdgh,
			    _mm_shuffle_epi32(sum, 0x0e));
		}
		abef = _mm_add_epi32(abef, abef0);
		cdgh = _mm_add_epi32(cdgh, cdgh0);
	}
	abef = _mm_shuffle_epi32(abef, 0x1b);
	cdgh = _mm_shuffle_epi32(cdgh, 0xb1);
	_mm_storeu_si128((__m128i *)h, _mm_blend_epi16(abef, cdgh, 0xf0));
	_mm_storeu_si128((__m128i *)(h + 4), _mm_alignr_epi8(cdgh, abef, 8));
}
#else
/* A translation unit may not be empty. */
typedef int digest_x86_unused;
#endif
