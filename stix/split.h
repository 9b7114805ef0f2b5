/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The splitter: bytes as they arrive in, whole STIX objects out.
 *
 * It accepts, and tells apart by itself, every wrapper that feeds use:
 *   - a TAXII 2.1 envelope   {"more":…, "next":…, "objects":[ … ]}
 *   - a STIX bundle          {"type":"bundle", …, "objects":[ … ]}
 *   - an array of objects    [ {…}, {…} ], or of bundles or envelopes
 *   - one object, or several documents one after the other (NDJSON,
 *     concatenated bundles), in any mixture of the above
 * with or without a UTF-8 byte order mark.  Members may come in any order.
 * A top-level object whose "type" is a string other than "bundle", and whose
 * "objects" is absent or not an array (observed-data of STIX 2.0 has a map of
 * that name), is itself an object.  An element of an array is so as well, and one
 * without "type" and "objects" too.
 *
 * Only object boundaries are found here (strings, escapes and nesting); that an
 * object is valid JSON is for stix_object_scan() to say.  What surrounds the
 * objects, the skeleton, is kept byte for byte with the objects left out and is
 * given to Jansson at the end of each document, so that wrapper and objects
 * together are held to the whole of RFC 8259: the splitter accepts a document
 * if and only if Jansson accepts it, apart from our own limits and from raw NUL
 * bytes (Jansson skips one behind a number or literal).  What stands in the
 * place of an object and is none is checked here, too.
 *
 * Memory: one object that straddles two chunks (up to LIMIT_OBJECT) and the
 * skeleton (up to LIMIT_SKELETON).  An object larger than LIMIT_OBJECT is
 * skipped to its end and reported through on_oversize, at no cost to the ones
 * beside it; nesting beyond LIMIT_DEPTH likewise.  A skeleton that is too large
 * or not JSON ends the input with an error that names the byte offset.
 *
 * One splitter belongs to one thread.
 */
#ifndef STIX_SPLIT_H
#define STIX_SPLIT_H

#include <jansson.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

struct split;

struct split_ops {
	/* One whole object, "{" to "}".  Borrowed: valid during the call only.
	 * `offset` is its place in the input, in bytes.  A return other than 0
	 * stops the splitter: split_feed() returns that value. */
	int (*on_object)(void *ctx, struct slice object, uint64_t offset);
	/* An element of `objects` that cannot be an object: not starting with
	 * "{" ("not-an-object"), too large ("too-large") or too deep
	 * ("too-deep").  `head` is its first bytes (up to 512).  Same return.
	 * NULL: they are passed over. */
	int (*on_bad)(void *ctx, const char *reason, struct slice head,
	    uint64_t offset);
	/* The end of one top-level document; of an array of bundles once, not
	 * of each.  `skeleton` is borrowed: the wrapper with "objects" emptied,
	 * an empty array for an array, or NULL for a bare object.  Same return.
	 * NULL: nobody asks. */
	int (*on_document)(void *ctx, json_t *skeleton, uint64_t objects);
};

/* NULL when out of memory.  `ops` and `ctx` must outlive the splitter. */
struct split *split_new(const struct split_ops *ops, void *ctx);
void split_free(struct split *s);
/* Make ready for a new input. */
void split_reset(struct split *s);

/* The next bytes, any number at any boundary.  0; -1 with e set (the input is
 * not JSON, or a limit was passed); or what a callback returned to stop. */
int split_feed(struct split *s, const char *p, size_t n, struct err *e) CC_CHECK;

/* The end of the input.  -1 with e set when it ended inside a document
 * ("truncated after N bytes, inside object M") or was empty. */
int split_finish(struct split *s, struct err *e) CC_CHECK;

/* Counted since the reset: bytes taken, objects given out. */
uint64_t split_bytes(const struct split *s);
uint64_t split_objects(const struct split *s);

#endif
