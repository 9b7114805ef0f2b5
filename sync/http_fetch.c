/* SPDX-License-Identifier: BSD-2-Clause */
/* A request from its pace to its last redirect, and the token it needs. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock_hook.h"
#include "base/tstamp.h"
#include "sync/http_int.h"
#include "sync/retry.h"
#include "sync/sign.h"
#include "sync/tally.h"
#include "sync/ticks.h"
#include "sync/wipe.h"

#define TOTAL_TIMEOUT LIMIT_POLL_TIME
#define WIRE_MAX (LIMIT_URL + LIMIT_SECRET * 4)
#define LINES_MAX (LIMIT_SECRET * 4)

static time_t
clock_now(void)
{
	return (time_t)(ticks_now() / TSTAMP_SECOND);
}

static long
total_of(const struct job *job)
{
	return (long)(job->total_timeout != 0 ? job->total_timeout :
	    TOTAL_TIMEOUT);
}

struct http *
http_open(const struct job *job, struct err *e)
{
	struct http *h = calloc(1, sizeof(*h));

	if (h == NULL) {
		err_set(e, ERR_MEMORY, "out of memory");
		return NULL;
	}
	h->job = job;
	h->end = clock_now() + total_of(job);
	auth_init(&h->auth, job);
	buf_init(&h->url, LIMIT_URL);
	buf_init(&h->next, LIMIT_URL);
	buf_init(&h->wire, WIRE_MAX);
	buf_init(&h->lines, LINES_MAX);
	buf_init(&h->error_body, HTTP_ERROR_BODY);
	if (sign_check(job, e) != 0 || http_curl_open(h, e) != 0 ||
	    origins_add(&h->trusted, job->url, e) != 0) {
		http_close(h);
		return NULL;
	}
	return h;
}

static void
wipe_buf(struct buf *b)
{
	if (b->p != NULL)
		wipe(b->p, b->cap);
	buf_free(b);
}

void
http_close(struct http *h)
{
	if (h == NULL)
		return;
	http_curl_close(h);
	auth_free(&h->auth);
	buf_free(&h->url);
	buf_free(&h->next);
	wipe_buf(&h->wire);
	wipe_buf(&h->lines);
	buf_free(&h->error_body);
	origins_free(&h->trusted);
	free(h);
}

int
http_trust(struct http *h, const char *url, struct err *e)
{
	return origins_add(&h->trusted, url, e);
}

const struct http_head *
http_last(const struct http *h)
{
	return &h->head;
}

/* The total time is the poll's, shared by its requests. */
long
http_time_left(struct http *h, struct err *e)
{
	time_t left = h->end - clock_now();

	if (left > 0)
		return (long)left;
	return err_set(e, ERR_NET, "%s: the poll takes longer than the %ld s"
	    " allowed: see --total-timeout", h->shown, total_of(h->job));
}

