/* SPDX-License-Identifier: BSD-2-Clause */
#include "unit.h"

#include "base/tstamp.h"

#define S TSTAMP_SECOND
#define NEVER TSTAMP_NEVER
#define BAD TSTAMP_NONE

struct row {
	const char *text;
	int64_t want; /* BAD: refused */
};

/* Seconds checked with another program. */
static const struct row strict_rows[] = {
	{"1970-01-01T00:00:00Z", 0},
	{"1970-01-01T00:00:00.000000001Z", 1},
	{"1969-12-31T23:59:59.999999999Z", -1},
	{"2000-02-29T12:34:56Z", INT64_C(951827696) * S},
	{"2016-04-06T20:03:00.000Z", INT64_C(1459972980) * S},
	{"2020-01-20T12:34:56.789123Z",
	    INT64_C(1579523696) * S + 789123000},
	{"2020-01-20T12:34:56.7Z", INT64_C(1579523696) * S + 700000000},
	{"2020-01-20T12:34:56.123456789Z",
	    INT64_C(1579523696) * S + 123456789},
	{"2020-01-20T12:34:56.1234567899999999999999999999999Z",
	    INT64_C(1579523696) * S + 123456789},
	{"2020-01-20T12:34:56.0000000000001Z", INT64_C(1579523696) * S},
	/* offsets */
	{"2020-01-20T12:34:56+00:00", INT64_C(1579523696) * S},
	{"2020-01-20T12:34:56-00:00", INT64_C(1579523696) * S},
	{"2020-01-20T14:34:56+02:00", INT64_C(1579523696) * S},
	{"2020-01-20T07:04:56-05:30", INT64_C(1579523696) * S},
	{"2020-01-21T12:33:56.5+23:59",
	    INT64_C(1579523696) * S + S / 2},
	{"1970-01-01T00:00:00+00:01", -60 * S},
	/* letters */
	{"2020-01-20t12:34:56z", INT64_C(1579523696) * S},
	{"2020-01-20 12:34:56Z", INT64_C(1579523696) * S},
	/* leap second */
	{"2016-12-31T23:59:60Z", INT64_C(1483228799) * S + 999999999},
	{"2016-12-31T23:59:60.123Z", INT64_C(1483228799) * S + 999999999},
	{"2017-01-01T01:59:60+02:00", INT64_C(1483228799) * S + 999999999},
	/* the calendar */
	{"1900-02-28T00:00:00Z", INT64_C(-2203977600) * S},
	{"1900-02-29T00:00:00Z", BAD}, {"2100-02-29T00:00:00Z", BAD},
	{"2000-02-29T00:00:00Z", INT64_C(951782400) * S},
	{"2019-02-29T00:00:00Z", BAD}, {"2020-02-30T00:00:00Z", BAD},
	{"2020-04-31T00:00:00Z", BAD}, {"2020-12-31T00:00:00Z",
	    INT64_C(1609372800) * S},
	{"2020-12-32T00:00:00Z", BAD}, {"2020-13-01T00:00:00Z", BAD},
	{"2020-00-01T00:00:00Z", BAD}, {"2020-01-00T00:00:00Z", BAD},
	{"2020-01-01T24:00:00Z", BAD}, {"2020-01-01T00:60:00Z", BAD},
	{"2020-01-01T00:00:61Z", BAD}, {"2020-01-01T00:00:00+24:00", BAD},
	{"2020-01-01T00:00:00+00:60", BAD},
	/* the ends of the range */
	{"9999-12-31T23:59:59.999Z", NEVER}, {"2263-01-01T00:00:00Z", NEVER},
	{"2262-04-11T23:47:16.854775807Z", NEVER},
	{"2262-04-11T23:47:16.854775806Z", INT64_MAX - 1},
	{"2262-04-11T23:47:17Z", NEVER},
	{"1677-09-21T00:12:43.145224193Z", TSTAMP_MIN},
	{"1677-09-21T00:12:43.145224194Z", TSTAMP_MIN + 1},
	{"1677-09-21T00:12:43Z", TSTAMP_MIN},
	{"1677-09-21T00:12:44Z", INT64_C(-9223372036) * S},
	{"1677-09-21T00:12:42.999999999Z", TSTAMP_MIN},
	{"0001-01-01T00:00:00Z", TSTAMP_MIN},
	{"0000-01-01T00:00:00+23:59", TSTAMP_MIN},
	/* shape */
	{"", BAD}, {"Z", BAD}, {"2020-01-20", BAD},
	{"2020-01-20T12:34:56", BAD}, {"2020-01-20T12:34:56.5", BAD},
	{"2020-01-20T12:34:56.Z", BAD}, {"2020-01-20T12:34:56.-00:00", BAD},
	{"2020-01-20T12:34:56,5Z", BAD}, {"2020-01-20T12:34Z", BAD},
	{"2020-1-20T12:34:56Z", BAD}, {"20200120T123456Z", BAD},
	{"2020/01/20T12:34:56Z", BAD}, {"2020-01-20T12.34.56Z", BAD},
	{"2020-01-20X12:34:56Z", BAD}, {"+020-01-20T12:34:56Z", BAD},
	{"-020-01-20T12:34:56Z", BAD}, {"12020-01-20T12:34:56Z", BAD},
	{"2020-01-20T12:34:56ZZ", BAD}, {"2020-01-20T12:34:56Z ", BAD},
	{" 2020-01-20T12:34:56Z", BAD}, {"2020-01-20T12:34:56+0000", BAD},
	{"2020-01-20T12:34:56+00", BAD}, {"2020-01-20T12:34:56+0:00", BAD},
	{"2020-01-20T12:34:56+00:0", BAD}, {"2020-01-20T12:34:56 00:00", BAD},
	{"2020-01-20T12:34:56+00:000", BAD}, {"2020-01-20T12:34:56UTC", BAD},
	{"2020-01-20T12:34:5aZ", BAD}, {"2020-01-20T 2:34:56Z", BAD},
	{"2o20-01-20T12:34:56Z", BAD}, {"never", BAD}, {"1579523696", BAD}
};

