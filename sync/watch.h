/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The states of the configured sources, as the daemon sees them, and when one goes
 * into another: by what the store says after a poll, and by the clock alone.
 */
#ifndef SYNC_WATCH_H
#define SYNC_WATCH_H

#include "base/cc.h"
#include "base/err.h"
#include "base/limits.h"
#include "sync/health.h"
#include "sync/hook_words.h"

struct watch_entry {
	char name[LIMIT_SOURCE_NAME + 1];
	int64_t late_after, stale_after; /* as struct schedule_source says */
	int64_t unchanged_after, stated_after;
	bool off;              /* … that, too */
	struct health_facts facts; /* without store */
	char store[16];        /* its state there; "": it is not there */
	char error[ERR_TEXT_MAX];
	enum health_state state;
	bool judged;           /* the state is known */
};

struct watch {
	struct watch_entry *v;
	unsigned n;
	int64_t began;         /* wall: since when sources can be polled */
};

/* Take a list in place of the old one; one of the same name goes on.  -1: no
 * memory, nothing changed. */
int watch_load(struct watch *w, const struct schedule_source *sources,
    unsigned n, struct err *e) CC_CHECK;
void watch_free(struct watch *w);
/* What the store says of a source. */
void watch_learn(struct watch *w, const char *name, const struct tw_source *s);
/* How a source is, by what the store says of it now (NULL: by what was learnt
 * last).  False: there is none of that name. */
bool watch_health(const struct watch *w, const char *name,
    const struct tw_source *s, int64_t now, struct health *out);
/* Judge all; each one that is in another state is told, or that is in a problem
 * at first. */
typedef void watch_fn(void *ctx, const struct hook_problem *p);
void watch_judge(struct watch *w, int64_t now, watch_fn *tell, void *ctx);

#endif
