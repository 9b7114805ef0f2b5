/* SPDX-License-Identifier: BSD-2-Clause */
#include "sync/map_field.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "base/find.h"
#include "base/limits.h"
#include "base/tstamp.h"
#include "base/value.h"

#define NUMBER_MAX 64
#define PLAIN_DIGITS 15
#define TIME_MAX 64
#define COUNT_MAX 1e15 /* a double tells all whole numbers up to it */

bool
field_same(struct slice a, struct slice b)
{
	return a.n == b.n && (a.n == 0 || strncasecmp(a.p, b.p, a.n) == 0);
}

bool
field_is_null_word(const struct feed_options *f, struct slice s)
{
	size_t i;

	for (i = 0; i < f->nulls.n; i++)
		if (f->nulls.v[i][0] == s.p[0] && slice_is(s, f->nulls.v[i]))
			return true;
	if (f->nulls.n > 0 || s.n > 4)
		return false;
	if (s.n == 4)
		return memcmp(s.p, "None", 4) == 0 ||
		    memcmp(s.p, "null", 4) == 0 || memcmp(s.p, "NULL", 4) == 0;
	return slice_is(s, s.n == 1 ? "-" : "N/A");
}

/* What most numbers are: digits, as many as a double tells apart. */
static bool
number_plain(struct slice s, double *out)
{
	uint64_t v = 0;
	size_t i;

	for (i = 0; i < s.n && s.p[i] >= '0' && s.p[i] <= '9'; i++)
		v = 10 * v + (uint64_t)(s.p[i] - '0');
	if (i < s.n)
		return false;
	*out = (double)v;
	return true;
}

int
field_number(struct slice s, double *out)
{
	char text[NUMBER_MAX], *end;

	if (s.n == 0 || s.n >= sizeof(text))
		return -1;
	if (s.n <= PLAIN_DIGITS && number_plain(s, out))
		return 0;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	/* Neither hexadecimal nor "nan". */
	if (strspn(text, "+-.0123456789eE") < s.n)
		return -1;
	*out = strtod(text, &end);
	return end == text + s.n ? 0 : -1;
}

int
field_count(struct slice s, uint64_t *out)
{
	double n;

	if (field_number(s, &n) != 0 || n < 0 || n > COUNT_MAX)
		return -1;
	*out = (uint64_t)n;
	return 0;
}

/* ---- times ----------------------------------------------------------------- */

static int
time_epoch(struct slice s, double unit, int64_t *out)
{
	double v;

	if (field_number(s, &v) != 0 || v <= 0 || v * unit > 9.2e9)
		return -1;
	*out = (int64_t)(v * unit * 1e3) * (TSTAMP_SECOND / 1000);
	return 0;
}

/* What most formats are, without strptime() and timegm(), which take longer than
 * all else that is done with a row. */
static bool
time_plain(struct slice s, int64_t *out)
{
	int64_t t;

	if (tstamp_parse_plain(s, &t) != 0 || t <= 0)
		return false;
	*out = t;
	return true;
}

int
field_zone(const char *text, int64_t *out, struct err *e)
{
	int hours, minutes;
	char end;

	*out = 0;
	if (text == NULL)
		return 0;
	if ((text[0] != '+' && text[0] != '-') || strlen(text) != 6 ||
	    strspn(text + 1, "0123456789:") != 5 || sscanf(text + 1,
	    "%2d:%2d%c", &hours, &minutes, &end) != 2 || hours > 14 ||
	    minutes > 59)
		return err_set(e, ERR_CONFIG, "map-zone: '%s' is no distance "
		    "from UTC such as +02:00", text);
	*out = (hours * 3600 + minutes * 60) * TSTAMP_SECOND;
	if (text[0] == '-')
		*out = -*out;
	return 0;
}

