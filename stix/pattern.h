/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * STIX patterns (STIX 2.1 section 9): lexer and parser for the whole grammar.
 *
 * The tree lies in the caller's arena and borrows the pattern's bytes.
 * Precedence, qualifiers, object paths, every literal and the NOT and EXISTS
 * forms are represented; comments and Unicode white space are skipped as the
 * OASIS grammar does.  Pure, thread-safe.
 */
#ifndef STIX_PATTERN_H
#define STIX_PATTERN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

enum pattern_op {
	/* observation level */
	PAT_OBSERVATION,  /* [ … ]: left is a comparison tree */
	PAT_OBS_AND, PAT_OBS_OR, PAT_FOLLOWEDBY,
	PAT_WITHIN, PAT_REPEATS, PAT_START_STOP, /* qualifiers of left */
	/* comparison level */
	PAT_AND, PAT_OR,
	PAT_TEST          /* one proposition */
};

enum pattern_test {
	TEST_EQ, TEST_NE, TEST_LT, TEST_LE, TEST_GT, TEST_GE, TEST_IN,
	TEST_LIKE, TEST_MATCHES, TEST_ISSUBSET, TEST_ISSUPERSET, TEST_EXISTS
};

enum pattern_literal_kind {
	LIT_STRING, LIT_INT, LIT_FLOAT, LIT_BOOL, LIT_TIMESTAMP, LIT_HEX,
	LIT_BINARY
};

struct pattern_literal {
	enum pattern_literal_kind kind;
	struct slice text;  /* strings: unescaped; others: as written, without
	                     * prefix and quotes */
	int64_t integer;    /* INT, BOOL, TIMESTAMP (ns) */
	double real;        /* FLOAT (and INT) */
};

struct pattern_step {   /* one step of an object path */
	struct slice name;  /* unquoted; absent for an index step */
	bool any;           /* [*] */
	bool is_index;
	int64_t index;
};

struct pattern_node {
	enum pattern_op op;
	struct pattern_node *left, *right;
	/* qualifiers; `literals` holds their numbers and times as written */
	double within;      /* seconds */
	int64_t repeats;
	int64_t start, stop;
	/* PAT_TEST */
	enum pattern_test test;
	bool negated;       /* NOT before the operator, or before EXISTS */
	struct slice object_type;
	struct pattern_step *path; size_t npath;
	struct pattern_literal *literals; size_t nliterals; /* IN: many */
	size_t offset;      /* byte offset in the pattern, for messages */
};

/* The root, or NULL with e set ("column N: expected …, found …"; limits
 * LIMIT_PATTERN, LIMIT_PATTERN_NODES, LIMIT_PATTERN_DEPTH). */
struct pattern_node *pattern_parse(struct arena *a, struct slice text,
    struct err *e) CC_CHECK;

/*
 * What STIX 2.1 asks of a pattern beyond its grammar: the values that hash tests
 * are made with have the length and the digits of their algorithm, and a
 * qualifier's number is not 0.  0, or -1 with e set.  Separate from the parser,
 * because one bad hash in an OR must not cost the values beside it.
 */
int pattern_check(const struct pattern_node *root, struct slice text,
    struct err *e) CC_CHECK;

/* Append the canonical text of a tree (parse → print → parse is the identity);
 * for tests and `explain`.  0, or -1 when the buffer is full. */
struct buf;
int pattern_print(const struct pattern_node *n, struct buf *out);

#endif
