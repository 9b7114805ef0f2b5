/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the two ways of reduction share; private to reduce*.c.
 *
 * Both bring tests to the same functions: the slow way from a parsed tree, the
 * fast way from nodes on its stack.
 */
#ifndef STIX_REDUCE_WALK_H
#define STIX_REDUCE_WALK_H

#include "stix/reduce.h"

struct reduce_item {
	struct reduced_value v;
	bool weak;
	struct reduce_item *next;
};

struct reduce_lost {
	struct reduced_reject r;
	struct reduce_lost *next;
};

/* What a part of a pattern gives: any of these values. */
struct reduce_alts {
	struct reduce_item *first, *last;
	size_t n;
	struct reduce_lost *lost, *lost_last;
	size_t nlost;
	bool partial;
	int64_t start, stop;
};

struct reduce_job {
	struct arena *a;
	unsigned options;
	unsigned groups;    /* numbers given out */
	bool failed;        /* the arena is full */
};

/* What the children of an operator give together: PAT_OR, PAT_AND, or one of
 * the observation level's.  Sets job->failed. */
void reduce_list(struct reduce_job *job, enum pattern_op op,
    const struct pattern_node *const *children, size_t n,
    struct reduce_alts *out);

/* Turn the alternatives into the result.  0, or -1 with e set. */
int reduce_finish(struct reduce_job *job, const struct reduce_alts *alts,
    struct reduction *r, struct err *e) CC_CHECK;

/* Reduce a text of one of the common shapes.  False when it is of another shape
 * (or not a pattern at all): then nothing was done. */
bool reduce_fast(struct reduce_job *job, struct slice text,
    struct reduce_alts *out) CC_CHECK;

#endif
