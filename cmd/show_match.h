/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A match and its context, as JSON and as text; shared by lookup, list and
 * explain so that a key means the same everywhere.  The keys are documented in
 * taxiway(1).
 */
#ifndef CMD_SHOW_MATCH_H
#define CMD_SHOW_MATCH_H

#include <stdbool.h>

#include "cmd/jw.h"
#include "taxiway.h"

#define MATCH_TEXT_MAX 8448 /* a value's text; LIMIT_VALUE and some */
#define MATCH_CLAIMS_MAX 256

/* Everything that is told about one match, gathered once. */
struct context {
	struct tw_claim claims[MATCH_CLAIMS_MAX];
	size_t nclaims, found;  /* found may be more */
	struct tw_threat threats[MATCH_CLAIMS_MAX];
	size_t nthreats;
	struct tw_quality quality;
	char text[MATCH_TEXT_MAX];
	bool explain;           /* set by the caller: rules and dates too */
};

/* A TW_ result.  The context borrows from the snapshot. */
int context_load(tw_snapshot *snap, const struct tw_match *m,
    struct context *x);

/* One JSON line. */
void match_json(struct jw *j, tw_snapshot *snap, struct tw_str query,
    const struct tw_match *m, const struct context *x);
/* The line for a query that matches nothing. */
void miss_json(struct jw *j, struct tw_str query, const char *why);

/*
 * As text.  A line begins with the state, in a column of its own, so that many
 * of them can be read, sorted and cut.
 */
void match_line(FILE *out, tw_snapshot *snap, struct tw_str query,
    const struct tw_match *m, const struct context *x);
/* The line for a query that matches nothing; `why` is its state. */
void miss_line(FILE *out, struct tw_str query, const char *why);
/* The line of `list`: state, type, value. */
void value_line(FILE *out, tw_snapshot *snap, const struct tw_match *m,
    const struct context *x);
/* Below match_line(): what matched, the threats, the claims. */
void match_context(FILE *out, tw_snapshot *snap, const struct tw_match *m,
    const struct context *x);
/* Its parts. */
void match_text(FILE *out, const struct tw_match *m, const struct context *x);
void threats_text(FILE *out, const struct context *x);
void claim_text(FILE *out, tw_snapshot *snap, const struct tw_claim *c);

/* Text of a hostile feed for a terminal: controls become '?'. */
void print_clean(FILE *out, const char *p, size_t n);

#endif
