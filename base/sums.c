/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/sums.h"

#include <string.h>

#include "base/hex.h"

static const struct {
	const char *name;
	size_t length;
} kinds[SUM_KINDS] = {
	[SUM_MD5] = {"MD5", 16},
	[SUM_SHA1] = {"SHA-1", 20},
	[SUM_SHA256] = {"SHA-256", SHA256_LEN},
};

size_t
sum_length(enum sum_kind kind)
{
	return kinds[kind].length;
}

const char *
sum_name(enum sum_kind kind)
{
	return kinds[kind].name;
}

static uint32_t
rol(uint32_t x, unsigned n)
{
	return x << n | x >> (32 - n);
}

/* ---- MD5 ------------------------------------------------------------------- */

/* floor(2^32 * |sin(i + 1)|) */
static const uint32_t md5_t[64] = {
	0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a,
	0xa8304613, 0xfd469501, 0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be,
	0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821, 0xf61e2562, 0xc040b340,
	0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
	0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8,
	0x676f02d9, 0x8d2a4c8a, 0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c,
	0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70, 0x289b7ec6, 0xeaa127fa,
	0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
	0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92,
	0xffeff47d, 0x85845dd1, 0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1,
	0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391
};

static uint32_t
le32(const uint8_t *p)
{
	return (uint32_t)p[3] << 24 | (uint32_t)p[2] << 16 |
	    (uint32_t)p[1] << 8 | p[0];
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

static void
md5_block(uint32_t h[5], const uint8_t *p)
{
	static const uint8_t turns[4][4] = {{7, 12, 17, 22}, {5, 9, 14, 20},
	    {4, 11, 16, 23}, {6, 10, 15, 21}};
	static const uint8_t step[4] = {1, 5, 3, 7}, from[4] = {0, 1, 5, 0};
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3];

	for (unsigned i = 0; i < 64; i++) {
		unsigned r = i / 16, k = (step[r] * i + from[r]) % 16;
		uint32_t f = r == 0 ? (b & c) | (~b & d) :
		    r == 1 ? (d & b) | (~d & c) : r == 2 ? b ^ c ^ d :
		    c ^ (b | ~d);
		uint32_t t = a + f + md5_t[i] + le32(p + 4 * k);

		a = d;
		d = c;
		c = b;
		b += rol(t, turns[r][i % 4]);
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
}

/* ---- SHA-1 ----------------------------------------------------------------- */

static void
sha1_block(uint32_t h[5], const uint8_t *p)
{
	static const uint32_t k[4] = {0x5a827999, 0x6ed9eba1, 0x8f1bbcdc,
	    0xca62c1d6};
	uint32_t a = h[0], b = h[1], c = h[2], d = h[3], g = h[4], w[80];
	unsigned i;

	for (i = 0; i < 16; i++)
		w[i] = be32(p + 4 * i);
	for (; i < 80; i++)
		w[i] = rol(w[i - 3] ^ w[i - 8] ^ w[i - 14] ^ w[i - 16], 1);
	for (i = 0; i < 80; i++) {
		uint32_t f = i < 20 ? (b & c) | (~b & d) :
		    i < 40 || i >= 60 ? b ^ c ^ d :
		    (b & c) | (b & d) | (c & d);
		uint32_t t = rol(a, 5) + f + g + k[i / 20] + w[i];

		g = d;
		d = c;
		c = rol(b, 30);
		b = a;
		a = t;
	}
	h[0] += a;
	h[1] += b;
	h[2] += c;
	h[3] += d;
	h[4] += g;
}

/* ---- any of them ----------------------------------------------------------- */

void
sum_init(struct sum *s, enum sum_kind kind)
{
	static const uint32_t start[5] = {0x67452301, 0xefcdab89, 0x98badcfe,
	    0x10325476, 0xc3d2e1f0};

	memset(s, 0, sizeof(*s));
	s->kind = kind;
	memcpy(s->h, start, sizeof(start));
	sha256_init(&s->sha256);
}

static void
take_block(struct sum *s, const uint8_t *p)
{
	if (s->kind == SUM_MD5)
		md5_block(s->h, p);
	else
		sha1_block(s->h, p);
}

void
sum_add(struct sum *s, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;

	if (s->kind == SUM_SHA256) {
		sha256_add(&s->sha256, p, n);
		return;
	}
	s->total += n;
	while (n > 0) {
		size_t k = sizeof(s->block) - s->fill;

		k = n < k ? n : k;
		memcpy(s->block + s->fill, p, k);
		s->fill += k;
		p += k;
		n -= k;
		if (s->fill == sizeof(s->block)) {
			take_block(s, s->block);
			s->fill = 0;
		}
	}
}

void
sum_done(struct sum *s, uint8_t out[SUM_MAX])
{
	static const uint8_t pad[64] = {0x80};
	uint64_t bits = s->total * 8;
	bool little = s->kind == SUM_MD5;
	uint8_t length[8];

	if (s->kind == SUM_SHA256) {
		sha256_done(&s->sha256, out);
		return;
	}
	for (unsigned i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> 8 * (little ? i : 7 - i));
	sum_add(s, pad, (s->fill < 56 ? 56 : 120) - s->fill);
	sum_add(s, length, sizeof(length));
	for (unsigned i = 0; i < sum_length(s->kind); i++)
		out[i] = (uint8_t)(s->h[i / 4] >>
		    8 * (little ? i % 4 : 3 - i % 4));
}

void
sum_text(enum sum_kind kind, const uint8_t *digest, char out[SUM_TEXT])
{
	size_t n = sum_length(kind);

	hex_encode(digest, n, out);
	out[2 * n] = '\0';
}
