/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A JSON text of any kind as a tree of nodes, for feeds that are not STIX.
 *
 * Texts are borrowed from the input, or lie in the arena where they had escapes;
 * numbers stay as they were written.  The text is held to what scan.h says: no
 * member twice, valid UTF-8, integers of 64 bits.  Memory is bounded by
 * LIMIT_TREE_NODES, whatever the input.
 *
 * Not thread-safe; one tree is filled again and again.
 */
#ifndef STIX_TREE_H
#define STIX_TREE_H

#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

enum tree_kind {
	TREE_NULL, TREE_FALSE, TREE_TRUE, TREE_NUMBER, TREE_STRING,
	TREE_ARRAY, TREE_OBJECT
};

struct tree_node {
	struct slice name;  /* of a member; p == NULL: an element */
	struct slice text;  /* a string's text; else the bytes of the value */
	uint32_t first;     /* child; 0: none */
	uint32_t next;      /* sibling; 0: none */
	enum tree_kind kind;
};

struct tree {
	struct tree_node *nodes; /* [0] is the value itself */
	uint32_t n;
	size_t cap;
};

void tree_init(struct tree *t);
void tree_free(struct tree *t);
/* Read `text`, which must outlive the use of the tree, as must what is in `a`.
 * -1 with e set ("offset N: …"); the tree is empty then. */
int tree_read(struct tree *t, struct arena *a, struct slice text,
    struct err *e) CC_CHECK;
/* The member of that name of an object; 0 when there is none. */
uint32_t tree_member(const struct tree *t, uint32_t node, struct slice name);

#endif
