/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One row of CSV (RFC 4180, and what feeds make of it): other delimiters and
 * quotes, white space behind a delimiter, escapes, quotes in the middle of a field,
 * line ends within quotes.  Pure.
 */
#ifndef SYNC_CSV_H
#define SYNC_CSV_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/slice.h"
#include "sync/feed_options.h"

struct csv {
	char delimiter;   /* '\0': any white space */
	char quote;       /* '\0': none */
	char escape;      /* the next character is what it is; '\0': none */
	bool doubled;     /* a quote within quotes is written twice */
};

void csv_init(struct csv *c, const struct feed_options *f);
/*
 * Cut a row into fields: at most `max`, borrowed from the row, or from `room`
 * where quotes were taken off within.  Their number; 0 when the last quote is not
 * closed, so that the row goes on in the next line.  What is behind `max` fields
 * is left out.
 */
size_t csv_row(const struct csv *c, struct slice row, struct buf *room,
    struct slice *fields, size_t max);

/*
 * A column that may have several names, "src_ip|ip": the first that there is, by
 * `find` (-1: none).  Behind an empty one, "family|", it need not be there:
 * LIMIT_COLUMNS, which no row has.  A name that holds a bar itself goes first.
 */
int csv_choose(struct slice names, int (*find)(void *ctx, struct slice name),
    void *ctx);

#endif
