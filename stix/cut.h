/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The cutter: bytes of any JSON as they arrive in, its records out.
 *
 * It is to other feeds what split.h is to STIX.  Told where in a document the
 * records stand, it gives out the elements of that array, or the entries of that
 * object (a map), one by one:
 *   members {}, CUT_AUTO     [ R, R ]; any other document is itself a record, so
 *                            that NDJSON and concatenated documents are records
 *   members {"a"}, CUT_AUTO  {"a": [ R, R ]}; {"a": {…}} is one record
 *   members {"a"}, CUT_EACH  {"a": [ R, R ]} and nothing else
 *   members {"a"}, CUT_MAP   {"a": {"name": R, "name": R}}
 * A byte order mark is passed over; several documents may follow one another.
 * null in the place of the records means that there are none.
 *
 * Only boundaries are found here; that a record is valid JSON is for its reader
 * to say (stix/tree.h).  What stands around the records, the skeleton, is kept
 * byte for byte with the records left out, and given out at the end of each
 * document.  Memory: one record that straddles two chunks (up to LIMIT_OBJECT)
 * and the skeleton (up to LIMIT_SKELETON).
 *
 * One cutter belongs to one thread.
 */
#ifndef STIX_CUT_H
#define STIX_CUT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

enum cut_kind { CUT_AUTO, CUT_EACH, CUT_MAP };

struct cut_where { /* borrowed; must outlive the cutter */
	const struct slice *members;
	unsigned n;
	enum cut_kind kind;
};

/* Slices are borrowed for the call.  A return other than 0 stops the cutter:
 * cut_feed() returns that value. */
struct cut_ops {
	/* A record, any JSON value but not checked.  `name` is the raw inside of
	 * the quotes of an entry's name, p == NULL of an element. */
	int (*on_record)(void *ctx, struct slice record, struct slice name,
	    uint64_t offset);
	/* One that is longer than LIMIT_OBJECT or deeper than LIMIT_DEPTH: its
	 * first bytes. */
	int (*on_bad)(void *ctx, const char *reason, struct slice head,
	    uint64_t offset);
	/* A document is over.  `skeleton` is p == NULL where there is none: a
	 * bare array, or a document that was itself a record.  `found`: the
	 * place of the records was there. */
	int (*on_document)(void *ctx, struct slice skeleton, bool found);
};

struct cut;

/* NULL when out of memory. */
struct cut *cut_new(const struct cut_where *w, const struct cut_ops *ops,
    void *ctx);
void cut_free(struct cut *c);
/* Make ready for a new input. */
void cut_reset(struct cut *c);
/* 0; -1 with e set ("offset N: …"); or what a callback returned. */
int cut_feed(struct cut *c, const char *p, size_t n, struct err *e) CC_CHECK;
/* The end of the input.  -1 with e set when it ended inside a document, or was
 * empty. */
int cut_finish(struct cut *c, struct err *e) CC_CHECK;

#endif
