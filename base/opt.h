/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options as tables.  One row says everything about an option: its name, what it
 * takes, its range and what it is for.  The same tables drive the command line,
 * the configuration, `--help`, the completion files and what a fetcher is told
 * about its feed; a check compares them with the man pages.
 *
 * A table ends with a row of kind OPT_END.  The struct that it fills is zeroed
 * before; texts are borrowed by it.  Not thread-safe for one struct.
 */
#ifndef BASE_OPT_H
#define BASE_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"

enum opt_kind {
	OPT_END = 0,
	OPT_FLAG,   /* bool */
	OPT_STRING, /* char *: borrowed from argv or the configuration */
	OPT_NUMBER, /* uint32_t, within min … max */
	OPT_LIST,   /* struct opt_list */
	OPT_MAP     /* struct opt_map: KEY=VALUE, or VALUE for all keys */
};

struct opt_list {
	char **v;   /* owned array of borrowed strings */
	uint32_t n;
};

/* What belongs to what; later pairs count more.  A NULL key: to all others. */
struct opt_map {
	struct opt_pair {
		char *key;   /* owned, or NULL */
		char *value; /* borrowed */
	} *v;                /* owned array */
	uint32_t n;
};

struct opt {
	char letter;       /* short form, or 0 */
	const char *name;  /* long form, without dashes */
	const char *arg;   /* name of its argument in the help; NULL for flags */
	const char *help;  /* one line */
	enum opt_kind kind;
	size_t offset;     /* in the struct it fills */
	uint32_t min, max; /* OPT_NUMBER; of OPT_MAP, max > 0: a key may have
	                    * several values, in order, at most so many */
};

/* The row of that name, or NULL. */
const struct opt *opt_named(const struct opt *table, const char *name);
/* Take one value for an option, as from the command line.  -1 with e set
 * (ERR_USAGE, "--name: …"). */
int opt_store(const struct opt *o, char *value, void *into, struct err *e)
    CC_CHECK;
/* Add a pair; the key is copied (NULL: all others).  -1: no memory. */
int opt_map_add(struct opt_map *m, const char *key, size_t n, char *value,
    struct err *e) CC_CHECK;

/* Was this option given?  (One with an argument of 0 counts as not.) */
bool opt_given(const struct opt *o, const void *from);

/* Bytes that an option takes in its struct. */
size_t opt_size(const struct opt *o);
/* Make one option as if it had not been given. */
void opt_clear(const struct opt *o, void *into);
/* Move one option: what `into` has goes, what `from` had is not given there. */
void opt_move(const struct opt *o, void *from, void *into);
/* Free the arrays of the OPT_LIST and OPT_MAP rows. */
void opt_free(const struct opt *table, void *from);

/* A decimal number within min … max.  0, or -1. */
int opt_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
    CC_CHECK;

#endif
