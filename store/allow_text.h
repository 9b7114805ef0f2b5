/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Substrings and regular expressions of allow-lists against the text of a value.
 * For the writer alone: a reader of the store needs no PCRE2.
 *
 * Substrings do not regard ASCII case; thousands of them cost about as much as
 * one, a look at each place of the text.  An expression is given up on a value
 * after LIMIT_ALLOW_MATCH steps, and does not hold it.
 */
#ifndef STORE_ALLOW_TEXT_H
#define STORE_ALLOW_TEXT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "store/allow.h"

struct allow_text;

struct allow_text *allow_text_new(void); /* NULL: no memory */
void allow_text_free(struct allow_text *t);

/* Add a pattern; its text is copied.  -1 with e set: no expression, a substring
 * of fewer than ALLOW_SUBSTRING_MIN bytes, too many, or no memory. */
#define ALLOW_SUBSTRING_MIN 3
int allow_text_add(struct allow_text *t, uint16_t list, uint64_t digest,
    const struct allow_pattern *p, struct err *e) CC_CHECK;

/* Values of which types are to be asked for: bit n for type n. */
uint64_t allow_text_types(const struct allow_text *t);

struct allow_text_hit {
	uint16_t list;
	uint64_t digest;
};
/* Which of them match?  At most `max`, in the order they were added. */
unsigned allow_text_match(const struct allow_text *t, uint8_t type,
    struct slice text, struct allow_text_hit *hits, unsigned max);

#endif
