/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/scan_nest.h"

#include <stddef.h>

#include "stix/scan_block.h"

/* Which of the first n bytes follow a backslash that is not itself escaped. */
static uint64_t
escaped_bytes(uint64_t escape, size_t n, bool *carry)
{
	uint64_t escaped = *carry ? 1 : 0;

	escape &= ~escaped;
	*carry = false;
	while (escape != 0) {
		unsigned i = bit_lowest(escape);

		if (i == n - 1) {
			*carry = true;
			break;
		}
		escaped |= UINT64_C(2) << i;
		escape &= ~(UINT64_C(3) << i);
	}
	return escaped;
}

/* Walk the brackets outside strings.  The bit of the one that closes the
 * outermost, or 0. */
static inline uint64_t
brackets(struct scan_nest *k, uint64_t open, uint64_t close)
{
	uint64_t all = open | close;

	while (all != 0) {
		uint64_t bit = all & (0 - all);

		all ^= bit;
		if ((open & bit) != 0) {
			k->depth++;
			if (k->depth > k->deepest)
				k->deepest = k->depth;
		} else if (--k->depth == 0) {
			return bit;
		}
	}
	return 0;
}

const char *
scan_nest_end(struct scan_nest *k, const char *p, const char *end)
{
	char last[SCAN_BLOCK];
	const char *from = p;
	struct scan_block b;

	while (p < end) {
		size_t n = (size_t)(end - p);
		uint64_t inside, bit;

		if (CC_LIKELY(n >= SCAN_BLOCK)) {
			n = SCAN_BLOCK;
		} else { /* the rest of the chunk, filled up with spaces */
			memset(last, ' ', sizeof(last));
			memcpy(last, p, n);
			from = last;
		}
		scan_block_read(from, &b);
		if (CC_UNLIKELY(b.escape != 0 || k->escaped))
			b.quote &= ~escaped_bytes(b.escape, n, &k->escaped);
		inside = bit_prefix_xor(b.quote) ^ k->in_string;
		k->in_string = 0 - (inside >> 63);
		bit = brackets(k, b.open & ~inside, b.close & ~inside);
		if (bit != 0) {
			k->in_string = 0;
			k->escaped = false;
			return p + bit_lowest(bit) + 1;
		}
		p += n;
		from = p;
	}
	return NULL;
}
