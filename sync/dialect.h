/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The versions of TAXII that are spoken, and how one is agreed on: a server that
 * answers 406 is asked with the next media type of the table, until one is taken
 * or none is left.  Some servers want the version parameter, some refuse it; of
 * TAXII 2.0 the standard writes a space behind the semicolon, and some servers
 * compare letter by letter.  Pure, thread-safe.
 */
#ifndef SYNC_DIALECT_H
#define SYNC_DIALECT_H

#include <jansson.h>
#include <stdbool.h>

enum dialect {
	DIALECT_21, DIALECT_21_BARE, DIALECT_20, DIALECT_20_TIGHT,
	DIALECT_20_BARE, DIALECTS
};

struct dialect_row {
	const char *name;   /* stable: it is kept in cursors */
	const char *taxii;  /* Accept: of documents of TAXII itself */
	const char *stix;   /* Accept: of objects */
	const char *body;   /* Content-Type: of objects that are added */
	bool v20;           /* TAXII 2.0: bundles, ranges */
};

const struct dialect_row *dialect_row(enum dialect d);
/* By its name; DIALECTS when there is none of that name (or NULL). */
enum dialect dialect_named(const char *name);

/* What may be spoken, as a set of bits: all, or what the kind of the source
 * ("taxii21", "taxii20") narrows it to. */
unsigned dialect_allowed(const char *kind);
/* The first one that is allowed and was not tried; DIALECTS: none is left. */
enum dialect dialect_next(unsigned tried, unsigned allowed);

/* Of an API root's `versions`: the one to speak, where it is not `now`'s. */
enum dialect dialect_of_root(json_t *root, enum dialect now, unsigned allowed);
/* Of a response: some servers answer in theirs, whatever was asked for.
 * `type` is the media type without parameters, `ranged`: it is a bundle with a
 * Content-Range. */
enum dialect dialect_of_reply(const char *type, bool ranged, enum dialect now,
    unsigned allowed);

#endif
