/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/clock.h"
#include "sync/pull_int.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "base/tstamp.h"
#include "store/measure.h"
#include "sync/confine.h"
#include "sync/deviation.h"
#include "sync/escape.h"
#include "sync/kill.h"
#include "sync/ticks.h"

#define TICK 200             /* ms between looks at the clock */
#define GRACE 2              /* s beyond the fetcher's own time-outs */
#define LEAVE 2000           /* ms that a fetcher gets to end by itself */
#define SETTLE (TSTAMP_SECOND / 2) /* that a stop waits for a commit boundary */

/* ---- what the keeper calls ----------------------------------------------- */

static int
store_error(struct pull *p, int rc)
{
	p->store_failed = p->store_failed || rc != 0;
	return rc;
}

static int64_t
wall_clock(const struct pull *p)
{
	return p->opts->replay != NULL ? p->opts->replay->now : tstamp_now();
}

static void
show(struct pull *p, bool committing, int64_t now)
{
	p->progress.pages = p->keeper.progress.pages;
	p->progress.bytes = p->keeper.progress.bytes;
	p->progress.objects = p->keeper.progress.objects;
	p->progress.elapsed = now - p->start;
	p->progress.committing = committing;
	p->progress.waiting = p->child.paced > now ? p->child.paced - now : 0;
	p->shown = now;
	if (p->opts->progress != NULL &&
	    p->opts->progress(p->opts->ctx, &p->progress) != 0)
		p->stop = true;
}

/* A record that the store refuses is the fetcher's fault; anything else that
 * goes wrong there is the store's. */
static int
op_add(void *ctx, struct slice record, struct err *e)
{
	struct pull *p = ctx;

	if (store_batch_add(p->poll, record, e) == 0)
		return 0;
	return store_error(p, e->code == ERR_PROTO ? 0 : -1), -1;
}

static int
op_block(void *ctx, struct slice block, struct err *e)
{
	struct pull *p = ctx;

	if (store_batch_block(p->poll, block, e) == 0)
		return 0;
	return store_error(p, e->code == ERR_PROTO ? 0 : -1), -1;
}

static int
op_known(void *ctx, const struct idkey *ids, const uint64_t *hashes, size_t n,
    uint8_t *bits, struct err *e)
{
	struct pull *p = ctx;

	return store_error(p, store_known(p->poll, ids, hashes, n, bits, e));
}

static int
op_versions(void *ctx, const struct idkey *ids, const int64_t *versions,
    size_t n, uint8_t *bits, struct err *e)
{
	struct pull *p = ctx;

	return store_error(p, store_known_versions(p->poll, ids, versions, n,
	    bits, e));
}

static int
op_parts(void *ctx, const struct idkey *ids, size_t n, uint64_t *listed,
    struct err *e)
{
	struct pull *p = ctx;

	return store_error(p, store_poll_parts(p->poll, ids, n, listed, e));
}

static bool
op_settled(void *ctx)
{
	struct pull *p = ctx;

	return store_batch_settled(p->poll);
}

static void
op_unchanged(void *ctx, uint64_t n)
{
	struct pull *p = ctx;

	store_poll_unchanged(p->poll, n);
}

static void
op_reject(void *ctx, enum reject_reason why, enum reject_loss loss, uint64_t n,
    struct slice example)
{
	struct pull *p = ctx;

	store_poll_reject(p->poll, why, loss, n);
	if (example.n > 0)
		LOG(p->opts->log, EVENT_REJECTED,
		    log_text(LOG_SOURCE, p->job->name),
		    log_text(LOG_REASON, reject_name(why)),
		    log_slice(LOG_TEXT, example));
}

static void
op_note(void *ctx, struct slice text)
{
	struct pull *p = ctx;

	LOG(p->opts->log, EVENT_NOTE, log_text(LOG_SOURCE, p->job->name),
	    log_slice(LOG_TEXT, text));
}

/* Counted always; one line for the first of a kind. */
static void
op_deviation(void *ctx, unsigned d, uint64_t n, struct slice detail)
{
	struct pull *p = ctx;
	const struct deviation_row *row = deviation_at(d);
	bool warn = deviation_action(p->job->deviations, d) == DEVIATION_WARN;
	char text[2 * LIMIT_REMARK];

	store_poll_deviation(p->poll, row->id, n);
	if ((p->deviated & DEVIATION_BIT(d)) != 0)
		return;
	p->deviated |= DEVIATION_BIT(d);
	snprintf(text, sizeof(text), "%s%s%.*s", row->what,
	    detail.n > 0 ? ": " : "", SLICE_ARG(detail));
	LOG(p->opts->log, warn ? EVENT_DEVIATION_WARNED : EVENT_DEVIATION,
	    log_text(LOG_SOURCE, p->job->name), log_text(LOG_ID, row->id),
	    log_text(LOG_TEXT, text));
}

