/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Durations as people write them: "30d", "12h", "1h30m", "0".  Units are s, m, h,
 * d, w and y (365 days), each at most once, the larger before the smaller.  In
 * nanoseconds.  Pure.
 */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/slice.h"

/* 0, or -1 with *out untouched: no such text, or more than `max`. */
int duration_parse(struct slice text, int64_t max, int64_t *out) CC_CHECK;
/* Append the shortest such text of whole seconds; "0" for less. */
void duration_print(int64_t t, struct buf *out);

#endif
