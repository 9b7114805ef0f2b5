/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The command line: a table of options (base/opt.h) against argv, and as help.
 */
#ifndef CMD_OPT_H
#define CMD_OPT_H

#include <stdio.h>

#include "base/opt.h"

#define OPT_MAX 320
#define OPT_COLUMNS 80

/* Put a table's rows behind n others, for a struct that lies at `at`; how many
 * there are then, at most OPT_MAX, with OPT_END behind them. */
unsigned opt_append(struct opt rows[OPT_MAX + 1], unsigned n,
    const struct opt *table, size_t at);

/*
 * Read options out of argv[1…]; operands are moved to the front of argv and
 * their number is returned, -1 with e set (ERR_USAGE) when an option is unknown,
 * lacks its argument or has one that is out of range.  "--" ends the options; "-"
 * is an operand.  With `stop` set the first operand ends them too.
 */
int opt_parse(const struct opt *table, int argc, char **argv, bool stop,
    void *into, struct err *e) CC_CHECK;

/* The option list of `--help`, within 80 columns. */
void opt_help(const struct opt *table, FILE *out);
/* Print words, broken before column 80; lines after the first begin at column
 * `indent`, the first goes on from column `at`.  '\n' breaks too. */
void opt_wrap(FILE *out, const char *text, unsigned indent, unsigned at);
/* The same before another column. */
void opt_wrap_at(FILE *out, const char *text, unsigned indent, unsigned at,
    unsigned width);

#endif
