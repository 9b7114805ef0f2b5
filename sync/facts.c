/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/facts.h"

#include <string.h>

static bool
is_word(struct tw_str s, const char *word)
{
	return s.n == strlen(word) && memcmp(s.p, word, s.n) == 0;
}

struct schedule_facts
facts_of(const struct tw_source *s)
{
	return (struct schedule_facts){
	    .last_poll = s->last_poll, .retry_at = s->retry_at,
	    .polls = s->polls, .failures = s->failures,
	    .paused = s->paused != 0,
	    .undone = s->hidden_from != 0 && !s->held,
	    .stubborn = is_word(s->state, "auth") ||
		is_word(s->state, "moved") || is_word(s->state, "full"),
	};
}

int
facts_read(const char *store, const struct fact_reader *r, struct err *e)
{
	struct tw_error why = {0, {0}};
	tw_snapshot *snap = NULL;
	struct tw_status status;
	struct tw_source s;
	tw_store *tw;
	uint16_t id = 0;
	int rc;

	rc = tw_open(store, 0, &tw, &why);
	if (rc == TW_MISSING)
		return 0;
	if (rc != TW_OK)
		return err_set(e, ERR_STORE, "%s", why.text[0] != '\0' ?
		    why.text : tw_strerror(rc));
	rc = tw_snapshot_begin(tw, &snap);
	if (rc == TW_OK && (rc = tw_status(snap, &status)) == TW_OK)
		r->store(r->ctx, &status);
	while (rc == TW_OK && (rc = tw_source_next(snap, &id, &s)) == TW_OK)
		if (!s.forgotten)
			r->source(r->ctx, snap, &s);
	tw_snapshot_end(snap);
	tw_close(tw);
	return rc == TW_END ? 0 : err_set(e, ERR_STORE, "%s: %s", store,
	    tw_strerror(rc));
}
