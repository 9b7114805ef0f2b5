/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/client.h"

#include "base/limits.h"
#include "base/tstamp.h"
#include "sync/child.h"
#include "sync/keeper.h"
#include "sync/ticks.h"

#define LEAVE 2000
#define TIME 300       /* s, unless the job says: of a discovery, a check */
#define TIME_LONG 3600 /* of what may read or send a whole collection */

struct session {
	const struct client_ops *ops;
	struct child child;
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
give_input(struct session *s, struct slice body, struct err *e)
{
	char room[LIMIT_INPUT];
	uint8_t next;
	long n;

	if (s->ops->input == NULL || !msg_take(&body, &next, 1))
		return err_set(e, ERR_PROTO, "fetcher asks for input where "
		    "there is none");
	n = s->ops->input(s->ops->ctx, next == 0, room, e);
	if (n < 0)
		return -1;
	if (msg_send(&s->child.link, MSG_INPUT, SLICE_NONE,
	    (struct slice){room, (size_t)n}, e) != 0)
		return -1;
	return msg_push(&s->child.link, e);
}

static int
take(struct session *s, const struct msg *m, struct err *e)
{
	switch (m->type) {
	case MSG_FINISH:
		return keeper_frame(&s->end, m, e);
	case MSG_RESULT:
		return s->ops->result(s->ops->ctx, m->body, e);
	case MSG_NOTE:
		if (s->ops->note != NULL)
			s->ops->note(s->ops->ctx, m->body);
		return 0;
	case MSG_WANT:
		return give_input(s, m->body, e);
	default:
		return err_set(e, ERR_PROTO, "fetcher sent a frame that has "
		    "no place in a request");
	}
}

static int
take_all(struct session *s, uint64_t most, struct err *e)
{
	int64_t until = ticks_now() + (int64_t)most * TSTAMP_SECOND;
	struct msg m;
	int r;

	while (!s->end.finished) {
		r = child_next(&s->child, &m, e);
		if (r < 0 || (r == 1 && take(s, &m, e) != 0))
			return -1;
		if (r == 1)
			continue;
		if (s->child.link.eof)
			return child_failure(&s->child, e);
		if (ticks_now() > until)
			return err_set(e, ERR_NET, "no answer within %llu s",
			    (unsigned long long)most);
		if (msg_wait(&s->child.link, 1000, e) != 0)
			return -1;
	}
	if (!s->end.complete)
		return err_set(e, s->end.failure.code, "%s",
		    s->end.failure.text);
	return 0;
}

int
client_run(const char *program, enum msg_mode mode, struct job *job,
    const struct client_ops *ops, struct err *e)
{
	uint64_t most = mode == MSG_MODE_CLIENT ? TIME_LONG : TIME;
	struct session s = {.ops = ops};
	int rc;

	if (job->total_timeout != 0)
		most = job->total_timeout;
	job->now = tstamp_now();
	keeper_init(&s.end, &no_objects, NULL);
	if (child_start(&s.child, program, NULL, e) != 0)
		return -1;
	rc = child_send_job(&s.child, mode, job, e);
	if (rc == 0)
		rc = take_all(&s, most, e);
	else
		child_failure(&s.child, e);
	child_end(&s.child, rc == 0 ? LEAVE : 0);
	keeper_free(&s.end);
	return rc;
}
