/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Verifying a store: what its trees say about each other.  Private to
 * store/verify*.c.
 *
 * Every tree is walked once in key order and each entry is asked for in the
 * trees that must agree with it, so memory stays the same at any size.
 */
#ifndef STORE_VERIFY_H
#define STORE_VERIFY_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "store/allow.h"
#include "store/reader_private.h"
#include "store/rowset.h"

#define PROBLEMS_TOLD 1000 /* further ones are counted only */

/* What a source's objects add up to. */
struct source_sum {
	uint64_t objects, claims, revoked, patterns;
	uint64_t live, withdrawn; /* objects */
	uint64_t buried;          /* identifiers without one */
	uint64_t rows[ROWS_KINDS]; /* as the tree of rows has them */
};

struct verify {
	struct tw_snapshot *s;
	void (*tell)(void *ctx, const char *text);
	void *ctx;
	uint64_t problems;
	uint64_t checked;      /* entries */
	struct identity id;
	struct source_sum *sums; /* by source id */
	/* from the walks, against each other and the counters */
	uint64_t values, nets, claims, multi_claims;
	uint64_t objects, patterns, rules, relationships;
	uint64_t raw_bytes;    /* of the objects' originals */
	uint64_t max_row;
	uint64_t allow_said, allow_keys; /* entries and patterns of lists */
	struct allow_view allow;     /* cur NULL: not looked at yet */
	bool allow_bad;              /* its set cannot be read */
	struct rows_key chunk_key;   /* of the chunk read last */
	struct rows_rec chunk;
};

/* Report one problem. */
void verify_bad(struct verify *v, const char *fmt, ...) CC_PRINTF(2, 3);
/* A call on the snapshot failed: true when it only shows damage, which has been
 * reported; false when verifying cannot go on. */
bool verify_damage(struct verify *v, int rc);

/* Walk one tree; `entry` gets every key and record.  TW_OK or an error. */
typedef int verify_entry_fn(struct verify *v, const MDB_val *k,
    const MDB_val *d);
int verify_walk(struct verify *v, enum table t, verify_entry_fn *entry)
    CC_CHECK;

/* verify_values.c */
verify_entry_fn verify_value, verify_net, verify_claim;
/* verify_objects.c */
verify_entry_fn verify_object, verify_id, verify_block;
/* A relationship, or a version of it, is found from both of its ends, unless it is
 * revoked. */
int verify_ends(struct verify *v, uint64_t row, const struct object_rec *o)
    CC_CHECK;
/* verify_rows.c */
verify_entry_fn verify_rows;
/* A live object must be among its source's live rows, one that was withdrawn
 * among those. */
int verify_live(struct verify *v, uint64_t row, const struct object_rec *o)
    CC_CHECK;
void verify_row_counts(struct verify *v);
/* verify_undo.c */
verify_entry_fn verify_undo;
/* The original bytes must be those that were hashed. */
int verify_raw(struct verify *v, uint64_t row, const struct object_rec *o);
/* verify_meta.c */
verify_entry_fn verify_source, verify_poll, verify_change, verify_sighting;
void verify_counters(struct verify *v);
/* verify_allow.c */
verify_entry_fn verify_allow;
void verify_allow_counts(struct verify *v);
/* Is an entry of `values` or `nets` marked, if a list holds it? */
int verify_allowed(struct verify *v, const struct undo_value *value,
    const struct value_rec *rec);

#endif