static bool
op_full(void *ctx, bool idle)
{
	struct pull *p = ctx;

	return store_batch_full(p->poll, idle);
}

static struct store_progress
store_progress(const struct keeper_progress *k)
{
	return (struct store_progress){k->pages, k->bytes, k->objects};
}

static void
tell_commit(struct pull *p, int64_t begun)
{
	if (p->opts->committed != NULL)
		p->opts->committed(p->opts->ctx, ticks_now() - begun);
}

static int
op_commit(void *ctx, const struct slice *cursor,
    const struct keeper_progress *k, struct err *e)
{
	struct store_progress at = store_progress(k);
	int64_t begun = ticks_now();
	struct pull *p = ctx;
	int rc;

	show(p, true, begun);
	rc = store_batch_commit(p->poll, cursor, &at, wall_clock(p), e);
	p->heard = ticks_now(); /* the fetcher was not listened to */
	tell_commit(p, begun);
	show(p, false, p->heard);
	return store_error(p, rc);
}

static int
op_answer(void *ctx, struct slice head, struct slice bits, struct err *e)
{
	struct pull *p = ctx;

	if (msg_send(&p->child.link, MSG_ANSWER, head, bits, e) != 0)
		return -1;
	return msg_push(&p->child.link, e);
}

static const struct keeper_ops keeper_ops = {
	.add = op_add, .block = op_block, .known = op_known,
	.versions = op_versions, .parts = op_parts,
	.settled = op_settled,
	.unchanged = op_unchanged, .reject = op_reject, .note = op_note,
	.deviation = op_deviation,
	.full = op_full, .commit = op_commit, .answer = op_answer,
};

/* ---- the loop ------------------------------------------------------------ */

static int64_t
seconds(uint64_t n)
{
	return (int64_t)n * TSTAMP_SECOND;
}

/* How long a fetcher may be silent: longer than any of its own time-outs. */
static int64_t
silence(const struct job *job)
{
	uint64_t own = (uint64_t)job->connect_timeout + job->low_speed_time;

	return seconds((own > LIMIT_POLL_SILENCE ? own : LIMIT_POLL_SILENCE) +
	    GRACE);
}

static int64_t
later_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* With -v, a wait that a person would notice is told once. */
static void
tell_wait(struct pull *p, int64_t now)
{
	int64_t wait = p->child.paced - now;

	if (wait < TSTAMP_SECOND || p->child.paced == p->told)
		return;
	p->told = p->child.paced;
	LOG(p->opts->log, EVENT_RATE_WAIT, log_text(LOG_SOURCE, p->job->name),
	    log_number(LOG_SECONDS, (wait + TSTAMP_SECOND - 1) /
	    TSTAMP_SECOND));
}

static int
check_clock(struct pull *p, int64_t now, struct err *e)
{
	const struct job *job = p->job;
	uint64_t most = job->total_timeout != 0 ? job->total_timeout :
	    LIMIT_POLL_TIME;

	if (now - p->start > seconds(most + GRACE))
		return err_set(e, ERR_NET, "not done after %llu s; fetcher "
		    "stopped (total time-out)", (unsigned long long)most);
	/* One that keeps its pace has nothing to say. */
	if (now - later_of(p->heard, p->child.paced) > silence(job))
		return err_set(e, ERR_NET, "fetcher was silent for %lld s and "
		    "was stopped", (long long)((now - p->heard) /
		    TSTAMP_SECOND));
	return 0;
}

/* A stop waits for a commit boundary, but not for ever. */
static int
check_stop(struct pull *p, int64_t now, struct err *e)
{
	if (p->opts->stop != NULL && *p->opts->stop)
		p->stop = true;
	if (!p->stop)
		return 0;
	if (p->stop_by == 0)
		p->stop_by = now + SETTLE;
	if (!store_batch_settled(p->poll) && now < p->stop_by)
		return 0;
	return err_set(e, ERR_IO, "stopped before the end; the next pull goes "
	    "on from here");
}

/* All frames that have arrived. */
static int
take_frames(struct pull *p, struct err *e)
{
	struct msg m;
	int r;

	while (!p->keeper.finished &&
	    (r = child_next(&p->child, &m, e)) != 0) {
		if (r < 0 || keeper_frame(&p->keeper, &m, e) != 0)
			return -1;
		if (p->stop && check_stop(p, ticks_now(), e) != 0)
			return -1;
	}
	return 0;
}

