/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/digest.h"

#include <string.h>

#include "base/digest_private.h"

const uint32_t sha256_k[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1,
	0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
	0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786,
	0x0fc19dc6, 0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da,
	0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147,
	0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc, 0x53380d13,
	0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070,
	0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
	0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208,
	0x90befffa, 0xa4506ceb, 0xbef9a3f7, 0xc67178f2
};

static uint32_t
ror(uint32_t x, unsigned n)
{
	return x >> n | x << (32 - n);
}

static uint32_t
be32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 |
	    (uint32_t)p[2] << 8 | p[3];
}

/* One round.  The eight words change their names instead of their places. */
#define ROUND(a, b, c, d, e, f, g, h, k)                                       \
	do {                                                                   \
		uint32_t t = h + (ror(e, 6) ^ ror(e, 11) ^ ror(e, 25)) +       \
		    (g ^ (e & (f ^ g))) + (k);                                 \
		d += t;                                                        \
		h = t + (ror(a, 2) ^ ror(a, 13) ^ ror(a, 22)) +                \
		    ((a & b) | (c & (a | b)));                                 \
	} while (0)

static void
sha256_block(uint32_t hash[8], const uint8_t *p)
{
	uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3];
	uint32_t e = hash[4], f = hash[5], g = hash[6], h = hash[7];
	uint32_t w[64];
	unsigned i;

	for (i = 0; i < 16; i++)
		w[i] = be32(p + 4 * i);
	for (; i < 64; i++) {
		uint32_t x = w[i - 15], y = w[i - 2];

		w[i] = w[i - 16] + (ror(x, 7) ^ ror(x, 18) ^ x >> 3) +
		    w[i - 7] + (ror(y, 17) ^ ror(y, 19) ^ y >> 10);
	}
	for (i = 0; i < 64; i += 8) {
		const uint32_t *k = sha256_k + i, *m = w + i;

		ROUND(a, b, c, d, e, f, g, h, k[0] + m[0]);
		ROUND(h, a, b, c, d, e, f, g, k[1] + m[1]);
		ROUND(g, h, a, b, c, d, e, f, k[2] + m[2]);
		ROUND(f, g, h, a, b, c, d, e, k[3] + m[3]);
		ROUND(e, f, g, h, a, b, c, d, k[4] + m[4]);
		ROUND(d, e, f, g, h, a, b, c, k[5] + m[5]);
		ROUND(c, d, e, f, g, h, a, b, k[6] + m[6]);
		ROUND(b, c, d, e, f, g, h, a, k[7] + m[7]);
	}
	hash[0] += a;
	hash[1] += b;
	hash[2] += c;
	hash[3] += d;
	hash[4] += e;
	hash[5] += f;
	hash[6] += g;
	hash[7] += h;
}

void
sha256_blocks_plain(uint32_t hash[8], const uint8_t *p, size_t blocks)
{
	for (; blocks > 0; blocks--, p += 64)
		sha256_block(hash, p);
}

static void
sha256_blocks(uint32_t hash[8], const uint8_t *p, size_t blocks)
{
#ifdef SHA256_X86
	if (__builtin_cpu_supports("sha") && __builtin_cpu_supports("sse4.1")) {
		sha256_blocks_x86(hash, p, blocks);
		return;
	}
#endif
	sha256_blocks_plain(hash, p, blocks);
}

void
sha256_init(struct sha256 *s)
{
	static const uint32_t start[8] = {
		0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
		0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19
	};

	memcpy(s->h, start, sizeof(s->h));
	s->total = 0;
	s->fill = 0;
}

void
sha256_add(struct sha256 *s, const void *data, size_t n)
{
	const uint8_t *p = data;
	size_t take;

	s->total += n;
	if (s->fill != 0) {
		take = sizeof(s->block) - s->fill;
		if (take > n)
			take = n;
		if (take != 0)
			memcpy(s->block + s->fill, p, take);
		s->fill += take;
		if (s->fill < sizeof(s->block))
			return;
		sha256_blocks(s->h, s->block, 1);
		s->fill = 0;
		p += take;
		n -= take;
	}
	take = n - n % sizeof(s->block);
	sha256_blocks(s->h, p, take / sizeof(s->block));
	n -= take;
	if (n != 0)
		memcpy(s->block, p + take, n);
	s->fill = n;
}

void
sha256_done(struct sha256 *s, uint8_t out[SHA256_LEN])
{
	uint64_t bits = s->total << 3;
	unsigned i;

	s->block[s->fill++] = 0x80;
	if (s->fill > 56) {
		memset(s->block + s->fill, 0, sizeof(s->block) - s->fill);
		sha256_blocks(s->h, s->block, 1);
		s->fill = 0;
	}
	memset(s->block + s->fill, 0, 56 - s->fill);
	for (i = 0; i < 8; i++)
		s->block[56 + i] = (uint8_t)(bits >> (56 - 8 * i));
	sha256_blocks(s->h, s->block, 1);
	for (i = 0; i < SHA256_LEN; i++)
		out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void
sha256(const void *p, size_t n, uint8_t out[SHA256_LEN])
{
	struct sha256 s;

	sha256_init(&s);
	sha256_add(&s, p, n);
	sha256_done(&s, out);
}
