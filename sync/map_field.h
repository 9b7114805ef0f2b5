/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the text of one field says: nothing, a number, a time, a test.
 * The small parts of map.c.  Pure but for compiled expressions.
 */
#ifndef SYNC_MAP_FIELD_H
#define SYNC_MAP_FIELD_H

#include <regex.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "sync/feed_options.h"

/* Equal but for case (ASCII). */
bool field_same(struct slice a, struct slice b);
/* A word for nothing: empty, map-nulls, or the usual ones, which have four
 * letters at the most. */
bool field_is_null_word(const struct feed_options *f, struct slice s);
static inline bool
field_is_null(const struct feed_options *f, struct slice s)
{
	return s.n == 0 || ((s.n <= 4 || f->nulls.n > 0) &&
	    field_is_null_word(f, s));
}
/* A decimal number, sign and fraction allowed.  0, or -1. */
int field_number(struct slice s, double *out) CC_CHECK;
/* Such a number of things; what stands behind its point does not count.  0, or
 * -1. */
int field_count(struct slice s, uint64_t *out) CC_CHECK;
/* "+02:00" in ns; NULL: 0.  -1 with e set (ERR_CONFIG). */
int field_zone(const char *text, int64_t *out, struct err *e) CC_CHECK;
/* By map-times; "… UTC" behind it is allowed.  0, or -1. */
int field_time(const struct feed_options *f, struct slice s, int64_t *out)
    CC_CHECK;
/* The same for who reads many: what map-times mean is found once. */
enum time_kind { TIME_USUAL, TIME_EPOCH, TIME_EPOCH_MS, TIME_PLAIN, TIME_FORMAT };
struct field_times {
	const struct feed_options *f;
	enum time_kind *kinds;   /* one for each of map-times; or NULL: usual */
	int64_t zone;            /* of times that do not tell theirs */
};
int field_times_init(struct field_times *t, const struct feed_options *f,
    struct err *e) CC_CHECK;
void field_times_free(struct field_times *t);
int field_times_read(const struct field_times *t, struct slice s, int64_t *out)
    CC_CHECK;
/* The next part of *rest up to `sep`, trimmed, quotes taken off; false at the
 * end. */
bool field_part(struct slice *rest, char sep, struct slice *part);
/* "a.b.c.d:443", "[v6]:443", with `bare_v6` "v6:443" too where an address stands
 * in front; a URL stays. */
struct slice field_without_port(struct slice s, bool bare_v6);

/* FIELD=A|B, FIELD!=A|B, FIELD~ERE; FIELD<N, FIELD<=N, FIELD>N, FIELD>=N, where N
 * is a number or a time.  What is no number, or no time, fits none of these. */
enum predicate_op {
	TEST_IS, TEST_IS_NOT, TEST_BELOW, TEST_AT_MOST, TEST_ABOVE,
	TEST_AT_LEAST, TEST_MATCH
};
struct predicate {
	enum predicate_op op;
	unsigned field;
	struct slice words;  /* "A|B", borrowed */
	struct slice *list;  /* … of them, of TEST_IS and TEST_IS_NOT */
	size_t nlist;
	double number;
	bool timed;          /* or it is this time */
	int64_t when;
	const struct field_times *times; /* how they are written, or NULL */
	regex_t re;          /* TEST_MATCH */
	bool compiled;
};
/* `times` (NULL: the usual forms) must outlive p.  -1 with e set (ERR_CONFIG,
 * "OPTION: …"). */
int predicate_parse(struct slice text, const char *option,
    const struct field_times *times, struct slice *field, struct predicate *p,
    struct err *e) CC_CHECK;
bool predicate_fits(const struct predicate *p, struct slice text);
void predicate_clear(struct predicate *p);
/* Of an array that calloc() gave. */
void predicates_free(struct predicate *p, unsigned n);

#endif
