/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Hexadecimal text, either case on the way in, lower case on the way out.
 * Pure, thread-safe.
 */
#ifndef BASE_HEX_H
#define BASE_HEX_H

#include <stdint.h>

#include "base/cc.h"
#include "base/slice.h"

/* 0 … 15 for a hex digit, 0xff for any other byte. */
extern const uint8_t hex_values[256];

/* Exactly 2 * n digits at p to n bytes.  0, or -1 when one is not a digit (out
 * is then undefined). */
int hex_decode(const char *p, uint8_t *out, size_t n) CC_CHECK;
/* Writes 2 * n digits and no NUL. */
void hex_encode(const uint8_t *p, size_t n, char *out);

#endif