/* 0 when the fetcher said its last word, -1 with e set. */
static int
pull_loop(struct pull *p, struct err *e)
{
	int64_t now;
	size_t had;
	bool ready;

	for (;;) {
		if (take_frames(p, e) != 0)
			return -1;
		if (p->keeper.finished)
			return 0;
		now = ticks_now();
		tell_wait(p, now);
		if (now - p->shown >= seconds(1) / 5)
			show(p, false, now);
		if (check_stop(p, now, e) != 0 || check_clock(p, now, e) != 0)
			return -1;
		if (p->child.link.eof)
			return child_failure(&p->child, e);
		had = p->child.link.in.tail - p->child.link.in.head;
		ready = keeper_ready(&p->keeper);
		if (msg_wait(&p->child.link, ready ? 0 : TICK, e) != 0)
			return -1;
		if (p->child.link.in.tail - p->child.link.in.head != had)
			p->heard = ticks_now();
		else if (ready && keeper_commit(&p->keeper, e) != 0)
			return -1;
	}
}

/* ---- the end ------------------------------------------------------------- */

static enum source_state
state_of(const struct err *e)
{
	switch (e->code) {
	case ERR_NONE:
		return SOURCE_OK;
	case ERR_AUTH:
		return SOURCE_AUTH;
	case ERR_MOVED:
		return SOURCE_MOVED;
	case ERR_FULL:
		return SOURCE_FULL;
	default:
		return SOURCE_FAILING;
	}
}

/* Only a fetcher that came to its end knows how many requests it sent.  Files and
 * programs are not asked by requests: they are, whenever they are read. */
static bool
is_unasked(const struct pull *p)
{
	unsigned i;

	for (i = 0; i < TALLY_CLASSES; i++)
		if (p->keeper.tally[i] != 0)
			return false;
	return p->keeper.finished && p->job->url != NULL &&
	    strncmp(p->job->url, "http", 4) == 0;
}

/* The end of the poll goes into the store, with all that came whole. */
static int
close_poll(struct pull *p, const struct err *failure,
    struct store_counts *counts, struct err *e)
{
	struct slice room;
	struct store_end end = {
		.complete = failure->code == ERR_NONE &&
		    p->opts->replay == NULL,
		.extent = p->keeper.extent,
		.declared = p->keeper.declared,
		.has_declared = p->keeper.declared != STORE_UNDECLARED,
		.stated = p->keeper.stated,
		.state = state_of(failure),
		.error = failure->code == ERR_NONE ? NULL : failure->text,
		.cursor = keeper_cursor(&p->keeper, &room),
		.retry_at = p->child.closed > wall_clock(p) ?
		    p->child.closed : 0,
		.unasked = is_unasked(p),
		.progress = store_progress(&p->keeper.progress),
	};
	struct store_poll *poll = p->poll;
	int64_t begun = ticks_now();
	int rc;

	p->poll = NULL;
	store_batch_trim(poll); /* the fetcher may have died in a block */
	show(p, true, begun);
	kill_point("keeper:commit:before");
	rc = store_poll_end(poll, &end, wall_clock(p), counts, e);
	tell_commit(p, begun);
	kill_point("keeper:commit:after");
	return rc;
}

/* What the poll's changes entail, and what others left. */
static int
tidy(struct pull *p, struct err *e)
{
	bool more = !p->opts->dry_run;

	while (more && !p->stop &&
	    (p->opts->stop == NULL || !*p->opts->stop)) {
		kill_point("keeper:upkeep");
		if (clock_upkeep(p->store, &more, e) != 0)
			return -1;
	}
	return 0;
}

/* The fetcher said its last word: so must the program whose output it read. */
static void
settle_failure(struct pull *p, struct err *failure)
{
	*failure = p->keeper.failure;
	if (failure->code == ERR_NONE && child_judge(&p->child, failure) != 0)
		p->keeper.complete = false;
}

static void
not_recorded(const struct pull *p, const struct err *e)
{
	LOG(p->opts->log, EVENT_NOT_RECORDED,
	    log_text(LOG_SOURCE, p->job->name), log_text(LOG_ERROR, e->text));
}

/* A poll in the open store of which nothing is known but how it failed, and
 * whether it sent no request. */
static void
record_failure(struct pull *p, enum source_state state, const char *text,
    bool unasked)
{
	struct store_end end = {.state = state, .error = text,
	    .unasked = unasked};
	struct err e = ERR_INIT;
	struct store_poll *poll;

	if (pull_begin(p, &e) != 0) {
		not_recorded(p, &e);
		return;
	}
	poll = p->poll;
	p->poll = NULL;
	if (store_poll_end(poll, &end, wall_clock(p), NULL, &e) != 0)
		not_recorded(p, &e);
}

