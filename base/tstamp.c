/* SPDX-License-Identifier: BSD-2-Clause */
#include "base/tstamp.h"

#include <time.h>

#include "base/cc.h"
#include "base/clock_hook.h"
#include "base/word.h"

#define DAY_SECONDS 86400
#define MOMENT 19 /* bytes of a date and a time */
#define MAX_SECONDS (INT64_MAX / TSTAMP_SECOND)

struct civil {
	int year, month, day, hour, minute, second;
	int32_t nanos;
	int offset; /* minutes east of UTC */
};

static bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Two digits, or a number past 99 when one of them is none. */
static inline unsigned
two(const char *p)
{
	unsigned hi = (unsigned char)(p[0] - '0');
	unsigned lo = (unsigned char)(p[1] - '0');

	return hi > 9 || lo > 9 ? 255 : hi * 10 + lo;
}

static inline int
month_days(int year, int month)
{
	static const uint8_t days[] = {
		31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31
	};

	if (month == 2 && year % 4 == 0 && (year % 100 != 0 || year % 400 == 0))
		return 29;
	return days[month - 1];
}

/* Days from 1970-01-01 in the proleptic Gregorian calendar, of years from 0 on.
 * The year is taken to begin in March, so that the leap day comes last, and 400
 * years later, so that none is below 0. */
static inline int64_t
days_from_civil(int year, int month, int day)
{
	unsigned y = (unsigned)(month <= 2 ? year - 1 : year) + 400;
	unsigned m = (unsigned)(month <= 2 ? month + 9 : month - 3);
	unsigned doy = (153 * m + 2) / 5 + (unsigned)day - 1;

	return (int64_t)(y * 365 + y / 4 - y / 100 + y / 400 + doy) - 719468 -
	    146097;
}

static int64_t
clamp_nanos(int64_t s, int32_t nanos)
{
	if (s > MAX_SECONDS || (s == MAX_SECONDS &&
	    nanos >= INT64_MAX - MAX_SECONDS * TSTAMP_SECOND))
		return TSTAMP_NEVER;
	if (s < -MAX_SECONDS - 1)
		return TSTAMP_MIN;
	if (s == -MAX_SECONDS - 1) { /* s alone is out of range */
		int64_t floor = -MAX_SECONDS * TSTAMP_SECOND;
		int64_t below = nanos - TSTAMP_SECOND;

		return below <= TSTAMP_MIN - floor ? TSTAMP_MIN : floor + below;
	}
	return s * TSTAMP_SECOND + nanos;
}

/* Check the ranges and make nanoseconds, clamped. */
static inline int
civil_to_nanos(const struct civil *c, int64_t *out)
{
	int second = c->second;
	int32_t nanos = c->nanos;
	int64_t s;

	if (c->month < 1 || c->month > 12 || c->day < 1 || c->hour > 23 ||
	    c->minute > 59 || second > 60 || (c->day > 28 &&
	    c->day > month_days(c->year, c->month)))
		return -1;
	if (second == 60) { /* no leap seconds here: the moment before */
		second = 59;
		nanos = 999999999;
	}
	s = days_from_civil(c->year, c->month, c->day) * DAY_SECONDS +
	    c->hour * 3600 + c->minute * 60 + second - c->offset * 60;
	*out = clamp_nanos(s, nanos);
	return 0;
}

/* Eight bytes at once that should be of this form, where '0' stands for any digit
 * and all else for itself.  Byte i of *pairs is then the number that the digits at
 * i and i + 1 make. */
static inline bool
take_form(const char *p, const char *form, uint64_t *pairs)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	uint64_t f = word_load(form), w = word_load(p) ^ f;
	/* What may be added to a byte that leaves its high bit clear: 0x76 to
	 * a digit up to 9, 0x7f to nothing but 0. */
	uint64_t digit = ~((f ^ '0' * ones) + 0x7f * ones) & 0x80 * ones;
	uint64_t most = 0x7f * ones - (digit >> 7) * 9;

	if (((w | (w + most)) & 0x80 * ones) != 0)
		return false;
	*pairs = w * 10 + (w >> 8);
	return true;
}

static inline int
pair_at(uint64_t pairs, unsigned i)
{
	return (int)(pairs >> 8 * i & 0xff);
}

/* "YYYY-MM-DD" */
static inline int
take_date(const char *p, struct civil *c)
{
	unsigned day = two(p + 8);
	uint64_t pairs;

	if (!take_form(p, "0000-00-", &pairs) || day > 99)
		return -1;
	c->year = pair_at(pairs, 0) * 100 + pair_at(pairs, 2);
	c->month = pair_at(pairs, 5);
	c->day = (int)day;
	return 0;
}

/* "HH:MM:SS" */
static inline int
take_clock(const char *p, struct civil *c)
{
	uint64_t pairs;

	if (!take_form(p, "00:00:00", &pairs))
		return -1;
	c->hour = pair_at(pairs, 0);
	c->minute = pair_at(pairs, 3);
	c->second = pair_at(pairs, 6);
	return 0;
}

