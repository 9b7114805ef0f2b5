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

/* Walk the brackets of a block at p, outside strings.  The place of the one
 * that closes the outermost, or NULL. */
static inline const char *
brackets(struct scan_nest *k, const char *p, uint64_t all)
{
	for (; all != 0; all &= all - 1) {
		const char *at = p + bit_lowest(all);

		if (bracket_closes(*at)) {
			if (--k->depth == 0)
				return at;
		} else if (++k->depth > k->deepest) {
			k->deepest = k->depth;
		}
	}
	return NULL;
}

const char *
scan_nest_end(struct scan_nest *k, const char *p, const char *end)
{
	char last[SCAN_BLOCK];
	const char *from = p;
	struct scan_block b;

	while (p < end) {
		size_t n = (size_t)(end - p);
		const char *at = NULL;

		if (CC_LIKELY(n >= SCAN_BLOCK)) {
			n = SCAN_BLOCK;
		} else { /* the rest of the chunk, filled up with spaces */
			memset(last, ' ', sizeof(last));
			memcpy(last, p, n);
			from = last;
		}
		scan_block_read(from, &b);
		if (CC_UNLIKELY((b.escape | (uint64_t)k->escaped) != 0))
			b.quote &= ~escaped_bytes(b.escape, n, &k->escaped);
		if (b.bracket != 0)
			at = brackets(k, from, b.bracket &
			    ~(bit_prefix_xor(b.quote) ^ k->in_string));
		if (at != NULL) {
			k->in_string = 0;
			k->escaped = false;
			return p + (at - from) + 1;
		}
		k->in_string ^= 0 - bit_parity(b.quote);
		p += n;
		from = p;
	}
	return NULL;
}
