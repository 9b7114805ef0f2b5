/* SPDX-License-Identifier: BSD-2-Clause */
/* The keeper's side of a check: a fetcher for the facts, and for a document
 * another one that begins a poll whose objects are only counted. */
#include "sync/check.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/tstamp.h"
#include "sync/child.h"
#include "sync/client.h"
#include "sync/keeper.h"
#include "sync/ticks.h"

#define LEAVE 2000
#define TIME 300      /* s, unless the job says */
#define ENOUGH 1000u  /* objects that tell what a document is like */

struct run {
	struct keeper keeper;
	struct child child;
	const struct check_tap *tap;
};

/* --- a keeper that keeps nothing ------------------------------------------ */

static int
op_add(void *ctx, struct slice record, struct err *e)
{
	const struct check_tap *tap = ((struct run *)ctx)->tap;

	return tap->record(tap->ctx, record, e);
}

static int
op_known(void *ctx, const struct idkey *ids, const uint64_t *hashes, size_t n,
    uint8_t *bits, struct err *e)
{
	(void)ctx, (void)ids, (void)hashes, (void)e;
	memset(bits, 0, (n + 7) / 8);
	return 0;
}

static bool
op_settled(void *ctx)
{
	(void)ctx;
	return true;
}

static void
op_unchanged(void *ctx, uint64_t n)
{
	(void)ctx, (void)n;
}

static void
op_reject(void *ctx, enum reject_reason why, enum reject_loss loss, uint64_t n,
    struct slice example)
{
	const struct check_tap *tap = ((struct run *)ctx)->tap;

	(void)loss, (void)example;
	tap->reject(tap->ctx, why, n);
}

static void
op_note(void *ctx, struct slice text)
{
	(void)ctx, (void)text;
}

static void
op_deviation(void *ctx, unsigned d, uint64_t n, struct slice detail)
{
	(void)ctx, (void)d, (void)n, (void)detail;
}

static bool
op_full(void *ctx, bool idle)
{
	(void)ctx, (void)idle;
	return false;
}

static int
op_commit(void *ctx, const struct slice *cursor,
    const struct keeper_progress *p, struct err *e)
{
	(void)ctx, (void)cursor, (void)p, (void)e;
	return 0;
}

static int
asked(struct err *e)
{
	return err_set(e, ERR_PROTO, "fetcher asked what is known in a check");
}

/* Who waits until something is committed asks for nothing: that is answered. */
static int
op_answer(void *ctx, struct slice head, struct slice bits, struct err *e)
{
	struct run *run = ctx;

	if (msg_send(&run->child.link, MSG_ANSWER, head, bits, e) != 0)
		return -1;
	return msg_push(&run->child.link, e);
}

static int
op_versions(void *ctx, const struct idkey *ids, const int64_t *versions,
    size_t n, uint8_t *bits, struct err *e)
{
	(void)ctx, (void)ids, (void)versions, (void)n, (void)bits;
	return asked(e);
}

static int
op_parts(void *ctx, const struct idkey *ids, size_t n, uint64_t *listed,
    struct err *e)
{
	(void)ctx, (void)ids, (void)n, (void)listed;
	return asked(e);
}

static int
op_block(void *ctx, struct slice block, struct err *e)
{
	(void)ctx, (void)block;
	return err_set(e, ERR_PROTO, "fetcher sent originals in a check");
}

static const struct keeper_ops ops = {
	.add = op_add, .block = op_block, .known = op_known,
	.versions = op_versions, .parts = op_parts, .settled = op_settled,
	.unchanged = op_unchanged, .reject = op_reject, .note = op_note,
	.deviation = op_deviation, .full = op_full, .commit = op_commit,
	.answer = op_answer,
};

/* --- a document ----------------------------------------------------------- */

/* Until the fetcher's last word, or until there is enough. */
static int
take_all(struct child *c, struct keeper *k, struct err *e)
{
	uint64_t most = c->job->total_timeout != 0 ? c->job->total_timeout :
	    TIME;
	int64_t until = ticks_now() + (int64_t)most * TSTAMP_SECOND;
	struct msg m;
	int r;

	while (!k->finished && k->progress.objects < ENOUGH) {
		r = child_next(c, &m, e);
		if (r < 0 || (r == 1 && keeper_frame(k, &m, e) != 0))
			return -1;
		if (r == 1)
			continue;
		if (c->link.eof)
			return child_failure(c, e);
		if (ticks_now() > until)
			return err_set(e, ERR_NET, "no answer within %llu s",
			    (unsigned long long)most);
		if (msg_wait(&c->link, 1000, e) != 0)
			return -1;
	}
	return 0;
}

