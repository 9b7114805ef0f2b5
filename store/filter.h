/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The filter: a small file beside the store ("PATH-filter") that answers most
 * misses without a look into it.
 *
 * A blocked Bloom filter (one 64-byte block per key, 12 bits a key at capacity)
 * over the keys of TABLE_VALUES (for URLs: the loose part) and of TABLE_NETS,
 * whose lengths it notes, with one bit per IPv4 /16 in front of them.  "No" is
 * certain, "perhaps" is not.
 *
 * The keeper maps the file shared and only ever sets bits, and syncs them to
 * disk before the transaction that makes the values visible is committed; a
 * reader may therefore look at any time, without a lock.  When it outgrows its
 * capacity a new file is built from the tree, the old one is marked superseded,
 * and the new one renamed into place; readers look at that mark first and map
 * anew (and do without while they find none: a keeper killed in between leaves
 * no filter that lacks values).  Bits of values that are gone stay set until the
 * next rebuild.
 *
 * Identity: the store's uuid, and the generation up to which it is complete,
 * since a store may have been copied over an older one that left its filter.  No
 * filter, or one that does not fit, is correct and slow.
 */
#ifndef STORE_FILTER_H
#define STORE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/value.h"

struct filter;

#define FILTER_BITS_PER_KEY 12

/* -- reading -- */
/* NULL when there is none that fits (not an error). */
struct filter *filter_map(const char *store_path, const uint8_t uuid[16]);
void filter_unmap(struct filter *f);
/* True when a newer file has taken its place: unmap and map again. */
bool filter_superseded(const struct filter *f);
/* It knows every value up to this generation: not to be used with a snapshot of
 * a later one. */
uint64_t filter_generation(const struct filter *f);
/* May the value tree hold this key? */
bool filter_may_have(const struct filter *f, uint8_t type, const uint8_t *key,
    size_t keylen);
/*
 * The same in two steps: the first computes the place and fetches its line of
 * memory, the second looks.  Whoever has several keys to ask for starts all of
 * them, so that the lines are on their way together.
 */
struct filter_place {
	uint64_t block, bits; /* 9 bits for each bit in the block */
};
struct filter_place filter_start(const struct filter *f, uint8_t type,
    const uint8_t *key, size_t keylen);
bool filter_ask(const struct filter *f, struct filter_place at);
/* Does one key of either type have one place? */
bool filter_same(uint8_t a, uint8_t b);
/* May a network of the store cover this address (type VALUE_IPV4 or IPV6)? */
bool filter_may_cover(const struct filter *f, uint8_t type, const uint8_t *addr);

/* -- writing -- */
/* Map the one in place for writing.  When there is none that fits: create an
 * empty one with room for `capacity` keys, or, for 0, give NULL. */
int filter_open(const char *store_path, const uint8_t uuid[16],
    uint64_t capacity, struct filter **out, struct err *e) CC_CHECK;
void filter_add(struct filter *f, uint8_t type, const uint8_t *key,
    size_t keylen);
void filter_add_net(struct filter *f, uint8_t type, const uint8_t *addr,
    uint8_t prefix);
/* Keys added so far, keys it was made for. */
uint64_t filter_count(const struct filter *f);
uint64_t filter_capacity(const struct filter *f);
/* All values of this generation have been added; before filter_sync(). */
void filter_complete(struct filter *f, uint64_t generation);
/* Bits to disk; before the commit. */
int filter_sync(struct filter *f, struct err *e) CC_CHECK;
/* Put f (built under a temporary name) into place and mark `old`, if any, which
 * is the one in place now.  All of it reaches the disk in that order, unless
 * nothing that is durable relies on it yet (`sync` false: the store is empty, or
 * in its first load). */
int filter_publish(struct filter *f, struct filter *old, bool sync,
    struct err *e) CC_CHECK;
/* Like filter_open(), under a temporary name, for filter_publish(). */
int filter_build(const char *store_path, const uint8_t uuid[16],
    uint64_t capacity, struct filter **out, struct err *e) CC_CHECK;

#endif
