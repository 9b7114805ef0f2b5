/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/seen.h"

#include <stdlib.h>

#include "base/cc.h"
#include "base/limits.h"

#define FIRST_SIZE 1024u /* a power of two, as all sizes */

static size_t
first_slot(const struct seen *s, uint64_t digest)
{
	return (size_t)(digest * UINT64_C(0x9e3779b97f4a7c15)) &
	    (s->size - 1);
}

/* The slot of a digest, or the free one where it belongs.  One in two slots is
 * free at least. */
static uint64_t *
slot_of(const struct seen *s, uint64_t digest)
{
	size_t i = first_slot(s, digest);

	while (s->slots[i] != 0 && s->slots[i] != digest)
		i = (i + 1) & (s->size - 1);
	return &s->slots[i];
}

static bool
grow(struct seen *s)
{
	struct seen next = {.size = s->size > 0 ? s->size * 2 : FIRST_SIZE};

	next.slots = calloc(next.size, sizeof(*next.slots));
	if (next.slots == NULL)
		return false;
	for (size_t i = 0; i < s->size; i++)
		if (s->slots[i] != 0)
			*slot_of(&next, s->slots[i]) = s->slots[i];
	next.n = s->n;
	free(s->slots);
	*s = next;
	return true;
}

bool
seen_add(struct seen *s, uint64_t digest)
{
	uint64_t *slot;

	digest |= digest == 0;
	if (s->n >= s->size / 2 && s->n < LIMIT_SEEN && !grow(s) &&
	    s->size == 0)
		return false;
	slot = slot_of(s, digest);
	if (*slot == digest)
		return true;
	if (s->n < s->size / 2) {
		*slot = digest;
		s->n++;
	}
	return false;
}

void
seen_soon(const struct seen *s, uint64_t digest)
{
	if (s->size > 0)
		CC_PREFETCH(&s->slots[first_slot(s, digest)]);
}

void
seen_free(struct seen *s)
{
	free(s->slots);
	*s = (struct seen){NULL, 0, 0};
}
