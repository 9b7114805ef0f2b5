/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding bytes that matter to JSON many at a time.  Private to stix/.
 *
 * Two back ends give the same answers: SSE2, part of every x86-64, and plain
 * 64-bit words, for everything else and wherever STIX_NO_SIMD is defined (the
 * tests are built both ways).
 */
#ifndef STIX_SCAN_BLOCK_H
#define STIX_SCAN_BLOCK_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "base/cc.h"
#include "base/word.h"

#if defined(__SSE2__) && !defined(STIX_NO_SIMD)
#define STIX_SSE2 1
#include <emmintrin.h>
#else
#define STIX_SSE2 0
#endif

#define SCAN_BLOCK 64

struct scan_block { /* bit i: byte i is … */
	uint64_t quote;   /* " */
	uint64_t escape;  /* \ */
	uint64_t bracket; /* { } [ or ] */
};

/* Of the four brackets: does it close? */
static inline bool
bracket_closes(char c)
{
	return (c & 4) != 0; /* 0x5d, 0x7d; not 0x5b, 0x7b */
}

/* The index of the lowest bit set; m is not 0. */
static inline unsigned
bit_lowest(uint64_t m)
{
#if defined(__GNUC__) || defined(__clang__)
	return (unsigned)__builtin_ctzll(m);
#else
	unsigned i = 0;

	while ((m & 1) == 0) {
		m >>= 1;
		i++;
	}
	return i;
#endif
}

/* Bit i of the result: the parity of bits 0 … i. */
static inline uint64_t
bit_prefix_xor(uint64_t m)
{
	m ^= m << 1;
	m ^= m << 2;
	m ^= m << 4;
	m ^= m << 8;
	m ^= m << 16;
	m ^= m << 32;
	return m;
}

/* Bit 0 of the result: the parity of all bits. */
static inline uint64_t
bit_parity(uint64_t m)
{
#if defined(__GNUC__) || defined(__clang__)
	return (uint64_t)__builtin_parityll(m);
#else
	return bit_prefix_xor(m) >> 63;
#endif
}

#if STIX_SSE2

struct block_hits { /* all bits of a byte set: it is one of … */
	__m128i quote, escape, bracket;
};

static inline struct block_hits
block_hits(const char *p)
{
	const __m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	/* with bit 0x20 set, the brackets are '{' and '{' + 2 */
	const __m128i above = _mm_sub_epi8(_mm_or_si128(v,
	    _mm_set1_epi8(0x20)), _mm_set1_epi8('{'));

	return (struct block_hits){
		_mm_cmpeq_epi8(v, _mm_set1_epi8('"')),
		_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')),
		_mm_cmpeq_epi8(_mm_and_si128(above, _mm_set1_epi8(~2)),
		    _mm_setzero_si128())
	};
}

static inline uint64_t
block_mask(__m128i a, __m128i b, __m128i c, __m128i d)
{
	unsigned ab = (unsigned)_mm_movemask_epi8(a) |
	    (unsigned)_mm_movemask_epi8(b) << 16;
	unsigned cd = (unsigned)_mm_movemask_epi8(c) |
	    (unsigned)_mm_movemask_epi8(d) << 16;

	return ab | (uint64_t)cd << 32;
}

/* Look at the SCAN_BLOCK bytes at p. */
static inline void
scan_block_read(const char *p, struct scan_block *out)
{
	/* written out: GCC keeps arrays of vectors in memory at -O2 */
	struct block_hits a = block_hits(p), b = block_hits(p + 16);
	struct block_hits c = block_hits(p + 32), d = block_hits(p + 48);

	out->quote = block_mask(a.quote, b.quote, c.quote, d.quote);
	out->bracket = block_mask(a.bracket, b.bracket, c.bracket, d.bracket);
	out->escape = 0;
	/* backslashes are rare enough to be asked for together first */
	if (_mm_movemask_epi8(_mm_or_si128(_mm_or_si128(a.escape, b.escape),
	    _mm_or_si128(c.escape, d.escape))) != 0)
		out->escape = block_mask(a.escape, b.escape, c.escape,
		    d.escape);
}

#else

#define WORD_EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/* The top bit of each byte of the result: that byte of w is c. */
static inline uint64_t
word_equal(uint64_t w, char c)
{
	const uint64_t low = WORD_EACH(0x7f);
	uint64_t x = w ^ WORD_EACH((unsigned char)c);

	return ~(((x & low) + low) | x | low);
}

/* The eight top bits, packed: the product moves bit 8i to bit 56 + i. */
static inline uint64_t
word_pack(uint64_t tops)
{
	return (tops >> 7) * UINT64_C(0x0102040810204080) >> 56;
}

static inline void
scan_block_read(const char *p, struct scan_block *b)
{
	memset(b, 0, sizeof(*b));
	for (unsigned i = 0; i < SCAN_BLOCK; i += 8) {
		uint64_t w = word_load(p + i);
		uint64_t folded = w | WORD_EACH(0x20);

		b->quote |= word_pack(word_equal(w, '"')) << i;
		b->escape |= word_pack(word_equal(w, '\\')) << i;
		b->bracket |= word_pack(word_equal(folded, '{') |
		    word_equal(folded, '}')) << i;
	}
}

#endif

/*
 * The first byte in [p, end) that plain text in a JSON string cannot be: a
 * quote, a backslash, a control character, or the start of anything that is not
 * ASCII; `end` when there is none.
 */
static inline const char *
scan_plain_end(const char *p, const char *end)
{
#if STIX_SSE2
	const __m128i quote = _mm_set1_epi8('"');
	const __m128i escape = _mm_set1_epi8('\\');
	const __m128i space = _mm_set1_epi8(' ');

	for (; end - p >= 16; p += 16) {
		__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
		/* signed: bytes from 0x80 up are below the space as well */
		__m128i hit = _mm_or_si128(_mm_cmplt_epi8(v, space),
		    _mm_or_si128(_mm_cmpeq_epi8(v, quote),
			_mm_cmpeq_epi8(v, escape)));
		unsigned m = (unsigned)_mm_movemask_epi8(hit);

		if (m != 0)
			return p + bit_lowest(m);
	}
#else
	for (; end - p >= 8; p += 8) {
		uint64_t w = word_load(p);
		/* top bit: not ASCII; or no bit above 0x1f set: control */
		uint64_t hit = (w & WORD_EACH(0x80)) | word_equal(w, '"') |
		    word_equal(w, '\\') | word_equal(w & WORD_EACH(0xe0), 0);

		if (hit != 0)
			return p + bit_lowest(hit) / 8;
	}
#endif
	while (p < end && *p != '"' && *p != '\\' &&
	    (unsigned char)*p >= 0x20 && (unsigned char)*p < 0x80)
		p++;
	return p;
}

#endif
