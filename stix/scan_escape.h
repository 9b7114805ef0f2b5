/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Escapes in JSON strings.  Private to stix/.  Pure, thread-safe.
 */
#ifndef STIX_SCAN_ESCAPE_H
#define STIX_SCAN_ESCAPE_H

#include <stddef.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/slice.h"

/* The length of the escape at p, or of the two that make one character, and the
 * character; 0 when it is none, or stands for NUL. */
size_t scan_escape(const char *p, const char *end, uint32_t *out) CC_CHECK;

/* The text of the inside of a string as it stands in JSON, into `out`, which
 * holds at least as many bytes; returns its length, or -1 when an escape is not
 * valid.  Does not look at anything but escapes. */
int64_t scan_unescape(struct slice raw, char *out) CC_CHECK;

#endif
