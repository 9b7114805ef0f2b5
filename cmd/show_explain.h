/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Why a value is active or not: rules, and the dates that lie ahead; for explain.
 */
#ifndef CMD_SHOW_EXPLAIN_H
#define CMD_SHOW_EXPLAIN_H

#include "cmd/show_match.h"

#define TIMELINE_MAX ((size_t)2 * MATCH_CLAIMS_MAX)

/* What the clock will do to a claim, as things are now. */
struct event {
	int64_t at;
	const struct tw_claim *claim;
	bool begins;         /* else it ends */
	size_t active;       /* claims that are active from then on */
};

/* The events behind the view's time, in order; how many. */
size_t timeline(const struct context *x, struct event events[TIMELINE_MAX]);

/* Members of the object that match_json() writes. */
void timeline_json(struct jw *j, const struct context *x);

/* As text. */
void explain_text(tw_snapshot *snap, struct tw_str query,
    const struct tw_match *m, const struct context *x);

#endif