/* Taken by the liberal reader only. */
static const struct row liberal_rows[] = {
	{"2020-01-20T12:34:56", INT64_C(1579523696) * S},
	{"2020-01-20 12:34:56.5", INT64_C(1579523696) * S + S / 2},
	{"2020-01-20T12:34:56+0000", INT64_C(1579523696) * S},
	{"2020-01-20T14:34:56+02", INT64_C(1579523696) * S},
	{"2020-01-20T14:34:56 02:00", INT64_C(1579523696) * S},
	{" 2020-01-20T12:34:56Z\t", INT64_C(1579523696) * S},
	{"Mon, 20 Jan 2020 12:34:56 GMT", INT64_C(1579523696) * S},
	{"Sun, 06 Nov 1994 08:49:37 GMT", INT64_C(784111777) * S},
	{"Thu Feb 20 2020 12:00:00 GMT+0000 (UTC)",
	    INT64_C(1582200000) * S},
	{"Thu Feb 20 2020 12:00:00 GMT+0000", INT64_C(1582200000) * S},
	{"Thu Feb 20 2020 13:00:00 GMT+0100 (Central European Standard Time)",
	    INT64_C(1582200000) * S},
	{"Thu Feb 20 2020 06:30:00 GMT-0530 (x)", INT64_C(1582200000) * S},
	{"thu feb 20 2020 12:00:00 GMT+0000", INT64_C(1582200000) * S},
	{"", BAD}, {" ", BAD}, {"2020-01-20", BAD}, {"Mon", BAD},
	{"2020-01-20T14:34:56 0200", BAD}, {"2020-01-20T14:34:56 99:00", BAD},
	{"Mon, 20 Jan 2020 12:34:56 CET", BAD},
	{"Mon, 20 Xan 2020 12:34:56 GMT", BAD},
	{"Mon, 32 Jan 2020 12:34:56 GMT", BAD},
	{"Mon, 2o Jan 2020 12:34:56 GMT", BAD},
	{"Mon, 20 Jan 20x0 12:34:56 GMT", BAD},
	{"Mon, 20 Jan 2020 25:34:56 GMT", BAD},
	{"Sunday, 06-Nov-94 08:49:37 GMT", BAD},
	{"Thu Feb 20 2020 12:00:00", BAD},
	{"Thu Feb 20 2020 12:00:00 GMT", BAD},
	{"Thu Feb 30 2020 12:00:00 GMT+0000", BAD},
	{"Thu Feb 20 2020 12:00:00 GMT+0000 UTC", BAD},
	{"Thu Feb 20 2020 12:00:00 GMT+0000 (UTC", BAD},
	{"Thu Feb 20 2020 12:00:00 GMT+00:00", BAD},
	{"Thu Feb 20 2020 12:00:00 GMT*0000", BAD}
};

