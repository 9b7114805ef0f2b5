/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * From an indicator's pattern, or a bare cyber-observable object, to values.
 *
 * What reduces: equality on a path of the table in reduce.c, IN, OR of such
 * (each a value of its own), `X_ref.type = '…' AND X_ref.value = '…'` pairs,
 * ISSUBSET of a network, hash keys in every spelling, OR and single
 * observations in any nesting, `FOLLOWEDBY`/`AND` of observations as compounds.
 * An AND of several tests keeps its most selective value (hash > URL > email >
 * domain > address > the rest) and is marked compound: a hit on that value alone
 * is not yet the whole pattern; the hashes of one file under AND are all kept, in
 * one group, each compound.  A path that says more than the value it ends in
 * (a recipient, the name of a directory, what a domain resolves to) is compound
 * by itself and gives way to any other.  Qualifiers other than START/STOP make
 * it compound too; START/STOP narrow validity, and where alternatives have
 * windows of their own the widest is given and all are compound.  Negated tests,
 * LIKE, MATCHES and other operators give no value; a pattern that gives none is
 * kept as it is.
 *
 * The same rules serve every source.  Pure, thread-safe.
 */
#ifndef STIX_REDUCE_H
#define STIX_REDUCE_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/value.h"
#include "stix/object.h"
#include "stix/pattern.h"

struct reduced_value {
	struct value value;
	bool compound;      /* other tests stand beside it under AND */
	unsigned group;     /* values of one alternative share a number; the
	                     * hashes of one file are such a group */
};

struct reduced_reject { /* an atom that would have been a value, but is not */
	enum value_type type;
	enum value_reason reason;
	struct slice text;
};

struct reduction {
	struct reduced_value *values; size_t nvalues;   /* in the arena, without
	                                                 * doubles */
	struct reduced_reject *rejects; size_t nrejects;
	bool partial;       /* some alternative has no value and no reject */
	bool compound;      /* any value is compound */
	int64_t start, stop;/* from START/STOP; TSTAMP_NONE, TSTAMP_NEVER */
};

/* Reduce a parsed pattern.  0, or -1 with e set (arena, LIMIT_VALUES). */
int reduce_pattern(struct arena *a, const struct pattern_node *root,
    unsigned value_options, struct reduction *r, struct err *e) CC_CHECK;

/*
 * The whole way from pattern text, with a fast path that parses nothing for the
 * common shapes `[type:prop = 'literal']` and
 * `[file:hashes.'X' = '…']` (OR of them too); both ways must give the same
 * answer, which a test and a fuzz target check.  -1 with e set when the text is
 * not a STIX pattern.
 */
int reduce_text(struct arena *a, struct slice pattern, unsigned value_options,
    struct reduction *r, struct err *e) CC_CHECK;

/* The values of a bare SCO (ipv4-addr, domain-name, file with hashes …). */
int reduce_observable(struct arena *a, const struct stix_object *o,
    unsigned value_options, struct reduction *r, struct err *e) CC_CHECK;

#endif
