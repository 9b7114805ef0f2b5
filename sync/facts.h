/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * What the store says of its sources, read in one short look: the store is
 * opened, read and closed again, so that whoever watches it for months holds
 * nothing of it.
 */
#ifndef SYNC_FACTS_H
#define SYNC_FACTS_H

#include "base/cc.h"
#include "base/err.h"
#include "sync/schedule.h"
#include "taxiway.h"

struct fact_reader {
	/* Each source that stands; texts are borrowed for the call. */
	void (*source)(void *ctx, tw_snapshot *snap, const char *name,
	    const struct tw_source *s);
	/* The store itself, before these; or NULL. */
	void (*store)(void *ctx, const struct tw_status *s);
	void *ctx;
};

/* 0, also when there is no store as yet; -1 with e set. */
int facts_read(const char *store, const struct fact_reader *r, struct err *e)
    CC_CHECK;
/* Of a source, what the schedule needs. */
struct schedule_facts facts_of(const struct tw_source *s);

/* What changed in the active set behind a generation. */
struct fact_changes {
	uint64_t generation; /* of now; 0: there is no store */
	uint64_t added, updated, removed;
	bool more;           /* there are more than were counted */
	bool resync;         /* the log does not go back so far */
};
/* Count at most `most` of them.  0, or -1 with e set. */
int facts_changes(const char *store, uint64_t since, uint64_t most,
    struct fact_changes *out, struct err *e) CC_CHECK;

#endif
