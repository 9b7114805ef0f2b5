/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the token of a literal to what it stands for; private to the parser.
 */
#ifndef STIX_PATTERN_LITERAL_H
#define STIX_PATTERN_LITERAL_H

#include "base/arena.h"
#include "stix/pattern.h"
#include "stix/pattern_lex.h"

/* Fill *out from the literal or name that the lexer stands on.  Integers past
 * int64 are clamped.  False when the arena is full. */
bool pattern_literal_make(struct arena *a, const struct pattern_lexer *l,
    struct pattern_literal *out) CC_CHECK;

#endif
