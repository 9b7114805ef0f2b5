/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/retry.h"

#include <stddef.h>

#include "base/digest.h"
#include "base/slice.h"
#include "base/tstamp.h"

#define BACKOFF_FIRST (TSTAMP_SECOND / 4)
#define BACKOFF_BUSY TSTAMP_SECOND /* a server that said "too many requests" */
#define AFTER_MAX (INT64_C(366) * 86400) /* s; more is not meant */
#define EPOCH_MAX INT64_C(9000000000) /* s since 1970; later is not meant */

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

/* --- what a status means -------------------------------------------------- */

#define KIND(k) (1u << (k))
#define ANY (KIND(RETRY_GET) | KIND(RETRY_CURSOR) | KIND(RETRY_POST))
#define GETS (KIND(RETRY_GET) | KIND(RETRY_CURSOR))

/* The first row that fits. */
static const struct {
	int from, to;
	unsigned kinds;
	enum retry_act act;
} acts[] = {
	{200, 200, ANY, ACT_TAKE},
	{201, 202, KIND(RETRY_POST), ACT_TAKE},
	{206, 206, GETS, ACT_TAKE},
	{304, 304, GETS, ACT_NOTHING},
	{301, 302, ANY, ACT_FOLLOW},
	{307, 308, ANY, ACT_FOLLOW},
	{400, 400, KIND(RETRY_CURSOR), ACT_UNCURSOR},
	{404, 404, KIND(RETRY_CURSOR), ACT_UNCURSOR},
	{410, 410, KIND(RETRY_CURSOR), ACT_UNCURSOR},
	{401, 401, ANY, ACT_RENEW},
	{406, 406, ANY, ACT_NEGOTIATE},
	{408, 408, ANY, ACT_AGAIN},
	{413, 413, ANY, ACT_SMALLER},
	{416, 416, GETS, ACT_END},
	{429, 429, ANY, ACT_LATER},
	{501, 501, ANY, ACT_REFUSED}, /* will not be implemented soon */
	{503, 503, ANY, ACT_LATER},
	{505, 505, ANY, ACT_REFUSED},
	{500, 999, ANY, ACT_AGAIN},
};

enum retry_act
retry_act(int status, enum retry_kind kind)
{
	for (size_t i = 0; i < ARRAY_LEN(acts); i++)
		if (status >= acts[i].from && status <= acts[i].to &&
		    (acts[i].kinds & KIND(kind)) != 0)
			return acts[i].act;
	return ACT_REFUSED;
}

/* --- what to do about a failure ------------------------------------------- */

int64_t
retry_asked(const char *retry_after, const char *reset, int64_t date,
    int64_t now)
{
	int64_t ref = date != TSTAMP_NONE ? date : now, v;

	if (retry_after != NULL && *retry_after != '\0') {
		v = retry_after_parse(retry_after, ref);
		return v > 0 ? v : 0;
	}
	/* A time since 1970 is taken for what it is, not for centuries. */
	if (reset == NULL || *reset < '0' || *reset > '9')
		return 0;
	v = retry_after_parse(reset, ref);
	if (v >= AFTER_MAX * TSTAMP_SECOND) {
		int64_t s = 0;

		for (; *reset >= '0' && *reset <= '9' && s < EPOCH_MAX; reset++)
			s = s * 10 + (*reset - '0');
		v = s < EPOCH_MAX ? s * TSTAMP_SECOND - ref : 0;
	}
	return v > 0 && v < AFTER_MAX * TSTAMP_SECOND ? v : 0;
}

static enum retry_act
act_of(const struct retry_ask *a)
{
	if (a->cause == RETRY_STATUS)
		return retry_act(a->status, a->post ? RETRY_POST : a->cursor ?
		    RETRY_CURSOR : RETRY_GET);
	return a->cause == RETRY_FINAL ? ACT_REFUSED : ACT_AGAIN;
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
is_hopeless(const struct retry_ask *a, enum retry_act act)
{
	if (act != ACT_AGAIN && act != ACT_LATER)
		return true;
	if (a->cause == RETRY_REACH && !a->reached && a->tries == 0)
		return true; /* a wrong name or port: say so at once */
	if (a->cause == RETRY_GARBLED && a->attempt >= 1)
		return true; /* once may be an accident */
	return a->attempt + 1 >= (a->tries > 0 ? a->tries :
	    RETRY_ATTEMPTS + 1);
}

struct retry_verdict
retry_decide(const struct retry_ask *a)
{
	struct retry_verdict v = {RETRY_STOP, 0, 0};
	enum retry_act act = act_of(a);
	bool busy = act == ACT_LATER;
	int64_t longest;

	if (act == ACT_SMALLER || act == ACT_UNCURSOR) {
		v.how = act == ACT_SMALLER ? RETRY_SMALLER : RETRY_UNCURSOR;
		return v;
	}
	if (busy)
		v.asked = retry_asked(a->retry_after, a->reset, a->date,
		    a->now);
	if (is_hopeless(a, act))
		return v;
	longest = a->longest > 0 ? a->longest : RETRY_WAIT_MAX * TSTAMP_SECOND;
	v.wait = backoff(a->first > 0 ? a->first : busy ? BACKOFF_BUSY :
	    BACKOFF_FIRST, a);
	if (v.wait > longest)
		v.wait = longest;
	if (v.asked > v.wait)
		v.wait = v.asked;
	if (v.wait > longest || v.wait > a->budget) {
		v.wait = 0;
		return v;
	}
	v.how = RETRY_SAME;
	if (a->cursor && (is_ambiguous(a) ||
	    v.wait > RETRY_CURSOR_WAIT * TSTAMP_SECOND))
		v.how = RETRY_RESTART;
	return v;
}
