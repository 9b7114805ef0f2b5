/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Numbers of JSON text.  Private to stix/.  Pure, thread-safe, no locale.
 */
#ifndef STIX_SCAN_NUMBER_H
#define STIX_SCAN_NUMBER_H

#include <stdint.h>

#include "base/cc.h"

/*
 * Read the number at *p, which may be anything, and step over it.  1: an
 * integer, in *out; 0: a real, which is finite as a double; -1: not a number,
 * an integer that does not fit, or a real that does not: *what says which.
 */
int scan_number_read(const char **p, const char *end, int64_t *out,
    const char **what) CC_CHECK;

#endif
