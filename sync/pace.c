/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/pace.h"

#include <string.h>

#include "base/tstamp.h"
#include "sync/rate.h"

#define PACED 9 /* bytes of an answer */

int
pace_ask(struct msg_link *l, int64_t closed, int64_t *wait, struct err *e)
{
	struct slice body = {(const char *)&closed, sizeof(closed)};
	struct msg m;
	uint8_t granted;

	*wait = 0;
	if (msg_send(l, MSG_PACE, body, SLICE_NONE, e) != 0 ||
	    msg_flush(l, e) != 0)
		return -1;
	if (closed != 0)
		return 0;
	if (msg_await(l, &m, e) != 0)
		return -1;
	if (m.type != MSG_PACED || !msg_take(&m.body, &granted, 1) ||
	    !msg_take(&m.body, wait, sizeof(*wait)) || m.body.n > 0 ||
	    *wait < 0)
		return err_set(e, ERR_PROTO, "keeper sent an answer that does "
		    "not fit its question");
	if (granted != 0)
		return 0;
	return err_set(e, ERR_NET, "no request for another %lld s, by its rate "
	    "or by the server's own wish (Retry-After): the next pull goes on "
	    "from here", (long long)(*wait / TSTAMP_SECOND + 1));
}

int
pace_answer(struct msg_link *l, const struct job *job, struct slice body,
    int64_t *wait, struct err *e)
{
	struct rate_ask ask = {
		.path = job->rate_path, .url = job->url,
		.rate = {job->rate_requests, job->rate_period},
		.now = tstamp_now(), .make = job->rate_make,
	};
	struct rate_grant grant = {true, 0};
	char head[PACED];

	*wait = 0;
	if (!msg_take(&body, &ask.closed, sizeof(ask.closed)) || body.n > 0)
		return err_set(e, ERR_PROTO, "fetcher sent a malformed "
		    "question for its pace");
	if (ask.path != NULL && rate_file_take(&ask, &grant, e) != 0)
		return -1;
	if (ask.closed != 0)
		return 0;
	*wait = grant.given ? grant.wait : 0;
	head[0] = (char)grant.given;
	memcpy(head + 1, &grant.wait, sizeof(grant.wait));
	if (msg_send(l, MSG_PACED, (struct slice){head, sizeof(head)},
	    SLICE_NONE, e) != 0)
		return -1;
	return msg_push(l, e);
}
