/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/calendar.h"

#include <string.h>

#include "base/slice.h"
#include "base/tstamp.h"

#define MINUTE (60 * TSTAMP_SECOND)
#define EVERY_DAY 0x7f

static bool
take(struct slice *s, char c)
{
	if (s->n == 0 || s->p[0] != c)
		return false;
	s->p++;
	s->n--;
	return true;
}

/* Two digits, at most `most`; -1 when there are none. */
static int
take_number(struct slice *s, int most)
{
	int v;

	if (s->n < 2 || s->p[0] < '0' || s->p[0] > '9' || s->p[1] < '0' ||
	    s->p[1] > '9')
		return -1;
	v = (s->p[0] - '0') * 10 + (s->p[1] - '0');
	s->p += 2;
	s->n -= 2;
	return v <= most ? v : -1;
}

/* "03:17" as minutes; -1 when it is not. */
static int
take_time(struct slice *s)
{
	int hour = take_number(s, 23), minute;

	if (hour < 0 || !take(s, ':'))
		return -1;
	minute = take_number(s, 59);
	return minute < 0 ? -1 : hour * 60 + minute;
}

/* 0 … 6; -1 when it is none. */
static int
take_day(struct slice *s)
{
	static const char names[][4] = {"mon", "tue", "wed", "thu", "fri",
	    "sat", "sun"};
	size_t i;

	for (i = 0; i < ARRAY_LEN(names); i++) {
		if (slice_starts(*s, (struct slice){names[i], 3})) {
			s->p += 3;
			s->n -= 3;
			return (int)i;
		}
	}
	return -1;
}

/* "mon,wed-fri " */
static int
take_days(struct slice *s, uint8_t *days)
{
	int from, to;

	do {
		from = to = take_day(s);
		if (from >= 0 && take(s, '-'))
			to = take_day(s);
		if (from < 0 || to < 0)
			return -1;
		/* From Friday to Monday is four days. */
		for (*days |= (uint8_t)(1 << from); from != to;
		    *days |= (uint8_t)(1 << from))
			from = (from + 1) % 7;
	} while (take(s, ','));
	return take(s, ' ') ? 0 : -1;
}

int
calendar_parse(const char *text, struct calendar *out, struct err *e)
{
	struct slice s = slice_str(text);
	struct calendar c = {0, 0, 0};
	int minute, offset = 0;
	bool west = false, ok = true;

	if (s.n > 0 && (s.p[0] < '0' || s.p[0] > '9'))
		ok = take_days(&s, &c.days) == 0;
	else
		c.days = EVERY_DAY;
	minute = ok ? take_time(&s) : -1;
	if (minute >= 0 && s.n > 0 && !slice_is(s, "Z")) {
		take(&s, ' ');
		west = take(&s, '-');
		offset = west || take(&s, '+') ? take_time(&s) : -1;
		ok = offset >= 0 && s.n == 0;
	}
	if (!ok || minute < 0)
		return err_set(e, ERR_CONFIG, "'%.64s' is no time of day such "
		    "as 03:17, 'mon-fri 03:17' or '03:17 +02:00'", text);
	c.minute = (int16_t)minute;
	c.offset = (int16_t)(west ? -offset : offset);
	*out = c;
	return 0;
}

static int64_t
floor_day(int64_t t)
{
	int64_t day = t / TSTAMP_DAY;

	return t % TSTAMP_DAY < 0 ? day - 1 : day;
}

int64_t
calendar_next(const struct calendar *c, int64_t after)
{
	int64_t offset = c->offset * MINUTE, day, t;
	int i, weekday;

	day = floor_day(tstamp_add(after, offset));
	/* A week and a day: today's time may be past. */
	for (i = 0; i <= 7; i++, day++) {
		/* 1970-01-01 was a Thursday. */
		weekday = (int)((day + 3) % 7);
		if (weekday < 0)
			weekday += 7;
		if (__builtin_mul_overflow(day, TSTAMP_DAY, &t))
			return TSTAMP_NEVER;
		t = tstamp_add(t, c->minute * MINUTE - offset);
		if ((c->days >> weekday & 1) != 0 && t > after)
			return t;
	}
	return TSTAMP_NEVER;
}
