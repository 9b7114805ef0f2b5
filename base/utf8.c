/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/utf8.h"

#include <stdint.h>

#include "base/cc.h"

/* The second byte carries all the special cases of RFC 3629 section 4. */
static bool
second_ok(unsigned lead, unsigned second)
{
	switch (lead) {
	case 0xe0:
		return second >= 0xa0 && second <= 0xbf;
	case 0xed:
		return second >= 0x80 && second <= 0x9f;
	case 0xf0:
		return second >= 0x90 && second <= 0xbf;
	case 0xf4:
		return second >= 0x80 && second <= 0x8f;
	default:
		return (second & 0xc0) == 0x80;
	}
}

size_t
utf8_len(const char *p, size_t n)
{
	const uint8_t *u = (const uint8_t *)p;
	size_t len, i;

	if (n == 0)
		return 0;
	if (u[0] < 0x80)
		return 1;
	if (u[0] < 0xc2 || u[0] > 0xf4)
		return 0;
	len = u[0] < 0xe0 ? 2 : u[0] < 0xf0 ? 3 : 4;
	if (len > n || !second_ok(u[0], u[1]))
		return 0;
	for (i = 2; i < len; i++) {
		if ((u[i] & 0xc0) != 0x80)
			return 0;
	}
	return len;
}

size_t
utf8_put(uint32_t c, char out[4])
{
	size_t n = c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4, i;

	if (n == 1) {
		out[0] = (char)c;
		return 1;
	}
	/* As many bits lead as there are bytes. */
	for (i = n - 1; i > 0; i--, c >>= 6)
		out[i] = (char)(0x80 | (c & 0x3f));
	out[0] = (char)(0xf00 >> n | c);
	return n;
}

/* Most text is ASCII: eight bytes at a time until one is not.  The place of
 * that one, or n. */
static inline size_t
ascii_run(const char *p, size_t i, size_t n)
{
	uint64_t w;
	uint32_t half, last;

	while (n - i >= sizeof(w)) {
		memcpy(&w, p + i, sizeof(w));
		if ((w & UINT64_C(0x8080808080808080)) != 0)
			break;
		i += sizeof(w);
	}
	/* The last eight again, where some of them were seen before. */
	if (n - i < sizeof(w) && n >= sizeof(w)) {
		memcpy(&w, p + n - sizeof(w), sizeof(w));
		if ((w & UINT64_C(0x8080808080808080)) == 0)
			return n;
	}
	/* Two halves of a short text, which may overlap likewise. */
	if (n < sizeof(w) && n >= sizeof(half) && i == 0) {
		memcpy(&half, p, sizeof(half));
		memcpy(&last, p + n - sizeof(half), sizeof(half));
		if (((half | last) & UINT32_C(0x80808080)) == 0)
			return n;
	}
	while (i < n && (uint8_t)p[i] < 0x80)
		i++;
	return i;
}

bool
utf8_valid(struct slice s)
{
	size_t i = 0, len;

	while ((i = ascii_run(s.p, i, s.n)) < s.n) {
		len = utf8_len(s.p + i, s.n - i);
		if (len == 0)
			return false;
		i += len;
	}
	return true;
}

size_t
utf8_cut(struct slice s, size_t max)
{
	size_t i, back;

	if (s.n <= max)
		return s.n;
	/* Step back over at most three continuation bytes. */
	for (i = max, back = 0; i > 0 && back < 4; i--, back++) {
		if (((uint8_t)s.p[i] & 0xc0) != 0x80)
			return i;
	}
	return max;
}

void
utf8_clean(char *p, size_t n)
{
	size_t i, len;

	for (i = 0; i < n; i += len) {
		uint8_t c = (uint8_t)p[i];

		len = utf8_len(p + i, n - i);
		if (len == 0) {
			p[i] = '?';
			len = 1;
		} else if (len == 1) {
			if (c < 0x20 || c == 0x7f)
				p[i] = '?';
		} else if (c == 0xc2 && (uint8_t)p[i + 1] < 0xa0) {
			p[i] = p[i + 1] = '?';
		}
	}
}