/* ".digits"; the length, or 0 when there is no digit. */
static size_t
take_fraction(const char *p, size_t n, int32_t *nanos)
{
	int32_t v = 0, scale = 100000000;
	size_t i;

	for (i = 1; i < n && is_digit(p[i]); i++) {
		v += (p[i] - '0') * scale;
		scale /= 10;
	}
	*nanos = v;
	return i > 1 ? i : 0;
}

/* "Z", "+HH:MM"; with `loose` "+HHMM" and "+HH" as well.  All of p. */
static int
take_offset(const char *p, size_t n, bool loose, int *offset)
{
	unsigned hour, minute = 0;

	if (n == 1 && (p[0] == 'Z' || p[0] == 'z')) {
		*offset = 0;
		return 0;
	}
	if (n < 3 || (p[0] != '+' && p[0] != '-'))
		return -1;
	hour = two(p + 1);
	if (n == 6 && p[3] == ':')
		minute = two(p + 4);
	else if (loose && n == 5)
		minute = two(p + 3);
	else if (!loose || n != 3)
		return -1;
	if (hour > 23 || minute > 59)
		return -1;
	*offset = (int)(hour * 60 + minute);
	if (p[0] == '-')
		*offset = -*offset;
	return 0;
}

/* A '+' that was not percent-encoded arrives as a space. */
static CC_RARE int
take_spaced_offset(const char *p, size_t n, int *offset)
{
	char plus[6];

	if (n != sizeof(plus) || p[0] != ' ')
		return -1;
	memcpy(plus, p, sizeof(plus));
	plus[0] = '+';
	return take_offset(plus, sizeof(plus), true, offset);
}

/* "YYYY-MM-DDTHH:MM:SS" */
static inline int
take_moment(const char *p, struct civil *c)
{
	if (p[10] != 'T' && p[10] != 't' && p[10] != ' ')
		return -1;
	return take_date(p, c) == 0 ? take_clock(p + 11, c) : -1;
}

static int
parse_rfc3339(struct slice t, bool loose, int64_t *out)
{
	struct civil c = {0};
	size_t at = MOMENT, n;

	if (t.n < at + (loose ? 0 : 1) || take_moment(t.p, &c) != 0)
		return -1;
	if (at < t.n && t.p[at] == '.') {
		n = take_fraction(t.p + at, t.n - at, &c.nanos);
		if (n == 0)
			return -1;
		at += n;
	}
	if (at == t.n) {
		if (!loose)
			return -1;
	} else if (take_offset(t.p + at, t.n - at, loose, &c.offset) != 0 &&
	    (!loose || take_spaced_offset(t.p + at, t.n - at,
	    &c.offset) != 0)) {
		return -1;
	}
	return civil_to_nanos(&c, out);
}

int
tstamp_parse(struct slice text, int64_t *out)
{
	return parse_rfc3339(text, false, out);
}

int
tstamp_parse_plain(struct slice text, int64_t *out)
{
	struct civil c = {0};

	if (text.n != MOMENT || take_moment(text.p, &c) != 0)
		return -1;
	return civil_to_nanos(&c, out);
}

/* "Jan" … "Dec" to 1 … 12, any case; 0 when none. */
static int
month_number(const char *p)
{
	static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
	char low[3];
	int i;

	for (i = 0; i < 3; i++)
		low[i] = (char)(p[i] | 0x20);
	for (i = 0; i < 12; i++) {
		if (memcmp(names + 3 * i, low, 3) == 0)
			return i + 1;
	}
	return 0;
}

static int
four(const char *p)
{
	unsigned hi = two(p), lo = two(p + 2);

	return (hi | lo) > 127 ? -1 : (int)(hi * 100 + lo);
}

/* "Thu, 20 Feb 2020 12:00:00 GMT" */
static int
parse_imf(struct slice t, int64_t *out)
{
	struct civil c = {0};
	unsigned day;

	if (t.n != 29 || t.p[3] != ',' || t.p[4] != ' ' || t.p[7] != ' ' ||
	    t.p[11] != ' ' || t.p[16] != ' ' || memcmp(t.p + 25, " GMT", 4) != 0)
		return -1;
	day = two(t.p + 5);
	c.day = (int)day;
	c.month = month_number(t.p + 8);
	c.year = four(t.p + 12);
	if (day > 99 || c.year < 0 || take_clock(t.p + 17, &c) != 0)
		return -1;
	return civil_to_nanos(&c, out);
}

/* "Thu Feb 20 2020 12:00:00 GMT+0000 (UTC)": the name of the zone is of no
 * use and may be missing. */
