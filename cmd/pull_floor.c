/* SPDX-License-Identifier: BSD-2-Clause */
#include "cmd/pull_floor.h"

#include <string.h>

#include "base/duration.h"
#include "base/tstamp.h"
#include "cmd/address.h"
#include "cmd/settings.h"
#include "sync/facts.h"
#include "sync/job.h"

#define BELIEVED (7 * TSTAMP_DAY) /* as the schedule has it */

struct newest {
	const char *name;
	int64_t asked; /* start of the newest poll that sent a request; 0: none */
	int64_t retry; /* not before this, as the server said; 0: it did not */
};

static void
look(void *ctx, tw_snapshot *snap, const char *name,
    const struct tw_source *s)
{
	struct newest *n = ctx;

	(void)snap;
	if (strcmp(name, n->name) != 0)
		return;
	n->asked = s->last_asked;
	n->retry = s->retry_at;
}

/* To the next full second. */
static void
show_time(int64_t t, char text[TSTAMP_TEXT_MAX])
{
	tstamp_format(t - t % TSTAMP_SECOND + TSTAMP_SECOND, 0, text);
}

static bool
is_early(const struct newest *n, const char *floor, int64_t least, int64_t now,
    struct err *e)
{
	char text[TSTAMP_TEXT_MAX];

	/* What was noted by a clock that was wrong is not believed. */
	if (n->retry > now && n->retry - now <= BELIEVED) {
		show_time(n->retry, text);
		err_set(e, ERR_BUSY, "%s: its server asked to be left alone: "
		    "again at %s, or now with --force", n->name, text);
		return true;
	}
	if (n->asked == 0 || n->asked > now || now - n->asked >= least)
		return false;
	show_time(n->asked + least, text);
	err_set(e, ERR_BUSY, "%s: its provider bears one poll in %s, and the "
	    "last one is more recent: again at %s, or now with --force",
	    n->name, floor, text);
	return true;
}

bool
pull_is_early(const char *store, const struct settings *s, const char *base,
    int64_t now, struct err *e)
{
	struct newest n = {NULL, 0, 0};
	const struct fact_reader r = {look, NULL, &n};
	struct err unused = ERR_INIT;
	int64_t floor = 0;
	bool early = false;
	struct job job;

	if (s->url == NULL || settings_time("floor", s->schedule.floor, 0,
	    false, &floor, &unused) != 0)
		return false;
	job_init(&job);
	if (address_job(s, base, &job, &unused) == 0 &&
	    strncmp(job.url, "file:", 5) != 0) {
		n.name = job.name;
		if (facts_read(store, &r, &unused) == 0)
			early = is_early(&n, s->schedule.floor, floor, now, e);
	}
	job_free(&job);
	return early;
}
