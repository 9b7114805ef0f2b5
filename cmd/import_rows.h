/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Lines of an exported store that are neither polls nor objects: sets of rows,
 * buried identifiers, sightings, entries of allow-lists.  Each is put into the
 * store as it is.  For cmd/verb_import.c; not thread-safe.
 */
#ifndef CMD_IMPORT_ROWS_H
#define CMD_IMPORT_ROWS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/arena.h"
#include "base/cc.h"
#include "base/err.h"
#include "store/allow_write.h"
#include "store/restore.h"

/* Begins as all zero, but for `store`. */
struct import_rows {
	const char *store;        /* path of the one that is built */
	unsigned long long line;  /* number of the line at hand, for messages */
	struct store *open;       /* (private) open for such lines, or NULL */
	struct arena arena;       /* (private) of what is gathered */
	struct allow_pair *pairs; /* (private) gathered, or NULL */
	struct restore_sighting *sightings; /* (private) as well */
	struct restore_buried *buried;
	size_t npairs, nsightings, nburied; /* (private) */
	struct slice source;      /* (private) of the buried */
};

/* -1, with e set: "line N: what", ERR_SYNTAX. */
int import_bad(unsigned long long line, const char *what, struct err *e);
/* Hexadecimal text (NULL: not given) to bytes, to be freed; NULL with e set. */
uint8_t *import_unhex(unsigned long long line, const char *text, size_t *n,
    struct err *e) CC_CHECK;

/* Do it in the store at `path`, which is open for as long; -1 with e set, by
 * `fn` as well. */
typedef int import_store_fn(void *ctx, struct store *s, struct err *e);
int import_store(const char *path, import_store_fn *fn, void *ctx,
    struct err *e) CC_CHECK;

/* Is it one of these lines? */
bool import_rows_is(const json_t *line);
/* Take it.  The store stays open for the next. */
int import_rows_take(struct import_rows *r, const json_t *line, struct err *e)
    CC_CHECK;
/* Put what is gathered, and close the store; another line may still come. */
int import_rows_end(struct import_rows *r, struct err *e) CC_CHECK;
/* Whatever was not put is dropped. */
void import_rows_free(struct import_rows *r);

#endif
