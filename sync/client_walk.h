/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A listing of a TAXII server from its first page to its last, item by item and
 * each item once: objects, manifest records, versions.  Carries out what the page
 * machines (page.h, range.h) decide, as a poll does, but keeps no checkpoint.
 */
#ifndef SYNC_CLIENT_WALK_H
#define SYNC_CLIENT_WALK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/cc.h"
#include "base/err.h"
#include "base/slice.h"
#include "sync/taxii.h"

struct walk {
	struct taxii *talk;
	const struct job *filters; /* type, id, version … of the request */
	const char *url;           /* of the listing, with its '/' */
	bool objects;              /* Accept of objects, not of documents */
	const char *member;        /* NULL: "objects"; else a list of strings */
	/* One item: JSON of an object, or a string.  -1 with e set. */
	int (*item)(void *ctx, struct slice item, struct err *e);
	void *ctx;
};

/* 0; 1 with e set: there is no such listing (404); -1 with e set. */
int walk_run(const struct walk *w, int64_t since, struct err *e) CC_CHECK;

#endif
