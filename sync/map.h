/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From the fields of a record to a claim.
 *
 * A map is made once from the options and the names of the columns; a record is
 * given as the texts of its fields.  What cannot be understood in one field costs
 * that field; a record without a single good value is rejected, with the reason
 * of its first bad one.
 *
 * Not thread-safe.  What map_record() fills lies in the caller's arena and in the
 * map: it is there until either is used again.
 */
#ifndef SYNC_MAP_H
#define SYNC_MAP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "store/record.h"
#include "sync/claim.h"
#include "sync/feed_options.h"

struct map;

/* How the map gets at a record, whose fields have the numbers that resolve()
 * gave: as a row, or by a function that tells up to `max` texts of a field (an
 * array of a JSON record has several) and returns their number. */
struct map_record {
	const struct slice *row; /* … of one text each; not used with get() */
	size_t n;
	size_t (*get)(void *ctx, unsigned field, struct slice *texts,
	    size_t max);
	void *ctx;
	/* of a map of rules: the rule, its format, and whether it is switched
	 * off, which revokes it */
	struct slice rule, rule_type;
	bool off;
};

/* The number of a field by name, or -1 when a record has none of that name; it
 * may set the error that map_new() was given. */
typedef int map_resolve_fn(void *ctx, struct slice name);

struct map_settings {
	unsigned value_options;  /* VALUE_ALLOW_BOGON … of the source */
	int64_t now;             /* for ended entries */
	const char *only_field;  /* what a map without `value` takes, or NULL */
	bool rules;              /* records are rules: they have no values, and
	                          * fields by the names of sync/rule.h where the
	                          * options name none */
};

/* NULL with e set: ERR_CONFIG, "map-labels: the feed has no column 'x'". */
struct map *map_new(const struct feed_options *f, const struct map_settings *s,
    map_resolve_fn *resolve, void *ctx, struct err *e) CC_CHECK;
void map_free(struct map *m);
/* A digest of everything that decides what a record gives. */
uint64_t map_settings_digest(const struct map *m);

enum map_result {
	MAP_CLAIM,   /* *c is filled; *detail: valid-from or valid-until that is no
	              * time and was passed over, else absent */
	MAP_SKIP,    /* a filter or a type says that it is not wanted */
	MAP_REJECT   /* *why and *detail say why not */
};
enum map_result map_record(struct map *m, const struct map_record *r,
    struct arena *a, struct claim *c, enum reject_reason *why,
    struct slice *detail);

#endif
