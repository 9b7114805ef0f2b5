/* SPDX-License-Identifier: BSD-2-Clause */
#include "store/history.h"

#include "base/tstamp.h"

static int64_t
at_least(int64_t t, int64_t least)
{
	return t < least ? least : t;
}

void
history_of(const struct source_rec *s, struct store_history *out)
{
	out->ended = s->history > 0 ? s->history : HISTORY_ENDED;
	out->matched = at_least(s->history_matched > 0 ? s->history_matched :
	    HISTORY_MATCHED, out->ended);
	out->ids = at_least(s->history_ids > 0 ? s->history_ids : HISTORY_IDS,
	    out->ended);
}

int64_t
history_pass(const struct store_history *h)
{
	int64_t t = at_least(h->ended / 8, HISTORY_PASS_LEAST);

	return t < HISTORY_PASS_MOST ? t : HISTORY_PASS_MOST;
}

bool
history_over(const struct store_history *h, int64_t since, int64_t brought,
    bool matched, int64_t now)
{
	int64_t from = at_least(since, brought);

	return from != TSTAMP_NEVER &&
	    tstamp_add(from, matched ? h->matched : h->ended) <= now;
}

bool
history_stale(const struct source_rec *s, int64_t when, int64_t now)
{
	struct store_history h;

	history_of(s, &h);
	return now > when && now - when >= h.ids / 4;
}
