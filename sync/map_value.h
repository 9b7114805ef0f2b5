/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What becomes of the text of a value before it is read, and whether the value is
 * wanted then: separators, expressions, replacements, schemes, filters.
 *
 * Pure but for the compiled expression; not thread-safe.
 */
#ifndef SYNC_MAP_VALUE_H
#define SYNC_MAP_VALUE_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "base/value.h"
#include "sync/feed_options.h"

struct map_values {
	const struct feed_options *f;
	bool plain;          /* texts are taken as they come */
	char separator;      /* '\0': none */
	bool has_extract;
	regex_t extract;
	uint64_t only[4], skip[4]; /* types, as sets of bits */
	bool has_only;
};

/* Do the options say what can be done?  -1 with e set (ERR_CONFIG). */
int map_values_init(struct map_values *v, const struct feed_options *f,
    struct err *e) CC_CHECK;
void map_values_free(struct map_values *v);

/* The text of one, in the arena where it had to change; n == 0: none. */
struct slice map_values_edit(const struct map_values *v, struct slice text,
    struct arena *a);
/* The same text as a URL, where it is to be one and names no scheme. */
struct slice map_values_url(const struct map_values *v, struct slice text,
    struct arena *a);
/* Is a type of value wanted? */
bool map_values_wants(const struct map_values *v, uint8_t type);
/* Is a network too wide for this source? */
bool map_values_wide(const struct map_values *v, const struct value *value);

#endif
