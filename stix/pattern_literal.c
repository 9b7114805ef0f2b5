/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/pattern_literal.h"

#include "base/tstamp.h"

/* Take the backslashes of \' and \\ away. */
static bool
unescape(struct arena *a, struct slice raw, struct slice *out)
{
	char *p = arena_alloc(a, raw.n);
	size_t i, n = 0;

	if (p == NULL)
		return false;
	for (i = 0; i < raw.n; i++) {
		if (raw.p[i] == '\\')
			i++;
		p[n++] = raw.p[i];
	}
	*out = (struct slice){p, n};
	return true;
}

static int64_t
integer(struct slice s)
{
	bool negative = s.p[0] == '-';
	uint64_t v = 0, max = (uint64_t)INT64_MAX + negative, digit;
	size_t i = negative || s.p[0] == '+';

	for (; i < s.n; i++) {
		digit = (uint64_t)(s.p[i] - '0');
		if (v > (max - digit) / 10) {
			v = max;
			break;
		}
		v = v * 10 + digit;
	}
	if (!negative)
		return (int64_t)v;
	return v > INT64_MAX ? INT64_MIN : -(int64_t)v;
}

/* strtod() would follow the locale's decimal point.  Nineteen digits are read;
 * what they name is exact up to 2^53 and 22 decimals, and close beyond. */
static double
real(struct slice s)
{
	uint64_t mantissa = 0;
	long scale = 0;
	bool point = false;
	size_t i = s.p[0] == '-' || s.p[0] == '+';
	double v;

	for (; i < s.n; i++) {
		if (s.p[i] == '.') {
			point = true;
		} else if (mantissa < UINT64_C(1000000000000000000)) {
			mantissa = mantissa * 10 + (uint64_t)(s.p[i] - '0');
			scale -= point;
		} else {
			scale += !point;
		}
	}
	for (v = (double)mantissa; scale > 0 && v < 1e300; scale--)
		v *= 10;
	if (scale < 0) {
		double divisor = 1;

		for (; scale < 0 && divisor < 1e300; scale++)
			divisor *= 10;
		v /= divisor;
	}
	return s.p[0] == '-' ? -v : v;
}

/* The grammar lets every month have 31 days.  A day past the end of its month
 * is taken as the day that many days after the month's first. */
static int64_t
timestamp(struct slice s)
{
	char copy[32];
	size_t n = s.n - 1 < sizeof(copy) - 1 ? s.n - 1 : sizeof(copy) - 1;
	int64_t t = TSTAMP_NONE;
	int day = (s.p[8] - '0') * 10 + (s.p[9] - '0');

	if (tstamp_parse(s, &t) == 0)
		return t;
	memcpy(copy, s.p, n);
	copy[n] = 'Z';
	copy[8] = '0';
	copy[9] = '1';
	if (tstamp_parse((struct slice){copy, n + 1}, &t) != 0)
		return TSTAMP_NONE;
	return tstamp_add(t, (day - 1) * 86400 * TSTAMP_SECOND);
}

bool
pattern_literal_make(struct arena *a, const struct pattern_lexer *l,
    struct pattern_literal *out)
{
	*out = (struct pattern_literal){.kind = LIT_STRING, .text = l->body};
	switch (l->token) {
	case TOK_STRING:
		return !l->escaped || unescape(a, l->body, &out->text);
	case TOK_INT:
		out->kind = LIT_INT;
		out->integer = integer(l->body);
		out->real = real(l->body);
		break;
	case TOK_FLOAT:
		out->kind = LIT_FLOAT;
		out->real = real(l->body);
		break;
	case TOK_BOOL:
		out->kind = LIT_BOOL;
		out->integer = slice_is(l->body, "true");
		break;
	case TOK_TIMESTAMP:
		out->kind = LIT_TIMESTAMP;
		out->integer = timestamp(l->body);
		break;
	case TOK_HEX:
		out->kind = LIT_HEX;
		break;
	case TOK_BINARY:
		out->kind = LIT_BINARY;
		break;
	default: /* a name in a path */
		break;
	}
	return true;
}
