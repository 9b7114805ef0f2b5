/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Text in another encoding to UTF-8, as bytes arrive: the encoding that is named,
 * else UTF-16 where a byte-order mark tells it.  Any other text stays as it is,
 * without a copy.
 *
 * A character that is none becomes one that stands for that; one that is cut off at
 * the end of the text is left out.  Bounded memory, not thread-safe.
 */
#ifndef SYNC_DECODE_H
#define SYNC_DECODE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"

enum decode_how {
	DECODE_FIRST, /* nothing came yet, or half of a byte-order mark */
	DECODE_PLAIN, DECODE_LITTLE, DECODE_BIG
};

struct decoder {
	void *iconv;     /* (iconv_t), or NULL: no encoding is named */
	enum decode_how how;
	char tail[16];   /* bytes of a character that is not whole yet */
	size_t ntail;
	uint16_t high;   /* first half of a surrogate pair, or 0 */
};

typedef int decode_fn(void *ctx, const char *p, size_t n, struct err *e);

/* `encoding` as iconv names it; NULL and UTF-8: told from the text.  -1 with e set
 * (ERR_CONFIG). */
int decoder_init(struct decoder *d, const char *encoding, struct err *e)
    CC_CHECK;
void decoder_free(struct decoder *d);
/* A new text. */
void decoder_reset(struct decoder *d);
/* To fn, in as many pieces as it takes.  -1 with e set: what fn set, or
 * ERR_SYNTAX. */
int decoder_bytes(struct decoder *d, const char *p, size_t n, decode_fn *fn,
    void *ctx, struct err *e) CC_CHECK;
/* The text is over: a first byte that was no mark is passed on. */
int decoder_end(struct decoder *d, decode_fn *fn, void *ctx, struct err *e)
    CC_CHECK;

#endif