/*
 * A commit failed.  Where it had no room, what came before it stands and the source
 * says so: that small record may go beyond the limit, and where the disk is full,
 * pages that the store has already often hold it.  Always -1.
 */
static int
store_error_end(struct pull *p, const struct err *failure, struct err *e)
{
	if (failure->code == ERR_FULL && p->opts->replay == NULL &&
	    !p->opts->dry_run) {
		if (p->poll != NULL)
			store_poll_drop(p->poll);
		p->poll = NULL;
		store_limit(p->store, NULL);
		record_failure(p, SOURCE_FULL, failure->text, false);
	}
	return err_set(e, failure->code, "%s", failure->text);
}

/* From here on bytes come in: nothing but the store stays within reach. */
static int
close_in(const struct pull *p, const char *path, struct err *e)
{
	struct sandbox s = sandbox_find((enum sandbox_mode)p->job->sandbox);

	if (!p->opts->closes)
		return 0;
	if (confine_store(&s, path, NULL, e) != 0)
		return -1;
	return escape_try(ESCAPE_KEEPER, e);
}

static int
pull_poll(struct pull *p, const char *path, struct pull_result *result,
    struct err *e)
{
	struct err failure = ERR_INIT, end = ERR_INIT;
	int rc;

	if (pull_open(p, path, e) != 0)
		return -1;
	if (child_send_job(&p->child, MSG_MODE_POLL, p->job, &failure) == 0 &&
	    close_in(p, path, &failure) == 0 && pull_loop(p, &failure) == 0)
		settle_failure(p, &failure);
	else if (!p->store_failed)
		child_failure(&p->child, &failure);
	if (p->store_failed) {
		result->counts = *store_poll_counts(p->poll);
		return store_error_end(p, &failure, e);
	}
	if (!p->keeper.finished)
		child_end(&p->child, 0);
	rc = close_poll(p, &failure, &result->counts, &end);
	child_end(&p->child, LEAVE);
	if (rc != 0)
		return store_error_end(p, &end, e);
	store_limit(p->store, NULL);
	if (tidy(p, e) != 0)
		return -1;
	result->complete = failure.code == ERR_NONE;
	result->same = result->complete && p->keeper.extent == STORE_SAME;
	if (!result->complete)
		return err_set(e, failure.code, "%s", failure.text);
	if (result->counts.held != HELD_NOT)
		return err_set(e, ERR_PROTO, "held, %s; 'taxiway accept %s' "
		    "lets it through", result->counts.held_text, p->job->name);
	return 0;
}

int
pull_run(const char *store_path, struct job *job, const struct pull_opts *opts,
    struct pull_result *result, struct err *e)
{
	struct pull *p = calloc(1, sizeof(*p));
	struct err unmeasured = ERR_INIT;
	int rc;

	memset(result, 0, sizeof(*result));
	if (p == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	p->opts = opts;
	p->job = job;
	p->began = wall_clock(p);
	p->start = p->heard = p->shown = ticks_now();
	keeper_init(&p->keeper, &keeper_ops, p);
	/* Before the store is opened: the new process loads meanwhile, and
	 * shares nothing of it. */
	rc = child_start(&p->child, opts->program, job, e);
	if (rc == 0)
		rc = pull_poll(p, store_path, result, e);
	child_end(&p->child, 0);
	if (p->poll != NULL)
		store_poll_drop(p->poll);
	if (p->store != NULL)
		store_close(p->store);
	/* What cannot be measured now will be after the next poll. */
	if (rc == 0 && !opts->dry_run && store_measure(store_path,
	    slice_str(job->name), wall_clock(p), &unmeasured) != 0)
		err_clear(&unmeasured);
	p->progress.elapsed = ticks_now() - p->start;
	p->progress.committing = false;
	result->progress = p->progress;
	memcpy(result->requests, p->keeper.tally, sizeof(result->requests));
	keeper_free(&p->keeper);
	free(p);
	return rc;
}

void
pull_failed(const char *store_path, struct job *job,
    const struct pull_opts *opts, const struct err *failure)
{
	struct pull *p;
	struct err e = ERR_INIT;

	if (opts->dry_run || job->name == NULL || job->ageing == NULL)
		return;
	p = calloc(1, sizeof(*p));
	if (p == NULL)
		return;
	p->opts = opts;
	p->job = job;
	p->began = wall_clock(p);
	if (store_open(store_path, p->began, &p->store, &e) != 0)
		not_recorded(p, &e);
	else
		record_failure(p, state_of(failure), failure->text, true);
	if (p->poll != NULL)
		store_poll_drop(p->poll);
	if (p->store != NULL)
		store_close(p->store);
	free(p);
}
