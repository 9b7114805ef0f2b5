/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/timeline.h"

#include <stdlib.h>

static int
event_compare(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->at != y->at)
		return x->at < y->at ? -1 : 1;
	/* What begins at the moment when another ends leaves no gap. */
	return (int)y->begins - (int)x->begins;
}

size_t
timeline(const struct context *x, struct event events[TIMELINE_MAX])
{
	size_t i, n = 0, active = 0;

	for (i = 0; i < x->nclaims; i++) {
		const struct tw_claim *c = &x->claims[i];

		if (c->state != TW_ACTIVE && c->state != TW_PENDING)
			continue;
		active += c->state == TW_ACTIVE;
		if (c->state == TW_PENDING) {
			if (c->expires_at <= c->valid_from)
				continue;
			events[n++] = (struct event){c->valid_from, c, true, 0};
		}
		if (c->expires_at != TW_TIME_NEVER)
			events[n++] = (struct event){c->expires_at, c, false,
			    0};
	}
	if (n > 0)
		qsort(events, n, sizeof(events[0]), event_compare);
	for (i = 0; i < n; i++) {
		active = events[i].begins ? active + 1 : active - 1;
		events[i].active = active;
	}
	return n;
}

void
timeline_json(struct jw *j, const struct context *x)
{
	struct event events[TIMELINE_MAX];
	size_t i, n = timeline(x, events);

	jw_key(j, "timeline");
	jw_begin(j, '[');
	for (i = 0; i < n; i++) {
		jw_begin(j, '{');
		jw_ktime(j, "time", events[i].at);
		jw_kz(j, "event", events[i].begins ? "begins" : "ends");
		jw_kstr(j, "source", events[i].claim->source);
		jw_kstr(j, "id", events[i].claim->id);
		jw_kz(j, "rule", events[i].begins ? "valid-from" :
		    tw_rule_name(events[i].claim->rule));
		jw_knum(j, "active_claims", events[i].active);
		jw_end(j, '}');
	}
	jw_end(j, ']');
}
