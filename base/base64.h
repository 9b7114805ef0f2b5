/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Base64 (RFC 4648): the alphabet of section 4, that of section 5 (for URLs and
 * file names), or both.  Pure, thread-safe.
 *
 * What is read may be broken: a byte of no alphabet, a digit behind the padding,
 * more padding than is missing, or a last digit that stands alone are errors.
 * Bits that are left over in the last digit say nothing and are not looked at.
 */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/slice.h"

/* Which alphabets (at least one), and what else is taken. */
enum {
	BASE64_STANDARD = 1, /* + and / */
	BASE64_URL = 2,      /* - and _ */
	BASE64_UNPADDED = 4, /* padding may be missing */
	BASE64_SPACES = 8    /* blanks, tabs and line ends are passed over */
};

/* At most as many bytes are in n characters. */
#define BASE64_BYTES(n) ((n) / 4 * 3 + (n) % 4 * 3 / 4)

/* In the alphabet for URLs if that is the only one given, else the standard one;
 * without padding if that may be missing. */
void base64_encode(struct slice in, unsigned options, struct buf *out);
/* All of a text, to `out` with room for BASE64_BYTES(text.n) and *n of them; out
 * may be NULL, to only look.  -1 when it is no base64: out and *n are then
 * undefined. */
int base64_decode(struct slice text, unsigned options, void *out, size_t *n)
    CC_CHECK;

/* The same for a text that comes character by character. */
struct base64 {
	unsigned options;
	uint32_t bits;     /* that are no byte yet, the last ones given */
	unsigned nbits;    /* as many */
	unsigned padding;  /* characters of it */
};

void base64_init(struct base64 *b, unsigned options);
/* 1: *byte is the next one; 0: more is needed; -1: no base64. */
int base64_take(struct base64 *b, char c, uint8_t *byte) CC_CHECK;
/* Is the text whole?  -1: it is cut, or its padding is missing. */
int base64_end(const struct base64 *b) CC_CHECK;

#endif
