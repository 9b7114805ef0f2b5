/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/sort.h"

#include <string.h>

#define SMALL 24

uint64_t
sort_prefix(const uint8_t *p, size_t n)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < 8; i++)
		v = v << 8 | (i < n ? p[i] : 0);
	return v;
}

static void
insertion_sort(struct sort_pair *a, size_t n)
{
	struct sort_pair x;
	size_t i, j;

	for (i = 1; i < n; i++) {
		x = a[i];
		for (j = i; j > 0 && a[j - 1].key > x.key; j--)
			a[j] = a[j - 1];
		a[j] = x;
	}
}

/* Least significant byte first; bytes that are the same everywhere cost one
 * look at their count. */
static void
radix_sort(struct sort_pair *a, struct sort_pair *tmp, size_t n)
{
	size_t count[8][256] = {{0}};
	struct sort_pair *from = a, *to = tmp, *swap;
	size_t i, at, c;
	unsigned byte, v;

	for (i = 0; i < n; i++) {
		for (byte = 0; byte < 8; byte++)
			count[byte][a[i].key >> (8 * byte) & 0xff]++;
	}
	for (byte = 0; byte < 8; byte++) {
		if (count[byte][a[0].key >> (8 * byte) & 0xff] == n)
			continue;
		for (v = 0, at = 0; v < 256; v++) {
			c = count[byte][v];
			count[byte][v] = at;
			at += c;
		}
		for (i = 0; i < n; i++)
			to[count[byte][from[i].key >> (8 * byte) & 0xff]++] =
			    from[i];
		swap = from;
		from = to;
		to = swap;
	}
	if (from != a)
		memcpy(a, from, n * sizeof(*a));
}

/* Merge sort of one run of equal prefixes. */
static void
tie_sort(struct sort_pair *a, struct sort_pair *tmp, size_t n,
    int (*compare)(const void *ctx, uint32_t a, uint32_t b), const void *ctx)
{
	size_t half = n / 2, i = 0, j = half, k = 0;
	struct sort_pair x;

	if (n == 2) {
		if (compare(ctx, a[0].index, a[1].index) > 0) {
			x = a[0];
			a[0] = a[1];
			a[1] = x;
		}
		return;
	}
	if (n < 2)
		return;
	tie_sort(a, tmp, half, compare, ctx);
	tie_sort(a + half, tmp, n - half, compare, ctx);
	if (compare(ctx, a[half - 1].index, a[half].index) <= 0)
		return;
	while (i < half && j < n) {
		if (compare(ctx, a[i].index, a[j].index) <= 0)
			tmp[k++] = a[i++];
		else
			tmp[k++] = a[j++];
	}
	while (i < half)
		tmp[k++] = a[i++];
	/* What is left of the second half is in place. */
	memcpy(a, tmp, k * sizeof(*a));
}

void
sort_pairs(struct sort_pair *a, struct sort_pair *tmp, size_t n,
    int (*compare)(const void *ctx, uint32_t a, uint32_t b), const void *ctx)
{
	size_t i, j;

	if (n < 2)
		return;
	if (n <= SMALL)
		insertion_sort(a, n);
	else
		radix_sort(a, tmp, n);
	if (compare == NULL)
		return;
	for (i = 0; i < n; i = j) {
		for (j = i + 1; j < n && a[j].key == a[i].key; j++)
			;
		if (j - i > 1)
			tie_sort(a + i, tmp, j - i, compare, ctx);
	}
}
