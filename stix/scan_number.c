/* SPDX-License-Identifier: BSD-2-Clause */
#include "stix/scan_number.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Digits that decide whether a number passes the largest double: the bound,
 * 2^1024 - 2^970, has 309; of all behind them only "not zero" matters. */
#define DIGITS_KEPT 320
#define EXPONENT_MAX 100000000 /* far past any double of LIMIT_OBJECT digits */

static bool
is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

static const char *
digits_end(const char *p, const char *end)
{
	while (p < end && is_digit(*p))
		p++;
	return p;
}

/* The digits in [p, end), at most 19 of them, which fit 64 unsigned bits. */
static int
integer_value(const char *p, const char *end, bool negative, int64_t *out)
{
	uint64_t v = 0;

	if (end - p > 19)
		return -1;
	for (; p < end; p++)
		v = v * 10 + (uint64_t)(*p - '0');
	if (v > (uint64_t)INT64_MAX + (negative ? 1 : 0))
		return -1;
	*out = negative ? (int64_t)(0 - v) : (int64_t)v;
	return 0;
}

struct real { /* 0.digits × 10^point */
	char digits[DIGITS_KEPT + 32];
	int n;
	int64_t point;
	bool more; /* a digit that is not zero was left out */
};

static void
real_digits(struct real *r, const char *p, const char *end, bool fraction)
{
	for (; p < end; p++) {
		if (r->n == 0 && *p == '0') {
			r->point -= fraction ? 1 : 0;
			continue;
		}
		r->point += fraction ? 0 : 1;
		if (r->n < DIGITS_KEPT)
			r->digits[r->n++] = *p;
		else if (*p != '0')
			r->more = true;
	}
}

static int64_t
exponent_value(const char *p, const char *end)
{
	bool negative = *p == '-';
	int64_t v = 0;

	if (*p == '-' || *p == '+')
		p++;
	for (; p < end && v < EXPONENT_MAX; p++)
		v = v * 10 + (*p - '0');
	return negative ? -v : v;
}

/* Rarely needed: does strtod() find a finite number?  The text is rewritten as
 * an integer with an exponent, so that no locale has a say in it. */
static bool
real_finite(const char *whole, const char *point, const char *exponent,
    const char *end)
{
	struct real r = {.n = 0};

	real_digits(&r, whole, point < exponent ? point : exponent, false);
	if (point < exponent)
		real_digits(&r, point + 1, exponent, true);
	if (r.n == 0)
		return true; /* zero, whatever the exponent says */
	if (exponent < end)
		r.point += exponent_value(exponent + 1, end);
	if (r.point < 300 || r.point > 310)
		return r.point < 300;
	if (r.more) {
		r.digits[r.n - 1] |= 1; /* above, and never at, a bound */
	}
	snprintf(r.digits + r.n, sizeof(r.digits) - (size_t)r.n, "e%d",
	    (int)(r.point - r.n));
	return isfinite(strtod(r.digits, NULL)) != 0;
}

static int
real_check(const char *whole, const char *point, const char *exponent,
    const char *end, const char **what)
{
	/* Almost every real there is: few digits and no great exponent. */
	if (exponent - whole < 200 && end - exponent < 4)
		return 0;
	if (real_finite(whole, point, exponent, end))
		return 0;
	*what = "a real number too large for a double";
	return -1;
}

int
scan_number_read(const char **at, const char *end, int64_t *out,
    const char **what)
{
	const char *p = *at, *whole, *point, *exponent;
	bool negative = p < end && *p == '-';

	whole = p + (negative ? 1 : 0);
	*what = "not a JSON value";
	p = digits_end(whole, end);
	if (p == whole || (*whole == '0' && p - whole > 1))
		return -1;
	if (p == end || (*p != '.' && *p != 'e' && *p != 'E')) {
		*at = p;
		*what = "an integer too large for 64 bits";
		return integer_value(whole, p, negative, out) != 0 ? -1 : 1;
	}
	point = p;
	if (*p == '.') {
		p = digits_end(point + 1, end);
		if (p == point + 1)
			return -1;
	}
	exponent = p;
	if (p < end && (*p == 'e' || *p == 'E')) {
		const char *digits;

		p++;
		if (p < end && (*p == '+' || *p == '-'))
			p++;
		digits = p;
		p = digits_end(p, end);
		if (p == digits)
			return -1;
	}
	*at = p;
	return real_check(whole, point, exponent, p, what);
}