/* A zone in the text counts for more than that of the options. */
static CC_RARE int
time_format(struct slice s, const char *format, bool *zoned, int64_t *out)
{
	char text[TIME_MAX];
	struct tm tm = {.tm_mday = 1};
	const char *end;
	time_t t;

	*zoned = strstr(format, "%z") != NULL;
	if (s.n >= sizeof(text))
		return -1;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	end = strptime(text, format, &tm);
	if (end == NULL || *end != '\0')
		return -1;
	t = tm.tm_gmtoff; /* timegm() forgets it */
	t = timegm(&tm) - t;
	if (t <= 0 || t > INT64_MAX / TSTAMP_SECOND)
		return -1;
	*out = (int64_t)t * TSTAMP_SECOND;
	return 0;
}

/* "2026-01-31" */
static CC_RARE int
time_midnight(struct slice s, int64_t *out)
{
	static const char midnight[] = "T00:00:00Z";
	char text[10 + sizeof(midnight)];

	if (s.n != 10)
		return -1;
	memcpy(text, s.p, 10);
	memcpy(text + 10, midnight, sizeof(midnight));
	return tstamp_parse(slice_str(text), out);
}

/* A date alone and "2026-01-31 12:00:00 UTC" among what tstamp reads. */
static int
time_usual(struct slice s, int64_t *out)
{
	if (s.n > 4 && memcmp(s.p + s.n - 4, " UTC", 4) == 0)
		s.n -= 4;
	return tstamp_parse_liberal(s, out) == 0 ? 0 : time_midnight(s, out);
}

/* "Z", "UTC" or "+02:00" at its end. */
static bool
tells_zone(struct slice s)
{
	return s.n > 0 && (s.p[s.n - 1] == 'Z' || s.p[s.n - 1] == 'z' ||
	    s.p[s.n - 1] == 'C' || (s.n > 16 && (s.p[s.n - 6] == '+' ||
	    s.p[s.n - 6] == '-')));
}

static enum time_kind
kind_of(const char *format)
{
	static const struct {
		const char *format;
		enum time_kind kind;
	} kinds[] = {
		{"rfc3339", TIME_USUAL}, {"epoch", TIME_EPOCH},
		{"epoch-ms", TIME_EPOCH_MS}, {"%Y-%m-%d %H:%M:%S", TIME_PLAIN},
		{"%Y-%m-%dT%H:%M:%S", TIME_PLAIN}, {"%F %T", TIME_PLAIN},
	};
	size_t i;

	for (i = 0; i < ARRAY_LEN(kinds); i++)
		if (strcmp(format, kinds[i].format) == 0)
			return kinds[i].kind;
	return TIME_FORMAT;
}

/* As one of the formats; *zoned: it says itself how far it is from UTC. */
static int
time_by(enum time_kind kind, const char *format, struct slice s, bool *zoned,
    int64_t *out)
{
	*zoned = true;
	switch (kind) {
	case TIME_USUAL:
		*zoned = tells_zone(s);
		return time_usual(s, out);
	case TIME_EPOCH:
		return time_epoch(s, 1, out);
	case TIME_EPOCH_MS:
		return time_epoch(s, 1e-3, out);
	case TIME_PLAIN:
		*zoned = false;
		if (time_plain(s, out))
			return 0;
		break; /* strptime() takes more */
	case TIME_FORMAT:
		break;
	}
	return time_format(s, format, zoned, out);
}

int
field_times_init(struct field_times *t, const struct feed_options *f,
    struct err *e)
{
	uint32_t i;

