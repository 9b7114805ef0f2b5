/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/tstamp.h"
#include "sync/retry.h"

#define S TSTAMP_SECOND
#define NOW (INT64_C(1704067200) * S) /* Mon, 01 Jan 2024 00:00:00 GMT */

static struct retry_ask
ask_of(enum retry_cause cause, int status, bool cursor)
{
	return (struct retry_ask){.cause = cause, .status = status,
	    .cursor = cursor, .date = TSTAMP_NONE, .now = NOW, .reached = true,
	    .budget = 1000 * S, .seed = 7};
}

static void
test_verdicts(void **state)
{
	static const struct {
		enum retry_cause cause;
		int status;
		enum retry_how plain, cursor;
	} rows[] = {
		{RETRY_STATUS, 400, RETRY_STOP, RETRY_UNCURSOR},
		{RETRY_STATUS, 401, RETRY_STOP, RETRY_STOP},
		{RETRY_STATUS, 403, RETRY_STOP, RETRY_STOP},
		{RETRY_STATUS, 404, RETRY_STOP, RETRY_UNCURSOR},
		{RETRY_STATUS, 406, RETRY_STOP, RETRY_STOP},
		{RETRY_STATUS, 408, RETRY_SAME, RETRY_RESTART},
		{RETRY_STATUS, 410, RETRY_STOP, RETRY_UNCURSOR},
		{RETRY_STATUS, 413, RETRY_SMALLER, RETRY_SMALLER},
		{RETRY_STATUS, 418, RETRY_STOP, RETRY_STOP},
		{RETRY_STATUS, 429, RETRY_SAME, RETRY_SAME},
		{RETRY_STATUS, 500, RETRY_SAME, RETRY_RESTART},
		{RETRY_STATUS, 502, RETRY_SAME, RETRY_RESTART},
		{RETRY_STATUS, 503, RETRY_SAME, RETRY_RESTART},
		{RETRY_STATUS, 599, RETRY_SAME, RETRY_RESTART},
		{RETRY_CUT, 0, RETRY_SAME, RETRY_RESTART},
		{RETRY_CUT, 200, RETRY_SAME, RETRY_RESTART},
		{RETRY_REACH, 0, RETRY_SAME, RETRY_SAME},
		{RETRY_GARBLED, 200, RETRY_SAME, RETRY_RESTART},
		{RETRY_FINAL, 0, RETRY_STOP, RETRY_STOP},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct retry_ask a = ask_of(rows[i].cause, rows[i].status,
		    false);

		assert_int_equal(retry_decide(&a).how, rows[i].plain);
		a.cursor = true;
		assert_int_equal(retry_decide(&a).how, rows[i].cursor);
	}
}

/* Table 1.5 of the notes: every status there is, for every kind of request. */
static void
test_every_status(void **state)
{
	enum { G, C, P, KINDS };
	static const struct {
		int status;
		enum retry_act act[KINDS];
	} rows[] = {
		{200, {ACT_TAKE, ACT_TAKE, ACT_TAKE}},
		{201, {ACT_REFUSED, ACT_REFUSED, ACT_TAKE}},
		{202, {ACT_REFUSED, ACT_REFUSED, ACT_TAKE}},
		{206, {ACT_TAKE, ACT_TAKE, ACT_REFUSED}},
		{301, {ACT_FOLLOW, ACT_FOLLOW, ACT_FOLLOW}},
		{302, {ACT_FOLLOW, ACT_FOLLOW, ACT_FOLLOW}},
		{304, {ACT_NOTHING, ACT_NOTHING, ACT_REFUSED}},
		{307, {ACT_FOLLOW, ACT_FOLLOW, ACT_FOLLOW}},
		{308, {ACT_FOLLOW, ACT_FOLLOW, ACT_FOLLOW}},
		{400, {ACT_REFUSED, ACT_UNCURSOR, ACT_REFUSED}},
		{401, {ACT_RENEW, ACT_RENEW, ACT_RENEW}},
		{404, {ACT_REFUSED, ACT_UNCURSOR, ACT_REFUSED}},
		{406, {ACT_NEGOTIATE, ACT_NEGOTIATE, ACT_NEGOTIATE}},
		{408, {ACT_AGAIN, ACT_AGAIN, ACT_AGAIN}},
		{410, {ACT_REFUSED, ACT_UNCURSOR, ACT_REFUSED}},
		{413, {ACT_SMALLER, ACT_SMALLER, ACT_SMALLER}},
		{416, {ACT_END, ACT_END, ACT_REFUSED}},
		{429, {ACT_LATER, ACT_LATER, ACT_LATER}},
		{501, {ACT_REFUSED, ACT_REFUSED, ACT_REFUSED}},
		{503, {ACT_LATER, ACT_LATER, ACT_LATER}},
		{505, {ACT_REFUSED, ACT_REFUSED, ACT_REFUSED}},
	};
	static const enum retry_kind kinds[KINDS] = {RETRY_GET, RETRY_CURSOR,
	    RETRY_POST};

	(void)state;
	for (int status = 0; status < 600; status++) {
		for (int k = 0; k < KINDS; k++) {
			enum retry_act want = status >= 500 ? ACT_AGAIN :
			    ACT_REFUSED;

			for (size_t i = 0; i < sizeof(rows) /
			    sizeof(rows[0]); i++)
				if (rows[i].status == status)
					want = rows[i].act[k];
			if (retry_act(status, kinds[k]) != want)
				fail_msg("status %d, kind %d", status, k);
		}
	}
}

