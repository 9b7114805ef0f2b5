/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A JSON document as it arrives: the elements of named arrays and objects, one
 * by one, and what is left of the document without them.
 *
 * A place is named by its path from the root: ".Event.Attribute" is the member
 * Attribute of the member Event, "[]" an element of an array: ".response[].x";
 * "" is the root.  Where a place is an array or an object, what it holds is given
 * out value by value (with the member's name, as it is written, for an object),
 * and it is empty in the rest.
 *
 * Only structure is checked here; that an element is JSON is for whoever takes
 * it to find out, and the rest is held to it at the end.
 *
 * Memory: one element (up to `max` bytes) and the rest (LIMIT_SKELETON).  A larger
 * element is passed over and told.  Not thread-safe.
 */
#ifndef SYNC_JSON_PICK_H
#define SYNC_JSON_PICK_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "base/slice.h"
#include "stix/scan_nest.h"

struct json_pick_ops {
	/* An element of place `i`.  Borrowed.  -1 with e set ends it all. */
	int (*element)(void *ctx, unsigned i, struct slice name,
	    struct slice bytes, uint64_t offset, struct err *e);
	/* One of more than `max` bytes was passed over. */
	int (*too_large)(void *ctx, unsigned i, uint64_t offset,
	    struct err *e);
	void *ctx;
};

#define JSON_PICK_PATH 256 /* bytes of a path; deeper ones name no place */

struct json_pick {
	const struct json_pick_ops *ops;
	const char *const *places; /* NULL at the end */
	struct buf element, rest, name;
	char path[JSON_PICK_PATH];
	struct {
		uint16_t path;     /* bytes of the path to this container */
		int16_t place;     /* that it is, or -1 */
		bool array, lost;  /* its path is too long to be told */
	} levels[LIMIT_DEPTH];
	unsigned depth;
	uint8_t state;
	bool escaped;
	/* of the element at hand */
	bool picking, large;
	int16_t place;
	bool nested, quoted;       /* it is a container, a string, or a word */
	struct scan_nest nest;     /* of a container */
	uint64_t offset, began;    /* bytes taken; where the element began */
};

void json_pick_init(struct json_pick *p, const struct json_pick_ops *ops,
    const char *const *places, size_t max);
void json_pick_free(struct json_pick *p);
/* A new document. */
void json_pick_reset(struct json_pick *p);
/* -1 with e set (ERR_SYNTAX "offset N: …", ERR_LIMIT, or what `element` set). */
int json_pick_bytes(struct json_pick *p, const char *bytes, size_t n,
    struct err *e) CC_CHECK;
/* The document is whole: the rest of it, to be freed; NULL with e set when it is
 * cut or the rest is not JSON. */
json_t *json_pick_end(struct json_pick *p, struct err *e) CC_CHECK;

#endif