static void
test_strict(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(strict_rows); i++) {
		const struct row *r = &strict_rows[i];
		int64_t t = 42;
		int rc = tstamp_parse(slice_str(r->text), &t);

		ROW_CHECK(rc == (r->want == BAD ? -1 : 0), "'%s'", r->text);
		ROW_CHECK(t == (r->want == BAD ? 42 : r->want), "'%s' is %lld",
		    r->text, (long long)t);
		/* The liberal reader agrees on all that is well-formed. */
		if (rc == 0) {
			assert_int_equal(tstamp_parse_liberal(
			    slice_str(r->text), &t), 0);
			assert_true(t == r->want);
		}
	}
}

/* What has 19 bytes is read alike; nothing else is plain. */
static void
check_plain(const struct row *r)
{
	struct slice text = slice_str(r->text);
	bool bad = r->want == BAD || text.n != 19;
	int64_t t = 42;
	int rc = tstamp_parse_plain(text, &t);

	ROW_CHECK(rc == (bad ? -1 : 0), "'%s'", r->text);
	ROW_CHECK(t == (bad ? 42 : r->want), "'%s' is %lld", r->text,
	    (long long)t);
}

static void
test_liberal(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(liberal_rows); i++) {
		const struct row *r = &liberal_rows[i];
		int64_t t = 42;
		int rc = tstamp_parse_liberal(slice_str(r->text), &t);

		check_plain(r);

		ROW_CHECK(rc == (r->want == BAD ? -1 : 0), "'%s'", r->text);
		ROW_CHECK(t == (r->want == BAD ? 42 : r->want), "'%s' is %lld",
		    r->text, (long long)t);
		assert_int_equal(tstamp_parse(slice_str(r->text), &t), -1);
	}
}

/* Truncated at every byte, exactly allocated: nothing behind is read. */
static void
test_truncated(void **state)
{
	static const char *const texts[] = {
		"2020-01-20T12:34:56.123456789+02:00",
		"Mon, 20 Jan 2020 12:34:56 GMT",
		"Thu Feb 20 2020 12:00:00 GMT+0000 (UTC)"
	};
	size_t i, n;

	(void)state;
	for (i = 0; i < ARRAY_LEN(texts); i++) {
		for (n = 0; n < strlen(texts[i]); n++) {
			char *copy = malloc(n + (n == 0));
			int64_t t;

			assert_non_null(copy);
			memcpy(copy, texts[i], n);
			assert_int_equal(tstamp_parse(
			    (struct slice){copy, n}, &t), -1);
			/* May be whole by itself, but may not crash. */
			if (tstamp_parse_liberal((struct slice){copy, n}, &t))
				t = 0;
			free(copy);
		}
	}
}

