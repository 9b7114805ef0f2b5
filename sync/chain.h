/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A listing of a TAXII server, from its first page to its last: carries out what
 * the page machines decide (page.h; range.h where the server turns out to speak
 * 2.0), with waiting, trying again and the agreement on a version.  What a page
 * holds, and what is done about it, is the caller's.
 */
#ifndef SYNC_CHAIN_H
#define SYNC_CHAIN_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "sync/page.h"
#include "sync/range.h"
#include "sync/taxii.h"

struct chain {
	struct taxii *talk;
	const char *url;           /* of the listing, with its '/' */
	const struct job *filters; /* type, id, version … of the requests */
	struct page_opts begin;
	enum range_form form;      /* of TAXII 2.0, as it was learned */
	/* One try at a page.  As taxii_page(): 0 with *got; -1 with e set, and in
	 * *got what a verdict needs. */
	int (*get)(void *ctx, const struct taxii_ask *ask,
	    struct taxii_got *got, struct err *e);
	/* A later listing may begin with added_after = since.  At the `end`,
	 * `whole` is set.  NULL: nobody wants to know.  -1 with e set. */
	int (*checkpoint)(void *ctx, int64_t since, bool end, struct err *e);
	void *ctx;

	/* what came of it */
	bool older;    /* it was read by ranges */
	bool whole;    /* read to its end, and nothing was left out on the way */
	bool missing;  /* 404 before any page came */

	/* its own */
	struct page page;
	struct range range;
	struct buf ask;
	bool answered;
};

/* Fill in what every listing needs; the rest is the caller's, `begin` first. */
void chain_init(struct chain *c, struct taxii *talk, const char *url,
    const struct job *filters);
/* 0; -1 with e set.  Once only. */
int chain_run(struct chain *c, struct err *e) CC_CHECK;

#endif
