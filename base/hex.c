/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hex.h"

#include <string.h>

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
#include <emmintrin.h>
#endif

#define NO8 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff
#define NO16 NO8, NO8
#define NO64 NO16, NO16, NO16, NO16
#define A_TO_F 0xff, 10, 11, 12, 13, 14, 15, 0xff, NO8

const uint8_t hex_values[256] = {
	NO16, NO16, NO16,                   /* 0x00 … 0x2f */
	0, 1, 2, 3, 4, 5, 6, 7,             /* '0' … '7' */
	8, 9, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	A_TO_F, NO16, A_TO_F, NO16,         /* 0x40 … 0x7f */
	NO64, NO64                          /* 0x80 … 0xff */
};

/* Not 0 when one of the digits is none. */
static unsigned
decode_bytes(const uint8_t *p, uint8_t *out, size_t n)
{
	unsigned bad = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		unsigned hi = hex_values[p[2 * i]];
		unsigned lo = hex_values[p[2 * i + 1]];

		bad |= hi | lo;
		out[i] = (uint8_t)(hi << 4 | (lo & 0xf));
	}
	return bad & 0xf0;
}

#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define EACH(byte) (UINT64_C(0x0101010101010101) * (byte))

/*
 * Eight digits to four bytes; the same answer.  In bytes below 0x80, adding
 * 0x80 - n sets the high bit of those that are n or more.
 */
static uint64_t
decode_word(const uint8_t *p, uint8_t out[4])
{
	uint64_t w, digit, letter, bad;
	uint32_t four;

	memcpy(&w, p, sizeof(w));
	digit = (w ^ EACH('0')) & EACH(0x7f);                  /* 0 … 9 */
	letter = ((w | EACH(0x20)) ^ EACH(0x60)) & EACH(0x7f); /* 1 … 6 */
	bad = (digit + EACH(0x80 - 10)) &
	    ((letter + EACH(0x80 - 7)) | ~(letter + EACH(0x80 - 1)));
	bad = (bad | w) & EACH(0x80);
	/* Bit 6 tells letters.  Then the nibbles move together. */
	w = (w & EACH(0xf)) + (w >> 6 & EACH(1)) * 9;
	w = (w << 4 | w >> 8) & UINT64_C(0x00ff00ff00ff00ff);
	w = (w | w >> 8) & UINT64_C(0x0000ffff0000ffff);
	four = (uint32_t)(w | w >> 16);
	memcpy(out, &four, sizeof(four));
	return bad;
}
#else
#define decode_word(p, out) decode_bytes((p), (out), 4)
#endif

#if defined(__SSE2__) && !defined(BASE_NO_SIMD)
/* Sixteen digits to eight bytes; all bits set where a digit is one. */
static __m128i
decode_block(const uint8_t *p, uint8_t *out)
{
	__m128i v = _mm_loadu_si128((const __m128i *)(const void *)p);
	__m128i digit = _mm_sub_epi8(v, _mm_set1_epi8('0'));
	__m128i letter = _mm_sub_epi8(_mm_or_si128(v, _mm_set1_epi8(0x20)),
	    _mm_set1_epi8('a'));
	__m128i is_digit = _mm_cmpeq_epi8(digit,
	    _mm_min_epu8(digit, _mm_set1_epi8(9)));
	__m128i is_letter = _mm_cmpeq_epi8(letter,
	    _mm_min_epu8(letter, _mm_set1_epi8(5)));

	v = _mm_or_si128(_mm_and_si128(digit, is_digit), _mm_and_si128(
	    _mm_add_epi8(letter, _mm_set1_epi8(10)), is_letter));
	/* in each pair the first one is the higher nibble */
	v = _mm_and_si128(_mm_or_si128(_mm_slli_epi16(v, 4),
	    _mm_srli_epi16(v, 8)), _mm_set1_epi16(0xff));
	_mm_storel_epi64((__m128i *)(void *)out, _mm_packus_epi16(v, v));
	return _mm_or_si128(is_digit, is_letter);
}

/* As many blocks as there are in n bytes; how many bytes that is. */
static size_t
decode_blocks(const uint8_t *p, uint8_t *out, size_t n, uint64_t *bad)
{
	__m128i good = _mm_set1_epi8(-1);
	size_t i;

	for (i = 0; n - i >= 8; i += 8)
		good = _mm_and_si128(good, decode_block(p + 2 * i, out + i));
	*bad |= _mm_movemask_epi8(good) != 0xffff;
	return i;
}
#else
#define decode_blocks(p, out, n, bad) ((size_t)0)
#endif

int
hex_decode(const char *p, uint8_t *out, size_t n)
{
	const uint8_t *u = (const uint8_t *)p;
	uint64_t bad = 0;
	size_t done = decode_blocks(u, out, n, &bad);

	u += 2 * done;
	out += done;
	n -= done;
	/* One test at the end: a digest is short and nearly always good. */
	for (; n >= 4; n -= 4, u += 8, out += 4)
		bad |= decode_word(u, out);
	bad |= decode_bytes(u, out, n);
	return bad != 0 ? -1 : 0;
}

void
hex_encode(const uint8_t *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";
	size_t i;

	for (i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 0xf];
	}
}
