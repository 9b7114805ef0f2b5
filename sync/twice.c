/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/twice.h"

#include <stdlib.h>
#include <string.h>

#include "base/cc.h"

#define SLOTS (2 * TWICE_MAX)

void
twice_fetch(const struct twice *t, uint64_t digest)
{
	if (t->table != NULL)
		CC_PREFETCH(&t->table[digest % SLOTS]);
}

bool
twice_add(struct twice *t, uint64_t digest)
{
	unsigned i;

	if (t->n == TWICE_MAX)
		return false;
	if (t->table == NULL &&
	    (t->table = calloc(SLOTS, sizeof(*t->table))) == NULL)
		return false;
	if (digest == 0)
		digest = 1;
	for (i = (unsigned)(digest % SLOTS); t->table[i] != 0;
	    i = (i + 1) % SLOTS)
		if (t->table[i] == digest)
			return true;
	t->table[i] = digest;
	t->n++;
	return false;
}

void
twice_reset(struct twice *t)
{
	if (t->n > 0)
		memset(t->table, 0, SLOTS * sizeof(*t->table));
	t->n = 0;
}

void
twice_free(struct twice *t)
{
	free(t->table);
	*t = (struct twice){NULL, 0};
}
