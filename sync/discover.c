/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/discover.h"

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/child.h"
#include "sync/keeper.h"
#include "sync/ticks.h"

#define LEAVE 2000
#define TIME 300 /* s, unless the job says */

struct answer {
	json_t *json;
	struct keeper end; /* only for the last frame */
};

static bool
settled(void *ctx)
{
	(void)ctx;
	return true;
}

/* All that the last frame asks. */
static const struct keeper_ops no_objects = {.settled = settled};

static int
take(struct answer *a, const struct msg *m, struct err *e)
{
	json_error_t error;

	if (m->type == MSG_FINISH)
		return keeper_frame(&a->end, m, e);
	if (m->type != MSG_RESULT || a->json != NULL)
		return err_set(e, ERR_PROTO, "fetcher sent a frame that has "
		    "no place in a discovery");
	a->json = json_loadb(m->body.p, m->body.n, JSON_REJECT_DUPLICATES,
	    &error);
	if (!json_is_object(a->json))
		return err_set(e, ERR_PROTO, "fetcher sent an answer that is "
		    "not a JSON object");
	return 0;
}

static int
take_all(struct child *c, const struct job *job, struct answer *a,
    struct err *e)
{
	uint64_t most = job->total_timeout != 0 ? job->total_timeout : TIME;
	int64_t until = ticks_now() + (int64_t)most * TSTAMP_SECOND;
	struct msg m;
	int r;

	while (!a->end.finished) {
		r = child_next(c, &m, e);
		if (r < 0 || (r == 1 && take(a, &m, e) != 0))
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
	if (!a->end.complete)
		return err_set(e, a->end.failure.code, "%s",
		    a->end.failure.text);
	if (a->json == NULL)
		return err_set(e, ERR_PROTO, "fetcher sent no answer");
	return 0;
}

json_t *
discover_run(const char *program, struct job *job, struct err *e)
{
	struct answer a = {.json = NULL};
	struct child c;
	int rc;

	job->now = tstamp_now();
	keeper_init(&a.end, &no_objects, NULL);
	if (child_start(&c, program, e) != 0)
		return NULL;
	rc = child_send_job(&c, MSG_MODE_DISCOVER, job, e);
	if (rc == 0)
		rc = take_all(&c, job, &a, e);
	else
		child_failure(&c, e);
	child_end(&c, rc == 0 ? LEAVE : 0);
	keeper_free(&a.end);
	if (rc != 0) {
		json_decref(a.json);
		a.json = NULL;
	}
	return a.json;
}
