/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Fields that are written in another way: base64 (RFC 4648, also the alphabet of
 * URLs; white space is passed over, padding may be missing) or hexadecimal digits.
 * Pure.
 */
#ifndef SYNC_MAP_DECODE_H
#define SYNC_MAP_DECODE_H

#include "base/arena.h"
#include "base/cc.h"
#include "base/slice.h"

enum map_coding { CODING_BASE64, CODING_HEX, CODINGS };

/* Ends with NULL; the place is the enum map_coding. */
extern const char *const map_coding_names[CODINGS + 1];

/* By its name; CODINGS: there is none of it. */
enum map_coding map_coding_named(const char *name);
/* The text, in the arena; absent where it is not written so, is no UTF-8, or there
 * is no memory for it. */
struct slice map_decode(enum map_coding how, struct slice text,
    struct arena *a) CC_CHECK;

#endif
