/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Everything that is told about one match, gathered once: by lookup, list, explain
 * and seen, whether they print text or JSON.
 */
#ifndef CMD_CONTEXT_H
#define CMD_CONTEXT_H

#include <stdbool.h>

#include "taxiway.h"

#define MATCH_TEXT_MAX 8448 /* a value's text; LIMIT_VALUE and some */
#define MATCH_CLAIMS_MAX 256

struct context {
	struct tw_claim claims[MATCH_CLAIMS_MAX];
	size_t nclaims, found;  /* found may be more */
	struct tw_threat threats[MATCH_CLAIMS_MAX];
	size_t nthreats;
	struct tw_quality quality;
	char text[MATCH_TEXT_MAX];
	bool explain;           /* set by the caller: rules and dates too */
};

/* A TW_ result.  What is in the context is borrowed from the snapshot. */
int context_load(tw_snapshot *snap, const struct tw_match *m,
    struct context *x);

#endif
