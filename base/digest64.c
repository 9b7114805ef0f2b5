/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * digest64, version 1.
 *
 * All arithmetic is on unsigned 64-bit words; words are read little-endian.
 * fold(x, y) is the exclusive or of the two halves of the 128-bit product x·y.
 * C[0] … C[7] are the fractional bits of the square roots of the first eight
 * primes (the initial value of SHA-512).
 *
 *   a = fold(seed ^ C[0], C[1]),  b = fold(seed ^ C[2], C[3])
 *
 * Both factors of every product below hold a or b: whoever does not know the
 * seed cannot make one of them zero, which would hide the other.
 *
 * One step takes two words:  step(s, x, y) = fold(x ^ a, y ^ s).
 *
 *   n = 0:        s = step(b, 0, 0)
 *   n = 1 … 3:    s = step(b, p[0] + p[n/2]·2^8 + p[n-1]·2^16, 0)
 *   n = 4 … 7:    s = step(b, first 4 bytes, last 4 bytes)
 *   n = 8 … 16:   s = step(b, first 8 bytes, last 8 bytes)
 *   n = 17 … 63:  s = b; a step for each whole 16 bytes from the front while
 *                 more than 16 are left, and one for the last 16 bytes of the
 *                 input, which may overlap the one before
 *   n >= 64:      four lanes j = 0 … 3 start as s[j] = b ^ C[4+j].  For each
 *                 whole 64 bytes from the front while more than 64 are left,
 *                 and then for the last 64 bytes of the input, lane j takes the
 *                 words x, y at 16·j and 16·j + 8:
 *                     s[j] = fold(x ^ a ^ C[j], y ^ s[j])
 *                 s = fold(s[1] ^ a, s[0]) ^ fold(s[3] ^ a, s[2] ^ C[0])
 *
 * The result is fold(s ^ C[5] ^ n, b ^ C[6]).
 *
 * Test vectors are in tests/unit/base_digest.c and doc/format.md.
 */
#include <string.h>

#include "base/digest.h"
#include "base/word.h"

static const uint64_t c64[8] = {
	UINT64_C(0x6a09e667f3bcc908), UINT64_C(0xbb67ae8584caa73b),
	UINT64_C(0x3c6ef372fe94f82b), UINT64_C(0xa54ff53a5f1d36f1),
	UINT64_C(0x510e527fade682d1), UINT64_C(0x9b05688c2b3e6c1f),
	UINT64_C(0x1f83d9abfb41bd6b), UINT64_C(0x5be0cd19137e2179)
};

#ifdef __SIZEOF_INT128__
__extension__ typedef unsigned __int128 uint128;

static inline uint64_t
fold(uint64_t x, uint64_t y)
{
	uint128 z = (uint128)x * y;

	return (uint64_t)z ^ (uint64_t)(z >> 64);
}
#else
static inline uint64_t
fold(uint64_t x, uint64_t y)
{
	uint64_t xl = (uint32_t)x, xh = x >> 32;
	uint64_t yl = (uint32_t)y, yh = y >> 32;
	uint64_t ll = xl * yl, hl = xh * yl, lh = xl * yh, hh = xh * yh;
	uint64_t mid = (ll >> 32) + (uint32_t)hl + (uint32_t)lh;

	return (x * y) ^ (hh + (hl >> 32) + (lh >> 32) + (mid >> 32));
}
#endif

static inline uint64_t
read32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[3] << 24;
}

/* Fewer than 64 bytes. */
static inline uint64_t
absorb_short(const uint8_t *p, size_t n, uint64_t a, uint64_t b)
{
	uint64_t x = 0, y = 0, s = b;

	if (n > 16) {
		for (; n > 16; n -= 16, p += 16)
			s = fold(word_load(p) ^ a, word_load(p + 8) ^ s);
		x = word_load(p + n - 16);
		y = word_load(p + n - 8);
	} else if (n >= 8) {
		x = word_load(p);
		y = word_load(p + n - 8);
	} else if (n >= 4) {
		x = read32(p);
		y = read32(p + n - 4);
	} else if (n > 0) {
		x = (uint64_t)p[0] | (uint64_t)p[n / 2] << 8 |
		    (uint64_t)p[n - 1] << 16;
	}
	return fold(x ^ a, y ^ s);
}

/* 64 bytes and more. */
static inline uint64_t
absorb_long(const uint8_t *p, size_t n, uint64_t a, uint64_t b)
{
	const uint8_t *last = p + n - 64;
	uint64_t s0 = b ^ c64[4], s1 = b ^ c64[5];
	uint64_t s2 = b ^ c64[6], s3 = b ^ c64[7];

	/* Four chains side by side keep the multiplier busy. */
	for (;;) {
		if (p > last)
			p = last;
		s0 = fold(word_load(p) ^ a ^ c64[0], word_load(p + 8) ^ s0);
		s1 = fold(word_load(p + 16) ^ a ^ c64[1], word_load(p + 24) ^ s1);
		s2 = fold(word_load(p + 32) ^ a ^ c64[2], word_load(p + 40) ^ s2);
		s3 = fold(word_load(p + 48) ^ a ^ c64[3], word_load(p + 56) ^ s3);
		if (p == last)
			break;
		p += 64;
	}
	return fold(s1 ^ a, s0) ^ fold(s3 ^ a, s2 ^ c64[0]);
}

uint64_t
digest64(const void *p, size_t n, uint64_t seed)
{
	uint64_t a = fold(seed ^ c64[0], c64[1]);
	uint64_t b = fold(seed ^ c64[2], c64[3]);
	uint64_t s;

	s = n < 64 ? absorb_short(p, n, a, b) : absorb_long(p, n, a, b);
	return fold(s ^ c64[5] ^ n, b ^ c64[6]);
}
