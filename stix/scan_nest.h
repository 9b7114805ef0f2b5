/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Finding the end of a JSON object or array as its bytes arrive: strings,
 * escapes and nesting only, 64 bytes at a time.
 *
 * Of valid JSON the end that is found is the true one.  Of anything else it is
 * a place that depends on the bytes alone, never on how they were cut.
 */
#ifndef STIX_SCAN_NEST_H
#define STIX_SCAN_NEST_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"

struct scan_nest {
	uint64_t in_string; /* all bits set inside a string */
	uint64_t depth;     /* brackets that are open, of either kind */
	uint64_t deepest;   /* the most there were */
	bool escaped;       /* the next byte follows a backslash */
};

static inline void
scan_nest_init(struct scan_nest *k)
{
	*k = (struct scan_nest){0};
}

/* Go on at p; the first call stands on the opening bracket.  Returns the byte
 * behind the closing one, or NULL when [p, end) holds no such. */
const char *scan_nest_end(struct scan_nest *k, const char *p, const char *end)
    CC_CHECK;

#endif
