/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Does a name end as files do that feeds name: programs, scripts, documents with
 * macros, shortcuts, images of disks, archives?  Some endings are top-level
 * domains as well; a name with one of those is looked up as both.
 */
#include "base/value_private.h"

#define SUFFIX_MAX 5
/* As a number, in the order of the alphabet. */
#define FIVE(a, b, c, d, e) ((uint64_t)(a) << 32 | (uint64_t)(b) << 24 | \
	(uint64_t)(c) << 16 | (uint64_t)(d) << 8 | (uint64_t)(e))
#define FOUR(a, b, c, d) FIVE(a, b, c, d, 0)
#define THREE(a, b, c) FIVE(a, b, c, 0, 0)
#define TWO(a, b) FIVE(a, b, 0, 0, 0)

/* Sorted. */
static const uint64_t suffixes[] = {
	TWO('7', 'z'), THREE('a', 'c', 'e'), THREE('a', 'p', 'k'),
	THREE('a', 'p', 'p'), THREE('b', 'a', 't'), THREE('b', 'i', 'n'),
	THREE('b', 'z', '2'), THREE('c', 'a', 'b'), THREE('c', 'h', 'm'),
	THREE('c', 'm', 'd'), THREE('c', 'p', 'l'),
	THREE('c', 's', 'v'), THREE('d', 'a', 't'), THREE('d', 'l', 'l'),
	THREE('d', 'm', 'g'), THREE('d', 'o', 'c'), FOUR('d', 'o', 'c', 'm'),
	FOUR('d', 'o', 'c', 'x'), THREE('d', 'o', 't'),
	FOUR('d', 'o', 't', 'm'), FIVE('d', 'y', 'l', 'i', 'b'),
	THREE('e', 'l', 'f'), THREE('e', 'm', 'l'), THREE('e', 'x', 'e'),
	TWO('g', 'z'), THREE('h', 't', 'a'), THREE('h', 't', 'm'),
	FOUR('h', 't', 'm', 'l'), THREE('i', 'm', 'g'), THREE('i', 'n', 'i'),
	THREE('i', 'q', 'y'), THREE('i', 's', 'o'), THREE('j', 'a', 'r'),
	TWO('j', 's'), THREE('j', 's', 'e'), THREE('j', 's', 'p'),
	THREE('l', 'n', 'k'), THREE('l', 'o', 'g'), THREE('l', 'z', 'h'),
	THREE('m', 's', 'g'), THREE('m', 's', 'i'), THREE('m', 's', 'p'),
	THREE('o', 'c', 'x'), THREE('o', 'd', 's'), THREE('o', 'd', 't'),
	THREE('o', 'n', 'e'), THREE('p', 'd', 'f'), THREE('p', 'h', 'p'),
	TWO('p', 'l'), THREE('p', 'p', 's'), FOUR('p', 'p', 's', 'x'),
	THREE('p', 'p', 't'), FOUR('p', 'p', 't', 'm'),
	FOUR('p', 'p', 't', 'x'), THREE('p', 's', '1'),
	FOUR('p', 's', 'm', '1'), TWO('p', 'y'), THREE('r', 'a', 'r'),
	THREE('r', 'e', 'g'), THREE('r', 't', 'f'), THREE('s', 'c', 'r'),
	THREE('s', 'c', 't'), TWO('s', 'h'), THREE('s', 'l', 'k'),
	TWO('s', 'o'), THREE('s', 'y', 's'), THREE('t', 'a', 'r'),
	THREE('t', 'g', 'z'), THREE('t', 'm', 'p'), THREE('t', 'x', 't'),
	THREE('u', 'r', 'l'), THREE('v', 'b', 'e'), THREE('v', 'b', 's'),
	THREE('v', 'h', 'd'), FOUR('v', 'h', 'd', 'x'), THREE('w', 's', 'f'),
	THREE('w', 's', 'h'), THREE('x', 'l', 'l'), THREE('x', 'l', 's'),
	FOUR('x', 'l', 's', 'b'), FOUR('x', 'l', 's', 'm'),
	FOUR('x', 'l', 's', 'x'), TWO('x', 'z'), THREE('z', 'i', 'p')
};

/* The letters and digits behind the last dot, in lower case; 0: there are too many,
 * or none. */
static uint64_t
suffix_of(struct slice s)
{
	uint64_t all = 0, c;
	unsigned i;

	for (i = 0; i < SUFFIX_MAX + 1u && i + 1 < s.n; i++) {
		c = (uint8_t)s.p[s.n - 1 - i];
		if (c == '.')
			return i == 0 ? 0 : all << 8 * (SUFFIX_MAX - i);
		if (c >= 'A' && c <= 'Z')
			c |= 0x20;
		all |= c << 8 * i;
	}
	return 0;
}

bool
value_names_file(struct slice s)
{
	const uint64_t suffix = suffix_of(s);
	size_t from = 0, to = ARRAY_LEN(suffixes), at;

	while (from < to) {
		at = (from + to) / 2;
		if (suffixes[at] == suffix)
			return true;
		if (suffixes[at] < suffix)
			from = at + 1;
		else
			to = at;
	}
	return false;
}
