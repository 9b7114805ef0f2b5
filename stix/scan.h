/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reading JSON in place, one value after the other.  Private to stix/.
 *
 * Every byte is checked once: RFC 8259, UTF-8, no member twice in one object,
 * no NUL in a string, integers that fit 64 bits, reals that are finite: what
 * Jansson accepts with JSON_REJECT_DUPLICATES, and nothing else, apart from
 * LIMIT_DEPTH, LIMIT_MEMBERS, and a raw NUL byte behind a number or literal,
 * which Jansson overlooks.
 *
 * A function that fails returns -1, has set the error ("offset N: …"), and
 * leaves the cursor unusable.  Not thread-safe; one cursor, one text.
 */
#ifndef STIX_SCAN_H
#define STIX_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

struct scan_key { /* a member's name, while its object is open */
	uint64_t hash;
	struct slice name;
};

struct scan {
	const char *start, *p, *end; /* the text; p is the next byte */
	struct arena *arena;         /* for text with escapes, for many keys */
	struct err *e;
	unsigned depth;              /* objects and arrays that are open */
	struct scan_key *keys;       /* of the objects that are open */
	size_t nkeys, keys_cap;
	struct scan_key few[64];     /* where `keys` starts out */
};

struct scan_object { /* an object that is open */
	size_t first;    /* its first key in scan.keys */
	uint64_t seen;   /* a bit per key, from its hash; clear: surely new */
	const char *at;  /* the quote of the last name */
	bool begun;
	bool decoded;    /* the last name lies in the arena */
};

/* `a` and `e` must outlive the cursor. */
void scan_init(struct scan *s, struct arena *a, struct slice text,
    struct err *e);

/* The first byte of what follows white space, left in place; 0 at the end. */
char scan_peek(struct scan *s);
/* Check that only white space follows. */
int scan_end(struct scan *s) CC_CHECK;

/* Check any value and step over it.  The cursor stands on its first byte, as
 * scan_peek(), scan_member() and scan_item() leave it. */
int scan_skip(struct scan *s) CC_CHECK;
/* A string, the cursor on its quote.  `out` borrows from the text, or from the
 * arena when it had escapes. */
int scan_string(struct scan *s, struct slice *out) CC_CHECK;
/* A number, the cursor on its first byte.  1: an integer, in *out; 0: a real,
 * checked and stepped over. */
int scan_number(struct scan *s, int64_t *out) CC_CHECK;

/* An object, the cursor on "{"; then its members: 1 with the name in *name and
 * the cursor on the value, which must be read before the next call; 0 after
 * the last. */
int scan_object_open(struct scan *s, struct scan_object *o) CC_CHECK;
int scan_member(struct scan *s, struct scan_object *o,
    struct slice *name) CC_CHECK;
/* The two halves of scan_member(): the second checks that the object has no
 * such member yet.  Whoever knows that already may leave it out. */
int scan_name(struct scan *s, struct scan_object *o,
    struct slice *name) CC_CHECK;
int scan_name_new(struct scan *s, struct scan_object *o,
    struct slice name) CC_CHECK;
int scan_name_twice(struct scan *s, const struct scan_object *o);
/* The same for an array, the cursor on "["; *begun is its only state. */
int scan_array_open(struct scan *s, bool *begun) CC_CHECK;
int scan_item(struct scan *s, bool *begun) CC_CHECK;

/* Is the text one valid value of any type? */
int scan_check(struct arena *a, struct slice text, struct err *e) CC_CHECK;

#endif