/* A body that was sent may be sent again. */
static void
test_post(void **state)
{
	struct retry_ask a = ask_of(RETRY_STATUS, 500, false);

	(void)state;
	a.post = true;
	assert_int_equal(retry_decide(&a).how, RETRY_SAME);
	a.status = 413;
	assert_int_equal(retry_decide(&a).how, RETRY_SMALLER);
	a.status = 422;
	assert_int_equal(retry_decide(&a).how, RETRY_STOP);
	a = ask_of(RETRY_CUT, 0, false);
	a.post = true;
	assert_int_equal(retry_decide(&a).how, RETRY_SAME);
}

static void
test_asked(void **state)
{
	static const struct {
		const char *after, *reset;
		int64_t date, want; /* s, relative to NOW; want -1: too far */
	} rows[] = {
		{"7", NULL, 0, 7},
		{"", "7", 0, 7},
		{NULL, "7", 0, 7},
		{"7", "9", 0, 7},
		{"junk", "9", 0, 0},
		{NULL, "junk", 0, 0},
		{NULL, "", 0, 0},
		{NULL, NULL, 0, 0},
		{NULL, "0", 0, 0},
		{NULL, "1704067290", 0, 90},
		{NULL, "1704067290", 60, 30},
		{NULL, "1704067100", 0, 0},
		{NULL, "1704067290.5", 0, 90},
		{NULL, "99999999999999999999999", 0, 0},
		{NULL, "4000000000", 0, 0},
		{"Mon, 01 Jan 2024 00:01:00 GMT", NULL, 30, 30},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t got = retry_asked(rows[i].after, rows[i].reset,
		    NOW + rows[i].date * S, NOW);

		if (got != rows[i].want * S)
			fail_msg("row %zu: %lld", i, (long long)(got / S));
	}
	assert_int_equal(retry_asked("9", NULL, TSTAMP_NONE, NOW), 9 * S);
}

static void
test_attempts_end(void **state)
{
	struct retry_ask a = ask_of(RETRY_STATUS, 500, false);
	int64_t before = 0;

	(void)state;
	for (a.attempt = 0; a.attempt < RETRY_ATTEMPTS; a.attempt++) {
		struct retry_verdict v = retry_decide(&a);

		assert_int_equal(v.how, RETRY_SAME);
		assert_true(v.wait >= before); /* the steps do not overlap */
		assert_true(v.wait <= (S / 4) << a.attempt);
		assert_true(v.wait >= (S / 8) << a.attempt);
		before = v.wait;
	}
	assert_int_equal(retry_decide(&a).how, RETRY_STOP);
	a = ask_of(RETRY_GARBLED, 200, false);
	a.attempt = 1;
	assert_int_equal(retry_decide(&a).how, RETRY_STOP);
}

static void
test_jitter(void **state)
{
	struct retry_ask a = ask_of(RETRY_STATUS, 500, false);
	int64_t low = INT64_MAX, high = 0, once;

	(void)state;
	once = retry_decide(&a).wait;
	assert_int_equal(retry_decide(&a).wait, once);
	for (a.seed = 0; a.seed < 200; a.seed++) {
		int64_t w = retry_decide(&a).wait;

		low = w < low ? w : low;
		high = w > high ? w : high;
	}
	assert_true(high - low > S / 16);
}

static void
test_first_contact(void **state)
{
	struct retry_ask a = ask_of(RETRY_REACH, 0, false);

	(void)state;
	a.reached = false; /* a typing error is told at once */
	assert_int_equal(retry_decide(&a).how, RETRY_STOP);
}

