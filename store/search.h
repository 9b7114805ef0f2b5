/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * One probe on its way through the store, in two steps: search_value() lists
 * what may match and starts the filter for each, so that its lines come from
 * memory together; search_ask() goes through the list in order, narrow before
 * wide.  As long as the filter answers everything with no, no transaction is
 * begun.  Private to lookup.c and search.c.
 */
#ifndef STORE_SEARCH_H
#define STORE_SEARCH_H

#include "store/reader_private.h"

#define CANDIDATES 16  /* planned at a time; more are asked in between */
#define DETECT_MAX 12  /* things that one text may be: 32 digits alone are 7 */

enum what {
	ASK_VALUE, /* the key in the tree of values */
	ASK_URL,   /* all URLs of the same loose part, as far as wanted */
	ASK_HOST,  /* the URL's host */
	ASK_NET,   /* the network itself */
	ASK_COVER  /* wider networks */
};

/* One thing to ask the store for, unless the filter denies it. */
struct candidate {
	const struct value *v;     /* the probe */
	const uint8_t *key;        /* its key, or that of a parent of it */
	uint16_t keylen;
	uint8_t what;              /* enum what */
	uint8_t kind;              /* enum tw_match_kind */
	uint8_t more;              /* values behind v of the same key and place:
	                            * what else a digest may be of */
	struct filter_place place; /* of VALUE and URL */
};

struct search {
	struct tw_snapshot *s;
	struct tw_match *out;
	size_t max, found;
	unsigned find;
	int kind;                  /* of all matches, when not 0 (a host's) */
	const struct value *probe; /* what is being asked for */
	unsigned n;
	struct candidate list[CANDIDATES];
	struct value values[DETECT_MAX];
};

/* TW_FORKED when the snapshot is not to be used. */
int search_begin(struct search *q, struct tw_snapshot *s, unsigned find,
    struct tw_match *out, size_t max) CC_CHECK;
/* Plan for a value, which must live until it has been asked for. */
int search_value(struct search *q, const struct value *v) CC_CHECK;
/* The same for all that a text may be. */
int search_values(struct search *q, const struct value *v, size_t n) CC_CHECK;
/* Ask; q->found counts, q->out holds the first `max`. */
int search_ask(struct search *q) CC_CHECK;

#endif
