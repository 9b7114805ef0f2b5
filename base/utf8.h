/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * UTF-8 as RFC 3629 has it: no overlong forms, no surrogates, nothing past
 * U+10FFFF.  Pure, thread-safe.
 */
#ifndef BASE_UTF8_H
#define BASE_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

/* Length of the well-formed sequence at p, at most n bytes long: 1 … 4, or 0
 * when there is none.  A NUL byte is a sequence like any other. */
size_t utf8_len(const char *p, size_t n);
/* The sequence of a code point, up to U+10FFFF: its length, 1 … 4. */
size_t utf8_put(uint32_t c, char out[4]);
/* Is all of it well-formed? */
bool utf8_valid(struct slice s);
/* The length of the longest prefix of s that is at most `max` bytes and does
 * not end inside a sequence. */
size_t utf8_cut(struct slice s, size_t max);
/*
 * Replace with '?', byte by byte, what may not reach a terminal or a log line:
 * C0 and C1 controls, DEL, and bytes that are not well-formed UTF-8.
 */
void utf8_clean(char *p, size_t n);

#endif