static int
parse_javascript(struct slice t, int64_t *out)
{
	struct civil c = {0};
	unsigned day;

	if (t.n < 33 || t.p[3] != ' ' || t.p[7] != ' ' || t.p[10] != ' ' ||
	    t.p[15] != ' ' || memcmp(t.p + 24, " GMT", 4) != 0)
		return -1;
	if (t.n > 33 && (t.n < 36 || t.p[33] != ' ' || t.p[34] != '(' ||
	    t.p[t.n - 1] != ')'))
		return -1;
	c.month = month_number(t.p + 4);
	day = two(t.p + 8);
	c.day = (int)day;
	c.year = four(t.p + 11);
	if (day > 99 || c.year < 0 || take_clock(t.p + 16, &c) != 0 ||
	    take_offset(t.p + 28, 5, true, &c.offset) != 0)
		return -1;
	return civil_to_nanos(&c, out);
}

/* With the names of days and months. */
static CC_RARE int
parse_worded(struct slice t, int64_t *out)
{
	return parse_imf(t, out) == 0 ? 0 : parse_javascript(t, out);
}

int
tstamp_parse_liberal(struct slice text, int64_t *out)
{
	while (text.n > 0 && is_blank(text.p[0])) {
		text.p++;
		text.n--;
	}
	while (text.n > 0 && is_blank(text.p[text.n - 1]))
		text.n--;
	return parse_rfc3339(text, true, out) == 0 ? 0 :
	    parse_worded(text, out);
}

static void
put(char *p, unsigned v, unsigned width)
{
	while (width-- > 0) {
		p[width] = (char)('0' + v % 10);
		v /= 10;
	}
}

/* The inverse of days_from_civil(). */
static void
civil_from_days(int64_t days, struct civil *c)
{
	int64_t z = days + 719468;
	int cycle = (int)((z >= 0 ? z : z - 146096) / 146097);
	int doe = (int)(z - (int64_t)cycle * 146097);
	int yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int m = (5 * doy + 2) / 153;

	c->day = doy - (153 * m + 2) / 5 + 1;
	c->month = m < 10 ? m + 3 : m - 9;
	c->year = yoe + cycle * 400 + (c->month <= 2 ? 1 : 0);
}

static size_t
put_word(char *out, const char *word)
{
	size_t n = strlen(word);

	memcpy(out, word, n + 1);
	return n;
}

static int
fewest_digits(unsigned nanos)
{
	if (nanos == 0)
		return 0;
	if (nanos % 1000000 == 0)
		return 3;
	return nanos % 1000 == 0 ? 6 : 9;
}

size_t
tstamp_format(int64_t t, int digits, char out[TSTAMP_TEXT_MAX])
{
	struct civil c;
	int64_t days, rest, seconds;
	unsigned nanos;
	size_t n = 19;

	if (t == TSTAMP_NONE)
		return put_word(out, "-");
	if (t == TSTAMP_NEVER)
		return put_word(out, "never");
	seconds = t / TSTAMP_SECOND;
	if (t % TSTAMP_SECOND < 0)
		seconds--;
	nanos = (unsigned)((uint64_t)t -
	    (uint64_t)seconds * (uint64_t)TSTAMP_SECOND);
	days = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0 ? 1 : 0);
	rest = seconds - days * DAY_SECONDS;
	civil_from_days(days, &c);
	put(out, (unsigned)c.year, 4);
	put(out + 5, (unsigned)c.month, 2);
	put(out + 8, (unsigned)c.day, 2);
	put(out + 11, (unsigned)(rest / 3600), 2);
	put(out + 14, (unsigned)(rest / 60 % 60), 2);
	put(out + 17, (unsigned)(rest % 60), 2);
	out[4] = out[7] = '-';
	out[10] = 'T';
	out[13] = out[16] = ':';
	if (digits < 0)
		digits = fewest_digits(nanos);
	if (digits > 9)
		digits = 9;
	if (digits > 0) {
		out[n] = '.';
		put(out + n + 1, nanos, 9);
		n += 1 + (size_t)digits;
	}
	out[n++] = 'Z';
	out[n] = '\0';
	return n;
}

int64_t
tstamp_add(int64_t a, int64_t b)
{
	if (a == TSTAMP_NONE || b == TSTAMP_NONE)
		return TSTAMP_NONE;
	if (a == TSTAMP_NEVER || b == TSTAMP_NEVER)
		return TSTAMP_NEVER;
	if (b > 0 && a > INT64_MAX - b)
		return TSTAMP_NEVER;
	if (b < 0 && a < TSTAMP_MIN - b)
		return TSTAMP_MIN;
	return a + b;
}

int64_t
tstamp_now(void)
{
	struct timespec ts;
	int64_t hooked;

	if (clock_hook_now(CLOCK_HOOK_WALL, &hooked))
		return hooked;
	if (clock_gettime(CLOCK_REALTIME, &ts) != 0)
		return TSTAMP_NONE;
	return (int64_t)ts.tv_sec * TSTAMP_SECOND + ts.tv_nsec;
}
