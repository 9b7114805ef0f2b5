/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A match and its context as text; shared by lookup, list and explain.
 */
#ifndef CMD_SHOW_MATCH_H
#define CMD_SHOW_MATCH_H

#include <stdio.h>

#include "cmd/context.h"

/* A line begins with the state, in a column of its own, so that many of them can
 * be read, sorted and cut. */
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

#endif
