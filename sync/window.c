/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/window.h"

#include <stdbool.h>
#include <string.h>

struct bytes {
	const uint8_t *p, *end;
	bool cut;
};

static unsigned
next(struct bytes *b)
{
	if (b->p == b->end) {
		b->cut = true;
		return 0;
	}
	return *b->p++;
}

/* The .xz file format, 1.2: seven bits a byte, the least first. */
static uint64_t
next_number(struct bytes *b)
{
	uint64_t v = 0;
	unsigned byte = 0x80, shift;

	for (shift = 0; (byte & 0x80) != 0 && shift < 63; shift += 7) {
		byte = next(b);
		v |= (uint64_t)(byte & 0x7f) << shift;
	}
	return v;
}

/* Sections 3.1 and 5.3.1: a filter is number, length and properties. */
static uint64_t
of_xz(struct bytes b)
{
	unsigned flags, filters, i, bits;
	uint64_t id, n;

	(void)next(&b); /* size of the header */
	flags = next(&b);
	if ((flags & 0x40) != 0)
		(void)next_number(&b);
	if ((flags & 0x80) != 0)
		(void)next_number(&b);
	filters = (flags & 3) + 1;
	for (i = 0; i < filters && !b.cut; i++) {
		id = next_number(&b);
		n = next_number(&b);
		if (id == 0x21 && n == 1) { /* LZMA2 */
			bits = next(&b);
			return b.cut || bits > 40 ? 0 : bits == 40 ?
			    UINT32_MAX : (uint64_t)(2 | (bits & 1)) <<
			    (bits / 2 + 11);
		}
		if (n > (uint64_t)(b.end - b.p))
			return 0;
		b.p += n;
	}
	return 0;
}

/* RFC 8878, 3.1.1.1 */
static uint64_t
of_zstd(struct bytes b)
{
	static const unsigned id_bytes[] = {0, 1, 2, 4};
	static const unsigned size_bytes[] = {1, 2, 4, 8};
	unsigned head = next(&b), wide = size_bytes[head >> 6], i, byte;
	uint64_t base, size = 0;

	if ((head & 0x20) == 0) {
		byte = next(&b);
		base = UINT64_C(1) << (10 + (byte >> 3));
		return b.cut ? 0 : base + base / 8 * (byte & 7);
	}
	/* a single segment: all of it is at hand */
	for (i = 0; i < id_bytes[head & 3]; i++)
		(void)next(&b);
	for (i = 0; i < wide; i++)
		size |= (uint64_t)next(&b) << (8 * i);
	return b.cut ? 0 : wide == 2 ? size + 256 : size;
}

uint64_t
window_of(const char *p, size_t n)
{
	const uint8_t *u = (const uint8_t *)p;

	if (n > 12 && memcmp(p, "\xfd" "7zXZ\0", 6) == 0)
		return of_xz((struct bytes){u + 12, u + n, false});
	if (n > 4 && memcmp(p, "\x28\xb5\x2f\xfd", 4) == 0)
		return of_zstd((struct bytes){u + 4, u + n, false});
	return 0;
}
