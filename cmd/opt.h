/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Options as tables.  One row says everything about an option: it drives the
 * parser, `--help`, the completion files and, for the settings of a source, the
 * keys of the configuration too.  A check compares the tables with the man
 * pages.
 */
#ifndef CMD_OPT_H
#define CMD_OPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

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
	uint32_t min, max; /* OPT_NUMBER */
};

#define OPT_MAX 128
#define OPT_COLUMNS 80

/*
 * Read options out of argv[1…]; operands are moved to the front of argv and
 * their number is returned, -1 with e set (ERR_USAGE) when an option is unknown,
 * lacks its argument or has one that is out of range.  "--" ends the options; "-"
 * is an operand.  With `stop` set the first operand ends them too.
 */
int opt_parse(const struct opt *table, int argc, char **argv, bool stop,
    void *into, struct err *e) CC_CHECK;

/* Take one value for an option, as from the command line.  -1 with e set
 * (ERR_USAGE, "--name: …"). */
int opt_store(const struct opt *o, char *value, void *into, struct err *e)
    CC_CHECK;
/* Add a pair; the key is copied (NULL: all others).  -1: no memory. */
int opt_map_add(struct opt_map *m, const char *key, size_t n, char *value,
    struct err *e) CC_CHECK;

/* Was this option given?  (One with an argument of 0 counts as not.) */
bool opt_given(const struct opt *o, const void *from);

/* Free the arrays of the OPT_LIST and OPT_MAP rows. */
void opt_free(const struct opt *table, void *from);

/* The option list of `--help`, within 80 columns. */
void opt_help(const struct opt *table, FILE *out);
/* Print words, broken before column 80; lines after the first begin at column
 * `indent`, the first goes on from column `at`.  '\n' breaks too. */
void opt_wrap(FILE *out, const char *text, unsigned indent, unsigned at);

/* A decimal number within min … max.  0, or -1. */
int opt_number(const char *text, uint32_t min, uint32_t max, uint32_t *out)
    CC_CHECK;

#endif
