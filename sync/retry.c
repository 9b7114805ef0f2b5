/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/retry.h"

#include <stddef.h>

#include "base/digest.h"
#include "base/tstamp.h"

#define BACKOFF_FIRST (TSTAMP_SECOND / 4)
#define BACKOFF_BUSY TSTAMP_SECOND /* a server that said "too many requests" */
#define AFTER_MAX (INT64_C(366) * 86400) /* s; more is not meant */

int64_t
retry_after_parse(const char *text, int64_t ref)
{
	int64_t v = 0, t;
	const char *p = text;

	while (*p >= '0' && *p <= '9') {
		if (v <= AFTER_MAX)
			v = v * 10 + (*p - '0');
		p++;
	}
	if (p > text && (*p == '\0' || *p == '.'))
		return (v < AFTER_MAX ? v : AFTER_MAX) * TSTAMP_SECOND;
	if (tstamp_parse_liberal(slice_str(text), &t) != 0)
		return -1;
	if (t <= ref)
		return 0;
	/* Both may be far out: 1677 … 2262. */
	if (ref < 0 && t > INT64_MAX + ref)
		return AFTER_MAX * TSTAMP_SECOND;
	return t - ref < AFTER_MAX * TSTAMP_SECOND ? t - ref :
	    AFTER_MAX * TSTAMP_SECOND;
}

/* Doubling, with the upper half of each step left to the dice so that many
 * hosts do not come back together. */
static int64_t
backoff(int64_t first, const struct retry_ask *a)
{
	unsigned shift = a->attempt < 16 ? a->attempt : 16;
	int64_t full = first << shift, half = full / 2;
	uint64_t dice = digest64(&a->attempt, sizeof(a->attempt), a->seed);

	return half + (int64_t)(dice % (uint64_t)(half + 1));
}

static bool
is_retried(int status)
{
	return status == 408 || status == 429 || status >= 500;
}

static bool
is_dead_cursor(int status)
{
	return status == 400 || status == 404 || status == 410;
}

/* The server may have acted on the request: a cursor is not sent again. */
static bool
is_ambiguous(const struct retry_ask *a)
{
	if (a->cause == RETRY_STATUS)
		return a->status != 429;
	return a->cause != RETRY_REACH;
}

static bool
is_hopeless(const struct retry_ask *a)
{
	switch (a->cause) {
	case RETRY_FINAL:
		return true;
	case RETRY_REACH: /* a wrong name or port: say so at once */
		return !a->reached || a->attempt >= RETRY_ATTEMPTS;
	case RETRY_GARBLED: /* once may be an accident on the way */
		return a->attempt >= 1;
	case RETRY_CUT:
		return a->attempt >= RETRY_ATTEMPTS;
	case RETRY_STATUS:
	default:
		return !is_retried(a->status) || a->attempt >= RETRY_ATTEMPTS;
	}
}

struct retry_verdict
retry_decide(const struct retry_ask *a)
{
	struct retry_verdict v = {RETRY_STOP, 0, 0};
	bool busy = a->cause == RETRY_STATUS &&
	    (a->status == 429 || a->status == 503);

	if (a->cause == RETRY_STATUS && a->status == 413) {
		v.how = RETRY_SMALLER;
		return v;
	}
	if (a->cause == RETRY_STATUS && a->cursor &&
	    is_dead_cursor(a->status)) {
		v.how = RETRY_UNCURSOR;
		return v;
	}
	if (busy && a->retry_after != NULL && a->retry_after[0] != '\0') {
		int64_t ref = a->date != TSTAMP_NONE ? a->date : a->now;

		v.asked = retry_after_parse(a->retry_after, ref);
		if (v.asked < 0)
			v.asked = 0;
	}
	if (is_hopeless(a))
		return v;
	v.wait = backoff(busy ? BACKOFF_BUSY : BACKOFF_FIRST, a);
	if (v.asked > v.wait)
		v.wait = v.asked;
	if (v.wait > RETRY_WAIT_MAX * TSTAMP_SECOND || v.wait > a->budget) {
		v.wait = 0;
		return v;
	}
	v.how = RETRY_SAME;
	if (a->cursor && (is_ambiguous(a) ||
	    v.wait > RETRY_CURSOR_WAIT * TSTAMP_SECOND))
		v.how = RETRY_RESTART;
	return v;
}
