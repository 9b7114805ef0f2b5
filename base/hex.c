/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/hex.h"

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

int
hex_decode(const char *p, uint8_t *out, size_t n)
{
	const uint8_t *u = (const uint8_t *)p;
	unsigned bad = 0;
	size_t i;

	/* One test at the end: a digest is short and nearly always good. */
	for (i = 0; i < n; i++) {
		unsigned hi = hex_values[u[2 * i]];
		unsigned lo = hex_values[u[2 * i + 1]];

		bad |= hi | lo;
		out[i] = (uint8_t)(hi << 4 | (lo & 0xf));
	}
	return (bad & 0xf0) != 0 ? -1 : 0;
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
