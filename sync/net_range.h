/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A range of addresses, or a network with its mask, as the fewest networks that
 * cover it.  Pure, thread-safe.
 */
#ifndef SYNC_NET_RANGE_H
#define SYNC_NET_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/slice.h"

/* An address as a number; IPv4: hi is 0. */
struct net_address {
	uint64_t hi, lo;
};

struct net_range {
	struct net_address at, last; /* what is left of it; at ≤ last */
	unsigned width;              /* bits of its addresses: 32 or 128 */
	bool done;                   /* nothing is left */
};

struct range_net {
	char text[52]; /* "a.b.c.d/n", "a:b::/n" */
	size_t n;
};

/* "first-last" of either family, blanks around the '-' allowed; of IPv4 also a
 * network with its mask behind a '/' or blanks.  False: it is none. */
bool field_range(struct slice s, struct net_range *r) CC_CHECK;
/* The next network of the fewest that cover it; false at the end. */
bool range_next(struct net_range *r, struct range_net *net);
/* How many that are, counted up to `most` + 1. */
unsigned range_count(struct net_range r, unsigned most);
/* More than one address? */
bool range_is_wide(const struct net_range *r);

#endif
