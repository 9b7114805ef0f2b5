/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Requests with places to fill in: URLs, parameters and bodies of a feed.
 *
 *   {cursor} {page} {offset} {seq} {session} {limit} {item} {mark}
 *   {since} {now} {bucket}   times, also {now-1d}, {now:%Y%m%d},
 *                            {since:epoch}, {since-1h:epoch-ms}
 *   {key} {secret:NAME}      the token of the source, and its other secrets: not
 *                            filled in here, but when the request goes out, and
 *                            never shown
 *   {key:raw}                the token as it is: a signature of several
 *                            parameters, which is percent-encoded already
 *
 * Anything else in braces stands for itself, but a single word in them that is
 * none of these is an error: "{curser}".  Values are percent-encoded, in a body
 * of JSON escaped as its strings want it.
 *
 * Pure.
 */
#ifndef SYNC_TEMPLATE_H
#define SYNC_TEMPLATE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"

enum template_place {
	TEMPLATE_CURSOR, TEMPLATE_PAGE, TEMPLATE_OFFSET, TEMPLATE_SEQ,
	TEMPLATE_SESSION, TEMPLATE_LIMIT, TEMPLATE_ITEM, TEMPLATE_MARK,
	TEMPLATE_SINCE, TEMPLATE_NOW, TEMPLATE_BUCKET, TEMPLATE_KEY,
	TEMPLATE_SECRET,
	TEMPLATE_PLACES
};
#define TEMPLATE_BIT(place) (1u << (place))

/* What is filled in; an absent text or TSTAMP_NONE is empty. */
struct template_values {
	struct slice cursor, item, mark, session;
	bool counted;        /* number is one */
	uint64_t number;     /* page, offset and seq */
	uint32_t limit;      /* 0: empty */
	int64_t since, now, bucket;
};

enum template_escape {
	TEMPLATE_PLAIN,
	TEMPLATE_URL,   /* the values are percent-encoded */
	TEMPLATE_PARAM, /* and what stands around them, too */
	TEMPLATE_JSON   /* the values are escaped as in a JSON string */
};

/* Which places a text has, as a set of bits.  -1 with e set (ERR_CONFIG, "'…':
 * {curser} is not known"). */
int template_check(struct slice text, unsigned *places, struct err *e)
    CC_CHECK;
/* *empty: it has places, and all of them were empty (those of secrets are not). */
int template_fill(struct slice text, const struct template_values *v,
    enum template_escape how, struct buf *out, bool *empty) CC_CHECK;

/* --- secrets ---------------------------------------------------------------- */

#define TEMPLATE_SECRET_MARK "{secret:"

/* Letters, digits, '-' and '_', at most LIMIT_SECRET_NAME of them. */
bool template_is_name(struct slice name);
/* The next {secret:NAME} of a text, which then begins behind it.  False: there is
 * none.  *name may be no name; it is empty where no brace closes it. */
bool template_next_secret(struct slice *text, struct slice *name);

struct template_secrets {
	struct slice key;   /* of {key} and {key:raw}; SLICE_NONE: these stay */
	char *const *named; /* "NAME=value" */
	size_t n;
};

/* Put the secrets where they stand; a name that is not listed stays as it is.
 * Room is made once, so that nothing of them is left behind by a buffer that
 * grows; what else is to go into `out` should have its room by then. */
int template_secrets(struct slice text, const struct template_secrets *s,
    enum template_escape how, struct buf *out) CC_CHECK;
/* A value as it stands in a text that is escaped so. */
void template_put(struct buf *out, struct slice value, enum template_escape how);

#endif