	*t = (struct field_times){.f = f};
	if (field_zone(f->zone, &t->zone, e) != 0)
		return -1;
	if (f->times.n == 0)
		return 0;
	t->kinds = calloc(f->times.n, sizeof(*t->kinds));
	if (t->kinds == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	for (i = 0; i < f->times.n; i++)
		t->kinds[i] = kind_of(f->times.v[i]);
	return 0;
}

void
field_times_free(struct field_times *t)
{
	free(t->kinds);
	t->kinds = NULL;
}

int
field_times_read(const struct field_times *t, struct slice s, int64_t *out)
{
	bool zoned = true;
	uint32_t i;
	int rc = -1;

	if (t->kinds == NULL)
		rc = time_by(TIME_USUAL, "", s, &zoned, out);
	for (i = 0; t->kinds != NULL && i < t->f->times.n && rc != 0; i++)
		rc = time_by(t->kinds[i], t->f->times.v[i], s, &zoned, out);
	if (rc == 0 && !zoned)
		*out -= t->zone;
	return rc;
}

int
field_time(const struct feed_options *f, struct slice s, int64_t *out)
{
	struct field_times t;
	int rc = field_times_init(&t, f, NULL);

	if (rc == 0)
		rc = field_times_read(&t, s, out);
	field_times_free(&t);
	return rc;
}

/* ---- parts ----------------------------------------------------------------- */

bool
field_part(struct slice *rest, char sep, struct slice *part)
{
	const char *end;
	size_t n;

	if (rest->n == 0)
		return false;
	end = find_near(rest->p, rest->p + rest->n, sep);
	n = end != NULL ? (size_t)(end - rest->p) : rest->n;
	*part = slice_trim((struct slice){rest->p, n});
	if (part->n > 1 && part->p[0] == '"' && part->p[part->n - 1] == '"')
		*part = (struct slice){part->p + 1, part->n - 2};
	rest->p += n + (end != NULL);
	rest->n -= n + (end != NULL);
	return true;
}

static bool
all_digits(const char *p, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		if (p[i] < '0' || p[i] > '9')
			return false;
	return n > 0 && n <= 5;
}

static bool
is_address6(struct slice s)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr a;

	if (s.n >= sizeof(text))
		return false;
	memcpy(text, s.p, s.n);
	text[s.n] = '\0';
	return inet_pton(AF_INET6, text, &a) == 1;
}

struct slice
field_without_port(struct slice s, bool bare_v6)
{
	const char *colon = s.n > 0 ? memrchr(s.p, ':', s.n) : NULL;
	size_t before, behind;

	if (colon == NULL || value_has_scheme(s))
		return s;
	before = (size_t)(colon - s.p);
	behind = s.n - before - 1;
	if (!all_digits(colon + 1, behind))
		return s;
	if (s.p[0] == '[' && before > 2 && s.p[before - 1] == ']')
		return (struct slice){s.p + 1, before - 2};
	/* An address that has no port ends with digits as well. */
	if (memchr(s.p, ':', before) != NULL && (!bare_v6 ||
	    !is_address6((struct slice){s.p, before})))
		return s;
	return (struct slice){s.p, before};
}

/* ---- tests ----------------------------------------------------------------- */

/* "A|B" cut once, not for every record. */
static int
cut_words(struct predicate *p, struct err *e)
{
	struct slice text = p->words;
	size_t max = 1, i;

	for (i = 0; i < text.n; i++)
		max += text.p[i] == '|';
	p->list = calloc(max, sizeof(*p->list));
	if (p->list == NULL)
		return err_set(e, ERR_MEMORY, "out of memory");
	while (p->nlist < max && field_part(&text, '|', &p->list[p->nlist]))
		p->nlist++;
	if (p->nlist == 0) /* nothing is a word too */
		p->list[p->nlist++] = SLICE("");
	return 0;
}

/* The longer ones first. */
static const struct {
	const char *sign;
	enum predicate_op op;
} signs[] = {
	{"!=", TEST_IS_NOT}, {"<=", TEST_AT_MOST}, {">=", TEST_AT_LEAST},
	{"=", TEST_IS}, {"<", TEST_BELOW}, {">", TEST_ABOVE},
	{"~", TEST_MATCH},
};

static bool
is_ordered(enum predicate_op op)
{
	return op >= TEST_BELOW && op <= TEST_AT_LEAST;
}

/* As this source writes them, else as anyone does. */
static int
time_read(const struct field_times *times, struct slice s, int64_t *out)
{
	if (times != NULL && field_times_read(times, s, out) == 0)
		return 0;
	return time_usual(s, out);
}