static void
test_retry_after(void **state)
{
	struct retry_ask a = ask_of(RETRY_STATUS, 429, true);
	struct retry_verdict v;

	(void)state;
	a.retry_after = "20";
	v = retry_decide(&a);
	assert_int_equal(v.how, RETRY_SAME);
	assert_int_equal(v.wait, 20 * S);
	/* A cursor is not trusted to live so long (P9). */
	a.retry_after = "50";
	v = retry_decide(&a);
	assert_int_equal(v.how, RETRY_RESTART);
	assert_int_equal(v.wait, 50 * S);
	a.retry_after = "61";
	v = retry_decide(&a);
	assert_int_equal(v.how, RETRY_STOP);
	assert_int_equal(v.asked, 61 * S);
	/* Relative to the server's own clock. */
	a.retry_after = "Mon, 01 Jan 2024 00:00:25 GMT";
	a.date = NOW + 20 * S;
	assert_int_equal(retry_decide(&a).wait, 5 * S);
	a.date = TSTAMP_NONE;
	assert_int_equal(retry_decide(&a).wait, 25 * S);
	/* The budget of the poll. */
	a.retry_after = "20";
	a.budget = 19 * S;
	assert_int_equal(retry_decide(&a).how, RETRY_STOP);
	/* Nobody asked a 500. */
	a = ask_of(RETRY_STATUS, 500, false);
	a.retry_after = "3600";
	assert_int_equal(retry_decide(&a).how, RETRY_SAME);
}

static void
test_retry_after_parse(void **state)
{
	static const struct {
		const char *text;
		int64_t want;
	} rows[] = {
		{"0", 0}, {"7", 7 * S}, {"7.5", 7 * S},
		{"99999999999999999999999", INT64_C(366) * 86400 * S},
		{"Mon, 01 Jan 2024 00:01:00 GMT", 60 * S},
		{"Sun, 31 Dec 2023 00:00:00 GMT", 0},
		{"2024-01-01T00:00:02Z", 2 * S},
		{"", -1}, {"soon", -1}, {"-5", -1}, {"5 s", -1},
		{"9999-12-31T00:00:00Z", INT64_C(366) * 86400 * S},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(retry_after_parse(rows[i].text, NOW),
		    rows[i].want);
	assert_int_equal(retry_after_parse("9999-12-31T00:00:00Z", -NOW * 5),
	    INT64_C(366) * 86400 * S);
}

/* What a source says of its own server. */
static void
test_settings(void **state)
{
	static const struct {
		unsigned tries, attempt;
		int64_t first, longest;
		int least, most; /* s; 0, 0: not again */
	} rows[] = {
		{0, 3, 0, 0, 1, 2}, {0, 4, 0, 0, 0, 0},
		{1, 0, 0, 0, 0, 0}, {2, 0, 0, 0, 0, 1}, {2, 1, 0, 0, 0, 0},
		{9, 7, 0, 0, 16, 32}, {9, 8, 0, 0, 0, 0},
		{9, 0, 4 * S, 0, 2, 4}, {9, 2, 4 * S, 0, 8, 16},
		{9, 2, 4 * S, 5 * S, 5, 5}, {9, 7, 4 * S, 0, 60, 60},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct retry_ask a = ask_of(RETRY_STATUS, 500, false);
		struct retry_verdict v;

		a.tries = rows[i].tries;
		a.attempt = rows[i].attempt;
		a.first = rows[i].first;
		a.longest = rows[i].longest;
		v = retry_decide(&a);
		assert_int_equal(v.how, rows[i].most > 0 ? RETRY_SAME :
		    RETRY_STOP);
		assert_in_range(v.wait, rows[i].least * S, rows[i].most * S);
	}
}

/* A longer wait that the server asks for, and one that is allowed. */
static void
test_longest(void **state)
{
	struct retry_ask a = ask_of(RETRY_STATUS, 503, false);

	(void)state;
	a.retry_after = "90";
	assert_int_equal(retry_decide(&a).how, RETRY_STOP);
	a.longest = 120 * S;
	assert_int_equal(retry_decide(&a).how, RETRY_SAME);
	assert_int_equal(retry_decide(&a).wait, 90 * S);
	a = ask_of(RETRY_REACH, 0, false);
	a.reached = false;
	assert_int_equal(retry_decide(&a).how, RETRY_STOP);
	a.tries = 3;
	assert_int_equal(retry_decide(&a).how, RETRY_SAME);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_verdicts),
		cmocka_unit_test(test_settings),
		cmocka_unit_test(test_longest),
		cmocka_unit_test(test_every_status),
		cmocka_unit_test(test_post),
		cmocka_unit_test(test_asked),
		cmocka_unit_test(test_attempts_end),
		cmocka_unit_test(test_jitter),
		cmocka_unit_test(test_first_contact),
		cmocka_unit_test(test_retry_after),
		cmocka_unit_test(test_retry_after_parse),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
