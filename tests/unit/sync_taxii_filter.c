/* SPDX-License-Identifier: BSD-2-Clause */
/* Filters: as they are sent, and as they are applied here. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "base/cc.h"
#include "base/tstamp.h"
#include "sync/taxii_filter.h"

static char *ids[] = {"a--1", "b--2,&"};
static char *types[] = {"indicator"};
static char *specs[] = {"2.1"};

static void
test_params(void **state)
{
	static const struct {
		struct job job;
		bool v20;
		const char *want;
	} rows[] = {
		{{.page_limit = 0}, false, ""},
		{{.match_ids = ids, .nmatch_ids = 2}, false,
		    "?match%5Bid%5D=a--1,b--2%2C%26"},
		{{.match_ids = ids, .nmatch_ids = 1, .match_specs = specs,
		    .nmatch_specs = 1, .match_version = "all"}, false,
		    "?match%5Bid%5D=a--1&match%5Bspec_version%5D=2.1"
		    "&match%5Bversion%5D=all"},
		{{.match_specs = specs, .nmatch_specs = 1}, true, ""},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char glue = '?';
		struct buf out;

		buf_init(&out, 4096);
		filter_params(&rows[i].job, rows[i].v20, &glue, &out);
		if (!slice_is(buf_view(&out), rows[i].want) &&
		    (out.n > 0 || rows[i].want[0] != '\0'))
			fail_msg("row %zu: %.*s", i, SLICE_ARG(buf_view(&out)));
		assert_int_equal(glue, rows[i].want[0] != '\0' ? '&' : '?');
		buf_free(&out);
	}
}

static void
test_version(void **state)
{
	static const struct {
		const char *text, *want; /* NULL: refused */
	} rows[] = {
		{"all", "all"}, {"first,last", "first,last"},
		{"2024-01-01T00:00:00Z", "2024-01-01T00:00:00.000Z"},
		{"2024-01-01T01:00:00.5+01:00", "2024-01-01T00:00:00.500Z"},
		{"2024-01-01T00:00:00.123456Z", "2024-01-01T00:00:00.123456Z"},
		{"first,2024-01-01T00:00:00.1Z",
		    "first,2024-01-01T00:00:00.100Z"},
		{"newest", NULL}, {"", NULL}, {"all,", NULL}, {",all", NULL},
		{"ALL", NULL}, {"2024-13-01T00:00:00Z", NULL},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct err e = ERR_INIT;
		struct buf out;
		int rc;

		buf_init(&out, 4096);
		rc = filter_version(rows[i].text, &out, &e);
		assert_int_equal(rc, rows[i].want != NULL ? 0 : -1);
		if (rc == 0)
			assert_true(slice_is(buf_view(&out), rows[i].want));
		else
			assert_int_equal(e.code, ERR_USAGE);
		buf_free(&out);
	}
}

static int64_t
at(const char *text)
{
	int64_t t;

	assert_int_equal(tstamp_parse(slice_str(text), &t), 0);
	return t;
}

#define WHEN "2024-01-01T00:00:00.123456Z"

static void
test_passes(void **state)
{
	const struct {
		struct job job;
		struct filter_item item;
		bool want;
	} rows[] = {
		{{.page_limit = 0}, {SLICE("x"), SLICE("x--1"), 5, 0}, true},
		{{.match_types = types, .nmatch_types = 1},
		    {SLICE("indicator"), SLICE_NONE, TSTAMP_NONE, -1}, true},
		{{.match_types = types, .nmatch_types = 1},
		    {SLICE("malware"), SLICE_NONE, TSTAMP_NONE, -1}, false},
		/* What is not known passes. */
		{{.match_types = types, .nmatch_types = 1},
		    {SLICE_NONE, SLICE_NONE, TSTAMP_NONE, -1}, true},
		{{.match_ids = ids, .nmatch_ids = 2},
		    {SLICE("b"), SLICE("b--2,&"), TSTAMP_NONE, -1}, true},
		{{.match_ids = ids, .nmatch_ids = 2},
		    {SLICE("b"), SLICE("b--2"), TSTAMP_NONE, -1}, false},
		{{.match_specs = specs, .nmatch_specs = 1},
		    {SLICE("x"), SLICE("x--1"), TSTAMP_NONE, 1}, false},
		{{.match_specs = specs, .nmatch_specs = 1},
		    {SLICE("x"), SLICE("x--1"), TSTAMP_NONE, 0}, true},
		{{.match_specs = specs, .nmatch_specs = 1},
		    {SLICE("x"), SLICE("x--1"), TSTAMP_NONE, -1}, true},
		/* Instants, in microseconds. */
		{{.match_version = WHEN}, {SLICE("x"), SLICE("x--1"), at(WHEN),
		    0}, true},
		{{.match_version = WHEN}, {SLICE("x"), SLICE("x--1"),
		    at(WHEN) + 999, 0}, true},
		{{.match_version = WHEN}, {SLICE("x"), SLICE("x--1"),
		    at(WHEN) + 1000, 0}, false},
		{{.match_version = "2024-01-01T01:00:00.123456+01:00"},
		    {SLICE("x"), SLICE("x--1"), at(WHEN), 0}, true},
		{{.match_version = WHEN ",last"}, {SLICE("x"), SLICE("x--1"),
		    5, 0}, true},
		{{.match_version = WHEN}, {SLICE("x"), SLICE("x--1"),
		    TSTAMP_NONE, 0}, true},
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		if (filter_passes(&rows[i].job, &rows[i].item) != rows[i].want)
			fail_msg("row %zu", i);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_params),
		cmocka_unit_test(test_version),
		cmocka_unit_test(test_passes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
