/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A document that is a text inside of JSON, at a path of member names: what an
 * API says around a file that it hands out.  The text is base64 (RFC 4648, also
 * the alphabet of URLs; white space is passed over, padding may be missing) or
 * the document as it is.
 *
 * It is decoded as it arrives, in bounded memory.  What stands around it is not
 * looked at beyond strings and brackets.
 *
 * Pure, not thread-safe.
 */
#ifndef SYNC_UNWRAP_H
#define SYNC_UNWRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/base64.h"
#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "sync/json_path.h"

#define UNWRAP_SAMPLE 160 /* bytes of the JSON shown in an error */

struct unwrap {
	struct arena arena;
	struct json_path path;   /* members only */
	const char *text;        /* the path as it was given; borrowed */
	bool plain;              /* no base64 */
	/* in the document */
	bool in_string, is_key, taking;
	unsigned escape;         /* 1: behind a backslash; 2 … 5: in \uXXXX */
	uint32_t unit, high;     /* of it; of a pair's first half */
	unsigned depth, on_path; /* open brackets; path members that led here */
	uint64_t objects;        /* bit d - 1: bracket d is one of an object */
	bool expect_key, hit;    /* a name follows; the last name was ours */
	bool found, done;
	char key[LIMIT_PATH];    /* the name at hand */
	size_t nkey;             /* more than sizeof(key): too long to be ours */
	char sample[UNWRAP_SAMPLE];
	size_t nsample;
	struct base64 base64;
	/* decoded, not yet passed on */
	char out[1024];
	size_t nout;
};

typedef int unwrap_fn(void *ctx, const char *p, size_t n, struct err *e);

/* `path` must outlive u.  -1 with e set (ERR_CONFIG); to be freed in either
 * case. */
int unwrap_init(struct unwrap *u, const char *path, bool plain, struct err *e)
    CC_CHECK;
void unwrap_free(struct unwrap *u);
/* Another document. */
void unwrap_reset(struct unwrap *u);
/* -1 with e set: ERR_SYNTAX, or what fn set. */
int unwrap_bytes(struct unwrap *u, const char *p, size_t n, unwrap_fn *fn,
    void *ctx, struct err *e) CC_CHECK;
/* All bytes came: -1 with e set when the text was not there, or is cut. */
int unwrap_end(struct unwrap *u, unwrap_fn *fn, void *ctx, struct err *e)
    CC_CHECK;

#endif
