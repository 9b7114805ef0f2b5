/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Values that tell a bad listing: canaries, which no feed may list, and a list of
 * the most visited domains, of which it may list but few.  A set of digests and,
 * because a network may cover a canary, the addresses among them.
 *
 * Built before a poll, then only read.  Asking is one hash and one look.
 */
#ifndef STORE_GUARD_H
#define STORE_GUARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/value.h"

enum guard_kind { GUARD_NONE = 0, GUARD_CANARY = 1, GUARD_TOP = 2 };

struct guard;

struct guard *guard_new(void); /* empty; NULL: no memory */
void guard_free(struct guard *g);
/* -1 with e set: no memory, or more than LIMIT_GUARD_VALUES. */
int guard_add(struct guard *g, enum guard_kind kind, const struct value *v,
    struct err *e) CC_CHECK;
/* The canaries that come with the program: public resolvers, and names on which
 * half of the net stands. */
int guard_add_defaults(struct guard *g, struct err *e) CC_CHECK;
/* Distinct entries of the top list. */
uint64_t guard_tops(const struct guard *g);
bool guard_empty(const struct guard *g);

/* What is a value, or what does a network cover?  `prefix` as in struct value. */
enum guard_kind guard_find(const struct guard *g, uint8_t type, uint8_t prefix,
    const uint8_t *key, size_t keylen);

#endif