void
http_sleep(int64_t ns)
{
	struct timespec left = {
		.tv_sec = (time_t)(ns / TSTAMP_SECOND),
		.tv_nsec = (long)(ns % TSTAMP_SECOND),
	};

	if (clock_hook_sleep(ns))
		return;
	while (nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

/* Wait until the rate allows another request. */
static int
keep_pace(struct http *h, struct err *e)
{
	const struct pacer *pacer = h->job->pacer;
	int64_t wait = 0;
	long left;

	h->failure = HTTP_FAIL_FINAL;
	/* The rate is that of the source, not of who gives out tokens. */
	if (pacer == NULL || h->job->rate_requests == 0 || h->get->bare)
		return 0;
	if (pacer->ask(pacer->ctx, 0, &wait, e) != 0)
		return err_context(e, "%s", h->shown);
	left = http_time_left(h, e);
	if (left < 0)
		return -1;
	http_sleep(wait < left * TSTAMP_SECOND ? wait : left * TSTAMP_SECOND);
	return 0;
}

/* A server that asks to be left alone is, by all who poll it. */
static void
heed(struct http *h)
{
	const struct pacer *pacer = h->job->pacer;
	int64_t now = tstamp_now(), wait;

	if (pacer == NULL ||
	    retry_act(h->head.status, RETRY_GET) != ACT_LATER)
		return;
	wait = retry_asked(h->head.retry_after, h->head.reset, h->head.date,
	    now);
	if (wait > 0 && pacer->ask(pacer->ctx, now + wait, &wait, NULL) != 0) {
		/* A broken pipe shows itself at the next use. */
	}
}

/* One request and its answer, counted. */
static int
exchange(struct http *h, const struct http_basic *basic, struct err *e)
{
	int rc = http_exchange(h, basic, e);

	if (h->job->tally != NULL)
		h->job->tally[rc == 0 ? tally_class_of(h->head.status) :
		    TALLY_NONE]++;
	return rc;
}

/* One request and the redirects that follow from it.  A token is never asked
 * for somewhere else. */
static int
follow(struct http *h, const struct http_basic *basic, struct err *e)
{
	for (int hop = 0; hop <= LIMIT_REDIRECTS; hop++) {
		struct url u;
		struct buf old;

		h->failure = HTTP_FAIL_FINAL;
		if (url_parse(buf_view(&h->url), &u, e) != 0)
			return -1;
		url_show(&u, h->shown);
		if (keep_pace(h, e) != 0 || exchange(h, basic, e) != 0)
			return -1;
		if (!h->get->bare)
			heed(h);
		if (!http_is_redirect(h->head.status) || h->get->bare)
			return 0;
		h->failure = HTTP_FAIL_FINAL;
		/* 301 and 302 make a GET of it, in most clients. */
		if (h->get->method != NULL && !http_is_head(h->get) &&
		    h->head.status < 307)
			return err_set(e, ERR_PROTO, "%s: status %d to a %s:"
			    " give the URL that the server means", h->shown,
			    h->head.status, h->get->method);
		if (http_redirect(&u, &h->head,
		    h->job->allow_http_redirect_host, &h->next, e) != 0)
			return -1;
		old = h->url;
		h->url = h->next;
		h->next = old;
	}
	return err_set(e, ERR_PROTO, "%s: more than %d redirects", h->shown,
	    LIMIT_REDIRECTS);
}

static int
begin(struct http *h, const struct http_get *get, struct err *e)
{
	h->get = get;
	h->e = e;
	h->head.bytes = 0;
	h->head.status = 0;
	h->head.want = get->want;
	h->shown[0] = '\0';
	h->failure = HTTP_FAIL_FINAL;
	buf_reset(&h->url);
	buf_reset(&h->error_body);
	if (buf_str(&h->url, get->url) == 0 && (get->bare ||
	    http_slash(&h->url, (enum slash_policy)h->job->slash) == 0))
		return 0;
	return err_set(e, ERR_LIMIT, "a URL is longer than the %u bytes"
	    " allowed", LIMIT_URL);
}

static struct http_reply
reply_of(const struct http *h)
{
	return (struct http_reply){
		.head = &h->head,
		.error_body = buf_view(&h->error_body),
		.url = h->url.p,
		.shown = h->shown,
		.failure = h->failure,
		.body = h->body,
	};
}

/* --- tokens --------------------------------------------------------------- */

static int
collect(void *ctx, const char *p, size_t n, struct err *e)
{
	if (buf_add(ctx, p, n) == 0)
		return 0;
	return err_set(e, ERR_LIMIT, "the answer with the token is longer than"
	    " %u bytes", LIMIT_SECRET);
}

/* The server that gives tokens is out of order, rather than of another mind:
 * its answer stands for that of the request. */
static bool
is_busy(int status)
{
	enum retry_act act = retry_act(status, RETRY_POST);

	return act == ACT_LATER || act == ACT_AGAIN;
}

static int
refused(struct http *h, struct err *e)
{
	struct http_reply reply;

	auth_redact(&h->auth, h->error_body.p, h->error_body.n);
	reply = reply_of(h);
	h->failure = HTTP_FAIL_FINAL;
	if (http_is_redirect(h->head.status))
		err_set(e, ERR_AUTH, "%s: status %d: a token is not asked for"
		    " elsewhere; give the URL that it leads to", h->shown,
		    h->head.status);
	else
		http_status_err(&reply, e);
	err_context(e, "no token to be had");
	if (e->code == ERR_HTTP || e->code == ERR_MOVED)
		e->code = ERR_AUTH;
	return -1;
}

/* 0; 1: the answer that stands in h is to be reported as it is; -1. */
static int
fetch_token(struct http *h, struct err *e)
{
	struct auth_request ask;
	struct http_get get = {.url = h->job->token_url,
	    .accept = "application/json", .method = "POST", .bare = true,
	    .max_body = LIMIT_SECRET, .bytes = collect};
	struct http_basic basic;
	struct buf body;
	int rc = -1;

	buf_init(&body, LIMIT_SECRET);
	get.ctx = &body;
	if (auth_request(&h->auth, &ask, e) != 0 ||
	    buf_room(&body, LIMIT_SECRET) == NULL || begin(h, &get, e) != 0)
		goto out;
	get.content = buf_view(&ask.body);
	get.content_type = ask.type;
	basic = (struct http_basic){ask.user.p, ask.password.p};
	rc = follow(h, ask.basic ? &basic : NULL, e);
	if (rc != 0)
		err_context(e, "no token to be had");
	else if (is_busy(h->head.status))
		rc = 1;
	else if (h->head.status != 200 && h->head.status != 201)
		rc = refused(h, e);
	else if (auth_take_token(&h->auth, buf_view(&body), tstamp_now(),
	    e) != 0) {
		h->failure = HTTP_FAIL_FINAL;
		rc = err_context(e, "%s", h->shown);
	}
out:
	auth_request_free(&ask);
	wipe_buf(&body);
	return rc;
}

/* Is it the end of a token that has been good before?  Some servers (Mandiant)
 * say 403 for that. */
static bool
token_is_over(int status)
{
	return retry_act(status, RETRY_GET) == ACT_RENEW || status == 403;
}

static int
fetch(struct http *h, const struct http_get *get, struct err *e)
{
	bool had = false; /* the token is of this request */
	int rc;

	for (;;) {
		h->shown[0] = '\0';
		h->failure = HTTP_FAIL_FINAL;
		if (!get->bare && auth_needs_token(&h->auth, tstamp_now())) {
			rc = fetch_token(h, e);
			if (rc != 0)
				return rc < 0 ? -1 : 0;
			had = true;
		}
		if (begin(h, get, e) != 0 || follow(h, NULL, e) != 0)
			return -1;
		if (!token_is_over(h->head.status) || get->bare || had ||
		    !auth_drop_token(&h->auth))
			return 0;
	}
}

int
http_fetch(struct http *h, const struct http_get *get,
    struct http_reply *reply, struct err *e)
{
	struct err local = ERR_INIT;
	int rc;

	if (e == NULL) /* the callbacks need one to know of failure */
		e = &local;
	rc = fetch(h, get, e);
	if (rc == 0)
		h->failure = HTTP_FAIL_NONE;
	else
		auth_redact(&h->auth, e->text, strlen(e->text));
	auth_redact(&h->auth, h->error_body.p, h->error_body.n);
	/* A redirect may have led to a URL that holds what was sent. */
	auth_redact(&h->auth, h->shown, strlen(h->shown));
	*reply = reply_of(h);
	return rc;
}
