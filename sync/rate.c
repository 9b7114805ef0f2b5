/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/rate.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/slice.h"
#include "base/tstamp.h"

static int
bad_rate(const char *text, struct err *e)
{
	return err_set(e, ERR_CONFIG, "rate: '%.64s' is not of the form "
	    "REQUESTS/TIME, such as 50/10min, 1/s or 1000/d (up to 7d)", text);
}

/* Digits at the front; 0 when there are none or too many. */
static uint32_t
take_number(const char **p)
{
	uint32_t v = 0;

	for (; **p >= '0' && **p <= '9'; (*p)++) {
		if (v > 9999999u)
			return 0;
		v = v * 10 + (uint32_t)(**p - '0');
	}
	return v;
}

int
rate_parse(const char *text, uint32_t *requests, uint32_t *period,
    struct err *e)
{
	static const struct {
		const char *name;
		uint32_t seconds;
	} units[] = {
		{"s", 1}, {"sec", 1}, {"second", 1}, {"m", 60}, {"min", 60},
		{"minute", 60}, {"h", 3600}, {"hour", 3600}, {"d", 86400},
		{"day", 86400},
	};
	const char *p = text;
	uint64_t many = 1;

	*requests = take_number(&p);
	if (*requests == 0 || *p++ != '/')
		return bad_rate(text, e);
	if (*p >= '0' && *p <= '9')
		many = take_number(&p);
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (strcmp(p, units[i].name) != 0)
			continue;
		many *= units[i].seconds;
		if (many == 0 || many > RATE_PERIOD_MAX)
			break;
		*period = (uint32_t)many;
		return 0;
	}
	return bad_rate(text, e);
}

/* Later than any honest state: the clock was set back.  Before 1970: a file that
 * is damaged. */
static int64_t
believed(int64_t t, int64_t now, int64_t most)
{
	if (t < 0)
		return 0;
	return t > now && t - now > most ? now + most : t;
}

struct rate_grant
rate_take(struct rate r, struct rate_state *s, int64_t now)
{
	int64_t period = r.period * TSTAMP_SECOND;
	int64_t burst = (r.requests + 1) / 2, step, at = now, start;

	s->closed = believed(s->closed, now, RATE_CLOSED_MAX * TSTAMP_SECOND);
	if (s->closed > at)
		at = s->closed;
	if (at - now > RATE_CLOSED_PATIENCE * TSTAMP_SECOND)
		return (struct rate_grant){false, at - now};
	if (r.requests == 0)
		return (struct rate_grant){true, at - now};
	/* Rounded up, so that no stretch holds one too many. */
	step = (period + r.requests - burst) / (r.requests - burst + 1);
	s->next = believed(s->next, now, period +
	    RATE_PATIENCE * TSTAMP_SECOND);
	start = s->next - (burst - 1) * step;
	if (start > at)
		at = start;
	if (at - now > RATE_PATIENCE * TSTAMP_SECOND)
		return (struct rate_grant){false, at - now};
	s->next = (s->next > at ? s->next : at) + step;
	return (struct rate_grant){true, at - now};
}

void
rate_close(struct rate_state *s, int64_t until, int64_t now)
{
	until = believed(until, now, RATE_CLOSED_MAX * TSTAMP_SECOND);
	if (until > s->closed)
		s->closed = until;
}
