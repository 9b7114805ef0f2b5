/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the clock will do to the claims of a match, as things are now.
 */
#ifndef CMD_TIMELINE_H
#define CMD_TIMELINE_H

#include "cmd/context.h"
#include "cmd/jw.h"

#define TIMELINE_MAX ((size_t)2 * MATCH_CLAIMS_MAX)

struct event {
	int64_t at;
	const struct tw_claim *claim;
	bool begins;         /* else it ends */
	size_t active;       /* claims that are active from then on */
};

/* The events behind the view's time, in order; how many. */
size_t timeline(const struct context *x, struct event events[TIMELINE_MAX]);

/* "timeline", a member of the object that match_json() writes. */
void timeline_json(struct jw *j, const struct context *x);

#endif
