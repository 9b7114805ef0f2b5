/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Times are signed 64-bit nanoseconds since 1970-01-01T00:00:00Z, without leap
 * seconds: 1677-09-21 … 2262-04-11.  RFC 3339 text of any precision is read;
 * digits past the ninth are dropped.  What lies outside the range is clamped,
 * so a `valid_until` in the year 9999 compares as "never".
 * Pure functions, thread-safe; no function here reads a clock but
 * tstamp_now().
 */
#ifndef BASE_TSTAMP_H
#define BASE_TSTAMP_H

#include <stdint.h>

#include "base/cc.h"
#include "base/slice.h"

#define TSTAMP_NONE INT64_MIN        /* no time stated */
#define TSTAMP_MIN (INT64_MIN + 1)   /* before everything */
#define TSTAMP_NEVER INT64_MAX       /* no upper bound */
#define TSTAMP_SECOND INT64_C(1000000000)
#define TSTAMP_DAY (86400 * TSTAMP_SECOND)
#define TSTAMP_TEXT_MAX 40           /* bytes that tstamp_format() may write */

/*
 * RFC 3339 section 5.6 as STIX 2.1 section 2.16 narrows it, read liberally: any
 * number of fraction digits, 'Z' or a numeric offset, lower-case 't' and 'z',
 * a space for the 'T', second 60 (taken as 59.999999999).  A date that does not
 * exist is refused.  0, or -1 with *out untouched.
 */
int tstamp_parse(struct slice text, int64_t *out) CC_CHECK;

/*
 * What servers put into headers and cursors (rule P13 of the TAXII notes): all
 * of the above, a missing offset (taken as UTC), IMF-fixdate (RFC 9110 section
 * 5.6.7) and the text of a JavaScript Date ("Thu Feb 20 2020 12:00:00 GMT+0000
 * (UTC)").  0, or -1 with *out untouched.
 */
int tstamp_parse_liberal(struct slice text, int64_t *out) CC_CHECK;

/* Of these "YYYY-MM-DD HH:MM:SS" alone, in UTC, with 'T' for the space too: what
 * most tables have. */
int tstamp_parse_plain(struct slice text, int64_t *out) CC_CHECK;

/*
 * "YYYY-MM-DDTHH:MM:SS[.f…]Z" with `digits` (0 … 9) fraction digits, cut and
 * not rounded; digits < 0: as few as show the value, 0, 3, 6 or 9.  Writes a
 * NUL; returns the length.  NONE gives "-", NEVER gives "never".
 */
size_t tstamp_format(int64_t t, int digits, char out[TSTAMP_TEXT_MAX]);

/* a + b, clamped to the range; NONE and NEVER absorb. */
int64_t tstamp_add(int64_t a, int64_t b);

/* The wall clock. */
int64_t tstamp_now(void);

#endif