/* A poll whose objects are not kept. */
static int
run_poll(const char *program, struct job *job, struct run *run, struct err *e)
{
	struct child *c = &run->child;
	int rc;

	if (child_start(c, program, job, e) != 0)
		return -1;
	rc = child_send_job(c, MSG_MODE_POLL, job, e);
	if (rc == 0)
		rc = take_all(c, &run->keeper, e);
	else
		child_failure(c, e);
	if (rc == 0 && run->keeper.finished && run->keeper.complete &&
	    child_judge(c, &run->keeper.failure) != 0)
		run->keeper.complete = false;
	child_end(c, rc == 0 && run->keeper.finished ? LEAVE : 0);
	return rc;
}

/* --- facts ---------------------------------------------------------------- */

/* What an error of a poll tells of its status and of what was offered. */
static void
read_failure(const struct err *e, struct check_facts *f)
{
	static const char offers[] = "(it offers: ";
	const char *p = strstr(e->text, ": status ");
	size_t n;

	snprintf(f->error, sizeof(f->error), "%s", e->text);
	f->status = p != NULL ? strtol(p + 9, NULL, 10) : 0;
	f->failed = e->code == ERR_AUTH ? CHECK_AUTH :
	    e->code == ERR_TLS ? CHECK_TLS : CHECK_READING;
	p = strstr(e->text, offers);
	if (p == NULL)
		return;
	p += sizeof(offers) - 1;
	n = strcspn(p, ")");
	if (n < sizeof(f->schemes))
		snprintf(f->schemes, sizeof(f->schemes), "%.*s", (int)n, p);
}

int
check_poll(const char *program, struct job *job, const struct check_tap *tap,
    bool *more, struct err *failure, struct err *e)
{
	struct run run = {.tap = tap};
	int rc;

	job->ask = false;
	job->keep_raw = false; /* a block would be waited for */
	job->once = job->trial = true;
	keeper_init(&run.keeper, &ops, &run);
	rc = run_poll(program, job, &run, e);
	*more = !run.keeper.finished;
	if (rc == 0 && run.keeper.finished && !run.keeper.complete)
		*failure = run.keeper.failure;
	else
		err_clear(failure);
	keeper_free(&run.keeper);
	return rc;
}

static void
count_rejected(void *ctx, enum reject_reason why, uint64_t n)
{
	struct check_facts *f = ctx;

	f->rejected += (int64_t)n;
	if (why < REJECT_REASONS)
		f->rejected_by[why] += n;
}

static int
count_record(void *ctx, struct slice record, struct err *e)
{
	struct check_facts *f = ctx;

	(void)record, (void)e;
	f->objects++;
	return 0;
}

static int
try_document(const char *program, struct job *job, struct check_facts *f,
    struct err *e)
{
	const struct check_tap tap = {count_record, count_rejected, f};
	struct err failure = ERR_INIT;
	int rc = check_poll(program, job, &tap, &f->more, &failure, e);

	if (rc == 0 && failure.code != ERR_NONE)
		read_failure(&failure, f);
	return rc;
}

/* --- facts ---------------------------------------------------------------- */

static int
take_facts(void *ctx, struct slice text, struct err *e)
{
	json_t **facts = ctx;

	if (*facts == NULL)
		*facts = json_loadb(text.p, text.n, JSON_REJECT_DUPLICATES,
		    NULL);
	else
		json_object_clear(*facts); /* one answer, not several */
	if (json_object_size(*facts) > 0)
		return 0;
	return err_set(e, ERR_PROTO, "fetcher sent an answer that is not one"
	    " JSON object");
}

int
check_run(const char *program, struct job *job, struct check_facts *f,
    struct err *e)
{
	json_t *facts = NULL;
	const struct client_ops asked = {.result = take_facts, .ctx = &facts};
	int rc;

	check_facts_init(f);
	rc = client_run(program, MSG_MODE_CHECK, job, &asked, e);
	if (rc == 0 && facts == NULL)
		rc = err_set(e, ERR_PROTO, "fetcher sent no answer");
	if (rc == 0)
		check_facts_read(facts, f);
	json_decref(facts);
	if (rc == 0 && !f->taxii && f->failed == CHECK_STEPS)
		rc = try_document(program, job, f, e);
	return rc;
}
