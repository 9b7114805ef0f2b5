/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pull_floor.h"

#include <string.h>

#include "base/duration.h"
#include "base/tstamp.h"
#include "cmd/address.h"
#include "cmd/settings.h"
#include "sync/facts.h"
#include "sync/job.h"

struct newest {
	const char *name;
	int64_t poll; /* start of it; 0: never */
};

static void
look(void *ctx, tw_snapshot *snap, const char *name,
    const struct tw_source *s)
{
	struct newest *n = ctx;

	(void)snap;
	if (strcmp(name, n->name) == 0)
		n->poll = s->last_poll;
}

/* When the source may be polled again; 0: now. */
static int64_t
not_before(const char *store, const char *name, int64_t floor, int64_t now)
{
	struct newest n = {name, 0};
	const struct fact_reader r = {look, NULL, &n};
	struct err unused = ERR_INIT;

	if (facts_read(store, &r, &unused) != 0 || n.poll == 0)
		return 0;
	/* A poll of the future was before the clock was set. */
	return n.poll <= now && now - n.poll < floor ? n.poll + floor : 0;
}

bool
pull_is_early(const char *store, const struct settings *s, const char *base,
    int64_t now, struct err *e)
{
	struct err unused = ERR_INIT;
	char text[TSTAMP_TEXT_MAX];
	int64_t floor = 0, again = 0;
	struct job job;

	if (s->url == NULL || settings_time("floor", s->schedule.floor, 0,
	    false, &floor, &unused) != 0 || floor == 0)
		return false;
	job_init(&job);
	if (address_job(s, base, &job, &unused) == 0 &&
	    strncmp(job.url, "file:", 5) != 0)
		again = not_before(store, job.name, floor, now);
	if (again != 0) {
		tstamp_format(again - again % TSTAMP_SECOND + TSTAMP_SECOND,
		    0, text);
		err_set(e, ERR_BUSY, "%s: its provider bears one poll in %s, "
		    "and the last one is more recent: again at %s, or now "
		    "with --force", job.name, s->schedule.floor, text);
	}
	job_free(&job);
	return again != 0;
}