static void
test_format(void **state)
{
	static const struct {
		int64_t t;
		int digits;
		const char *want;
	} rows[] = {
		{0, 0, "1970-01-01T00:00:00Z"},
		{0, -1, "1970-01-01T00:00:00Z"},
		{0, 6, "1970-01-01T00:00:00.000000Z"},
		{1, 9, "1970-01-01T00:00:00.000000001Z"},
		{1, -1, "1970-01-01T00:00:00.000000001Z"},
		{1, 3, "1970-01-01T00:00:00.000Z"},
		{-1, 9, "1969-12-31T23:59:59.999999999Z"},
		{-1, 0, "1969-12-31T23:59:59Z"}, /* cut, not rounded */
		{-S, -1, "1969-12-31T23:59:59Z"},
		{INT64_C(1579523696789123000), -1,
		    "2020-01-20T12:34:56.789123Z"},
		{INT64_C(1579523696789000000), -1,
		    "2020-01-20T12:34:56.789Z"},
		{INT64_C(1579523696700000000), -1,
		    "2020-01-20T12:34:56.700Z"},
		{INT64_C(1579523696999999999), 6,
		    "2020-01-20T12:34:56.999999Z"},
		{INT64_C(951782400) * S, 0, "2000-02-29T00:00:00Z"},
		{INT64_C(951868800) * S, 0, "2000-03-01T00:00:00Z"},
		{INT64_MAX - 1, 9, "2262-04-11T23:47:16.854775806Z"},
		{TSTAMP_MIN, 9, "1677-09-21T00:12:43.145224193Z"},
		{0, 12, "1970-01-01T00:00:00.000000000Z"},
		{TSTAMP_NONE, 6, "-"}, {TSTAMP_NEVER, 6, "never"}
	};
	char out[TSTAMP_TEXT_MAX];
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n = tstamp_format(rows[i].t, rows[i].digits, out);

		assert_string_equal(out, rows[i].want);
		assert_int_equal(n, strlen(rows[i].want));
	}
}

/* Every day of five centuries, at an odd moment of it. */
static void
test_round_trip(void **state)
{
	int64_t day, t, back;
	char out[TSTAMP_TEXT_MAX];
	size_t n;

	(void)state;
	for (day = -106751; day <= 106751; day++) {
		t = day * 86400 * S + (day * 7919 % 86400) * S +
		    day * 104729 % S;
		n = tstamp_format(t, 9, out);
		assert_int_equal(tstamp_parse((struct slice){out, n}, &back),
		    0);
		assert_true(back == t);
	}
}

static void
test_add(void **state)
{
	static const struct {
		int64_t a, b, want;
	} rows[] = {
		{1, 2, 3}, {-5, 3, -2}, {5, -7, -2}, {0, 0, 0},
		{INT64_MAX - 1, 1, NEVER}, {INT64_MAX - 1, 2, NEVER},
		{INT64_MAX - 2, 1, INT64_MAX - 1},
		{INT64_MAX / 2 + 1, INT64_MAX / 2 + 1, NEVER},
		{TSTAMP_MIN, -1, TSTAMP_MIN}, {TSTAMP_MIN + 1, -1, TSTAMP_MIN},
		{-2, TSTAMP_MIN, TSTAMP_MIN}, {TSTAMP_MIN, 1, TSTAMP_MIN + 1},
		{TSTAMP_MIN, TSTAMP_MIN, TSTAMP_MIN},
		{NEVER, 1, NEVER}, {NEVER, -1, NEVER}, {1, NEVER, NEVER},
		{NEVER, TSTAMP_MIN, NEVER}, {BAD, 1, BAD}, {1, BAD, BAD},
		{BAD, NEVER, BAD}, {NEVER, BAD, BAD}
	};
	size_t i;

	(void)state;
	for (i = 0; i < ARRAY_LEN(rows); i++)
		ROW_CHECK(tstamp_add(rows[i].a, rows[i].b) == rows[i].want,
		    "row %zu", i);
}

static void
test_now(void **state)
{
	int64_t a = tstamp_now(), b = tstamp_now();

	(void)state;
	assert_true(a > INT64_C(1700000000) * S); /* this was written later */
	assert_true(b >= a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_strict),
		cmocka_unit_test(test_liberal),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_format),
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_add),
		cmocka_unit_test(test_now)
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
