/* SPDX-License-Identifier: BSD-2-Clause */
/* What allow-lists suppress, and for how long. */
#include "base/tstamp.h"
#include "store/allow.h"
#include "tests/unit/life.h"

/* Entries, and the values that each holds, by how far it reaches. */
static const struct {
	enum value_type type;
	const char *text;
	unsigned scope;         /* 0: any */
	unsigned self, below, urls; /* sets of values */
} entries[LIFE_ALLOWS] = {
    {VALUE_IPV4, "198.51.100.1", ALLOW_SELF, 1u << 0, 0, 0},
    {VALUE_DOMAIN, "evil.example", 0, 1u << 1, 1u << 5, 1u << 6},
    {VALUE_IPV4, "203.0.113.0/24", ALLOW_SELF, 1u << 3 | 1u << 8, 0, 0},
    {VALUE_MUTEX, "m", ALLOW_SELF, 1u << 7, 0, 0},
    {VALUE_IPV6, "2001:db8::1", ALLOW_SELF, 1u << 4, 0, 0},
    {VALUE_IPV4, "198.51.0.0/16", ALLOW_SELF, 1u << 0, 0, 0},
};

struct value
life_allow_value(const struct life *l, unsigned entry)
{
	(void)l;
	return value_of(entries[entry].type, entries[entry].text);
}

void
life_random_allow(const struct life *l, uint64_t *rng, unsigned entry,
    struct life_allow *a)
{
	static const unsigned scopes[] = {ALLOW_SELF, ALLOW_SELF | ALLOW_BELOW,
	    ALLOW_BELOW, ALLOW_SELF | ALLOW_URLS};

	*a = (struct life_allow){.there = true,
	    .blocks = rng_below(rng, 5) != 0, .scope = entries[entry].scope,
	    .expires = rng_below(rng, 2) == 0 ? TSTAMP_NEVER :
	        l->now + ((int64_t)rng_below(rng, 60) - 2) * LIFE_HOUR};
	if (a->scope == 0)
		a->scope = scopes[rng_below(rng, 4)];
}

bool
life_suppressed(const struct life *l, unsigned value, int64_t now)
{
	const struct life_allow *a;
	unsigned i, held;

	for (i = 0; i < LIFE_ALLOWS; i++) {
		a = &l->allow[i];
		if (!a->there || !a->blocks || now >= a->expires)
			continue;
		held = (a->scope & ALLOW_SELF) != 0 ? entries[i].self : 0;
		if ((a->scope & ALLOW_BELOW) != 0)
			held |= entries[i].below;
		if ((a->scope & ALLOW_URLS) != 0)
			held |= entries[i].urls;
		if ((held >> value & 1) != 0)
			return true;
	}
	return false;
}
