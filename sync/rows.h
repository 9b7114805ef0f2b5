/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text to lines, as bytes arrive: a byte-order mark, NULs and carriage returns
 * are taken off, another encoding is turned into UTF-8 (decode.h).
 *
 * Memory is bounded by LIMIT_ROW; a longer line is given up, counted and told,
 * and what follows is read.
 */
#ifndef SYNC_ROWS_H
#define SYNC_ROWS_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "sync/decode.h"

enum rows_answer {
	ROWS_BROKEN = -1, /* the error object is set */
	ROWS_NEXT = 0,
	ROWS_MORE = 1     /* a row goes on in the next line: give me both */
};

struct rows_ops {
	/* A line without its end, at `offset` of the text; several, joined by
	 * '\n', after ROWS_MORE. */
	enum rows_answer (*line)(void *ctx, struct slice line, uint64_t offset,
	    struct err *e);
	/* A line of more than LIMIT_ROW bytes was passed over, or a row of more
	 * than LIMIT_ROW_LINES lines.  0, or -1. */
	int (*too_long)(void *ctx, uint64_t offset, struct err *e);
	void *ctx;
};

struct rows {
	const struct rows_ops *ops;
	struct decoder decoder;
	struct buf text;     /* the line that is not over yet */
	unsigned joined;     /* lines of text, by ROWS_MORE */
	uint64_t offset;     /* of text, in the document */
	bool begun, skipping;
};

/* `encoding` as iconv names it; NULL: UTF-8, or UTF-16 by its mark.  -1 with e
 * set (ERR_CONFIG). */
int rows_init(struct rows *r, const struct rows_ops *ops, const char *encoding,
    struct err *e) CC_CHECK;
void rows_free(struct rows *r);
/* A new document. */
void rows_reset(struct rows *r);
int rows_bytes(struct rows *r, const char *p, size_t n, struct err *e)
    CC_CHECK;
/* The last line, where it has no end. */
int rows_end(struct rows *r, struct err *e) CC_CHECK;

#endif
