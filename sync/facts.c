/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/facts.h"

#include <stdio.h>

#include "base/slice.h"

struct schedule_facts
facts_of(const struct tw_source *s)
{
	return (struct schedule_facts){
	    .last_poll = s->last_poll, .last_asked = s->last_asked,
	    .retry_at = s->retry_at,
	    .polls = s->polls, .failures = s->failures,
	    .paused = s->paused != 0,
	    .undone = s->hidden_from != 0 && !s->held,
	    .stubborn = slice_is(SLICE_OF(s->state), "auth") ||
		slice_is(SLICE_OF(s->state), "moved") ||
		slice_is(SLICE_OF(s->state), "full"),
	};
}

/* Open and look: 0 with a snapshot, 1 when there is no store. */
static int
begin(const char *store, tw_store **tw, tw_snapshot **snap, struct err *e)
{
	struct tw_error why = {0, {0}};
	int rc;

	*tw = NULL;
	*snap = NULL;
	rc = tw_open(store, 0, tw, &why);
	if (rc == TW_MISSING)
		return 1;
	if (rc != TW_OK)
		return err_set(e, ERR_STORE, "%s", why.text[0] != '\0' ?
		    why.text : tw_strerror(rc));
	rc = tw_snapshot_begin(*tw, snap);
	if (rc == TW_OK)
		return 0;
	tw_close(*tw);
	return err_set(e, ERR_STORE, "%s: %s", store, tw_strerror(rc));
}

int
facts_read(const char *store, const struct fact_reader *r, struct err *e)
{
	char name[LIMIT_SOURCE_NAME + 1];
	tw_snapshot *snap;
	struct tw_status status;
	struct tw_source s;
	tw_store *tw;
	uint16_t id = 0;
	int rc = begin(store, &tw, &snap, e);

	if (rc != 0)
		return rc < 0 ? -1 : 0;
	if ((rc = tw_status(snap, &status)) == TW_OK && r->store != NULL)
		r->store(r->ctx, &status);
	while (rc == TW_OK && (rc = tw_source_next(snap, &id, &s)) == TW_OK) {
		snprintf(name, sizeof(name), "%.*s", (int)s.name.n, s.name.p);
		if (!s.forgotten)
			r->source(r->ctx, snap, name, &s);
	}
	tw_snapshot_end(snap);
	tw_close(tw);
	return rc == TW_END ? 0 : err_set(e, ERR_STORE, "%s: %s", store,
	    tw_strerror(rc));
}

/* TW_OK when there are more, TW_END, TW_RESYNC, or an error. */
static int
count(tw_snapshot *snap, uint64_t since, uint64_t most,
    struct fact_changes *out)
{
	struct tw_change_cursor at = {.generation = since};
	struct tw_change c;
	uint64_t n;
	int rc = TW_OK;

	for (n = 0; n <= most &&
	    (rc = tw_change_next(snap, &at, &c)) == TW_OK; n++) {
		out->added += n < most && c.op == TW_ADDED;
		out->updated += n < most && c.op == TW_UPDATED;
		out->removed += n < most && c.op == TW_REMOVED;
	}
	return rc;
}

int
facts_changes(const char *store, uint64_t since, uint64_t most,
    struct fact_changes *out, struct err *e)
{
	tw_snapshot *snap;
	tw_store *tw;
	struct tw_status status;
	int rc = begin(store, &tw, &snap, e);

	*out = (struct fact_changes){0};
	if (rc != 0)
		return rc < 0 ? -1 : 0;
	rc = tw_status(snap, &status);
	if (rc == TW_OK) {
		out->generation = status.generation;
		rc = most > 0 ? count(snap, since, most, out) : TW_END;
		out->more = rc == TW_OK;
		out->resync = rc == TW_RESYNC;
	}
	tw_snapshot_end(snap);
	tw_close(tw);
	return rc >= 0 ? 0 : err_set(e, ERR_STORE, "%s: %s", store,
	    tw_strerror(rc));
}
