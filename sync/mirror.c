/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/mirror.h"

#include <stdio.h>
#include <string.h>

#include "base/limits.h"
#include "base/utf8.h"
#include "sync/tally.h"
#include "sync/ticks.h"
#include "sync/url.h"

#define HEAD_MAX 64 /* bytes in front of what each address says */

struct walk {
	const struct source_ops *ops;
	const struct job *job;
	struct ingest *g;
	int64_t begun;       /* ticks */
	size_t count;        /* addresses there are */
	int code;            /* of the first failure */
	struct buf failures; /* of all, each with its address */
};

const char *
mirror_url(const struct job *job, size_t i)
{
	return i == 0 ? job->url : i <= job->nurl_also ?
	    job->url_also[i - 1] : NULL;
}

static bool
same_origin(const char *a, const char *b)
{
	struct url ua, ub;

	return url_parse(slice_str(a), &ua, NULL) == 0 &&
	    url_parse(slice_str(b), &ub, NULL) == 0 &&
	    url_same_origin(&ua, &ub);
}

struct job
mirror_job(const struct job *job, size_t i)
{
	struct job at = *job;

	at.url = i == 0 ? job->url : job->url_also[i - 1];
	at.url_also = NULL;
	at.nurl_also = 0;
	/* The rate, and a wish to be left alone, are of the first's server. */
	if (i > 0 && !same_origin(job->url, at.url))
		at.pacer = NULL;
	return at;
}

/* "ADDRESS: why"; most errors have the address already. */
static void
name_address(const char *url, struct err *why)
{
	char shown[URL_SHOWN];
	const char *place;
	struct url u;

	if (url_parse(slice_str(url), &u, NULL) != 0)
		return;
	url_show(&u, shown);
	shown[strcspn(shown, "?")] = '\0';
	place = u.scheme == URL_FILE ? shown + sizeof("file:") - 1 : shown;
	if (strstr(why->text, place) == NULL)
		err_context(why, "%s", place);
}

/* Each gets its share of the text, so that none is missing from it. */
static void
note_failure(struct walk *w, size_t i, struct err *why)
{
	size_t share = (ERR_TEXT_MAX - HEAD_MAX) / w->count - 2;
	struct slice text;

	name_address(mirror_url(w->job, i), why);
	if (i == 0)
		w->code = why->code;
	text = slice_str(why->text);
	if (text.n > share)
		text.n = utf8_cut(text, share);
	if (i > 0)
		buf_str(&w->failures, "; ");
	buf_slice(&w->failures, text);
}

/* Is it the address that fails, and not what we are or want? */
static bool
is_elsewhere(const struct err *why, const uint64_t *before,
    const uint64_t *after)
{
	if (after[TALLY_429] > before[TALLY_429])
		return false;
	switch (why->code) {
	case ERR_NET:
	case ERR_TLS:
	case ERR_MOVED:
	case ERR_PROTO:
	case ERR_SYNTAX:
	case ERR_IO:
	case ERR_NOT_FOUND:
		return true;
	case ERR_HTTP:
		return after[TALLY_404] > before[TALLY_404];
	default:
		return false;
	}
}

/* Of the poll's time, which all share; 0: none is left. */
static uint32_t
time_left(const struct walk *w)
{
	uint32_t all = w->job->total_timeout != 0 ? w->job->total_timeout :
	    LIMIT_POLL_TIME;
	int64_t spent = (ticks_now() - w->begun) / TSTAMP_SECOND;

	return spent >= 0 && spent < all ? all - (uint32_t)spent : 0;
}

/* 0: it answered; 1: the next may be asked; -1: the poll has failed. */
static int
ask_one(struct walk *w, size_t i, struct err *why)
{
	uint64_t before[TALLY_CLASSES] = {0}, none[TALLY_CLASSES] = {0};
	const uint64_t *after = w->job->tally != NULL ? w->job->tally : none;
	struct job at = mirror_job(w->job, i);

	memcpy(before, after, sizeof(before));
	at.total_timeout = time_left(w);
	ingest_hold(w->g);
	if (w->ops->poll(&at, w->g, why) == 0)
		return 0;
	note_failure(w, i, why);
	return i + 1 < w->count && is_elsewhere(why, before, after) &&
	    time_left(w) > 0 && ingest_take_back(w->g) ? 1 : -1;
}

/* With -v, and in time: a keeper does not wait for ever. */
static int
tell_failure(struct walk *w, const struct err *why, struct err *e)
{
	char text[LIMIT_REMARK];

	snprintf(text, sizeof(text), "%.*s; asking the next of url-also",
	    (int)utf8_cut(slice_str(why->text), LIMIT_REMARK - HEAD_MAX),
	    why->text);
	return ingest_note(w->g, text, e);
}

/* The count says which of url-also it was, and stays in the store. */
static int
tell_answer(struct walk *w, size_t i, struct err *e)
{
	const char *url = mirror_url(w->job, i);
	char shown[URL_SHOWN];
	struct url u;

	if (i == 0 || url_parse(slice_str(url), &u, e) != 0)
		return i == 0 ? 0 : -1;
	url_show(&u, shown);
	return ingest_deviation(w->g, DEVIATION_MIRROR, i, shown, e);
}

static int
walk(struct walk *w, struct err *e)
{
	int rc = 1;
	size_t i;

	for (i = 0; rc > 0; i++) {
		struct err why = ERR_INIT;

		rc = ask_one(w, i, &why);
		if (rc > 0 && tell_failure(w, &why, e) != 0)
			return -1;
	}
	if (rc == 0)
		return tell_answer(w, i - 1, e);
	if (!buf_ok(&w->failures))
		return err_set(e, ERR_MEMORY, "out of memory");
	if (i == 1)
		return err_set(e, w->code, "%s", w->failures.p);
	return err_set(e, w->code, "%zu of %zu addresses were asked in vain: "
	    "%s", i, w->count, w->failures.p);
}

int
mirror_poll(const struct source_ops *ops, const struct job *job,
    struct ingest *g, struct err *e)
{
	struct walk w = {.ops = ops, .job = job, .g = g,
	    .begun = ticks_now(), .count = job->nurl_also + 1};
	int rc;

	if (job->nurl_also == 0)
		return ops->poll(job, g, e);
	buf_init(&w.failures, 2 * ERR_TEXT_MAX);
	rc = walk(&w, e);
	buf_free(&w.failures);
	return rc;
}
