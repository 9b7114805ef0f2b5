/* SPDX-License-Identifier: BSD-2-Clause */
/* How a poll begins: its store, and what the job learns from it. */
#include "sync/pull_int.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sync/cursor.h"
#include "sync/mirror.h"
#include "sync/scratch.h"

int
pull_begin(struct pull *p, struct err *e)
{
	const struct job *job = p->job;
	struct store_source src = {
		.name = job->name, .kind = job->kind, .url = job->url,
		.collection = job->collection, .default_tlp = job->default_tlp,
		.keep_raw = job->keep_raw, .dry_run = p->opts->dry_run,
		.announce = p->opts->announce,
		.guards = p->opts->guards,
		.poll = p->opts->replay != NULL ? p->opts->replay->poll : 0,
		.listing = job->listing, .reliability = job->reliability,
		.group = job->group, .ageing = job->ageing,
		.history = job->history,
	};

	for (unsigned i = 0; i < SOURCE_FACTS; i++)
		src.facts[i] = job->facts[i];
	return store_poll_begin(p->store, &src, p->began, &p->poll, e);
}

static int
open_poll(struct pull *p, const char *path, struct err *e)
{
	char scratch[SCRATCH_PATH];
	int rc;

	/* A dry run makes no store; it counts against an empty one. */
	if (p->opts->dry_run && access(path, F_OK) != 0 && errno == ENOENT) {
		if (scratch_make(scratch, e) != 0)
			return -1;
		path = scratch;
	}
	rc = store_open(path, p->began, &p->store, e);
	if (rc == 0 && p->opts->limit != NULL)
		store_limit(p->store, p->opts->limit);
	if (rc == 0)
		rc = pull_begin(p, e);
	if (path == scratch)
		scratch_remove(scratch);
	return rc;
}

/* Beside the store: how often the origins may be asked. */
static int
set_rate_path(struct job *job, const char *store, bool make, struct err *e)
{
	free(job->rate_path);
	job->rate_path = NULL;
	job->rate_make = make;
	if (job->rate_requests != 0 &&
	    asprintf(&job->rate_path, "%s-rate", store) < 0) {
		job->rate_path = NULL;
		return err_set(e, ERR_MEMORY, "out of memory");
	}
	return 0;
}

/* Is what an earlier poll left for other settings than these? */
static bool
settings_changed(const struct job *job)
{
	bool other = job->cursor != NULL;
	struct cursor c;

	/* A mirror's is for the same ones. */
	for (size_t i = 0; other && mirror_url(job, i) != NULL; i++) {
		struct job at = mirror_job(job, i);
		struct err e = ERR_INIT;

		cursor_init(&c, &at);
		other = cursor_decode(slice_str(job->cursor), &c, &e) == 1;
		cursor_free(&c);
	}
	return other;
}

/* What the store knows of the source goes into its job. */
static int
complete_job(struct pull *p, struct err *e)
{
	const struct source_rec *s = store_poll_source(p->poll);
	struct job *job = p->job;

	job->seed = store_seed(p->store);
	job->now = p->began;
	job->ask = s->objects > 0;
	job->trial = p->opts->dry_run;
	job->listed = s->polls > 0 && s->complete_poll == s->polls;
	free(job->cursor);
	job->cursor = NULL;
	if (s->cursor.n == 0 || memchr(s->cursor.p, '\0', s->cursor.n) != NULL)
		return 0;
	job->cursor = strndup(s->cursor.p, s->cursor.n);
	if (job->cursor == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	if (settings_changed(job))
		store_poll_differs(p->poll);
	return 0;
}

int
pull_open(struct pull *p, const char *path, struct err *e)
{
	p->job->exec.store = path;
	return open_poll(p, path, e) == 0 && complete_job(p, e) == 0 ?
	    set_rate_path(p->job, path, !p->opts->dry_run, e) : -1;
}
