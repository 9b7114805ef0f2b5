/* SPDX-License-Identifier: BSD-2-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/tstamp.h"
#include "sync/cursor.h"

#define OBJECTS "https://feed.example/api/collections/c1/objects/"

static char *types[] = {"indicator", "malware"};

static struct job
settings(void)
{
	return (struct job){.url = "https://feed.example/taxii2/",
	    .collection = "C2"};
}

static void
encoded(const struct job *job, int64_t since, struct buf *out)
{
	struct err e = ERR_INIT;
	struct cursor c;

	cursor_init(&c, job);
	c.objects = strdup(OBJECTS);
	c.since = since;
	c.limit = 500;
	c.etag = strdup("W/\"a\\b\"");
	buf_init(out, CURSOR_MAX);
	assert_int_equal(cursor_encode(&c, out, &e), 0);
	cursor_free(&c);
}

static void
test_round_trip(void **state)
{
	struct job job = settings();
	struct err e = ERR_INIT;
	struct cursor c;
	struct buf text;

	(void)state;
	encoded(&job, INT64_C(1704067200123456000), &text);
	assert_non_null(strstr(text.p, "\"2024-01-01T00:00:00.123456Z\""));
	cursor_init(&c, &job);
	assert_int_equal(cursor_decode(buf_view(&text), &c, &e), 0);
	assert_string_equal(c.objects, OBJECTS);
	assert_string_equal(c.etag, "W/\"a\\b\"");
	assert_null(c.modified);
	assert_int_equal(c.since, INT64_C(1704067200123456000));
	assert_int_equal(c.limit, 500);
	cursor_free(&c);
	buf_free(&text);
	/* No time yet. */
	encoded(&job, TSTAMP_NONE, &text);
	cursor_init(&c, &job);
	assert_int_equal(cursor_decode(buf_view(&text), &c, &e), 0);
	assert_int_equal(c.since, TSTAMP_NONE);
	cursor_free(&c);
	buf_free(&text);
}

static void
assert_dropped(struct slice text, const struct job *job, int rc)
{
	struct err e = ERR_INIT;
	struct cursor c;

	cursor_init(&c, job);
	assert_int_equal(cursor_decode(text, &c, &e), rc);
	assert_int_equal(e.code != ERR_NONE, rc < 0);
	assert_null(c.objects);
	assert_null(c.etag);
	assert_int_equal(c.since, TSTAMP_NONE);
	assert_int_equal(c.limit, 0);
	cursor_free(&c);
}

/* P16: what the cursor is good for. */
static void
test_other_settings(void **state)
{
	struct job job = settings(), other;
	struct buf text;

	(void)state;
	encoded(&job, INT64_C(1704067200123456000), &text);
	other = settings();
	other.url = "https://feed.example/taxii2";
	assert_dropped(buf_view(&text), &other, 1);
	other = settings();
	other.collection = NULL;
	assert_dropped(buf_view(&text), &other, 1);
	other = settings();
	other.added_after = "2020-01-01T00:00:00Z";
	assert_dropped(buf_view(&text), &other, 1);
	other = settings();
	other.match_types = types;
	other.nmatch_types = 1;
	assert_dropped(buf_view(&text), &other, 1);
	buf_free(&text);
	/* One type is not two. */
	encoded(&other, 0, &text);
	other.nmatch_types = 2;
	assert_dropped(buf_view(&text), &other, 1);
	buf_free(&text);
}

static void
test_damaged(void **state)
{
	static const struct {
		const char *text;
		int rc;
	} rows[] = {
		{"", 1}, {"{}", 1}, {"{\"v\":1}", 1}, {"{\"v\":2}", 1},
		{"x", -1}, {"[1]", -1}, {"{\"v\":1,", -1}, {"null", -1},
		{"{\"v\":1,\"settings\":7}", 1},
		{"{\"v\":1,\"settings\":\"@\",\"since\":5}", -1},
		{"{\"v\":1,\"settings\":\"@\",\"since\":\"yesterday\"}", -1},
		{"{\"v\":1,\"settings\":\"@\",\"limit\":0}", -1},
		{"{\"v\":1,\"settings\":\"@\",\"limit\":4294967296}", -1},
		{"{\"v\":1,\"settings\":\"@\",\"limit\":\"9\"}", -1},
		{"{\"v\":1,\"settings\":\"@\",\"objects\":[]}", -1},
		{"{\"v\":1,\"settings\":\"@\",\"objects\":\"x\",\"etag\":1}",
		    -1},
		{"{\"v\":2,\"settings\":\"@\",\"objects\":\"x\"}", 1},
	};
	struct job job = settings();
	struct cursor c;

	(void)state;
	cursor_init(&c, &job);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct buf text;

		buf_init(&text, CURSOR_MAX);
		for (const char *p = rows[i].text; *p != '\0'; p++)
			if (*p == '@')
				buf_str(&text, c.settings);
			else
				buf_char(&text, *p);
		assert_dropped(buf_view(&text), &job, rows[i].rc);
		buf_free(&text);
	}
	assert_dropped(SLICE_NONE, &job, 1);
}

static void
test_too_long(void **state)
{
	struct job job = settings();
	struct err e = ERR_INIT;
	struct cursor c;
	struct buf text;

	(void)state;
	cursor_init(&c, &job);
	c.objects = malloc(CURSOR_MAX + 1);
	assert_non_null(c.objects);
	memset(c.objects, 'x', CURSOR_MAX);
	c.objects[CURSOR_MAX] = '\0';
	buf_init(&text, CURSOR_MAX);
	/* A URL can be found again, a tag cannot. */
	assert_int_equal(cursor_encode(&c, &text, &e), 0);
	assert_null(strstr(text.p, "xxxx"));
	c.etag = c.objects;
	c.objects = NULL;
	buf_reset(&text);
	assert_int_equal(cursor_encode(&c, &text, &e), -1);
	assert_int_equal(e.code, ERR_LIMIT);
	buf_free(&text);
	cursor_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_other_settings),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_too_long),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
