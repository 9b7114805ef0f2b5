/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What is asked before a document is: a file beside it that tells its digest, or
 * its head alone.  Private to sync/doc_*.c.
 */
#ifndef SYNC_DOC_BEFORE_H
#define SYNC_DOC_BEFORE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/slice.h"
#include "base/sums.h"
#include "sync/doc_read.h"

/* The digest that a file beside a document told. */
struct doc_beside {
	bool known;
	enum sum_kind kind;
	uint8_t digest[SUM_MAX];
};

/* Fetch and read that file.  *same: it is the digest of the version that was
 * read last, and `changes` that only news are wanted.  -1 with e set, got->reply
 * filled. */
int doc_beside(struct doc_talk *d, const struct doc_request *r, bool changes,
    struct doc_beside *b, bool *same, struct doc_got *got, struct err *e)
    CC_CHECK;
/* For the next time. */
void doc_beside_keep(const struct doc_beside *b, struct cursor *c);
/* The digest in a text such as "d41d…", "d41d…  feed.gz" or "MD5 (feed.gz) =
 * d41d…"; of several lines the one that ends with the name counts.  -1: there is
 * none. */
int beside_parse(struct slice text, struct slice name, struct doc_beside *b)
    CC_CHECK;
/* Where it lies: `how` is ".md5", put behind the path of the document's URL, or
 * a URL, taken from there.  -1 with e set. */
int beside_url(struct slice document, const char *how, struct buf *out,
    struct err *e) CC_CHECK;

/* Does the head of the document tell that it is the version read last? */
bool doc_head_same(struct doc_talk *d, const struct doc_request *r,
    struct doc_got *got);

#endif
