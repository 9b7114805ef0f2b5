/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The fetcher's process: a job in, a poll or a discovery, frames out.
 */
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "sync/check.h"
#include "sync/client.h"
#include "sync/confine.h"
#include "sync/escape.h"
#include "sync/ingest.h"
#include "sync/job.h"
#include "sync/mirror.h"
#include "sync/msg.h"
#include "sync/pace.h"
#include "sync/pull.h"
#include "sync/source.h"
#include "sync/tally.h"
#include "sync/taxii.h"
#include "sync/try.h"
#include "sync/wipe.h"

static int
read_job(struct msg_link *l, enum msg_mode *mode, struct job *job,
    struct err *e)
{
	uint32_t version;
	struct msg m;
	uint8_t byte;
	int r;

	if (msg_await(l, &m, e) != 0)
		return -1;
	if (m.type != MSG_JOB || !msg_take(&m.body, &version, 4) ||
	    !msg_take(&m.body, &byte, 1) || version != MSG_VERSION ||
	    byte < MSG_MODE_POLL || byte > MSG_MODE_TRY)
		return err_set(e, ERR_PROTO, "keeper and fetcher are not of "
		    "one version");
	*mode = (enum msg_mode)byte;
	r = job_decode(m.body, job, e);
	msg_in_forget(&l->in);
	return r;
}

/* The last frame of a fetcher that has no ingest. */
static int
finish(struct msg_link *l, bool complete, const struct err *failure)
{
	uint32_t code = (uint32_t)failure->code;
	char head[5] = {complete};

	memcpy(head + 1, &code, sizeof(code));
	if (msg_send(l, MSG_FINISH, (struct slice){head, sizeof(head)},
	    slice_str(failure->text), NULL) != 0)
		return 1;
	return msg_flush(l, NULL) == 0 ? 0 : 1;
}

static int
ask_link(void *link, int64_t closed, int64_t *wait, struct err *e)
{
	return pace_ask(link, closed, wait, e);
}

static int
ask_ingest(void *ingest, int64_t closed, int64_t *wait, struct err *e)
{
	return ingest_pace(ingest, closed, wait, e);
}

/* One answer: what a server offers, or how it fares. */
static int
answer_with(json_t *(*fetch)(const struct job *job, struct err *e),
    struct msg_link *l, const struct job *job)
{
	struct err e = ERR_INIT;
	json_t *answer;
	char *text;
	size_t n;

	answer = fetch(job, &e);
	text = answer != NULL ? json_dumps(answer, JSON_COMPACT) : NULL;
	n = text != NULL ? strlen(text) : 0;
	json_decref(answer);
	if (text == NULL)
		err_set(&e, ERR_MEMORY, "out of memory for the answer");
	else if (n > LIMIT_RESULT)
		err_set(&e, ERR_LIMIT, "the server's answer is larger than "
		    "%u bytes", LIMIT_RESULT);
	else if (msg_send(l, MSG_RESULT, SLICE_NONE,
	    (struct slice){text, n}, &e) != 0)
		n = 0;
	free(text);
	return finish(l, e.code == ERR_NONE, &e);
}

static int
client(struct msg_link *l, struct job *job)
{
	struct err e = ERR_INIT;
	int rc;

	rc = client_serve(l, job, &e);
	return finish(l, rc == 0, &e);
}

static int
poll_source(struct msg_link *l, struct job *job, struct pacer *pacer)
{
	uint64_t tally[TALLY_CLASSES] = {0};
	const struct source_ops *ops;
	struct err e = ERR_INIT;
	struct ingest *g;
	int rc;

	ops = source_find(job, &e);
	g = ops != NULL ? ingest_new(l->fd, job, &e) : NULL;
	if (g == NULL)
		return finish(l, false, &e);
	l->fd = -1; /* the ingest's from now on */
	*pacer = (struct pacer){ask_ingest, g};
	job->tally = tally;
	rc = mirror_poll(ops, job, g, &e);
	if (ingest_tally(g, tally, NULL) != 0) {
		/* A broken pipe shows itself at the end. */
	}
	rc = ingest_finish(g, rc == 0, &e, NULL);
	ingest_free(g);
	return rc == 0 ? 0 : 1;
}

/* What the keeper asks for.  `pacer` is the job's, kept by the caller. */
static int
serve(enum msg_mode mode, struct msg_link *l, struct job *job,
    struct pacer *pacer)
{
	*pacer = (struct pacer){ask_link, l};
	switch (mode) {
	case MSG_MODE_DISCOVER:
		return answer_with(job->srv ? discover_srv : discover_fetch,
		    l, job);
	case MSG_MODE_CHECK:
		return answer_with(check_fetch, l, job);
	case MSG_MODE_TRY:
		return answer_with(try_fetch, l, job);
	case MSG_MODE_CLIENT:
		return client(l, job);
	case MSG_MODE_POLL:
		break;
	}
	return poll_source(l, job, pacer);
}

int
fetcher_main(int fd, const struct ruleset_trust *trust)
{
	struct err e = ERR_INIT;
	struct msg_link link;
	enum msg_mode mode = MSG_MODE_POLL;
	struct pacer pacer;
	struct job job;
	int rc;

	job_init(&job);
	if (msg_link_init(&link, fd, MSG_KEEPER, LIMIT_QUEUE, -1, &e) != 0)
		return 1;
	if (confine_begin(&e) != 0 || read_job(&link, &mode, &job, &e) != 0 ||
	    confine_fetcher(&job, trust, &e) != 0 ||
	    escape_try(ESCAPE_FETCHER, &e) != 0)
		rc = finish(&link, false, &e);
	else {
		job.pacer = &pacer;
		rc = serve(mode, &link, &job, &pacer);
	}
	job_free(&job);
	msg_link_free(&link);
	return rc;
}
