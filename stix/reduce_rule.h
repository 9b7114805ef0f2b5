/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Which object path stands for which value type; private to reduce*.c.
 */
#ifndef STIX_REDUCE_RULE_H
#define STIX_REDUCE_RULE_H

#include "base/value.h"
#include "stix/pattern.h"

enum reduce_kind {
	REDUCE_TYPE,    /* always the same type */
	REDUCE_ADDRESS, /* an address; the text says of which family */
	REDUCE_HOST     /* an address or a domain: a sibling `type` test or the
	                 * text says which */
};

struct reduce_target {
	enum reduce_kind kind;
	enum value_type type;
	bool number;    /* an integer literal is right here */
	bool weak;      /* the value alone says less than the path does: it is
	                 * compound, and gives way to any other */
};

/* What the path of a test stands for.  False when no rule has it. */
bool reduce_target(const struct pattern_node *test, struct reduce_target *out)
    CC_CHECK;
/* The type of `text` at that path.  `hint` is what a sibling type test says, or
 * VALUE_NONE. */
enum value_type reduce_type(const struct reduce_target *t, struct slice text,
    enum value_type hint) CC_CHECK;
/* The value type that an object type such as 'ipv4-addr' in a type test names;
 * VALUE_NONE for one that carries no value. */
enum value_type reduce_hint(struct slice object_type) CC_CHECK;
/* How much a value narrows a compound down: less is more selective. */
unsigned reduce_rank(const struct value *v) CC_CHECK;

#endif