static int
take_bound(struct predicate *p, const char *option, struct err *e)
{
	if (field_number(p->words, &p->number) == 0)
		return 0;
	p->timed = time_read(p->times, p->words, &p->when) == 0;
	return p->timed ? 0 : err_set(e, ERR_CONFIG, "%s: '%.*s' is neither a "
	    "number nor a time", option, SLICE_ARG(p->words));
}

/* The sign at p: its place among them, or their number. */
static size_t
sign_at(struct slice rest)
{
	size_t i = 0;

	while (i < ARRAY_LEN(signs) && !slice_starts(rest,
	    slice_str(signs[i].sign)))
		i++;
	return i;
}

int
predicate_parse(struct slice text, const char *option,
    const struct field_times *times, struct slice *field, struct predicate *p,
    struct err *e)
{
	size_t n = 0, sign = ARRAY_LEN(signs);
	const char *rest;

	*p = (struct predicate){.op = TEST_IS, .times = times};
	while (n < text.n && strchr("=!<>~", text.p[n]) == NULL)
		n++;
	if (n > 0)
		sign = sign_at((struct slice){text.p + n, text.n - n});
	if (sign == ARRAY_LEN(signs))
		return err_set(e, ERR_CONFIG, "%s: '%.*s' is no test such as "
		    "FIELD=A|B, FIELD!=A, FIELD<N, FIELD>=N or FIELD~ERE",
		    option, SLICE_ARG(text));
	*field = slice_trim((struct slice){text.p, n});
	p->op = signs[sign].op;
	n += strlen(signs[sign].sign);
	rest = text.p + n;
	p->words = slice_trim((struct slice){rest, text.n - n});
	if (is_ordered(p->op))
		return take_bound(p, option, e);
	if (p->op != TEST_MATCH)
		return cut_words(p, e);
	/* Option texts end with a NUL. */
	if (regcomp(&p->re, rest, REG_EXTENDED | REG_NOSUB) != 0)
		return err_set(e, ERR_CONFIG, "%s: '%s' is no POSIX ERE",
		    option, rest);
	p->compiled = true;
	return 0;
}

static bool
one_of(const struct predicate *p, struct slice text)
{
	size_t i;

	for (i = 0; i < p->nlist; i++)
		if (field_same(p->list[i], text))
			return true;
	return false;
}

/* -1, 0 or 1 as the text is below, at or above the bound; 2: it is neither. */
static int
compare(const struct predicate *p, struct slice text)
{
	double v;
	int64_t t;

	if (!p->timed)
		return field_number(text, &v) != 0 ? 2 : (v > p->number) -
		    (v < p->number);
	return time_read(p->times, text, &t) != 0 ? 2 : (t > p->when) -
	    (t < p->when);
}

bool
predicate_fits(const struct predicate *p, struct slice text)
{
	regmatch_t m[1];

	switch (p->op) {
	case TEST_IS:
		return one_of(p, text);
	case TEST_IS_NOT:
		return !one_of(p, text);
	case TEST_BELOW:
		return compare(p, text) == -1;
	case TEST_AT_MOST:
		return compare(p, text) <= 0;
	case TEST_ABOVE:
		return compare(p, text) == 1;
	case TEST_AT_LEAST:
		return (compare(p, text) & ~1) == 0;
	case TEST_MATCH:
		m[0].rm_so = 0;
		m[0].rm_eo = (regoff_t)text.n;
		return regexec(&p->re, text.n > 0 ? text.p : "", 1, m,
		    REG_STARTEND) == 0;
	}
	return false;
}

void
predicate_clear(struct predicate *p)
{
	if (p->compiled)
		regfree(&p->re);
	free(p->list);
	*p = (struct predicate){.compiled = false};
}

void
predicates_free(struct predicate *p, unsigned n)
{
	unsigned i;

	for (i = 0; i < n; i++)
		predicate_clear(&p[i]);
	free(p);
}
