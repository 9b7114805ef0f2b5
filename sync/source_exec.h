/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What a program writes, line by line: doc/exec.md.  One JSON object each: a claim,
 * or a word about the listing.
 */
#ifndef SYNC_SOURCE_EXEC_H
#define SYNC_SOURCE_EXEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/slice.h"
#include "stix/tree.h"
#include "store/record.h"
#include "sync/claim.h"

enum exec_kind {
	EXEC_CLAIM,    /* `claim` is filled */
	EXEC_CURSOR,   /* `text` covers all lines before it */
	EXEC_WHOLE,    /* what was listed is all there is; `count` of it */
	EXEC_NOTE,     /* `text` for the operator */
	EXEC_ERROR,    /* the program cannot go on because of `text` */
	EXEC_REJECT    /* `why`, and `text` tells more */
};

struct exec_line {
	enum exec_kind kind;
	struct claim claim;
	struct slice text;
	uint64_t count;          /* UINT64_MAX: not stated */
	enum reject_reason why;
};

/* Pure.  What is filled is borrowed from the line and the tree, or lies in the
 * arena. */
void exec_line_read(struct tree *t, struct arena *a, struct slice line,
    unsigned value_options, struct exec_line *out);

/* The program's own part of the source's cursor; "" where there is none, or where
 * it is not of this kind. */
const char *exec_cursor_text(const char *cursor);

#endif
