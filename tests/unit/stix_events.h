/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the splitter makes of an input, as an array of events:
 *
 *   ["object", VALUE, OFFSET]
 *   ["not-an-object" | "too-large" | "too-deep", VALUE or null, OFFSET]
 *   ["document", SKELETON or null, NUMBER]
 *
 * and the same from Jansson's parse of the whole.  For tests and fuzz targets.
 */
#ifndef TESTS_STIX_EVENTS_H
#define TESTS_STIX_EVENTS_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"
#include "base/slice.h"
#include "stix_reference.h"

/* How an input is cut: 0 not at all; else the seed of random cuts. */
#define CUT_NONE 0
/* Any other way: two chunks, the first of `n` bytes; or n bytes each. */
struct cut {
	uint64_t seed;
	size_t first, each;
};

/* Feed the input; every chunk is a copy that ends where its allocation does.
 * The events, to be freed by the caller; *rc is what the splitter returned last,
 * *scanned is whether all objects pass stix_object_scan().  Offsets are left
 * out (0) unless asked for. */
json_t *events_split(struct slice in, const struct cut *cut, int *rc,
    int *scanned, struct err *e);

/* The events by Jansson; NULL and *v when it does not accept the input or a
 * limit is passed.  Without offsets. */
json_t *events_reference(struct slice in, enum verdict *v);

/* Compare both, and the splitter with itself at the cuts of `seed`.  NULL, or
 * what is wrong; static storage. */
const char *events_check(struct slice in, uint64_t seed);

#endif
