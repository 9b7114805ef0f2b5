/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A match and its context as JSON; shared by lookup, list, explain and compare so
 * that a key means the same everywhere.  The keys are documented in taxiway(1).
 */
#ifndef CMD_SHOW_JSON_H
#define CMD_SHOW_JSON_H

#include "cmd/context.h"
#include "cmd/jw.h"

/* One line. */
void match_json(struct jw *j, tw_snapshot *snap, struct tw_str query,
    const struct tw_match *m, const struct context *x);
/* The line for a query that matches nothing. */
void miss_json(struct jw *j, struct tw_str query, const char *why);

#endif
